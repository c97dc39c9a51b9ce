/*
 * test/sim/kustomer_teams.c - teams and who is in them
 */
#include "test/sim/kustomer_internal.h"

#include <string.h>

enum { NAME_MOST = 256 };

static const char *const known_create[] = {
    "name",       "displayName", "icon",       "members",
    "externalId", "createdAt",   "importedAt", NULL};
static const char *const known_update[] = {
    "name", "displayName", "icon", "members", "createdAt", "deleted", NULL};
static const char *const known_members[] = {"members", NULL};

int64_t ks_team_by_name(const struct world *w, const char *name)
{
    const struct table *t = &w->tables[KS_TEAMS];

    for (size_t i = 0; i < t->count; i++) {
        json_t *team = table_get(t, t->rows[i].id);
        bool found = !ks_deactivated(team) &&
                     (strcmp(ks_text(team, "name"), name) == 0 ||
                      strcmp(ks_text(team, "id"), name) == 0);
        json_decref(team);
        if (found)
            return t->rows[i].id;
    }
    return 0;
}

void ks_teams_list(struct world *w, const struct request *r, struct answer *a)
{
    const struct table *t = &w->tables[KS_TEAMS];
    struct ks_list list = {.table = KS_TEAMS};

    for (size_t i = 0; i < t->count; i++) {
        json_t *team = table_get(t, t->rows[i].id);
        if (!ks_deactivated(team) || KS_IS(w, TEAMS_LIST, "all"))
            ks_list_add(&list, t->rows[i].id);
        json_decref(team);
    }
    ks_page(w, r, &list, a);
}

static json_t *team_of(struct world *w, const struct request *r,
                       int64_t *number, struct answer *a)
{
    json_t *team = ks_named(w, r, KS_TEAMS, number, a);

    if (team && ks_deactivated(team) && KS_IS(w, TEAM_DELETED, "404")) {
        json_decref(team);
        ks_error(w, a, 404, "team not found");
        return NULL;
    }
    return team;
}

void ks_teams_get(struct world *w, const struct request *r, struct answer *a)
{
    int64_t number = 0;
    json_t *team = team_of(w, r, &number, a);

    if (team != NULL)
        ks_data(a, 200, ks_view(w, KS_TEAMS, team));
    json_decref(team);
}

/* ---- members ------------------------------------------------------------ */

/* The members of a body that may be members, new; NULL: refused. */
static json_t *members_of(struct world *w, const json_t *list, bool adding,
                          struct answer *a)
{
    json_t *kept = json_array(), *one = NULL;
    size_t i = 0;

    if (!json_is_array(list)) {
        ks_bad_value(w, a, "members", "must be a list of ids");
        json_decref(kept);
        return NULL;
    }
    json_array_foreach (list, i, one) {
        const char *id = json_is_string(one) ? json_string_value(one) : "";
        json_t *user =
            table_get(&w->tables[KS_USERS], ks_find(w, KS_USERS, id));
        bool gone = user != NULL && adding && ks_deactivated(user) &&
                    KS_IS(w, DEACTIVATED_MEMBER, "400");
        bool unknown = user == NULL;
        json_decref(user);
        if (gone || (unknown && KS_IS(w, UNKNOWN_MEMBER, "400"))) {
            ks_error_at(w, a, 400, "unknown member", "members");
            json_decref(kept);
            return NULL;
        }
        if (!unknown && !ks_has(kept, id))
            json_array_append(kept, one);
    }
    return kept;
}

/* Adds or removes; false: refused, and nothing was changed. */
static bool change_members(struct world *w, json_t *team, const json_t *ids,
                           bool add, struct answer *a)
{
    json_t *members = json_object_get(team, "members"), *one = NULL;
    size_t i = 0;

    json_array_foreach (ids, i, one) {
        if (ks_has(members, json_string_value(one)) == add &&
            KS_IS(w, MEMBER_NOOP, "400")) {
            ks_error_at(w, a, 400, add ? "already a member" : "not a member",
                        "members");
            return false;
        }
    }
    json_array_foreach (ids, i, one) {
        const char *id = json_string_value(one);
        if (add && !ks_has(members, id))
            json_array_append(members, one);
        else if (!add)
            (void)ks_remove(members, id);
    }
    return true;
}

static void members(struct world *w, const struct request *r, bool add,
                    struct answer *a)
{
    json_t *body = ks_body(w, r, false, a), *ids = NULL;
    int64_t number = 0;

    if (body == NULL)
        return;
    json_t *team = ks_fields_known(w, body, known_members, a)
                       ? team_of(w, r, &number, a)
                       : NULL;
    json_t *before = json_deep_copy(team);
    if (team != NULL)
        ids = members_of(w, json_object_get(body, "members"), add, a);
    if (ids != NULL && change_members(w, team, ids, add, a)) {
        ks_team_changed(w, team, before, ks_caller(w));
        ks_data(a, 200, ks_view(w, KS_TEAMS, team));
    }
    json_decref(ids);
    json_decref(before);
    json_decref(team);
    json_decref(body);
}

void ks_members_add(struct world *w, const struct request *r, struct answer *a)
{
    members(w, r, true, a);
}

void ks_members_remove(struct world *w, const struct request *r,
                       struct answer *a)
{
    members(w, r, false, a);
}

/* ---- the team itself ------------------------------------------------------
 */

void ks_team_changed(struct world *w, json_t *team, const json_t *before,
                     const char *by)
{
    ks_touch(w, team, by);
    table_put(&w->tables[KS_TEAMS], ks_find(w, KS_TEAMS, ks_text(team, "id")),
              team);
    ks_event(w, KS_TEAMS, team, before);
}

json_t *ks_team_new(struct world *w, const json_t *fields, const char *by)
{
    json_t *team =
        json_pack("{s:O, s:O}", "name", json_object_get(fields, "name"),
                  "displayName", json_object_get(fields, "name"));
    const json_t *members = json_object_get(fields, "members");
    json_t *shown = json_object_get(fields, "displayName");
    json_t *icon = json_object_get(fields, "icon");
    json_t *outside = json_object_get(fields, "externalId");

    if (json_is_string(shown))
        json_object_set(team, "displayName", shown);
    json_object_set_new(team, "icon", icon ? json_incref(icon) : json_null());
    json_object_set_new(team, "members",
                        members ? json_deep_copy(members) : json_array());
    json_object_set_new(team, "roleGroups", json_array());
    json_object_set_new(team, "deleted", json_false());
    json_object_set_new(team, "deletedAt", json_null());
    int64_t number = ks_new_id(w, KS_TEAMS, team);
    ks_made(w, team, by);
    json_object_set_new(team, "_externalId",
                        outside ? json_incref(outside) : json_null());
    table_put(&w->tables[KS_TEAMS], number, team);
    ks_event(w, KS_TEAMS, team, NULL);
    return team;
}

/* Characters, not bytes. */
static size_t length(const char *text)
{
    size_t n = 0;

    for (; *text != '\0'; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

/* The name is there where it must be, is not too long and not taken. */
static bool name_good(struct world *w, const json_t *body, bool needed,
                      const char *own, struct answer *a)
{
    const json_t *name = json_object_get(body, "name");
    const char *text = ks_text(body, "name");

    if (name == NULL && !needed)
        return true;
    if (text[0] == '\0' || length(text) > NAME_MOST ||
        length(ks_text(body, "displayName")) > NAME_MOST) {
        ks_bad_value(w, a, "name", "is required, of at most 256 characters");
        return false;
    }
    int64_t other = ks_team_by_name(w, text);
    if (other != 0 && KS_IS(w, TEAM_NAME, "unique") &&
        other != ks_find(w, KS_TEAMS, own)) {
        ks_error_at(w, a, 409, "team name already in use", "name");
        return false;
    }
    return true;
}

void ks_teams_create(struct world *w, const struct request *r, struct answer *a)
{
    json_t *body = ks_body(w, r, false, a), *ids = NULL;

    if (body == NULL)
        return;
    bool good = ks_fields_known(w, body, known_create, a) &&
                name_good(w, body, true, "", a);
    if (good && json_object_get(body, "members")) {
        ids = members_of(w, json_object_get(body, "members"), true, a);
        good = ids != NULL;
    }
    if (good) {
        if (ids)
            json_object_set(body, "members", ids);
        json_t *team = ks_team_new(w, body, ks_caller(w));
        ks_data(a, 201, ks_view(w, KS_TEAMS, team));
        json_decref(team);
    }
    json_decref(ids);
    json_decref(body);
}

static void merge(struct world *w, json_t *team, const json_t *body)
{
    static const char *const plain[] = {"name", "displayName", "icon"};
    json_t *deleted = json_object_get(body, "deleted");

    for (size_t i = 0; i < KS_COUNT(plain); i++) {
        json_t *value = json_object_get(body, plain[i]);
        if (value != NULL)
            json_object_set(team, plain[i], value);
    }
    if (deleted != NULL) {
        bool off = json_is_true(deleted);
        json_object_set_new(team, "deleted", json_boolean(off));
        json_object_set_new(team, "deletedAt", off ? ks_now(w) : json_null());
    }
}

static void change(struct world *w, const struct request *r, bool whole,
                   struct answer *a)
{
    json_t *body = ks_body(w, r, false, a), *ids = NULL;
    int64_t number = 0;

    if (body == NULL)
        return;
    bool good = ks_fields_known(w, body, known_update, a) &&
                name_good(w, body, whole, r->arg[0], a);
    json_t *team = good ? team_of(w, r, &number, a) : NULL;
    json_t *before = json_deep_copy(team);
    good = team != NULL;
    if (good && json_object_get(body, "members")) {
        ids = members_of(w, json_object_get(body, "members"), true, a);
        good = ids != NULL;
    }
    if (good) {
        merge(w, team, body);
        if (ids)
            json_object_set(team, "members", ids);
        ks_team_changed(w, team, before, ks_caller(w));
        ks_data(a, 200, ks_view(w, KS_TEAMS, team));
    }
    json_decref(ids);
    json_decref(before);
    json_decref(team);
    json_decref(body);
}

void ks_teams_put(struct world *w, const struct request *r, struct answer *a)
{
    change(w, r, true, a);
}

void ks_teams_patch(struct world *w, const struct request *r, struct answer *a)
{
    change(w, r, false, a);
}

void ks_teams_delete(struct world *w, const struct request *r, struct answer *a)
{
    int64_t number = 0;
    json_t *team = ks_named(w, r, KS_TEAMS, &number, a);

    if (team == NULL)
        return;
    if (ks_deactivated(team)) {
        ks_error(w, a, 404, "team not found");
    } else {
        json_object_set_new(team, "deleted", json_true());
        json_object_set_new(team, "deletedAt", ks_now(w));
        json_object_set_new(team, "_deletedBy", json_string(ks_caller(w)));
        ks_touch(w, team, ks_caller(w));
        table_put(&w->tables[KS_TEAMS], number, team); /* and no event */
        answer_none(a, 204);
    }
    json_decref(team);
}
