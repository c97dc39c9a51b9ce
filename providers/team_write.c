/*
 * providers/team_write.c - creating, renaming and deleting teams
 *
 * As for users, what a write answers is read and compared.
 */
#include "providers/provider_internal.h"

#include "base/fold.h"
#include "providers/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- comparing ----------------------------------------------------------- */

static const char *name_of(const json_t *group)
{
    return json_string_value(json_object_get(group, "displayName"));
}

struct named {
    const char *name, *except;
    char *id; /* owned */
};

static bool is_named(const struct up_team *t, void *ctx)
{
    struct named *n = ctx;
    const char *name = name_of(t->group);
    if (t->in_scope && name != NULL && fold_equal(name, n->name) &&
        (n->except == NULL || strcmp(t->id, n->except) != 0))
        n->id = strdup(t->id);
    return n->id == NULL;
}

/* Another team with that name; new, NULL: none. */
static char *team_named(struct provider *p, struct up_call *call,
                        const char *name, const char *except)
{
    struct named n = {.name = name, .except = except};
    struct up_error ignored;
    if (name != NULL)
        (void)up_teams_list(p, call, is_named, &n, &ignored);
    return n.id;
}

static enum up_rc taken(const char *holder, struct up_error *err)
{
    (void)provider_fail(err, UP_CONFLICT,
                        "The helpdesk already has a team with this name.");
    (void)snprintf(err->field, sizeof err->field, "displayName");
    (void)snprintf(err->existing_id, sizeof err->existing_id, "%s", holder);
    return UP_CONFLICT;
}

static enum up_rc compare(struct provider *p, struct up_call *call,
                          const char *id, const struct map_changes *sent,
                          const json_t *record, struct up_error *err)
{
    const json_t *body =
        provider_under(json_object_get(p->profile, "group"), record);
    for (size_t i = 0; call->plan == NULL && i < sent->count; i++) {
        const struct map_change *c = &sent->list[i];
        if (map_holds(c, body))
            continue;
        bool name = strcmp(c->row->path, "displayName") == 0;
        char *holder =
            name ? team_named(p, call, json_string_value(c->value), id) : NULL;
        enum up_rc rc =
            holder != NULL
                ? taken(holder, err)
                : provider_fail(err, UP_INVALID,
                                "The helpdesk did not take the value for %s.",
                                c->row->path);
        (void)snprintf(err->field, sizeof err->field, "%s", c->row->path);
        err->changed = sent->count > 1;
        free(holder);
        return rc;
    }
    return UP_OK;
}

/* Reads the team and compares; `told` (may be NULL) is the write's record. */
static enum up_rc confirm(struct provider *p, struct up_call *call,
                          const char *id, json_t *told,
                          const struct map_changes *sent, struct up_team *out,
                          struct up_error *err)
{
    json_t *record = NULL;
    bool doubt;
    enum up_rc rc = UP_OK;
    if (told == NULL) {
        rc = team_fetch(p, call, id, out, &record, err);
    } else {
        record = json_incref(told);
        rc = team_from_record(p, record, true, out, &doubt, err);
    }
    if (rc == UP_OK)
        rc = compare(p, call, id, sent, record, err);
    if (rc != UP_OK)
        up_team_clear(out);
    json_decref(record);
    return rc;
}

/* ---- sending ------------------------------------------------------------- */

static json_t *changes_object(const struct map_changes *changes)
{
    json_t *object = json_object();
    for (size_t i = 0; object != NULL && i < changes->count; i++)
        (void)select_put(object, changes->list[i].row->name,
                         json_incref(changes->list[i].value));
    return object;
}

static enum up_rc send(struct provider *p, struct up_call *call, const char *op,
                       const char *id, const json_t *group,
                       const struct map_changes *changes,
                       struct op_result *result, struct up_error *err)
{
    json_t *own = json_object(), *words = map_team_words(group);
    json_t *names = map_names(&p->teams, group, id == NULL);
    struct vars v = {.scope = {own, names, words}, .count = 3};
    for (size_t i = 0; i < changes->count; i++)
        (void)json_object_set(names, changes->list[i].row->name,
                              changes->list[i].value);
    if (id != NULL) {
        (void)json_object_set_new(own, "id", provider_id(&p->team_ids, id));
        (void)json_object_set_new(own, "changes", changes_object(changes));
    }
    enum up_rc rc = provider_run(p, call, &p->teams, op, &v, result, err);
    json_decref(own);
    json_decref(words);
    json_decref(names);
    return rc;
}

/* ---- create -------------------------------------------------------------- */

/* After a refusal, or a lost answer: is there a team of that name? */
static enum up_rc look_for_it(struct provider *p, struct up_call *call,
                              const json_t *group, char **id,
                              struct up_error *err)
{
    struct up_error first = *err;
    if (first.rc == UP_CONFLICT && first.existing_id[0] != '\0')
        return first.rc;
    char *holder = team_named(p, call, name_of(group), NULL);
    enum up_rc rc = first.rc;
    if (holder != NULL && first.rc == UP_UNKNOWN) {
        *id = holder;
        return UP_OK;
    }
    if (holder != NULL)
        rc = taken(holder, err);
    free(holder);
    return rc;
}

static char *id_told(const struct provider *p, const struct op_result *result)
{
    char *id = result->record == NULL
                   ? NULL
                   : select_text(select_path(result->record,
                                             provider_text(p, "group.id")));
    if (id == NULL && result->created_id != NULL)
        id = strdup(result->created_id);
    return id;
}

/* Only what create names can be compared; the rest goes by an update. */
static bool named_by_create(const struct provider *p,
                            const struct map_change *c)
{
    return provider_op_names(p, "teams.create", c->row->name) ||
           (strcmp(c->row->path, "displayName") == 0 &&
            provider_op_names(p, "teams.create", "name"));
}

/* The lists are to be freed, their values are those of `all`. */
static bool split(const struct provider *p, const struct map_changes *all,
                  struct map_changes *sent, struct map_changes *rest)
{
    sent->list = calloc(all->count + 1, sizeof *sent->list);
    rest->list = calloc(all->count + 1, sizeof *rest->list);
    if (sent->list == NULL || rest->list == NULL)
        return false;
    for (size_t i = 0; i < all->count; i++) {
        struct map_changes *home =
            named_by_create(p, &all->list[i]) ? sent : rest;
        home->list[home->count++] = all->list[i];
    }
    return true;
}

static enum up_rc send_rest(struct provider *p, struct up_call *call,
                            const char *id, const json_t *group,
                            const struct map_changes *rest, struct up_team *out,
                            struct up_error *err)
{
    struct op_result result = {0};
    if (rest->count == 0 || !engine_can(p->engine, "teams.update"))
        return UP_OK;
    enum up_rc rc =
        send(p, call, "teams.update", id, group, rest, &result, err);
    if (rc == UP_OK)
        rc = plan_team_changes(p, call, id, rest, err);
    up_team_clear(out);
    if (rc == UP_OK)
        rc = confirm(p, call, id, result.record, rest, out, err);
    if (rc != UP_OK)
        err->changed = true;
    op_result_clear(&result);
    return rc;
}

static enum up_rc create(struct provider *p, struct up_call *call,
                         const json_t *group, const struct map_changes *sent,
                         const struct map_changes *rest, struct up_team *out,
                         struct up_error *err)
{
    struct op_result result = {0};
    char *id = NULL;
    plan_why(call, "The helpdesk has no team of this name.");
    enum up_rc rc =
        send(p, call, "teams.create", NULL, group, sent, &result, err);
    if (rc == UP_OK)
        id = id_told(p, &result);
    if (rc == UP_OK && id == NULL)
        id = plan_team_made(p, call, sent);
    if ((rc == UP_INVALID && err->status != 0) || rc == UP_CONFLICT ||
        rc == UP_UNKNOWN)
        rc = look_for_it(p, call, group, &id, err);
    if (rc == UP_OK && id == NULL)
        id = team_named(p, call, name_of(group), NULL);
    if (rc == UP_OK && id == NULL)
        rc = provider_fail(err, UP_UNKNOWN,
                           "The helpdesk answered that the team was made, and "
                           "does not show it.");
    if (rc == UP_OK)
        rc = confirm(p, call, id, result.record, sent, out, err);
    if (rc == UP_OK)
        rc = send_rest(p, call, id, group, rest, out, err);
    op_result_clear(&result);
    free(id);
    return rc;
}

enum up_rc up_team_create(struct provider *p, struct up_call *call,
                          const json_t *group, struct up_team *out,
                          struct up_error *err)
{
    struct map_changes all = {0}, sent = {0}, rest = {0};
    *out = (struct up_team){0};
    if (!p->has_group || !engine_can(p->engine, "teams.create"))
        return provider_lacks(err, "create a team");
    enum up_rc rc = map_check(&p->teams, group, NULL, err);
    if (rc == UP_OK && !map_diff(&p->teams, NULL, group, &all))
        rc = provider_memory(err);
    if (rc == UP_OK && !split(p, &all, &sent, &rest))
        rc = provider_memory(err);
    if (rc == UP_OK)
        rc = create(p, call, group, &sent, &rest, out, err);
    free(sent.list);
    free(rest.list);
    map_changes_clear(&all);
    return rc;
}

/* ---- update and delete --------------------------------------------------- */

static enum up_rc check_changes(struct provider *p, const json_t *after,
                                const struct map_changes *changes,
                                struct up_error *err)
{
    for (size_t i = 0; i < changes->count; i++) {
        enum up_rc rc =
            map_check_row(&p->teams, changes->list[i].row, after, NULL, err);
        if (rc != UP_OK)
            return rc;
    }
    return UP_OK;
}

/* A name that is in use is said in as many ways as there are helpdesks. */
static enum up_rc why_refused(struct provider *p, struct up_call *call,
                              const char *id, const struct map_changes *changes,
                              struct up_error *err)
{
    for (size_t i = 0; i < changes->count; i++) {
        const struct map_change *c = &changes->list[i];
        if (strcmp(c->row->path, "displayName") != 0)
            continue;
        char *holder = team_named(p, call, json_string_value(c->value), id);
        if (holder != NULL)
            (void)taken(holder, err);
        free(holder);
    }
    return err->rc;
}

static enum up_rc update(struct provider *p, struct up_call *call,
                         const char *id, const json_t *after,
                         const struct map_changes *changes, struct up_team *out,
                         struct up_error *err)
{
    struct op_result result = {0};
    struct up_error read_error;
    plan_why(call, "The helpdesk's team has other values.");
    enum up_rc rc =
        send(p, call, "teams.update", id, after, changes, &result, err);
    if (rc == UP_OK)
        rc = plan_team_changes(p, call, id, changes, err);
    if (rc == UP_INVALID && err->status != 0)
        rc = why_refused(p, call, id, changes, err);
    if (rc == UP_OK || rc == UP_UNKNOWN) {
        enum up_rc read =
            confirm(p, call, id, result.record, changes, out, &read_error);
        if (rc == UP_OK && read != UP_OK)
            *err = read_error;
        rc = rc == UP_OK || read == UP_OK ? read : rc;
    }
    op_result_clear(&result);
    return rc;
}

enum up_rc up_team_update(struct provider *p, struct up_call *call,
                          const char *id, const json_t *before,
                          const json_t *after, struct up_team *out,
                          struct up_error *err)
{
    struct map_changes changes = {0};
    json_t *nothing = before == NULL ? json_object() : NULL;
    enum up_rc rc = UP_OK;
    *out = (struct up_team){0};
    if (!map_diff(&p->teams, before == NULL ? nothing : before, after,
                  &changes))
        rc = provider_memory(err);
    if (rc == UP_OK && changes.count > 0) {
        rc = check_changes(p, after, &changes, err);
        if (rc == UP_OK && !engine_can(p->engine, "teams.update"))
            rc = provider_lacks(err, "change a team");
        if (rc == UP_OK)
            rc = update(p, call, id, after, &changes, out, err);
    }
    map_changes_clear(&changes);
    json_decref(nothing);
    return rc;
}

enum up_rc up_team_delete(struct provider *p, struct up_call *call,
                          const char *id, struct up_error *err)
{
    struct op_result result = {0};
    struct up_team now = {0};
    struct up_error read_error;
    if (!p->has_group || !engine_can(p->engine, "teams.delete"))
        return provider_lacks(err, "delete a team");
    json_t *own = json_pack("{s:o}", "id", provider_id(&p->team_ids, id));
    struct vars v = {.scope = {own}, .count = 1};
    plan_why(call, "The group is to be deleted, and its team with it.");
    enum up_rc rc =
        provider_run(p, call, &p->teams, "teams.delete", &v, &result, err);
    if (rc == UP_OK)
        plan_team_delete(call, id);
    op_result_clear(&result);
    json_decref(own);
    if (rc != UP_OK && rc != UP_UNKNOWN)
        return rc;
    enum up_rc read = up_team_get(p, call, id, &now, &read_error);
    up_team_clear(&now);
    if (read == UP_NOT_FOUND)
        return UP_OK;
    if (rc == UP_OK && read == UP_OK)
        return provider_fail(err, UP_FAILED,
                             "The helpdesk answered that the team is deleted, "
                             "and still has it.");
    if (rc == UP_OK)
        *err = read_error;
    return rc == UP_OK ? read : rc;
}
