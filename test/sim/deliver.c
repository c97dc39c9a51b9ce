/*
 * test/sim/deliver.c - an outgoing call of a simulated helpdesk: a webhook
 */
#include "test/sim/deliver.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "test/sim/text.h"

enum { SECONDS_TO_ANSWER = 2 };

/* The port and path of http://127.0.0.1:PORT/PATH; 0: it leads elsewhere. */
static uint16_t loopback(const char *url, const char **path)
{
    static const char *const roots[] = {"http://127.0.0.1:",
                                        "http://localhost:"};

    for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++) {
        char *end = NULL;
        if (strncmp(url, roots[i], strlen(roots[i])) != 0)
            continue;
        long port = strtol(url + strlen(roots[i]), &end, 10);
        if (port > 0 && port < 65536 && (*end == '/' || *end == '\0')) {
            *path = *end ? end : "/";
            return (uint16_t)port;
        }
    }
    return 0;
}

bool deliver_is_loopback(const char *url)
{
    const char *path = NULL;

    return loopback(url, &path) != 0;
}

static int connect_to(uint16_t port)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons(port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval patience = {.tv_sec = SECONDS_TO_ANSWER};
    int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (s < 0)
        return -1;
    (void)setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    (void)setsockopt(s, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    if (connect(s, (const struct sockaddr *)&to, sizeof(to)) == 0)
        return s;
    (void)close(s);
    return -1;
}

int deliver(const char *url, const char *headers, const char *body)
{
    const char *path = NULL;
    uint16_t port = loopback(url, &path);
    int s = port ? connect_to(port) : -1, status = 0;
    struct text out = {0};
    char line[64] = "";

    text_addf(&out,
              "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nConnection: close\r\n"
              "Content-Type: application/json\r\nContent-Length: %zu\r\n"
              "%s\r\n%s",
              port ? path : "/", port, strlen(body), headers, body);
    if (s >= 0 && send(s, out.at, out.len, MSG_NOSIGNAL) == (ssize_t)out.len) {
        ssize_t got = recv(s, line, sizeof(line) - 1, 0);
        if (got > 12 && strncmp(line, "HTTP/1.", 7) == 0)
            status = (int)strtol(line + 9, NULL, 10);
    }
    if (s >= 0)
        (void)close(s);
    text_clear(&out);
    return status;
}
