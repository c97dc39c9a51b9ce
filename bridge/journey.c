#include "bridge/journey.h"

#include "bridge/claims.h"
#include "bridge/explain.h"
#include "bridge/journey_internal.h"
#include "bridge/offboard_job.h"
#include "bridge/outcome.h"
#include "bridge/render.h"
#include "bridge/row.h"
#include "providers/plan.h"

#include <stdlib.h>
#include <string.h>

#define DEADLINE_MS 20000 /* where the policy has none */

void journey_begin(struct journey *j, struct bridge_target *t,
                   struct store_db *db, const struct bridge_request *q,
                   enum store_type type)
{
    int64_t limit =
        t->policy.deadline_ms > 0 ? t->policy.deadline_ms : DEADLINE_MS;
    *j = (struct journey){.t = t, .db = db, .q = q, .type = type};
    j->now = clock_now(&t->bridge->clock);
    j->call.deadline_ms = clock_span_ms() + limit;
    j->call.trace = json_array();
    if (q != NULL && q->dry_run)
        j->call.plan = up_plan_new();
    j->row.target = t->row;
    j->row.type = type;
    j->actor = q != NULL ? q->actor : "recovery";
    j->request_id = q != NULL ? q->request_id : NULL;
}

static void result_clear(struct journey_result *r)
{
    json_decref(r->resource);
    json_decref(r->tasks);
    json_decref(r->closing);
    json_decref(r->snapshot);
    json_decref(r->joins);
    json_decref(r->leaves);
    json_decref(r->moved);
    json_decref(r->inboxes);
    *r = (struct journey_result){0};
}

void journey_end(struct journey *j)
{
    while (j->claim_count > 0) {
        char *key = j->claims[--j->claim_count];
        claims_drop(j->t->claims, key);
        free(key);
    }
    result_clear(&j->result);
    store_resource_clear(&j->row);
    store_journal_clear(&j->entry);
    json_decref(j->call.trace);
    up_plan_free(j->call.plan);
    json_decref(j->named);
    json_decref(j->shown);
    json_decref(j->effects);
    json_decref(j->body);
    json_decref(j->current);
    json_decref(j->desired);
    *j = (struct journey){0};
}

/* ---- errors -------------------------------------------------------------- */

bool journey_fail(struct journey *j, enum up_rc rc, const char *step)
{
    j->up.rc = rc;
    outcome_error(rc, &j->up, step, &j->err);
    return false;
}

bool journey_memory(struct journey *j)
{
    scim_error_memory(&j->err);
    return false;
}

bool journey_database(struct journey *j)
{
    scim_error_status(&j->err, 500,
                      "The bridge's database failed: %s. See its log, and the "
                      "disk's free space.",
                      store_db_error(j->db));
    return false;
}

/* ---- claims and loading -------------------------------------------------- */

bool journey_claim(struct journey *j, const char *kind, const char *key)
{
    struct buf text = {0};
    if (key == NULL)
        return true;
    buf_str(&text, kind);
    buf_str(&text, key);
    char *whole = buf_take(&text);
    if (whole == NULL || j->claim_count == JOURNEY_CLAIMS) {
        free(whole);
        return journey_memory(j);
    }
    for (size_t i = 0; i < j->claim_count; i++) {
        if (strcmp(j->claims[i], whole) == 0) {
            free(whole);
            return true;
        }
    }
    if (!claims_take(j->t->claims, whole, j->call.deadline_ms)) {
        free(whole);
        scim_error_status(&j->err, 503,
                          "Another write to the same resource has not ended "
                          "in time; nothing was changed. Try again.");
        j->err.retry_after = 5;
        return false;
    }
    j->claims[j->claim_count++] = whole;
    return true;
}

static bool no_such(struct journey *j, const char *id)
{
    scim_error_status(&j->err, 404, "There is no %s with the id %s.",
                      target_type(j->t, j->type)->name, id);
    return false;
}

bool journey_load(struct journey *j, const char *id)
{
    enum store_rc rc =
        store_resource_get(j->db, j->t->row, j->type, id, &j->row);
    if (rc == STORE_FAILED)
        return journey_database(j);
    if (rc != STORE_OK || j->row.state == STORE_ERASED)
        return no_such(j, id);
    const char *tag = j->q != NULL ? j->q->if_match : NULL;
    if (tag != NULL && !render_tag_matches(tag, &j->row)) {
        scim_error_status(&j->err, 412,
                          "The resource has changed since the version that "
                          "If-Match names. Read it again, then decide.");
        return false;
    }
    j->current =
        j->named != NULL
            ? row_group_among(j->t, j->db, &j->row, j->named)
            : row_resource(j->t, j->db, &j->row, j->type == STORE_GROUP);
    return j->current != NULL || journey_database(j);
}

/* ---- step 1 -------------------------------------------------------------- */

bool journey_write(struct journey *j, store_work *work, enum store_rc good)
{
    struct error why = {0};
    enum store_rc rc = store_write(j->t->bridge->store, work, j, &why);
    if (rc == good)
        return true;
    if (rc == STORE_CLASH)
        scim_error_set(&j->err, SCIM_UNIQUENESS,
                       "Another resource took the same unique value a moment "
                       "ago. Look it up, then link to it.");
    else
        scim_error_status(&j->err, 500,
                          "The bridge's database failed: %s. See its log, and "
                          "the disk's free space.",
                          why.text);
    return false;
}

static bool write_or_fail(struct journey *j, store_work *work)
{
    return journey_write(j, work, STORE_OK);
}

static enum store_rc open_entry(struct store_db *db, void *ctx)
{
    struct journey *j = ctx;
    return store_journal_open(db, &j->entry);
}

static bool take_copy(char **to, const char *text)
{
    free(*to);
    *to = text == NULL ? NULL : strdup(text);
    return text == NULL || *to != NULL;
}

bool journey_open(struct journey *j, const char *action, json_t *intent)
{
    struct store_journal *e = &j->entry;
    if (explain_is_on(j)) {
        json_decref(intent);
        return true;
    }
    e->target = j->t->row;
    e->type = j->type;
    e->opened = j->now;
    memcpy(e->id, j->row.id, sizeof e->id);
    e->intent = intent == NULL ? NULL : json_dumps(intent, JSON_COMPACT);
    json_decref(intent);
    if (e->intent == NULL || !take_copy(&e->action, action) ||
        !take_copy(&e->request_id, j->request_id) ||
        !take_copy(&e->actor, j->actor))
        return journey_memory(j);
    return write_or_fail(j, open_entry);
}

static enum store_rc write_progress(struct store_db *db, void *ctx)
{
    struct journey *j = ctx;
    return store_journal_progress(db, j->entry.n, j->entry.progress);
}

bool journey_progress(struct journey *j, const json_t *progress)
{
    if (j->entry.n == 0)
        return true;
    free(j->entry.progress);
    j->entry.progress = json_dumps(progress, JSON_COMPACT);
    if (j->entry.progress == NULL)
        return journey_memory(j);
    return write_or_fail(j, write_progress);
}

/* ---- the result ---------------------------------------------------------- */

static bool append(json_t **list, json_t *item)
{
    if (*list == NULL)
        *list = json_array();
    return json_array_append_new(*list, item) == 0;
}

bool journey_task(struct journey *j, const char *kind, json_t *detail)
{
    json_t *task = json_pack("{s:s, s:o}", "kind", kind, "detail", detail);
    return append(&j->result.tasks, task) || journey_memory(j);
}

bool journey_task_end(struct journey *j, const char *kind, const char *outcome)
{
    json_t *end = json_pack("{s:s, s:s}", "kind", kind, "outcome", outcome);
    return append(&j->result.closing, end) || journey_memory(j);
}

bool journey_commit(struct journey *j)
{
    /* A listing that began before this moment knows less than we do. */
    if (j->touched)
        j->row.seen = clock_now(&j->t->bridge->clock);
    if (j->result.resource != NULL &&
        !row_fill(j->t, &j->row, j->result.resource))
        return journey_memory(j);
    if (explain_is_on(j))
        return explain_commit(j);
    bool ok = write_or_fail(j, journey_write_result);
    if (ok && j->result.hand_over != NULL)
        offboard_jobs_wake(atomic_load(&j->t->jobs));
    return ok;
}

bool journey_refuse(struct journey *j)
{
    struct scim_error why = j->err;
    if (explain_is_on(j))
        return false;
    j->result.outcome =
        j->result.outcome == NULL ? "refused" : j->result.outcome;
    j->result.note = why.detail;
    /* An entry that stays open because of this is closed by recovery. */
    (void)write_or_fail(j, journey_write_refusal);
    j->err = why;
    return false;
}
