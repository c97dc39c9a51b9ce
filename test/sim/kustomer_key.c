/*
 * test/sim/kustomer_key.c - API keys, their roles, and which call needs which
 *
 * A role covers those below it: org.permission covers org.permission.user.read.
 */
#include "test/sim/kustomer_internal.h"

#include <stdio.h>
#include <string.h>

#define P "org.permission."

/* clang-format off */
/* One of the roles is enough; "": none is needed. By the start of the
 * operation's name; the first row that fits decides. */
static const struct {
    const char *operation, *roles;
} needs[] = {
    {"users.current", ""},
    {"tokens.current", ""},
    {"users.create", P "user.create org.admin.user"},
    {"users.update", P "user.update org.admin.user"},
    {"users.password", P "user.update org.admin.user"},
    {"users.", P "user.read org.user.read"},
    {"teams.create", P "team.create org.admin.team.write"},
    {"teams.update", P "team.update org.admin.team.write"},
    {"teams.members", P "team.update org.admin.team.write"},
    {"teams.delete", P "team.delete org.admin.team.write"},
    {"teams.", P "team.read"},
    {"roles.delete", P "role_group.delete org.admin.role_group.write"},
    {"roles.write", P "role_group.write org.admin.role_group.write"},
    {"roles.", P "role_group.read"},
    {"tickets.search", P "search.create " P "search.update " P "search_global.create "
                       P "search_preview.create org.user.search.read org.admin.search.read"},
    {"tickets.update", P "conversation.update org.user.conversation.write"},
    {"tickets.bulk", P "conversation.update org.user.conversation.write"},
    {"tickets.", P "conversation.read org.user.conversation.read"},
    {"hooks.", P "outbound_webhook.read org.outbound_webhooks org.admin.outbound_webhooks"},
    {"auth.settings", "org.admin.security"},
};
/* clang-format on */

static json_t *caller_key(const struct world *w)
{
    return json_object_get(w->memory, "key");
}

const char *ks_caller(const struct world *w)
{
    return ks_text(caller_key(w), "_user");
}

static bool covers(const char *held, const char *role)
{
    size_t len = strlen(held);

    return strncmp(held, role, len) == 0 &&
           (role[len] == '\0' || role[len] == '.');
}

bool ks_key_holds(const struct world *w, const char *role)
{
    const json_t *roles = json_object_get(caller_key(w), "roles"), *one = NULL;
    size_t i = 0;

    json_array_foreach (roles, i, one) {
        if (covers(json_string_value(one), role))
            return true;
    }
    return false;
}

static bool holds_one(const struct world *w, const char *roles)
{
    char role[64];

    for (const char *at = roles; *at != '\0';) {
        size_t len = strcspn(at, " ");
        (void)snprintf(role, sizeof(role), "%.*s", (int)len, at);
        if (ks_key_holds(w, role))
            return true;
        at += len + (at[len] == ' ');
    }
    return roles[0] == '\0';
}

bool ks_key_may(struct world *w, const char *operation, struct answer *a)
{
    for (size_t i = 0; i < KS_COUNT(needs); i++) {
        const char *begins = needs[i].operation;
        if (strncmp(begins, operation, strlen(begins)) != 0)
            continue;
        if (holds_one(w, needs[i].roles))
            return true;
        ks_missing_roles(w, a, ks_choice_status(w, KS_MISSING_ROLE),
                         needs[i].roles);
        return false;
    }
    return true;
}

static bool expired(const struct world *w, const json_t *key)
{
    json_int_t at = json_integer_value(json_object_get(key, "_expires"));

    return at > 0 && at <= (json_int_t)world_now(w);
}

static json_t *key_of(const struct world *w, const struct request *r)
{
    const char *header = request_header(r, "Authorization");
    const struct table *keys = &w->tables[KS_KEYS];
    size_t count = 0;

    if (header == NULL || strncmp(header, "Bearer ", 7) != 0)
        return NULL;
    const int64_t *found = table_where(keys, BY_TOKEN, header + 7, &count);
    return count > 0 ? table_get(keys, found[0]) : NULL;
}

bool ks_key_admit(struct world *w, const struct request *r, struct answer *a)
{
    const char *pod = knob_text(&w->knobs, KS_POD);
    json_t *key = key_of(w, r);
    char title[128];

    if (key == NULL) {
        ks_error(w, a, 401, "invalid token");
        return false;
    }
    json_object_set_new(w->memory, "key", key);
    if (strcmp(ks_text(key, "_pod"), pod) != 0 &&
        ks_text(key, "_pod")[0] != '\0') {
        (void)snprintf(title, sizeof(title),
                       "Auth token associated with pod %s but request is being "
                       "handled by %s",
                       ks_text(key, "_pod"), pod);
        ks_error(w, a, ks_choice_status(w, KS_REGION_STATUS), title);
        return false;
    }
    if (expired(w, key)) {
        ks_error(w, a, 401, "Expired token");
        return false;
    }
    return true;
}

json_t *ks_key_new(struct world *w, const char *token, const char *name,
                   const char *user, json_t *roles)
{
    size_t len = strlen(token);
    json_t *key = json_pack("{s:s, s:s, s:s, s:s, s:o}", "lastTokenChars",
                            token + (len > 4 ? len - 4 : 0), "name", name,
                            "ipAddress", "203.0.113.20", "userAgent",
                            "scim-bridge/1.0", "roles", roles);
    int64_t number = ks_new_id(w, KS_KEYS, key);

    ks_made(w, key, "");
    json_object_del(key, "modifiedAt");
    json_object_set(key, "lastAccessedAt", json_object_get(key, "createdAt"));
    json_object_set_new(key, "_token", json_string(token));
    json_object_set_new(key, "_user", json_string(user));
    table_put(&w->tables[KS_KEYS], number, key);
    return key;
}

void ks_token_current(struct world *w, const struct request *r,
                      struct answer *a)
{
    (void)r;
    ks_data(a, 200, ks_view(w, KS_KEYS, caller_key(w)));
}

void ks_auth_settings(struct world *w, const struct request *r,
                      struct answer *a)
{
    (void)r;
    (void)w;
    ks_data(a, 200,
            json_pack("{s:s, s:s, s:{s:{s:b}, s:{s:b}, s:{s:b, s:b}}}", "type",
                      "auth_settings", "id", "66a0c1d2e3f4a5b6c7d8e9c2",
                      "attributes", "kustomer", "enabled", 1, "google",
                      "enabled", 0, "saml", "enabled", 0, "forceAuth", 0));
}

void ks_auth_roles(struct world *w, const struct request *r, struct answer *a)
{
    static const char *const top[] = {"org.admin", "org.user", "org.permission",
                                      "org.hooks", "org.tracking"};
    json_t *list = json_array();

    (void)w;
    (void)r;
    for (size_t i = 0; i < KS_COUNT(top); i++)
        json_array_append_new(
            list, json_pack("{s:s, s:s}", "type", "role", "id", top[i]));
    answer_json(a, 200, json_pack("{s:o}", "data", list));
}
