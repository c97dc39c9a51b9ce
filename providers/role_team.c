/*
 * providers/role_team.c - a role that is membership of a native team
 *
 * Teams are known by name; their ids are looked up once and remembered, and
 * looked up again when one is not among them or is gone.
 */
#include "providers/provider_internal.h"

#include <stdlib.h>
#include <string.h>

static const char *team_name(const json_t *role)
{
    return json_string_value(json_object_get(role, "team"));
}

bool role_teams_used(struct provider *p)
{
    size_t i;
    json_t *role;
    json_array_foreach (staff_of(p)->roles, i, role) {
        if (role_is_team(role))
            return true;
    }
    return false;
}

/* ---- ids ----------------------------------------------------------------- */

/* The native name of a team's row. */
static char *name_of(const struct provider *p, const json_t *row)
{
    const json_t *group = json_object_get(p->profile, "group");
    json_t *shown = map_read(&p->teams, provider_under(group, row), true, NULL);
    const char *name = json_string_value(json_object_get(shown, "displayName"));
    char *copy = name == NULL ? NULL : strdup(name);
    json_decref(shown);
    return copy;
}

static enum up_rc read_teams(struct provider *p, struct up_call *call,
                             struct up_error *err)
{
    struct vars none = {.count = 0};
    struct op_result result;
    enum up_rc rc =
        provider_run(p, call, &p->teams, "teams.list", &none, &result, err);
    const char *id_path = provider_text(p, "group.id");
    size_t i;
    json_t *row;
    if (rc == UP_OK) {
        json_decref(p->role_teams);
        p->role_teams = json_object();
    }
    json_array_foreach (result.records, i, row) {
        char *name = name_of(p, row);
        json_t *id = select_path(row, id_path);
        if (name != NULL && id != NULL)
            (void)json_object_set(p->role_teams, name, id);
        free(name);
    }
    op_result_clear(&result);
    return rc;
}

enum up_rc role_team_id(struct provider *p, struct up_call *call,
                        const char *name, json_t **id, struct up_error *err)
{
    enum up_rc rc = UP_OK;
    *id = NULL;
    (void)pthread_mutex_lock(&p->lock);
    if (json_object_get(p->role_teams, name) == NULL)
        rc = read_teams(p, call, err);
    if (rc == UP_OK)
        *id = json_incref(json_object_get(p->role_teams, name));
    (void)pthread_mutex_unlock(&p->lock);
    if (rc == UP_OK && *id == NULL)
        rc = provider_fail(err, UP_FAILED,
                           "The helpdesk has no team \"%s\", whose members the "
                           "profile takes for a role.",
                           name);
    return rc;
}

void role_team_forget(struct provider *p)
{
    (void)pthread_mutex_lock(&p->lock);
    json_decref(p->role_teams);
    p->role_teams = NULL;
    (void)pthread_mutex_unlock(&p->lock);
}

/* ---- reading ------------------------------------------------------------- */

static enum up_rc members_of(struct provider *p, struct up_call *call,
                             const json_t *role, json_t **ids,
                             struct up_error *err)
{
    json_t *id = NULL;
    enum up_rc rc = role_team_id(p, call, team_name(role), &id, err);
    char *text = select_text(id);
    json_decref(id);
    if (rc == UP_OK)
        rc = up_members(p, call, text, ids, err);
    if (rc == UP_NOT_FOUND) {
        role_team_forget(p);
        rc = provider_fail(err, UP_FAILED,
                           "The team \"%s\", whose members the profile takes "
                           "for a role, is gone.",
                           team_name(role));
    }
    free(text);
    return rc;
}

enum up_rc role_team_members(struct provider *p, struct up_call *call,
                             json_t **roles, struct up_error *err)
{
    enum up_rc rc = UP_OK;
    size_t i, j;
    json_t *role, *id;
    *roles = json_object();
    json_array_foreach (staff_of(p)->roles, i, role) {
        json_t *ids = NULL;
        if (!role_is_team(role))
            continue;
        rc = members_of(p, call, role, &ids, err);
        json_array_foreach (ids, j, id) {
            const char *user = json_string_value(id);
            if (json_object_get(*roles, user) == NULL)
                (void)json_object_set(*roles, user,
                                      json_object_get(role, "scim"));
        }
        json_decref(ids);
        if (rc != UP_OK)
            break;
    }
    if (rc != UP_OK) {
        json_decref(*roles);
        *roles = NULL;
    }
    return rc;
}

static bool among(const json_t *ids, const char *id)
{
    size_t i;
    json_t *one;
    bool found = false;
    json_array_foreach (ids, i, one) {
        char *text = select_text(one);
        found = found || (text != NULL && id != NULL && strcmp(text, id) == 0);
        free(text);
    }
    return found;
}

/* By the team ids that the user's own record has. */
static enum up_rc by_record(struct provider *p, struct up_call *call,
                            const json_t *ids, const json_t **role,
                            struct up_error *err)
{
    enum up_rc rc = UP_OK;
    size_t i;
    json_t *one;
    json_array_foreach (staff_of(p)->roles, i, one) {
        json_t *id = NULL;
        if (!role_is_team(one))
            continue;
        rc = role_team_id(p, call, team_name(one), &id, err);
        char *text = select_text(id);
        bool held = rc == UP_OK && among(ids, text);
        free(text);
        json_decref(id);
        if (held)
            *role = one;
        if (held || rc != UP_OK)
            break;
    }
    return rc;
}

enum up_rc role_team_of(struct provider *p, struct up_call *call,
                        const char *user_id, const json_t *body,
                        const json_t **role, struct up_error *err)
{
    const char *path = provider_text(p, "user.roles.member_of");
    json_t *all = NULL;
    *role = NULL;
    if (path != NULL) {
        json_t *ids = select_all(body, path);
        enum up_rc rc = by_record(p, call, ids, role, err);
        json_decref(ids);
        return rc;
    }
    enum up_rc rc = role_team_members(p, call, &all, err);
    if (rc == UP_OK)
        *role = role_named(p, json_string_value(json_object_get(all, user_id)));
    json_decref(all);
    return rc;
}

/* ---- giving -------------------------------------------------------------- */

static bool sends_single(const struct provider *p)
{
    const char *style = provider_text(p, "group.members.style");
    return style != NULL && strcmp(style, "delta") == 0;
}

/* `told`: the ids of the user's teams, or NULL: not known. */
static enum up_rc move(struct provider *p, struct up_call *call,
                       const json_t *role, const char *user_id,
                       const json_t *told, bool join, struct up_error *err)
{
    json_t *id = NULL, *users = json_pack("[s]", user_id);
    enum up_rc rc = role_team_id(p, call, team_name(role), &id, err);
    char *team = select_text(id);
    if (rc == UP_OK && told == NULL)
        rc = up_members_change(p, call, team, join ? users : NULL,
                               join ? NULL : users, err);
    else if (rc == UP_OK && among(told, team) != join)
        rc = member_send(p, call, team, user_id, join, err);
    if (rc == UP_NOT_FOUND)
        role_team_forget(p);
    free(team);
    json_decref(id);
    json_decref(users);
    return rc;
}

static enum up_rc move_all(struct provider *p, struct up_call *call,
                           const char *user_id, const json_t *told,
                           const json_t *role, struct up_error *err)
{
    size_t i;
    json_t *other;
    json_array_foreach (staff_of(p)->roles, i, other) {
        if (other == role || !role_is_team(other))
            continue;
        enum up_rc rc = move(p, call, other, user_id, told, false, err);
        if (rc != UP_OK)
            return rc;
    }
    if (!role_is_team(role))
        return UP_OK;
    enum up_rc rc = move(p, call, role, user_id, told, true, err);
    if (rc != UP_OK)
        err->changed = true;
    return rc;
}

enum up_rc role_team_set(struct provider *p, struct up_call *call,
                         const char *user_id, const json_t *body,
                         const json_t *role, struct up_error *err)
{
    const char *path = provider_text(p, "user.roles.member_of");
    json_t *told = path != NULL && body != NULL && sends_single(p)
                       ? select_all(body, path)
                       : NULL;
    enum up_rc rc = move_all(p, call, user_id, told, role, err);
    json_decref(told);
    return rc;
}
