#include "bridge/role_move.h"

#include "base/fold.h"
#include "bridge/account.h"
#include "bridge/entra.h"
#include "bridge/explain.h"
#include "bridge/manual.h"
#include "bridge/recover.h"
#include "bridge/role.h"
#include "bridge/role_group.h"
#include "bridge/shield.h"
#include "bridge/user.h"
#include "providers/plan.h"
#include "scim/resource.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct role_move {
    int64_t n;
    char id[ID_SIZE];
    const char *to; /* borrowed; the role; NULL: only the shield is asked */
    bool join, leave;
    bool falls;  /* less access than now */
    bool skip;   /* nothing to do after all */
    bool looked; /* `said` was read */
    bool gone;   /* the helpdesk no longer has the account */
    struct up_user said;
    struct bridge_request q;
    struct journey own; /* the user's own write */
};

static bool same(const char *a, const char *b)
{
    return (a == NULL && b == NULL) ||
           (a != NULL && b != NULL && fold_equal(a, b));
}

/* ---- who is concerned ---------------------------------------------------- */

/* What the group stands for before and after the write. */
struct meaning {
    struct journey *j;
    struct role_moves *m;
    const char *was, *is;
    const char *team; /* a role that is the membership of this very team */
    const char *was_name, *is_name;
};

static struct role_move *add_move(struct meaning *w, int64_t n, const char *id)
{
    struct role_moves *m = w->m;
    struct role_move *list = realloc(m->list, (m->count + 1) * sizeof *list);
    if (list == NULL)
        return NULL;
    m->list = list;
    struct role_move *move = &list[m->count++];
    *move = (struct role_move){.n = n};
    (void)snprintf(move->id, sizeof move->id, "%s", id);
    return move;
}

/* One user; `in` and `stays`: is it a member before, and after. */
static bool consider(struct meaning *w, int64_t n, bool in, bool stays)
{
    struct journey *j = w->j;
    struct role_given before = {0}, after = {0};
    struct role_view old = {j->row.n, in ? w->was : NULL, w->was_name};
    struct role_view new = {j->row.n, stays ? w->is : NULL, w->is_name};
    struct store_resource row = {0};
    if (role_given_to(j->t, j->db, n, &old, &before) != STORE_OK ||
        role_given_to(j->t, j->db, n, &new, &after) != STORE_OK ||
        store_resource_get_row(j->db, n, &row) != STORE_OK)
        return journey_database(j);
    bool differs = !same(before.role, after.role);
    const char *to = after.role != NULL ? after.role : role_default(j->t);
    /* Who has less than the default role by now is not given more. */
    bool keeps = after.role == NULL && row.role != NULL &&
                 role_rises(j->t, row.role, to);
    bool shielded = in && !stays && role_elevated(j->t, w->team);
    struct role_move *move = NULL;
    bool concerned = shielded || (differs && to != NULL && !keeps);
    if (concerned)
        move = add_move(w, n, row.id);
    store_resource_clear(&row);
    if (!concerned)
        return true;
    if (move == NULL)
        return journey_memory(j);
    move->to = differs && !keeps ? to : NULL;
    move->join = !in && stays;
    move->leave = in && !stays;
    return true;
}

static bool consider_rows(struct meaning *w, const json_t *rows, bool joining)
{
    size_t i;
    json_t *n;
    json_array_foreach (rows, i, n) {
        if (!consider(w, json_integer_value(n), !joining, joining))
            return false;
    }
    return true;
}

static bool among(const json_t *rows, int64_t n)
{
    size_t i;
    json_t *one;
    json_array_foreach (rows, i, one) {
        if (json_integer_value(one) == n)
            return true;
    }
    return false;
}

/* The group means something else by now: so for those who stay, too. */
static bool consider_stayers(struct meaning *w, const struct group_change *c)
{
    struct journey *j = w->j;
    size_t i;
    json_t *member;
    bool ok = true;
    json_array_foreach (json_object_get(j->current, "members"), i, member) {
        const char *id = json_string_value(json_object_get(member, "value"));
        struct store_resource row = {0};
        if (!ok || id == NULL)
            continue;
        enum store_rc rc =
            store_resource_get(j->db, j->t->row, STORE_USER, id, &row);
        ok = rc != STORE_FAILED || journey_database(j);
        if (rc == STORE_OK && !among(c->leaves, row.n))
            ok = consider(w, row.n, true, true);
        store_resource_clear(&row);
    }
    return ok;
}

/* ---- claiming and loading ------------------------------------------------ */

static int by_id(const void *a, const void *b)
{
    const struct role_move *x = a, *y = b;
    return strcmp(x->id, y->id);
}

/* The user's own journey, under this request's name and deadline. */
static void begin(struct journey *j, struct role_move *move)
{
    struct journey *own = &move->own;
    move->q = *j->q;
    move->q.op = BRIDGE_PATCH;
    move->q.type = j->t->user;
    move->q.id = move->id;
    move->q.if_match = NULL;
    journey_begin(own, j->t, j->db, &move->q, STORE_USER);
    if (explain_is_on(j)) { /* one plan, and one list of what was read */
        up_plan_free(own->call.plan);
        own->call.plan = j->call.plan;
        json_decref(own->call.trace);
        own->call.trace = json_incref(j->call.trace);
    }
    own->call.deadline_ms = j->call.deadline_ms;
    own->action = "user.role";
}

static bool load(struct journey *j, struct role_move *move)
{
    struct journey *own = &move->own;
    begin(j, move);
    if (!journey_claim(own, "", move->id) || !recover_resource(own, move->id))
        return false;
    move->skip = !journey_load(own, move->id);
    if (move->skip) /* erased since it was looked up */
        return own->err.status == 404;
    const char *shown = role_shown(json_object_get(own->current, "roles"));
    bool waits = own->row.state == STORE_WAITING && own->row.active;
    bool linked = own->row.state == STORE_LINKED;
    move->skip = !(linked || waits) ||
                 (move->to != NULL && same(own->row.role, move->to) &&
                  same(shown, move->to));
    move->falls =
        linked && own->row.role != NULL &&
        (move->to == NULL || (!same(own->row.role, move->to) &&
                              !role_rises(j->t, own->row.role, move->to)));
    return true;
}

/* ---- the shield ---------------------------------------------------------- */

/* An error of one user ends the whole write, and names the user. */
static bool blame(struct journey *j, const struct role_move *move)
{
    const json_t *name = json_object_get(move->own.current, "userName");
    j->err = move->own.err;
    j->up = move->own.up;
    if (json_is_string(name))
        (void)snprintf(j->err.detail, sizeof j->err.detail,
                       "The role of %.200s: %.700s", json_string_value(name),
                       move->own.err.detail);
    return false;
}

static bool look(struct role_move *move)
{
    struct journey *own = &move->own;
    if (move->looked)
        return true;
    enum up_rc rc = up_user_get(own->t->up, &own->call, own->row.upstream_id,
                                &move->said, &own->up);
    move->looked = true;
    move->gone = rc == UP_NOT_FOUND ||
                 (rc == UP_OK && (move->said.state == UP_DELETED ||
                                  account_other_identity(own->row.identity,
                                                         move->said.identity)));
    if (rc != UP_OK && !move->gone)
        return journey_fail(own, rc, "reading the user's account");
    return move->gone || shield_allows(own, own->current, &move->said);
}

/* True when the account is an administrator that ceases to be one. */
static bool abdicates(const struct role_move *move)
{
    return move->looked && !move->gone && move->said.elevated &&
           move->said.state == UP_ACTIVE &&
           (move->to == NULL || !role_elevated(move->own.t, move->to));
}

/* Another administrator must be left once all of the falls are done. */
static bool spare_admins(struct journey *j, const struct role_moves *m)
{
    int64_t *rows = calloc(m->count + 1, sizeof *rows);
    size_t count = 0;
    if (rows == NULL)
        return journey_memory(j);
    for (size_t i = 0; i < m->count; i++)
        if (!m->list[i].skip && m->list[i].falls)
            rows[count++] = m->list[i].n;
    bool ok = shield_spares_admins(j, rows, count);
    free(rows);
    return ok;
}

static bool ask_shield(struct journey *j, struct role_moves *m)
{
    bool any = false;
    for (size_t i = 0; i < m->count; i++) {
        struct role_move *move = &m->list[i];
        struct journey *own = &move->own;
        if (move->skip)
            continue;
        if (!shield_allows(own, own->current, NULL))
            return blame(j, move);
        /* Of those who are known to be no administrators, each is looked at
         * when its turn comes. */
        if (own->row.state == STORE_LINKED && !role_plain(j->t, own->row.role))
            if (!look(move))
                return blame(j, move);
        any = any || abdicates(move);
    }
    return !any || spare_admins(j, m);
}

/* ---- planning ------------------------------------------------------------ */

/* Who joins with a rise becomes a member together with the role. */
static bool take_out(struct journey *j, struct group_change *c,
                     const struct role_moves *m)
{
    json_t *rest = json_array(), *told = json_array();
    json_t *added = json_object_get(j->result.moved, "added");
    bool ok = rest != NULL && told != NULL;
    for (size_t i = 0; ok && i < json_array_size(c->joins); i++) {
        json_t *n = json_array_get(c->joins, i);
        const struct role_move *found = NULL;
        for (size_t k = 0; k < m->count && found == NULL; k++)
            if (m->list[k].n == json_integer_value(n))
                found = &m->list[k];
        if (found != NULL && found->join && !found->skip && !found->falls)
            continue;
        ok = json_array_append(rest, n) == 0 &&
             json_array_append(told, json_array_get(added, i)) == 0;
    }
    if (ok) {
        json_decref(c->joins);
        c->joins = json_incref(rest);
        ok = json_object_set(j->result.moved, "added", told) == 0;
    }
    json_decref(rest);
    json_decref(told);
    return ok || journey_memory(j);
}

static const char *name_of(const json_t *group)
{
    return json_string_value(json_object_get(group, "displayName"));
}

/* The role that the membership of this team is (role_team.h). */
static const char *team_role(const struct journey *j)
{
    const char *name = name_of(j->current != NULL ? j->current : j->desired);
    size_t i;
    json_t *one;
    json_array_foreach (up_roles(j->t->up), i, one) {
        const char *team = json_string_value(json_object_get(one, "team"));
        if (team != NULL && name != NULL && fold_equal(team, name))
            return json_string_value(json_object_get(one, "scim"));
    }
    return NULL;
}

/* Whoever joins a team that makes administrators becomes one: by the group
 * that the configuration names only. */
static bool may_join(struct journey *j, const struct meaning *w,
                     const struct group_change *c)
{
    if (!role_elevated(j->t, w->team) || json_array_size(c->joins) == 0 ||
        same(w->is, w->team) || role_by_attribute(j->t, w->team))
        return true;
    scim_error_status(&j->err, 403,
                      "Members of the team %s are administrators (%s): only "
                      "the group that the configuration names in `role.%s` "
                      "makes them. Put the users into that group.",
                      w->is_name, w->team, w->team);
    return false;
}

bool role_moves_plan(struct journey *j, struct group_change *c,
                     struct role_moves *m)
{
    struct meaning w = {.j = j,
                        .m = m,
                        .was = role_group_of(j->t, j->current),
                        .is = role_group_of(j->t, j->desired),
                        .team = team_role(j),
                        .was_name = name_of(j->current),
                        .is_name = name_of(j->desired)};
    if (w.was == NULL && w.is == NULL && w.team == NULL)
        return true;
    if (!may_join(j, &w, c))
        return journey_refuse(j);
    bool ok = consider_rows(&w, c->joins, true) &&
              consider_rows(&w, c->leaves, false) &&
              (same(w.was, w.is) || consider_stayers(&w, c));
    if (!ok || m->count == 0)
        return ok;
    qsort(m->list, m->count, sizeof *m->list, by_id);
    for (size_t i = 0; i < m->count; i++)
        if (!load(j, &m->list[i]))
            return blame(j, &m->list[i]);
    if (!ask_shield(j, m))
        return journey_refuse(j);
    return take_out(j, c, m);
}

/* ---- one user ------------------------------------------------------------ */

static bool commit(struct journey *j, struct role_move *move)
{
    struct journey *own = &move->own;
    own->result.changed =
        !scim_equal(j->t->user, own->current, own->result.resource);
    own->result.leaves_group = move->leave;
    if (!explain_is_on(j)) {
        own->result.group = move->join || move->leave ? j->row.n : 0;
        return journey_commit(own);
    }
    size_t i;
    json_t *task;
    json_array_foreach (own->result.tasks, i, task) {
        const char *kind = json_string_value(json_object_get(task, "kind"));
        json_t *detail = json_object_get(task, "detail");
        if (!journey_task(j, kind, json_incref(detail)))
            return false;
    }
    return journey_commit(own);
}

static bool keep_shown(struct journey *own)
{
    own->result.resource = json_deep_copy(own->desired);
    return own->result.resource != NULL || journey_memory(own);
}

static bool by_hand(struct role_move *move, const char *kind)
{
    json_t *facts = json_pack("{s:s}", "role", move->to);
    return manual_or_refuse(&move->own, kind, move->own.desired, facts);
}

/* Whoever must still be invited is invited with this role. */
static bool set_wish(struct journey *j, struct role_move *move)
{
    struct journey *own = &move->own;
    own->result.outcome = "waiting";
    return keep_shown(own) && by_hand(move, "invite") && commit(j, move);
}

static bool send(struct journey *j, struct role_move *move)
{
    struct journey *own = &move->own;
    struct up_user out = {0};
    json_t *push = entra_pushed(own->desired);
    enum up_rc rc = push == NULL ? UP_FAILED
                                 : up_user_set_role(j->t->up, &own->call,
                                                    own->row.upstream_id, push,
                                                    move->to, &out, &own->up);
    bool ok = push != NULL || journey_memory(own);
    own->touched = rc == UP_OK;
    json_decref(push);
    if (ok && rc == UP_OK)
        ok = user_absorb(own, own->desired, &out) &&
             journey_task_end(own, "role", "done");
    else if (ok && rc == UP_UNSUPPORTED)
        ok = by_hand(move, "role") && keep_shown(own);
    else if (ok && rc == UP_NOT_FOUND)
        ok = user_bury(own, own->current, "vanished");
    else if (ok)
        ok = journey_fail(own, rc, "changing the user's role");
    up_user_clear(&out);
    return ok ? commit(j, move) : user_settle(own, own->row.upstream_id);
}

/* The intent names the group, so that recovery can see both or neither. */
static bool set_role(struct journey *j, struct role_move *move)
{
    struct journey *own = &move->own;
    json_t *want = json_deep_copy(own->desired);
    bool moves = move->join || move->leave;
    json_t *intent = json_pack(
        "{s:o, s:s, s:s*, s:I, s:b}", "want", want, "role", move->to,
        "upstreamId", own->row.upstream_id, "group",
        (json_int_t)(moves ? j->row.n : 0), "leavesGroup", move->leave);
    return journey_open(own, "update", intent) && send(j, move);
}

/* It has the role already: what a person was asked to change is over. */
static bool settle(struct journey *j, struct role_move *move)
{
    return keep_shown(&move->own) &&
           journey_task_end(&move->own, "role", "withdrawn") && commit(j, move);
}

static bool bury(struct journey *j, struct role_move *move)
{
    return user_bury(&move->own, move->own.current, "vanished") &&
           commit(j, move);
}

static bool move_one(struct journey *j, struct role_moves *m,
                     struct role_move *move)
{
    struct journey *own = &move->own;
    bool late = !move->looked;
    own->result.note =
        move->join
            ? "By joining a group that stands for a role."
            : (move->leave ? "By leaving a group that stands for a role."
                           : "By a change of a group that stands for a role.");
    own->desired = json_deep_copy(own->current);
    if (own->desired == NULL ||
        json_object_set_new(own->desired, "roles", role_as_roles(move->to)))
        return journey_memory(own);
    if (own->row.state == STORE_WAITING)
        return set_wish(j, move);
    if (!look(move))
        return false;
    if (late && move->falls && abdicates(move) && !spare_admins(j, m)) {
        own->err = j->err;
        return false;
    }
    if (move->gone)
        return bury(j, move);
    if (same(move->said.role, move->to))
        return settle(j, move);
    /* A locked account gets its role when it is active again. */
    if (move->said.state == UP_INACTIVE && up_reactivate_first(j->t->up))
        return keep_shown(own) && commit(j, move);
    return set_role(j, move);
}

static bool run(struct journey *j, struct role_moves *m, bool falls)
{
    for (size_t i = 0; i < m->count; i++) {
        struct role_move *move = &m->list[i];
        if (!move->skip && move->to != NULL && move->falls == falls &&
            !move_one(j, m, move))
            return blame(j, move);
    }
    return true;
}

bool role_moves_fall(struct journey *j, struct role_moves *m)
{
    return run(j, m, true);
}

bool role_moves_rise(struct journey *j, struct role_moves *m)
{
    return run(j, m, false);
}

void role_moves_clear(struct role_moves *m)
{
    for (size_t i = 0; i < m->count; i++) {
        struct journey *own = &m->list[i].own;
        up_user_clear(&m->list[i].said);
        if (own->t == NULL)
            continue;
        if (explain_is_on(own)) /* the group's */
            own->call.plan = NULL;
        journey_end(own);
    }
    free(m->list);
    *m = (struct role_moves){0};
}
