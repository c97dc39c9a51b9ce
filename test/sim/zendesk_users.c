/*
 * test/sim/zendesk_users.c - the calls that concern users
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test/sim/zendesk_internal.h"

static void say_user(struct answer *a, int status, json_t *user)
{
    zd_say(a, status, "user", row_shown(user));
}

void zd_me(struct world *w, const struct request *r, struct answer *a)
{
    json_t *own = table_get(&w->tables[ZD_USERS], zd_own_id(w));

    (void)r;
    if (own == NULL)
        zd_missing(a);
    else
        say_user(a, 200, own);
}

/* ---- lists ----------------------------------------------------------------
 */

/* role[]=agent&role[]=admin; without any, everybody who is not deleted. */
static bool listed(const struct world *w, const json_t *user,
                   const void *context)
{
    const struct request *r = context;
    const char *role = row_text(user, "role");
    const char *external = request_query(r, "external_id");

    (void)w;
    if (!row_true(user, "active") ||
        (external && !text_same(row_text(user, "external_id"), external)))
        return false;
    return !(zd_query_has(r, "role[]", NULL) ||
             zd_query_has(r, "role", NULL)) ||
           zd_query_has(r, "role[]", role) || zd_query_has(r, "role", role);
}

void zd_users_list(struct world *w, const struct request *r, struct answer *a)
{
    zd_page(w, r, "users", rows_where(w, ZD_USERS, listed, r), true, a);
}

/* Does an address of the user, or a name, hold the words searched for? */
static bool matches(const struct world *w, const json_t *user,
                    const char *words)
{
    json_t *all = rows_by_id(w, ZD_IDENTITIES, ZD_BY_OWNER, row_id(user));
    json_t *one = NULL;
    bool found = strncmp(words, "email:", 6) != 0 &&
                 text_holds(row_text(user, "name"), words);
    const char *wanted = strncmp(words, "email:", 6) == 0 ? words + 6 : words;
    size_t i = 0;

    json_array_foreach (all, i, one) {
        found = found || text_holds(row_text(one, "value"), wanted);
    }
    json_decref(all);
    return found;
}

static bool searched(const struct world *w, const json_t *user,
                     const void *context)
{
    const struct request *r = context;
    const char *words = request_query(r, "query");
    const char *external = request_query(r, "external_id");

    if (!row_true(user, "active") ||
        row_number(user, "_found_from") > world_now(w))
        return false;
    if (external)
        return text_same(row_text(user, "external_id"), external);
    return words && *words && matches(w, user, words);
}

void zd_users_search(struct world *w, const struct request *r, struct answer *a)
{
    zd_page(w, r, "users", rows_where(w, ZD_USERS, searched, r), false, a);
}

void zd_users_get(struct world *w, const struct request *r, struct answer *a)
{
    json_t *user = zd_row_of(w, r, 0, ZD_USERS, a);

    if (user == NULL)
        return;
    if (!row_true(user, "active") && ZD_SET(w, AFTER_DELETE, "404")) {
        json_decref(user);
        zd_missing(a);
        return;
    }
    say_user(a, 200, user);
}

/* ---- writes ---------------------------------------------------------------
 */

static bool rule_custom_role(const struct world *w, const json_t *id,
                             struct answer *a)
{
    if (json_is_null(id) ||
        (json_is_integer(id) && !ZD_SET(w, ROLES_KNOB, "403") &&
         !ZD_SET(w, ROLES_KNOB, "404") &&
         table_text(&w->tables[ZD_ROLES], json_integer_value(id))))
        return true;
    return zd_invalid(a, "custom_role_id", "InvalidValue",
                      "Custom role: is invalid");
}

static bool rule_address(const struct world *w, const json_t *value,
                         int64_t user, struct answer *a)
{
    const char *address = json_string_value(value);
    const char *at = address ? strchr(address, '@') : NULL;
    char text[300];

    if (at == NULL || at == address || strchr(at, '.') == NULL)
        return zd_invalid(a, "email", "InvalidFormat",
                          "Email: is not properly formatted");
    int64_t holder = zd_holder(w, address);
    if (holder == 0 || (user != 0 && holder == user))
        return true;
    (void)snprintf(text, sizeof(text),
                   "Email: %.200s is already being used by another user",
                   address);
    return zd_invalid(a, "email", "DuplicateValue", text);
}

/* One member of a body; an e-mail is taken care of elsewhere. */
static bool change_member(const struct world *w, json_t *user, const char *key,
                          json_t *value, struct answer *a)
{
    static const char *const plain[] = {"alias", "phone", "locale", "suspended",
                                        "verified"};

    if (strcmp(key, "name") == 0 && json_string_length(value) == 0)
        return zd_invalid(a, "name", "BlankValue",
                          "Name: is too short (is 0 characters)");
    if (strcmp(key, "role") == 0 &&
        !zd_rule_role(w, user, json_string_value(value), a))
        return false;
    if (strcmp(key, "custom_role_id") == 0 && !rule_custom_role(w, value, a))
        return false;
    if (strcmp(key, "external_id") == 0 && json_is_string(value) &&
        !zd_rule_external_id(w, user, json_string_value(value), a))
        return false;
    bool known = strcmp(key, "name") == 0 || strcmp(key, "role") == 0 ||
                 strcmp(key, "custom_role_id") == 0 ||
                 strcmp(key, "external_id") == 0;
    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
        known = known || strcmp(key, plain[i]) == 0;
    if (known)
        json_object_set(user, key, value);
    return true;
}

static bool change(const struct world *w, json_t *user, const json_t *body,
                   struct answer *a)
{
    const char *key = NULL;
    json_t *value = NULL;

    json_object_foreach ((json_t *)body, key, value) {
        if (!change_member(w, user, key, value, a))
            return false;
    }
    if (!row_is(user, "role", "agent"))
        json_object_set_new(user, "custom_role_id", json_null());
    json_object_set_new(user, "role_type",
                        row_number(user, "custom_role_id") ? json_integer(0)
                                                           : json_null());
    return true;
}

/* The body's "user", or NULL and a 400. */
static json_t *wanted_user(const struct request *r, struct answer *a)
{
    json_t *user = json_object_get(r->json, "user");

    if (json_is_object(user))
        return user;
    zd_refuse(a, 400, "InvalidParameter", "The body needs a user.");
    return NULL;
}

void zd_users_create(struct world *w, const struct request *r, struct answer *a)
{
    const json_t *wanted = wanted_user(r, a);
    const json_t *email = json_object_get(wanted, "email");
    json_t *user = NULL;

    if (wanted == NULL)
        return;
    if (json_string_length(json_object_get(wanted, "name")) == 0) {
        (void)zd_invalid(a, "name", "BlankValue", "Name: cannot be blank");
        return;
    }
    if (email && !rule_address(w, email, 0, a))
        return;
    json_t *draft = json_pack("{s:s, s:b}", "role", "end-user", "active", 1);
    bool ok = change(w, draft, wanted, a);
    if (ok) {
        user = zd_user_new(w, json_string_value(email),
                           row_text(wanted, "name"), row_text(draft, "role"));
        json_object_update(user, draft);
        row_keep(w, ZD_USERS, user);
        answer_header(a, "Location", "%s/%" PRId64 ".json", r->path,
                      row_id(user));
        say_user(a, 201, user);
    }
    json_decref(draft);
}

/* So many changes of one user a minute, and no more. */
static bool within_user_rate(struct world *w, const json_t *user,
                             struct answer *a)
{
    char key[48];
    long most = ZD_NUMBER(w, UPDATE_RATE);
    int64_t minute = world_now(w) / 60;

    (void)snprintf(key, sizeof(key), "puts %" PRId64, row_id(user));
    json_t *used = json_object_get(w->memory, key);
    int64_t count = json_integer_value(json_array_get(used, 0)) == minute
                        ? json_integer_value(json_array_get(used, 1))
                        : 0;
    json_object_set_new(
        w->memory, key,
        json_pack("[I, I]", (json_int_t)minute, (json_int_t)count + 1));
    if (most <= 0 || count < most)
        return true;
    zd_refuse(a, 429, "TooManyRequests", "This user was changed too often.");
    answer_header(a, "Retry-After", "%ld", (long)(60 - world_now(w) % 60));
    return false;
}

/* An address in a PUT is one more address; the first stays what it is. */
static void add_address(struct world *w, const json_t *user,
                        const json_t *email)
{
    const char *address = json_string_value(email);

    if (address && zd_holder(w, address) == 0)
        json_decref(zd_identity_new(w, row_id(user), address, false, false));
}

void zd_users_update(struct world *w, const struct request *r, struct answer *a)
{
    json_t *user = zd_row_of(w, r, 0, ZD_USERS, a);
    const json_t *wanted = user ? wanted_user(r, a) : NULL;
    const json_t *email = json_object_get(wanted, "email");
    json_t *now = json_deep_copy(user);
    bool ok = wanted != NULL && within_user_rate(w, user, a);

    if (ok && !row_true(user, "active")) {
        zd_missing(a);
        ok = false;
    }
    if (ok && row_id(user) == zd_owner_id(w) &&
        json_is_true(json_object_get(wanted, "suspended"))) {
        zd_refuse(a, 403, "Forbidden", "The owner cannot be suspended.");
        ok = false;
    }
    ok = ok && (!email || rule_address(w, email, row_id(user), a)) &&
         change(w, now, wanted, a);
    if (ok) {
        if (zd_is_staff(user) && !zd_is_staff(now)) {
            zd_loses_work(w, user);
            json_object_set_new(now, "default_group_id", json_null());
        }
        add_address(w, now, email);
        row_keep(w, ZD_USERS, now);
        say_user(a, 200, json_incref(now));
    }
    json_decref(now);
    json_decref(user);
}

void zd_users_delete(struct world *w, const struct request *r, struct answer *a)
{
    json_t *user = zd_row_of(w, r, 0, ZD_USERS, a);

    if (user == NULL)
        return;
    if (!row_true(user, "active")) {
        json_decref(user);
        zd_missing(a);
    } else if (row_id(user) == zd_owner_id(w)) {
        json_decref(user);
        zd_refuse(a, 403, "Forbidden", "The owner cannot be deleted.");
    } else {
        zd_user_drop(w, user);
        say_user(a, 200, user);
    }
}

void zd_sessions_delete(struct world *w, const struct request *r,
                        struct answer *a)
{
    json_t *user = zd_row_of(w, r, 0, ZD_USERS, a);

    if (user == NULL)
        return;
    json_object_set_new(user, "_sessions_ended", world_time_json(world_now(w)));
    table_put(&w->tables[ZD_USERS], row_id(user), user);
    json_decref(user);
    answer_none(a, 204);
}

void zd_roles_list(struct world *w, const struct request *r, struct answer *a)
{
    if (ZD_SET(w, ROLES_KNOB, "403"))
        zd_refuse(a, 403, "Forbidden",
                  "This feature is not part of your plan.");
    else if (ZD_SET(w, ROLES_KNOB, "404"))
        zd_missing(a);
    else
        zd_page(w, r, "custom_roles", rows_where(w, ZD_ROLES, NULL, NULL),
                false, a);
}
