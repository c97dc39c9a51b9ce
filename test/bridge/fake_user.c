#include "test/bridge/fake_internal.h"

#include "providers/inbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- calls about users --------------------------------------------------- */

enum up_rc up_probe(struct provider *p, struct up_call *call,
                    struct up_user *own, struct up_error *err)
{
    struct turn t = fake_begin(p, call, "probe", NULL, err);
    const char *id = fake_text_option(p, "own", NULL);
    if (own != NULL) {
        *own = (struct up_user){0};
        own->id = id == NULL ? NULL : strdup(id);
    }
    return fake_end(&t, UP_OK, err);
}

enum up_rc up_users_list(struct provider *p, struct up_call *call,
                         up_each_user *each, void *ctx, struct up_error *err)
{
    struct turn t = fake_begin(p, call, "users.list", NULL, err);
    const char *id;
    json_t *record;
    bool more = t.run;
    json_object_foreach (fake_part(p, "users"), id, record) {
        struct up_user u = {0};
        if (!more || fake_hidden(p, record))
            continue;
        fake_tell(p, id, record, &u);
        more = each(&u, ctx);
        up_user_clear(&u);
    }
    return fake_end(&t, UP_OK, err);
}

enum up_rc up_user_get(struct provider *p, struct up_call *call, const char *id,
                       struct up_user *out, struct up_error *err)
{
    struct turn t = fake_begin(p, call, "user.get", id, err);
    json_t *record = fake_record(p, id);
    *out = (struct up_user){0};
    if (t.rc == UP_OK && record != NULL)
        fake_tell(p, id, record, out);
    return fake_end(&t, record != NULL ? UP_OK : UP_NOT_FOUND, err);
}

enum up_rc up_user_find(struct provider *p, struct up_call *call,
                        const json_t *user, struct up_user *out,
                        struct up_error *err)
{
    struct turn t = fake_begin(p, call, "user.find", fake_address(user), err);
    const char *id = NULL;
    json_t *record = fake_record_by_name(p, user, &id);
    *out = (struct up_user){0};
    if (record != NULL && fake_hidden(p, record))
        record = NULL;
    if (!fake_option(p, "find", true))
        return fake_end(&t, UP_UNSUPPORTED, err);
    if (t.rc == UP_OK && record != NULL)
        fake_tell(p, id, record, out);
    return fake_end(&t, record != NULL ? UP_OK : UP_NOT_FOUND, err);
}

/* Takes what is mapped; tells the record unless a fault hides it. */
static void write_user(struct turn *t, const char *id, json_t *record,
                       const json_t *user, struct up_user *out)
{
    if (!t->run)
        return;
    json_t *mapped = up_user_expected(t->p, user);
    (void)json_object_set_new(record, "user", mapped);
    const json_t *password = json_object_get(user, "password");
    if (password != NULL)
        (void)json_object_set(record, "password", (json_t *)password);
    if (t->rc == UP_OK)
        fake_tell(t->p, id, record, out);
}

enum up_rc up_user_create(struct provider *p, struct up_call *call,
                          const json_t *user, const char *role,
                          struct up_user *out, struct up_error *err)
{
    struct turn t = fake_begin(p, call, "user.create", fake_address(user), err);
    const char *mode = fake_text_option(p, "create", "account"), *taken = NULL;
    char id[16];
    *out = (struct up_user){0};
    if (strcmp(mode, "no") == 0)
        return fake_end(&t, UP_UNSUPPORTED, err);
    if (fake_record_by_name(p, user, &taken) != NULL) {
        (void)snprintf(err->existing_id, sizeof err->existing_id, "%s", taken);
        return fake_end(&t, UP_CONFLICT, err);
    }
    if (t.run) {
        json_t *record = json_pack(
            "{s:s, s:s, s:s}", "state",
            strcmp(mode, "invite") == 0 ? "pending" : "active", "role",
            role != NULL ? role : "agent", "identity", fake_new_id(p, id));
        json_t *inboxes = json_object_get(user, UP_INBOXES);
        if (inboxes != NULL && up_takes_inboxes(p))
            (void)json_object_set(record, "inboxes", inboxes);
        (void)json_object_set_new(fake_part(p, "users"), id, record);
        write_user(&t, id, record, user, out);
    }
    return fake_end(&t, UP_OK, err);
}

/* A call on one account: its record, or NULL and the outcome. */
static json_t *one(struct turn *t, const char *able, const char *id,
                   enum up_rc *rc)
{
    json_t *record = fake_record(t->p, id);
    *rc = !fake_option(t->p, able, true) ? UP_UNSUPPORTED
          : record == NULL               ? UP_NOT_FOUND
                                         : UP_OK;
    return *rc == UP_OK ? record : NULL;
}

enum up_rc up_user_promote(struct provider *p, struct up_call *call,
                           const char *id, const json_t *user, const char *role,
                           struct up_user *out, struct up_error *err)
{
    struct turn t = fake_begin(p, call, "user.promote", id, err);
    enum up_rc rc;
    json_t *record = one(&t, "promote", id, &rc);
    *out = (struct up_user){0};
    if (record != NULL && t.run) {
        (void)json_object_set_new(record, "in_scope", json_true());
        (void)json_object_set_new(record, "role",
                                  json_string(role != NULL ? role : "agent"));
        write_user(&t, id, record, user, out);
    }
    return fake_end(&t, rc, err);
}

enum up_rc up_user_update(struct provider *p, struct up_call *call,
                          const char *id, const json_t *before,
                          const json_t *after, const char *role,
                          struct up_user *out, struct up_error *err)
{
    *out = (struct up_user){0};
    (void)role;
    if (!up_user_differs(p, before, after)) {
        *err = (struct up_error){0};
        return UP_OK;
    }
    struct turn t = fake_begin(p, call, "user.update", id, err);
    enum up_rc rc;
    json_t *record = one(&t, "update", id, &rc);
    if (record != NULL && fake_option(p, "locked", false) &&
        fake_state(record) == UP_INACTIVE)
        rc = UP_INVALID;
    else if (record != NULL)
        write_user(&t, id, record, after, out);
    return fake_end(&t, rc, err);
}

/* Sets one member of an account and tells the record. */
static enum up_rc set_member(struct provider *p, struct up_call *call,
                             const char *op, const char *able, const char *id,
                             const char *member, const char *value,
                             struct up_user *out, struct up_error *err)
{
    struct turn t = fake_begin(p, call, op, id, err);
    enum up_rc rc;
    json_t *record = one(&t, able, id, &rc);
    *out = (struct up_user){0};
    if (record != NULL && t.run) {
        (void)json_object_set_new(record, member, json_string(value));
        if (t.rc == UP_OK && !fake_hidden(p, record))
            fake_tell(p, id, record, out);
    }
    return fake_end(&t, rc, err);
}

enum up_rc up_user_set_role(struct provider *p, struct up_call *call,
                            const char *id, const json_t *user,
                            const char *role, struct up_user *out,
                            struct up_error *err)
{
    (void)user;
    return set_member(p, call, "user.role", "role", id, "role", role, out, err);
}

static void unassign(struct provider *p, const char *leaver)
{
    const char *ticket;
    json_t *owner;
    void *next;
    json_object_foreach_safe(fake_part(p, "tickets"), next, ticket, owner)
    {
        if (strcmp(json_string_value(owner), leaver) == 0)
            (void)json_object_set_new(fake_part(p, "tickets"), ticket,
                                      json_string("unassigned"));
    }
}

void up_user_leave(struct provider *p, struct up_call *call, const char *id,
                   const json_t *known)
{
    (void)p;
    (void)call;
    (void)id;
    (void)known;
}

enum up_rc up_user_deactivate(struct provider *p, struct up_call *call,
                              const char *id, const json_t *known, bool pending,
                              struct up_user *out, struct up_error *err)
{
    (void)known;
    if (pending && fake_option(p, "deactivate", true)) {
        /* An invitation is revoked: the account is gone. */
        *out = (struct up_user){0};
        return up_user_delete(p, call, id, err);
    }
    if (fake_option(p, "unassigns", false))
        unassign(p, id);
    return set_member(p, call, "user.deactivate", "deactivate", id, "state",
                      "inactive", out, err);
}

enum up_rc up_user_reactivate(struct provider *p, struct up_call *call,
                              const char *id, const json_t *user,
                              const char *role, const json_t *snapshot,
                              struct up_user *out, struct up_error *err)
{
    (void)user;
    (void)role;
    (void)snapshot;
    return set_member(p, call, "user.reactivate", "reactivate", id, "state",
                      "active", out, err);
}

enum up_rc up_user_resend_invite(struct provider *p, struct up_call *call,
                                 const char *id, struct up_user *out,
                                 struct up_error *err)
{
    struct turn t = fake_begin(p, call, "user.resend", id, err);
    enum up_rc rc;
    json_t *record = one(&t, "resend", id, &rc);
    *out = (struct up_user){0};
    if (record != NULL && t.run && fake_state(record) == UP_PENDING) {
        json_int_t ends =
            json_integer_value(json_object_get(record, "expires_at"));
        (void)json_object_set_new(record, "invited_at", json_integer(ends));
        (void)json_object_set_new(record, "expires_at",
                                  json_integer(ends + FAKE_INVITE_MS));
    }
    if (record != NULL && rc == UP_OK)
        fake_tell(p, id, record, out);
    return fake_end(&t, rc, err);
}

enum up_rc up_user_delete(struct provider *p, struct up_call *call,
                          const char *id, struct up_error *err)
{
    struct turn t = fake_begin(p, call, "user.delete", id, err);
    enum up_rc rc;
    json_t *record = one(&t, "delete", id, &rc);
    if (record != NULL && t.run)
        (void)json_object_del(fake_part(p, "users"), id);
    return fake_end(&t, rc, err);
}
