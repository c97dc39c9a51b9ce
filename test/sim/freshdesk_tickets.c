/*
 * test/sim/freshdesk_tickets.c - search, and giving tickets to others
 *
 * Search sees a ticket as it was before its latest change for as long as the
 * knob search_lag_s says; so it may still name the former agent.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test/sim/freshdesk_internal.h"

enum { SEARCH_PAGE = 30, SEARCH_PAGES = 10 };

json_t *fd_ticket_new(struct world *w, int64_t agent, const char *subject)
{
    json_t *ticket = json_pack("{s:s, s:i, s:I, s:n, s:i}", "subject", subject,
                               "status", FD_OPEN, "responder_id",
                               (json_int_t)agent, "group_id", "priority", 1);

    row_add(w, FD_TICKETS, ticket);
    return ticket;
}

static bool is_open(const json_t *ticket)
{
    int64_t status = row_number(ticket, "status");

    return status == FD_OPEN || status == FD_PENDING;
}

/* Remembers what search goes on to see. */
static void assign(struct world *w, json_t *ticket, json_t *to)
{
    json_object_set(ticket, "_was", json_object_get(ticket, "responder_id"));
    json_object_set_new(ticket, "_until",
                        json_integer(world_now(w) + FD_NUM(w, SEARCH_LAG)));
    json_object_set(ticket, "responder_id", to);
    row_keep(w, FD_TICKETS, ticket);
}

void fd_unassign(struct world *w, int64_t agent, bool all)
{
    json_t *tickets = rows_by_id(w, FD_TICKETS, FD_BY_AGENT, agent), *one;
    size_t i = 0;

    json_array_foreach (tickets, i, one) {
        if (all || is_open(one))
            assign(w, one, json_null());
    }
    json_decref(tickets);
}

/* ---- search ----------------------------------------------------------------
 */

struct wanted {
    int64_t agent;
    const char *query;
};

/* "status:2", "status:3": any that the query names. */
static bool found(const struct world *w, const json_t *ticket,
                  const void *context)
{
    const struct wanted *q = context;
    bool late = row_number(ticket, "_until") > world_now(w);
    int64_t agent = row_number(ticket, late ? "_was" : "responder_id");
    char status[32];

    (void)snprintf(status, sizeof(status), "status:%" PRId64,
                   row_number(ticket, "status"));
    return agent == q->agent && strstr(q->query, status) != NULL;
}

void fd_search(struct world *w, const struct request *r, struct answer *a)
{
    const char *query = request_query(r, "query");
    const char *at = query ? strstr(query, "agent_id:") : NULL;
    long page = request_number(r, "page", 1, 1);
    json_t *shown = json_array(), *row = NULL;
    size_t i = 0;

    if (at == NULL || query[0] != '"' || query[strlen(query) - 1] != '"' ||
        page > SEARCH_PAGES) {
        json_decref(shown);
        (void)fd_invalid(a, 400, page > SEARCH_PAGES ? "page" : "query",
                         "invalid_value", "The value given is invalid.");
        return;
    }
    struct wanted q = {strtoll(at + 9, NULL, 10), query};
    json_t *rows = rows_where(w, FD_TICKETS, found, &q);
    json_array_foreach (rows, i, row) {
        if ((long)i / SEARCH_PAGE == page - 1)
            json_array_append_new(shown, row_shown(json_incref(row)));
    }
    answer_json(a, 200,
                json_pack("{s:o, s:I}", "results", shown, "total",
                          (json_int_t)json_array_size(rows)));
    json_decref(rows);
}

/* ---- assigning -------------------------------------------------------------
 */

static bool rule_responder(const struct world *w, const json_t *to,
                           struct answer *a)
{
    json_t *agent = table_get(&w->tables[FD_AGENTS], json_integer_value(to));
    bool ok = to == NULL || json_is_null(to)
                  ? !(to && FD_IS(w, NULL_RESPONDER, "refused"))
                  : agent && !fd_deactivated(agent);

    json_decref(agent);
    return ok || fd_invalid(a, 400, "responder_id", "invalid_value",
                            "There is no agent matching the given "
                            "responder_id");
}

static void change_ticket(struct world *w, json_t *ticket, const json_t *body)
{
    json_t *to = json_object_get(body, "responder_id");

    if (json_object_get(body, "group_id"))
        json_object_set(ticket, "group_id", json_object_get(body, "group_id"));
    if (to && !(json_is_null(to) && FD_IS(w, NULL_RESPONDER, "ignored")))
        assign(w, ticket, to);
    row_keep(w, FD_TICKETS, ticket);
}

void fd_tickets_update(struct world *w, const struct request *r,
                       struct answer *a)
{
    json_t *ticket = fd_row_of(w, r, FD_TICKETS, a);
    const json_t *group = json_object_get(r->json, "group_id");

    if (ticket == NULL)
        return;
    if (json_is_integer(group) &&
        !table_text(&w->tables[FD_GROUPS], json_integer_value(group))) {
        (void)fd_invalid(a, 400, "group_id", "invalid_value",
                         "There is no such group");
    } else if (rule_responder(w, json_object_get(r->json, "responder_id"), a)) {
        change_ticket(w, ticket, r->json);
        answer_json(a, 200, row_shown(json_incref(ticket)));
    }
    json_decref(ticket);
}

/* ---- in bulk, later --------------------------------------------------------
 */

void fd_tickets_bulk(struct world *w, const struct request *r, struct answer *a)
{
    json_t *ids = json_object_get(r->json, "ids");
    json_t *change = json_object_get(r->json, "properties");

    if (!json_is_array(ids) || !json_is_object(change)) {
        (void)fd_invalid(a, 400, "ids", "missing_field", "It is needed");
        return;
    }
    json_t *job = json_pack("{s:O, s:O, s:I}", "ids", ids, "change", change,
                            "calls", (json_int_t)FD_NUM(w, JOB_CALLS));
    row_add(w, FD_JOBS, job);
    answer_json(a, 202,
                json_pack("{s:I, s:s}", "job_id", (json_int_t)row_id(job),
                          "href", "/api/v2/jobs"));
    json_decref(job);
}

static bool under_way(const struct world *w, const json_t *job,
                      const void *context)
{
    (void)w;
    (void)context;
    return row_number(job, "calls") > 0;
}

void fd_jobs_go_on(struct world *w)
{
    json_t *jobs = rows_where(w, FD_JOBS, under_way, NULL), *job, *id;
    size_t i = 0, k = 0;

    json_array_foreach (jobs, i, job) {
        int64_t left = row_number(job, "calls") - 1;
        json_object_set_new(job, "calls", json_integer(left));
        row_keep(w, FD_JOBS, job);
        json_array_foreach (json_object_get(job, "ids"), k, id) {
            json_t *ticket =
                table_get(&w->tables[FD_TICKETS], json_integer_value(id));
            if (left == 0 && ticket)
                change_ticket(w, ticket, json_object_get(job, "change"));
            json_decref(ticket);
        }
    }
    json_decref(jobs);
}

void fd_jobs_get(struct world *w, const struct request *r, struct answer *a)
{
    json_t *job = fd_row_of(w, r, FD_JOBS, a);

    if (job == NULL)
        return;
    answer_json(
        a, 200,
        json_pack("{s:O, s:s}", "id", json_object_get(job, "id"), "status",
                  row_number(job, "calls") > 0 ? "QUEUED" : "COMPLETED"));
    json_decref(job);
}
