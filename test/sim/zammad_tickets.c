/*
 * test/sim/zammad_tickets.c - tickets and their owners
 *
 * Each save looks at the owner: one who is inactive, no agent, or without full
 * access to the group is replaced by user 1, which is nobody. A ticket that is
 * closed keeps its owner.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test/sim/zammad_internal.h"

static bool is_closed(const json_t *ticket)
{
    return row_is(ticket, "state", "closed") ||
           row_is(ticket, "state", "merged");
}

static bool may_own(const struct world *w, int64_t user_id, int64_t group)
{
    json_t *user = table_get(&w->tables[ZA_USERS], user_id);
    bool may = user && row_true(user, "active") &&
               za_has_role(user, ZA_AGENT) && za_has_full(user, group);

    json_decref(user);
    return may;
}

void za_ticket_save(struct world *w, json_t *ticket)
{
    if (!is_closed(ticket) && !may_own(w, row_number(ticket, "owner_id"),
                                       row_number(ticket, "group_id")))
        json_object_set_new(ticket, "owner_id", json_integer(ZA_NOBODY));
    row_keep(w, ZA_TICKETS, ticket);
}

json_t *za_ticket_new(struct world *w, int64_t owner, const char *title)
{
    json_t *user = table_get(&w->tables[ZA_USERS], owner);
    const char *group = json_object_iter_key(
        json_object_iter(json_object_get(user, "group_ids")));
    json_t *ticket = json_pack(
        "{s:s, s:s, s:I, s:I, s:i}", "title", title, "state", "open",
        "group_id", (json_int_t)(group ? strtoll(group, NULL, 10) : 1),
        "owner_id", (json_int_t)owner, "customer_id", ZA_NOBODY);

    row_add(w, ZA_TICKETS, ticket);
    json_decref(user);
    return ticket;
}

/* ---- lists ------------------------------------------------------------------
 */

void za_tickets_list(struct world *w, const struct request *r, struct answer *a)
{
    za_page(w, r, rows_where(w, ZA_TICKETS, NULL, NULL), a);
}

/* "owner_id:4 AND NOT state.name:closed AND NOT state.name:merged" */
static bool found(const struct world *w, const json_t *ticket,
                  const void *context)
{
    const char *query = request_query(context, "query");
    const char *owner = query ? strstr(query, "owner_id:") : NULL;
    char without[80];

    if (ZA_IS(w, SEARCH, "sql"))
        return query && text_holds(row_text(ticket, "title"), query);
    (void)snprintf(without, sizeof(without), "NOT state.name:%s",
                   row_text(ticket, "state"));
    return owner != NULL &&
           strtoll(owner + 9, NULL, 10) == row_number(ticket, "owner_id") &&
           strstr(query, without) == NULL;
}

void za_tickets_search(struct world *w, const struct request *r,
                       struct answer *a)
{
    const char *expand = request_query(r, "expand");
    json_t *rows = rows_where(w, ZA_TICKETS, found, r), *row = NULL;
    json_t *ids = json_array();
    size_t i = 0;

    json_array_foreach (rows, i, row) {
        json_array_append(ids, json_object_get(row, "id"));
    }
    if (expand && strcmp(expand, "true") == 0)
        za_page(w, r, json_incref(rows), a);
    else
        answer_json(a, 200,
                    json_pack("{s:O, s:I, s:{}}", "tickets", ids,
                              "tickets_count", (json_int_t)json_array_size(ids),
                              "assets"));
    json_decref(ids);
    json_decref(rows);
}

void za_tickets_get(struct world *w, const struct request *r, struct answer *a)
{
    json_t *ticket = za_row_of(w, r, ZA_TICKETS, a);

    if (ticket)
        answer_json(a, 200, row_shown(ticket));
}

void za_tickets_update(struct world *w, const struct request *r,
                       struct answer *a)
{
    static const char *const fields[] = {"owner_id", "group_id", "state",
                                         "title"};
    json_t *ticket = za_row_of(w, r, ZA_TICKETS, a);

    if (ticket == NULL)
        return;
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        if (json_object_get(r->json, fields[i]))
            json_object_set(ticket, fields[i],
                            json_object_get(r->json, fields[i]));
    za_ticket_save(w, ticket);
    answer_json(a, 200, row_shown(ticket));
}
