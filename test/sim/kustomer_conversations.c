/*
 * test/sim/kustomer_conversations.c - conversations, and who has them
 *
 * A search sees a change only after the index's lag: until _visibleAt it is
 * answered from _old, the record as it was (null: there was none).
 */
#include "test/sim/kustomer_internal.h"

#include <string.h>

static const char *const known[] = {
    "name",  "status", "assignedUsers", "assignedTeams", "priority",
    "tags",  "rev",    "snooze",        "queue",         "id",
    "ended", "spam",   "suggestedTags", "satisfaction",  NULL};

json_t *ks_conversation_new(struct world *w, const char *user,
                            const char *status, const char *name)
{
    json_t *row = json_pack(
        "{s:s, s:[s], s:s, s:i, s:i, s:i, s:[], s:[], s:{s:i, s:f}, s:[s], "
        "s:[], s:s, s:i, s:i, s:b, s:b, s:s, s:i, s:I, s:n}",
        "name", name, "channels", "email", "status", status, "messageCount", 4,
        "noteCount", 1, "satisfaction", 0, "tags", "suggestedTags", "sentiment",
        "polarity", 0, "confidence", 0.71, "assignedUsers", user,
        "assignedTeams", "direction", "in", "outboundMessageCount", 2,
        "priority", 3, "ended", strcmp(status, "done") == 0, "spam", 0,
        "defaultLang", "en_us", "rev", 1, "_visibleAt", (json_int_t)0, "_old");
    int64_t number = ks_new_id(w, KS_CONVERSATIONS, row);

    json_object_set_new(row, "_customer",
                        json_sprintf("66f5e607182930415%07x",
                                     (unsigned)(0x26374e0 + (number & 0xff))));
    ks_made(w, row, KS_MACHINE);
    json_object_set(row, "lastActivityAt", json_object_get(row, "createdAt"));
    table_put(&w->tables[KS_CONVERSATIONS], number, row);
    ks_event(w, KS_CONVERSATIONS, row, NULL);
    return row;
}

void ks_conversations_list(struct world *w, const struct request *r,
                           struct answer *a)
{
    const struct table *t = &w->tables[KS_CONVERSATIONS];
    struct ks_list list = {.table = KS_CONVERSATIONS, .most = 100};
    const char *sort = request_query(r, "sort");
    bool back = sort != NULL && strcmp(sort, "desc") == 0;

    for (size_t i = 0; i < t->count; i++)
        ks_list_add(&list, t->rows[back ? t->count - 1 - i : i].id);
    ks_page(w, r, &list, a);
}

void ks_conversations_get(struct world *w, const struct request *r,
                          struct answer *a)
{
    int64_t number = 0;
    json_t *row = ks_named(w, r, KS_CONVERSATIONS, &number, a);

    if (row != NULL)
        ks_data(a, 200, ks_view(w, KS_CONVERSATIONS, row));
    json_decref(row);
}

/* ---- changing ----------------------------------------------------------- */

/* Everybody in a list of a body is there; unknown ones may be left out. */
static bool assignable(struct world *w, const json_t *body, const char *name,
                       enum ks_table table, struct answer *a)
{
    json_t *list = json_object_get(body, name);

    if (list != NULL && !json_is_array(list)) {
        ks_bad_value(w, a, name, "must be a list of ids");
        return false;
    }
    for (size_t i = json_array_size(list); i > 0; i--) {
        const json_t *one = json_array_get(list, i - 1);
        const char *id = json_is_string(one) ? json_string_value(one) : "";
        json_t *row = table_get(&w->tables[table], ks_find(w, table, id));
        bool gone = row == NULL || (table == KS_TEAMS && ks_deactivated(row));
        bool off = row != NULL && ks_deactivated(row) &&
                   KS_IS(w, ASSIGN_DEACTIVATED, "400");
        json_decref(row);
        if (gone && KS_IS(w, ASSIGN_UNKNOWN, "ignore")) {
            (void)json_array_remove(list, i - 1);
        } else if (gone || off) {
            ks_error_at(w, a, 400, "unknown assignee", name);
            return false;
        }
    }
    return true;
}

static bool status_good(struct world *w, const json_t *body, struct answer *a)
{
    const char *status = ks_text(body, "status");

    if (json_object_get(body, "status") == NULL ||
        strcmp(status, "open") == 0 || strcmp(status, "snoozed") == 0 ||
        strcmp(status, "done") == 0)
        return true;
    ks_bad_value(w, a, "status", "is not one of the allowed values");
    return false;
}

/* The index keeps what it had while an earlier change is not in it yet. */
static void keep_old(const struct world *w, json_t *row, const json_t *before)
{
    int64_t now = ks_now_ms(w);
    json_int_t visible = json_integer_value(json_object_get(row, "_visibleAt"));

    if (visible <= now) {
        json_t *old = json_deep_copy(before);
        json_object_del(old, "_old");
        json_object_set_new(row, "_old", old);
    }
    json_object_set_new(row, "_visibleAt",
                        json_integer(now + ks_index_lag_ms(w)));
}

static void merge(json_t *row, const json_t *body, bool replace)
{
    static const char *const lists[] = {"assignedUsers", "assignedTeams",
                                        "tags", "suggestedTags"};

    for (size_t i = 0; replace && i < KS_COUNT(lists); i++)
        json_object_set_new(row, lists[i], json_array());
    if (replace) {
        json_object_set_new(row, "name", json_null());
        json_object_set_new(row, "status", json_string("open"));
    }
    for (size_t i = 0; known[i] != NULL; i++) {
        json_t *value = json_object_get(body, known[i]);
        if (value && strcmp(known[i], "rev") != 0 &&
            strcmp(known[i], "id") != 0)
            json_object_set(row, known[i], value);
    }
}

bool ks_conversation_change(struct world *w, json_t *row, const json_t *body,
                            bool replace, struct answer *a)
{
    const json_t *rev = json_object_get(body, "rev");
    json_t *before = NULL;

    if (!ks_fields_known(w, body, known, a) || !status_good(w, body, a) ||
        !assignable(w, body, "assignedUsers", KS_USERS, a) ||
        !assignable(w, body, "assignedTeams", KS_TEAMS, a))
        return false;
    if (rev != NULL && !json_equal(rev, json_object_get(row, "rev"))) {
        ks_error(w, a, 409, "document revision mismatch");
        return false;
    }
    before = json_deep_copy(row);
    merge(row, body, replace);
    json_object_set_new(
        row, "rev",
        json_integer(json_integer_value(json_object_get(before, "rev")) + 1));
    ks_touch(w, row, ks_caller(w));
    json_object_set(row, "lastActivityAt", json_object_get(row, "updatedAt"));
    keep_old(w, row, before);
    table_put(&w->tables[KS_CONVERSATIONS],
              ks_find(w, KS_CONVERSATIONS, ks_text(row, "id")), row);
    ks_event(w, KS_CONVERSATIONS, row, before);
    json_decref(before);
    return true;
}

void ks_conversations_put(struct world *w, const struct request *r,
                          struct answer *a)
{
    const char *how = request_query(r, "replace");
    bool replace = how != NULL && strcmp(how, "true") == 0 &&
                   strcmp(r->method, "PUT") == 0;
    json_t *body = ks_body(w, r, false, a), *row = NULL;
    int64_t number = 0;

    if (body != NULL && ks_rate_update(w, r->arg[0], a))
        row = ks_named(w, r, KS_CONVERSATIONS, &number, a);
    if (row != NULL && ks_conversation_change(w, row, body, replace, a))
        ks_data(a, 200, ks_view(w, KS_CONVERSATIONS, row));
    json_decref(row);
    json_decref(body);
}
