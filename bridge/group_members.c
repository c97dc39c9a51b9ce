/*
 * bridge/group_members.c - a difference of members, in the mirror and upstream
 *
 *   member        mirror            upstream
 *   linked        joins, leaves     joins, leaves; or the task "team"
 *   waiting       joins, leaves     nothing; joins when it has an account
 *   tombstone     joins, leaves     nothing; joins when it is active again
 */
#include "bridge/group.h"

#include "bridge/manual.h"
#include "store/task.h"

#include <stdlib.h>
#include <string.h>

void group_change_clear(struct group_change *c)
{
    json_decref(c->joins);
    json_decref(c->leaves);
    json_decref(c->add);
    json_decref(c->drop);
    json_decref(c->add_users);
    json_decref(c->drop_users);
    *c = (struct group_change){0};
}

/* ---- planning ------------------------------------------------------------ */

/* The ids of a members array, as keys of an object. */
static json_t *ids_of(const json_t *resource)
{
    json_t *ids = json_object();
    size_t i;
    json_t *member;
    json_array_foreach (json_object_get(resource, "members"), i, member) {
        const char *id = json_string_value(json_object_get(member, "value"));
        if (id != NULL && json_object_set_new(ids, id, json_true()) != 0)
            break;
    }
    return ids;
}

static bool refuse_member(struct journey *j, const char *id)
{
    struct store_resource group = {0};
    bool nests = store_resource_get(j->db, j->t->row, STORE_GROUP, id,
                                    &group) == STORE_OK &&
                 group.state != STORE_ERASED;
    store_resource_clear(&group);
    scim_error_set(&j->err, SCIM_INVALID_VALUE,
                   nests ? "The member %s is a group. Groups do not nest "
                           "here: send its users."
                         : "There is no user with the id %s. Create the user "
                           "first, or take the id out of `members`.",
                   id);
    return false;
}

static bool note(json_t *rows, json_t *ids, json_t *users, json_t *moved,
                 const struct store_resource *row)
{
    if (json_array_append_new(rows, json_integer(row->n)) != 0 ||
        json_array_append_new(moved, json_string(row->id)) != 0)
        return false;
    if (row->state != STORE_LINKED || row->upstream_id == NULL)
        return true;
    json_t *user =
        json_pack("{s:I, s:s}", "n", (json_int_t)row->n, "id", row->id);
    return json_array_append_new(ids, json_string(row->upstream_id)) == 0 &&
           json_object_set_new(users, row->upstream_id, user) == 0;
}

/* Ids in `of` that are not in `but`. */
static bool collect(struct journey *j, struct group_change *c, const json_t *of,
                    const json_t *but, bool adding)
{
    const char *id;
    json_t *yes;
    bool ok = true;
    json_object_foreach ((json_t *)of, id, yes) {
        struct store_resource row = {0};
        if (!ok || json_object_get(but, id) != NULL)
            continue;
        enum store_rc rc =
            store_resource_get(j->db, j->t->row, STORE_USER, id, &row);
        bool found = rc == STORE_OK && row.state != STORE_ERASED;
        if (rc == STORE_FAILED)
            ok = journey_database(j);
        else if (!found)
            ok = !adding || refuse_member(j, id);
        else if (adding)
            ok = note(c->joins, c->add, c->add_users,
                      json_object_get(j->result.moved, "added"), &row) ||
                 journey_memory(j);
        else
            ok = note(c->leaves, c->drop, c->drop_users,
                      json_object_get(j->result.moved, "removed"), &row) ||
                 journey_memory(j);
        store_resource_clear(&row);
    }
    return ok;
}

bool group_members_plan(struct journey *j, struct group_change *c)
{
    json_t *had = ids_of(j->current), *wants = ids_of(j->desired);
    c->joins = json_array();
    c->leaves = json_array();
    c->add = json_array();
    c->drop = json_array();
    c->add_users = json_object();
    c->drop_users = json_object();
    j->result.moved = json_pack("{s:[], s:[]}", "added", "removed");
    bool ok = j->result.moved && c->joins && c->leaves && c->add && c->drop &&
              c->add_users && c->drop_users && had && wants;
    ok = ok || journey_memory(j);
    ok = ok && collect(j, c, wants, had, true) &&
         collect(j, c, had, wants, false);
    json_decref(had);
    json_decref(wants);
    return ok;
}

/* ---- doing --------------------------------------------------------------- */

static bool extend(struct journey *j, json_t **list, const json_t *more)
{
    if (*list == NULL)
        *list = json_array();
    return json_array_extend(*list, (json_t *)more) == 0 || journey_memory(j);
}

bool group_members_local(struct journey *j, struct group_change *c)
{
    return extend(j, &j->result.leaves, c->leaves) &&
           extend(j, &j->result.joins, c->joins);
}

static json_t *person(const struct store_resource *row)
{
    json_t *body = json_loads(row->body, 0, NULL);
    const char *name = json_string_value(json_object_get(body, "userName"));
    json_t *one = json_pack("{s:s, s:s*, s:s*}", "id", row->id, "upstreamId",
                            row->upstream_id, "userName", name);
    json_decref(body);
    return one;
}

/* Who is in the team by the helpdesk's own word; new, NULL: it does not say. */
static json_t *members_now(struct journey *j)
{
    struct up_error ignored = {0};
    json_t *ids = NULL;
    if (up_members(j->t->up, &j->call, j->row.upstream_id, &ids, &ignored) ==
        UP_OK)
        return ids;
    json_decref(ids);
    return NULL;
}

/* The person's task: one a group, listing everybody who is to move. */
static bool by_hand(struct journey *j, const struct group_change *c,
                    bool adding)
{
    json_t *names = json_array(), *members = NULL;
    const char *upstream;
    json_t *user;
    json_object_foreach (adding ? c->add_users : c->drop_users, upstream,
                         user) {
        struct store_resource row = {0};
        int64_t n = json_integer_value(json_object_get(user, "n"));
        if (store_resource_get_row(j->db, n, &row) == STORE_OK)
            (void)json_array_append_new(names, person(&row));
        store_resource_clear(&row);
    }
    if (target_unsupported(j->t, "team") == BRIDGE_TASK)
        members = members_now(j);
    json_t *facts = json_pack("{s:o, s:o*}", adding ? "join" : "leave", names,
                              "members", members);
    return manual_or_refuse(
        j, "team", j->desired != NULL ? j->desired : j->current, facts);
}

/* The helpdesk misses one of the users: names it by its SCIM id. */
static bool missing_member(struct journey *j, const struct group_change *c)
{
    const char *upstream = j->up.existing_id;
    const json_t *user = json_object_get(c->add_users, upstream);
    const char *id = json_string_value(json_object_get(user, "id"));
    scim_error_set(&j->err, SCIM_INVALID_VALUE,
                   "The helpdesk no longer has the account of the member %s. "
                   "Activate the user again, or take it out of `members`.",
                   id != NULL ? id : upstream);
    return false;
}

bool group_members_move(struct journey *j, struct group_change *c, bool adding)
{
    const json_t *who = adding ? c->add : c->drop;
    json_t **into = adding ? &j->result.joins : &j->result.leaves;
    enum up_rc rc = UP_OK;
    if (json_array_size(who) > 0) {
        rc =
            up_members_change(j->t->up, &j->call, j->row.upstream_id,
                              adding ? who : NULL, adding ? NULL : who, &j->up);
        j->touched = j->touched || rc == UP_OK;
    }
    if (rc == UP_UNSUPPORTED && !by_hand(j, c, adding))
        return false;
    if (rc == UP_OK || rc == UP_UNSUPPORTED)
        return extend(j, into, adding ? c->joins : c->leaves);
    (void)journey_fail(j, rc,
                       adding ? "adding members to the team"
                              : "taking members out of the team");
    if (rc == UP_INVALID && j->up.existing_id[0] != '\0')
        (void)missing_member(j, c);
    return false;
}
