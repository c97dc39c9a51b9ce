#include "server/server.h"

#include "base/buf.h"
#include "server/answer.h"
#include "server/request.h"
#include "store/target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define USER_AGENT "scim-bridge/" SCIM_BRIDGE_VERSION

/* ---- readers --------------------------------------------------------------
 */

static void close_reader(void *db)
{
    store_reader_close(db);
}

struct store_db *server_reader(struct server *s)
{
    struct store_db *db = pthread_getspecific(s->reader);
    struct error why = {{0}};
    if (db != NULL)
        return db;
    db = store_reader_open(s->store, &why);
    if (db != NULL && pthread_setspecific(s->reader, db) != 0) {
        store_reader_close(db);
        db = NULL;
    }
    if (db == NULL)
        log_line(&s->log, LOG_ERROR, "database", "error", why.text,
                 (char *)NULL);
    return db;
}

/* ---- opening --------------------------------------------------------------
 */

char *server_socket_path(const char *database)
{
    struct buf b = {0};
    buf_fmt(&b, "%s.socket", database);
    return buf_take(&b);
}

/* "http://127.0.0.1:8080" of what is listened on. */
static char *own_url(const struct config *c, int port)
{
    struct buf b = {0};
    bool v6 = strchr(c->host, ':') != NULL;
    buf_fmt(&b, "%s://%s%s%s:%d", c->tls_key != NULL ? "https" : "http",
            v6 ? "[" : "", c->host, v6 ? "]" : "", port);
    return buf_take(&b);
}

static struct http *open_listener(struct server *s, const char *socket_path,
                                  struct error *err)
{
    const struct config *c = s->config;
    struct http_app app = request_app(s);
    struct http_config config = {
        .host = socket_path == NULL ? c->host : NULL,
        .port = c->port,
        .socket_path = socket_path,
        .tls_certificate = socket_path == NULL ? c->tls_certificate : NULL,
        .tls_key = socket_path == NULL ? c->tls_key : NULL,
        .max_body = c->max_body,
        .max_connections = c->max_connections,
        .connections_per_address = c->connections_per_address,
        .request_ms = c->request_timeout,
        .idle_ms = c->idle_timeout,
        .threads = c->threads,
        .log = &s->log,
        .ids = s->ids,
    };
    return http_open(&config, &app, err);
}

/* Without it a server still serves; only commands cannot ask it. */
static void open_control(struct server *s)
{
    struct error why = {{0}};
    s->control = open_listener(s, s->socket_path, &why);
    if (s->control == NULL)
        log_line(&s->log, LOG_WARN, "control", "error", why.text, (char *)NULL);
}

static bool open_parts(struct server *s, bool *database, struct error *err)
{
    const struct config *c = s->config;
    s->auth = bearer_new(&s->ids);
    s->throttle = throttle_new();
    s->socket_path = server_socket_path(c->database);
    s->has_reader_key = pthread_key_create(&s->reader, close_reader) == 0;
    if (s->auth == NULL || s->throttle == NULL || s->socket_path == NULL ||
        !s->has_reader_key) {
        error_set(err, "Memory ran out.");
        return false;
    }
    *database = true;
    s->store = store_open(c->database, err);
    if (s->store == NULL)
        return false;
    *database = false;
    s->http = open_listener(s, NULL, err);
    if (s->http == NULL)
        return false;
    open_control(s);
    s->public_url = c->public_url != NULL ? strdup(c->public_url)
                                          : own_url(c, http_port(s->http));
    return s->public_url != NULL;
}

static enum store_rc find_rows(struct store_db *db, void *ctx)
{
    struct server *s = ctx;
    enum store_rc rc = STORE_OK;
    for (size_t i = 0; rc == STORE_OK && i < s->config->target_count; i++)
        rc = store_target_ensure(db, s->config->targets[i].name,
                                 clock_now(&s->clock), &s->rows[i]);
    return rc;
}

static bool open_bridge(struct server *s, bool *database, struct error *err)
{
    const struct config *c = s->config;
    struct bridge_config config = {
        .public_url = s->public_url,
        .targets = c->targets,
        .target_count = c->target_count,
        .default_page = c->default_page,
        .max_page = c->max_page,
        .cursor_timeout = c->cursor_timeout,
        .workers = c->workers,
        .user_agent = USER_AGENT,
    };
    s->bridge = bridge_open(&config, s->store, s->clock, s->ids, &s->log, err);
    if (s->bridge == NULL)
        return false;
    s->rows = calloc(c->target_count, sizeof *s->rows);
    if (s->rows == NULL) {
        error_set(err, "Memory ran out.");
        return false;
    }
    *database = true;
    return store_write(s->store, find_rows, s, err) == STORE_OK;
}

struct server *server_open(const struct config *config, bool *database,
                           struct error *err)
{
    struct server *s = calloc(1, sizeof *s);
    *database = false;
    if (s == NULL) {
        error_set(err, "Memory ran out.");
        return NULL;
    }
    s->config = config;
    s->clock = clock_system();
    s->ids = id_system();
    s->log.clock = s->clock;
    s->log.fd = STDERR_FILENO;
    s->log.json = config->log_json;
    atomic_init(&s->log.level, (int)config->log_level);
    atomic_init(&s->pending, 0);
    if (!open_parts(s, database, err) || !open_bridge(s, database, err)) {
        server_free(s);
        return NULL;
    }
    return s;
}

bool server_start(struct server *s, struct error *err)
{
    s->lane = lane_start(answer_read_slowly, err);
    return s->lane != NULL && bridge_start(s->bridge, err) &&
           http_start(s->http, err) &&
           (s->control == NULL || http_start(s->control, err));
}

/* ---- stopping -------------------------------------------------------------
 */

static void pause_ms(int ms)
{
    struct timespec t = {.tv_sec = 0, .tv_nsec = ms * 1000000L};
    (void)nanosleep(&t, NULL);
}

bool server_stop(struct server *s)
{
    /* What the bridge has not answered a little after its own grace, it
     * never will. */
    int64_t limit = clock_span_ms() + s->config->grace + 2000;
    http_quiesce(s->http);
    if (s->control != NULL)
        http_quiesce(s->control);
    bridge_stop(s->bridge, (int)s->config->grace);
    while (atomic_load(&s->pending) > 0 && clock_span_ms() < limit)
        pause_ms(10);
    server_note_uses(s);
    (void)unlink(s->socket_path);
    return atomic_load(&s->pending) == 0;
}

void server_free(struct server *s)
{
    if (s == NULL)
        return;
    lane_stop(s->lane);
    http_stop(s->http);
    http_stop(s->control);
    if (s->bridge != NULL)
        bridge_free(s->bridge);
    if (s->has_reader_key) {
        store_reader_close(pthread_getspecific(s->reader));
        (void)pthread_key_delete(s->reader);
    }
    if (s->store != NULL)
        store_close(s->store);
    bearer_free(s->auth);
    throttle_free(s->throttle);
    free(s->public_url);
    free(s->socket_path);
    free(s->rows);
    free(s);
}

/* ---- asking ---------------------------------------------------------------
 */

bool server_ready(const struct server *s)
{
    for (size_t i = 0; i < bridge_target_count(s->bridge); i++)
        if (!bridge_ready(bridge_target_at(s->bridge, i)))
            return false;
    return true;
}

struct uses {
    struct bearer_use list[64];
    size_t count;
};

static enum store_rc write_uses(struct store_db *db, void *ctx)
{
    const struct uses *u = ctx;
    for (size_t i = 0; i < u->count; i++) {
        enum store_rc rc = store_token_used(db, u->list[i].n, u->list[i].at);
        if (rc == STORE_FAILED)
            return rc;
    }
    return STORE_OK;
}

void server_note_uses(struct server *s)
{
    struct uses u;
    struct error why = {{0}};
    u.count =
        bearer_take_uses(s->auth, u.list, sizeof u.list / sizeof u.list[0]);
    if (u.count > 0 && store_write(s->store, write_uses, &u, &why) != STORE_OK)
        log_line(&s->log, LOG_WARN, "database", "error", why.text,
                 (char *)NULL);
}
