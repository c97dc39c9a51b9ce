#include "test/providers/desk.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define MOST        4096
#define REQUEST_MAX 65536

struct desk {
    const struct desk_answer *script;
    size_t script_count;
    char url[64];
    int listener;
    pthread_t accepting;
    pthread_mutex_t lock; /* over what follows */
    char *requests[MOST];
    size_t request_count, connection_count;
    pthread_t threads[MOST];
    atomic_bool stop;
};

struct connection {
    struct desk *desk;
    int fd;
};

/* Reads until `ready` bytes are wanted no more; false: the peer is gone. */
static bool more(struct connection *c, char *into, size_t *len)
{
    while (!atomic_load(&c->desk->stop)) {
        struct pollfd p = {.fd = c->fd, .events = POLLIN};
        int n = poll(&p, 1, 20);
        if (n == 0)
            continue;
        ssize_t got = recv(c->fd, into + *len, REQUEST_MAX - 1 - *len, 0);
        if (got <= 0)
            return false;
        *len += (size_t)got;
        into[*len] = '\0';
        return true;
    }
    return false;
}

static size_t content_length(const char *head)
{
    const char *at = strcasestr(head, "\r\nContent-Length:");
    return at == NULL ? 0 : (size_t)strtoul(at + 17, NULL, 10);
}

/* One request: its length within `buffer`; 0: none came. */
static size_t read_request(struct connection *c, char *buffer, size_t *len)
{
    const char *end;
    while ((end = strstr(buffer, "\r\n\r\n")) == NULL)
        if (*len >= REQUEST_MAX - 1 || !more(c, buffer, len))
            return 0;
    size_t whole = (size_t)(end - buffer) + 4 + content_length(buffer);
    while (*len < whole)
        if (*len >= REQUEST_MAX - 1 || !more(c, buffer, len))
            return 0;
    return whole;
}

static bool send_all(struct connection *c, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t n = send(c->fd, data, len, MSG_NOSIGNAL);
        if (n <= 0)
            return false;
        data += n;
        len -= (size_t)n;
    }
    return true;
}

static void send_endless(struct connection *c)
{
    char block[4096];
    memset(block, 'x', sizeof block);
    const char head[] = "HTTP/1.1 200 OK\r\n\r\n";
    bool going = send_all(c, head, sizeof head - 1);
    while (going && !atomic_load(&c->desk->stop))
        going = send_all(c, block, sizeof block);
}

static void reset(struct connection *c)
{
    struct linger now = {.l_onoff = 1, .l_linger = 0};
    (void)setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

/* False: the connection is over. */
static bool answer(struct connection *c, const struct desk_answer *a)
{
    char *text = NULL;
    if (a->slow_ms > 0)
        (void)poll(NULL, 0, a->slow_ms);
    if (a->vanish)
        return false;
    if (a->endless) {
        send_endless(c);
        return false;
    }
    const char *body = a->body == NULL ? "" : a->body;
    int len = a->raw != NULL
                  ? asprintf(&text, "%s", a->raw)
                  : asprintf(&text,
                             "HTTP/1.1 %d Answer\r\nContent-Length: %zu\r\n"
                             "%s%s\r\n%s",
                             a->status, strlen(body),
                             a->headers == NULL ? "" : a->headers,
                             a->close ? "Connection: close\r\n" : "", body);
    size_t whole = len < 0 ? 0 : (size_t)len;
    bool cut = a->cut > 0 && a->cut - 1 < whole;
    bool ok = send_all(c, text, cut ? a->cut - 1 : whole);
    free(text);
    if (cut)
        reset(c);
    return ok && !cut && !a->close;
}

static const struct desk_answer *record(struct desk *d, const char *text,
                                        size_t len)
{
    pthread_mutex_lock(&d->lock);
    size_t n = d->request_count;
    if (n < MOST)
        d->requests[d->request_count++] = strndup(text, len);
    pthread_mutex_unlock(&d->lock);
    return &d->script[n < d->script_count ? n : d->script_count - 1];
}

static void *serve(void *ctx)
{
    struct connection *c = ctx;
    char *buffer = calloc(1, REQUEST_MAX);
    size_t len = 0, whole;
    while (buffer != NULL && (whole = read_request(c, buffer, &len)) > 0) {
        const struct desk_answer *a = record(c->desk, buffer, whole);
        memmove(buffer, buffer + whole, len - whole + 1);
        len -= whole;
        if (!answer(c, a))
            break;
    }
    (void)close(c->fd);
    free(buffer);
    free(c);
    return NULL;
}

static void *accept_all(void *ctx)
{
    struct desk *d = ctx;
    while (!atomic_load(&d->stop)) {
        struct pollfd p = {.fd = d->listener, .events = POLLIN};
        if (poll(&p, 1, 20) <= 0)
            continue;
        int fd = accept(d->listener, NULL, NULL), one = 1;
        struct connection *c = calloc(1, sizeof *c);
        if (fd < 0 || c == NULL || d->connection_count >= MOST) {
            free(c);
            continue;
        }
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        *c = (struct connection){d, fd};
        pthread_mutex_lock(&d->lock);
        (void)pthread_create(&d->threads[d->connection_count++], NULL, serve,
                             c);
        pthread_mutex_unlock(&d->lock);
    }
    return NULL;
}

struct desk *desk_new(const struct desk_answer *script, size_t count)
{
    struct desk *d = calloc(1, sizeof *d);
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof at;
    if (d == NULL)
        abort();
    d->script = script;
    d->script_count = count;
    d->listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(d->listener, (struct sockaddr *)&at, sizeof at) != 0 ||
        listen(d->listener, 64) != 0 ||
        getsockname(d->listener, (struct sockaddr *)&at, &size) != 0)
        abort();
    (void)snprintf(d->url, sizeof d->url, "http://127.0.0.1:%d",
                   ntohs(at.sin_port));
    (void)pthread_mutex_init(&d->lock, NULL);
    (void)pthread_create(&d->accepting, NULL, accept_all, d);
    return d;
}

void desk_free(struct desk *d)
{
    atomic_store(&d->stop, true);
    (void)pthread_join(d->accepting, NULL);
    for (size_t i = 0; i < d->connection_count; i++)
        (void)pthread_join(d->threads[i], NULL);
    for (size_t i = 0; i < d->request_count; i++)
        free(d->requests[i]);
    (void)close(d->listener);
    (void)pthread_mutex_destroy(&d->lock);
    free(d);
}

const char *desk_url(const struct desk *d)
{
    return d->url;
}

size_t desk_requests(struct desk *d)
{
    pthread_mutex_lock(&d->lock);
    size_t n = d->request_count;
    pthread_mutex_unlock(&d->lock);
    return n;
}

size_t desk_connections(struct desk *d)
{
    pthread_mutex_lock(&d->lock);
    size_t n = d->connection_count;
    pthread_mutex_unlock(&d->lock);
    return n;
}

const char *desk_request(struct desk *d, size_t nth)
{
    pthread_mutex_lock(&d->lock);
    const char *text = nth < d->request_count ? d->requests[nth] : "";
    pthread_mutex_unlock(&d->lock);
    return text;
}
