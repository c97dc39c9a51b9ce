/*
 * bridge/user_delete.c - DELETE /Users/{id}
 *
 *   step                            durable before   a stop behind it leaves
 *   look at the account             -                nothing
 *   1 journal the intent            -                open entry
 *   2 hand over, deactivate or      1                open entry, access gone
 *     delete (INI `removal`),
 *     leave the teams
 *   3 erased, memberships, audit    2, one commit    nothing to recover
 */
#include "bridge/brake.h"
#include "bridge/manual.h"
#include "bridge/offboard.h"
#include "bridge/recover.h"
#include "bridge/shield.h"
#include "bridge/team.h"
#include "bridge/user.h"

struct removal {
    struct journey *j;
    struct up_user said; /* owned; id NULL: there is no account */
    struct offboard work;
};

static bool unfinished(struct journey *j, enum up_rc rc, const char *step)
{
    return rc == UP_OK || rc == UP_NOT_FOUND || journey_fail(j, rc, step);
}

static bool deactivate(struct removal *r)
{
    struct journey *j = r->j;
    struct up_user out = {0};
    if (r->said.state == UP_INACTIVE)
        return true;
    enum up_rc rc = account_end(j, j->row.upstream_id, r->said.user,
                                r->said.state == UP_PENDING, &out);
    j->touched = j->touched || rc == UP_OK;
    if (rc == UP_OK)
        account_take(&r->said, &out);
    up_user_clear(&out);
    if (rc == UP_UNSUPPORTED)
        return account_end_by_hand(j, j->current);
    return unfinished(j, rc, "deactivating the user");
}

static bool delete_account(struct removal *r)
{
    struct journey *j = r->j;
    enum up_rc rc =
        up_user_delete(j->t->up, &j->call, j->row.upstream_id, &j->up);
    j->touched = j->touched || rc == UP_OK;
    if (rc == UP_UNSUPPORTED)
        return manual_or_refuse(j, "deactivate", j->current, NULL);
    return unfinished(j, rc, "deleting the user");
}

/* A helpdesk that cannot take it now, after work was handed over: later. */
static bool take_account(struct removal *r, bool deletes)
{
    struct journey *j = r->j;
    if (deletes ? delete_account(r) : deactivate(r))
        return true;
    if (!offboard_put_off(j, j->up.rc, &r->work))
        return false;
    j->err = (struct scim_error){0};
    return true;
}

static bool remove_account(struct removal *r)
{
    struct journey *j = r->j;
    bool deletes = j->t->policy.removal == REMOVAL_DELETE;
    const char *order = up_tickets_order(j->t->up);
    /* A deleted account has no tickets left to list. */
    bool first = deletes || (order != NULL && order[0] == 'b');
    up_user_leave(j->t->up, &j->call, j->row.upstream_id, r->said.user);
    if (!offboard_begin(j, true, &r->work) ||
        !(first ? offboard_hand_over(j, j->current, true, &r->work)
                : offboard_list(j, &r->work)))
        return false;
    if (!r->work.later && !take_account(r, deletes))
        return false;
    if (!first && !r->work.later &&
        !offboard_hand_over(j, j->current, false, &r->work))
        return false;
    return deletes || team_leave_all(j);
}

/* ---- the end ------------------------------------------------------------- */

bool user_erase(struct journey *j, const struct up_user *said)
{
    if (!user_absorb(j, j->current, said) ||
        !journey_task_end(j, "*", "withdrawn"))
        return false;
    bool dead = j->row.state == STORE_TOMBSTONE;
    j->row.state = STORE_ERASED;
    j->row.active = false;
    if (json_object_set_new(j->result.resource, "active", json_false()) != 0)
        return journey_memory(j);
    j->result.buried = dead ? NULL : "erased";
    if (said->snapshot != NULL && j->result.snapshot == NULL)
        j->result.snapshot = json_incref(said->snapshot);
    j->result.alone = true;
    j->result.changed = true;
    return true;
}

static bool finish(struct removal *r)
{
    struct journey *j = r->j;
    if (!user_erase(j, &r->said))
        return false;
    if (r->work.later) /* of an account that is not gone yet */
        j->result.buried = NULL;
    return offboard_conclude(j, j->current, &r->work) && journey_commit(j);
}

/* ---- before -------------------------------------------------------------- */

/* False: refused, or the helpdesk does not answer. */
static bool look(struct removal *r)
{
    struct journey *j = r->j;
    if (j->row.upstream_id == NULL)
        return shield_allows(j, j->current, NULL);
    enum up_rc rc =
        up_user_get(j->t->up, &j->call, j->row.upstream_id, &r->said, &j->up);
    bool gone = rc == UP_NOT_FOUND ||
                (rc == UP_OK &&
                 (r->said.state == UP_DELETED ||
                  account_other_identity(j->row.identity, r->said.identity)));
    if (gone) {
        up_user_clear(&r->said);
        return shield_allows(j, j->current, NULL);
    }
    if (rc != UP_OK)
        return journey_fail(j, rc, "reading the user's account");
    if (r->said.snapshot != NULL)
        j->result.snapshot = json_incref(r->said.snapshot);
    if (r->said.state != UP_INACTIVE && r->said.in_scope &&
        j->t->policy.removal == REMOVAL_DEACTIVATE && !account_may_end(j))
        return false;
    return shield_allows(j, j->current, &r->said) &&
           shield_spares_admin(j,
                               r->said.elevated && r->said.state == UP_ACTIVE);
}

static bool erase(struct removal *r)
{
    struct journey *j = r->j;
    if (!look(r))
        return journey_refuse(j);
    if (r->said.id == NULL) /* nothing upstream to take away */
        return finish(r);
    if (!r->work.promised && r->said.state != UP_INACTIVE &&
        !brake_allows(j, "delete"))
        return journey_refuse(j);
    json_t *intent = json_pack("{s:s}", "upstreamId", j->row.upstream_id);
    if (!journey_open(j, "delete", intent))
        return false;
    return remove_account(r) ? finish(r) : user_settle(j, j->row.upstream_id);
}

bool user_delete(struct journey *j)
{
    struct removal r = {.j = j};
    j->action = "user.delete";
    bool ok = journey_claim(j, "", j->q->id) && recover_resource(j, j->q->id) &&
              journey_load(j, j->q->id) && offboard_find(j, &r.work) &&
              erase(&r);
    up_user_clear(&r.said);
    offboard_clear(&r.work);
    return ok;
}

bool user_delete_on(struct journey *j)
{
    struct removal r = {.j = j};
    bool ok = offboard_find(j, &r.work) && look(&r);
    if (ok && r.said.id != NULL) {
        json_t *intent = json_pack("{s:s}", "upstreamId", j->row.upstream_id);
        ok = journey_open(j, "delete", intent) &&
             (remove_account(&r) || journey_refuse(j));
    }
    ok = ok && finish(&r);
    up_user_clear(&r.said);
    offboard_clear(&r.work);
    return ok;
}
