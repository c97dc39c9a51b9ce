#include "server/request.h"

#include "server/answer.h"
#include "server/media.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOT_READY_RETRY 5 /* seconds */

/* ---- making and ending ----------------------------------------------------
 */

/* An id of the client's own is kept when it cannot do harm anywhere. */
static bool id_is_plain(const char *id)
{
    size_t len = strlen(id);
    return len >= 1 && len < REQUEST_ID_SIZE &&
           strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                      "0123456789-_.:") == len;
}

/* The path of a request target; "http://host" before it is skipped. */
static const char *path_of(const char *target)
{
    if (strncmp(target, "http://", 7) != 0 &&
        strncmp(target, "https://", 8) != 0)
        return target;
    const char *host = strstr(target, "://") + 3;
    return host + strcspn(host, "/?");
}

static struct request *request_new(struct server *s, struct http_call *c)
{
    struct request *r = calloc(1, sizeof *r);
    if (r == NULL) {
        reply_refuse(&c->reply, 503, "Memory ran out; try again later.");
        return NULL;
    }
    const char *id = http_header(c, "X-Request-Id");
    r->server = s;
    r->call = c;
    c->app = r;
    (void)snprintf(r->id, sizeof r->id, "%s",
                   id != NULL && id_is_plain(id) ? id : c->id);
    r->path = path_of(c->target);
    r->path_len = strcspn(r->path, "?");
    r->plain_json = media_wants_plain(http_header(c, "Accept"));
    return r;
}

static void log_request(struct request *r, const char *status,
                        enum log_level level)
{
    char ms[24], path[256];
    r->logged = true;
    if (!log_wants(&r->server->log, level))
        return;
    (void)snprintf(ms, sizeof ms, "%lld",
                   (long long)(clock_span_ms() - r->call->began));
    (void)snprintf(path, sizeof path, "%.*s",
                   (int)(r->path_len < 250 ? r->path_len : 250), r->path);
    log_line(&r->server->log, level, "request", "id", r->id, "method",
             r->call->method, "path", path, "status", status, "ms", ms, "token",
             r->token.name[0] != '\0' ? r->token.name : NULL, "target",
             r->target != NULL ? bridge_target_name(r->target) : NULL,
             "address", r->call->address, "reason", r->reason, (char *)NULL);
}

void request_answered(struct request *r)
{
    struct reply *reply = &r->call->reply;
    char status[24];
    reply_header(reply, "X-Request-Id", r->id);
    if (r->plain_json && reply->type != NULL &&
        strcmp(reply->type, REPLY_SCIM) == 0)
        reply->type = REPLY_JSON;
    (void)snprintf(status, sizeof status, "%d", reply->status);
    enum log_level level = LOG_INFO;
    if (reply->status >= 500 || r->reason != NULL)
        level = LOG_WARN;
    else if (r->route.space == ROUTE_PLAIN)
        level = LOG_DEBUG;
    log_request(r, status, level);
}

void request_put_off(struct request *r)
{
    atomic_fetch_add(&r->server->pending, 1);
    http_suspend(r->call);
}

void request_resume(struct request *r)
{
    struct server *s = r->server;
    request_answered(r);
    http_resume(r->call); /* `r` may be gone from here on */
    atomic_fetch_sub(&s->pending, 1);
}

static void request_end(void *ctx, struct http_call *c)
{
    struct request *r = c->app;
    (void)ctx;
    if (r == NULL)
        return;
    if (!r->logged && !c->late) {
        r->reason = "the client closed the connection";
        log_request(r, "0", LOG_INFO);
    }
    query_clear(&r->query);
    free(r);
}

/* ---- step 1: route --------------------------------------------------------
 */

static bool refuse(struct request *r, int status, const char *reason,
                   const char *sentence)
{
    r->reason = reason;
    reply_refuse(&r->call->reply, status, "%s", sentence);
    return false;
}

static void allow_header(struct request *r)
{
    char allow[ROUTE_ALLOW_SIZE];
    route_allow_text(r->route.allow, allow);
    reply_header(&r->call->reply, "Allow", allow);
}

static bool refuse_route(struct request *r, enum route_result result)
{
    struct scim_error err = {0};
    switch (result) {
    case ROUTE_FOUND:
        return true;
    case ROUTE_ASKED:
        allow_header(r);
        r->call->reply.status = 204;
        return false;
    case ROUTE_NO_METHOD:
        allow_header(r);
        return refuse(r, 405, "method not allowed",
                      "This address does not take that method; the Allow "
                      "header lists those that it takes.");
    case ROUTE_BAD_VERSION:
        r->reason = "unknown version";
        scim_error_set(&err, SCIM_INVALID_VERS,
                       "Only version 2 of SCIM is served here: use /scim/v2.");
        reply_error(&r->call->reply, &err);
        return false;
    case ROUTE_BAD_PATH:
        return refuse(r, 400, "path is no text",
                      "The path is not a text: it holds a NUL or is not "
                      "UTF-8.");
    case ROUTE_NO_PATH:
        break;
    }
    return refuse(r, 404, "unknown path",
                  "There is nothing at this address. Resources are at "
                  "/scim/v2/Users and /scim/v2/Groups.");
}

/* ---- step 2: authenticate -------------------------------------------------
 */

static bool refuse_login(struct request *r, const char *reason, bool bearer)
{
    struct reply *reply = &r->call->reply;
    struct throttle_verdict v = {0};
    r->reason = reason;
    if (bearer)
        v = throttle_failure(r->server->throttle, r->call->address,
                             clock_span_ms());
    if (v.retry_after > 0) {
        reply_header_number(reply, "Retry-After", v.retry_after);
        return refuse(r, 429, reason,
                      "Too many requests with a token that is not accepted "
                      "came from this address. Check the token, and wait.");
    }
    reply->delay_ms = v.delay_ms;
    /* RFC 6750 section 3: no error code when no token was sent. */
    reply_header(reply, "WWW-Authenticate",
                 bearer ? "Bearer realm=\"scim\", error=\"invalid_token\""
                        : "Bearer realm=\"scim\"");
    return refuse(r, 401, reason,
                  bearer ? "The bearer token is not accepted: it is unknown, "
                           "revoked or expired."
                         : "A bearer token is needed: send the header "
                           "\"Authorization: Bearer TOKEN\".");
}

static bool authenticate(struct request *r)
{
    struct server *s = r->server;
    if (r->call->local) {
        r->token =
            (struct bearer_token){.scope = BEARER_ADMIN, .name = "local"};
        return true;
    }
    struct store_db *db = server_reader(s);
    enum bearer_rc rc =
        db == NULL
            ? BEARER_FAILED
            : bearer_check(s->auth, db, http_header(r->call, "Authorization"),
                           clock_now(&s->clock), &r->token);
    switch (rc) {
    case BEARER_OK:
        return true;
    case BEARER_ABSENT:
        return refuse_login(r, "no token", false);
    case BEARER_UNKNOWN:
        return refuse_login(r, "token unknown", true);
    case BEARER_REVOKED:
        return refuse_login(r, "token revoked", true);
    case BEARER_EXPIRED:
        return refuse_login(r, "token expired", true);
    case BEARER_FAILED:
        break;
    }
    reply_header_number(&r->call->reply, "Retry-After", NOT_READY_RETRY);
    return refuse(r, 503, "database failed",
                  "The token cannot be checked: the database failed.");
}

/* ---- steps 3 and 4: target, scope, readiness ------------------------------
 */

static bool find_target(struct request *r, bool authorised)
{
    struct bridge_target *t = bridge_target(r->server->bridge, r->route.target);
    /* A target that is not there and one that is not open to this token look
     * the same. */
    if (t == NULL ||
        (authorised && !bearer_opens(&r->token, bridge_target_name(t)))) {
        r->reason = t == NULL ? "unknown target" : "token of another target";
        reply_refuse(&r->call->reply, 404,
                     "This token opens no target at this address%s%s%s.",
                     r->token.target[0] != '\0' ? "; its own is at /" : "",
                     r->token.target,
                     r->token.target[0] != '\0' ? "/scim/v2" : "");
        return false;
    }
    r->target = t;
    return true;
}

static bool may(struct request *r)
{
    if (r->route.access == ROUTE_ADMIN && r->token.scope != BEARER_ADMIN)
        return refuse(r, 403, "not an admin token",
                      "This needs an admin token; this one is for SCIM.");
    if (r->route.access == ROUTE_WRITE && r->token.scope == BEARER_READ)
        return refuse(r, 403, "read-only token",
                      "This token may only read. Make one that may write: "
                      "scim-bridge token create --scope write.");
    return true;
}

static bool is_discovery(enum route_id id)
{
    return id >= ROUTE_SERVICE_CONFIG && id <= ROUTE_SCHEMA;
}

static bool is_ready(struct request *r)
{
    if (r->route.space != ROUTE_SCIM || is_discovery(r->route.id) ||
        r->route.id == ROUTE_NOT_OFFERED || bridge_ready(r->target))
        return true;
    reply_header_number(&r->call->reply, "Retry-After", NOT_READY_RETRY);
    return refuse(r, 503, "first sync not complete",
                  "The helpdesk's users are being read for the first time; "
                  "until that is done nothing can be said of them. Try again "
                  "in a moment.");
}

/* ---- step 5: form ---------------------------------------------------------
 */

static bool form_is_good(struct request *r)
{
    struct scim_error err = {0};
    size_t skip = r->path_len + (r->path[r->path_len] == '?' ? 1 : 0);
    const char *method = r->call->method;
    bool has_body = strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0 ||
                    strcmp(method, "PATCH") == 0;
    if (has_body && r->route.space == ROUTE_SCIM &&
        !media_is_json(http_header(r->call, "Content-Type")))
        return refuse(r, 415, "content type",
                      "The body must be JSON: send Content-Type "
                      "application/scim+json or application/json.");
    if (!query_parse(r->path + skip, strlen(r->path + skip), &r->query, &err)) {
        r->reason = "query";
        reply_error(&r->call->reply, &err);
        return false;
    }
    /* RFC 7644 section 4 */
    if (is_discovery(r->route.id) && r->query.filter != NULL)
        return refuse(r, 403, "filter on discovery",
                      "Discovery cannot be filtered; ask for all of it.");
    return true;
}

/* ---- the listener's calls -------------------------------------------------
 */

static bool pass(struct request *r)
{
    enum route_result result =
        route_find(r->call->method, r->path, r->path_len, &r->route);
    bool open = result == ROUTE_FOUND && r->route.access == ROUTE_OPEN;
    if (r->route.space == ROUTE_PLAIN || result == ROUTE_ASKED ||
        result == ROUTE_BAD_VERSION || result == ROUTE_BAD_PATH)
        return refuse_route(r, result) && form_is_good(r);
    if (!open && !authenticate(r))
        return false;
    if (r->route.space == ROUTE_SCIM && !find_target(r, !open))
        return false;
    return refuse_route(r, result) && may(r) && is_ready(r) && form_is_good(r);
}

static bool request_begin(void *ctx, struct http_call *c)
{
    struct request *r = request_new(ctx, c);
    if (r == NULL)
        return false;
    if (pass(r))
        return true;
    request_answered(r);
    return false;
}

static void request_serve(void *ctx, struct http_call *c)
{
    static void (*const handlers[])(struct request *) = {
        [ROUTE_HEALTH] = answer_health,
        [ROUTE_READY] = answer_ready,
        [ROUTE_SERVICE_CONFIG] = answer_discovery,
        [ROUTE_RESOURCE_TYPES] = answer_discovery,
        [ROUTE_RESOURCE_TYPE] = answer_discovery,
        [ROUTE_SCHEMAS] = answer_discovery,
        [ROUTE_SCHEMA] = answer_discovery,
        [ROUTE_ROOT_LIST] = answer_read,
        [ROUTE_ROOT_SEARCH] = answer_read,
        [ROUTE_LIST] = answer_read,
        [ROUTE_SEARCH] = answer_read,
        [ROUTE_CREATE] = answer_write,
        [ROUTE_READ_ONE] = answer_read,
        [ROUTE_REPLACE] = answer_write,
        [ROUTE_PATCH_ONE] = answer_write,
        [ROUTE_DELETE_ONE] = answer_write,
        [ROUTE_BULK] = answer_write,
        [ROUTE_NOT_OFFERED] = answer_not_offered,
        [ROUTE_ADMIN_TARGETS] = answer_admin_list,
        [ROUTE_ADMIN_SYNC] = answer_admin_sync,
        [ROUTE_ADMIN_BRAKE] = answer_brake,
        [ROUTE_ADMIN_BRAKE_RELEASE] = answer_brake_decide,
        [ROUTE_ADMIN_BRAKE_DISCARD] = answer_brake_decide,
        [ROUTE_ADMIN_TASKS] = answer_admin_list,
        [ROUTE_ADMIN_TASK] = answer_task,
        [ROUTE_ADMIN_TASK_DONE] = answer_task_say,
        [ROUTE_ADMIN_TASK_CANCEL] = answer_task_say,
        [ROUTE_ADMIN_USER_RESEND] = answer_task_say,
        [ROUTE_ADMIN_TOMBSTONES] = answer_admin_list,
        [ROUTE_ADMIN_AUDIT] = answer_admin_list,
        [ROUTE_ADMIN_SYNCS] = answer_admin_list,
    };
    struct request *r = c->app;
    enum route_id id = r->route.id;
    (void)ctx;
    handlers[id](r);
    /* A request that was put off belongs to another thread by now. */
    if (handlers[id] != answer_write && handlers[id] != answer_read &&
        handlers[id] != answer_admin_sync && handlers[id] != answer_task_say)
        request_answered(r);
}

/* RFC 7644 section 3.7.4: the limit is named. */
static void too_large(struct request *r)
{
    char sentence[160];
    (void)snprintf(sentence, sizeof sentence,
                   "The body is larger than the %lld bytes that this server "
                   "takes; its operator can raise max_body.",
                   (long long)r->server->config->max_body);
    (void)refuse(r, 413, "body too large", sentence);
}

static void request_fault(void *ctx, struct http_call *c, enum http_fault what)
{
    static const struct {
        int status;
        const char *reason, *sentence;
    } faults[] = {
        [HTTP_TARGET_TOO_LONG] = {414, "address too long",
                                  "The address is too long. Send long filters "
                                  "with POST to .search."},
        [HTTP_HEADERS_TOO_LARGE] = {431, "headers too large",
                                    "The request's headers are too large."},
        [HTTP_OUT_OF_MEMORY] = {503, "no memory",
                                "Memory ran out; try again later."},
    };
    struct request *r = c->app != NULL ? c->app : request_new(ctx, c);
    if (r == NULL)
        return;
    if (what == HTTP_BODY_TOO_LARGE)
        too_large(r);
    else
        (void)refuse(r, faults[what].status, faults[what].reason,
                     faults[what].sentence);
    request_answered(r);
}

static void request_late(void *ctx, const char *address, const char *id,
                         const char *path, struct reply *out)
{
    struct server *s = ctx;
    struct id_source ids = s->ids;
    char fresh[ID_SIZE];
    if (id[0] == '\0' && id_new(&ids, fresh))
        id = fresh;
    reply_refuse(out, 408,
                 "The request did not arrive whole in time; send it again.");
    reply_header(out, "X-Request-Id", id);
    log_line(&s->log, LOG_WARN, "request", "id", id, "path",
             path[0] != '\0' ? path : NULL, "status", "408", "address", address,
             "reason", "request did not arrive in time", (char *)NULL);
}

struct http_app request_app(struct server *s)
{
    return (struct http_app){.begin = request_begin,
                             .serve = request_serve,
                             .end = request_end,
                             .fault = request_fault,
                             .late = request_late,
                             .ctx = s};
}
