/*
 * test/sim/kustomer_users_write.c - creating and changing users
 */
#include "test/sim/kustomer_internal.h"

#include <stdio.h>
#include <string.h>

/* What a body may hold; `null`: it may be null; `create`: also in a POST. */
static const struct field {
    const char *name;
    bool null, create;
} fields[] = {
    {"name", false, true},       {"email", false, true},
    {"displayName", true, true}, {"mobile", true, true},
    {"avatarUrl", true, true},   {"emailSignature", true, true},
    {"password", false, false},  {"currentPassword", false, false},
};

static const char *const known_create[] = {
    "name",           "email",    "displayName", "mobile", "avatarUrl",
    "emailSignature", "userType", "roleGroups",  "roles",  NULL};
static const char *const known_update[] = {
    "name",           "email",           "displayName", "mobile", "avatarUrl",
    "emailSignature", "userType",        "roleGroups",  "roles",  "deleted",
    "password",       "currentPassword", NULL};

/* ---- fields ------------------------------------------------------------- */

static bool texts_good(struct world *w, const json_t *body, struct answer *a)
{
    for (size_t i = 0; i < KS_COUNT(fields); i++) {
        const json_t *value = json_object_get(body, fields[i].name);
        bool good = value == NULL || json_is_string(value) ||
                    (fields[i].null && json_is_null(value));
        if (good && json_is_string(value) && !fields[i].null)
            good = json_string_length(value) > 0;
        if (good)
            continue;
        ks_bad_value(w, a, fields[i].name, "must be a text");
        return false;
    }
    const char *email = ks_text(body, "email");
    if (email[0] != '\0' && strchr(email, '@') == NULL) {
        ks_bad_value(w, a, "email", "is not an address");
        return false;
    }
    return true;
}

static bool type_good(struct world *w, const json_t *body, bool create,
                      struct answer *a)
{
    static const char *const types[] = {"user", "limited", "hourly", "machine"};
    const json_t *value = json_object_get(body, "userType");
    bool good = value == NULL;

    for (size_t i = 0; i < (create ? 4U : 3U) && !good; i++)
        good = strcmp(ks_text(body, "userType"), types[i]) == 0;
    if (!good)
        ks_bad_value(w, a, "userType", "is not one of the allowed values");
    return good;
}

static bool list_good(struct world *w, const json_t *body, const char *name,
                      struct answer *a)
{
    const json_t *list = json_object_get(body, name), *one = NULL;
    bool good = list == NULL || json_is_array(list);
    size_t i = 0;

    json_array_foreach (list, i, one) {
        good = good && json_is_string(one);
    }
    if (!good)
        ks_bad_value(w, a, name, "must be a list of texts");
    return good;
}

/* Role groups that are there, at most one, and none for a collaborator. */
static bool groups_good(struct world *w, const json_t *body, const char *type,
                        struct answer *a)
{
    json_t *list = json_object_get(body, "roleGroups");

    for (size_t i = json_array_size(list); i > 0; i--) {
        const char *id = json_string_value(json_array_get(list, i - 1));
        if (ks_find(w, KS_GROUPS, id) != 0)
            continue;
        if (KS_IS(w, UNKNOWN_GROUP, "400")) {
            ks_error_at(w, a, 400, "unknown role group", "roleGroups");
            return false;
        }
        (void)json_array_remove(list, i - 1);
    }
    if (json_array_size(list) > 1 && KS_IS(w, SEVERAL_GROUPS, "400")) {
        ks_bad_value(w, a, "roleGroups", "holds more than one id");
        return false;
    }
    if (json_array_size(list) > 0 && strcmp(type, "limited") == 0) {
        if (KS_IS(w, LIMITED_GROUPS, "400")) {
            ks_bad_value(w, a, "roleGroups", "is not for collaborators");
            return false;
        }
        (void)json_array_clear(list);
    }
    return true;
}

static bool body_good(struct world *w, const json_t *body, bool create,
                      const char *type, struct answer *a)
{
    const char *const *known = create ? known_create : known_update;

    return ks_fields_known(w, body, known, a) && texts_good(w, body, a) &&
           type_good(w, body, create, a) && list_good(w, body, "roles", a) &&
           list_good(w, body, "roleGroups", a) && groups_good(w, body, type, a);
}

/* ---- what the key may give ------------------------------------------------
 */

static bool group_covered(const struct world *w, const char *id)
{
    json_t *group = table_get(&w->tables[KS_GROUPS], ks_find(w, KS_GROUPS, id));
    const json_t *one = NULL;
    bool all = true;
    size_t i = 0;

    json_array_foreach (json_object_get(group, "roles"), i, one) {
        all = all && ks_key_holds(w, json_string_value(one));
    }
    json_decref(group);
    return all;
}

/* Cuts what the key does not hold; false: refused instead. */
static bool trim(struct world *w, json_t *body, struct answer *a)
{
    json_t *roles = json_object_get(body, "roles");
    json_t *groups = json_object_get(body, "roleGroups");

    for (size_t i = json_array_size(roles); i > 0; i--)
        if (!ks_key_holds(w, json_string_value(json_array_get(roles, i - 1))))
            (void)json_array_remove(roles, i - 1);
    for (size_t i = json_array_size(groups); i > 0; i--) {
        const char *id = json_string_value(json_array_get(groups, i - 1));
        if (group_covered(w, id) || KS_IS(w, TRIM_GROUP, "keep"))
            continue;
        if (KS_IS(w, TRIM_GROUP, "refuse")) {
            ks_error(w, a, 400, "the key lacks roles of the role group");
            return false;
        }
        (void)json_array_remove(groups, i - 1);
    }
    return true;
}

/* ---- seats and addresses ---------------------------------------------------
 */

static bool takes_seat(const json_t *user)
{
    const char *type = ks_text(user, "userType");

    return strcmp(type, "machine") != 0 && strcmp(type, "limited") != 0 &&
           !ks_deactivated(user);
}

/* Is there a seat for who takes one now and did not before? */
static bool seat_left(struct world *w, const json_t *before, const json_t *user,
                      struct answer *a)
{
    const struct table *t = &w->tables[KS_USERS];
    long seats = KS_NUMBER(w, SEATS), taken = 0;

    if (seats <= 0 || !takes_seat(user) || (before && takes_seat(before)))
        return true;
    for (size_t i = 0; i < t->count; i++) {
        json_t *one = table_get(t, t->rows[i].id);
        taken += takes_seat(one);
        json_decref(one);
    }
    if (taken < seats)
        return true;
    int status = ks_choice_status(w, KS_SEAT_STATUS);
    ks_error(w, a, status,
             status == 401 ? "billing feature required" : "seat limit reached");
    return false;
}

static bool email_free(struct world *w, const json_t *user, struct answer *a)
{
    size_t count = 0;
    const int64_t *found = table_where(&w->tables[KS_USERS], BY_EMAIL,
                                       ks_text(user, "email"), &count);
    int64_t own = ks_find(w, KS_USERS, ks_text(user, "id"));

    for (size_t i = 0; i < count; i++) {
        if (found[i] == own)
            continue;
        ks_error_at(w, a, ks_choice_status(w, KS_DUP_STATUS),
                    "email already in use", "email");
        return false;
    }
    return true;
}

/* ---- creating ---------------------------------------------------------------
 */

static void fill(json_t *user, const char *name, json_t *value)
{
    if (json_object_get(user, name) == NULL)
        json_object_set_new(user, name, value);
    else
        json_decref(value);
}

static void complete(json_t *user)
{
    fill(user, "userType", json_string("user"));
    fill(user, "displayName", json_incref(json_object_get(user, "name")));
    fill(user, "mobile", json_null());
    fill(user, "emailSignature", json_null());
    fill(user, "avatarUrl", json_null());
    fill(user, "roleGroups", json_array());
    fill(user, "roles", json_pack("[s,s]", "org.admin", "org.user"));
}

json_t *ks_user_new(struct world *w, const json_t *body, bool invited,
                    const char *by)
{
    json_t *user = json_deep_copy(body), *now = ks_now(w);

    complete(user);
    int64_t number = ks_new_id(w, KS_USERS, user);
    json_object_set(user, "emailVerifiedAt", invited ? json_null() : now);
    json_object_set(user, "firstEmailVerifiedAt",
                    json_object_get(user, "emailVerifiedAt"));
    json_object_set_new(user, "password",
                        json_pack("{s:b, s:b, s:O}", "allowNew", 1, "forceNew",
                                  0, "updatedAt", now));
    ks_made(w, user, by);
    json_object_set_new(user, "deletedAt", json_null());
    json_object_set_new(user, "_pending", json_boolean(invited));
    table_put(&w->tables[KS_USERS], number, user);
    if (invited) {
        json_t *mail =
            json_pack("{s:s, s:s, s:O}", "to", ks_text(user, "email"),
                      "subject", "You are invited", "at", now);
        table_put(&w->tables[KS_MAILS], ks_new_id(w, KS_MAILS, mail), mail);
        json_decref(mail);
    }
    json_decref(now);
    ks_event(w, KS_USERS, user, NULL);
    return user;
}

static bool create_allowed(struct world *w, json_t *body, struct answer *a)
{
    const char *type = ks_text(body, "userType");

    if (!body_good(w, body, true, type, a))
        return false;
    if (ks_text(body, "name")[0] == '\0' || ks_text(body, "email")[0] == '\0') {
        ks_bad_value(w, a, ks_text(body, "name")[0] == '\0' ? "name" : "email",
                     "is required");
        return false;
    }
    if (strcmp(type, "limited") == 0 && !ks_key_holds(w, "org.user")) {
        ks_missing_roles(w, a, ks_choice_status(w, KS_MISSING_ROLE),
                         "org.user");
        return false;
    }
    complete(body);
    return email_free(w, body, a) && seat_left(w, NULL, body, a) &&
           trim(w, body, a);
}

void ks_users_create(struct world *w, const struct request *r, struct answer *a)
{
    json_t *body = ks_body(w, r, false, a);

    if (body != NULL && create_allowed(w, body, a)) {
        json_t *clean = json_object();
        for (size_t i = 0; known_create[i] != NULL; i++)
            json_object_set(clean, known_create[i],
                            json_object_get(body, known_create[i]));
        json_t *user = ks_user_new(w, clean, true, ks_caller(w));
        ks_data(a, 201, ks_view(w, KS_USERS, user));
        json_decref(user);
        json_decref(clean);
    }
    json_decref(body);
}

/* ---- changing ---------------------------------------------------------------
 */

void ks_user_deactivate(const struct world *w, json_t *user, bool off)
{
    if (off == ks_deactivated(user))
        return;
    json_object_set_new(user, "deletedAt", off ? ks_now(w) : json_null());
    if (off && KS_IS(w, DELETED_GROUPS, "drop"))
        json_object_set_new(user, "roleGroups", json_array());
}

void ks_user_changed(struct world *w, json_t *user, const json_t *before,
                     const char *by)
{
    ks_touch(w, user, by);
    table_put(&w->tables[KS_USERS], ks_find(w, KS_USERS, ks_text(user, "id")),
              user);
    ks_event(w, KS_USERS, user, before);
}

static bool administers(const json_t *user)
{
    return !ks_deactivated(user) &&
           strcmp(ks_text(user, "userType"), "machine") != 0 &&
           ks_has(json_object_get(user, "roleGroups"), KS_ADMINISTRATOR);
}

static bool others_administer(const struct world *w, const json_t *user)
{
    const struct table *t = &w->tables[KS_USERS];
    bool found = false;

    for (size_t i = 0; i < t->count && !found; i++) {
        json_t *one = table_get(t, t->rows[i].id);
        found = administers(one) &&
                strcmp(ks_text(one, "id"), ks_text(user, "id")) != 0;
        json_decref(one);
    }
    return found;
}

/* `deleted` of the body; false: refused. */
static bool life(struct world *w, json_t *user, const json_t *deleted,
                 struct answer *a)
{
    bool off = json_is_true(deleted);

    if (deleted == NULL)
        return true;
    if (!json_is_boolean(deleted) && !json_is_null(deleted)) {
        ks_bad_value(w, a, "deleted", "must be true or null");
        return false;
    }
    if (json_is_false(deleted) && KS_IS(w, DELETED_AS_FALSE, "400")) {
        ks_bad_value(w, a, "deleted", "must be true or null");
        return false;
    }
    if (off && ks_deactivated(user) && KS_IS(w, DELETED_TWICE, "400")) {
        ks_error(w, a, 400, "user is already deactivated");
        return false;
    }
    if (off && KS_IS(w, LAST_ADMIN, "409") && administers(user) &&
        !others_administer(w, user)) {
        ks_error(w, a, 409, "the last administrator cannot be deactivated");
        return false;
    }
    ks_user_deactivate(w, user, off);
    return true;
}

static void merge(const struct world *w, json_t *user, const json_t *body)
{
    const char *was = ks_text(user, "email"), *is = ks_text(body, "email");
    bool moved = is[0] != '\0' && strcmp(was, is) != 0;

    for (size_t i = 0; known_create[i] != NULL; i++) {
        json_t *value = json_object_get(body, known_create[i]);
        if (value != NULL)
            json_object_set(user, known_create[i], value);
    }
    if (moved && KS_IS(w, EMAIL_CHANGE, "unverifies"))
        json_object_set_new(user, "emailVerifiedAt", json_null());
}

/* Changes user `number`; 0: there is none, which the body's values precede. */
static void update(struct world *w, const struct request *r, int64_t number,
                   struct answer *a)
{
    json_t *user = table_get(&w->tables[KS_USERS], number);
    json_t *body = ks_body(w, r, false, a), *before = json_deep_copy(user);
    const char *type = body ? ks_text(body, "userType") : "";
    bool good = body != NULL &&
                body_good(w, body, false,
                          type[0] ? type : ks_text(before, "userType"), a);

    if (good && user == NULL)
        json_decref(ks_named(w, r, KS_USERS, &number, a));
    else if (good && trim(w, body, a) &&
             life(w, user, json_object_get(body, "deleted"), a)) {
        merge(w, user, body);
        if (email_free(w, user, a) && seat_left(w, before, user, a)) {
            ks_user_changed(w, user, before, ks_caller(w));
            ks_data(a, ks_choice_status(w, KS_PUT_STATUS),
                    ks_view(w, KS_USERS, user));
        }
    }
    json_decref(before);
    json_decref(body);
    json_decref(user);
}

void ks_users_update(struct world *w, const struct request *r, struct answer *a)
{
    update(w, r, ks_find(w, KS_USERS, r->arg[0]), a);
}

void ks_users_update_current(struct world *w, const struct request *r,
                             struct answer *a)
{
    update(w, r, ks_find(w, KS_USERS, ks_caller(w)), a);
}

void ks_password_reset(struct world *w, const struct request *r,
                       struct answer *a)
{
    json_t *body = ks_body(w, r, false, a);

    if (body == NULL)
        return;
    if (ks_text(body, "email")[0] == '\0' || ks_text(body, "domain")[0] == '\0')
        ks_bad_value(w, a, "email", "is required");
    else
        answer_none(a, 204);
    json_decref(body);
}
