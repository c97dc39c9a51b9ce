/*
 * bridge/group_write.c - POST, PUT, PATCH and DELETE of a group
 *
 *   step                            durable before   a stop behind it leaves
 *   check name and members          -                nothing
 *   1 journal the intent            -                open entry
 *   2 create the team; or           1                open entry, team changed
 *     members leave, name and
 *     attributes, members join; or
 *     delete the team
 *   3 row, members, audit, entry    2, one commit    nothing to recover
 *
 * A local group, and one that stands for a role, has no step 1 and 2. Around
 * these steps lie the moves of role_move.h: who gets less access before them,
 * who gets more behind them.
 */
#include "bridge/group.h"

#include "base/fold.h"
#include "bridge/earlier.h"
#include "bridge/group_delta.h"
#include "bridge/inbox.h"
#include "bridge/manual.h"
#include "bridge/recover.h"
#include "bridge/role_group.h"
#include "bridge/role_move.h"
#include "scim/patch.h"
#include "scim/resource.h"

#include <stdlib.h>
#include <string.h>

static bool is_team(const struct journey *j)
{
    return j->row.kind != NULL && strcmp(j->row.kind, "team") == 0 &&
           j->row.upstream_id != NULL;
}

/* ---- names --------------------------------------------------------------- */

static bool claim_name(struct journey *j)
{
    const json_t *name = json_object_get(j->desired, "displayName");
    const char *text = json_string_value(name);
    struct store_resource other = {0};
    if (text == NULL)
        return true;
    char *key = fold_key(text, json_string_length(name));
    bool ok = key != NULL || journey_memory(j);
    ok = ok && journey_claim(j, "name:", key);
    if (ok && j->t->policy.group_names_unique) {
        enum store_rc rc =
            store_resource_by_name(j->db, j->t->row, STORE_GROUP, key, &other);
        ok = rc != STORE_FAILED || journey_database(j);
        if (rc == STORE_OK && other.n != j->row.n) {
            scim_error_set(&j->err, SCIM_UNIQUENESS,
                           "The group %s already has this displayName. Look "
                           "it up, then link to it.",
                           other.id);
            ok = false;
        }
    }
    store_resource_clear(&other);
    free(key);
    return ok;
}

/* The group without its members: what the helpdesk and the row hold. */
static json_t *bare(const json_t *resource)
{
    json_t *copy = json_copy((json_t *)resource);
    if (copy != NULL)
        (void)json_object_del(copy, "members");
    return copy;
}

static json_t *intent_of(const struct journey *j, const struct group_change *c)
{
    return json_pack("{s:o, s:s*, s:O*, s:O*}", "want", bare(j->desired),
                     "upstreamId", j->row.upstream_id, "add", c->add, "drop",
                     c->drop);
}

static bool set_kind(struct journey *j, const char *kind)
{
    free(j->row.kind);
    j->row.kind = strdup(kind);
    return j->row.kind != NULL || journey_memory(j);
}

/* ---- create -------------------------------------------------------------- */

/* A team of that name that the mirror does not know yet. */
static enum up_rc adopt_team(struct journey *j, struct up_team *out)
{
    struct store_resource owner = {0};
    char id[sizeof j->up.existing_id];
    memcpy(id, j->up.existing_id, sizeof id);
    enum store_rc rc =
        store_resource_by_upstream(j->db, j->t->row, STORE_GROUP, id, &owner);
    bool free_to_take =
        rc == STORE_NONE || (rc == STORE_OK && owner.state == STORE_ERASED);
    if (rc == STORE_OK && free_to_take)
        j->result.released = owner.n;
    store_resource_clear(&owner);
    return free_to_take ? up_team_get(j->t->up, &j->call, id, out, &j->up)
                        : UP_CONFLICT;
}

static bool make_team(struct journey *j)
{
    struct up_team said = {0};
    json_t *group = bare(j->desired);
    enum up_rc rc = j->again ? group_find_team(j, &said) : UP_NOT_FOUND;
    if (rc == UP_NOT_FOUND)
        rc = up_team_create(j->t->up, &j->call, group, &said, &j->up);
    json_decref(group);
    j->touched = rc == UP_OK;
    if (rc == UP_CONFLICT && j->up.existing_id[0] != '\0') {
        up_team_clear(&said);
        rc = adopt_team(j, &said);
    }
    bool ok = rc == UP_OK ? group_take(j, j->desired, &said)
                          : journey_fail(j, rc, "creating the team");
    up_team_clear(&said);
    return ok;
}

static bool create_team(struct journey *j, struct group_change *c)
{
    enum up_rc rc = up_team_check(j->t->up, j->desired, &j->up);
    if (rc != UP_OK)
        return journey_fail(j, rc, "checking the team");
    if (!set_kind(j, "team") || !journey_open(j, "create", intent_of(j, c)))
        return false;
    if (make_team(j) && group_members_move(j, c, true))
        return journey_commit(j);
    return group_settle(j, j->row.upstream_id);
}

static bool create_local(struct journey *j, struct group_change *c)
{
    j->result.resource = json_deep_copy(j->desired);
    if (j->result.resource == NULL)
        return journey_memory(j);
    return set_kind(j, role_group_kind(j->t, j->desired)) &&
           group_members_local(j, c) && journey_commit(j);
}

static bool create(struct journey *j, struct group_change *c,
                   struct role_moves *m)
{
    j->row.state = STORE_LINKED;
    j->row.active = true;
    if (!claim_name(j) || !group_members_plan(j, c) || !inbox_moves(j, c) ||
        !role_moves_plan(j, c, m))
        return false;
    if (!earlier_choose_id(j) || !journey_claim(j, "", j->row.id) ||
        !role_moves_fall(j, m))
        return false;
    bool team = up_can(j->t->up, "teams.create") &&
                role_group_of(j->t, j->desired) == NULL;
    return (team ? create_team(j, c) : create_local(j, c)) &&
           role_moves_rise(j, m);
}

bool group_create(struct journey *j)
{
    struct group_change c = {0};
    struct role_moves m = {0};
    j->action = "group.create";
    j->desired =
        scim_create(j->t->group, j->body, &j->t->policy.tolerance, &j->err);
    bool ok = j->desired != NULL && create(j, &c, &m);
    role_moves_clear(&m);
    group_change_clear(&c);
    return ok;
}

/* ---- change -------------------------------------------------------------- */

/* What a person is to change: what differs, and the helpdesk speaks of. */
static json_t *team_wish(const struct journey *j, const json_t *before,
                         const json_t *after)
{
    json_t *said =
        j->row.upstream == NULL ? NULL : json_loads(j->row.upstream, 0, NULL);
    json_t *set = json_object(), *value;
    const char *name;
    json_object_foreach ((json_t *)after, name, value) {
        if (json_equal(json_object_get(before, name), value) == 0 &&
            (said == NULL || json_object_get(said, name) != NULL))
            (void)json_object_set(set, name, value);
    }
    json_decref(said);
    return set;
}

static bool update_team(struct journey *j)
{
    struct up_team said = {0};
    json_t *before = bare(j->current), *after = bare(j->desired);
    enum up_rc rc = before == NULL || after == NULL
                        ? UP_OK
                        : up_team_update(j->t->up, &j->call, j->row.upstream_id,
                                         before, after, &said, &j->up);
    bool ok;
    if (rc == UP_OK) {
        j->touched = j->touched || said.id != NULL;
        ok = group_take(j, j->desired, &said);
    } else if (rc == UP_UNSUPPORTED) {
        json_t *facts = json_pack("{s:s, s:o}", "what",
                                  "Change this team in the helpdesk by hand.",
                                  "set", team_wish(j, before, after));
        ok = manual_or_refuse(j, "update", j->desired, facts) &&
             group_take(j, j->desired, &said);
    } else {
        ok = journey_fail(j, rc, "changing the team");
    }
    json_decref(before);
    json_decref(after);
    up_team_clear(&said);
    return ok;
}

static bool is_renamed(const struct journey *j)
{
    return !json_equal(json_object_get(j->current, "displayName"),
                       json_object_get(j->desired, "displayName"));
}

static bool same_bare(const struct journey *j)
{
    json_t *a = bare(j->current), *b = bare(j->desired);
    bool same = a != NULL && b != NULL && scim_equal(j->t->group, a, b);
    json_decref(a);
    json_decref(b);
    return same;
}

static bool change_team(struct journey *j, struct group_change *c)
{
    bool same = same_bare(j);
    enum up_rc rc = up_team_check(j->t->up, j->desired, &j->up);
    if (rc != UP_OK)
        return journey_fail(j, rc, "checking the team");
    if (!journey_open(j, "update", intent_of(j, c)))
        return false;
    bool ok = group_members_move(j, c, false);
    if (ok && same)
        ok = group_take(j, j->desired, &(struct up_team){0});
    else if (ok)
        ok = update_team(j);
    ok = ok && group_members_move(j, c, true);
    return ok ? journey_commit(j) : group_settle(j, j->row.upstream_id);
}

/* A group without a team: it stands for a role, or for nothing. */
static bool change_local(struct journey *j, struct group_change *c)
{
    return (is_team(j) || set_kind(j, role_group_kind(j->t, j->desired))) &&
           group_take(j, j->desired, &(struct up_team){0}) &&
           group_members_local(j, c) && journey_commit(j);
}

static bool change(struct journey *j)
{
    struct group_change c = {0};
    struct role_moves m = {0};
    bool ok = claim_name(j) && group_members_plan(j, &c) &&
              inbox_moves(j, &c) && role_moves_plan(j, &c, &m) &&
              role_moves_fall(j, &m);
    bool upstream = ok && is_team(j) &&
                    (!same_bare(j) || json_array_size(c.add) > 0 ||
                     json_array_size(c.drop) > 0);
    j->result.renamed = ok && is_renamed(j);
    j->result.changed = true;
    ok = ok && (upstream ? change_team(j, &c) : change_local(j, &c)) &&
         role_moves_rise(j, &m);
    role_moves_clear(&m);
    group_change_clear(&c);
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
    return desired != NULL &&
           (scim_equal(j->t->group, j->current, desired) || change(j));
}

bool group_replace(struct journey *j)
{
    j->action = "group.replace";
    return load(j) && wants(j, scim_replace(j->t->group, j->current, j->body,
                                            &j->t->policy.tolerance, &j->err));
}

bool group_patch(struct journey *j)
{
    j->action = "group.patch";
    j->named = group_delta_ids(j->body);
    return load(j) && wants(j, scim_patch(j->t->group, j->current, j->body,
                                          &j->t->policy.tolerance, &j->err));
}

/* ---- delete -------------------------------------------------------------- */

static bool delete_team(struct journey *j)
{
    json_t *intent = json_pack("{s:s}", "upstreamId", j->row.upstream_id);
    if (!journey_open(j, "delete", intent))
        return false;
    enum up_rc rc =
        up_team_delete(j->t->up, &j->call, j->row.upstream_id, &j->up);
    bool ok = rc == UP_OK || rc == UP_NOT_FOUND;
    if (rc == UP_UNSUPPORTED) {
        json_t *facts =
            json_pack("{s:s, s:b}", "what",
                      "Delete this team in the helpdesk by hand.", "delete", 1);
        ok = manual_or_refuse(j, "update", j->current, facts);
    } else if (!ok) {
        (void)journey_fail(j, rc, "deleting the team");
    }
    return ok || group_settle(j, j->row.upstream_id);
}

bool group_delete(struct journey *j)
{
    struct group_change c = {0};
    struct role_moves m = {0};
    j->action = "group.delete";
    bool ok = load(j) && group_members_plan(j, &c) && inbox_moves(j, &c) &&
              role_moves_plan(j, &c, &m) && role_moves_fall(j, &m) &&
              (!is_team(j) || delete_team(j)) && group_erase(j) &&
              journey_commit(j) && role_moves_rise(j, &m);
    role_moves_clear(&m);
    group_change_clear(&c);
    return ok;
}
