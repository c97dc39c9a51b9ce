/*
 * test/sim/refdesk_bulk.c - bulk calls, tickets and jobs of refdesk
 *
 * A job's work is done when the job is made; only its report comes late, after
 * as many reads as the knob job_polls says.
 */
#include "test/sim/refdesk_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test/sim/mem.h"
#include "test/sim/text.h"

enum { CSV_CELLS = 4 };

/* ---- jobs -----------------------------------------------------------------
 */

int64_t refdesk_job_new(struct world *w, json_t *rows)
{
    struct table *t = &w->tables[JOBS];
    int64_t id = table_new_id(t);
    json_t *job = json_pack("{s:I, s:I, s:o}", "id", (json_int_t)id, "polls",
                            (json_int_t)knob_number(&w->knobs, KNOB_JOB_POLLS),
                            "rows", rows);

    table_put(t, id, job);
    json_decref(job);
    return id;
}

static void say_job(struct answer *a, int64_t id)
{
    answer_json(a, 202, json_pack("{s:{s:I}}", "job", "id", (json_int_t)id));
}

void refdesk_jobs_get(struct world *w, const struct request *r,
                      struct answer *a)
{
    int64_t id = 0;
    json_t *job =
        request_id(r, 0, &id) ? table_get(&w->tables[JOBS], id) : NULL;

    if (job == NULL) {
        refdesk_missing(a, "job", r->arg[0]);
        return;
    }
    json_int_t polls = json_integer_value(json_object_get(job, "polls"));
    if (polls > 0) {
        json_object_set_new(job, "polls", json_integer(polls - 1));
        table_put(&w->tables[JOBS], id, job);
    }
    refdesk_data(
        a, 200,
        json_pack("{s:s, s:o}", "state", polls > 0 ? "running" : "done", "rows",
                  polls > 0 ? json_array()
                            : json_incref(json_object_get(job, "rows"))));
    json_decref(job);
}

static void add_error(json_t *rows, const char *email, const struct problem *p)
{
    json_array_append_new(rows, json_pack("{s:s, s:s?}", "email", email,
                                          "error", p ? p->code : NULL));
}

/* ---- bulk_invite ----------------------------------------------------------
 */

/* Takes one line off `at` and cuts it into cells; quotes as in RFC 4180. */
static size_t csv_line(const char **at, char *cells[CSV_CELLS])
{
    size_t count = 0;
    bool quoted = false, more = true;

    while (more) {
        struct text cell = {0};
        text_add(&cell, "");
        for (; **at != '\0' && (quoted || !strchr(",\r\n", **at)); (*at)++) {
            if (**at != '"')
                text_add_n(&cell, *at, 1);
            else if (quoted && (*at)[1] == '"')
                text_add_n(&cell, (*at)++, 1);
            else
                quoted = !quoted;
        }
        if (count < CSV_CELLS)
            cells[count++] = text_take(&cell);
        text_clear(&cell);
        more = **at == ',';
        if (more)
            (*at)++;
    }
    *at += strspn(*at, "\r\n");
    return count;
}

static json_t *csv_teams(const struct world *w, const char *names)
{
    json_t *ids = json_array();
    char *copy = mem_text(names ? names : "");

    for (char *rest = copy, *name = NULL; (name = strsep(&rest, ";|"));) {
        int64_t id = refdesk_team_by_name(w, name);
        if (*name != '\0')
            json_array_append_new(ids, json_integer(id));
    }
    free(copy);
    return ids;
}

static void invite_row(struct world *w, char *cells[CSV_CELLS], size_t count,
                       json_t *rows)
{
    const char *email = cells[0];
    const char *name = count > 1 && cells[1][0] ? cells[1] : NULL;
    const char *role = count > 2 && cells[2][0] ? cells[2] : "agent";
    json_t *teams = csv_teams(w, count > 3 ? cells[3] : "");
    struct newcomer who = {email, name, role, "invited", teams};
    struct problem p;
    bool ok = true;

    if (strcmp(role, "admin") != 0 && strcmp(role, "agent") != 0)
        ok = problem_set(&p, 422, "invalid_role", "role", "No such role.");
    ok = ok && rule_email(w, email, 0, &p) && rule_teams(w, teams, &p) &&
         rule_seat(w, role, "invited", &p);
    if (ok)
        json_decref(refdesk_user_new(w, &who));
    add_error(rows, email, ok ? NULL : &p);
    json_decref(teams);
}

void refdesk_bulk_invite(struct world *w, const struct request *r,
                         struct answer *a)
{
    size_t len = 0;
    char *file = request_form(r, "file", &len);
    json_t *rows = json_array();
    struct problem p;
    bool header = true;

    if (file == NULL) {
        json_decref(rows);
        (void)problem_set(&p, 422, "invalid_file", "file",
                          "Send a CSV file as the form field \"file\".");
        refdesk_refuse(a, &p);
        return;
    }
    for (const char *at = file; *at != '\0';) {
        char *cells[CSV_CELLS] = {0};
        size_t count = csv_line(&at, cells);
        if (!header || strcmp(cells[0], "email") != 0)
            invite_row(w, cells, count, rows);
        header = false;
        for (size_t i = 0; i < count; i++)
            free(cells[i]);
    }
    free(file);
    say_job(a, refdesk_job_new(w, rows));
}

/* ---- bulk update and deactivate -------------------------------------------
 */

static bool rule_batch(const json_t *ids, const char *field, struct problem *p)
{
    if (!json_is_array(ids))
        return problem_set(p, 422, "invalid_value", field,
                           "%s is a list of ids.", field);
    if (json_array_size(ids) > BATCH_MAX)
        return problem_set(p, 422, "too_many", field, "At most %d at a time.",
                           BATCH_MAX);
    return true;
}

static bool bulk_one(struct world *w, int64_t id, const json_t *order,
                     struct problem *p)
{
    const char *action = json_string_value(json_object_get(order, "action"));
    const json_t *value = json_object_get(order, "value");
    json_t *user = table_get(&w->tables[USERS], id);
    bool ok = false;

    if (user == NULL)
        (void)problem_set(p, 404, "not_found", "user_ids", "No such user.");
    else if (strcmp(action, "deactivate") == 0)
        ok = change_deactivate(w, id, user, p);
    else if (strcmp(action, "set_role") == 0)
        ok = change_role(w, id, user, json_string_value(value), p);
    else if (table_text(&w->tables[TEAMS], json_integer_value(value)))
        ok = true;
    else
        (void)problem_set(p, 422, "invalid_team", "value", "No such team.");
    if (ok && strcmp(action, "add_to_team") == 0)
        (void)refdesk_join(w, id, json_integer_value(value));
    else if (ok)
        refdesk_user_put(w, id, user);
    json_decref(user);
    return ok;
}

static void bulk(struct world *w, const json_t *order, struct answer *a)
{
    const json_t *ids = json_object_get(order, "user_ids"), *id = NULL;
    json_t *updated = json_array(), *errors = json_array();
    struct problem p;
    size_t i = 0;

    json_array_foreach (ids, i, id) {
        if (bulk_one(w, json_integer_value(id), order, &p))
            json_array_append(updated, (json_t *)id);
        else
            json_array_append_new(errors,
                                  json_pack("{s:O, s:s, s:s}", "id", id, "code",
                                            p.code, "message", p.message));
    }
    refdesk_data(a, 200,
                 json_pack("{s:o, s:o}", "updated", updated, "errors", errors));
}

void refdesk_bulk_update(struct world *w, const struct request *r,
                         struct answer *a)
{
    const char *action = json_string_value(json_object_get(r->json, "action"));
    struct problem p;

    if (!rule_batch(json_object_get(r->json, "user_ids"), "user_ids", &p)) {
        refdesk_refuse(a, &p);
    } else if (action == NULL || (strcmp(action, "set_role") != 0 &&
                                  strcmp(action, "add_to_team") != 0)) {
        (void)problem_set(&p, 422, "invalid_value", "action",
                          "action is set_role or add_to_team.");
        refdesk_refuse(a, &p);
    } else {
        bulk(w, r->json, a);
    }
}

void refdesk_bulk_deactivate(struct world *w, const struct request *r,
                             struct answer *a)
{
    struct problem p;

    if (!rule_batch(json_object_get(r->json, "user_ids"), "user_ids", &p)) {
        refdesk_refuse(a, &p);
        return;
    }
    json_object_set_new(r->json, "action", json_string("deactivate"));
    bulk(w, r->json, a);
}

/* ---- tickets --------------------------------------------------------------
 */

static bool ticket_wanted(const struct world *w, int64_t id, const char *state)
{
    json_t *ticket = table_get(&w->tables[TICKETS], id);
    const char *is = json_string_value(json_object_get(ticket, "state"));
    bool wanted = state == NULL || (is && strcmp(is, state) == 0);

    json_decref(ticket);
    return wanted;
}

void refdesk_tickets_list(struct world *w, const struct request *r,
                          struct answer *a)
{
    const struct table *t = &w->tables[TICKETS];
    const char *assignee = request_query(r, "assignee_id");
    const char *state = request_query(r, "state");
    struct listing list = {.table = t};
    size_t count = t->count;
    const int64_t *of =
        assignee ? table_where(t, TICKETS_BY_ASSIGNEE, assignee, &count) : NULL;
    int64_t *ids = mem_new((count + 1) * sizeof(*ids));

    for (size_t i = 0; i < count; i++) {
        int64_t id = of ? of[i] : t->rows[i].id;
        if (ticket_wanted(w, id, state))
            ids[list.count++] = id;
    }
    list.ids = ids;
    refdesk_page(w, r, &list, a);
    free(ids);
}

static bool rule_assign(const struct world *w, const json_t *order,
                        struct problem *p)
{
    const json_t *user_id = json_object_get(order, "to_user_id");
    const json_t *team_id = json_object_get(order, "to_team_id");
    bool team = json_is_integer(team_id);

    if (!rule_batch(json_object_get(order, "ticket_ids"), "ticket_ids", p))
        return false;
    if (json_is_integer(user_id) && team)
        return problem_set(p, 422, "invalid_value", "to_team_id",
                           "Say a user or a team, not both.");
    if (team && !table_text(&w->tables[TEAMS], json_integer_value(team_id)))
        return problem_set(p, 422, "invalid_team", "to_team_id",
                           "No such team.");
    if (!json_is_integer(user_id))
        return true;
    json_t *user = table_get(&w->tables[USERS], json_integer_value(user_id));
    bool may = strcmp(user_status(user), "active") == 0 &&
               strcmp(user_role(user), "viewer") != 0;
    json_decref(user);
    return may || problem_set(p, 422, "invalid_assignee", "to_user_id",
                              "Tickets go to an active admin or agent.");
}

/* `key` becomes `id`, or null when there is none. */
static void point(json_t *ticket, const char *key, json_t *id)
{
    if (json_is_integer(id))
        json_object_set(ticket, key, id);
    else
        json_object_set_new(ticket, key, json_null());
}

void refdesk_bulk_assign(struct world *w, const struct request *r,
                         struct answer *a)
{
    const json_t *ids = json_object_get(r->json, "ticket_ids");
    json_t *id = NULL, *rows = NULL;
    struct problem p;
    size_t i = 0;

    if (!rule_assign(w, r->json, &p)) {
        refdesk_refuse(a, &p);
        return;
    }
    rows = json_array();
    json_array_foreach ((json_t *)ids, i, id) {
        json_t *ticket = table_get(&w->tables[TICKETS], json_integer_value(id));
        if (ticket == NULL) {
            json_array_append_new(
                rows, json_pack("{s:O, s:s}", "id", id, "error", "not_found"));
            continue;
        }
        point(ticket, "assignee_id", json_object_get(r->json, "to_user_id"));
        point(ticket, "team_id", json_object_get(r->json, "to_team_id"));
        json_object_set_new(ticket, "updated_at",
                            world_time_json(world_now(w)));
        table_put(&w->tables[TICKETS], json_integer_value(id), ticket);
        json_decref(ticket);
        json_array_append_new(rows, json_pack("{s:O, s:n}", "id", id, "error"));
    }
    say_job(a, refdesk_job_new(w, rows));
}
