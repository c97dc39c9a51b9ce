/*
 * test/sim/freshdesk.c - Freshdesk API v2: knobs, routes, budget, pages
 */
#include "test/sim/freshdesk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test/sim/caller.h"
#include "test/sim/freshdesk_internal.h"
#include "test/sim/text.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

enum { PAGE = 30, PAGE_MAX = 100 };

/* clang-format off */
static const struct table_spec tables[FD_TABLES] = {
    [FD_AGENTS] = {"agents", 43000000101, {{"_email", true}, {"group_ids", false}}},
    [FD_CONTACTS] = {"contacts", 43000900001, {{"email", true}}},
    [FD_GROUPS] = {"groups", 43000000011, {{"name", true}}},
    [FD_ROLES] = {"roles", 43000000001, {{"name", true}}},
    [FD_TICKETS] = {"tickets", 501, {{"responder_id", false}}},
    [FD_JOBS] = {"jobs", 1, {{0}}},
};

/* In the order of enum fd_knob. */
static const struct knob_spec knobs[] = {
    {"account", KNOB_TEXT, "scim@desk.example", NULL, "whose API key it is"},
    {"token", KNOB_TEXT, "sim-token", NULL, "the API key"},
    {"rate", KNOB_NUMBER, "100", NULL, "calls a minute; 0: no limit"},
    {"world", KNOB_TEXT, "small", "small|bare", "people at the start (reset)"},
    {"users", KNOB_NUMBER, "0", NULL, "more agents, generated (reset)"},
    {"groups", KNOB_NUMBER, "0", NULL, "groups that they are spread over (reset)"},
    {"tickets", KNOB_NUMBER, "0", NULL, "open tickets for each of them (reset)"},
    {"seats", KNOB_NUMBER, "0", NULL, "full-time agents; 0: no limit"},
    {"list_rows", KNOB_TEXT, "thin", "thin|full", "rows of GET /agents: without roles and groups, or whole"},
    {"demoted_id", KNOB_TEXT, "same", "same|new", "the id of the contact that an agent becomes"},
    {"deactivated", KNOB_TEXT, "shown", "shown|hidden", "who was deactivated by hand: a row with deactivated true, or none"},
    {"duplicate", KNOB_TEXT, "409", "409|400", "status for a value that somebody has"},
    {"contact_create", KNOB_TEXT, "refused", "refused|promotes", "POST /agents for a contact's address"},
    {"extra_fields", KNOB_TEXT, "refused", "refused|ignored", "fields that cannot be changed, in a PUT"},
    {"null_responder", KNOB_TEXT, "unassigns", "unassigns|ignored|refused", "responder_id null"},
    {"search_lag_s", KNOB_NUMBER, "0", NULL, "until search knows of a change of a ticket"},
    {"link_rels", KNOB_TEXT, "next", "next|several", "relations in the Link header"},
    {"job_calls", KNOB_NUMBER, "2", NULL, "calls until a bulk update is done"},
    {"missing_body", KNOB_TEXT, "none", "none|json", "body of a 404"},
};

#define V2 "/api/v2"
static const struct route routes[] = {
    {"GET", V2 "/agents", "users.list", fd_agents_list, ROUTE_PLAIN},
    {"POST", V2 "/agents", "users.create", fd_agents_create, ROUTE_JSON},
    {"GET", V2 "/agents/{}", "users.get", fd_agents_get, ROUTE_PLAIN},
    {"PUT", V2 "/agents/{}", "users.update", fd_agents_update, ROUTE_JSON},
    {"DELETE", V2 "/agents/{}", "users.deactivate", fd_agents_delete, ROUTE_PLAIN},
    {"GET", V2 "/contacts", "contacts.list", fd_contacts_list, ROUTE_PLAIN},
    {"GET", V2 "/contacts/{}", "contacts.get", fd_contacts_get, ROUTE_PLAIN},
    {"PUT", V2 "/contacts/{}/make_agent", "users.promote", fd_make_agent, ROUTE_PLAIN},
    {"GET", V2 "/roles", "roles.list", fd_roles_list, ROUTE_PLAIN},
    {"GET", V2 "/groups", "teams.list", fd_groups_list, ROUTE_PLAIN},
    {"POST", V2 "/groups", "teams.create", fd_groups_create, ROUTE_JSON},
    {"GET", V2 "/groups/{}", "teams.get", fd_groups_get, ROUTE_PLAIN},
    {"PUT", V2 "/groups/{}", "teams.update", fd_groups_update, ROUTE_JSON},
    {"DELETE", V2 "/groups/{}", "teams.delete", fd_groups_delete, ROUTE_PLAIN},
    {"GET", V2 "/search/tickets", "tickets.open", fd_search, ROUTE_PLAIN},
    {"POST", V2 "/tickets/bulk_update", "tickets.bulk", fd_tickets_bulk, ROUTE_JSON},
    {"PUT", V2 "/tickets/{}", "tickets.assign", fd_tickets_update, ROUTE_JSON},
    {"GET", V2 "/jobs/{}", "jobs.get", fd_jobs_get, ROUTE_PLAIN},
};
/* clang-format on */

/* ---- answers --------------------------------------------------------------
 */

void fd_refuse(struct answer *a, int status, const char *code,
               const char *message)
{
    answer_json(a, status,
                json_pack("{s:s, s:s}", "code", code, "message", message));
}

void fd_missing(const struct world *w, struct answer *a)
{
    if (FD_IS(w, MISSING_BODY, "json"))
        fd_refuse(a, 404, "not_found", "There is no such record.");
    else
        answer_none(a, 404);
}

bool fd_invalid(struct answer *a, int status, const char *field,
                const char *code, const char *message)
{
    answer_json(a, status,
                json_pack("{s:s, s:[{s:s, s:s, s:s}]}", "description",
                          "Validation failed", "errors", "field", field,
                          "message", message, "code", code));
    return false;
}

/* ---- pages ----------------------------------------------------------------
 */

/* The request's own address with another page. Addresses of the query go
 * along as they came. */
static void add_link(struct text *out, const struct request *r, long page,
                     const char *rel)
{
    const char *host = request_header(r, "Host"), *at = r->query;

    text_addf(out, "%s<http://%s%s?", out->len ? ", " : "",
              host ? host : "127.0.0.1", r->path);
    while (*at != '\0') {
        size_t len = strcspn(at, "&");
        if (strncmp(at, "page=", 5) != 0) {
            text_add_n(out, at, len);
            text_add(out, "&");
        }
        at += len + (at[len] == '&');
    }
    text_addf(out, "page=%ld>; rel=\"%s\"", page, rel);
}

static void add_links(const struct world *w, const struct request *r, long page,
                      bool more, struct answer *a)
{
    bool several = FD_IS(w, LINK_RELS, "several");
    struct text links = {0};

    if (several && page > 1)
        add_link(&links, r, page - 1, "prev");
    if (more)
        add_link(&links, r, page + 1, several ? "next last" : "next");
    if (several)
        add_link(&links, r, 1, "first");
    if (links.len > 0)
        answer_header(a, "Link", "%s", links.at);
    text_clear(&links);
}

void fd_page(const struct world *w, const struct request *r, json_t *rows,
             struct answer *a)
{
    long page = request_number(r, "page", 1, 1);
    long size = request_number(r, "per_page", 1, PAGE);
    json_t *shown = json_array(), *row = NULL;
    size_t i = 0;

    if (size > PAGE_MAX) {
        (void)fd_invalid(a, 400, "per_page", "invalid_value",
                         "It should be a Positive Integer less than or equal "
                         "to 100");
    } else {
        json_array_foreach (rows, i, row) {
            if ((long)i >= (page - 1) * size && (long)i < page * size)
                json_array_append_new(shown, row_shown(json_incref(row)));
        }
        answer_json(a, 200, json_incref(shown));
        add_links(w, r, page, page * size < (long)json_array_size(rows), a);
    }
    json_decref(shown);
    json_decref(rows);
}

/* ---- the caller ------------------------------------------------------------
 */

static bool admit(struct world *w, const struct request *r, struct answer *a,
                  bool open)
{
    long rate = FD_NUM(w, RATE);
    bool within = caller_within(w, rate); /* a refused call counts too */

    if (!within) {
        fd_refuse(a, 429, "rate_limited", "You have exceeded the limit.");
        answer_header(a, "Retry-After", "%ld", caller_wait(w));
        return false;
    }
    if (!open && !caller_is(r, knob_text(&w->knobs, FD_TOKEN), NULL)) {
        fd_refuse(a, 401, "invalid_credentials",
                  "You have to be logged in to perform this action.");
        return false;
    }
    fd_jobs_go_on(w);
    return true;
}

static void finish(struct world *w, struct answer *a)
{
    long rate = FD_NUM(w, RATE);

    if (rate <= 0)
        return;
    answer_header(a, "X-RateLimit-Total", "%ld", rate);
    answer_header(a, "X-RateLimit-Remaining", "%ld", caller_left(w, rate));
    answer_header(a, "X-RateLimit-Used-CurrentRequest", "1");
}

static void refuse(struct world *w, enum refusal why, struct answer *a)
{
    switch (why) {
    case REFUSE_NO_ROUTE:
        fd_missing(w, a);
        break;
    case REFUSE_METHOD:
        fd_refuse(a, 405, "method_not_allowed", "Not this method.");
        break;
    case REFUSE_BAD_JSON:
        fd_refuse(a, 400, "invalid_json", "The body is no JSON object.");
        break;
    case REFUSE_TOO_LARGE:
        fd_refuse(a, 413, "too_large", "The body is too large.");
        break;
    }
}

const struct desk freshdesk = {
    .name = "freshdesk",
    .knobs = knobs,
    .knob_count = COUNT(knobs),
    .tables = tables,
    .table_count = FD_TABLES,
    .routes = routes,
    .route_count = COUNT(routes),
    .acts = fd_acts,
    .admit = admit,
    .finish = finish,
    .refuse = refuse,
    .seed = fd_seed,
};
