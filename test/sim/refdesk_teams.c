/*
 * test/sim/refdesk_teams.c - the calls of refdesk that concern teams
 */
#include "test/sim/refdesk_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEAM_NAME_MAX = 100, DESCRIPTION_MAX = 1000 };

static bool rule_team_name(const struct world *w, const json_t *name,
                           int64_t self, struct problem *p)
{
    size_t len = json_string_length(name);

    if (len == 0 || len > TEAM_NAME_MAX)
        return problem_set(p, 422, "invalid_name", "name",
                           "A team's name is a text of 1 to %d bytes.",
                           TEAM_NAME_MAX);
    int64_t other = refdesk_team_by_name(w, json_string_value(name));
    if (other != 0 && other != self) {
        (void)problem_set(p, 409, "team_exists", "name",
                          "Another team has this name.");
        p->id = other;
        return false;
    }
    return true;
}

static bool rule_description(const json_t *text, struct problem *p)
{
    if (text == NULL || json_is_null(text) ||
        (json_is_string(text) && json_string_length(text) <= DESCRIPTION_MAX))
        return true;
    return problem_set(p, 422, "invalid_value", "description",
                       "A description is a text of at most %d bytes.",
                       DESCRIPTION_MAX);
}

void refdesk_teams_list(struct world *w, const struct request *r,
                        struct answer *a)
{
    struct listing list = {.table = &w->tables[TEAMS], .whole = true};

    refdesk_page(w, r, &list, a);
}

void refdesk_teams_get(struct world *w, const struct request *r,
                       struct answer *a)
{
    int64_t id = 0;
    json_t *team = refdesk_team_of(w, r, &id, a);

    if (team)
        refdesk_data(a, 200, team);
}

void refdesk_teams_create(struct world *w, const struct request *r,
                          struct answer *a)
{
    const json_t *name = json_object_get(r->json, "name");
    const json_t *description = json_object_get(r->json, "description");
    struct problem p;

    if (!rule_team_name(w, name, 0, &p) || !rule_description(description, &p)) {
        refdesk_refuse(a, &p);
        return;
    }
    refdesk_data(a, 201,
                 refdesk_team_new(w, json_string_value(name),
                                  json_string_value(description)));
}

static bool change_member(const struct world *w, int64_t id, json_t *team,
                          const char *key, json_t *value, struct problem *p)
{
    if (strcmp(key, "name") == 0) {
        if (!rule_team_name(w, value, id, p))
            return false;
    } else if (strcmp(key, "description") == 0) {
        if (!rule_description(value, p))
            return false;
    } else {
        return problem_set(p, 422, "invalid_field", key,
                           "This field cannot be changed.");
    }
    json_object_set(team, key, value);
    return true;
}

void refdesk_teams_patch(struct world *w, const struct request *r,
                         struct answer *a)
{
    int64_t id = 0;
    json_t *team = refdesk_team_of(w, r, &id, a);
    const char *key = NULL;
    json_t *value = NULL;
    struct problem p;

    if (team == NULL)
        return;
    json_object_foreach (r->json, key, value) {
        if (!change_member(w, id, team, key, value, &p)) {
            json_decref(team);
            refdesk_refuse(a, &p);
            return;
        }
    }
    json_object_set_new(team, "updated_at", world_time_json(world_now(w)));
    table_put(&w->tables[TEAMS], id, team);
    refdesk_data(a, 200, team);
}

void refdesk_teams_delete(struct world *w, const struct request *r,
                          struct answer *a)
{
    int64_t id = 0;
    json_t *team = refdesk_team_of(w, r, &id, a);

    if (team == NULL)
        return;
    json_decref(team);
    refdesk_team_drop(w, id);
    answer_none(a, 204);
}

static json_t *member_view(const struct world *w, json_t *user)
{
    json_t *seen = json_object();

    (void)w;
    json_object_set(seen, "id", json_object_get(user, "id"));
    json_object_set(seen, "email", json_object_get(user, "email"));
    json_object_set(seen, "name", json_object_get(user, "name"));
    json_decref(user);
    return seen;
}

void refdesk_members_list(struct world *w, const struct request *r,
                          struct answer *a)
{
    int64_t id = 0;
    json_t *team = refdesk_team_of(w, r, &id, a);
    struct listing list = {.table = &w->tables[USERS], .view = member_view};
    char key[24];

    if (team == NULL)
        return;
    json_decref(team);
    (void)snprintf(key, sizeof(key), "%" PRId64, id);
    list.ids = table_where(list.table, USERS_BY_TEAM, key, &list.count);
    refdesk_page(w, r, &list, a);
}

/* All ids must be users; one that is not is a 404 like that of the team. */
static bool all_users(const struct world *w, const json_t *ids,
                      struct problem *p)
{
    const json_t *id = NULL;
    size_t i = 0;

    if (!json_is_array(ids))
        return problem_set(p, 422, "invalid_value", "user_ids",
                           "user_ids is a list of user ids.");
    if (json_array_size(ids) > MEMBER_BATCH_MAX)
        return problem_set(p, 422, "too_many", "user_ids",
                           "At most %d users at a time.", MEMBER_BATCH_MAX);
    json_array_foreach (ids, i, id) {
        if (!json_is_integer(id) ||
            table_text(&w->tables[USERS], json_integer_value(id)) == NULL)
            return problem_set(p, 404, "not_found", "user_ids",
                               "Element %zu of user_ids is no user.", i);
    }
    return true;
}

void refdesk_members_add(struct world *w, const struct request *r,
                         struct answer *a)
{
    int64_t id = 0;
    json_t *team = refdesk_team_of(w, r, &id, a);
    const json_t *ids = json_object_get(r->json, "user_ids");
    const json_t *user = NULL;
    size_t i = 0;
    struct problem p;

    if (team == NULL)
        return;
    json_decref(team);
    if (!all_users(w, ids, &p)) {
        refdesk_refuse(a, &p);
        return;
    }
    json_array_foreach (ids, i, user)
        (void)refdesk_join(w, json_integer_value(user), id);
    answer_none(a, 204);
}

void refdesk_members_remove(struct world *w, const struct request *r,
                            struct answer *a)
{
    int64_t id = 0, user = 0;
    json_t *team = refdesk_team_of(w, r, &id, a);

    if (team == NULL)
        return;
    json_decref(team);
    if (request_id(r, 1, &user) && refdesk_leave(w, user, id))
        answer_none(a, 204);
    else
        refdesk_missing(a, "member", r->arg[1]);
}
