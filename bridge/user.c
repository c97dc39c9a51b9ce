#include "bridge/user.h"

#include "base/fold.h"
#include "bridge/entra.h"
#include "bridge/offboard.h"
#include "bridge/outcome.h"
#include "bridge/role.h"
#include "bridge/row.h"
#include "bridge/team.h"

#include <stdlib.h>
#include <string.h>

#define SETTLE_MS 3000 /* for reading once more, when the deadline is over */

/* ---- names --------------------------------------------------------------- */

static bool name_is_free(struct journey *j, const char *key)
{
    struct store_resource other = {0};
    enum store_rc rc =
        store_resource_by_name(j->db, j->t->row, STORE_USER, key, &other);
    bool clash = rc == STORE_OK && other.n != j->row.n;
    if (clash)
        scim_error_set(&j->err, SCIM_UNIQUENESS,
                       "The user %s already has this userName%s. Look it up, "
                       "then link to it.",
                       other.id, other.active ? "" : ", and is inactive");
    store_resource_clear(&other);
    if (rc == STORE_FAILED)
        return journey_database(j);
    return !clash;
}

bool user_claim_names(struct journey *j, const json_t *resource)
{
    struct store_resource keys = {.type = STORE_USER, .target = j->t->row};
    bool ok = row_fill(j->t, &keys, resource) || journey_memory(j);
    ok = ok && journey_claim(j, "name:", keys.name_key) &&
         journey_claim(j, "match:", keys.match_key);
    ok = ok && (keys.name_key == NULL || name_is_free(j, keys.name_key));
    store_resource_clear(&keys);
    return ok;
}

/* ---- what the result shows ----------------------------------------------- */

bool user_absorb(struct journey *j, const json_t *resource,
                 const struct up_user *said)
{
    bool changed = false;
    json_decref(j->result.resource);
    /* No record: there is no account, or it went (a revoked invitation). */
    j->result.resource =
        said->id == NULL || said->user == NULL
            ? json_deep_copy(resource)
            : row_take_user(j->t, &j->row, resource, said, j->now, &changed);
    return j->result.resource != NULL || journey_memory(j);
}

static bool set_active(struct journey *j, bool active)
{
    return json_object_set_new(j->result.resource, "active",
                               json_boolean(active)) == 0 ||
           journey_memory(j);
}

/* Without an account nobody can do these by hand. */
static bool withdraw_tasks(struct journey *j)
{
    static const char *const kinds[] = {"update", "role", "team", "inbox",
                                        "owner"};
    bool ok = true;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        ok = ok && journey_task_end(j, kinds[i], "withdrawn");
    return ok;
}

bool user_bury(struct journey *j, const json_t *resource, const char *reason)
{
    json_decref(j->result.resource);
    j->result.resource = json_deep_copy(resource);
    if (j->result.resource == NULL)
        return journey_memory(j);
    if (j->row.state != STORE_TOMBSTONE)
        j->result.buried = reason;
    j->row.state = STORE_TOMBSTONE;
    j->row.active = false;
    j->result.changed = true;
    return set_active(j, false) && withdraw_tasks(j);
}

/* ---- after a failure ----------------------------------------------------- */

/* What SCIM showed before; of a user that is new, no more than its name. */
static json_t *before(const struct journey *j)
{
    if (j->current != NULL)
        return json_deep_copy(j->current);
    return json_pack("{s:[s], s:s, s:O, s:b}", "schemas", j->t->user->core->urn,
                     "id", j->row.id, "userName",
                     json_object_get(j->desired, "userName"), "active", 1);
}

/* Is the account that was found the one that this write is about? */
static bool is_ours(struct journey *j, const json_t *push,
                    const struct up_user *said)
{
    struct store_resource owner = {0};
    bool mine =
        j->row.upstream_id != NULL && strcmp(j->row.upstream_id, said->id) == 0;
    if (!mine && !account_same_person(j->t, push, said->user))
        return false;
    /* Found, but not yet adopted: it still sleeps, or is a customer. */
    bool wakes = json_is_true(json_object_get(push, "active"));
    if (j->row.n == 0 &&
        (!said->in_scope || (wakes && said->state == UP_INACTIVE)))
        return false;
    enum store_rc rc = store_resource_by_upstream(j->db, j->t->row, STORE_USER,
                                                  said->id, &owner);
    bool ours = rc == STORE_NONE || (rc == STORE_OK && owner.n == j->row.n);
    /* An erased user's account that is awake was woken by this write. */
    if (rc == STORE_OK && owner.state == STORE_ERASED &&
        said->state != UP_INACTIVE && said->in_scope) {
        j->result.released = owner.n;
        ours = true;
    }
    store_resource_clear(&owner);
    return ours;
}

static bool has_role(const struct journey *j, const struct up_user *said)
{
    const char *want = role_shown(json_object_get(j->desired, "roles"));
    return want == NULL || said->role == NULL || fold_equal(want, said->role);
}

/* In a recovery: everything that the write wanted upstream is there, so the
 * rest of what it wanted holds too. */
static bool is_complete(const struct journey *j, const json_t *push,
                        const struct up_user *said)
{
    bool active = json_is_true(json_object_get(push, "active"));
    return j->q == NULL && push != NULL &&
           active == (said->state != UP_INACTIVE) && has_role(j, said) &&
           !up_user_differs(j->t->up, said->user, push);
}

static bool mirror_found(struct journey *j, const json_t *push,
                         const struct up_user *said, struct offboard *work)
{
    bool leaves = work->h.row.n != 0;
    bool linked = j->current != NULL && j->row.state == STORE_LINKED;
    if (!linked && !is_ours(j, push, said)) {
        (void)journey_refuse(j);
        return true;
    }
    bool complete = is_complete(j, push, said);
    if (!complete) /* the group comes with its role, or not at all */
        j->result.group = 0;
    json_t *was = complete ? json_deep_copy(j->desired) : before(j);
    bool ok = (was != NULL || journey_memory(j)) && user_absorb(j, was, said);
    json_decref(was);
    if (ok && j->row.n != 0 && !linked)
        ok = team_join_all(j, said, true) &&
             journey_task_end(j, "invite", "done");
    if (ok && (!said->in_scope || leaves))
        ok = set_active(j, false);
    if (leaves && linked) {
        j->row.active = false;
        if (said->state == UP_INACTIVE && work->h.count > 0)
            j->result.buried = "deactivated";
    }
    j->result.revived = j->row.state == STORE_TOMBSTONE;
    j->row.state = STORE_LINKED;
    j->result.changed = true;
    return ok && offboard_conclude(j, j->current, work) && journey_commit(j);
}

static bool mirror_gone(struct journey *j, struct offboard *work)
{
    bool meant = json_is_false(json_object_get(j->desired, "active"));
    return user_bury(j, j->current, meant ? "deactivated" : "vanished") &&
           offboard_conclude(j, j->current, work) && journey_commit(j);
}

/* In a recovery: the account was woken, and a helpdesk that locks inactive
 * accounts has yet to be told what was kept back for that moment. */
static bool send_kept_back(struct journey *j, const json_t *push,
                           struct up_user *said)
{
    struct up_user out = {0};
    bool woken = j->q == NULL && j->current != NULL && push != NULL &&
                 said->state != UP_INACTIVE &&
                 json_is_false(json_object_get(j->current, "active")) &&
                 json_is_true(json_object_get(push, "active"));
    if (!woken || !up_reactivate_first(j->t->up) ||
        !up_user_differs(j->t->up, said->user, push))
        return true;
    enum up_rc rc = up_user_update(j->t->up, &j->call, said->id, said->user,
                                   push, NULL, &out, &j->up);
    if (rc == UP_OK)
        account_take(said, &out);
    up_user_clear(&out);
    return rc != UP_OK || journey_task_end(j, "update", "done");
}

static bool mirror(struct journey *j, const char *upstream_id,
                   const json_t *push)
{
    struct up_user said = {0};
    struct offboard work = {0};
    bool linked = j->current != NULL && j->row.state == STORE_LINKED;
    bool ok = true;
    enum up_rc rc =
        account_find(j, upstream_id, linked ? NULL : push, true, &said);
    bool out = rc == UP_NOT_FOUND || (rc == UP_OK && said.state == UP_INACTIVE);
    if (linked && j->q == NULL && (rc == UP_OK || out)) /* see offboard.h */
        ok = offboard_take_up(j, rc == UP_OK ? &said : NULL, &work);
    if (ok && rc == UP_OK && linked)
        ok = send_kept_back(j, push, &said);
    if (!ok)
        (void)journey_memory(j);
    else if (rc == UP_OK)
        ok = mirror_found(j, push, &said, &work);
    else if (rc == UP_NOT_FOUND && linked)
        ok = mirror_gone(j, &work);
    else if (rc == UP_NOT_FOUND)
        (void)journey_refuse(j); /* it was not made after all */
    else
        ok = journey_fail(j, rc, "reading the user's account again");
    offboard_clear(&work);
    up_user_clear(&said);
    return ok;
}

bool user_mirror(struct journey *j, const char *upstream_id)
{
    json_t *push = j->desired != NULL ? entra_pushed(j->desired) : NULL;
    if (push == NULL && j->desired != NULL)
        return journey_memory(j);
    bool ok = mirror(j, upstream_id, push);
    json_decref(push);
    return ok;
}

bool user_settle(struct journey *j, const char *upstream_id)
{
    struct scim_error why = j->err;
    if (!j->touched && outcome_harmless(j->up.rc, &j->up))
        return journey_refuse(j);
    if (j->up.rc == UP_UNKNOWN)
        return false; /* the next request, or recovery, finds it out */
    j->call.deadline_ms = clock_span_ms() + SETTLE_MS;
    j->result.outcome = "failed";
    j->result.note = why.detail;
    (void)user_mirror(j, upstream_id);
    j->err = why;
    return false;
}
