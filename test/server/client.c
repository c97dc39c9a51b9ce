#include "test/server/client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

int client_dial(int port)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof at), 0);
    return fd;
}

/* A server that answers before it has read all may close: not an error here. */
void client_send(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t n = send(fd, data, len, MSG_NOSIGNAL);
        if (n <= 0)
            return;
        data += n;
        len -= (size_t)n;
    }
}

void client_say(int fd, const char *text)
{
    client_send(fd, text, strlen(text));
}

void client_read(int fd, struct answer *out)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    char piece[4096];
    *out = (struct answer){.body = ""};
    while (poll(&p, 1, 10000) > 0) {
        ssize_t n = recv(fd, piece, sizeof piece, 0);
        if (n <= 0)
            break;
        buf_add(&out->text, piece, (size_t)n);
    }
    (void)close(fd);
    assert_true(buf_ok(&out->text));
    if (out->text.len < 12)
        return;
    out->status = (int)strtol(out->text.data + 9, NULL, 10);
    const char *end = strstr(out->text.data, "\r\n\r\n");
    if (end != NULL)
        out->body = end + 4;
}

void client_ask(int port, const char *method, const char *target,
                const char *headers, const char *body, struct answer *out)
{
    struct buf b = {0};
    buf_fmt(&b, "%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n%s",
            method, target, headers != NULL ? headers : "");
    if (body != NULL)
        buf_fmt(&b,
                "Content-Type: application/scim+json\r\n"
                "Content-Length: %zu\r\n",
                strlen(body));
    buf_fmt(&b, "\r\n%s", body != NULL ? body : "");
    int fd = client_dial(port);
    client_send(fd, b.data, b.len);
    client_read(fd, out);
    buf_clear(&b);
}

char *client_header(const struct answer *a, const char *name)
{
    size_t len = strlen(name);
    const char *line = a->text.data;
    while (line != NULL && line < a->body - 2) {
        if (strncasecmp(line, name, len) == 0 && line[len] == ':') {
            const char *value = line + len + 1 + strspn(line + len + 1, " ");
            return strndup(value, strcspn(value, "\r"));
        }
        line = strstr(line, "\r\n");
        line = line == NULL ? NULL : line + 2;
    }
    return NULL;
}

json_t *client_json(const struct answer *a)
{
    return json_loads(a->body, 0, NULL);
}

void client_clear(struct answer *a)
{
    buf_clear(&a->text);
    *a = (struct answer){0};
}
