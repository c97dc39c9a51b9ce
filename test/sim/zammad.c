/*
 * test/sim/zammad.c - Zammad's REST API: knobs, routes, the token, pages
 */
#include "test/sim/zammad.h"

#include <stdio.h>
#include <string.h>

#include "test/sim/caller.h"
#include "test/sim/zammad_internal.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

enum { PAGE = 100 };

/* clang-format off */
static const struct table_spec tables[ZA_TABLES] = {
    [ZA_USERS] = {"users", 1, {{"email", true}, {"login", true}}},
    [ZA_ROLES] = {"roles", 1, {{"name", true}}},
    [ZA_GROUPS] = {"groups", 1, {{"name", true}}},
    [ZA_TICKETS] = {"tickets", 1, {{"owner_id", false}}},
    [ZA_PRIVACY] = {"data_privacy_tasks", 1, {{0}}},
};

/* In the order of enum za_knob. */
static const struct knob_spec knobs[] = {
    {"account", KNOB_TEXT, "scim@desk.example", NULL, "whose access token it is"},
    {"token", KNOB_TEXT, "sim-token", NULL, "the access token"},
    {"rate", KNOB_NUMBER, "0", NULL, "calls a minute that a proxy lets through; 0: no limit"},
    {"rights", KNOB_TEXT, "admin", "admin|agent", "what the token may do; agent: roles and groups are dropped without a word"},
    {"world", KNOB_TEXT, "small", "small|bare", "people at the start (reset)"},
    {"users", KNOB_NUMBER, "0", NULL, "more agents, generated (reset)"},
    {"groups", KNOB_NUMBER, "0", NULL, "groups that they are spread over (reset)"},
    {"tickets", KNOB_NUMBER, "0", NULL, "open tickets for each of them (reset)"},
    {"customers", KNOB_NUMBER, "0", NULL, "more customers, generated (reset)"},
    {"agents", KNOB_NUMBER, "0", NULL, "active agents that the plan allows; 0: no limit"},
    {"page_cap", KNOB_NUMBER, "500", NULL, "largest page"},
    {"search", KNOB_TEXT, "elastic", "elastic|sql", "with a search engine, or by the database, which takes a query for words of a title"},
    {"search_lag_s", KNOB_NUMBER, "0", NULL, "until search knows a new user"},
    {"shared_email", KNOB_NUMBER, "0", NULL, "several users may have one address"},
    {"last_admin_off", KNOB_TEXT, "allowed", "allowed|refused", "deactivating the last admin"},
    {"role_conflict", KNOB_TEXT, "none", "none|customer", "Customer conflicts with Agent and Admin"},
    {"language", KNOB_TEXT, "en", "en|de", "of the account that calls"},
};

#define V1 "/api/v1"
static const struct route routes[] = {
    {"GET", V1 "/users/me", "me", za_me, ROUTE_PLAIN},
    {"GET", V1 "/users/search", "users.search", za_users_search, ROUTE_PLAIN},
    {"GET", V1 "/users", "users.list", za_users_list, ROUTE_PLAIN},
    {"POST", V1 "/users", "users.create", za_users_create, ROUTE_JSON},
    {"GET", V1 "/users/{}", "users.get", za_users_get, ROUTE_PLAIN},
    {"PUT", V1 "/users/{}", "users.update", za_users_update, ROUTE_JSON},
    {"DELETE", V1 "/users/{}", "users.delete", za_users_delete, ROUTE_PLAIN},
    {"POST", V1 "/data_privacy_tasks", "privacy.create", za_privacy_create, ROUTE_JSON},
    {"GET", V1 "/data_privacy_tasks/{}", "privacy.get", za_privacy_get, ROUTE_PLAIN},
    {"GET", V1 "/roles", "roles.list", za_roles_list, ROUTE_PLAIN},
    {"GET", V1 "/groups", "teams.list", za_groups_list, ROUTE_PLAIN},
    {"POST", V1 "/groups", "teams.create", za_groups_create, ROUTE_JSON},
    {"GET", V1 "/groups/{}", "teams.get", za_groups_get, ROUTE_PLAIN},
    {"PUT", V1 "/groups/{}", "teams.update", za_groups_update, ROUTE_JSON},
    {"DELETE", V1 "/groups/{}", "teams.delete", za_groups_delete, ROUTE_PLAIN},
    {"GET", V1 "/tickets/search", "tickets.search", za_tickets_search, ROUTE_PLAIN},
    {"GET", V1 "/tickets", "tickets.list", za_tickets_list, ROUTE_PLAIN},
    {"GET", V1 "/tickets/{}", "tickets.get", za_tickets_get, ROUTE_PLAIN},
    {"PUT", V1 "/tickets/{}", "tickets.assign", za_tickets_update, ROUTE_JSON},
};
/* clang-format on */

/* ---- answers --------------------------------------------------------------
 */

void za_refuse(const struct world *w, struct answer *a, int status,
               const char *english, const char *german)
{
    bool translate = german != NULL && ZA_IS(w, LANGUAGE, "de");

    answer_json(a, status,
                json_pack("{s:s, s:s}", "error", translate ? german : english,
                          "error_human", translate ? german : english));
}

bool za_invalid(const struct world *w, struct answer *a, const char *english,
                const char *german)
{
    za_refuse(w, a, 422, english, german);
    return false;
}

void za_missing(const struct world *w, struct answer *a)
{
    za_refuse(w, a, 404, "Couldn't find the record",
              "Der Datensatz wurde nicht gefunden");
}

bool za_may(const struct world *w, struct answer *a)
{
    if (ZA_IS(w, RIGHTS, "admin"))
        return true;
    za_refuse(w, a, 403, "Not authorized", "Nicht autorisiert");
    answer_header(a, "X-Failure", "Not authorized");
    return false;
}

/* Both parameters, or the first page of the usual size. */
void za_page(const struct world *w, const struct request *r, json_t *rows,
             struct answer *a)
{
    long page = request_number(r, "page", 1, 0);
    long size = request_number(r, "per_page", 1, 0);
    long cap = ZA_NUM(w, PAGE_CAP);
    json_t *shown = json_array(), *row = NULL;
    size_t i = 0;

    if (page == 0 || size == 0) {
        page = 1;
        size = PAGE;
    }
    size = size > cap ? cap : size;
    json_array_foreach (rows, i, row) {
        if ((long)i >= (page - 1) * size && (long)i < page * size)
            json_array_append_new(shown, row_shown(json_incref(row)));
    }
    json_decref(rows);
    answer_json(a, 200, shown);
}

/* ---- the caller ------------------------------------------------------------
 */

static bool admit(struct world *w, const struct request *r, struct answer *a,
                  bool open)
{
    const char *sent = request_header(r, "Authorization");
    char wanted[200];

    (void)snprintf(wanted, sizeof(wanted), "Token token=%s",
                   knob_text(&w->knobs, ZA_TOKEN));
    if (!open && (sent == NULL || strcmp(sent, wanted) != 0)) {
        za_refuse(w, a, 401, "authentication failed", NULL);
        answer_header(a, "X-Failure", "authentication failed");
        return false;
    }
    if (caller_within(w, ZA_NUM(w, RATE)))
        return true;
    za_refuse(w, a, 429, "Too many requests", NULL);
    answer_header(a, "Retry-After", "%ld", caller_wait(w));
    return false;
}

static void refuse(struct world *w, enum refusal why, struct answer *a)
{
    switch (why) {
    case REFUSE_NO_ROUTE:
        za_refuse(w, a, 404, "No route matches", NULL);
        break;
    case REFUSE_METHOD:
        za_refuse(w, a, 404, "No route matches with this method", NULL);
        break;
    case REFUSE_BAD_JSON:
        za_refuse(w, a, 400, "The body is no JSON object", NULL);
        break;
    case REFUSE_TOO_LARGE:
        za_refuse(w, a, 413, "Too large", NULL);
        break;
    }
}

const struct desk zammad = {
    .name = "zammad",
    .knobs = knobs,
    .knob_count = COUNT(knobs),
    .tables = tables,
    .table_count = ZA_TABLES,
    .routes = routes,
    .route_count = COUNT(routes),
    .acts = za_acts,
    .admit = admit,
    .refuse = refuse,
    .seed = za_seed,
};
