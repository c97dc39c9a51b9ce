/*
 * test/sim/zendesk_tickets.c - tickets of a user, and changing many by a job
 *
 * A job does its work, all at once, only after as many calls (of anybody) as
 * the knob job_calls says; until then nothing has changed.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test/sim/zendesk_internal.h"

void zd_tickets_assigned(struct world *w, const struct request *r,
                         struct answer *a)
{
    json_t *user = zd_row_of(w, r, 0, ZD_USERS, a);

    if (user)
        zd_page(w, r, "tickets",
                rows_by_id(w, ZD_TICKETS, ZD_BY_USER, row_id(user)), true, a);
    json_decref(user);
}

/* ---- the job --------------------------------------------------------------
 */

static json_t *failure(json_int_t id, size_t index, const char *why)
{
    return json_pack("{s:I, s:I, s:s, s:s}", "index", (json_int_t)index, "id",
                     id, "error", "TicketUpdateFailed", "details", why);
}

/* Why a ticket cannot go there; NULL: it can. */
static const char *obstacle(const struct world *w, const json_t *ticket,
                            const json_t *change)
{
    const json_t *to = json_object_get(change, "assignee_id");
    const json_t *group = json_object_get(change, "group_id");
    const char *why = NULL;

    if (ticket == NULL)
        return "Ticket not found";
    if (row_is(ticket, "status", "closed"))
        return "Closed tickets cannot be updated";
    if (json_is_null(to) && ZD_SET(w, NULL_ASSIGNEE, "refused"))
        return "Assignee: cannot be blank";
    if (json_is_integer(to)) {
        json_t *user = table_get(&w->tables[ZD_USERS], json_integer_value(to));
        if (user == NULL || !zd_is_staff(user) || row_true(user, "suspended"))
            why = "Assignee: is no agent";
        json_decref(user);
    }
    if (json_is_integer(group) &&
        !table_text(&w->tables[ZD_GROUPS], json_integer_value(group)))
        why = "Group: is invalid";
    return why;
}

static void change_ticket(struct world *w, json_t *ticket, const json_t *change)
{
    json_t *to = json_object_get(change, "assignee_id");

    if (to && !(json_is_null(to) && ZD_SET(w, NULL_ASSIGNEE, "ignored")))
        json_object_set(ticket, "assignee_id", to);
    if (json_object_get(change, "group_id"))
        json_object_set(ticket, "group_id",
                        json_object_get(change, "group_id"));
    row_keep(w, ZD_TICKETS, ticket);
}

static json_t *do_row(struct world *w, json_int_t id, size_t index,
                      const json_t *change)
{
    long fails = ZD_NUMBER(w, JOB_FAILS);
    json_t *ticket = table_get(&w->tables[ZD_TICKETS], id);
    const char *why = obstacle(w, ticket, change);

    if (why == NULL && fails > 0 && (long)(index + 1) % fails == 0)
        why = "Something went wrong";
    if (why == NULL)
        change_ticket(w, ticket, change);
    json_decref(ticket);
    return why ? failure(id, index, why)
               : json_pack("{s:I, s:I, s:s, s:b, s:s}", "index",
                           (json_int_t)index, "id", id, "action", "update",
                           "success", 1, "status", "Updated");
}

static void do_job(struct world *w, json_t *job)
{
    json_t *results = json_array(), *id = NULL;
    size_t i = 0;

    json_array_foreach (json_object_get(job, "ids"), i, id) {
        json_array_append_new(results, do_row(w, json_integer_value(id), i,
                                              json_object_get(job, "change")));
    }
    json_object_set_new(job, "results", results);
}

static bool under_way(const struct world *w, const json_t *job,
                      const void *context)
{
    (void)w;
    (void)context;
    return row_number(job, "calls") > 0;
}

void zd_jobs_go_on(struct world *w)
{
    json_t *jobs = rows_where(w, ZD_JOBS, under_way, NULL), *job = NULL;
    size_t i = 0;

    json_array_foreach (jobs, i, job) {
        int64_t left = row_number(job, "calls") - 1;
        json_object_set_new(job, "calls", json_integer(left));
        if (left == 0 && ZD_SET(w, JOB_END, "completed"))
            do_job(w, job);
        row_keep(w, ZD_JOBS, job);
    }
    json_decref(jobs);
}

static json_t *job_view(const struct world *w, const json_t *job)
{
    int64_t left = row_number(job, "calls");
    char id[40];
    const char *status = left > 1   ? "queued"
                         : left > 0 ? "working"
                                    : knob_text(&w->knobs, ZD_JOB_END);

    (void)snprintf(id, sizeof(id), "8b726e606741012ffc2d%012" PRId64,
                   row_id(job));
    return json_pack(
        "{s:s, s:s, s:I, s:I, s:O}", "id", id, "status", status, "total",
        (json_int_t)json_array_size(json_object_get(job, "ids")), "progress",
        (json_int_t)json_array_size(json_object_get(job, "results")), "results",
        json_object_get(job, "results"));
}

/* ?ids=1,2,3 as numbers; NULL: none, or too many. */
static json_t *ids_of(const struct request *r)
{
    const char *at = request_query(r, "ids");
    json_t *ids = json_array();

    while (at && *at != '\0') {
        char *end = NULL;
        json_array_append_new(ids, json_integer(strtoll(at, &end, 10)));
        at = *end == ',' ? end + 1 : NULL;
    }
    if (json_array_size(ids) > 0 && json_array_size(ids) <= ZD_BATCH)
        return ids;
    json_decref(ids);
    return NULL;
}

void zd_tickets_update_many(struct world *w, const struct request *r,
                            struct answer *a)
{
    json_t *change = json_object_get(r->json, "ticket");
    json_t *ids = ids_of(r);
    long calls = ZD_NUMBER(w, JOB_CALLS);

    if (ids == NULL || !json_is_object(change)) {
        json_decref(ids);
        zd_refuse(a, 400, "InvalidParameter", "Say 1 to 100 ids and a ticket.");
        return;
    }
    json_t *job =
        json_pack("{s:o, s:O, s:I, s:[]}", "ids", ids, "change", change,
                  "calls", (json_int_t)(calls > 0 ? calls : 1), "results");
    row_add(w, ZD_JOBS, job);
    zd_say(a, 200, "job_status", job_view(w, job));
    json_decref(job);
}

void zd_jobs_get(struct world *w, const struct request *r, struct answer *a)
{
    size_t len = strlen(r->arg[0]);
    const char *digits = len > 12 ? r->arg[0] + len - 12 : "";
    json_t *job = table_get(&w->tables[ZD_JOBS], strtoll(digits, NULL, 10));

    if (job)
        zd_say(a, 200, "job_status", job_view(w, job));
    else
        zd_missing(a);
    json_decref(job);
}
