/*
 * providers/ticket.c - open work, and handing it over
 *
 * Nothing is looked at again here: what was handed over is what the leaver no
 * longer has when the caller reads the list again, once for many calls.
 */
#include "providers/plan.h"
#include "providers/provider_internal.h"

#include <stdlib.h>
#include <string.h>

enum up_rc up_tickets_open(struct provider *p, struct up_call *call,
                           const char *id, json_t **tickets,
                           struct up_error *err)
{
    const char *op = provider_text(p, "lifecycle.deactivate.tickets.list");
    *tickets = NULL;
    if (op == NULL || !engine_can(p->engine, op))
        return provider_lacks(err, "tell the open work of a user");
    const char *path =
        json_string_value(json_object_get(provider_op(p, op), "id"));
    json_t *own = json_pack("{s:o}", "id", provider_id(&p->user_ids, id)), *row;
    struct vars v = {.scope = {own}, .count = 1};
    struct op_result result;
    size_t i;
    enum up_rc rc = provider_run(p, call, &p->users, op, &v, &result, err);
    json_t *ids = rc == UP_OK ? json_array() : NULL;
    json_array_foreach (result.records, i, row) {
        const json_t *ticket = select_path(row, path == NULL ? "id" : path);
        char *text = select_text(ticket);
        if (ids != NULL && text != NULL && !plan_ticket_moved(call, text))
            (void)json_array_append_new(ids, json_string(text));
        provider_learn_id(&p->ticket_ids, ticket);
        free(text);
    }
    op_result_clear(&result);
    json_decref(own);
    *tickets = ids;
    return rc == UP_OK && ids == NULL ? provider_memory(err) : rc;
}

static const char *op_for(const struct provider *p, enum up_heir heir)
{
    switch (heir) {
    case UP_HEIR_USER:
        return provider_text(p, "lifecycle.deactivate.tickets.assign");
    case UP_HEIR_TEAM:
        return provider_text(p, "lifecycle.deactivate.tickets.assign_team");
    case UP_HEIR_NOBODY:
        break;
    }
    return provider_text(p, "lifecycle.deactivate.tickets.unassign");
}

static json_t *variables(struct provider *p, const char *leaver,
                         const json_t *tickets, enum up_heir heir,
                         const char *to)
{
    json_t *own =
        json_pack("{s:o, s:o}", "id", provider_id(&p->user_ids, leaver),
                  "ticket_ids", provider_ids(&p->ticket_ids, tickets));
    if (heir == UP_HEIR_USER && to != NULL)
        (void)json_object_set_new(own, "to_user_id",
                                  provider_id(&p->user_ids, to));
    if (heir == UP_HEIR_TEAM && to != NULL)
        (void)json_object_set_new(own, "to_team_id",
                                  provider_id(&p->team_ids, to));
    return own;
}

/* What a helpdesk said of the items that it refused: their ids. */
static json_t *refused_ids(const json_t *refused, const json_t *asked)
{
    json_t *left = json_array(), *set = json_object(), *one;
    size_t i;
    json_array_foreach (refused, i, one) {
        char *text = select_text(json_object_get(one, "item"));
        if (text != NULL)
            (void)json_object_set_new(set, text, json_true());
        free(text);
    }
    json_array_foreach (asked, i, one) {
        const char *text = json_string_value(one);
        if (text != NULL && json_object_get(set, text) != NULL)
            (void)json_array_append(left, one);
    }
    json_decref(set);
    return left;
}

/* Refused items are not the end of it: the next heir may take them. */
static bool is_refusal(enum up_rc rc, const struct up_error *err)
{
    bool refused = rc == UP_INVALID || rc == UP_NOT_FOUND ||
                   rc == UP_CONFLICT || rc == UP_FORBIDDEN ||
                   rc == UP_PROTECTED;
    return refused && err->status != 0;
}

size_t up_tickets_batch(const struct provider *p, enum up_heir heir)
{
    const char *op = op_for(p, heir);
    const json_t *spec = op == NULL ? NULL : provider_op(p, op);
    const json_t *step = json_array_get(json_object_get(spec, "steps"), 0);
    if (step != NULL)
        spec = provider_op(p, json_string_value(json_object_get(step, "op")));
    const json_t *batch = json_object_get(spec, "batch");
    json_int_t max = json_integer_value(json_object_get(batch, "max"));
    if (json_object_get(spec, "each") != NULL)
        return 1;
    return max > 0 && max < UP_TICKETS_MOST ? (size_t)max : UP_TICKETS_MOST;
}

enum up_rc up_tickets_assign(struct provider *p, struct up_call *call,
                             const char *leaver, const json_t *tickets,
                             enum up_heir heir, const char *to, json_t **left,
                             struct up_error *err)
{
    const char *op = op_for(p, heir);
    struct op_result result = {0};
    *left = NULL;
    if (op == NULL || !engine_can(p->engine, op))
        return provider_lacks(err, "hand work over in this way");
    if (json_array_size(tickets) == 0) {
        *left = json_array();
        return UP_OK;
    }
    json_t *own = variables(p, leaver, tickets, heir, to);
    struct vars v = {.scope = {own}, .count = 1};
    plan_why(call, "Open work of the leaver: %zu are handed over.",
             json_array_size(tickets));
    enum up_rc rc = provider_run(p, call, &p->users, op, &v, &result, err);
    if (rc == UP_OK)
        plan_tickets_moved(call, tickets);
    if (is_refusal(rc, err)) {
        *left = result.refused != NULL ? refused_ids(result.refused, tickets)
                                       : json_incref((json_t *)tickets);
        bool named = json_array_size(*left) > 0; /* else: who knows which */
        rc = named ? UP_OK : UP_FAILED;
        err->rc = rc;
        if (!named) {
            json_decref(*left);
            *left = NULL;
        }
    } else if (rc == UP_OK) {
        *left = json_array();
    }
    op_result_clear(&result);
    json_decref(own);
    return rc == UP_OK && *left == NULL ? provider_memory(err) : rc;
}
