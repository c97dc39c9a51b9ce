/*
 * bridge/user_change.c - PUT and PATCH of a user, in any of its states
 *
 *   state       active goes     what is done upstream
 *   linked      as it was       attributes, role
 *   linked      true -> false   open work, deactivate; then attributes
 *   linked      false -> true   attributes, role, reactivate; where the account
 *                               is gone, as a tombstone
 *   waiting     to true         find, adopt or create; or the task "invite"
 *   waiting     to false        nothing; the task "invite" is withdrawn
 *   tombstone   to true         find, adopt or create, join the teams again
 *   waiting or  as it was       nothing: the wish is kept in the mirror
 *   tombstone
 *
 * Steps of a linked user, in this order whatever the request's; each is a row
 * of `steps`. Access is taken away first and given last.
 *
 *   step                             durable before   a stop behind it leaves
 *   look at the account              -                nothing
 *   1 journal the intent             -                open entry
 *   2 hand over, deactivate, demote  1                open entry, access gone
 *     reactivate, where an inactive account cannot be changed
 *     attributes                     1                open entry, changed
 *     promote, reactivate            1                open entry, all done
 *   3 row, tasks, audit, entry       2, one commit    nothing to recover
 */
#include "bridge/brake.h"
#include "bridge/entra.h"
#include "bridge/manager.h"
#include "bridge/manual.h"
#include "bridge/offboard.h"
#include "bridge/recover.h"
#include "bridge/role.h"
#include "bridge/shield.h"
#include "bridge/team.h"
#include "bridge/user.h"
#include "bridge/user_change.h"
#include "base/fold.h"
#include "scim/patch.h"
#include "scim/resource.h"
#include "store/tombstone.h"

#include <string.h>

/* ---- planning ------------------------------------------------------------ */

/* Whoever is given no role has the default one: that one needs no leave. */
static bool is_default(const struct change *c, const char *role)
{
    const char *given = role_default(c->j->t);
    return given != NULL && fold_equal(given, role);
}

static bool plan_role(struct change *c)
{
    struct journey *j = c->j;
    const char *asked = NULL, *had = j->row.role;
    bool linked = j->row.state == STORE_LINKED;
    enum role_account account = linked ? ROLE_ACCOUNT_WAKES : ROLE_ACCOUNT_NEW;
    if (!role_choose(j, c->on ? account : ROLE_ACCOUNT_STAYS, &asked))
        return false;
    c->wish = asked;
    if (asked == NULL || (had != NULL && fold_equal(asked, had)))
        return true;
    c->role = asked;
    c->demotes = had != NULL && !role_rises(j->t, had, asked);
    return is_default(c, asked) || role_grantable(j, asked);
}

static bool plan(struct change *c)
{
    struct journey *j = c->j;
    c->was_active = json_is_true(json_object_get(j->current, "active"));
    c->active = json_is_true(json_object_get(j->desired, "active"));
    c->off = (c->was_active || c->work.promised) && !c->active;
    c->on = !c->was_active && c->active;
    if (!plan_role(c))
        return false;
    c->before = entra_pushed(j->current);
    c->after = entra_pushed(j->desired);
    if (c->before == NULL || c->after == NULL)
        return journey_memory(j);
    bool linked = j->row.state == STORE_LINKED;
    if (linked &&
        ((c->off && !account_may_end(j)) || (c->on && !account_has_seat(j))))
        return false;
    c->differs = up_user_differs(j->t->up, c->before, c->after);
    if (c->differs || c->on) {
        enum up_rc rc = up_user_check(j->t->up, c->after, &j->up);
        if (rc != UP_OK)
            return journey_fail(j, rc, "checking the user");
    }
    return true;
}

static bool is_local(const struct change *c)
{
    return !c->off && !c->on && !c->differs && c->role == NULL &&
           c->work.h.row.n == 0;
}

/* ---- the steps of a linked user ------------------------------------------ */

enum step { STEP_OK, STEP_GONE, STEP_FAILED };

/* What every step makes of its call's outcome. */
static enum step outcome(struct change *c, enum up_rc rc, struct up_user *out,
                         const char *step)
{
    struct journey *j = c->j;
    if (rc == UP_OK) {
        j->touched = true;
        account_take(&c->account.said, out);
    }
    up_user_clear(out);
    if (rc == UP_OK)
        return STEP_OK;
    if (rc == UP_NOT_FOUND)
        return STEP_GONE;
    (void)journey_fail(j, rc, step);
    return STEP_FAILED;
}

/* The helpdesk has no such operation: a person's task, or a refusal. */
static enum step by_hand(struct change *c, const char *kind, json_t *facts)
{
    return manual_or_refuse(c->j, kind, c->j->desired, facts) ? STEP_OK
                                                              : STEP_FAILED;
}

static bool hands_over_first(const struct change *c)
{
    const char *order = up_tickets_order(c->j->t->up);
    return order != NULL && strcmp(order, "before") == 0;
}

/* After a deactivation the account may be gone from the API altogether. */
static void see_whether_gone(struct change *c)
{
    struct up_user out = {0};
    struct journey *j = c->j;
    enum up_rc rc =
        up_user_get(j->t->up, &j->call, j->row.upstream_id, &out, &j->up);
    c->gone = rc == UP_NOT_FOUND || (rc == UP_OK && out.state == UP_DELETED);
    if (rc == UP_OK && !c->gone)
        account_take(&c->account.said, &out);
    up_user_clear(&out);
}

/* The account's part of a leave, once the conversations allow it. */
static enum step switch_off(struct change *c)
{
    struct journey *j = c->j;
    struct up_user out = {0};
    enum up_rc rc = account_end(j, j->row.upstream_id, c->before,
                                c->account.said.state == UP_PENDING, &out);
    if (rc == UP_UNSUPPORTED)
        return account_end_by_hand(j, j->desired) ? STEP_OK : STEP_FAILED;
    if (offboard_put_off(j, rc, &c->work)) {
        up_user_clear(&out);
        return STEP_OK;
    }
    bool untold = out.id == NULL || out.state == UP_DELETED;
    enum step step = outcome(c, rc, &out, "deactivating the user");
    if (step == STEP_OK && untold)
        see_whether_gone(c);
    return step;
}

static enum step step_deactivate(struct change *c)
{
    struct journey *j = c->j;
    bool first = hands_over_first(c), leaves = c->off || c->work.promised;
    if (!leaves || c->active)
        return STEP_OK;
    up_user_leave(j->t->up, &j->call, j->row.upstream_id, c->before);
    if (!offboard_begin(j, false, &c->work) ||
        !(first ? offboard_hand_over(j, j->current, true, &c->work)
                : !c->off || offboard_list(j, &c->work)))
        return STEP_FAILED;
    c->kept = c->off && c->work.later; /* the account waits for the rest */
    enum step step = c->off && !c->kept ? switch_off(c) : STEP_OK;
    c->kept = c->kept || (first && c->work.later);
    if (step == STEP_OK && !first && !c->work.later &&
        !offboard_hand_over(j, j->current, false, &c->work))
        step = STEP_FAILED;
    return step;
}

static enum step set_role(struct change *c)
{
    struct journey *j = c->j;
    struct up_user out = {0};
    enum up_rc rc = up_user_set_role(j->t->up, &j->call, j->row.upstream_id,
                                     c->after, c->role, &out, &j->up);
    if (rc == UP_UNSUPPORTED)
        return by_hand(c, "role", json_pack("{s:s}", "role", c->role));
    return outcome(c, rc, &out, "changing the user's role");
}

static enum step step_demote(struct change *c)
{
    return c->role != NULL && c->demotes ? set_role(c) : STEP_OK;
}

static enum step step_promote(struct change *c)
{
    return c->role != NULL && !c->demotes ? set_role(c) : STEP_OK;
}

static json_t *kept_snapshot(struct journey *j)
{
    struct store_tombstone dead = {0};
    json_t *snapshot = NULL;
    if (store_tombstone_of(j->db, j->row.n, &dead) == STORE_OK) {
        if (dead.snapshot != NULL)
            snapshot = json_loads(dead.snapshot, 0, NULL);
        j->result.revived = true;
    }
    store_tombstone_clear(&dead);
    return snapshot;
}

static enum step reactivate(struct change *c)
{
    struct journey *j = c->j;
    struct up_user out = {0};
    json_t *snapshot = kept_snapshot(j);
    enum up_rc rc = up_user_reactivate(
        j->t->up, &j->call, j->row.upstream_id, c->after,
        c->role != NULL ? c->role : j->row.role, snapshot, &out, &j->up);
    json_decref(snapshot);
    if (rc == UP_UNSUPPORTED)
        return by_hand(c, "invite", NULL);
    enum step step = outcome(c, rc, &out, "reactivating the user");
    if (step == STEP_OK && up_loses_teams(j->t->up) &&
        !team_join_all(j, &c->account.said, true))
        step = STEP_FAILED;
    return step;
}

static enum step step_reactivate_first(struct change *c)
{
    return c->on && up_reactivate_first(c->j->t->up) ? reactivate(c) : STEP_OK;
}

static enum step step_reactivate(struct change *c)
{
    return c->on && !up_reactivate_first(c->j->t->up) ? reactivate(c) : STEP_OK;
}

/* True when the account has the value already, as far as the profile maps it.
 */
static bool is_there(const struct change *c, const char *key, json_t *value)
{
    const struct up_user *said = &c->account.said;
    json_t *with = said->full ? json_copy(said->user) : NULL;
    bool there = with != NULL && json_object_get(with, key) != NULL &&
                 json_object_set(with, key, value) == 0 &&
                 !up_user_differs(c->j->t->up, said->user, with);
    json_decref(with);
    return there;
}

/* What differs, as the detail of a task: names and the values wished for. */
static json_t *wished(const struct change *c)
{
    json_t *parts = json_object(), *gone = json_array();
    const char *key;
    json_t *value;
    json_object_foreach (c->after, key, value) {
        const json_t *old = json_object_get(c->before, key);
        if (strcmp(key, "password") != 0 && strcmp(key, "active") != 0 &&
            strcmp(key, "meta") != 0 && strcmp(key, "schemas") != 0 &&
            (old == NULL || !json_equal(old, value)) &&
            !is_there(c, key, value))
            (void)json_object_set(parts, key, value);
    }
    json_object_foreach (c->before, key, value) {
        if (json_object_get(c->after, key) == NULL &&
            strcmp(key, "password") != 0 && strcmp(key, "meta") != 0)
            (void)json_array_append_new(gone, json_string(key));
    }
    return json_pack("{s:o, s:o}", "set", parts, "clear", gone);
}

/* A helpdesk that locks inactive accounts gets the change when the user is
 * active again; until then the task says so. */
static enum step keep_for_later(struct change *c)
{
    json_t *facts = wished(c);
    (void)json_object_set_new(
        facts, "what",
        json_string("Nothing to do by hand: the helpdesk does not change "
                    "inactive accounts. The bridge changes these attributes "
                    "when the user is activated again."));
    return manual_task(c->j, "update", c->j->desired, facts) ? STEP_OK
                                                             : STEP_FAILED;
}

static enum step step_attributes(struct change *c)
{
    struct journey *j = c->j;
    struct up_user out = {0};
    const struct up_user *said = &c->account.said;
    /* What was kept back while the user was inactive goes along. */
    const json_t *base = c->on && said->id != NULL ? said->user : c->before;
    if (!up_user_differs(j->t->up, base, c->after))
        return STEP_OK;
    if (c->gone || (!c->active && up_reactivate_first(j->t->up)))
        return c->gone ? STEP_OK : keep_for_later(c);
    enum up_rc rc = up_user_update(j->t->up, &j->call, j->row.upstream_id, base,
                                   c->after, NULL, &out, &j->up);
    if (rc != UP_UNSUPPORTED)
        return outcome(c, rc, &out, "changing the user's attributes");
    /* Some of it may be done, and is not a person's task. */
    if (out.id != NULL)
        (void)outcome(c, UP_OK, &out, "changing the user's attributes");
    return by_hand(c, "update", wished(c));
}

typedef enum step step_fn(struct change *c);
static step_fn *const steps[] = {
    step_deactivate, step_demote,  step_reactivate_first,
    step_attributes, step_promote, step_reactivate,
};

/* ---- looking before acting ----------------------------------------------- */

/* An attribute of a user who is known to be no administrator needs no look. */
static bool needs_look(const struct change *c)
{
    return c->off || c->on || c->role != NULL ||
           !role_plain(c->j->t, c->j->row.role);
}

/* What is so already need not be done. */
static void trim_plan(struct change *c)
{
    const struct up_user *said = &c->account.said;
    if (said->state == UP_INACTIVE)
        c->off = false;
    else
        c->on = false;
    if (c->role != NULL && said->role != NULL &&
        fold_equal(c->role, said->role))
        c->role = NULL;
}

static enum step look(struct change *c)
{
    struct journey *j = c->j;
    struct up_user *said = &c->account.said;
    if (!needs_look(c))
        return shield_allows(j, j->current, NULL) ? STEP_OK : STEP_FAILED;
    enum up_rc rc =
        up_user_get(j->t->up, &j->call, j->row.upstream_id, said, &j->up);
    if (rc == UP_NOT_FOUND)
        return STEP_GONE;
    if (rc != UP_OK) {
        (void)journey_fail(j, rc, "reading the user's account");
        return STEP_FAILED;
    }
    if (said->state == UP_DELETED ||
        account_other_identity(j->row.identity, said->identity))
        return STEP_GONE;
    if (!shield_allows(j, j->current, said))
        return STEP_FAILED;
    bool loses =
        (c->off || (c->role != NULL && c->demotes)) && said->state == UP_ACTIVE;
    if (loses && !shield_spares_admin(j, said->elevated))
        return STEP_FAILED;
    if (c->off && said->snapshot != NULL)
        j->result.snapshot = json_incref(said->snapshot);
    trim_plan(c);
    return STEP_OK;
}

/* ---- the end ------------------------------------------------------------- */

static bool close_tasks(struct change *c)
{
    struct journey *j = c->j;
    if (c->active && !c->was_active)
        return journey_task_end(j, "deactivate", "withdrawn") &&
               journey_task_end(j, "update", "done");
    return !c->was_active || c->active ||
           (journey_task_end(j, "invite", "withdrawn") &&
            journey_task_end(j, "resend", "withdrawn") &&
            journey_task_end(j, "inbox", "withdrawn"));
}

/* Everything worked: what was asked for, with what the helpdesk says. */
static bool finish(struct change *c)
{
    struct journey *j = c->j;
    bool gone = c->gone;
    bool password = json_object_get(j->desired, "password") != NULL;
    bool ok = gone ? user_bury(j, j->desired, "deactivated")
                   : user_absorb(j, j->desired, &c->account.said);
    if (!ok || !close_tasks(c))
        return false;
    j->row.active = c->active;
    if (json_object_set(j->result.resource, "active",
                        json_object_get(j->desired, "active")) != 0)
        return journey_memory(j);
    if (!gone && (j->result.snapshot != NULL || c->work.h.count > 0) &&
        c->off && !c->kept) {
        j->result.buried = "deactivated";
        j->result.revived = false;
    }
    j->result.changed =
        !scim_equal(j->t->user, j->current, j->result.resource) ||
        (password && j->touched);
    return offboard_conclude(j, j->desired, &c->work) && journey_commit(j);
}

/* Deleted by hand in the helpdesk: the user stays readable, inactive. */
static bool finish_gone(struct change *c)
{
    struct journey *j = c->j;
    change_log_vanished(j);
    c->work.later = false;
    return user_bury(j, j->desired, c->off ? "deactivated" : "vanished") &&
           offboard_conclude(j, j->desired, &c->work) && journey_commit(j);
}

/* ---- linked rows ----------------------------------------------------------
 */

/* Does the request itself say that the user is active? It does when it makes
 * an inactive one active. */
static bool says_active(struct journey *j)
{
    struct scim_error why = {0};
    json_t *idle = json_deep_copy(j->current);
    if (idle == NULL || json_object_set_new(idle, "active", json_false()) != 0)
        return false;
    const struct scim_tolerance *mild = &j->t->policy.tolerance;
    json_t *then = j->q->op == BRIDGE_REPLACE
                       ? scim_replace(j->t->user, idle, j->body, mild, &why)
                       : scim_patch(j->t->user, idle, j->body, mild, &why);
    bool active = json_is_true(json_object_get(then, "active"));
    json_decref(idle);
    json_decref(then);
    return active;
}

static bool change_linked(struct change *c)
{
    struct journey *j = c->j;
    if (is_local(c))
        return finish(c);
    enum step step = look(c);
    if (step == STEP_FAILED)
        return journey_refuse(j);
    if (step == STEP_GONE && c->on)
        return change_bring_back(c);
    if (step == STEP_OK && c->off && !c->work.promised &&
        !brake_allows(j, "deactivate"))
        return journey_refuse(j);
    if (!journey_open(j, "update", change_intent(c)))
        return false;
    for (size_t i = 0; step == STEP_OK && i < sizeof steps / sizeof *steps; i++)
        step = steps[i](c);
    switch (step) {
    case STEP_OK:
        return finish(c);
    case STEP_GONE:
        return c->active && says_active(j) ? change_bring_back(c)
                                           : finish_gone(c);
    case STEP_FAILED:
        break;
    }
    return user_settle(j, j->row.upstream_id);
}

/* ---- both requests ------------------------------------------------------- */

static bool change(struct journey *j)
{
    struct change c = {.j = j};
    bool ok = user_claim_names(j, j->desired) && offboard_find(j, &c.work) &&
              plan(&c) && (!c.active || offboard_withdraw(j, &c.work));
    if (ok)
        ok = j->row.state == STORE_LINKED ? change_linked(&c)
                                          : change_absent(&c);
    json_decref(c.before);
    json_decref(c.after);
    up_user_clear(&c.account.said);
    offboard_clear(&c.work);
    return ok;
}

static bool load(struct journey *j)
{
    return journey_claim(j, "", j->q->id) && recover_resource(j, j->q->id) &&
           journey_load(j, j->q->id);
}

static bool wants(struct journey *j, json_t *desired)
{
    j->desired = desired;
    if (desired == NULL || !manager_refer(j, desired) ||
        !role_settle(j, desired))
        return false;
    if (brake_is_on(j->t) && json_is_true(json_object_get(desired, "active")) &&
        says_active(j))
        brake_withdraw(j);
    /* Nothing asked for that is not so: nothing is done, no version moves. */
    return scim_equal(j->t->user, j->current, desired) || change(j);
}

bool user_replace(struct journey *j)
{
    j->action = "user.replace";
    return load(j) && wants(j, scim_replace(j->t->user, j->current, j->body,
                                            &j->t->policy.tolerance, &j->err));
}

bool user_patch(struct journey *j)
{
    j->action = "user.patch";
    return load(j) && wants(j, scim_patch(j->t->user, j->current, j->body,
                                          &j->t->policy.tolerance, &j->err));
}

bool user_leave_on(struct journey *j)
{
    j->desired = json_deep_copy(j->current);
    return j->desired != NULL ? change(j) : journey_memory(j);
}
