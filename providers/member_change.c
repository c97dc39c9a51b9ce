/*
 * providers/member_change.c - who joins and who leaves a team
 *
 *   1 read the members           so that only what is needed is sent
 *   2 remove, then add           in the helpdesk's way:
 *       delta      ids to remove, ids to add
 *       replace    the whole list
 *       link       a membership object per user
 *       user_list  a list of team ids in the user's record
 *       user_map   an object of team ids in the user's record
 *   3 read again and compare
 *
 * Where whole lists are read, changed and written back, one at a time.
 */
#include "providers/plan.h"
#include "providers/provider_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A change under way. */
struct change {
    struct provider *p;
    struct up_call *call;
    const char *id;
    json_t *now;          /* owned; texts */
    json_t *add, *remove; /* owned; texts; only what is needed */
};

static void change_clear(struct change *c)
{
    json_decref(c->now);
    json_decref(c->add);
    json_decref(c->remove);
}

/* ---- sets of ids --------------------------------------------------------- */

/* Those of `asked` that are (or are not) among `now`, each once. New. */
static json_t *pick(const json_t *asked, const json_t *now, bool wanted)
{
    json_t *picked = json_array(), *one;
    json_t *there = provider_id_set(now), *seen = json_object();
    size_t i;
    json_array_foreach (asked, i, one) {
        char *text = select_text(one);
        bool is = text != NULL && json_object_get(there, text) != NULL;
        if (text != NULL && is == wanted &&
            json_object_get(seen, text) == NULL) {
            (void)json_object_set_new(seen, text, json_true());
            (void)json_array_append_new(picked, json_string(text));
        }
        free(text);
    }
    json_decref(there);
    json_decref(seen);
    return picked;
}

static enum up_rc plan(struct change *c, const json_t *add,
                       const json_t *remove, struct up_error *err)
{
    enum up_rc rc = up_members(c->p, c->call, c->id, &c->now, err);
    if (rc != UP_OK)
        return rc;
    json_t *staying = pick(remove, c->now, true);
    c->add = pick(add, c->now, false);
    c->remove = staying;
    return c->add == NULL || c->remove == NULL ? provider_memory(err) : UP_OK;
}

/* ---- sending ------------------------------------------------------------- */

static enum up_rc run(struct change *c, const char *op, json_t *own,
                      json_t **records, struct up_error *err)
{
    struct vars v = {.scope = {own}, .count = 1};
    struct op_result result;
    (void)json_object_set_new(own, "id", provider_id(&c->p->team_ids, c->id));
    enum up_rc rc =
        provider_run(c->p, c->call, &c->p->teams, op, &v, &result, err);
    if (records != NULL)
        *records = json_incref(result.records);
    op_result_clear(&result);
    json_decref(own);
    return rc;
}

static enum up_rc send_ids(struct change *c, const char *key,
                           const json_t *texts, struct up_error *err)
{
    char path[64];
    (void)snprintf(path, sizeof path, "group.members.%s", key);
    const char *op = provider_text(c->p, path);
    if (json_array_size(texts) == 0)
        return UP_OK;
    if (op == NULL || !engine_can(c->p->engine, op))
        return provider_lacks(err, strcmp(key, "add") == 0
                                       ? "add members to a team"
                                       : "remove members from a team");
    json_t *own =
        json_pack("{s:o}", "user_ids", provider_ids(&c->p->user_ids, texts));
    return run(c, op, own, NULL, err);
}

static enum up_rc by_delta(struct change *c, struct up_error *err)
{
    const char *add = provider_text(c->p, "group.members.add");
    if (json_array_size(c->add) > 0 &&
        (add == NULL || !engine_can(c->p->engine, add)))
        return provider_lacks(err, "add members to a team");
    enum up_rc rc = send_ids(c, "remove", c->remove, err);
    if (rc != UP_OK)
        return rc;
    rc = send_ids(c, "add", c->add, err);
    if (rc != UP_OK && json_array_size(c->remove) > 0)
        err->changed = true;
    return rc;
}

enum up_rc member_send(struct provider *p, struct up_call *call,
                       const char *team, const char *user, bool join,
                       struct up_error *err)
{
    struct change c = {.p = p, .call = call, .id = team};
    json_t *users = json_pack("[s]", user);
    enum up_rc rc = send_ids(&c, join ? "add" : "remove", users, err);
    json_decref(users);
    return rc;
}

static enum up_rc by_replace(struct change *c, struct up_error *err)
{
    json_t *all = pick(c->now, c->remove, false);
    (void)json_array_extend(all, c->add);
    const char *op = provider_text(c->p, "group.members.set");
    json_t *own =
        json_pack("{s:o}", "user_ids", provider_ids(&c->p->user_ids, all));
    json_decref(all);
    if (engine_can(c->p->engine, op))
        return run(c, op, own, NULL, err);
    json_decref(own);
    return provider_lacks(err, "change the members of a team");
}

/* ---- membership objects -------------------------------------------------- */

static enum up_rc unlink_one(struct change *c, const char *user,
                             struct up_error *err)
{
    const char *path = provider_text(c->p, "group.members.link_id");
    json_t *rows = NULL, *row;
    json_t *own =
        json_pack("{s:o}", "user_id", provider_id(&c->p->user_ids, user));
    enum up_rc rc =
        run(c, provider_text(c->p, "group.members.find"), own, &rows, err);
    size_t i;
    json_array_foreach (rows, i, row) {
        json_t *link = select_path(row, path);
        if (rc != UP_OK || link == NULL)
            continue;
        own = json_pack("{s:o, s:O}", "user_id",
                        provider_id(&c->p->user_ids, user), "link_id", link);
        rc =
            run(c, provider_text(c->p, "group.members.remove"), own, NULL, err);
    }
    json_decref(rows);
    return rc;
}

static enum up_rc by_link(struct change *c, struct up_error *err)
{
    size_t i;
    json_t *user;
    json_array_foreach (c->remove, i, user) {
        enum up_rc rc = unlink_one(c, json_string_value(user), err);
        if (rc != UP_OK) {
            err->changed = err->changed || i > 0;
            return rc;
        }
    }
    enum up_rc rc = send_ids(c, "add", c->add, err);
    if (rc != UP_OK && json_array_size(c->remove) > 0)
        err->changed = true;
    return rc;
}

/* ---- teams in the user's record ------------------------------------------ */

/* `has`, a list of team ids, with or without this team. New. */
static json_t *list_with(const struct change *c, const json_t *has, bool join)
{
    json_t *list = json_array(), *one;
    size_t i;
    json_array_foreach (has, i, one) {
        char *text = select_text(one);
        if (text != NULL && strcmp(text, c->id) != 0)
            (void)json_array_append(list, one);
        free(text);
    }
    if (join)
        (void)json_array_append_new(list, provider_id(&c->p->team_ids, c->id));
    return list;
}

/* `has`, an object keyed by team id, with or without this team. New. */
static json_t *map_with(const struct change *c, const json_t *has, bool join)
{
    json_t *map =
        json_is_object(has) ? json_copy((json_t *)has) : json_object();
    if (join)
        (void)json_object_set(
            map, c->id, (json_t *)provider_json(c->p, "group.members.value"));
    else
        (void)json_object_del(map, c->id);
    return map;
}

static enum up_rc write_user(struct change *c, const char *user, json_t *teams,
                             const struct up_user *now, struct up_error *err)
{
    struct sending s;
    struct op_result result = {0};
    const char *op = provider_text(c->p, "group.members.op");
    const json_t *role = now->role == NULL ? NULL : role_named(c->p, now->role);
    json_t *changes = json_object();
    (void)select_put(changes, provider_text(c->p, "group.members.path"), teams);
    enum up_rc rc = UP_OK;
    if (!engine_can(c->p->engine, op))
        rc = provider_lacks(err, "change the teams of a user");
    bool ready = sending_init(&s, c->p, user, now->user, role, false) &&
                 json_object_set(s.own, "changes", changes) == 0;
    if (rc == UP_OK && !ready)
        rc = provider_memory(err);
    if (rc == UP_OK)
        rc = sending_run(c->p, c->call, op, &s, &result, err);
    if (rc == UP_OK)
        plan_user_field(c->p, c->call, user,
                        provider_text(c->p, "group.members.path"), teams);
    op_result_clear(&result);
    sending_clear(&s);
    json_decref(changes);
    return rc;
}

static enum up_rc move_user(struct change *c, const char *user, bool join,
                            struct up_error *err)
{
    struct up_user now = {0};
    json_t *record = NULL;
    bool map =
        strcmp(provider_text(c->p, "group.members.style"), "user_map") == 0;
    enum up_rc rc = user_fetch(c->p, c->call, user, &now, &record, err);
    if (rc == UP_NOT_FOUND) {
        (void)snprintf(err->existing_id, sizeof err->existing_id, "%s", user);
        err->rc = rc = join ? UP_INVALID : UP_OK;
    } else if (rc == UP_OK) {
        const json_t *has = select_path(
            provider_under(json_object_get(c->p->profile, "user"), record),
            provider_text(c->p, "group.members.path"));
        rc = write_user(c, user,
                        map ? map_with(c, has, join) : list_with(c, has, join),
                        &now, err);
    }
    up_user_clear(&now);
    json_decref(record);
    return rc;
}

static enum up_rc by_user(struct change *c, struct up_error *err)
{
    const json_t *lists[] = {c->remove, c->add};
    size_t i, done = 0;
    json_t *user;
    for (size_t join = 0; join < 2; join++)
        json_array_foreach (lists[join], i, user) {
            enum up_rc rc =
                move_user(c, json_string_value(user), join == 1, err);
            if (rc != UP_OK) {
                err->changed = err->changed || done > 0;
                return rc;
            }
            done++;
        }
    return UP_OK;
}

/* ---- what came of it ----------------------------------------------------- */

/* The first of the users who is not there any more; NULL: all are. */
static const char *missing_user(struct change *c, const json_t *users)
{
    size_t i;
    json_t *one;
    json_array_foreach (users, i, one) {
        struct up_user now = {0};
        struct up_error ignored;
        const char *id = json_string_value(one);
        enum up_rc rc = user_fetch(c->p, c->call, id, &now, NULL, &ignored);
        up_user_clear(&now);
        if (rc == UP_NOT_FOUND)
            return id;
    }
    return NULL;
}

static enum up_rc user_gone(const char *id, bool changed, struct up_error *err)
{
    (void)provider_fail(err, UP_INVALID,
                        "The helpdesk has no account %.100s any more; it "
                        "cannot be a member.",
                        id);
    (void)snprintf(err->field, sizeof err->field, "members");
    (void)snprintf(err->existing_id, sizeof err->existing_id, "%s", id);
    err->changed = changed;
    return UP_INVALID;
}

/* How many of those who should be there are not, and the other way. */
static size_t wrong_ones(const struct change *c, const json_t *now)
{
    json_t *missing = pick(c->add, now, false);
    json_t *staying = pick(c->remove, now, true);
    size_t wrong = json_array_size(missing) + json_array_size(staying);
    json_decref(missing);
    json_decref(staying);
    return wrong;
}

/* "Not found" may mean the team, or one of the users; and a repeat may be
 * refused because the call before it, whose answer was lost, did the work. */
static enum up_rc diagnose(struct change *c, struct up_error *err)
{
    struct up_team team = {0};
    struct up_error why = *err, ignored;
    if (why.rc == UP_INVALID && why.existing_id[0] != '\0')
        return user_gone(why.existing_id, why.changed, err);
    enum up_rc team_rc =
        team_fetch(c->p, c->call, c->id, &team, NULL, &ignored);
    bool done = team_rc == UP_OK && team.members != NULL &&
                wrong_ones(c, team.members) == 0;
    up_team_clear(&team);
    if (done)
        return UP_OK;
    if (team_rc == UP_NOT_FOUND)
        return provider_fail(err, UP_NOT_FOUND,
                             "The helpdesk no longer has this team.");
    const char *gone = team_rc == UP_OK ? missing_user(c, c->add) : NULL;
    if (gone != NULL)
        return user_gone(gone, why.changed, err);
    if (why.rc == UP_NOT_FOUND)
        err->rc = UP_FAILED;
    return err->rc;
}

static enum up_rc confirm(struct change *c, struct up_error *err)
{
    json_t *now = NULL;
    enum up_rc rc = up_members(c->p, c->call, c->id, &now, err);
    if (rc != UP_OK) {
        err->changed = true;
        return rc;
    }
    json_t *missing = pick(c->add, now, false);
    json_t *staying = pick(c->remove, now, true);
    size_t wrong = json_array_size(missing) + json_array_size(staying);
    const char *gone = wrong > 0 ? missing_user(c, missing) : NULL;
    if (gone != NULL)
        rc = user_gone(gone, true, err);
    else if (wrong > 0) {
        rc = provider_fail(err, UP_FAILED,
                           "The helpdesk answered that the members were "
                           "changed, and %zu of them were not.",
                           wrong);
        err->changed = true;
    }
    json_decref(now);
    json_decref(missing);
    json_decref(staying);
    return rc;
}

static enum up_rc send(struct change *c, const char *style,
                       struct up_error *err)
{
    if (strcmp(style, "delta") == 0)
        return by_delta(c, err);
    if (strcmp(style, "replace") == 0)
        return by_replace(c, err);
    if (strcmp(style, "link") == 0)
        return by_link(c, err);
    return by_user(c, err);
}

static enum up_rc change(struct change *c, const char *style, const json_t *add,
                         const json_t *remove, struct up_error *err)
{
    struct up_error read_error;
    enum up_rc rc = plan(c, add, remove, err);
    if (rc != UP_OK ||
        json_array_size(c->add) + json_array_size(c->remove) == 0)
        return rc;
    plan_why(c->call, "The team's members are to change: %zu join, %zu leave.",
             json_array_size(c->add), json_array_size(c->remove));
    rc = send(c, style, err);
    if (rc == UP_OK)
        plan_members_now(c->call, c->id, c->now, c->add, c->remove);
    if (rc == UP_NOT_FOUND || rc == UP_INVALID)
        return diagnose(c, err);
    if (rc != UP_OK && rc != UP_UNKNOWN)
        return rc;
    enum up_rc read = confirm(c, &read_error);
    if (rc == UP_OK && read != UP_OK)
        *err = read_error;
    return rc == UP_OK || read == UP_OK ? read : rc;
}

enum up_rc up_members_change(struct provider *p, struct up_call *call,
                             const char *id, const json_t *add,
                             const json_t *remove, struct up_error *err)
{
    struct change c = {.p = p, .call = call, .id = id};
    const char *style = provider_text(p, "group.members.style");
    if (style == NULL)
        return provider_lacks(err, "change the members of a team");
    bool alone = strcmp(style, "delta") != 0 && strcmp(style, "link") != 0;
    if (alone)
        (void)pthread_mutex_lock(&p->members_lock);
    enum up_rc rc = change(&c, style, add, remove, err);
    if (alone)
        (void)pthread_mutex_unlock(&p->members_lock);
    change_clear(&c);
    return rc;
}
