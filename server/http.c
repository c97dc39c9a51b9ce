/*
 * server/http.c - the listener, on libmicrohttpd
 *
 *   the library calls      when                    we
 *   connection_changed     a connection opens      watch it
 *   target_seen            the request line is in  make the call
 *   request                header, body, end       step the call on
 *   request_completed      answered, or cut off    end the call
 *   connection_changed     it closes               forget it
 *
 * A body that is refused is read to its end, within bounds, before the answer
 * goes out: an answer sent while the client still writes is lost when the
 * connection is then reset.
 */
#include "server/http.h"

#include "base/clock.h"
#include "base/siphash.h"
#include "server/http_socket.h"
#include "server/watch.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <microhttpd.h>

/* A connection's memory: holds the request line and the headers. The library
 * overwrites all of it after each request, so more of it costs time. */
#define CONNECTION_MEMORY 65536
/* How much of a refused body is read and dropped, at least. */
#define LEAST_DROPPED ((int64_t)16 * 1048576)
/* Beyond the times that we keep ourselves, in seconds. */
#define LIBRARY_TIMEOUT_MORE 15

struct http {
    struct http_config config;
    struct http_app app;
    struct MHD_Daemon *daemon;
    struct watch *watch;
    int port;
    int socket; /* while the library does not own it; else -1 */
    char *certificate, *key;
    /* A request's id is the hash of its number: no system call for each. */
    struct siphash_key id_key;
    atomic_uint_fast64_t id_count;
};

/* A call with what only this file needs. */
struct exchange {
    struct http_call call; /* first: the public part */
    struct http *http;
    struct MHD_Connection *connection;
    struct watched *watched;
    char *target; /* owned */
    struct buf body;
    int64_t dropped;
    bool begun;    /* begin was called, or a fault came */
    bool refused;  /* the answer stands: the body is dropped */
    bool finished; /* serve was called, or need not be */
    bool slept;    /* the answer was put off once */
};

/* ---- connections ----------------------------------------------------------
 */

static void address_text(const struct sockaddr *sa, char *out, size_t size)
{
    const void *raw = NULL;
    if (sa != NULL && sa->sa_family == AF_INET)
        raw = &((const struct sockaddr_in *)(const void *)sa)->sin_addr;
    else if (sa != NULL && sa->sa_family == AF_INET6)
        raw = &((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr;
    if (raw == NULL || inet_ntop(sa->sa_family, raw, out, (socklen_t)size) == 0)
        (void)snprintf(out, size, "local");
}

static void connection_changed(void *cls, struct MHD_Connection *connection,
                               void **context,
                               enum MHD_ConnectionNotificationCode code)
{
    struct http *h = cls;
    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        if (*context != NULL)
            watch_remove(h->watch, *context);
        free(*context);
        *context = NULL;
        return;
    }
    struct watched *w = calloc(1, sizeof *w);
    const union MHD_ConnectionInfo *fd =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    const union MHD_ConnectionInfo *peer =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    if (w == NULL || fd == NULL) {
        free(w);
        return;
    }
    w->fd = fd->connect_fd;
    address_text(peer == NULL ? NULL : peer->client_addr, w->address,
                 sizeof w->address);
    *context = w;
    watch_add(h->watch, w);
}

/* The watch found a request late: the answer is written past the library,
 * which sends nothing while it still reads. */
static void late(void *ctx, const struct watched *w)
{
    struct http *h = ctx;
    struct reply reply = {0};
    struct buf bytes = {0};
    h->app.late(h->app.ctx, w->address, w->id, w->path, &reply);
    reply_raw(&reply, &bytes);
    /* Under TLS only the library could encrypt it: there it is just closed. */
    if (buf_ok(&bytes) && h->certificate == NULL)
        (void)send(w->fd, bytes.data, bytes.len, MSG_DONTWAIT | MSG_NOSIGNAL);
    buf_clear(&bytes);
    reply_clear(&reply);
}

static void wake(void *ctx, void *connection)
{
    (void)ctx;
    MHD_resume_connection(connection);
}

/* ---- the call -------------------------------------------------------------
 */

static struct watched *watched_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info == NULL ? NULL : info->socket_context;
}

static void name_call(struct http *h, struct http_call *c)
{
    uint64_t n = atomic_fetch_add(&h->id_count, 1);
    struct siphash random = siphash(&h->id_key, &n, sizeof n);
    unsigned char bytes[sizeof random];
    memcpy(bytes, &random, sizeof random);
    id_write(bytes, c->id);
}

/* NULL: `request` then makes the answer for memory that ran out. */
static void *target_seen(void *cls, const char *uri,
                         struct MHD_Connection *connection)
{
    struct http *h = cls;
    struct watched *w = watched_of(connection);
    struct exchange *x = w == NULL ? NULL : calloc(1, sizeof *x);
    if (x == NULL)
        return NULL;
    x->http = h;
    x->connection = connection;
    x->watched = w;
    x->call.began = clock_span_ms();
    x->call.address = w->address;
    x->call.local = h->config.socket_path != NULL;
    x->call.body = "";
    name_call(h, &x->call);
    size_t len = strnlen(uri, HTTP_MAX_TARGET + 1);
    x->target = strndup(uri, len > HTTP_MAX_TARGET ? 0 : len);
    x->call.target = x->target == NULL ? "" : x->target;
    watch_reading(h->watch, w, uri, x->call.id);
    return x;
}

static void refuse(struct exchange *x, enum http_fault what)
{
    x->http->app.fault(x->http->app.ctx, &x->call, what);
    x->refused = true;
    buf_clear(&x->body);
}

/* The length that the header announces; -1: none. */
static int64_t announced(const struct exchange *x)
{
    const char *text = http_header(&x->call, "Content-Length");
    if (text == NULL)
        return -1;
    int64_t len = 0;
    for (; *text >= '0' && *text <= '9'; text++)
        len = len > INT64_MAX / 16 ? INT64_MAX / 16 : len * 10 + (*text - '0');
    return len;
}

static int64_t drop_limit(const struct http *h)
{
    int64_t limit = 8 * h->config.max_body;
    return limit > LEAST_DROPPED ? limit : LEAST_DROPPED;
}

static bool queue(struct exchange *x);

/* The header is here. */
static enum MHD_Result step_begin(struct exchange *x, const char *method)
{
    struct http *h = x->http;
    const union MHD_ConnectionInfo *size = MHD_get_connection_info(
        x->connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    int64_t len = announced(x);
    x->begun = true;
    x->call.method = method;
    if (x->target == NULL)
        refuse(x, HTTP_OUT_OF_MEMORY);
    else if (x->target[0] == '\0')
        refuse(x, HTTP_TARGET_TOO_LONG);
    else if (size != NULL &&
             size->header_size > HTTP_MAX_HEADERS + strlen(x->target))
        refuse(x, HTTP_HEADERS_TOO_LARGE);
    else if (!h->app.begin(h->app.ctx, &x->call))
        x->refused = true;
    else if (len > h->config.max_body)
        refuse(x, HTTP_BODY_TOO_LARGE);
    const char *expect = http_header(&x->call, "Expect");
    bool waits = expect != NULL && strcasecmp(expect, "100-continue") == 0;
    /* A client that waits for leave to send its body, or that has more of it
     * than we would drop, hears the answer now. */
    if (x->refused && len > 0 && (waits || len > drop_limit(h))) {
        x->finished = true;
        return watch_answering(h->watch, x->watched) && queue(x) ? MHD_YES
                                                                 : MHD_NO;
    }
    return MHD_YES;
}

/* A piece of the body. False: too much of it is sent after a refusal. */
static bool step_body(struct exchange *x, const char *data, size_t len)
{
    struct http *h = x->http;
    if (!x->refused && x->body.len + len > (size_t)h->config.max_body)
        refuse(x, HTTP_BODY_TOO_LARGE);
    if (x->refused) {
        x->dropped += (int64_t)len;
        return x->dropped <= drop_limit(h);
    }
    buf_add(&x->body, data, len);
    if (!buf_ok(&x->body))
        refuse(x, HTTP_OUT_OF_MEMORY);
    return true;
}

/* All of it is here. True: the answer may be queued now. */
static bool step_serve(struct exchange *x)
{
    struct http *h = x->http;
    x->finished = true;
    if (!x->refused) {
        if (x->body.len > 0) {
            x->call.body = x->body.data;
            x->call.body_len = x->body.len;
        }
        h->app.serve(h->app.ctx, &x->call);
    }
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(
        x->connection, MHD_CONNECTION_INFO_CONNECTION_SUSPENDED);
    return info == NULL || info->suspended == MHD_NO;
}

static bool add_headers(struct MHD_Response *response, const struct reply *r)
{
    bool ok = r->type == NULL ||
              MHD_add_response_header(response, "Content-Type", r->type);
    for (size_t i = 0; i < r->header_count; i++)
        ok = MHD_add_response_header(response, r->headers[i].name,
                                     r->headers[i].value) &&
             ok;
    return ok;
}

static bool queue(struct exchange *x)
{
    struct reply *r = &x->call.reply;
    /* The library frees the body with free. */
    struct MHD_Response *response = MHD_create_response_from_buffer(
        r->len, r->body,
        r->body == NULL ? MHD_RESPMEM_PERSISTENT : MHD_RESPMEM_MUST_FREE);
    if (response == NULL)
        return false;
    r->body = NULL;
    bool ok = add_headers(response, r) &&
              MHD_queue_response(x->connection, (unsigned)r->status, response);
    MHD_destroy_response(response);
    return ok;
}

static enum MHD_Result no_memory(struct MHD_Connection *connection)
{
    static char text[] =
        "{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:Error\"],"
        "\"status\":\"503\",\"detail\":\"Memory ran out; try again later.\"}";
    struct MHD_Response *response = MHD_create_response_from_buffer(
        sizeof text - 1, text, MHD_RESPMEM_PERSISTENT);
    if (response == NULL)
        return MHD_NO;
    (void)MHD_add_response_header(response, "Content-Type", REPLY_SCIM);
    enum MHD_Result result = MHD_queue_response(connection, 503, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result request(void *cls, struct MHD_Connection *connection,
                               const char *url, const char *method,
                               const char *version, const char *data,
                               size_t *len, void **context)
{
    struct exchange *x = *context;
    (void)cls;
    (void)url;
    (void)version;
    if (x == NULL)
        return no_memory(connection);
    if (!x->begun)
        return step_begin(x, method);
    if (*len > 0) {
        bool ok = step_body(x, data, *len);
        *len = 0;
        return ok ? MHD_YES : MHD_NO;
    }
    if (!x->finished) {
        if (!watch_answering(x->http->watch, x->watched))
            return MHD_NO;
        if (!step_serve(x))
            return MHD_YES;
    }
    if (x->call.reply.delay_ms > 0 && !x->slept) {
        x->slept = true;
        MHD_suspend_connection(connection);
        if (!watch_sleeping(x->http->watch, x->watched, x->call.reply.delay_ms,
                            connection))
            MHD_resume_connection(connection);
        return MHD_YES;
    }
    return queue(x) ? MHD_YES : MHD_NO;
}

static void request_completed(void *cls, struct MHD_Connection *connection,
                              void **context,
                              enum MHD_RequestTerminationCode how)
{
    struct http *h = cls;
    struct exchange *x = *context;
    (void)connection;
    (void)how;
    *context = NULL;
    if (x == NULL)
        return;
    x->call.late = !watch_idle(h->watch, x->watched);
    if (x->begun)
        h->app.end(h->app.ctx, &x->call);
    reply_clear(&x->call.reply);
    buf_clear(&x->body);
    free(x->target);
    free(x);
}

const char *http_header(const struct http_call *c, const char *name)
{
    const struct exchange *x = (const struct exchange *)(const void *)c;
    return MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND, name);
}

struct search {
    const char *name;
    bool (*test)(const char *value);
    bool found;
};

static enum MHD_Result look_at(void *ctx, enum MHD_ValueKind kind,
                               const char *name, const char *value)
{
    struct search *s = ctx;
    (void)kind;
    if (value != NULL && strcasecmp(name, s->name) == 0)
        s->found = s->found || s->test(value);
    return s->found ? MHD_NO : MHD_YES;
}

bool http_header_any(const struct http_call *c, const char *name,
                     bool (*test)(const char *value))
{
    const struct exchange *x = (const struct exchange *)(const void *)c;
    struct search s = {.name = name, .test = test};
    (void)MHD_get_connection_values(x->connection, MHD_HEADER_KIND, look_at,
                                    &s);
    return s.found;
}

void http_suspend(struct http_call *c)
{
    MHD_suspend_connection(((struct exchange *)(void *)c)->connection);
}

void http_resume(struct http_call *c)
{
    MHD_resume_connection(((struct exchange *)(void *)c)->connection);
}

/* ---- start and stop -------------------------------------------------------
 */

/* The library's own complaints are about broken clients: for debugging. */
static void library_says(void *cls, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));
static void library_says(void *cls, const char *format, va_list args)
{
    char text[256];
    struct http *h = cls;
    (void)vsnprintf(text, sizeof text, format, args);
    text[strcspn(text, "\r\n")] = '\0';
    log_line(h->config.log, LOG_DEBUG, "http", "detail", text, (char *)NULL);
}

static unsigned thread_count(const struct http_config *c)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    if (c->socket_path != NULL)
        return 1;
    if (c->threads > 0)
        return (unsigned)c->threads;
    return cores > 64 ? 64 : cores < 1 ? 1 : (unsigned)cores;
}

static struct MHD_Daemon *start_daemon(struct http *h, int fd)
{
    const struct http_config *c = &h->config;
    unsigned threads = thread_count(c);
    int64_t longest = c->request_ms > c->idle_ms ? c->request_ms : c->idle_ms;
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME |
                     MHD_USE_ERROR_LOG | (h->key != NULL ? MHD_USE_TLS : 0);
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_KEY, 0, h->key},
        {MHD_OPTION_HTTPS_MEM_CERT, 0, h->certificate},
        {MHD_OPTION_HTTPS_PRIORITIES, 0,
         (void *)(uintptr_t) "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"},
        {MHD_OPTION_END, 0, NULL}};
    struct MHD_OptionItem pool[] = {
        {MHD_OPTION_THREAD_POOL_SIZE, (intptr_t)threads, NULL},
        {MHD_OPTION_END, 0, NULL}};
    struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};
    return MHD_start_daemon(
        flags, 0, NULL, NULL, request, h, MHD_OPTION_EXTERNAL_LOGGER,
        library_says, h, MHD_OPTION_LISTEN_SOCKET, fd,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)c->max_connections,
        MHD_OPTION_PER_IP_CONNECTION_LIMIT,
        (unsigned)c->connections_per_address, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)(longest / 1000 + LIBRARY_TIMEOUT_MORE),
        MHD_OPTION_NOTIFY_CONNECTION, connection_changed, h,
        MHD_OPTION_URI_LOG_CALLBACK, target_seen, h,
        MHD_OPTION_NOTIFY_COMPLETED, request_completed, h, MHD_OPTION_ARRAY,
        threads > 1 ? pool : none, MHD_OPTION_ARRAY,
        h->key != NULL ? tls : none, MHD_OPTION_END);
}

static bool take_address(struct http *h, struct error *err)
{
    const struct http_config *c = &h->config;
    if (c->tls_key != NULL && !http_read_pem(c->tls_certificate, c->tls_key,
                                             &h->certificate, &h->key, err))
        return false;
    h->socket = c->socket_path != NULL
                    ? http_socket_local(c->socket_path, err)
                    : http_socket_open(c->host, c->port, &h->port, err);
    return h->socket >= 0;
}

static bool take_id_key(struct http *h, struct error *err)
{
    const struct id_source *ids = &h->config.ids;
    unsigned char random[sizeof h->id_key];
    if (!ids->fill(ids->ctx, random, sizeof random)) {
        error_set(err, "The listener cannot start: no random numbers.");
        return false;
    }
    memcpy(&h->id_key, random, sizeof random);
    return true;
}

struct http *http_open(const struct http_config *config,
                       const struct http_app *app, struct error *err)
{
    struct http *h = calloc(1, sizeof *h);
    if (h == NULL) {
        error_set(err, "The listener cannot start: memory ran out.");
        return NULL;
    }
    h->config = *config;
    h->app = *app;
    h->socket = -1;
    if (!take_id_key(h, err) || !take_address(h, err)) {
        http_stop(h);
        return NULL;
    }
    return h;
}

bool http_start(struct http *h, struct error *err)
{
    struct watch_config watch = {.request_ms = h->config.request_ms,
                                 .idle_ms = h->config.idle_ms,
                                 .crowded = h->config.max_connections / 4 * 3,
                                 .late = late,
                                 .wake = wake,
                                 .ctx = h};
    h->watch = watch_start(&watch, err);
    if (h->watch == NULL)
        return false;
    h->daemon = start_daemon(h, h->socket);
    if (h->daemon == NULL) {
        error_set(err, "The listener cannot start; with log_level = debug the "
                       "log says why.");
        return false;
    }
    h->socket = -1;
    return true;
}

int http_port(const struct http *h)
{
    return h->port;
}

void http_quiesce(struct http *h)
{
    if (h->daemon != NULL && h->socket < 0)
        h->socket = MHD_quiesce_daemon(h->daemon);
    if (h->socket >= 0)
        (void)shutdown(h->socket, SHUT_RDWR);
}

void http_stop(struct http *h)
{
    if (h == NULL)
        return;
    http_quiesce(h);
    if (h->watch != NULL)
        watch_stop(h->watch);
    if (h->daemon != NULL)
        MHD_stop_daemon(h->daemon);
    watch_free(h->watch);
    if (h->socket >= 0)
        (void)close(h->socket);
    http_free_pem(h->certificate, h->key);
    free(h);
}
