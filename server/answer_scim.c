/*
 * server/answer_scim.c - discovery, reads and writes
 */
#include "server/answer.h"

#include "base/buf.h"
#include "scim/discovery.h"
#include "server/prefer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RETRY_AFTER 5 /* seconds */

void answer_health(struct request *r)
{
    reply_text(&r->call->reply, 200, "ok\n");
}

void answer_ready(struct request *r)
{
    struct server *s = r->server;
    struct buf b = {0};
    bool all = true;
    for (size_t i = 0; i < bridge_target_count(s->bridge); i++) {
        struct bridge_target *t = bridge_target_at(s->bridge, i);
        bool ready = bridge_ready(t);
        all = all && ready;
        buf_fmt(&b, "%s %s\n", bridge_target_name(t),
                ready ? "ready" : "waits for its first sync");
    }
    reply_text(&r->call->reply, all ? 200 : 503, buf_ok(&b) ? b.data : "");
    buf_clear(&b);
}

void answer_not_offered(struct request *r)
{
    r->reason = "not offered";
    reply_refuse(&r->call->reply, 501,
                 "%s is not offered: a token stands for a client, not for a "
                 "user.",
                 r->route.type);
}

/* ---- discovery ------------------------------------------------------------
 */

/* Where a target's links start; the first target's have no name in them. */
static char *base_url(struct request *r)
{
    struct server *s = r->server;
    struct buf b = {0};
    buf_str(&b, s->public_url);
    if (r->target != bridge_target_at(s->bridge, 0))
        buf_fmt(&b, "/%s", bridge_target_name(r->target));
    buf_str(&b, "/scim/v2");
    return buf_take(&b);
}

static json_t *service_config(struct request *r, const char *base)
{
    const struct config *c = r->server->config;
    struct scim_service service = {
        .patch = true,
        .filter = true,
        .sort = true,
        .etag = true,
        .cursor = true,
        .change_password = false,
        .bulk = true,
        .bulk_operations = BRIDGE_BULK_OPERATIONS,
        .bulk_payload = (int)c->max_body,
        .max_results = c->max_page,
        .default_results = c->default_page,
        .cursor_timeout = c->cursor_timeout,
    };
    return scim_service_config(&service, base);
}

void answer_discovery(struct request *r)
{
    const struct scim_model *m = bridge_model(r->target);
    char *base = base_url(r);
    json_t *out = NULL;
    if (base == NULL) {
        reply_refuse(&r->call->reply, 500, "Memory ran out; try again later.");
        return;
    }
    bool one = false;
    if (r->route.id == ROUTE_SERVICE_CONFIG)
        out = service_config(r, base);
    else if (r->route.id == ROUTE_RESOURCE_TYPES)
        out = scim_resource_types(m, base);
    else if (r->route.id == ROUTE_SCHEMAS)
        out = scim_schemas(m, base);
    else if ((one = r->route.id == ROUTE_RESOURCE_TYPE))
        out = scim_resource_type(m, r->route.param, base);
    else if ((one = r->route.id == ROUTE_SCHEMA))
        out = scim_schema_document(m, r->route.param, base);
    free(base);
    if (out == NULL && one)
        reply_refuse(&r->call->reply, 404, "There is no %s named \"%.200s\".",
                     r->route.id == ROUTE_SCHEMA ? "schema" : "resource type",
                     r->route.param);
    else
        reply_json(&r->call->reply, 200, out, REPLY_SCIM);
}

/* ---- resources ------------------------------------------------------------
 */

static const struct scim_type *type_of(const struct request *r)
{
    return r->route.type == NULL
               ? NULL
               : scim_model_type(bridge_model(r->target), r->route.type);
}

static enum bridge_op op_of(enum route_id id)
{
    if (id == ROUTE_READ_ONE)
        return BRIDGE_GET;
    if (id == ROUTE_CREATE)
        return BRIDGE_CREATE;
    if (id == ROUTE_REPLACE)
        return BRIDGE_REPLACE;
    if (id == ROUTE_PATCH_ONE)
        return BRIDGE_PATCH;
    if (id == ROUTE_DELETE_ONE)
        return BRIDGE_DELETE;
    if (id == ROUTE_BULK)
        return BRIDGE_BULK;
    return BRIDGE_LIST;
}

static struct bridge_request bridge_request(const struct request *r)
{
    return (struct bridge_request){
        .op = op_of(r->route.id),
        .type = type_of(r),
        .id = r->route.param,
        .search =
            r->route.id == ROUTE_SEARCH || r->route.id == ROUTE_ROOT_SEARCH,
        .body = r->call->body,
        .body_len = r->call->body_len,
        .attributes = r->query.attributes,
        .excluded = r->query.excluded,
        .filter = r->query.filter,
        .sort_by = r->query.sort_by,
        .sort_order = r->query.sort_order,
        .start_index = r->query.start_index,
        .count = r->query.count,
        .cursor = r->query.cursor,
        .if_match = http_header(r->call, "If-Match"),
        .if_none_match = http_header(r->call, "If-None-Match"),
        .request_id = r->id,
        .actor = r->token.name,
    };
}

/* Moves the bridge's answer into ours. */
static void take_reply(struct reply *to, struct bridge_reply *from)
{
    to->status = from->status;
    to->body = from->body;
    to->len = from->body == NULL ? 0 : from->len;
    to->type = from->body == NULL ? NULL : REPLY_SCIM;
    from->body = NULL;
    reply_header(to, "Location", from->location);
    reply_header(to, "ETag", from->etag);
    if (from->retry_after > 0)
        reply_header_number(to, "Retry-After", from->retry_after);
    bridge_reply_clear(from);
}

static void refuse_for_now(struct request *r, const char *sentence)
{
    reply_header_number(&r->call->reply, "Retry-After", RETRY_AFTER);
    reply_refuse(&r->call->reply, 503, "%s", sentence);
}

/* False: it takes too long for a `quick` one. */
static bool read_mirror(struct request *r, bool quick)
{
    struct bridge_request q = bridge_request(r);
    struct bridge_reply reply = {0};
    struct store_db *db = server_reader(r->server);
    q.quick = quick;
    if (db == NULL) {
        refuse_for_now(r, "The database failed.");
        return true;
    }
    bridge_read(r->target, db, &q, &reply);
    if (reply.status == 0)
        return false;
    take_reply(&r->call->reply, &reply);
    return true;
}

void answer_read(struct request *r)
{
    if (read_mirror(r, true)) {
        request_answered(r);
    } else if (lane_reserve(r->server->lane)) {
        request_put_off(r);
        lane_add(r->server->lane, r);
    } else {
        r->reason = "too many long reads";
        refuse_for_now(r, "Too many requests that take long are waiting; ask "
                          "for less, or by an attribute with an index.");
        request_answered(r);
    }
}

void answer_read_slowly(void *request)
{
    struct request *r = request;
    (void)read_mirror(r, false);
    request_resume(r);
}

static bool says_dry_run(const char *line)
{
    return prefer_names(line, PREFER_DRY_RUN);
}

static bool wants_dry_run(const struct request *r)
{
    return http_header_any(r->call, "Prefer", says_dry_run);
}

static void written(struct bridge_reply *reply, void *ctx)
{
    struct request *r = ctx;
    take_reply(&r->call->reply, reply);
    /* RFC 7240 section 3 */
    if (wants_dry_run(r))
        reply_header(&r->call->reply, "Preference-Applied", PREFER_DRY_RUN);
    request_resume(r);
}

void answer_write(struct request *r)
{
    struct bridge_request q = bridge_request(r);
    q.dry_run = wants_dry_run(r);
    request_put_off(r);
    bridge_submit(r->target, &q, written, r);
}
