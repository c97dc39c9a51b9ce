/*
 * test/sim/kustomer.c - the desk: what it keeps, its routes, who gets in
 *
 * A call passes, in this order: token, role, budget, and then its route.
 */
#include "test/sim/kustomer.h"

#include <string.h>

#include "test/sim/kustomer_internal.h"

static const struct table_spec tables[KS_TABLES] = {
    [KS_USERS] = {"users", 0x18293a01, {{"id", false}, {"email", true}}},
    [KS_TEAMS] = {"teams", 0x29304b01, {{"id", false}}},
    [KS_GROUPS] = {"role_groups", 0x30415c01, {{"id", false}}},
    [KS_CONVERSATIONS] = {"conversations", 0x41526d01, {{"id", false}}},
    [KS_KEYS] = {"keys", 0xc7d8e9b1, {{"id", false}, {"_token", false}}},
    [KS_BULK] = {"bulk", 0x6374e5f1, {{"id", false}}},
    [KS_HOOKS] = {"webhooks", 0x7485f601, {{"id", false}}},
    [KS_DELIVERIES] = {"deliveries", 0x74859701, {{"id", false}}},
    [KS_MAILS] = {"mails", 1, {{"id", false}}},
};

static const struct knob_spec knobs[] = {
#define X(id, name, kind, initial, values, help)                               \
    {name, KNOB_##kind, initial, values, help},
    KS_KNOBS(X)
#undef X
#define X(id, name, values, first, second, third, help)                        \
    {name, KNOB_TEXT, "preset", "preset|" values,                              \
     help "; by preset " first ", " second ", " third},
        KS_CHOICES(X)
#undef X
};

/* clang-format off */
#define U "/v1/users"
#define T "/v1/teams"
#define G "/v1/role-groups"
#define C "/v1/conversations"
#define W "/v1/outbound-webhooks"
static const struct route routes[] = {
    {"GET", "/v1/auth/tokens/current", "tokens.current", ks_token_current, ROUTE_PLAIN},
    {"GET", "/v1/auth/settings", "auth.settings", ks_auth_settings, ROUTE_PLAIN},
    {"GET", "/v1/auth/roles", "roles.top", ks_auth_roles, ROUTE_PLAIN},
    {"GET", U, "users.list", ks_users_list, ROUTE_PLAIN},
    {"POST", U, "users.create", ks_users_create, ROUTE_PLAIN},
    {"GET", U "/current", "users.current", ks_users_current, ROUTE_PLAIN},
    {"PUT", U "/current", "users.current_update", ks_users_update_current, ROUTE_PLAIN},
    {"POST", U "/passwordreset", "users.password", ks_password_reset, ROUTE_PLAIN},
    {"GET", U "/{}", "users.get", ks_users_get, ROUTE_PLAIN},
    {"PUT", U "/{}", "users.update", ks_users_update, ROUTE_PLAIN},
    {"GET", U "/{}/teams", "users.teams", ks_users_teams, ROUTE_PLAIN},
    {"GET", T, "teams.list", ks_teams_list, ROUTE_PLAIN},
    {"POST", T, "teams.create", ks_teams_create, ROUTE_PLAIN},
    {"GET", T "/{}", "teams.get", ks_teams_get, ROUTE_PLAIN},
    {"PUT", T "/{}", "teams.update", ks_teams_put, ROUTE_PLAIN},
    {"PATCH", T "/{}", "teams.update", ks_teams_patch, ROUTE_PLAIN},
    {"DELETE", T "/{}", "teams.delete", ks_teams_delete, ROUTE_PLAIN},
    {"POST", T "/{}/members", "teams.members.add", ks_members_add, ROUTE_PLAIN},
    {"DELETE", T "/{}/members", "teams.members.remove", ks_members_remove, ROUTE_PLAIN},
    {"GET", G, "roles.list", ks_groups_list, ROUTE_PLAIN},
    {"POST", G, "roles.write", ks_groups_create, ROUTE_PLAIN},
    {"GET", G "/{}", "roles.get", ks_groups_get, ROUTE_PLAIN},
    {"PUT", G "/{}", "roles.write", ks_groups_update, ROUTE_PLAIN},
    {"DELETE", G "/{}", "roles.delete", ks_groups_delete, ROUTE_PLAIN},
    {"POST", "/v1/customers/search", "tickets.search", ks_search, ROUTE_PLAIN},
    {"GET", C, "tickets.list", ks_conversations_list, ROUTE_PLAIN},
    {"PUT", C "/bulk", "tickets.bulk", ks_bulk_put, ROUTE_PLAIN},
    {"GET", "/v1/bulk/{}", "tickets.bulk_get", ks_bulk_get, ROUTE_PLAIN},
    {"GET", C "/{}", "tickets.get", ks_conversations_get, ROUTE_PLAIN},
    {"PUT", C "/{}", "tickets.update", ks_conversations_put, ROUTE_PLAIN},
    {"PATCH", C "/{}", "tickets.update", ks_conversations_put, ROUTE_PLAIN},
    {"GET", W, "hooks.list", ks_hooks_list, ROUTE_PLAIN},
    {"POST", W, "hooks.create", ks_hooks_create, ROUTE_PLAIN},
    {"GET", W "/events", "hooks.events", ks_hook_events, ROUTE_PLAIN},
    {"GET", W "/{}", "hooks.get", ks_hooks_get, ROUTE_PLAIN},
    {"PUT", W "/{}", "hooks.update", ks_hooks_put, ROUTE_PLAIN},
    {"DELETE", W "/{}", "hooks.delete", ks_hooks_delete, ROUTE_PLAIN},
};
/* clang-format on */

static bool admit(struct world *w, const struct request *r, struct answer *a,
                  bool open)
{
    struct request copy = *r;
    bool known = false;
    char allow[128];
    const struct route *route =
        desk_route(&kustomer, &copy, &known, allow, sizeof(allow));
    const char *operation = route ? route->operation : "";

    (void)open;
    json_object_del(w->memory, "key");
    json_object_set_new(w->memory, "limited", json_false());
    if (!ks_key_admit(w, r, a))
        return false;
    /* Who may not is told so, and pays all the same. */
    struct answer unsaid = {0};
    bool may = ks_key_may(w, operation, a);
    bool search = may && strcmp(operation, "tickets.search") == 0;
    bool room = ks_rate_admit(w, search, may ? a : &unsaid);
    answer_clear(&unsaid);
    return may && room;
}

static void refuse(struct world *w, enum refusal why, struct answer *a)
{
    switch (why) {
    case REFUSE_METHOD:
        if (KS_IS(w, BAD_METHOD, "405")) {
            ks_error(w, a, 405, "method not allowed");
            break;
        }
        ks_error(w, a, 404, "not found");
        break;
    case REFUSE_NO_ROUTE:
        ks_error(w, a, 404, "not found");
        break;
    case REFUSE_BAD_JSON:
        ks_bad_value(w, a, NULL, "is not valid JSON");
        break;
    case REFUSE_TOO_LARGE:
        ks_error(w, a, 413, "request entity too large");
        break;
    }
}

const struct desk kustomer = {
    .name = "kustomer",
    .knobs = knobs,
    .knob_count = KS_COUNT(knobs),
    .tables = tables,
    .table_count = KS_TABLES,
    .routes = routes,
    .route_count = KS_COUNT(routes),
    .acts = ks_acts,
    .last_slash = true,
    .admit = admit,
    .finish = ks_rate_finish,
    .refuse = refuse,
    .seed = ks_seed,
};
