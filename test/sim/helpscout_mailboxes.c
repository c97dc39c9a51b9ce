/*
 * test/sim/helpscout_mailboxes.c - inboxes, and who is in their rotation
 */
#include "test/sim/helpscout_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LIMIT_MAX = 100 };

void hs_mailboxes_list(struct world *w, const struct request *r,
                       struct answer *a)
{
    struct hs_list list = {.table = HS_MAILBOXES,
                           .key = "mailboxes",
                           .size = HS_NUMBER(w, PAGE_SIZE)};
    const struct table *t = &w->tables[HS_MAILBOXES];
    int64_t me = 0;
    json_t *caller = hs_caller(w, &me);

    for (size_t i = 0; i < t->count; i++)
        if (hs_sees_mailbox(caller, t->rows[i].id))
            hs_ids_add(&list.ids, t->rows[i].id);
    json_decref(caller);
    hs_page(w, r, &list, a);
}

static json_t *mailbox_of(struct world *w, const struct request *r, int64_t *id,
                          struct answer *a)
{
    if (!hs_number(r->arg[0], id)) {
        hs_invalid_one(w, a, "id", "invalid identifier");
        return NULL;
    }
    json_t *inbox = table_get(&w->tables[HS_MAILBOXES], *id);
    if (inbox == NULL)
        hs_error(w, a, 404, "Not Found");
    return inbox;
}

void hs_mailboxes_get(struct world *w, const struct request *r,
                      struct answer *a)
{
    int64_t id = 0;
    json_t *inbox = mailbox_of(w, r, &id, a);

    if (inbox)
        hs_data(a, hs_view(w, HS_MAILBOXES, inbox));
    json_decref(inbox);
}

/* Active conversations of a user in an inbox. */
static int64_t load_of(const struct world *w, int64_t user, int64_t inbox)
{
    const struct table *t = &w->tables[HS_CONVERSATIONS];
    size_t count = 0;
    char key[32];
    int64_t load = 0;

    (void)snprintf(key, sizeof(key), "%" PRId64, user);
    const int64_t *ids = table_where(t, BY_ASSIGNEE, key, &count);
    for (size_t i = 0; i < count; i++) {
        json_t *one = table_get(t, ids[i]);
        load += strcmp(hs_text(one, "status"), "active") == 0 &&
                json_integer_value(json_object_get(one, "mailboxId")) == inbox;
        json_decref(one);
    }
    return load;
}

static json_t *turn_of(const struct world *w, const json_t *routing,
                       int64_t user_id, int64_t inbox)
{
    json_t *user = table_get(&w->tables[HS_USERS], user_id);
    const json_t *email =
        json_object_get(json_object_get(user, "_status"), "email");
    int64_t load = load_of(w, user_id, inbox);
    bool away = strcmp(hs_text(email, "status"), "away") == 0;
    bool full =
        load >= json_integer_value(json_object_get(routing, "assignmentLimit"));
    json_t *turn = json_pack("{s:I, s:I, s:b}", "userId", (json_int_t)user_id,
                             "conversationsCount", (json_int_t)load, "eligible",
                             !away && !full);

    if (away || full)
        json_object_set_new(turn, "reason",
                            json_string(away ? "away" : "at_capacity"));
    json_decref(user);
    return turn;
}

void hs_routing_get(struct world *w, const struct request *r, struct answer *a)
{
    int64_t id = 0;
    json_t *inbox = mailbox_of(w, r, &id, a), *turns = json_array();
    json_t *routing = json_object_get(inbox, "_routing");
    const json_t *one = NULL;
    size_t i = 0;

    if (inbox == NULL) {
        json_decref(turns);
        return;
    }
    json_array_foreach (json_object_get(routing, "userIds"), i, one) {
        json_array_append_new(turns,
                              turn_of(w, routing, json_integer_value(one), id));
    }
    json_object_set_new(routing, "rotation", turns);
    json_object_set_new(
        routing, "_links",
        json_pack("{s:{s:o}}", "self", "href",
                  json_sprintf(HS_HOST "/v2/mailboxes/%" JSON_INTEGER_FORMAT
                                       "/routing",
                               (json_int_t)id)));
    hs_data(a, json_incref(routing));
    json_decref(inbox);
}

/* What is wrong with a routing; NULL: nothing. */
static const char *routing_fault(const struct world *w, const json_t *body,
                                 int64_t inbox, const char **path)
{
    const char *state = hs_text(body, "state");
    const char *method = hs_text(body, "assignmentMethod");
    const json_t *limit = json_object_get(body, "assignmentLimit");
    const json_t *ids = json_object_get(body, "userIds"), *one = NULL;
    size_t i = 0;

    *path = "state";
    if (strcmp(state, "enabled") != 0 && strcmp(state, "disabled") != 0)
        return "Expected one of these: 'enabled', 'disabled'";
    *path = "assignmentMethod";
    if (strcmp(method, "round_robin") != 0 && strcmp(method, "balanced") != 0)
        return "Expected one of these: 'round_robin', 'balanced'";
    *path = "assignmentLimit";
    if (!json_is_integer(limit) || json_integer_value(limit) < 1 ||
        json_integer_value(limit) > LIMIT_MAX)
        return "must be between 1 and 100";
    *path = "userIds";
    if (!json_is_array(ids) ||
        (json_array_size(ids) == 0 && strcmp(state, "enabled") == 0))
        return "may not be empty";
    json_array_foreach (ids, i, one) {
        json_t *user = table_get(&w->tables[HS_USERS], json_integer_value(one));
        bool good = user && hs_sees_mailbox(user, inbox) &&
                    strcmp(hs_text(user, "role"), "light user") != 0;
        json_decref(user);
        if (!good)
            return "invalid identifier";
    }
    return NULL;
}

void hs_routing_put(struct world *w, const struct request *r, struct answer *a)
{
    int64_t id = 0;
    json_t *inbox = mailbox_of(w, r, &id, a), *body = NULL;
    const char *path = NULL;

    if (inbox && hs_caller_is_admin(w, a))
        body = hs_body(w, r, a);
    const char *fault = body ? routing_fault(w, body, id, &path) : NULL;
    if (fault) {
        hs_invalid_one(w, a, path, fault);
    } else if (body) {
        json_object_set_new(
            inbox, "_routing",
            json_pack(
                "{s:O, s:O, s:O, s:O}", "state", json_object_get(body, "state"),
                "assignmentLimit", json_object_get(body, "assignmentLimit"),
                "assignmentMethod", json_object_get(body, "assignmentMethod"),
                "userIds", json_object_get(body, "userIds")));
        table_put(&w->tables[HS_MAILBOXES], id, inbox);
        answer_none(a, 204);
    }
    json_decref(body);
    json_decref(inbox);
}
