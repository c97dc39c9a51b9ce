/*
 * test/sim/helpscout.c - the desk: what it keeps, its routes, who gets in
 *
 *   gateway      no such route: 404; over the budget: 429
 *   application  free plan: 403; no good token: 401; then the route
 */
#include "test/sim/helpscout.h"

#include <string.h>

#include "test/sim/helpscout_internal.h"

static const struct table_spec tables[HS_TABLES] = {
    [HS_USERS] = {"users",
                  510001,
                  {{"email", true}, {"alternateEmails", true}}},
    [HS_TEAMS] = {"teams", 410010, {{"name", true}}},
    [HS_MAILBOXES] = {"mailboxes", 7301, {{0}}},
    [HS_CONVERSATIONS] = {"conversations", 3300101, {{"_assigneeId", false}}},
    [HS_SYSTEM_USERS] = {"system_users", 990301, {{0}}},
    [HS_DELETED] = {"deleted", 1, {{"email", true}}},
    [HS_TOKENS] = {"tokens", 1, {{"token", false}}},
    [HS_WEBHOOKS] = {"webhooks", 1001, {{0}}},
    [HS_DELIVERIES] = {"deliveries", 1, {{0}}},
    [HS_MAILS] = {"mails", 1, {{0}}},
};

static const struct knob_spec knobs[] = {
#define X(id, name, kind, initial, values, help)                               \
    {name, KNOB_##kind, initial, values, help},
    HS_KNOBS(X)
#undef X
};

/* clang-format off */
#define U "/v2/users"
#define T "/v2/teams"
#define M "/v2/mailboxes"
#define C "/v2/conversations"
#define W "/v2/webhooks"
#define S "/v2/scim"
static const struct route routes[] = {
    {"POST", "/v2/oauth2/token", "token", hs_token, ROUTE_OPEN},
    {"GET", U, "users.list", hs_users_list, ROUTE_PLAIN},
    {"POST", U, "users.create", hs_users_create, ROUTE_PLAIN},
    {"GET", U "/me", "probe", hs_users_me, ROUTE_PLAIN},
    {"GET", U "/status", "users.statuses", hs_status_list, ROUTE_PLAIN},
    {"GET", U "/{}", "users.get", hs_users_get, ROUTE_PLAIN},
    {"DELETE", U "/{}", "users.delete", hs_users_delete, ROUTE_PLAIN},
    {"PUT", U "/{}", "users.update", hs_users_update, ROUTE_PLAIN},
    {"PATCH", U "/{}", "users.update", hs_users_update, ROUTE_PLAIN},
    {"POST", U "/{}", "users.update", hs_users_update, ROUTE_PLAIN},
    {"GET", U "/{}/status", "users.status", hs_status_get, ROUTE_PLAIN},
    {"PUT", U "/{}/status", "users.away", hs_status_put, ROUTE_PLAIN},
    {"GET", "/v3/system-users", "system_users.list", hs_system_users, ROUTE_PLAIN},
    {"GET", T, "teams.list", hs_teams_list, ROUTE_PLAIN},
    {"GET", T "/{}", "teams.get", hs_teams_get, ROUTE_PLAIN},
    {"GET", T "/{}/members", "teams.members.list", hs_members_list, ROUTE_PLAIN},
    {"GET", M, "mailboxes.list", hs_mailboxes_list, ROUTE_PLAIN},
    {"GET", M "/{}", "mailboxes.get", hs_mailboxes_get, ROUTE_PLAIN},
    {"GET", M "/{}/routing", "routing.get", hs_routing_get, ROUTE_PLAIN},
    {"PUT", M "/{}/routing", "routing.put", hs_routing_put, ROUTE_PLAIN},
    {"GET", C, "tickets.open", hs_conversations_list, ROUTE_PLAIN},
    {"GET", C "/{}", "tickets.get", hs_conversations_get, ROUTE_PLAIN},
    {"PATCH", C "/{}", "tickets.assign", hs_conversations_patch, ROUTE_PLAIN},
    {"GET", W, "webhooks.list", hs_webhooks_list, ROUTE_PLAIN},
    {"POST", W, "webhooks.create", hs_webhooks_create, ROUTE_PLAIN},
    {"GET", W "/{}", "webhooks.get", hs_webhooks_get, ROUTE_PLAIN},
    {"PUT", W "/{}", "webhooks.update", hs_webhooks_put, ROUTE_PLAIN},
    {"DELETE", W "/{}", "webhooks.delete", hs_webhooks_delete, ROUTE_PLAIN},
    {"GET", S "/ServiceProviderConfig", "scim.config", hs_scim_config, ROUTE_PLAIN},
    {"GET", S "/Users", "scim.users.list", hs_scim_users, ROUTE_PLAIN},
    {"POST", S "/Users", "scim.users.create", hs_scim_user_post, ROUTE_PLAIN},
    {"GET", S "/Users/{}", "scim.users.get", hs_scim_user_get, ROUTE_PLAIN},
    {"PUT", S "/Users/{}", "scim.users.replace", hs_scim_user_put, ROUTE_PLAIN},
    {"PATCH", S "/Users/{}", "scim.users.patch", hs_scim_user_patch, ROUTE_PLAIN},
    {"DELETE", S "/Users/{}", "scim.users.delete", hs_scim_user_delete, ROUTE_PLAIN},
    {"GET", S "/Groups", "scim.groups.list", hs_scim_groups, ROUTE_PLAIN},
    {"POST", S "/Groups", "scim.groups.create", hs_scim_group_post, ROUTE_PLAIN},
    {"PATCH", S "/Groups/{}", "scim.groups.patch", hs_scim_group_patch, ROUTE_PLAIN},
    {"DELETE", S "/Groups/{}", "scim.groups.delete", hs_scim_group_delete, ROUTE_PLAIN},
};
/* clang-format on */

static void count_call(struct world *w)
{
    json_int_t call =
        json_integer_value(json_object_get(w->memory, "call")) + 1;

    json_object_set_new(w->memory, "call", json_integer(call));
    json_object_set_new(w->memory, "cost", json_integer(0));
}

/* The gateway knows its routes before it knows who asks. */
static bool routed(const struct request *r)
{
    struct request copy = *r;
    bool known = false;
    char allow[128];

    return desk_route(&helpscout, &copy, &known, allow, sizeof(allow)) !=
               NULL ||
           known;
}

static bool admit(struct world *w, const struct request *r, struct answer *a,
                  bool open)
{
    count_call(w);
    if (hs_is_scim(r))
        return hs_scim_admit(w, r, a);
    if (open && !HS_SET(w, COUNT_TOKEN, "yes"))
        return true;
    if (!hs_rate_admit(w, r, a))
        return false;
    if (!routed(r)) {
        hs_no_route(w, a);
        return false;
    }
    if (open)
        return true;
    if (HS_SET(w, PLAN, "free")) {
        hs_error(w, a, 403, "API access is not part of this plan");
        return false;
    }
    return hs_token_admit(w, r, a);
}

static void finish(struct world *w, struct answer *a)
{
    char ref[80];

    hs_rate_finish(w, a);
    hs_log_ref(w, ref, sizeof(ref));
    answer_header(a, "Correlation-ID", "%s", ref);
}

static void refuse(struct world *w, enum refusal why, struct answer *a)
{
    switch (why) {
    case REFUSE_NO_ROUTE:
        hs_no_route(w, a);
        break;
    case REFUSE_METHOD:
        hs_error(w, a, 405, "Method Not Allowed");
        break;
    case REFUSE_BAD_JSON:
        hs_error(w, a, 400, "Bad request");
        break;
    case REFUSE_TOO_LARGE:
        hs_error(w, a, 413, "Request Entity Too Large");
        break;
    }
}

const struct desk helpscout = {
    .name = "helpscout",
    .knobs = knobs,
    .knob_count = HS_COUNT(knobs),
    .tables = tables,
    .table_count = HS_TABLES,
    .routes = routes,
    .route_count = HS_COUNT(routes),
    .acts = hs_acts,
    .admit = admit,
    .finish = finish,
    .refuse = refuse,
    .seed = hs_seed,
};
