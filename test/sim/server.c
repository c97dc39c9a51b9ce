/*
 * test/sim/server.c - HTTP on loopback, one thread a connection
 *
 * Life of one request: note_uri() makes its struct exchange; handle() is then
 * called once for the head, once for each piece of the body, and once more to
 * answer; done() frees it.
 */
#include "test/sim/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <microhttpd.h>

#include "test/sim/mem.h"
#include "test/sim/text.h"

enum { CONNECTIONS = 2000, IDLE_S = 300 };

struct server {
    struct MHD_Daemon *daemon;
    serve_fn *serve;
    void *context;
    struct pause *pause;
};

struct exchange {
    char *uri; /* owned; as it was sent */
    struct text body;
    bool begun, too_large;
};

/* An answer whose body is made while it is sent. */
struct stream {
    struct pause *pause;
    enum delivery delivery;
    char *body; /* owned */
    size_t len, cut;
    long pause_ms;
};

/* Must be called from the thread that answers `r`. */
const char *request_query(const struct request *r, const char *name)
{
    return MHD_lookup_connection_value(r->connection, MHD_GET_ARGUMENT_KIND,
                                       name);
}

const char *request_header(const struct request *r, const char *name)
{
    return MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, name);
}

struct form_want {
    const char *field;
    struct text found;
    bool seen;
};

static enum MHD_Result form_piece(void *cls, enum MHD_ValueKind kind,
                                  const char *key, const char *filename,
                                  const char *type, const char *encoding,
                                  const char *data, uint64_t off, size_t size)
{
    struct form_want *want = cls;

    (void)kind;
    (void)filename;
    (void)type;
    (void)encoding;
    (void)off;
    if (strcmp(key, want->field) == 0) {
        want->seen = true;
        text_add_n(&want->found, data, size);
    }
    return MHD_YES;
}

char *request_form(const struct request *r, const char *field, size_t *len)
{
    struct form_want want = {.field = field};
    struct MHD_PostProcessor *reader =
        MHD_create_post_processor(r->connection, 65536, form_piece, &want);

    *len = 0;
    if (reader == NULL)
        return NULL; /* no form */
    (void)MHD_post_process(reader, r->body, r->body_len);
    (void)MHD_destroy_post_processor(reader);
    if (!want.seen) {
        text_clear(&want.found);
        return NULL;
    }
    *len = want.found.len;
    return text_take(&want.found);
}

static ssize_t stream_read(void *cls, uint64_t pos, char *buf, size_t max)
{
    struct stream *s = cls;
    size_t at = s->len ? (size_t)(pos % s->len) : 0;
    size_t piece = s->len - at < max ? s->len - at : max;

    if (s->delivery == SEND_TRUNCATED && pos + piece > s->cut)
        piece = pos < s->cut ? s->cut - (size_t)pos : 0;
    if (s->delivery == SEND_SLOWLY) {
        if (piece > s->cut)
            piece = s->cut ? s->cut : 1;
        if (!pause_for(s->pause, s->pause_ms))
            return MHD_CONTENT_READER_END_WITH_ERROR;
    }
    if (s->delivery == SEND_ENDLESS && pause_ended(s->pause))
        return MHD_CONTENT_READER_END_WITH_ERROR;
    if (piece == 0)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    memcpy(buf, s->body + at, piece);
    return (ssize_t)piece;
}

static void stream_free(void *cls)
{
    struct stream *s = cls;

    free(s->body);
    free(s);
}

static struct MHD_Response *stream_response(const struct server *server,
                                            struct answer *a)
{
    struct stream *s = mem_new(sizeof(*s));

    if (a->body == NULL || a->body_len == 0) {
        free(a->body);
        a->body = mem_text(" ");
        a->body_len = 1;
    }
    *s = (struct stream){server->pause, a->delivery, a->body,
                         a->body_len,   a->cut,      a->pause_ms};
    a->body = NULL;
    return MHD_create_response_from_callback(
        s->delivery == SEND_ENDLESS ? MHD_SIZE_UNKNOWN : s->len, 4096,
        stream_read, s, stream_free);
}

static void add_headers(struct MHD_Response *response, const struct answer *a)
{
    const char *key = NULL;
    json_t *value = NULL;

    if (a->status != 204)
        (void)MHD_add_response_header(response, "Content-Type",
                                      a->type ? a->type : "application/json");
    for (size_t i = 0; i < a->header_count; i++)
        (void)MHD_add_response_header(response, a->headers[i].name,
                                      a->headers[i].value);
    json_object_foreach (a->fault_headers, key, value) {
        if (json_is_string(value))
            (void)MHD_add_response_header(response, key,
                                          json_string_value(value));
    }
}

static int socket_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);

    return info ? info->connect_fd : -1;
}

/* Closing an armed socket sends a reset in place of the normal end. */
static void arm_reset(struct MHD_Connection *connection)
{
    struct linger now = {.l_onoff = 1, .l_linger = 0};

    (void)setsockopt(socket_of(connection), SOL_SOCKET, SO_LINGER, &now,
                     sizeof(now));
}

static void send_raw(struct MHD_Connection *connection, const struct answer *a)
{
    for (size_t done = 0; done < a->body_len;) {
        ssize_t n = send(socket_of(connection), a->body + done,
                         a->body_len - done, MSG_NOSIGNAL);
        if (n <= 0)
            return;
        done += (size_t)n;
    }
}

static enum MHD_Result deliver(const struct server *server,
                               struct MHD_Connection *connection,
                               struct answer *a)
{
    struct MHD_Response *response = NULL;

    switch (a->delivery) {
    case SEND_NOTHING:
        return MHD_NO;
    case SEND_RESET:
        arm_reset(connection);
        return MHD_NO;
    case SEND_RAW:
        send_raw(connection, a);
        return MHD_NO;
    case SEND_TRUNCATED:
    case SEND_SLOWLY:
    case SEND_ENDLESS:
        response = stream_response(server, a);
        break;
    case SEND_NORMAL:
        response = MHD_create_response_from_buffer(a->body_len, a->body,
                                                   MHD_RESPMEM_MUST_FREE);
        a->body = NULL;
        break;
    }
    if (response == NULL)
        return MHD_NO;
    add_headers(response, a);
    enum MHD_Result ok =
        MHD_queue_response(connection, (unsigned)a->status, response);
    MHD_destroy_response(response);
    return ok;
}

static enum MHD_Result answer(const struct server *server,
                              struct MHD_Connection *connection,
                              const char *method, const char *path,
                              struct exchange *x)
{
    const char *query = strchr(x->uri, '?');
    struct answer a = {0};
    struct request r = {
        .method = method,
        .path = path,
        .query = query ? query + 1 : "",
        .body = x->body.at ? x->body.at : "",
        .body_len = x->too_large ? (size_t)BODY_MAX + 1 : x->body.len,
        .connection = connection,
    };

    server->serve(server->context, &r, &a);
    enum MHD_Result ok = deliver(server, connection, &a);
    json_decref(r.json);
    answer_clear(&a);
    return ok;
}

static enum MHD_Result handle(void *cls, struct MHD_Connection *connection,
                              const char *path, const char *method,
                              const char *version, const char *data,
                              size_t *size, void **state)
{
    struct exchange *x = *state;

    (void)version;
    if (x == NULL)
        return MHD_NO;
    if (!x->begun) {
        x->begun = true;
        return MHD_YES;
    }
    if (*size > 0) {
        if (x->body.len + *size > BODY_MAX) {
            x->too_large = true;
            text_clear(&x->body);
        }
        if (!x->too_large)
            text_add_n(&x->body, data, *size);
        *size = 0;
        return MHD_YES;
    }
    return answer(cls, connection, method, path, x);
}

static void *note_uri(void *cls, const char *uri,
                      struct MHD_Connection *connection)
{
    struct exchange *x = mem_new(sizeof(*x));

    (void)cls;
    (void)connection;
    x->uri = mem_text(uri);
    return x;
}

static void done(void *cls, struct MHD_Connection *connection, void **state,
                 enum MHD_RequestTerminationCode code)
{
    struct exchange *x = *state;

    (void)cls;
    (void)connection;
    (void)code;
    if (x == NULL)
        return;
    free(x->uri);
    text_clear(&x->body);
    free(x);
    *state = NULL;
}

struct server *server_start(uint16_t port, serve_fn *serve, void *context,
                            struct pause *pause)
{
    struct server *s = mem_new(sizeof(*s));
    struct sockaddr_in where = {0};

    where.sin_family = AF_INET;
    where.sin_port = htons(port);
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    *s = (struct server){NULL, serve, context, pause};
    s->daemon = MHD_start_daemon(
        MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD |
            MHD_USE_POLL,
        port, NULL, NULL, handle, s, MHD_OPTION_SOCK_ADDR, &where,
        MHD_OPTION_URI_LOG_CALLBACK, note_uri, NULL,
        MHD_OPTION_NOTIFY_COMPLETED, done, NULL, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S,
        MHD_OPTION_LISTENING_ADDRESS_REUSE, 1U, MHD_OPTION_END);
    if (s->daemon == NULL) {
        free(s);
        return NULL;
    }
    return s;
}

uint16_t server_port(const struct server *s)
{
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_BIND_PORT);

    return info ? info->port : 0;
}

void server_stop(struct server *s)
{
    if (s == NULL)
        return;
    MHD_stop_daemon(s->daemon);
    free(s);
}
