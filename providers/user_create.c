/*
 * providers/user_create.c - a new account, or an invitation
 *
 *   step                         when it fails
 *   1 check values and role      nothing was done
 *   2 create                     look for the account: it may have existed, or
 *                                the answer may have been lost
 *   3 read it, compare           told, with its id; the account stays
 *   4 the role that create       undone: the invitation is revoked, or the
 *     could not give             account deactivated
 *   5 attributes that create     told, with its id; the account stays
 *     does not take
 *
 * A create is never sent twice.
 */
#include "providers/provider_internal.h"

#include "base/fold.h"
#include "providers/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WAYS 3 /* at most: missing, asked about, another */

/* A create under way. */
struct creation {
    struct provider *p;
    struct up_call *call;
    const char *op;
    const json_t *user;
    const json_t *role;            /* the one that was asked for */
    const json_t *first_role;      /* the one that create gives: `invite_as` */
    struct map_changes all;        /* owned */
    struct map_changes sent, rest; /* lists owned, values of `all` */
    char *id;                      /* owned; NULL until it is known */
    json_t *record;                /* owned; after step 2 or 3 */
};

static void creation_clear(struct creation *c)
{
    free(c->sent.list);
    free(c->rest.list);
    map_changes_clear(&c->all);
    free(c->id);
    json_decref(c->record);
}

/* ---- 1: before any call -------------------------------------------------- */

static enum up_rc prepare(struct creation *c, const char *role,
                          struct up_error *err)
{
    enum up_rc rc = staff_complete(c->p, c->call, err);
    if (rc == UP_OK)
        rc = role_assignable(c->p, role, &c->role, err);
    if (rc == UP_OK)
        rc =
            map_check(&c->p->users, c->user,
                      json_string_value(json_object_get(c->role, "scim")), err);
    if (rc != UP_OK)
        return rc;
    const char *as = json_string_value(json_object_get(c->role, "invite_as"));
    c->first_role = as == NULL ? c->role : role_named(c->p, as);
    if (c->first_role == NULL)
        c->first_role = c->role;
    if (!map_diff(&c->p->users, NULL, c->user, &c->all) ||
        !changes_named(c->p, c->op, &c->all, &c->sent, &c->rest))
        return provider_memory(err);
    return UP_OK;
}

/* ---- 2: create, or find what is there ------------------------------------ */

static enum up_rc send_create(struct creation *c, struct up_error *err)
{
    struct sending s;
    struct op_result result = {0};
    enum up_rc rc = UP_OK;
    if (!sending_init(&s, c->p, NULL, c->user, c->first_role, true))
        rc = provider_memory(err);
    if (rc == UP_OK)
        rc = inbox_fill(c->p, c->call, c->user, s.own, err);
    if (rc == UP_OK)
        rc = sending_run(c->p, c->call, c->op, &s, &result, err);
    if (rc == UP_OK) {
        c->record = json_incref(result.record);
        c->id = c->record != NULL
                    ? select_text(select_path(c->record,
                                              provider_text(c->p, "user.id")))
                    : NULL;
        if (c->id == NULL && result.created_id != NULL)
            c->id = strdup(result.created_id);
    }
    op_result_clear(&result);
    sending_clear(&s);
    return rc;
}

/* The match attribute decides who is the same person; equality of the other
 * one alone is a clash. */
static const char *clash_field(const struct creation *c,
                               const struct up_user *found)
{
    const char *a = json_string_value(json_object_get(c->user, "userName"));
    const char *b = json_string_value(json_object_get(found->user, "userName"));
    const char *mail = map_email(c->user), *other = map_email(found->user);
    bool by_mail = mail != NULL && other != NULL && fold_equal(mail, other);
    bool by_name = a != NULL && b != NULL && fold_equal(a, b);
    if (strcmp(up_match_attribute(c->p), "userName") == 0)
        return by_name ? "userName" : "emails";
    return by_mail || !by_name ? "emails" : "userName";
}

static enum up_rc is_taken(const struct creation *c,
                           const struct up_user *found, struct up_error *err)
{
    const char *field = clash_field(c, found);
    (void)provider_fail(
        err, UP_CONFLICT, "The helpdesk already has an account with this %s.",
        strcmp(field, "emails") == 0 ? "e-mail address" : "user name");
    (void)snprintf(err->field, sizeof err->field, "%s", field);
    (void)snprintf(err->existing_id, sizeof err->existing_id, "%s", found->id);
    return UP_CONFLICT;
}

/* After a lost answer: an account that has all that was sent is the one that
 * was just made, or as good as it. */
static enum up_rc after_lost(struct creation *c, const struct up_user *found,
                             const struct up_error *lost, struct up_error *err)
{
    struct up_user now = {0};
    json_t *record = NULL;
    enum up_rc rc = user_fetch(c->p, c->call, found->id, &now, &record, err);
    bool ours =
        rc == UP_OK && now.in_scope && now.state != UP_INACTIVE &&
        user_compare(c->p, c->call, found->id, &c->sent, record, err) == UP_OK;
    if (ours) {
        c->id = strdup(found->id);
        c->record = json_incref(record);
    }
    up_user_clear(&now);
    json_decref(record);
    if (rc != UP_OK) {
        *err = *lost;
        return lost->rc;
    }
    return ours ? UP_OK : is_taken(c, found, err);
}

static enum up_rc look_for_it(struct creation *c, struct up_error *err)
{
    struct up_error first = *err;
    struct up_user found = {0};
    if (first.rc == UP_CONFLICT && first.existing_id[0] != '\0')
        return first.rc;
    enum up_rc rc = up_user_find(c->p, c->call, c->user, &found, err);
    if (rc == UP_OK && first.rc == UP_UNKNOWN)
        rc = after_lost(c, &found, &first, err);
    else if (rc == UP_OK)
        rc = is_taken(c, &found, err);
    else {
        *err = first;
        rc = first.rc;
    }
    up_user_clear(&found);
    return rc;
}

/* After a create that told no id. */
static enum up_rc learn_id(struct creation *c, struct up_error *err)
{
    struct up_user found = {0};
    enum up_rc rc = up_user_find(c->p, c->call, c->user, &found, err);
    if (rc == UP_OK)
        c->id = strdup(found.id);
    up_user_clear(&found);
    if (rc == UP_OK)
        return c->id == NULL ? provider_memory(err) : UP_OK;
    return provider_fail(err, UP_UNKNOWN,
                         "The helpdesk answered that the account was made, and "
                         "does not show it.");
}

/* True when create carries the fields of the role. */
static bool gives_role(const struct creation *c)
{
    const char *name;
    json_t *value;
    json_object_foreach (json_object_get(c->first_role, "set"), name, value) {
        if (provider_op_names(c->p, c->op, name))
            return true;
    }
    return provider_op_names(c->p, c->op, "role");
}

static enum up_rc obtain(struct creation *c, struct up_error *err)
{
    plan_why(c->call, up_creates_by_invitation(c->p)
                          ? "Nobody in the helpdesk is this person: an "
                            "invitation is sent."
                          : "Nobody in the helpdesk is this person: an account "
                            "is made.");
    enum up_rc rc = send_create(c, err);
    switch (rc) {
    case UP_OK:
        if (c->id == NULL)
            c->id = plan_user_made(c->p, c->call, &c->sent,
                                   gives_role(c) ? c->first_role : NULL);
        break;
    case UP_INVALID:
        /* A variable without a value: no call was made. */
        if (err->status == 0)
            return rc;
        return look_for_it(c, err);
    case UP_CONFLICT:
        if (err->field[0] == '\0')
            (void)snprintf(err->field, sizeof err->field, "%s",
                           up_match_attribute(c->p));
        return look_for_it(c, err);
    case UP_UNKNOWN:
        return look_for_it(c, err);
    case UP_UNSUPPORTED:
    case UP_NOT_FOUND:
    case UP_FORBIDDEN:
    case UP_PROTECTED:
    case UP_NO_SEAT:
    case UP_UNAUTHORIZED:
    case UP_THROTTLED:
    case UP_UNAVAILABLE:
    case UP_FAILED:
        return rc;
    }
    return c->id == NULL ? learn_id(c, err) : UP_OK;
}

/* ---- 3: what is there now ------------------------------------------------ */

static enum up_rc made(const struct creation *c, struct up_error *err,
                       enum up_rc rc)
{
    err->changed = true;
    if (err->existing_id[0] == '\0' && c->id != NULL)
        (void)snprintf(err->existing_id, sizeof err->existing_id, "%s", c->id);
    return rc;
}

static enum up_rc read_and_compare(struct creation *c, struct up_user *out,
                                   struct up_error *err)
{
    json_t *record = NULL;
    enum up_rc rc;
    if (c->record != NULL) {
        rc = user_take(c->p, c->call, c->record, out, err);
    } else {
        rc = user_fetch(c->p, c->call, c->id, out, &record, err);
        c->record = record;
    }
    if (rc == UP_NOT_FOUND)
        rc = provider_fail(err, UP_UNKNOWN,
                           "The helpdesk answered that the account was made, "
                           "and does not show it.");
    if (rc == UP_OK)
        rc = user_compare(c->p, c->call, c->id, &c->sent, c->record, err);
    return rc == UP_OK ? UP_OK : made(c, err, rc);
}

/* ---- 4: the role --------------------------------------------------------- */

/* Nobody has accepted, or used, the account yet: no access is taken away. */
static enum up_rc undo(struct creation *c, struct up_user *out,
                       struct up_error *err, enum up_rc rc)
{
    struct up_user gone = {0};
    struct up_error why;
    enum up_rc undone = up_user_deactivate(
        c->p, c->call, c->id, c->user, out->state == UP_PENDING, &gone, &why);
    up_user_clear(&gone);
    return undone == UP_OK ? rc : made(c, err, rc);
}

static bool has_role(const struct up_user *u, const json_t *role)
{
    const char *scim = json_string_value(json_object_get(role, "scim"));
    return u->role != NULL && strcmp(u->role, scim) == 0;
}

static enum up_rc wrong_role(const struct up_user *now, const json_t *role,
                             struct up_error *err)
{
    (void)provider_fail(
        err, UP_INVALID,
        "The helpdesk gave the new account the role \"%.60s\" in place of "
        "\"%.60s\".",
        now->role == NULL ? "none" : now->role,
        json_string_value(json_object_get(role, "scim")));
    (void)snprintf(err->field, sizeof err->field, "roles");
    return UP_INVALID;
}

/* `expect` of create: what the account must have besides its role. */
static bool as_expected(const struct creation *c)
{
    const json_t *expect = json_object_get(provider_op(c->p, c->op), "expect");
    /* What was planned, and not sent, holds by definition. */
    return expect == NULL || c->call->plan != NULL ||
           when_holds(expect, c->record, NULL, true) == WHEN_TRUE;
}

static enum up_rc unexpected(const struct creation *c, struct up_error *err)
{
    char *text = json_dumps(json_object_get(provider_op(c->p, c->op), "expect"),
                            JSON_COMPACT);
    (void)provider_fail(err, UP_INVALID,
                        "The helpdesk gave the new account less, or more, than "
                        "was asked: its profile expects %.200s.",
                        text == NULL ? "something else" : text);
    free(text);
    (void)snprintf(err->field, sizeof err->field, "roles");
    return UP_INVALID;
}

static enum up_rc settle_role(struct creation *c, struct up_user *out,
                              struct up_error *err)
{
    struct up_user now = {0};
    if (!as_expected(c))
        return undo(c, out, err, unexpected(c, err));
    if (gives_role(c) && !has_role(out, c->first_role))
        return undo(c, out, err, wrong_role(out, c->first_role, err));
    if (has_role(out, c->role))
        return UP_OK;
    const char *scim = json_string_value(json_object_get(c->role, "scim"));
    enum up_rc rc =
        up_user_set_role(c->p, c->call, c->id, c->user, scim, &now, err);
    /* Without a way to say it, a new account has the role that it has. */
    if (rc == UP_UNSUPPORTED && c->first_role == c->role) {
        bool planned = c->call->plan != NULL && out->role == NULL;
        if (planned && c->role == role_default_of(c->p))
            (void)user_set_role(out, c->role);
        return UP_OK;
    }
    if (rc != UP_OK)
        return undo(c, out, err, rc);
    up_user_clear(out);
    *out = now;
    return UP_OK;
}

/* ---- 5: what create does not take ---------------------------------------- */

/* Leaves out what there is no call for, and what is there already. */
static void needed(struct creation *c)
{
    const json_t *body =
        provider_under(json_object_get(c->p->profile, "user"), c->record);
    size_t kept = 0;
    for (size_t i = 0; i < c->rest.count; i++) {
        const struct map_change *one = &c->rest.list[i];
        if (change_sendable(c->p, one->row) &&
            (!one->row->read || !map_holds(one, body)))
            c->rest.list[kept++] = *one;
    }
    c->rest.count = kept;
}

static enum up_rc settle_rest(struct creation *c, struct up_user *out,
                              struct up_error *err)
{
    struct up_user now = {0};
    needed(c);
    enum up_rc rc =
        user_apply(c->p, c->call, c->id, c->user, c->role, &c->rest, &now, err);
    if (rc != UP_OK)
        return made(c, err, rc);
    if (now.id != NULL) {
        up_user_clear(out);
        *out = now;
    }
    return UP_OK;
}

/* By one operation: what it carries decides what is compared. */
static enum up_rc create_by(struct creation *c, const char *role,
                            struct up_user *out, struct up_error *err)
{
    enum up_rc rc = prepare(c, role, err);
    if (rc == UP_OK)
        rc = obtain(c, err);
    if (rc == UP_OK)
        rc = read_and_compare(c, out, err);
    if (rc == UP_OK)
        rc = settle_role(c, out, err);
    if (rc == UP_OK)
        rc = settle_rest(c, out, err);
    if (rc != UP_OK)
        up_user_clear(out);
    return rc;
}

enum up_rc up_user_create(struct provider *p, struct up_call *call,
                          const json_t *user, const char *role,
                          struct up_user *out, struct up_error *err)
{
    const char *op = provider_text(p, "lifecycle.create.op");
    enum up_rc rc = UP_UNSUPPORTED;
    *out = (struct up_user){0};
    if (op == NULL || !engine_can(p->engine, op))
        return provider_lacks(err, "create a user");
    /* What turns out to be missing is asked about, then done another way. */
    for (int tries = 0; tries < WAYS && rc == UP_UNSUPPORTED; tries++) {
        struct creation c = {.p = p, .call = call, .user = user};
        c.op = engine_chosen(p->engine, op);
        if (c.op == NULL)
            break;
        rc = create_by(&c, role, out, err);
        creation_clear(&c);
        if (err->changed)
            break;
    }
    return rc;
}
