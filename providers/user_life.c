/*
 * providers/user_life.c - deactivate, reactivate, delete
 *
 * Each is believed only once a read says so. A helpdesk that forgets users
 * whom it deactivates answers that read with "not there": then the state is
 * UP_DELETED, and no record is told.
 */
#include "providers/plan.h"
#include "providers/provider_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what is there now --------------------------------------------------- */

/* UP_OK also for a user that is gone: then state UP_DELETED, user NULL. */
static enum up_rc look(struct provider *p, struct up_call *call, const char *id,
                       struct up_user *out, struct up_error *err)
{
    enum up_rc rc = user_fetch(p, call, id, out, NULL, err);
    if (rc != UP_NOT_FOUND)
        return rc;
    *out = (struct up_user){.state = UP_DELETED, .full = true};
    out->id = strdup(id);
    return out->id == NULL ? provider_memory(err) : UP_OK;
}

static bool is_off(const struct up_user *u)
{
    return u->state == UP_INACTIVE || u->state == UP_DELETED || !u->in_scope;
}

static bool is_on(const struct up_user *u)
{
    return (u->state == UP_ACTIVE || u->state == UP_PENDING) && u->in_scope;
}

/* ---- operations ---------------------------------------------------------- */

static enum up_rc run_known(struct provider *p, struct up_call *call,
                            const char *op, const char *id, const json_t *known,
                            struct up_error *err)
{
    struct sending s;
    struct op_result result = {0};
    enum up_rc rc = UP_OK;
    if (op == NULL || !engine_can(p->engine, op))
        return provider_lacks(err, "do this to a user");
    if (!sending_init(&s, p, id, known, NULL, false))
        rc = provider_memory(err);
    if (rc == UP_OK)
        rc = sending_run(p, call, op, &s, &result, err);
    op_result_clear(&result);
    sending_clear(&s);
    return rc;
}

/* `before` and `after`: what fails is in the trace, and does not stop it. */
static void run_around(struct provider *p, struct up_call *call,
                       const char *key, const char *id, const json_t *known)
{
    size_t i;
    json_t *op;
    json_array_foreach (provider_json(p, key), i, op) {
        struct up_error ignored;
        (void)run_known(p, call, json_string_value(op), id, known, &ignored);
    }
}

/* After an answer that says neither yes nor a reason that is final. */
static bool worth_a_look(enum up_rc rc)
{
    switch (rc) {
    case UP_OK:
    case UP_NOT_FOUND:
    case UP_CONFLICT:
    case UP_INVALID:
    case UP_UNKNOWN:
    case UP_FAILED:
        return true;
    case UP_UNSUPPORTED:
    case UP_FORBIDDEN:
    case UP_PROTECTED:
    case UP_NO_SEAT:
    case UP_UNAUTHORIZED:
    case UP_THROTTLED:
    case UP_UNAVAILABLE:
        break;
    }
    return false;
}

/* ---- deactivate ---------------------------------------------------------- */

static enum up_rc switch_off(struct provider *p, struct up_call *call,
                             const char *op, const char *id,
                             const json_t *known, struct up_user *out,
                             struct up_error *err)
{
    struct up_error read_error;
    plan_why(call, "The user must not work in the helpdesk any more.");
    enum up_rc rc = run_known(p, call, op, id, known, err);
    if (rc == UP_OK)
        plan_user_state(call, id, plan_off_state(p, op));
    if (!worth_a_look(rc))
        return rc;
    enum up_rc read = look(p, call, id, out, &read_error);
    if (read == UP_OK && is_off(out))
        return UP_OK;
    if (rc == UP_OK && read != UP_OK) {
        *err = read_error;
        err->changed = true;
        return read;
    }
    if (rc == UP_OK)
        rc = provider_fail(err, UP_FAILED,
                           "The helpdesk answered that the user is "
                           "deactivated, and still shows an active account.");
    return rc;
}

/* The operation that takes an invitation back; NULL: there is none. */
static const char *revocation(const struct provider *p)
{
    const char *op = provider_text(p, "lifecycle.deactivate.pending_op");
    if (op != NULL && engine_can(p->engine, op))
        return op;
    return engine_can(p->engine, "users.revoke_invite") ? "users.revoke_invite"
                                                        : NULL;
}

void up_user_leave(struct provider *p, struct up_call *call, const char *id,
                   const json_t *known)
{
    plan_why(call, "The profile wants this before a deactivation.");
    run_around(p, call, "lifecycle.deactivate.before", id, known);
}

enum up_rc up_user_deactivate(struct provider *p, struct up_call *call,
                              const char *id, const json_t *known, bool pending,
                              struct up_user *out, struct up_error *err)
{
    const char *op = provider_text(p, "lifecycle.deactivate.op");
    const char *revoke = revocation(p);
    *out = (struct up_user){0};
    if (op != NULL && !engine_can(p->engine, op))
        op = NULL;
    if (op == NULL && (revoke == NULL || !pending))
        return provider_lacks(err, "deactivate a user");
    if (op == NULL || revoke == NULL)
        op = revoke = op != NULL ? op : revoke;
    enum up_rc rc =
        switch_off(p, call, pending ? revoke : op, id, known, out, err);
    /* Accepted, or invited, since we last looked: the other way, then. */
    bool other = rc != UP_OK && revoke != op && out->id != NULL &&
                 (out->state == UP_PENDING) != pending;
    if (rc != UP_OK)
        up_user_clear(out);
    if (other)
        rc = switch_off(p, call, pending ? op : revoke, id, known, out, err);
    plan_why(call, "The profile wants this after a deactivation.");
    if (rc == UP_OK)
        run_around(p, call, "lifecycle.deactivate.after", id, known);
    else
        up_user_clear(out);
    return rc;
}

/* ---- invitations --------------------------------------------------------- */

enum up_rc up_user_resend_invite(struct provider *p, struct up_call *call,
                                 const char *id, struct up_user *out,
                                 struct up_error *err)
{
    const char *op = provider_text(p, "lifecycle.invite.resend.op");
    json_t *known = json_object();
    struct up_error read_error;
    *out = (struct up_user){0};
    if (op == NULL)
        op = "users.resend_invite";
    if (!engine_can(p->engine, op)) {
        json_decref(known);
        return provider_lacks(err, "send an invitation again");
    }
    enum up_rc rc = run_known(p, call, op, id, known, err);
    json_decref(known);
    /* Accepted or revoked meanwhile: the record says so. */
    if (rc != UP_OK && rc != UP_CONFLICT && rc != UP_INVALID)
        return rc;
    enum up_rc read = look(p, call, id, out, &read_error);
    if (read == UP_OK && (rc == UP_OK || out->state != UP_PENDING))
        return UP_OK;
    up_user_clear(out);
    if (rc == UP_OK) {
        *err = read_error;
        err->changed = true;
        return read;
    }
    return rc;
}

/* ---- reactivate ---------------------------------------------------------- */

static enum up_rc run_reactivate(struct provider *p, struct up_call *call,
                                 const char *id, const json_t *user,
                                 const json_t *role, const json_t *snapshot,
                                 struct up_error *err)
{
    struct sending s;
    struct op_result result = {0};
    enum up_rc rc = UP_OK;
    if (!sending_init(&s, p, id, user, role, false))
        rc = provider_memory(err);
    /* Without a role of its own the user gets back what it had. */
    if (json_is_true(provider_json(p, "lifecycle.reactivate.restore_snapshot")))
        s.snapshot = snapshot;
    if (rc == UP_OK)
        rc = sending_run(p, call, provider_text(p, "lifecycle.reactivate.op"),
                         &s, &result, err);
    op_result_clear(&result);
    sending_clear(&s);
    return rc;
}

/* The call says the role, and the account has another one. */
static bool other_role(const struct provider *p, const json_t *wanted,
                       const struct up_user *now)
{
    const char *op = provider_text(p, "lifecycle.reactivate.op"), *name;
    const char *scim = json_string_value(json_object_get(wanted, "scim"));
    json_t *value;
    bool says = false;
    json_object_foreach (json_object_get(wanted, "set"), name, value) {
        says = says || provider_op_names(p, op, name);
    }
    return says && (now->role == NULL || strcmp(now->role, scim) != 0);
}

/* More or less than was asked for is not left behind. */
static enum up_rc put_back(struct provider *p, struct up_call *call,
                           const char *id, const json_t *user,
                           const json_t *wanted, const struct up_user *now,
                           struct up_error *err)
{
    struct up_user gone = {0};
    struct up_error why;
    enum up_rc undone =
        up_user_deactivate(p, call, id, user, false, &gone, &why);
    up_user_clear(&gone);
    (void)provider_fail(err, UP_INVALID,
                        "The helpdesk gave the account that it activated again "
                        "the role \"%.60s\" in place of \"%.60s\".",
                        now->role == NULL ? "none" : now->role,
                        json_string_value(json_object_get(wanted, "scim")));
    (void)snprintf(err->field, sizeof err->field, "roles");
    err->changed = undone != UP_OK;
    return UP_INVALID;
}

enum up_rc up_user_reactivate(struct provider *p, struct up_call *call,
                              const char *id, const json_t *user,
                              const char *role, const json_t *snapshot,
                              struct up_user *out, struct up_error *err)
{
    const char *op = provider_text(p, "lifecycle.reactivate.op");
    const json_t *wanted = NULL;
    struct up_error read_error;
    *out = (struct up_user){0};
    if (op == NULL || !engine_can(p->engine, op))
        return provider_lacks(err, "reactivate a user");
    enum up_rc rc = staff_complete(p, call, err);
    if (rc == UP_OK && (role != NULL || snapshot == NULL))
        rc = role_assignable(p, role, &wanted, err);
    plan_why(call, "The user is to work in the helpdesk again.");
    if (rc == UP_OK)
        rc = run_reactivate(p, call, id, user, wanted, snapshot, err);
    if (rc == UP_OK)
        plan_user_back(p, call, id, user, wanted);
    if (!worth_a_look(rc))
        return rc;
    enum up_rc read = look(p, call, id, out, &read_error);
    if (read == UP_OK && is_on(out) && !other_role(p, wanted, out))
        return UP_OK;
    if (read == UP_OK && is_on(out))
        rc = put_back(p, call, id, user, wanted, out, err);
    else if (rc == UP_OK && read != UP_OK)
        *err = read_error;
    else if (rc == UP_OK && out->state == UP_DELETED)
        rc = provider_fail(err, UP_NOT_FOUND,
                           "The helpdesk no longer has this account.");
    else if (rc == UP_OK)
        rc = provider_fail(err, UP_FAILED,
                           "The helpdesk answered that the user is active "
                           "again, and still shows an inactive account.");
    up_user_clear(out);
    return rc == UP_OK ? read : rc;
}

/* ---- delete -------------------------------------------------------------- */

enum up_rc up_user_delete(struct provider *p, struct up_call *call,
                          const char *id, struct up_error *err)
{
    struct up_user now = {0};
    struct up_error read_error;
    json_t *known = json_object();
    if (!engine_can(p->engine, "users.delete")) {
        json_decref(known);
        return provider_lacks(err, "delete a user");
    }
    plan_why(call, "The configuration says: removal = delete.");
    enum up_rc rc = run_known(p, call, "users.delete", id, known, err);
    if (rc == UP_OK)
        plan_user_state(call, id, UP_DELETED);
    json_decref(known);
    if (rc != UP_OK && rc != UP_UNKNOWN)
        return rc;
    enum up_rc read = look(p, call, id, &now, &read_error);
    bool gone = read == UP_OK && now.state == UP_DELETED;
    up_user_clear(&now);
    if (gone)
        return UP_OK;
    if (rc == UP_OK && read != UP_OK) {
        *err = read_error;
        return read;
    }
    if (rc == UP_OK)
        rc = provider_fail(err, UP_FAILED,
                           "The helpdesk answered that the user is deleted, "
                           "and still has the account.");
    return rc;
}
