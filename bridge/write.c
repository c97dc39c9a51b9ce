/*
 * bridge/write.c - the entry of every write: parse, dispatch, answer
 *
 * What one write does is in user_create.c, user_change.c, user_delete.c and
 * group_write.c; what all of them share, and the order of durable steps, in
 * journey.h.
 */
#include "bridge/write.h"

#include "bridge/bulk.h"
#include "bridge/explain.h"
#include "bridge/group.h"
#include "bridge/render.h"
#include "bridge/user.h"
#include "scim/resource.h"

#include <stdio.h>
#include <string.h>

typedef bool write_fn(struct journey *j);

/* clang-format off */
static const struct {
    enum bridge_op op;
    bool body;
    write_fn *user, *group;
} writes[] = {
    {BRIDGE_CREATE,  true,  user_create,  group_create},
    {BRIDGE_REPLACE, true,  user_replace, group_replace},
    {BRIDGE_PATCH,   true,  user_patch,   group_patch},
    {BRIDGE_DELETE,  false, user_delete,  group_delete},
};
/* clang-format on */

static bool parse_body(struct journey *j)
{
    const char *text = j->q->body != NULL ? j->q->body : "";
    j->body =
        scim_body_parse(text, j->q->body != NULL ? j->q->body_len : 0, &j->err);
    return j->body != NULL;
}

static bool dispatch(struct journey *j)
{
    for (size_t i = 0; i < sizeof writes / sizeof writes[0]; i++) {
        if (writes[i].op != j->q->op)
            continue;
        if (writes[i].body && !parse_body(j))
            return false;
        return j->type == STORE_USER ? writes[i].user(j) : writes[i].group(j);
    }
    scim_error_status(&j->err, 500, "This request is no write.");
    return false;
}

/* ---- the answer ---------------------------------------------------------- */

static bool asks_projection(const struct bridge_request *q)
{
    return q->attributes != NULL || q->excluded != NULL;
}

/* 204 with the tag alone: after a PATCH of a group, whose members would make
 * the body long (what Entra ID advises). */
static void reply_bare(struct journey *j, const struct store_resource *row,
                       struct bridge_reply *out)
{
    out->status = 204;
    if (row == NULL)
        return;
    out->etag = render_etag(row);
    out->location = render_location(j->t, row);
}

static void reply(struct journey *j, struct bridge_reply *out)
{
    struct store_resource row = {0};
    if (j->q->op == BRIDGE_DELETE) {
        reply_bare(j, NULL, out);
        return;
    }
    /* Memberships may have raised the version: answer what a GET would. */
    if (store_resource_get_row(j->db, j->row.n, &row) != STORE_OK) {
        (void)journey_database(j);
        render_error(&j->err, out);
    } else if (j->q->op == BRIDGE_PATCH && j->type == STORE_GROUP &&
               !asks_projection(j->q)) {
        reply_bare(j, &row, out);
    } else {
        render_reply(j->t, j->db, j->q, j->q->op == BRIDGE_CREATE ? 201 : 200,
                     &row, out);
    }
    store_resource_clear(&row);
}

static void log_failure(const struct journey *j)
{
    char status[8];
    if (explain_is_on(j))
        return;
    (void)snprintf(status, sizeof status, "%d", j->err.status);
    log_line(j->t->bridge->log, j->err.status >= 500 ? LOG_WARN : LOG_INFO,
             "write.failed", "target", j->t->name, "request_id", j->request_id,
             "actor", j->actor, "action", j->action, "id",
             j->row.id[0] != '\0' ? j->row.id : j->q->id, "status", status,
             "detail", j->err.detail, NULL);
}

void write_run(struct bridge_target *t, struct store_db *db,
               const struct bridge_request *q, struct bridge_reply *out)
{
    if (q->op == BRIDGE_BULK) {
        if (q->dry_run)
            explain_no_bulk(out);
        else
            bulk_run(t, db, q, out);
        return;
    }
    struct journey j;
    bool group = q->type != NULL && q->type == t->group;
    *out = (struct bridge_reply){0};
    journey_begin(&j, t, db, q, group ? STORE_GROUP : STORE_USER);
    bool ready = j.call.trace != NULL && (!q->dry_run || j.call.plan != NULL);
    if (ready && dispatch(&j)) {
        if (q->dry_run)
            explain_reply(&j, out);
        else
            reply(&j, out);
    } else {
        if (j.err.status == 0)
            (void)journey_memory(&j);
        log_failure(&j);
        render_error(&j.err, out);
    }
    journey_end(&j);
}
