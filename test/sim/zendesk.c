/*
 * test/sim/zendesk.c - Zendesk Support API: knobs, routes, credentials, budget
 */
#include "test/sim/zendesk.h"

#include <stdio.h>
#include <string.h>

#include "test/sim/caller.h"
#include "test/sim/mem.h"
#include "test/sim/zendesk_internal.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* clang-format off */
static const struct table_spec tables[ZD_TABLES] = {
    [ZD_USERS] = {"users", 361000000101, {{"email", true}, {"external_id", true}}},
    [ZD_IDENTITIES] = {"identities", 371000000001, {{"user_id", false}, {"value", true}}},
    [ZD_GROUPS] = {"groups", 360000000011, {{"name", true}}},
    [ZD_LINKS] = {"group_memberships", 381000000001, {{"user_id", false}, {"group_id", false}}},
    [ZD_TICKETS] = {"tickets", 5001, {{"assignee_id", false}, {"group_id", false}}},
    [ZD_JOBS] = {"jobs", 1, {{0}}},
    [ZD_ROLES] = {"custom_roles", 351000000001, {{"name", true}}},
};

/* In the order of enum zd_knob. */
static const struct knob_spec knobs[] = {
    {"account", KNOB_TEXT, "scim@desk.example", NULL, "whose API token it is"},
    {"token", KNOB_TEXT, "sim-token", NULL, "the API token"},
    {"rate", KNOB_NUMBER, "200", NULL, "calls a minute; 0: no limit"},
    {"rate_body", KNOB_TEXT, "text", "text|html|json", "how a 429 is worded"},
    {"update_rate", KNOB_NUMBER, "0", NULL, "PUTs a minute to one user (third-hand: 5); 0: no limit"},
    {"world", KNOB_TEXT, "small", "small|bare", "people at the start (reset)"},
    {"users", KNOB_NUMBER, "0", NULL, "more agents, generated (reset)"},
    {"groups", KNOB_NUMBER, "0", NULL, "groups that they are spread over (reset)"},
    {"tickets", KNOB_NUMBER, "0", NULL, "open tickets for each of them (reset)"},
    {"seats", KNOB_NUMBER, "0", NULL, "agents and admins; 0: no limit"},
    {"custom_roles", KNOB_TEXT, "403", "403|404|enterprise", "no such feature, or a plan that has it"},
    {"search_lag_s", KNOB_NUMBER, "0", NULL, "until search finds a new user"},
    {"after_delete", KNOB_TEXT, "shown", "shown|404", "GET of a deleted user"},
    {"group_after_delete", KNOB_TEXT, "shown", "shown|404", "GET of a deleted group"},
    {"demote_links", KNOB_TEXT, "lost", "lost|kept", "groups of whom is demoted"},
    {"last_link", KNOB_TEXT, "allowed", "allowed|refused", "leaving one's last group"},
    {"last_admin", KNOB_TEXT, "allowed", "allowed|refused", "demoting the last admin"},
    {"null_assignee", KNOB_TEXT, "unassigns", "unassigns|ignored|refused", "assignee_id null in update_many"},
    {"job_calls", KNOB_NUMBER, "1", NULL, "calls until a job is done"},
    {"job_fails", KNOB_NUMBER, "0", NULL, "every so many rows of a job fail; 0: none"},
    {"job_end", KNOB_TEXT, "completed", "completed|failed|killed", "how a job ends; only completed did the work"},
    {"cursor_lie", KNOB_NUMBER, "0", NULL, "has_more is true and links.next null"},
    {"link_paging", KNOB_TEXT, "cursor", "cursor|offset", "pages of users/ID/group_memberships"},
};

#define A "/api/v2"
#define U A "/users"
static const struct route routes[] = {
    {"GET", U "/me", "me", zd_me, ROUTE_PLAIN},
    {"GET", U "/search", "users.search", zd_users_search, ROUTE_PLAIN},
    {"GET", U, "users.list", zd_users_list, ROUTE_PLAIN},
    {"POST", U, "users.create", zd_users_create, ROUTE_JSON},
    {"GET", U "/{}", "users.get", zd_users_get, ROUTE_PLAIN},
    {"PUT", U "/{}", "users.update", zd_users_update, ROUTE_JSON},
    {"DELETE", U "/{}", "users.delete", zd_users_delete, ROUTE_PLAIN},
    {"DELETE", U "/{}/sessions", "sessions.end", zd_sessions_delete, ROUTE_PLAIN},
    {"GET", U "/{}/identities", "identities.list", zd_identities_list, ROUTE_PLAIN},
    {"POST", U "/{}/identities", "identities.add", zd_identities_add, ROUTE_JSON},
    {"PUT", U "/{}/identities/{}/make_primary", "identities.make_primary", zd_identities_primary, ROUTE_PLAIN},
    {"DELETE", U "/{}/identities/{}", "identities.remove", zd_identities_delete, ROUTE_PLAIN},
    {"GET", U "/{}/group_memberships", "memberships.of_user", zd_links_of_user, ROUTE_PLAIN},
    {"GET", U "/{}/tickets/assigned", "tickets.open", zd_tickets_assigned, ROUTE_PLAIN},
    {"GET", A "/custom_roles", "roles.list", zd_roles_list, ROUTE_PLAIN},
    {"GET", A "/groups", "teams.list", zd_groups_list, ROUTE_PLAIN},
    {"POST", A "/groups", "teams.create", zd_groups_create, ROUTE_JSON},
    {"GET", A "/groups/{}", "teams.get", zd_groups_get, ROUTE_PLAIN},
    {"PUT", A "/groups/{}", "teams.update", zd_groups_update, ROUTE_JSON},
    {"DELETE", A "/groups/{}", "teams.delete", zd_groups_delete, ROUTE_PLAIN},
    {"GET", A "/groups/{}/memberships", "memberships.of_group", zd_links_of_group, ROUTE_PLAIN},
    {"POST", A "/group_memberships", "memberships.add", zd_links_add, ROUTE_JSON},
    {"DELETE", A "/group_memberships/{}", "memberships.remove", zd_links_delete, ROUTE_PLAIN},
    {"PUT", A "/tickets/update_many", "tickets.assign", zd_tickets_update_many, ROUTE_JSON},
    {"GET", A "/job_statuses/{}", "jobs.get", zd_jobs_get, ROUTE_PLAIN},
};
/* clang-format on */

/* ---- answers --------------------------------------------------------------
 */

void zd_refuse(struct answer *a, int status, const char *error,
               const char *description)
{
    answer_json(
        a, status,
        json_pack("{s:s, s:s}", "error", error, "description", description));
}

void zd_missing(struct answer *a)
{
    zd_refuse(a, 404, "RecordNotFound", "Not found");
}

bool zd_invalid(struct answer *a, const char *field, const char *error,
                const char *description)
{
    answer_json(a, 422,
                json_pack("{s:s, s:s, s:{s:[{s:s, s:s}]}}", "error",
                          "RecordInvalid", "description",
                          "Record validation errors", "details", field,
                          "description", description, "error", error));
    return false;
}

void zd_say(struct answer *a, int status, const char *name, json_t *value)
{
    answer_json(a, status, json_pack("{s:o}", name, value));
}

/* ---- credentials and budget -----------------------------------------------
 */

static bool proves(const struct world *w, const struct request *r)
{
    char user[200];

    (void)snprintf(user, sizeof(user), "%s/token",
                   knob_text(&w->knobs, ZD_ACCOUNT));
    return caller_is(r, user, knob_text(&w->knobs, ZD_TOKEN));
}

/* Not always JSON: the front of the house answers, not the program. */
static void too_many(const struct world *w, struct answer *a)
{
    static const char text[] = "Number of allowed API requests per minute "
                               "exceeded";
    static const char html[] = "<html><body><h1>429 Too Many Requests</h1>"
                               "</body></html>";
    const char *said = ZD_SET(w, RATE_BODY, "html") ? html : text;

    if (ZD_SET(w, RATE_BODY, "json")) {
        zd_refuse(a, 429, "APIRateLimitExceeded", text);
    } else {
        answer_text(a, 429, mem_text(said), strlen(said));
        a->type = said == html ? "text/html" : "text/plain; charset=utf-8";
    }
    answer_header(a, "Retry-After", "%ld", caller_wait(w));
}

static bool admit(struct world *w, const struct request *r, struct answer *a,
                  bool open)
{
    if (!open && !proves(w, r)) {
        answer_json(a, 401,
                    json_pack("{s:s}", "error", "Couldn't authenticate you"));
        return false;
    }
    if (!caller_within(w, ZD_NUMBER(w, RATE))) {
        too_many(w, a);
        return false;
    }
    zd_jobs_go_on(w);
    return true;
}

static void finish(struct world *w, struct answer *a)
{
    long rate = ZD_NUMBER(w, RATE);

    if (rate <= 0 || a->status == 401)
        return;
    answer_header(a, "X-Rate-Limit", "%ld", rate);
    answer_header(a, "X-Rate-Limit-Remaining", "%ld", caller_left(w, rate));
    answer_header(a, "ratelimit-limit", "%ld", rate);
    answer_header(a, "ratelimit-remaining", "%ld", caller_left(w, rate));
    answer_header(a, "ratelimit-reset", "%ld", caller_wait(w));
}

static void refuse(struct world *w, enum refusal why, struct answer *a)
{
    (void)w;
    switch (why) {
    case REFUSE_NO_ROUTE:
        zd_refuse(a, 404, "InvalidEndpoint", "Not found");
        break;
    case REFUSE_METHOD:
        zd_refuse(a, 405, "MethodNotAllowed", "Not this method.");
        break;
    case REFUSE_BAD_JSON:
        zd_refuse(a, 400, "BadRequest", "The body is no JSON object.");
        break;
    case REFUSE_TOO_LARGE:
        zd_refuse(a, 413, "RequestEntityTooLarge", "Too large.");
        break;
    }
}

const struct desk zendesk = {
    .name = "zendesk",
    .knobs = knobs,
    .knob_count = COUNT(knobs),
    .tables = tables,
    .table_count = ZD_TABLES,
    .routes = routes,
    .route_count = COUNT(routes),
    .acts = zd_acts,
    .admit = admit,
    .finish = finish,
    .refuse = refuse,
    .seed = zd_seed,
};
