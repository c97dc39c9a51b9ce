/*
 * providers/user_promote.c - an end customer becomes staff
 *
 * The account keeps its id; its values and role are then made what was asked.
 */
#include "providers/plan.h"
#include "providers/provider_internal.h"

#include <string.h>

static enum up_rc run_promote(struct provider *p, struct up_call *call,
                              const char *op, const char *id,
                              const json_t *user, const json_t *role,
                              struct up_error *err)
{
    struct sending s;
    struct op_result result = {0};
    enum up_rc rc = UP_OK;
    if (!sending_init(&s, p, id, user, role, true))
        rc = provider_memory(err);
    plan_why(call, "The person is an end customer of the helpdesk, and "
                   "becomes an agent.");
    if (rc == UP_OK)
        rc = sending_run(p, call, op, &s, &result, err);
    if (rc == UP_OK) {
        plan_user_back(p, call, id, user, role);
    }
    op_result_clear(&result);
    sending_clear(&s);
    return rc;
}

/* Takes over `now` when a call was made. */
static void take(struct up_user *out, struct up_user *now)
{
    if (now->id == NULL)
        return;
    up_user_clear(out);
    *out = *now;
}

static enum up_rc settle(struct provider *p, struct up_call *call,
                         const char *id, const json_t *user, const char *role,
                         struct up_user *out, struct up_error *err)
{
    struct up_user now = {0};
    enum up_rc rc =
        up_user_update(p, call, id, out->user, user, role, &now, err);
    if (rc == UP_UNSUPPORTED)
        rc = UP_OK;
    if (rc == UP_OK)
        take(out, &now);
    if (rc == UP_OK && (out->role == NULL || strcmp(out->role, role) != 0)) {
        now = (struct up_user){0};
        rc = up_user_set_role(p, call, id, user, role, &now, err);
        if (rc == UP_OK)
            take(out, &now);
    }
    if (rc != UP_OK)
        err->changed = true;
    return rc;
}

enum up_rc up_user_promote(struct provider *p, struct up_call *call,
                           const char *id, const json_t *user, const char *role,
                           struct up_user *out, struct up_error *err)
{
    const char *op = provider_text(p, "lifecycle.promote_op");
    const json_t *wanted = NULL;
    *out = (struct up_user){0};
    if (op == NULL || !engine_can(p->engine, op))
        return provider_lacks(err, "make a customer an agent");
    enum up_rc rc = staff_complete(p, call, err);
    if (rc == UP_OK)
        rc = role_assignable(p, role, &wanted, err);
    if (rc == UP_OK)
        rc = run_promote(p, call, op, id, user, wanted, err);
    if (rc == UP_OK)
        rc = user_fetch(p, call, id, out, NULL, err);
    if (rc == UP_OK && !out->in_scope)
        rc = provider_fail(err, UP_FAILED,
                           "The helpdesk answered that the customer is an "
                           "agent, and does not show one.");
    if (rc == UP_OK)
        rc = settle(p, call, id, user,
                    json_string_value(json_object_get(wanted, "scim")), out,
                    err);
    if (rc != UP_OK)
        up_user_clear(out);
    return rc;
}
