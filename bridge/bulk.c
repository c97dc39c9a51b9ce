/*
 * bridge/bulk.c - the order of operations, and their results
 *
 *   state  of an operation           leaves it
 *   WAITS  not begun                 in turn, once all that it names exists
 *   LINKS  created, in a circle      once all that it names exists: a PATCH
 *   DONE   has its result            -
 *
 * The list is gone through from its start until nothing waits. What cannot be
 * done yet holds up every later operation on the same resource. When nothing
 * moves any more there is a circle, which the first user in it opens.
 */
#include "bridge/bulk_internal.h"

#include "bridge/render.h"
#include "bridge/write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEADLINE_MS 20000 /* where the policy has none */
#define RESPONSE    "urn:ietf:params:scim:api:messages:2.0:BulkResponse"

/* ---- results --------------------------------------------------------------
 */

static bool failed(int status)
{
    return status < 200 || status > 299;
}

/* Where the operation's resource is; new. NULL: nowhere. */
static json_t *location_of(const struct bulk *b, const struct bulk_op *op)
{
    struct scim_error unknown = {0};
    const char *id = op->id[0] != '\0' ? op->id : NULL;
    if (id == NULL && op->key != NULL && op->op != BRIDGE_CREATE)
        id = bulk_refs_id(b, op->key, &unknown);
    if (id == NULL || op->type == NULL)
        return NULL;
    return json_sprintf("%s%s/%s", b->t->base, op->type->endpoint, id);
}

/* Writes the operation's result (RFC 7644 section 3.7.3). */
static void finish(struct bulk *b, struct bulk_op *op,
                   const struct bridge_reply *reply)
{
    char status[12];
    (void)snprintf(status, sizeof status, "%d", reply->status);
    json_t *response = failed(reply->status) && reply->body != NULL
                           ? json_loadb(reply->body, reply->len, 0, NULL)
                           : NULL;
    json_decref(op->result);
    op->result =
        json_pack("{s:s, s:s*, s:o*, s:s*, s:s, s:o*}", "method",
                  op->method != NULL ? op->method : "", "bulkId", op->bulk_id,
                  "location", location_of(b, op), "version", reply->etag,
                  "status", status, "response", response);
    op->state = BULK_DONE;
    b->errors += failed(reply->status);
}

static void finish_error(struct bulk *b, struct bulk_op *op,
                         const struct scim_error *err)
{
    struct bridge_reply reply = {0};
    render_error(err, &reply);
    finish(b, op, &reply);
    bridge_reply_clear(&reply);
}

/* ---- one operation --------------------------------------------------------
 */

static bool in_time(const struct bulk *b, struct scim_error *err)
{
    bool stops = atomic_load(&b->t->bridge->stopping);
    if (!stops && clock_span_ms() < b->until)
        return true;
    scim_error_status(err, 503,
                      stops ? "The bridge is stopping; this operation was not "
                              "begun. Send it again."
                            : "The operations before took too long; this one "
                              "was not begun. Send it again.");
    err->retry_after = 5;
    return false;
}

static bool write_one(struct bulk *b, const struct bulk_op *op,
                      enum bridge_op kind, const char *id, const json_t *data,
                      struct bridge_reply *reply)
{
    char *text = data == NULL ? NULL : json_dumps(data, JSON_COMPACT);
    struct bridge_request q = {
        .op = kind,
        .type = op->type,
        .id = id,
        .body = text,
        .body_len = text == NULL ? 0 : strlen(text),
        .if_match =
            kind == op->op && kind != BRIDGE_CREATE ? op->version : NULL,
        .request_id = b->q->request_id,
        .actor = b->q->actor,
    };
    if (data != NULL && text == NULL)
        return false;
    write_run(b->t, b->db, &q, reply);
    free(text);
    return true;
}

static void take_id(struct bulk_op *op, const struct bridge_reply *reply)
{
    const char *slash =
        reply->location == NULL ? NULL : strrchr(reply->location, '/');
    if (op->op == BRIDGE_CREATE && !failed(reply->status) && slash != NULL)
        (void)snprintf(op->id, sizeof op->id, "%s", slash + 1);
}

/* `prune`: without the values that name what does not exist yet. */
static bool run(struct bulk *b, struct bulk_op *op, bool prune,
                struct scim_error *err)
{
    struct bridge_reply reply = {0};
    json_t *pruned = NULL, *data = NULL;
    const char *id = NULL;
    bool ok = bulk_check(b, op, err) && in_time(b, err);
    if (ok && op->key != NULL)
        ok = (id = bulk_refs_id(b, op->key, err)) != NULL;
    if (ok && op->op != BRIDGE_DELETE)
        ok = (data = bulk_refs_resolve(b, op, prune ? &pruned : NULL, err)) !=
             NULL;
    if (ok && !write_one(b, op, op->op, id, data, &reply)) {
        scim_error_memory(err);
        ok = false;
    }
    if (ok) {
        take_id(op, &reply);
        finish(b, op, &reply);
    }
    if (ok && json_object_size(pruned) > 0 && op->id[0] != '\0') {
        op->state = BULK_LINKS;
        op->lacks = json_incref(pruned);
    }
    bridge_reply_clear(&reply);
    json_decref(pruned);
    json_decref(data);
    return ok;
}

/* ---- closing a circle -----------------------------------------------------
 */

/* 409: the resource is there, but not as it was asked for (section 3.7.1). */
static void not_linked(struct bulk *b, struct bulk_op *op, const char *why)
{
    struct scim_error err = {0};
    scim_error_status(&err, 409,
                      "The resource was created with the id %s, but the "
                      "values that refer to other operations could not be "
                      "set: %.600s",
                      op->id, why);
    finish_error(b, op, &err);
}

static json_t *link_patch(const struct bulk *b, const struct bulk_op *op,
                          struct scim_error *err)
{
    json_t *data = bulk_refs_resolve(b, op, NULL, err), *value = json_object();
    const char *key;
    json_t *part;
    json_object_foreach (data, key, part) {
        if (json_object_get(op->lacks, key) != NULL)
            (void)json_object_set(value, key, part);
    }
    if (data == NULL) {
        json_decref(value);
        return NULL;
    }
    json_decref(data);
    return json_pack("{s:[s], s:[{s:s, s:o}]}", "schemas",
                     "urn:ietf:params:scim:api:messages:2.0:PatchOp",
                     "Operations", "op", "replace", "value", value);
}

static const char *detail_of(const json_t *response)
{
    const char *detail = json_string_value(json_object_get(response, "detail"));
    return detail != NULL ? detail : "see the log of the bridge.";
}

/* Sets what was left out: the data again, as a PATCH. */
static void complete(struct bulk *b, struct bulk_op *op)
{
    struct scim_error err = {0};
    struct bridge_reply reply = {0};
    json_t *patch = in_time(b, &err) ? link_patch(b, op, &err) : NULL;
    if (patch != NULL &&
        write_one(b, op, BRIDGE_PATCH, op->id, patch, &reply)) {
        bool bad = failed(reply.status);
        json_t *body = bad ? json_loadb(reply.body != NULL ? reply.body : "",
                                        reply.len, 0, NULL)
                           : NULL;
        if (bad) {
            not_linked(b, op, detail_of(body));
        } else {
            reply.status = 201;
            finish(b, op, &reply);
        }
        json_decref(body);
    } else {
        not_linked(b, op, err.status != 0 ? err.detail : "memory ran out.");
    }
    json_decref(patch);
    bridge_reply_clear(&reply);
}

/* ---- the order ------------------------------------------------------------
 */

static bool enough(const struct bulk *b)
{
    return b->most_errors > 0 && b->errors >= b->most_errors;
}

static bool blocked(const struct bulk *b, const struct bulk_op *op)
{
    for (size_t i = 0; i < op->waits_count; i++)
        if (b->ops[op->waits_for[i]].state == BULK_WAITS && !op->nests)
            return true;
    return false;
}

static void step(struct bulk *b, struct bulk_op *op, bool prune)
{
    struct scim_error err = {0};
    if (op->state == BULK_LINKS)
        complete(b, op);
    else if (!run(b, op, prune, &err))
        finish_error(b, op, &err);
}

/* What later operations call the resource of this one; new. */
static char *name_of(const struct bulk_op *op)
{
    struct buf b = {0};
    if (op->op == BRIDGE_CREATE)
        buf_fmt(&b, "bulkId:%s", op->bulk_id != NULL ? op->bulk_id : "");
    else
        buf_str(&b, op->key != NULL ? op->key : "");
    return buf_take(&b);
}

/* Goes once through the list. False: nothing could be done. */
static bool pass(struct bulk *b, bool *left)
{
    json_t *held = json_object();
    bool moved = false;
    *left = false;
    for (size_t i = 0; i < b->count && !enough(b); i++) {
        struct bulk_op *op = &b->ops[i];
        if (op->state == BULK_DONE)
            continue;
        char *name = name_of(op);
        if (blocked(b, op) ||
            (name != NULL && json_object_get(held, name) != NULL)) {
            (void)json_object_set_new(held, name != NULL ? name : "",
                                      json_true());
            *left = true;
        } else {
            step(b, op, false);
            moved = true;
        }
        free(name);
    }
    json_decref(held);
    return moved;
}

/* Creates one resource of a circle without what closes it. */
static bool open_circle(struct bulk *b)
{
    struct bulk_op *first = NULL;
    for (size_t i = 0; i < b->count; i++) {
        struct bulk_op *op = &b->ops[i];
        if (op->state != BULK_WAITS || op->op != BRIDGE_CREATE)
            continue;
        if (first == NULL ||
            (first->type != b->t->user && op->type == b->t->user))
            first = op;
    }
    if (first != NULL)
        step(b, first, true);
    return first != NULL;
}

static void run_all(struct bulk *b)
{
    bool left = true;
    while (left && !enough(b))
        if (!pass(b, &left) && left && !open_circle(b))
            break;
    for (size_t i = 0; i < b->count; i++)
        if (b->ops[i].state == BULK_LINKS)
            not_linked(b, &b->ops[i], "the request ended before that.");
}

/* ---- the answer -----------------------------------------------------------
 */

static bool write_answer(const struct bulk *b, struct bridge_reply *out)
{
    json_t *list = json_array();
    int bad = list == NULL;
    for (size_t i = 0; i < b->count; i++) {
        if (b->ops[i].state == BULK_DONE)
            bad |= json_array_append(list, b->ops[i].result);
    }
    json_t *body =
        json_pack("{s:[s], s:o}", "schemas", RESPONSE, "Operations", list);
    char *text = bad || body == NULL ? NULL : json_dumps(body, JSON_COMPACT);
    json_decref(body);
    *out = (struct bridge_reply){.status = 200, .body = text};
    out->len = text == NULL ? 0 : strlen(text);
    return text != NULL;
}

void bulk_run(struct bridge_target *t, struct store_db *db,
              const struct bridge_request *q, struct bridge_reply *out)
{
    int64_t limit =
        t->policy.deadline_ms > 0 ? t->policy.deadline_ms : DEADLINE_MS;
    struct bulk b = {.t = t, .db = db, .q = q};
    struct scim_error err = {0};
    b.until = clock_span_ms() + BULK_DEADLINES * limit;
    bool ok = bulk_read(&b, &err);
    if (ok) {
        run_all(&b);
        ok = write_answer(&b, out);
        if (!ok)
            scim_error_memory(&err);
    }
    if (!ok)
        render_error(&err, out);
    bulk_clear(&b);
}
