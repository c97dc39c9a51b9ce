/*
 * providers/user_read.c - a native record becomes a struct up_user
 *
 *   record    an absent field is
 *   full      null                      users.get, or a write's own answer
 *   partial   unknown, so untold        a row of a list or of a search
 *
 * State, scope, role, protection and identity decide what a record means; when
 * a partial one leaves any of them open, it is in doubt and is read whole.
 */
#include "providers/plan.h"
#include "providers/provider_internal.h"

#include "base/clock.h"
#include "base/fold.h"

#include <stdlib.h>
#include <string.h>

void up_user_clear(struct up_user *u)
{
    free(u->id);
    json_decref(u->user);
    json_decref(u->unknown);
    free(u->role);
    free(u->identity);
    json_decref(u->teams);
    json_decref(u->snapshot);
    *u = (struct up_user){0};
}

/* A record under way. */
struct reading {
    struct provider *p;
    const json_t *block; /* `user` of the profile */
    const json_t *staff; /* the same, with ids and variables filled in */
    const json_t *body;  /* below `under` */
    bool full;
    bool *doubt;
};

static bool holds(const struct reading *r, const json_t *when)
{
    enum when_result result = when_holds(when, r->body, NULL, r->full);
    if (result == WHEN_UNKNOWN)
        *r->doubt = true;
    return result == WHEN_TRUE;
}

/* ---- state, scope, protection -------------------------------------------- */

/* The first state that holds. A record that none describes is active: better
 * a person with access too many on the screen than one too few. */
static enum up_state state_of(const struct reading *r)
{
    static const struct {
        const char *word;
        enum up_state state;
    } words[] = {{"active", UP_ACTIVE},
                 {"pending", UP_PENDING},
                 {"inactive", UP_INACTIVE},
                 {"deleted", UP_DELETED}};
    const json_t *states = json_object_get(r->staff, "states");
    size_t i, j;
    json_t *one;
    json_array_foreach (states, i, one) {
        const char *is = json_string_value(json_object_get(one, "is"));
        if (!holds(r, json_object_get(one, "when")))
            continue;
        for (j = 0; j < sizeof words / sizeof *words; j++)
            if (strcmp(words[j].word, is) == 0)
                return words[j].state;
    }
    return UP_ACTIVE;
}

static bool excluded(const json_t *ids, const char *id)
{
    size_t i;
    json_t *one;
    bool found = false;
    json_array_foreach (ids, i, one) {
        char *text = select_text(one);
        found = found || (text != NULL && strcmp(text, id) == 0);
        free(text);
    }
    return found;
}

static bool in_scope(const struct reading *r, const char *id)
{
    const json_t *scope = json_object_get(r->staff, "in_scope");
    if (excluded(json_object_get(r->staff, "exclude_ids"), id))
        return false;
    return scope == NULL || holds(r, scope);
}

static bool is_own(struct provider *p, const json_t *staff, const json_t *user,
                   const char *id)
{
    const char *own = json_string_value(json_object_get(staff, "own"));
    const char *name = json_string_value(json_object_get(user, "userName"));
    if (own != NULL && name != NULL && fold_equal(own, name))
        return true;
    (void)pthread_mutex_lock(&p->lock);
    bool same = p->own_id != NULL && strcmp(p->own_id, id) == 0;
    (void)pthread_mutex_unlock(&p->lock);
    return same;
}

/* ---- the rest ------------------------------------------------------------ */

static int64_t time_at(const json_t *body, const char *path)
{
    int64_t ms = 0;
    const json_t *value = path == NULL ? NULL : select_path(body, path);
    if (json_is_integer(value)) {
        /* Seconds until the year 5000, milliseconds beyond. */
        int64_t n = json_integer_value(value);
        return n < 95617584000 ? n * 1000 : n;
    }
    if (!json_is_string(value) ||
        !clock_parse(json_string_value(value), json_string_length(value), &ms))
        return 0;
    return ms;
}

/* Ids of the teams that the user's own record lists; new, NULL: it does not. */
static json_t *teams_of(const struct reading *r)
{
    const char *style = provider_text(r->p, "group.members.style");
    const char *path = provider_text(r->p, "group.members.path");
    if (style == NULL || path == NULL || strncmp(style, "user_", 5) != 0)
        return NULL;
    const json_t *value = select_path(r->body, path);
    json_t *ids = value == NULL && !r->full ? NULL : json_array(), *one;
    const char *key;
    size_t i;
    json_array_foreach (value, i, one) {
        char *text = select_text(one);
        if (text != NULL)
            (void)json_array_append_new(ids, json_string(text));
        free(text);
    }
    json_object_foreach ((json_t *)value, key, one) {
        (void)json_array_append_new(ids, json_string(key));
    }
    return ids;
}

static json_t *snapshot_of(const struct reading *r)
{
    const json_t *fields = provider_json(r->p, "lifecycle.deactivate.snapshot");
    json_t *snapshot = fields == NULL || !r->full ? NULL : json_object(), *path;
    size_t i;
    json_array_foreach (fields, i, path) {
        const char *name = json_string_value(path);
        json_t *value = select_path(r->body, name);
        if (snapshot != NULL && value != NULL)
            (void)json_object_set(snapshot, name, value);
    }
    return snapshot;
}

bool user_set_role(struct up_user *u, const json_t *role)
{
    const char *scim = json_string_value(json_object_get(role, "scim"));
    free(u->role);
    u->role = scim == NULL ? NULL : strdup(scim);
    u->elevated = json_is_true(json_object_get(role, "elevated"));
    return scim == NULL || u->role != NULL;
}

static bool fill(const struct reading *r, struct up_user *out)
{
    out->state = state_of(r);
    out->in_scope = in_scope(r, out->id);
    out->protected_ = json_object_get(r->staff, "protect") != NULL &&
                      holds(r, json_object_get(r->staff, "protect"));
    out->identity =
        provider_identity(r->block, &r->p->users, r->body, r->full, r->doubt);
    out->teams = teams_of(r);
    out->snapshot = snapshot_of(r);
    out->invited_at =
        time_at(r->body, provider_text(r->p, "lifecycle.invite.sent_at"));
    out->invite_expires_at =
        time_at(r->body, provider_text(r->p, "lifecycle.invite.expires_at"));
    out->user = map_read(&r->p->users, r->body, r->full,
                         r->full ? NULL : &out->unknown);
    if (out->user == NULL)
        return false;
    out->protected_ =
        out->protected_ || is_own(r->p, r->staff, out->user, out->id);
    bool active = out->state == UP_ACTIVE || out->state == UP_PENDING;
    return json_object_set_new(out->user, "active", json_boolean(active)) ==
               0 &&
           user_set_role(out, role_of_record(r->p, r->body, r->full, r->doubt));
}

enum up_rc user_from_record(struct provider *p, const json_t *record, bool full,
                            struct up_user *out, bool *doubt,
                            struct up_error *err)
{
    const json_t *block = json_object_get(p->profile, "user");
    struct reading r = {
        .p = p,
        .block = block,
        .staff = staff_of(p)->block,
        .body = provider_under(block, record),
        .full = full,
        .doubt = doubt,
    };
    const json_t *id = select_path(record, provider_text(p, "user.id"));
    *out = (struct up_user){.full = full};
    *doubt = false;
    out->id = select_text(id);
    if (out->id == NULL || *out->id == '\0') {
        up_user_clear(out);
        (void)provider_fail(err, UP_FAILED,
                            "A user that the helpdesk told has no id (\"%s\").",
                            provider_text(p, "user.id"));
        return UP_FAILED;
    }
    provider_learn_id(&p->user_ids, id);
    if (fill(&r, out)) {
        out->roleless = out->role == NULL && !*doubt && !role_teams_used(p);
        return UP_OK;
    }
    up_user_clear(out);
    (void)provider_memory(err);
    return UP_FAILED;
}

/* ---- full records -------------------------------------------------------- */

enum up_rc user_take(struct provider *p, struct up_call *call,
                     const json_t *record, struct up_user *out,
                     struct up_error *err)
{
    bool doubt;
    const json_t *role = NULL;
    enum up_rc rc = staff_complete(p, call, err);
    if (rc != UP_OK)
        return rc;
    if (user_from_record(p, record, true, out, &doubt, err) != UP_OK)
        return UP_FAILED;
    if (!role_teams_used(p))
        return UP_OK;
    const json_t *body =
        provider_under(json_object_get(p->profile, "user"), record);
    rc = role_team_of(p, call, out->id, body, &role, err);
    if (rc == UP_OK && role != NULL && !user_set_role(out, role))
        rc = provider_memory(err);
    if (rc != UP_OK)
        up_user_clear(out);
    return rc;
}

enum up_rc user_fetch(struct provider *p, struct up_call *call, const char *id,
                      struct up_user *out, json_t **record,
                      struct up_error *err)
{
    json_t *own = json_pack("{s:o}", "id", provider_id(&p->user_ids, id));
    struct vars v = {.scope = {own}, .count = 1};
    struct op_result result = {.record = plan_user_told(call, id)};
    enum up_rc rc = UP_OK;
    if (result.record == NULL)
        rc = provider_run(p, call, &p->users, "users.get", &v, &result, err);
    *out = (struct up_user){0};
    if (rc == UP_OK && result.record == NULL)
        rc = provider_fail(err, UP_FAILED,
                           "The helpdesk answered without the user's record.");
    if (rc == UP_OK)
        rc = user_take(p, call, result.record, out, err);
    if (rc == UP_OK)
        plan_user_now(p, call, result.record, out);
    if (rc == UP_OK && out->state == UP_DELETED) {
        up_user_clear(out);
        rc = provider_fail(err, UP_NOT_FOUND,
                           "The helpdesk has deleted this user.");
    }
    if (rc == UP_OK && record != NULL)
        *record = json_incref(result.record);
    op_result_clear(&result);
    json_decref(own);
    return rc;
}
