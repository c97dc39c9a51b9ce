#include "server/control.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define LONGEST_ANSWER ((size_t)64 * 1048576)

static int dial(const char *path)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    size_t len = strlen(path);
    if (len >= sizeof at.sun_path)
        return -1;
    memcpy(at.sun_path, path, len + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&at, sizeof at) != 0) {
        (void)close(fd);
        fd = -1;
    }
    return fd;
}

static bool send_all(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t n = send(fd, data, len, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        data += n;
        len -= (size_t)n;
    }
    return true;
}

static bool receive_all(int fd, struct buf *out)
{
    char piece[8192];
    for (;;) {
        ssize_t n = recv(fd, piece, sizeof piece, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n == 0 && buf_ok(out);
        buf_add(out, piece, (size_t)n);
        if (!buf_ok(out) || out->len > LONGEST_ANSWER)
            return false;
    }
}

/* Cuts the header off; the status, or -1. */
static int take_header(struct buf *answer)
{
    char *end = answer->len > 0 ? strstr(answer->data, "\r\n\r\n") : NULL;
    if (end == NULL || strncmp(answer->data, "HTTP/1.", 7) != 0 ||
        answer->len < 12)
        return -1;
    long status = strtol(answer->data + 9, NULL, 10);
    size_t header = (size_t)(end - answer->data) + 4;
    answer->len -= header;
    memmove(answer->data, answer->data + header, answer->len + 1);
    return status >= 100 && status <= 599 ? (int)status : -1;
}

int control_send(const char *socket_path, const struct control_request *q,
                 struct buf *body, struct error *err)
{
    struct buf ask = {0};
    *body = (struct buf){0};
    int fd = dial(socket_path);
    if (fd < 0)
        return 0;
    buf_fmt(&ask,
            "%s %s HTTP/1.0\r\nHost: localhost\r\nContent-Length: %zu\r\n%s"
            "\r\n",
            q->method, q->path, q->body_len,
            q->headers != NULL ? q->headers : "");
    if (q->body_len > 0)
        buf_add(&ask, q->body, q->body_len);
    bool ok = buf_ok(&ask) && send_all(fd, ask.data, ask.len) &&
              receive_all(fd, body);
    buf_clear(&ask);
    (void)close(fd);
    int status = ok ? take_header(body) : -1;
    if (status < 0)
        error_set(err, "The server that is running did not answer to its end; "
                       "its log says more.");
    return status;
}

int control_ask(const char *socket_path, const char *method, const char *path,
                struct buf *body, struct error *err)
{
    const struct control_request q = {.method = method, .path = path};
    return control_send(socket_path, &q, body, err);
}
