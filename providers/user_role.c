/*
 * providers/user_role.c - the one role of a user
 */
#include "providers/plan.h"
#include "providers/provider_internal.h"

#include <stdio.h>
#include <string.h>

/* The current record, for roles that are joined to what is there. */
static enum up_rc current_body(struct provider *p, struct up_call *call,
                               const char *id, json_t **record,
                               struct up_error *err)
{
    struct up_user now = {0};
    *record = NULL;
    if (!json_is_true(provider_json(p, "user.roles.keep_unknown")))
        return UP_OK;
    enum up_rc rc = user_fetch(p, call, id, &now, record, err);
    up_user_clear(&now);
    return rc;
}

static json_t *nested(const json_t *fields)
{
    json_t *object = json_object(), *value;
    const char *name;
    json_object_foreach ((json_t *)fields, name, value) {
        (void)select_put(object, name, json_incref(value));
    }
    return object;
}

static enum up_rc send_role(struct provider *p, struct up_call *call,
                            const char *id, const json_t *user,
                            const json_t *role, json_t **told,
                            struct up_error *err)
{
    struct sending s = {0};
    struct op_result result = {0};
    json_t *record = NULL;
    enum up_rc rc = current_body(p, call, id, &record, err);
    if (rc == UP_OK && !sending_init(&s, p, id, user, role, false))
        rc = provider_memory(err);
    if (rc == UP_OK) {
        json_decref(s.fields);
        s.fields = role_fields(
            p, role,
            provider_under(json_object_get(p->profile, "user"), record));
        (void)json_object_set_new(s.own, "changes", nested(s.fields));
        rc = sending_run(p, call, provider_text(p, "user.roles.op"), &s,
                         &result, err);
        *told = json_incref(result.record);
    }
    op_result_clear(&result);
    sending_clear(&s);
    json_decref(record);
    return rc;
}

static enum up_rc not_taken(const json_t *role, const struct up_user *now,
                            struct up_error *err)
{
    (void)provider_fail(err, UP_INVALID,
                        "The helpdesk did not give the role \"%.60s\": the "
                        "user has \"%.60s\" after the change.",
                        json_string_value(json_object_get(role, "scim")),
                        now->role == NULL ? "none" : now->role);
    (void)snprintf(err->field, sizeof err->field, "roles");
    return UP_INVALID;
}

/* Reads the user after the change; the role must be the one that was asked. */
static enum up_rc confirm(struct provider *p, struct up_call *call,
                          const char *id, const json_t *role, json_t *told,
                          struct up_user *out, struct up_error *err)
{
    enum up_rc rc = told != NULL ? user_take(p, call, told, out, err)
                                 : user_fetch(p, call, id, out, NULL, err);
    const char *scim = json_string_value(json_object_get(role, "scim"));
    if (rc == UP_OK && (out->role == NULL || strcmp(out->role, scim) != 0)) {
        rc = not_taken(role, out, err);
        up_user_clear(out);
    }
    return rc;
}

static enum up_rc join_team(struct provider *p, struct up_call *call,
                            const char *id, const json_t *role,
                            struct up_error *err)
{
    struct up_user now = {0};
    json_t *record = NULL;
    enum up_rc rc = UP_OK;
    if (provider_text(p, "user.roles.member_of") != NULL)
        rc = user_fetch(p, call, id, &now, &record, err);
    if (rc == UP_OK)
        rc = role_team_set(
            p, call, id,
            provider_under(json_object_get(p->profile, "user"), record), role,
            err);
    up_user_clear(&now);
    json_decref(record);
    return rc;
}

enum up_rc up_user_set_role(struct provider *p, struct up_call *call,
                            const char *id, const json_t *user,
                            const char *role, struct up_user *out,
                            struct up_error *err)
{
    const json_t *wanted = NULL;
    json_t *told = NULL;
    struct up_error read_error;
    *out = (struct up_user){0};
    enum up_rc rc = staff_complete(p, call, err);
    if (rc == UP_OK)
        rc = role_assignable(p, role, &wanted, err);
    if (rc != UP_OK)
        return rc;
    const char *op = provider_text(p, "user.roles.op");
    plan_why(call, "The user is to have the role %s.",
             role == NULL ? "" : role);
    if (role_teams_used(p))
        rc = join_team(p, call, id, wanted, err);
    else if (op == NULL || !engine_can(p->engine, op))
        return provider_lacks(err, "change the role of a user");
    if (rc == UP_OK && !role_is_team(wanted) && op != NULL)
        rc = send_role(p, call, id, user, wanted, &told, err);
    if (rc == UP_OK)
        plan_user_role(call, id, wanted);
    if (rc == UP_OK || rc == UP_UNKNOWN) {
        enum up_rc read = confirm(p, call, id, wanted, told, out, &read_error);
        if (rc == UP_OK && read != UP_OK)
            *err = read_error;
        rc = rc == UP_OK || read == UP_OK ? read : rc;
    }
    json_decref(told);
    return rc;
}
