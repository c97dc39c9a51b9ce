#include "bridge/recover.h"

#include "bridge/account.h"
#include "bridge/claims.h"
#include "bridge/explain.h"
#include "bridge/group.h"
#include "bridge/offboard.h"
#include "bridge/row.h"
#include "bridge/team.h"
#include "bridge/user.h"
#include "bridge/write.h"

#include <stdlib.h>
#include <string.h>

/* ---- one user ------------------------------------------------------------ */

/* DELETE: done when the account is inactive, out of staff, or gone. One that
 * had begun to hand over is gone on with. */
static bool recover_removal(struct journey *j, const char *upstream_id)
{
    struct up_user said = {0};
    struct offboard work = {0};
    enum up_rc rc = account_find(j, upstream_id, NULL, false, &said);
    bool is_there = rc == UP_OK && said.in_scope && said.state != UP_INACTIVE;
    bool ok = offboard_take_up(j, rc == UP_OK ? &said : NULL, &work);
    if (!ok)
        j->up.rc = UP_OK;
    else if (rc != UP_OK && rc != UP_NOT_FOUND)
        ok = journey_fail(j, rc, "reading the user's account again");
    else if (is_there && !work.later)
        ok = user_mirror(j, upstream_id);
    else if ((ok = user_erase(j, &said))) {
        if (is_there)
            j->result.buried = NULL;
        bool goes = is_there && j->t->policy.removal == REMOVAL_DELETE;
        ok = (goes || rc == UP_NOT_FOUND || team_leave_all(j)) &&
             offboard_conclude(j, j->current, &work) && journey_commit(j);
    }
    offboard_clear(&work);
    up_user_clear(&said);
    return ok;
}

static bool recover_user(struct journey *j, const struct store_journal *e)
{
    enum store_rc rc =
        store_resource_get(j->db, j->t->row, STORE_USER, e->id, &j->row);
    if (rc == STORE_FAILED)
        return journey_database(j);
    if (rc == STORE_NONE) {
        j->row.target = j->t->row;
        j->row.type = STORE_USER;
        memcpy(j->row.id, e->id, sizeof j->row.id);
        if (j->desired != NULL)
            return user_mirror(j, NULL);
    }
    if (rc == STORE_NONE || j->row.state == STORE_ERASED) {
        (void)journey_refuse(j);
        return true;
    }
    j->current = row_resource(j->t, j->db, &j->row, false);
    if (j->current == NULL)
        return journey_database(j);
    return strcmp(e->action, "delete") == 0
               ? recover_removal(j, j->row.upstream_id)
               : user_mirror(j, j->row.upstream_id);
}

/* ---- one group ----------------------------------------------------------- */

static bool recover_deletion(struct journey *j)
{
    struct up_team said = {0};
    enum up_rc rc =
        up_team_get(j->t->up, &j->call, j->row.upstream_id, &said, &j->up);
    bool ok = rc == UP_NOT_FOUND ? group_erase(j) && journey_commit(j)
                                 : group_mirror(j, j->row.upstream_id);
    up_team_clear(&said);
    return ok;
}

static bool recover_group(struct journey *j, const struct store_journal *e)
{
    enum store_rc rc =
        store_resource_get(j->db, j->t->row, STORE_GROUP, e->id, &j->row);
    if (rc == STORE_FAILED)
        return journey_database(j);
    if (rc == STORE_NONE) {
        j->row.target = j->t->row;
        j->row.type = STORE_GROUP;
        j->row.active = true;
        memcpy(j->row.id, e->id, sizeof j->row.id);
        j->row.kind = strdup("team");
        return j->row.kind != NULL ? group_mirror(j, NULL) : journey_memory(j);
    }
    if (j->row.state == STORE_ERASED || j->row.upstream_id == NULL) {
        (void)journey_refuse(j);
        return true;
    }
    j->current = row_resource(j->t, j->db, &j->row, true);
    if (j->current == NULL)
        return journey_database(j);
    return strcmp(e->action, "delete") == 0
               ? recover_deletion(j)
               : group_mirror(j, j->row.upstream_id);
}

/* ---- one entry ----------------------------------------------------------- */

static bool copy_entry(struct store_journal *to,
                       const struct store_journal *from)
{
    *to = *from;
    to->action = strdup(from->action);
    to->intent = strdup(from->intent);
    to->progress = from->progress == NULL ? NULL : strdup(from->progress);
    to->request_id = NULL;
    to->actor = NULL;
    to->outcome = NULL;
    return to->action != NULL && to->intent != NULL &&
           (from->progress == NULL || to->progress != NULL);
}

/* The journey's claims are the caller's. */
static bool recover_entry(struct journey *j, const struct store_journal *e)
{
    j->action = e->type == STORE_USER ? "user.recover" : "group.recover";
    j->result.outcome = "recovered";
    if (!copy_entry(&j->entry, e))
        return journey_memory(j);
    json_t *intent = json_loads(e->intent, 0, NULL);
    j->desired = json_incref(json_object_get(intent, "want"));
    j->result.group = json_integer_value(json_object_get(intent, "group"));
    j->result.leaves_group =
        json_is_true(json_object_get(intent, "leavesGroup"));
    json_decref(intent);
    bool ok = e->type == STORE_USER ? recover_user(j, e) : recover_group(j, e);
    if (!ok && j->err.status == 409) {
        /* Somebody else stands for it by now: there is nothing left to do. */
        (void)journey_refuse(j);
        ok = true;
    }
    if (!ok)
        log_line(j->t->bridge->log, LOG_WARN, "recovery.waits", "target",
                 j->t->name, "id", e->id, "detail", j->err.detail, NULL);
    return ok;
}

/* ---- all entries --------------------------------------------------------- */

struct entries {
    const char *id; /* of one resource; NULL: all */
    struct store_journal *list;
    size_t count;
    bool failed;
};

static bool add_entry(const struct store_journal *e, void *ctx)
{
    struct entries *all = ctx;
    if (all->id != NULL && strcmp(all->id, e->id) != 0)
        return true;
    struct store_journal *more =
        realloc(all->list, (all->count + 1) * sizeof *more);
    if (more != NULL)
        all->list = more;
    all->failed = more == NULL || !copy_entry(&more[all->count], e);
    all->count += more != NULL;
    return !all->failed;
}

static bool list_entries(struct bridge_target *t, struct store_db *db,
                         struct entries *all)
{
    return store_journal_open_entries(db, t->row, add_entry, all) == STORE_OK &&
           !all->failed;
}

static void entries_clear(struct entries *all)
{
    for (size_t i = 0; i < all->count; i++)
        store_journal_clear(&all->list[i]);
    free(all->list);
}

bool recover_resource(struct journey *j, const char *id)
{
    struct entries all = {.id = id};
    bool ok = list_entries(j->t, j->db, &all) || journey_database(j);
    if (ok && all.count > 0 && explain_is_on(j)) {
        scim_error_status(&j->err, 503,
                          "An earlier change of this resource was cut off, and "
                          "what became of it is not known yet. Try again after "
                          "the next sync.");
        j->err.retry_after = 60;
        ok = false;
    }
    for (size_t i = 0; ok && i < all.count; i++) {
        struct journey own;
        journey_begin(&own, j->t, j->db, NULL, all.list[i].type);
        own.call.deadline_ms = j->call.deadline_ms;
        ok = recover_entry(&own, &all.list[i]);
        if (!ok) {
            j->err = own.err;
            scim_error_status(&j->err, 503,
                              "What became of an earlier change of this "
                              "resource cannot be found out yet: %s",
                              own.err.detail);
            j->err.retry_after = 10;
        }
        journey_end(&own);
    }
    entries_clear(&all);
    return ok;
}

static bool is_open(const struct store_journal *e, void *ctx)
{
    int64_t *n = ctx;
    if (e->n == *n)
        *n = 0;
    return *n != 0;
}

/* A worker may have closed it since the list was read. */
static bool still_open(struct journey *j, int64_t n)
{
    return store_journal_open_entries(j->db, j->t->row, is_open, &n) ==
               STORE_OK &&
           n == 0;
}

/* The helpdesk answers, but will not tell: waiting does not help, so only this
 * resource stays closed to writes. */
static bool is_settled_refusal(const struct journey *j)
{
    switch (j->up.rc) {
    case UP_UNSUPPORTED:
    case UP_NOT_FOUND:
    case UP_CONFLICT:
    case UP_INVALID:
    case UP_FORBIDDEN:
    case UP_PROTECTED:
    case UP_NO_SEAT:
    case UP_FAILED:
        return true;
    case UP_OK: /* the database failed, or memory ran out */
    case UP_UNAUTHORIZED:
    case UP_THROTTLED:
    case UP_UNAVAILABLE:
    case UP_UNKNOWN:
        break;
    }
    return false;
}

/* An entry whose resource is claimed belongs to a write under way. */
static bool recover_one(struct bridge_target *t, struct store_db *db,
                        const struct store_journal *e, struct error *err)
{
    struct journey j;
    bool ok = true;
    if (!claims_try(t->claims, e->id))
        return true;
    journey_begin(&j, t, db, NULL, e->type);
    if (still_open(&j, e->n))
        ok = recover_entry(&j, e);
    if (!ok)
        error_set(err,
                  "What became of the %s of %s cannot be found out yet: %s",
                  e->action, e->id, j.err.detail);
    ok = ok || is_settled_refusal(&j);
    journey_end(&j);
    claims_drop(t->claims, e->id);
    return ok;
}

bool recover_run(struct bridge_target *t, struct store_db *db,
                 struct error *err)
{
    struct entries all = {0};
    bool ok = list_entries(t, db, &all);
    if (!ok)
        error_set(err, "The journal cannot be read: %s", store_db_error(db));
    for (size_t i = 0; i < all.count; i++)
        ok = recover_one(t, db, &all.list[i], err) && ok;
    entries_clear(&all);
    return ok;
}
