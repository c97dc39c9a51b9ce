/*
 * bridge/user_create.c - POST /Users
 *
 *   step                         a stop behind it leaves
 *   check body, names, role      nothing
 *   1 journal the intent         open entry, no account
 *   2 find and adopt, or create  open entry, an account without a row
 *     deactivate (active false)  the same
 *   3 row, tasks, audit, entry   nothing to recover
 *
 * An entry that an earlier try of the same person left open is taken up: the
 * row gets the SCIM id that was promised then, and the account is looked for
 * closely before one is made.
 */
#include "bridge/earlier.h"
#include "bridge/entra.h"
#include "bridge/inbox.h"
#include "bridge/manager.h"
#include "bridge/manual.h"
#include "bridge/role.h"
#include "bridge/user.h"
#include "scim/resource.h"

/* ---- steps --------------------------------------------------------------- */

static bool check(struct journey *j, const json_t *push, const char **role)
{
    enum up_rc rc = up_user_check(j->t->up, push, &j->up);
    if (rc != UP_OK)
        return journey_fail(j, rc, "checking the user");
    return inbox_may_create(j) && role_asked(j, j->desired, role) &&
           role_grantable(j, *role);
}

static json_t *intent_of(const struct journey *j, const char *role)
{
    json_t *want = json_deep_copy(j->desired);
    if (want == NULL)
        return NULL;
    scim_strip_secrets(j->t->user, want);
    return json_pack("{s:o, s:s*}", "want", want, "role", role);
}

/* active false from the start: not made where making it would write to the
 * person, or could not be undone. It is made when it becomes active. */
static bool kept_back(const struct journey *j)
{
    return json_is_false(json_object_get(j->desired, "active")) &&
           (up_creates_by_invitation(j->t->up) ||
            !up_can(j->t->up, "users.reactivate"));
}

static bool wait_for_account(struct journey *j)
{
    j->row.state = STORE_WAITING;
    j->row.active = json_is_true(json_object_get(j->desired, "active"));
    j->result.outcome = "waiting";
    json_decref(j->result.resource);
    j->result.resource = json_deep_copy(j->desired);
    return (j->result.resource != NULL || journey_memory(j)) &&
           journey_commit(j);
}

static bool invite_by_hand(struct journey *j, const char *role)
{
    json_t *facts =
        json_pack("{s:s*}", "role", role != NULL ? role : role_default(j->t));
    if (!inbox_facts(j, facts)) {
        json_decref(facts);
        return false;
    }
    if (!manual_or_refuse(j, "invite", j->desired, facts))
        return journey_refuse(j);
    return wait_for_account(j);
}

static bool deactivate_at_once(struct journey *j, struct account *a)
{
    struct up_user out = {0};
    if (json_is_true(json_object_get(j->desired, "active")) ||
        a->said.state == UP_INACTIVE)
        return true;
    enum up_rc rc = account_end(j, a->said.id, a->said.user,
                                a->said.state == UP_PENDING, &out);
    if (rc == UP_OK)
        account_take(&a->said, &out);
    up_user_clear(&out);
    if (rc == UP_UNSUPPORTED)
        return account_end_by_hand(j, j->desired);
    return rc == UP_OK || journey_fail(j, rc, "deactivating the new account");
}

static bool link_account(struct journey *j, struct account *a)
{
    j->row.state = STORE_LINKED;
    if (!user_absorb(j, j->desired, &a->said))
        return false;
    json_t *active = json_object_get(j->desired, "active");
    if (json_object_set(j->result.resource, "active", active) != 0)
        return journey_memory(j);
    return journey_commit(j);
}

static bool obtain(struct journey *j, const json_t *push, const char *role)
{
    struct account a = {0};
    bool ok = false;
    switch (account_obtain(j, push, role, &a)) {
    case ACCOUNT_TASK:
        ok = invite_by_hand(j, role);
        break;
    case ACCOUNT_OK:
        ok = deactivate_at_once(j, &a) ? link_account(j, &a)
                                       : user_settle(j, a.said.id);
        break;
    case ACCOUNT_FAILED:
        ok = user_settle(j, a.said.id);
        break;
    }
    up_user_clear(&a.said);
    return ok;
}

static bool create(struct journey *j, const json_t *push)
{
    const char *role = NULL;
    if (!user_claim_names(j, j->desired) || !earlier_choose_id(j) ||
        !check(j, push, &role))
        return false;
    if (!journey_claim(j, "", j->row.id))
        return false;
    if (kept_back(j) && !j->again)
        return wait_for_account(j);
    if (json_is_false(json_object_get(j->desired, "active")) &&
        !account_may_end(j))
        return false;
    return journey_open(j, "create", intent_of(j, role)) &&
           obtain(j, push, role);
}

bool user_create(struct journey *j)
{
    j->action = "user.create";
    j->desired =
        scim_create(j->t->user, j->body, &j->t->policy.tolerance, &j->err);
    if (j->desired == NULL || !manager_refer(j, j->desired))
        return false;
    json_t *push = entra_pushed(j->desired);
    bool ok = push != NULL ? create(j, push) : journey_memory(j);
    json_decref(push);
    return ok;
}
