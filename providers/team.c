/*
 * providers/team.c - reading teams
 */
#include "providers/plan.h"
#include "providers/provider_internal.h"

#include <stdlib.h>
#include <string.h>

void up_team_clear(struct up_team *t)
{
    free(t->id);
    json_decref(t->group);
    free(t->identity);
    json_decref(t->unknown);
    json_decref(t->members);
    *t = (struct up_team){0};
}

/* ---- one record ---------------------------------------------------------- */

/* Texts of the ids at `read`: the path of a list, or of its elements. */
static json_t *members_of(const struct provider *p, const json_t *body,
                          bool full)
{
    const char *path = provider_text(p, "group.members.read");
    if (path == NULL)
        return NULL;
    json_t *found = select_all(body, path), *ids = json_array(), *one, *inner;
    size_t i, j;
    json_array_foreach (found, i, one) {
        char *text = select_text(one);
        if (text != NULL)
            (void)json_array_append_new(ids, json_string(text));
        free(text);
        json_array_foreach (one, j, inner) {
            text = select_text(inner);
            if (text != NULL)
                (void)json_array_append_new(ids, json_string(text));
            free(text);
        }
    }
    bool told = full || json_array_size(found) > 0;
    json_decref(found);
    if (told)
        return ids;
    json_decref(ids);
    return NULL;
}

static bool fill(struct provider *p, const json_t *body, bool full,
                 struct up_team *out, bool *doubt)
{
    const json_t *block = json_object_get(p->profile, "group");
    const json_t *scope = json_object_get(block, "in_scope");
    enum when_result in =
        scope == NULL ? WHEN_TRUE : when_holds(scope, body, NULL, full);
    out->in_scope = in == WHEN_TRUE;
    if (in == WHEN_UNKNOWN)
        *doubt = true;
    out->identity = provider_identity(block, &p->teams, body, full, doubt);
    out->members = members_of(p, body, full);
    out->group = map_read(&p->teams, body, full, full ? NULL : &out->unknown);
    return out->group != NULL;
}

enum up_rc team_from_record(struct provider *p, const json_t *record, bool full,
                            struct up_team *out, bool *doubt,
                            struct up_error *err)
{
    const json_t *id = select_path(record, provider_text(p, "group.id"));
    *out = (struct up_team){.full = full};
    *doubt = false;
    out->id = select_text(id);
    if (out->id == NULL || *out->id == '\0') {
        up_team_clear(out);
        (void)provider_fail(err, UP_FAILED,
                            "A team that the helpdesk told has no id (\"%s\").",
                            provider_text(p, "group.id"));
        return UP_FAILED;
    }
    provider_learn_id(&p->team_ids, id);
    if (fill(p, provider_under(json_object_get(p->profile, "group"), record),
             full, out, doubt))
        return UP_OK;
    up_team_clear(out);
    (void)provider_memory(err);
    return UP_FAILED;
}

/* ---- by id --------------------------------------------------------------- */

/* Without teams.get a team is a row of teams.list. New; NULL: *rc says. */
static json_t *from_list(struct provider *p, struct up_call *call,
                         const char *id, enum up_rc *rc, struct up_error *err)
{
    struct vars none = {.count = 0};
    struct op_result result;
    json_t *found = NULL, *row;
    size_t i;
    *rc = provider_run(p, call, &p->teams, "teams.list", &none, &result, err);
    json_array_foreach (result.records, i, row) {
        char *one = select_text(select_path(row, provider_text(p, "group.id")));
        if (found == NULL && one != NULL && strcmp(one, id) == 0)
            found =
                provider_assume(row, json_array_get(result.assumed, i), false);
        free(one);
    }
    op_result_clear(&result);
    if (*rc == UP_OK && found == NULL)
        *rc = provider_fail(err, UP_NOT_FOUND,
                            "The helpdesk does not list this team.");
    return found;
}

static json_t *from_get(struct provider *p, struct up_call *call,
                        const char *id, enum up_rc *rc, struct up_error *err)
{
    json_t *own = json_pack("{s:o}", "id", provider_id(&p->team_ids, id));
    struct vars v = {.scope = {own}, .count = 1};
    struct op_result result;
    *rc = provider_run(p, call, &p->teams, "teams.get", &v, &result, err);
    json_t *record = json_incref(result.record);
    if (*rc == UP_OK && record == NULL)
        *rc = provider_fail(err, UP_FAILED,
                            "The helpdesk answered without the team's record.");
    op_result_clear(&result);
    json_decref(own);
    return record;
}

enum up_rc team_fetch(struct provider *p, struct up_call *call, const char *id,
                      struct up_team *out, json_t **record,
                      struct up_error *err)
{
    enum up_rc rc = UP_OK;
    bool doubt;
    *out = (struct up_team){0};
    if (!p->has_group || !engine_can(p->engine, "teams.list"))
        return provider_lacks(err, "tell its teams");
    if (plan_team_gone(call, id))
        return provider_fail(err, UP_NOT_FOUND, "The team is deleted.");
    json_t *found = plan_team_told(call, id);
    if (found == NULL)
        found = engine_can(p->engine, "teams.get")
                    ? from_get(p, call, id, &rc, err)
                    : from_list(p, call, id, &rc, err);
    if (rc == UP_OK)
        plan_team_now(call, id, found);
    if (rc == UP_OK)
        rc = team_from_record(p, found, true, out, &doubt, err);
    if (rc == UP_OK && record != NULL)
        *record = json_incref(found);
    json_decref(found);
    return rc;
}

/* A team out of scope is none: a disabled one, or one of another kind. */
enum up_rc up_team_get(struct provider *p, struct up_call *call, const char *id,
                       struct up_team *out, struct up_error *err)
{
    enum up_rc rc = team_fetch(p, call, id, out, NULL, err);
    if (rc != UP_OK || out->in_scope)
        return rc;
    up_team_clear(out);
    return provider_fail(err, UP_NOT_FOUND,
                         "The helpdesk has removed this team.");
}

/* ---- lists --------------------------------------------------------------- */

struct teams {
    struct up_team *list; /* owned */
    size_t count;
};

static void teams_clear(struct teams *all)
{
    for (size_t i = 0; i < all->count; i++)
        up_team_clear(&all->list[i]);
    free(all->list);
}

enum up_rc team_row(struct provider *p, struct up_call *call, const json_t *row,
                    const json_t *assume, bool detail, struct up_team *out,
                    struct up_error *err)
{
    json_t *record = provider_assume(row, assume, false), *whole = NULL;
    bool doubt = false;
    enum up_rc rc = UP_OK;
    rc = team_from_record(p, record, false, out, &doubt, err);
    json_decref(record);
    if (rc != UP_OK || !(doubt || detail) ||
        !engine_can(p->engine, "teams.get"))
        return rc;
    char *id = out->id;
    out->id = NULL;
    up_team_clear(out);
    whole = from_get(p, call, id, &rc, err);
    free(id);
    if (rc == UP_NOT_FOUND) {
        json_decref(whole);
        return UP_OK;
    }
    record = provider_assume(whole, assume, true);
    if (rc == UP_OK)
        rc = team_from_record(p, record, true, out, &doubt, err);
    json_decref(record);
    json_decref(whole);
    return rc;
}

enum up_rc up_teams_list(struct provider *p, struct up_call *call,
                         up_each_team *each, void *ctx, struct up_error *err)
{
    struct vars none = {.count = 0};
    struct op_result result;
    struct teams all = {0};
    size_t i;
    json_t *row;
    if (!p->has_group || !engine_can(p->engine, "teams.list"))
        return provider_lacks(err, "tell its teams");
    enum up_rc rc =
        provider_run(p, call, &p->teams, "teams.list", &none, &result, err);
    bool detail = provider_op_flag(p, "teams.list", "detail");
    all.list = calloc(json_array_size(result.records) + 1, sizeof *all.list);
    if (rc == UP_OK && all.list == NULL)
        rc = provider_memory(err);
    json_array_foreach (result.records, i, row) {
        if (rc != UP_OK || all.list == NULL)
            break;
        rc = team_row(p, call, row, json_array_get(result.assumed, i), detail,
                      &all.list[all.count], err);
        all.count += rc == UP_OK && all.list[all.count].id != NULL;
    }
    for (i = 0; rc == UP_OK && i < all.count; i++)
        if (!each(&all.list[i], ctx))
            break;
    op_result_clear(&result);
    teams_clear(&all);
    return rc;
}
