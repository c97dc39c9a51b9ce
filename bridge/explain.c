#include "bridge/explain.h"

#include "bridge/journey_internal.h"
#include "bridge/render.h"
#include "providers/plan.h"

#include <stdlib.h>
#include <string.h>

bool explain_is_on(const struct journey *j)
{
    return j->call.plan != NULL;
}

/* ---- the commit that does not stay ----------------------------------------
 */

static const char *state_word(enum store_state state)
{
    static const char *const words[] = {"linked", "waiting", "tombstone",
                                        "erased"};
    return (size_t)state < sizeof words / sizeof words[0] ? words[state] : "?";
}

/* Reads back what the row would be. */
static enum store_rc look(struct store_db *db, struct journey *j)
{
    struct store_resource row = {0};
    struct buf text = {0};
    enum store_rc rc = store_resource_get_row(db, j->row.n, &row);
    if (rc == STORE_OK && render_row(j->t, db, &row, NULL, &text))
        j->shown = json_loadb(text.data, text.len, 0, NULL);
    buf_clear(&text);
    store_resource_clear(&row);
    return rc == STORE_OK && j->shown == NULL ? STORE_FAILED : rc;
}

/* STORE_NONE rolls all of it back. */
static enum store_rc try_result(struct store_db *db, void *ctx)
{
    struct journey *j = ctx;
    enum store_rc rc = journey_write_result(db, j);
    if (rc == STORE_OK)
        rc = look(db, j);
    return rc == STORE_OK ? STORE_NONE : rc;
}

static bool differ(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a != b : strcmp(a, b) != 0;
}

static void add_move(json_t *effects, const char *name, const char *from,
                     const char *to)
{
    if (differ(from, to))
        (void)json_object_set_new(
            effects, name, json_pack("{s:s?, s:s?}", "from", from, "to", to));
}

static json_t *effects_of(struct journey *j)
{
    struct store_resource was = {0};
    json_t *effects = json_object();
    size_t tickets = up_plan_tickets(j->call.plan);
    bool known = j->row.n != 0 &&
                 store_resource_get_row(j->db, j->row.n, &was) == STORE_OK;
    add_move(effects, "state", known ? state_word(was.state) : NULL,
             state_word(j->row.state));
    if (j->type == STORE_USER)
        add_move(effects, "role", known ? was.role : NULL, j->row.role);
    if (j->result.moved != NULL)
        (void)json_object_set(effects, "members", j->result.moved);
    if (j->result.buried != NULL)
        (void)json_object_set_new(effects, "tombstone",
                                  json_string(j->result.buried));
    if (tickets > 0)
        (void)json_object_set_new(
            effects, "openWork",
            json_pack("{s:I}", "handedOver", (json_int_t)tickets));
    store_resource_clear(&was);
    return effects;
}

bool explain_commit(struct journey *j)
{
    json_decref(j->effects);
    json_decref(j->shown);
    j->shown = NULL;
    j->effects = effects_of(j);
    return journey_write(j, try_result, STORE_NONE);
}

void explain_doubt(struct journey *j, const char *kind, const char *note)
{
    size_t i;
    json_t *task;
    json_array_foreach (j->result.tasks, i, task) {
        const char *is = json_string_value(json_object_get(task, "kind"));
        if (explain_is_on(j) && is != NULL && strcmp(is, kind) == 0)
            (void)json_object_set_new(task, "note", json_string(note));
    }
}

/* ---- the answer ---------------------------------------------------------- */

/* What was asked, without how long it took. */
static json_t *reads_of(const struct journey *j)
{
    json_t *reads = json_array(), *one;
    size_t i;
    json_array_foreach (j->call.trace, i, one) {
        json_t *read = json_copy(one);
        (void)json_object_del(read, "ms");
        (void)json_array_append_new(reads, read);
    }
    return reads;
}

static json_t *list(const json_t *items)
{
    return items == NULL ? json_array() : json_incref((json_t *)items);
}

static int status_of(const struct journey *j)
{
    bool bare = j->q->op == BRIDGE_DELETE ||
                (j->q->op == BRIDGE_PATCH && j->type == STORE_GROUP &&
                 j->q->attributes == NULL && j->q->excluded == NULL);
    if (bare)
        return 204;
    return j->q->op == BRIDGE_CREATE ? 201 : 200;
}

void explain_reply(struct journey *j, struct bridge_reply *out)
{
    bool gone = j->q->op == BRIDGE_DELETE;
    /* A write that changes nothing has no commit. */
    if (j->effects == NULL)
        j->effects = json_object();
    if (!gone && j->shown == NULL)
        (void)look(j->db, j);
    json_t *all =
        json_pack("{s:[s], s:i, s:O, s:o, s:o, s:o, s:O?, s:O?}", "schemas",
                  EXPLAIN_URN, "status", status_of(j), "steps",
                  up_plan_steps(j->call.plan), "reads", reads_of(j), "tasks",
                  list(j->result.tasks), "closes", list(j->result.closing),
                  "effects", j->effects, "resource", gone ? NULL : j->shown);
    *out = (struct bridge_reply){.status = 200};
    out->body = all == NULL ? NULL : json_dumps(all, JSON_COMPACT);
    out->len = out->body == NULL ? 0 : strlen(out->body);
    json_decref(all);
    if (out->body == NULL) {
        (void)journey_memory(j);
        render_error(&j->err, out);
    }
}

void explain_no_bulk(struct bridge_reply *out)
{
    struct scim_error err = {0};
    scim_error_status(&err, 501,
                      "A Bulk request cannot be explained as a whole, since "
                      "its operations build on one another. Nothing was "
                      "changed. Send them one by one, each with Prefer: "
                      "dry-run.");
    render_error(&err, out);
}
