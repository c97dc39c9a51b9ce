#include "bridge/user_change.h"

#include "bridge/inbox.h"
#include "bridge/manual.h"
#include "bridge/role.h"
#include "bridge/shield.h"
#include "bridge/team.h"
#include "bridge/user.h"
#include "scim/resource.h"

void change_log_vanished(const struct journey *j)
{
    log_line(j->t->bridge->log, LOG_WARN, "user.vanished", "target", j->t->name,
             "id", j->row.id, "upstream_id", j->row.upstream_id, NULL);
}

json_t *change_intent(const struct change *c)
{
    const struct journey *j = c->j;
    json_t *want = json_deep_copy(j->desired);
    if (want == NULL)
        return NULL;
    scim_strip_secrets(j->t->user, want);
    return json_pack("{s:o, s:b, s:b, s:s*, s:s*}", "want", want, "deactivate",
                     c->off, "reactivate", c->on, "role", c->role, "upstreamId",
                     j->row.upstream_id);
}

/* No account is wanted: the wish is kept, tasks follow it. */
static bool keep_wish(struct change *c)
{
    struct journey *j = c->j;
    bool waits = j->row.state == STORE_WAITING;
    j->row.active = c->active;
    j->result.resource = json_deep_copy(j->desired);
    if (j->result.resource == NULL)
        return journey_memory(j);
    if (waits && c->active) {
        json_t *facts = json_pack("{s:s*}", "role", c->role);
        if (!inbox_facts(j, facts)) {
            json_decref(facts);
            return false;
        }
        if (!manual_task(j, "invite", j->desired, facts))
            return false;
    } else if (!journey_task_end(j, "invite", "withdrawn")) {
        return false;
    }
    j->result.outcome = waits ? "waiting" : "done";
    j->result.changed = !scim_equal(j->t->user, j->current, j->result.resource);
    return journey_commit(j);
}

static bool revive(struct change *c)
{
    struct journey *j = c->j;
    bool dead = j->row.state == STORE_TOMBSTONE;
    if (!user_absorb(j, j->desired, &c->account.said))
        return false;
    j->result.revived = dead;
    j->row.state = STORE_LINKED;
    j->row.active = true;
    j->result.changed = true;
    return team_join_all(j, &c->account.said, c->account.made) &&
           journey_task_end(j, "invite", "done") &&
           journey_task_end(j, "deactivate", "withdrawn") && journey_commit(j);
}

/* By hand, then: the row waits until a sync finds the account. */
static bool invite(struct change *c)
{
    struct journey *j = c->j;
    if (target_unsupported(j->t, "invite") == BRIDGE_REFUSE) {
        (void)journey_fail(j, UP_UNSUPPORTED, "creating the user");
        return journey_refuse(j);
    }
    j->result.revived = j->row.state == STORE_TOMBSTONE;
    j->row.state = STORE_WAITING;
    return keep_wish(c);
}

/* The account that an active user is to have: found, or made. */
static bool obtain(struct change *c)
{
    struct journey *j = c->j;
    const char *id = j->row.upstream_id;
    switch (account_obtain(j, c->after, c->wish, &c->account)) {
    case ACCOUNT_OK:
        return revive(c);
    case ACCOUNT_TASK:
        return invite(c);
    case ACCOUNT_FAILED:
        break;
    }
    return user_settle(j, c->account.said.id != NULL ? c->account.said.id : id);
}

bool change_absent(struct change *c)
{
    struct journey *j = c->j;
    if (!c->on)
        return keep_wish(c);
    if (!shield_allows(j, j->current, NULL))
        return journey_refuse(j);
    return journey_open(j, "update", change_intent(c)) && obtain(c);
}

bool change_bring_back(struct change *c)
{
    struct journey *j = c->j;
    change_log_vanished(j);
    up_user_clear(&c->account.said);
    if (!role_choose(j, ROLE_ACCOUNT_NEW, &c->wish))
        return false;
    if (j->entry.n == 0 && !journey_open(j, "update", change_intent(c)))
        return false;
    c->on = true;
    return obtain(c);
}
