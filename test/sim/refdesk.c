/*
 * test/sim/refdesk.c - a small REST helpdesk with admins, agents and viewers
 */
#include "test/sim/refdesk.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test/sim/refdesk_internal.h"
#include "test/sim/text.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct table_spec tables[REFDESK_TABLES] = {
    [USERS] = {"users",
               101,
               {{"email", true},
                {"team_ids", false},
                {"status", false},
                {"role", false}}},
    [TEAMS] = {"teams", 11, {{"name", true}}},
    [TICKETS] = {"tickets", 5001, {{"assignee_id", false}, {"team_id", false}}},
    [JOBS] = {"jobs", 1, {{0}}},
    [LOGINS] = {"logins", 1, {{"user_id", false}}},
    [ACTIVITY] = {"activity", 1, {{"user_id", false}}},
};

/* clang-format off */
/* In the order of enum refdesk_knob. */
static const struct knob_spec knobs[] = {
    {"token", KNOB_TEXT, "sim-token", NULL, "the bearer token of the API"},
    {"rate", KNOB_NUMBER, "240", NULL, "calls a minute; 0: no limit"},
    {"world", KNOB_TEXT, "small", "small|bare", "people at the start (reset)"},
    {"users", KNOB_NUMBER, "0", NULL, "more agents, generated (reset)"},
    {"teams", KNOB_NUMBER, "0", NULL, "teams that they are spread over (reset)"},
    {"tickets", KNOB_NUMBER, "0", NULL, "open tickets for each of them (reset)"},
    {"seats", KNOB_NUMBER, "0", NULL, "seats; 0: no limit"},
    {"seat_status", KNOB_TEXT, "402", "402|422", "status of seat_limit"},
    {"seat_count", KNOB_TEXT, "open", "open|active|all",
     "who takes a seat: active and invited, active alone, or viewers too"},
    {"expire_days", KNOB_NUMBER, "7", NULL, "life of an invitation"},
    {"job_polls", KNOB_NUMBER, "1", NULL, "how often a job reads as running"},
    {"page_max", KNOB_NUMBER, "100", NULL, "largest page"},
    {"stateless", KNOB_NUMBER, "0", NULL, "rows of /users lack status and role"},
    {"credential", KNOB_NUMBER, "0", NULL, "user records carry secrets"},
    {"reuse_ids", KNOB_NUMBER, "0", NULL, "a freed id goes to the next person"},
    {"shift", KNOB_NUMBER, "0", NULL,
     "rows by which a list moves between pages (+ loses, - repeats)"},
    {"total_add", KNOB_NUMBER, "0", NULL, "lie added to meta.total"},
    {"pages_add", KNOB_NUMBER, "0", NULL, "lie added to meta.total_pages"},
    {"list_end", KNOB_NUMBER, "0", NULL, "lists end after so many rows"},
    {"guards", KNOB_NUMBER, "1", NULL,
     "0: neither the owner nor the last admin is guarded"},
};

#define API "/api/v1"
#define U API "/users"
#define T API "/teams"
static const struct route routes[] = {
    {"GET", API "/me", "me", refdesk_me, ROUTE_PLAIN},
    {"GET", U, "users.list", refdesk_users_list, ROUTE_PLAIN},
    {"POST", U "/invitations", "users.invite", refdesk_invite, ROUTE_JSON},
    {"POST", U "/bulk_invite", "users.bulk_invite", refdesk_bulk_invite,
     ROUTE_PLAIN},
    {"PATCH", U "/bulk", "users.bulk_update", refdesk_bulk_update, ROUTE_JSON},
    {"POST", U "/bulk_deactivate", "users.bulk_deactivate",
     refdesk_bulk_deactivate, ROUTE_JSON},
    {"GET", U "/{}", "users.get", refdesk_users_get, ROUTE_PLAIN},
    {"PATCH", U "/{}", "users.update", refdesk_users_patch, ROUTE_JSON},
    {"POST", U "/{}/invitation/resend", "users.resend_invite", refdesk_resend,
     ROUTE_PLAIN},
    {"DELETE", U "/{}/invitation", "users.revoke_invite", refdesk_revoke,
     ROUTE_PLAIN},
    {"PUT", U "/{}/role", "users.set_role", refdesk_put_role, ROUTE_JSON},
    {"PUT", U "/{}/permissions", "users.set_permissions",
     refdesk_put_permissions, ROUTE_JSON},
    {"POST", U "/{}/deactivate", "users.deactivate", refdesk_deactivate,
     ROUTE_PLAIN},
    {"POST", U "/{}/reactivate", "users.reactivate", refdesk_reactivate,
     ROUTE_PLAIN},
    {"GET", U "/{}/logins", "users.login_history", refdesk_logins,
     ROUTE_PLAIN},
    {"GET", U "/{}/activity", "users.activity_log", refdesk_activity,
     ROUTE_PLAIN},
    {"GET", API "/tickets", "tickets.open", refdesk_tickets_list, ROUTE_PLAIN},
    {"POST", API "/tickets/bulk_assign", "tickets.assign", refdesk_bulk_assign,
     ROUTE_JSON},
    {"GET", API "/jobs/{}", "jobs.get", refdesk_jobs_get, ROUTE_PLAIN},
    {"GET", T, "teams.list", refdesk_teams_list, ROUTE_PLAIN},
    {"POST", T, "teams.create", refdesk_teams_create, ROUTE_JSON},
    {"GET", T "/{}", "teams.get", refdesk_teams_get, ROUTE_PLAIN},
    {"PATCH", T "/{}", "teams.update", refdesk_teams_patch, ROUTE_JSON},
    {"DELETE", T "/{}", "teams.delete", refdesk_teams_delete, ROUTE_PLAIN},
    {"GET", T "/{}/members", "teams.members.list", refdesk_members_list,
     ROUTE_PLAIN},
    {"POST", T "/{}/members", "teams.members.add", refdesk_members_add,
     ROUTE_JSON},
    {"DELETE", T "/{}/members/{}", "teams.members.remove",
     refdesk_members_remove, ROUTE_PLAIN},
};
/* clang-format on */

bool problem_set(struct problem *p, int status, const char *code,
                 const char *field, const char *format, ...)
{
    va_list args;

    *p = (struct problem){.status = status, .code = code, .field = field};
    va_start(args, format);
    (void)vsnprintf(p->message, sizeof(p->message), format, args);
    va_end(args);
    return false;
}

void refdesk_refuse(struct answer *a, const struct problem *p)
{
    answer_json(a, p->status,
                json_pack("{s:{s:s, s:s, s:s?, s:o}}", "error", "code", p->code,
                          "message", p->message, "field", p->field, "id",
                          p->id ? json_integer(p->id) : json_null()));
}

void refdesk_missing(struct answer *a, const char *what, const char *id)
{
    struct problem p;

    (void)problem_set(&p, 404, "not_found", NULL, "No %s has the id %s.", what,
                      id);
    refdesk_refuse(a, &p);
}

void refdesk_data(struct answer *a, int status, json_t *data)
{
    answer_json(a, status, json_pack("{s:o}", "data", data));
}

static const char *row_text(const struct listing *list, size_t i)
{
    return list->whole ? list->table->rows[i].text
                       : table_text(list->table, list->ids[i]);
}

static void add_row(struct text *out, const struct world *w,
                    const struct listing *list, size_t i)
{
    const char *text = row_text(list, i);

    if (list->view == NULL) {
        text_add(out, text);
        return;
    }
    json_t *row = list->view(w, json_loads(text, 0, NULL));
    char *shown = json_dumps(row, JSON_COMPACT);
    text_add(out, shown);
    free(shown);
    json_decref(row);
}

/* The rows of one page, after the knobs had their say: from, and up to. */
static void window(const struct world *w, long page, long size, long rows,
                   long *from, long *to)
{
    long shift = knob_number(&w->knobs, KNOB_SHIFT);

    *from = (page - 1) * size + (page - 1) * shift;
    if (*from < 0)
        *from = 0;
    if (*from > rows)
        *from = rows;
    *to = *from + size < rows ? *from + size : rows;
}

void refdesk_page(const struct world *w, const struct request *r,
                  const struct listing *list, struct answer *a)
{
    long most = knob_number(&w->knobs, KNOB_PAGE_MAX);
    long page = request_number(r, "page", 1, 1);
    long size = request_number(r, "per_page", 1, 25);
    long all = (long)(list->whole ? list->table->count : list->count);
    long end = knob_number(&w->knobs, KNOB_LIST_END);
    long rows = end > 0 && end < all ? end : all;
    long from = 0, to = 0;
    struct text out = {0};

    if (size > most)
        size = most;
    if (page > 100000000)
        page = 100000000;
    window(w, page, size, rows, &from, &to);
    text_add(&out, "{\"data\":[");
    for (long i = from; i < to; i++) {
        if (i > from)
            text_add(&out, ",");
        add_row(&out, w, list, (size_t)i);
    }
    text_addf(&out,
              "],\"meta\":{\"page\":%ld,\"per_page\":%ld,\"total\":%ld,"
              "\"total_pages\":%ld}}",
              page, size, all + knob_number(&w->knobs, KNOB_TOTAL_ADD),
              (rows + size - 1) / size +
                  knob_number(&w->knobs, KNOB_PAGES_ADD));
    size_t len = out.len;
    answer_text(a, 200, text_take(&out), len);
}

static bool authorized(const struct world *w, const struct request *r)
{
    const char *sent = request_header(r, "Authorization");

    return sent != NULL && strncmp(sent, "Bearer ", 7) == 0 &&
           strcmp(sent + 7, knob_text(&w->knobs, KNOB_TOKEN)) == 0;
}

static long seconds_left(const struct world *w)
{
    return (long)(w->rate_from + 60 - world_now(w));
}

static bool within_rate(struct world *w, struct answer *a)
{
    long rate = knob_number(&w->knobs, KNOB_RATE);
    int64_t now = world_now(w);
    struct problem p;

    if (now >= w->rate_from + 60 || now < w->rate_from) {
        w->rate_from = now;
        w->rate_used = 0;
    }
    if (rate <= 0 || ++w->rate_used <= rate)
        return true;
    (void)problem_set(&p, 429, "rate_limited", NULL,
                      "More than %ld calls a minute.", rate);
    refdesk_refuse(a, &p);
    answer_header(a, "Retry-After", "%ld", seconds_left(w));
    return false;
}

static bool admit(struct world *w, const struct request *r, struct answer *a,
                  bool open)
{
    struct problem p;

    if (open || authorized(w, r))
        return within_rate(w, a);
    (void)problem_set(&p, 401, "unauthorized", NULL,
                      "The API token is missing or wrong.");
    refdesk_refuse(a, &p);
    answer_header(a, "WWW-Authenticate", "Bearer");
    return false;
}

static void finish(struct world *w, struct answer *a)
{
    long rate = knob_number(&w->knobs, KNOB_RATE);

    if (rate <= 0 || a->status == 401)
        return;
    long left = rate > w->rate_used ? rate - w->rate_used : 0;
    answer_header(a, "X-RateLimit-Limit", "%ld", rate);
    answer_header(a, "X-RateLimit-Remaining", "%ld", left);
    answer_header(a, "X-RateLimit-Reset", "%ld", seconds_left(w));
}

static void refuse(struct world *w, enum refusal why, struct answer *a)
{
    struct problem p = {0};

    (void)w;
    switch (why) {
    case REFUSE_NO_ROUTE:
        (void)problem_set(&p, 404, "not_found", NULL, "No such path.");
        break;
    case REFUSE_METHOD:
        (void)problem_set(&p, 405, "method_not_allowed", NULL,
                          "This path does not take that method.");
        break;
    case REFUSE_BAD_JSON:
        (void)problem_set(&p, 400, "bad_json", NULL,
                          "The body is no JSON object.");
        break;
    case REFUSE_TOO_LARGE:
        (void)problem_set(&p, 413, "too_large", NULL, "The body is too large.");
        break;
    }
    refdesk_refuse(a, &p);
}

const struct desk refdesk = {
    .name = "refdesk",
    .knobs = knobs,
    .knob_count = COUNT(knobs),
    .tables = tables,
    .table_count = REFDESK_TABLES,
    .routes = routes,
    .route_count = COUNT(routes),
    .acts = refdesk_acts,
    .admit = admit,
    .finish = finish,
    .refuse = refuse,
    .seed = refdesk_seed,
};
