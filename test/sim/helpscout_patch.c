/*
 * test/sim/helpscout_patch.c - changing a conversation, one operation a call
 */
#include "test/sim/helpscout_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *assignee_of(const struct world *w, int64_t to)
{
    json_t *user = table_get(&w->tables[HS_USERS], to);
    json_t *team = user ? NULL : table_get(&w->tables[HS_TEAMS], to);
    json_t *shown = NULL;

    if (user)
        shown = json_pack("{s:I, s:s, s:s, s:s, s:s}", "id", (json_int_t)to,
                          "type", "user", "first", hs_text(user, "firstName"),
                          "last", hs_text(user, "lastName"), "email",
                          hs_text(user, "email"));
    else if (team)
        shown = json_pack("{s:I, s:s, s:s}", "id", (json_int_t)to, "type",
                          "team", "first", hs_text(team, "name"));
    json_decref(user);
    json_decref(team);
    return shown;
}

void hs_assign(struct world *w, int64_t id, json_t *conversation, int64_t to)
{
    json_t *assignee = assignee_of(w, to);

    if (assignee) {
        json_object_set_new(conversation, "assignee", assignee);
        json_object_set_new(conversation, "_assigneeId", json_integer(to));
    } else {
        json_object_del(conversation, "assignee");
        json_object_del(conversation, "_assigneeId");
    }
    table_put(&w->tables[HS_CONVERSATIONS], id, conversation);
}

void hs_unassign_all(struct world *w, int64_t user)
{
    struct table *t = &w->tables[HS_CONVERSATIONS];
    struct hs_ids ids = {0};
    size_t count = 0;
    char key[32];

    (void)snprintf(key, sizeof(key), "%" PRId64, user);
    const int64_t *found = table_where(t, BY_ASSIGNEE, key, &count);
    for (size_t i = 0; i < count; i++)
        hs_ids_add(&ids, found[i]);
    for (size_t i = 0; i < ids.count; i++) {
        json_t *one = table_get(t, ids.at[i]);
        hs_assign(w, ids.at[i], one, 0);
        json_decref(one);
    }
    free(ids.at);
}

/* ---- operations
 * ----------------------------------------------------------------- */

/* One patch under way. False from a change: refused, `a` says why. */
struct patch {
    struct world *w;
    json_t *row;         /* owned by the route */
    const json_t *value; /* borrowed */
    const char *path;
    struct answer *a;
};
typedef bool change_fn(struct patch *p);

static bool wrong_value(struct patch *p)
{
    hs_invalid_one(p->w, p->a, p->path, "unsupported value");
    return false;
}

/* A user who can answer in the inbox, or a team. */
static bool can_own(const struct world *w, int64_t to, int64_t inbox)
{
    json_t *user = table_get(&w->tables[HS_USERS], to);
    bool able = user && strcmp(hs_text(user, "role"), "light user") != 0 &&
                hs_sees_mailbox(user, inbox);

    json_decref(user);
    return able || (user == NULL && table_text(&w->tables[HS_TEAMS], to));
}

static bool change_assignee(struct patch *p)
{
    int64_t to = json_integer_value(p->value);
    int64_t inbox = json_integer_value(json_object_get(p->row, "mailboxId"));
    int64_t id = json_integer_value(json_object_get(p->row, "id"));

    if (!json_is_integer(p->value))
        return wrong_value(p);
    if (!can_own(p->w, to, inbox)) {
        if (HS_SET(p->w, BAD_ASSIGNEE, "403"))
            hs_error(p->w, p->a, 403, "Access denied");
        else
            hs_invalid_one(p->w, p->a, p->path, "invalid identifier");
        return false;
    }
    hs_assign(p->w, id, p->row, to);
    return true;
}

static bool drop_assignee(struct patch *p)
{
    hs_assign(p->w, json_integer_value(json_object_get(p->row, "id")), p->row,
              0);
    return true;
}

static bool change_status(struct patch *p)
{
    const char *to = json_string_value(p->value);

    if (to == NULL ||
        (strcmp(to, "active") != 0 && strcmp(to, "pending") != 0 &&
         strcmp(to, "closed") != 0 && strcmp(to, "spam") != 0))
        return wrong_value(p);
    json_object_set(p->row, "status", (json_t *)p->value);
    return true;
}

static bool change_subject(struct patch *p)
{
    if (json_string_length(p->value) == 0)
        return wrong_value(p);
    json_object_set(p->row, "subject", (json_t *)p->value);
    return true;
}

static bool change_draft(struct patch *p)
{
    if (!json_is_boolean(p->value))
        return wrong_value(p);
    json_object_set_new(
        p->row, "state",
        json_string(json_is_true(p->value) ? "draft" : "published"));
    return true;
}

static bool change_mailbox(struct patch *p)
{
    int64_t to = json_integer_value(p->value);

    if (!json_is_integer(p->value) ||
        table_text(&p->w->tables[HS_MAILBOXES], to) == NULL)
        return wrong_value(p);
    json_object_set(p->row, "mailboxId", (json_t *)p->value);
    return true;
}

static bool change_customer(struct patch *p)
{
    if (!json_is_integer(p->value))
        return wrong_value(p);
    json_object_set(json_object_get(p->row, "primaryCustomer"), "id",
                    (json_t *)p->value);
    return true;
}

static const struct {
    const char *op, *path;
    change_fn *run;
} changes[] = {
    {"replace", "/assignTo", change_assignee},
    {"add", "/assignTo", change_assignee},
    {"remove", "/assignTo", drop_assignee},
    {"replace", "/status", change_status},
    {"replace", "/subject", change_subject},
    {"replace", "/draft", change_draft},
    {"move", "/mailboxId", change_mailbox},
    {"replace", "/primaryCustomer.id", change_customer},
};

static bool patch_one(struct world *w, const json_t *body, json_t *row,
                      struct answer *a)
{
    const char *op = hs_text(body, "op"), *path = hs_text(body, "path");
    struct patch patch = {w, row, json_object_get(body, "value"), path, a};
    bool path_known = false;

    for (size_t i = 0; i < HS_COUNT(changes); i++) {
        bool same = strcmp(changes[i].path, path) == 0;
        if (same && strcmp(changes[i].op, op) == 0)
            return changes[i].run(&patch);
        path_known |= same;
    }
    hs_invalid_one(w, a, path_known ? "op" : "path", "unsupported value");
    return false;
}

/* Lists go on showing the conversation as it was, for a while. */
static void lag(struct world *w, json_t *row, json_t *before)
{
    long ms = HS_NUMBER(w, SEARCH_LAG);

    json_object_del(before, "_shown");
    json_object_del(row, "_shown");
    if (ms <= 0)
        return;
    json_object_set(row, "_shown", before);
    json_object_set_new(row, "_shownUntil", json_integer(hs_now_ms(w) + ms));
}

static void patched(struct world *w, int64_t id, json_t *row, json_t *before)
{
    json_t *view = NULL;

    json_object_set_new(row, "userUpdatedAt", world_time_json(world_now(w)));
    lag(w, row, before);
    table_put(&w->tables[HS_CONVERSATIONS], id, row);
    view = hs_view(w, HS_CONVERSATIONS, row);
    if (!json_equal(json_object_get(row, "assignee"),
                    json_object_get(before, "assignee")))
        hs_event(w, "convo.assigned", view);
    json_decref(view);
}

/* All of `list`, or the one operation. */
static bool patch_all(struct world *w, const json_t *body, json_t *row,
                      struct answer *a)
{
    const json_t *one = NULL;
    size_t i = 0;

    if (json_is_object(body))
        return patch_one(w, body, row, a);
    if (!json_is_array(body) || HS_SET(w, PATCH_ARRAY, "reject")) {
        hs_error(w, a, 400, "Bad request");
        return false;
    }
    json_array_foreach (body, i, one)
        if (!patch_one(w, one, row, a))
            return false;
    return true;
}

void hs_conversations_patch(struct world *w, const struct request *r,
                            struct answer *a)
{
    int64_t id = 0;
    json_t *row = hs_number(r->arg[0], &id)
                      ? table_get(&w->tables[HS_CONVERSATIONS], id)
                      : NULL;

    if (row == NULL) {
        hs_error(w, a, 404, "Not Found");
        return;
    }
    json_t *before = json_deep_copy(row), *body = hs_body(w, r, a);
    if (body && patch_all(w, body, row, a)) {
        patched(w, id, row, before);
        answer_none(a, 204);
    }
    json_decref(body);
    json_decref(before);
    json_decref(row);
}
