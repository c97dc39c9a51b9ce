/*
 * test/sim/helpscout_conversations.c - finding and reading conversations
 *
 * The list is a search: with the knob search_lag_ms it shows a conversation as
 * it was before its latest patch (_shown) until _shownUntil has passed.
 */
#include "test/sim/helpscout_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "test/sim/mem.h"

enum { CONVERSATIONS_A_PAGE = 25, TIME_LEN = 20 };

static const char *const filters[] = {
    "assigned_to", "status",    "mailbox", "modifiedSince",
    "sortField",   "sortOrder", NULL};
static const char *const states[] = {"active", "pending", "open", "closed",
                                     "spam",   "all",     NULL};
/* What can be sorted by, and the member that holds it. */
static const char *const sorts[][2] = {
    {"createdAt", "createdAt"},    {"modifiedAt", "userUpdatedAt"},
    {"number", "number"},          {"status", "status"},
    {"subject", "subject"},        {"mailboxid", "mailboxId"},
    {"customerName", "createdAt"}, {"customerEmail", "createdAt"},
    {"score", "createdAt"},        {"waitingSince", "userUpdatedAt"},
};

struct search {
    const char *status, *since, *mailbox, *member;
    int64_t assigned_to; /* 0: anybody */
    bool ascending;
    json_t *caller; /* owned */
};

int64_t hs_now_ms(const struct world *w)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (now.tv_sec + w->shift_s) * 1000 + now.tv_nsec / 1000000;
}

/* The conversation as lists show it; takes `row`. */
static json_t *as_listed(const struct world *w, json_t *row)
{
    json_t *shown = json_object_get(row, "_shown");

    if (shown == NULL ||
        json_integer_value(json_object_get(row, "_shownUntil")) <= hs_now_ms(w))
        return row;
    json_incref(shown);
    json_decref(row);
    return shown;
}

static json_t *list_view(const struct world *w, json_t *row)
{
    json_t *shown = as_listed(w, json_incref(row));
    json_t *view = hs_view(w, HS_CONVERSATIONS, shown);

    json_decref(shown);
    return view;
}

static bool status_fits(const struct world *w, const char *want,
                        const char *have)
{
    if (strcmp(want, "all") == 0)
        return true;
    if (strcmp(want, "open") == 0)
        return strcmp(have, "active") == 0 ||
               (HS_SET(w, OPEN_MEANS, "active_pending") &&
                strcmp(have, "pending") == 0);
    return strcmp(want, have) == 0;
}

static bool mailbox_fits(const char *list, int64_t id)
{
    for (const char *at = list; *at != '\0';) {
        char *end = NULL;
        if (strtoll(at, &end, 10) == id)
            return true;
        at = end + strcspn(end, ",");
        at += *at == ',';
    }
    return false;
}

static bool fits(const struct world *w, const struct search *s,
                 const json_t *row)
{
    int64_t inbox = json_integer_value(json_object_get(row, "mailboxId"));
    int64_t who = json_integer_value(
        json_object_get(json_object_get(row, "assignee"), "id"));

    return !json_object_get(row, "_mergedInto") &&
           status_fits(w, s->status, hs_text(row, "status")) &&
           (s->assigned_to == 0 || s->assigned_to == who) &&
           (s->mailbox == NULL || mailbox_fits(s->mailbox, inbox)) &&
           (s->since == NULL ||
            strcmp(hs_text(row, "userUpdatedAt"), s->since) >= 0) &&
           hs_sees_mailbox(s->caller, inbox);
}

/* ---- order
 * -------------------------------------------------------------------- */

struct hit {
    int64_t id;
    char key[64];
    bool ascending;
};

static int by_key(const void *a, const void *b)
{
    const struct hit *x = a, *y = b;
    int order = strcmp(x->key, y->key);

    if (order != 0)
        return x->ascending ? order : -order;
    return x->id < y->id ? -1 : x->id > y->id;
}

static void key_of(const struct search *s, const json_t *row, struct hit *hit)
{
    const json_t *value = json_object_get(row, s->member);

    hit->ascending = s->ascending;
    if (json_is_integer(value))
        (void)snprintf(hit->key, sizeof(hit->key), "%020" JSON_INTEGER_FORMAT,
                       json_integer_value(value));
    else
        (void)snprintf(hit->key, sizeof(hit->key), "%s",
                       hs_text(row, s->member));
}

static void find(const struct world *w, const struct search *s,
                 struct hs_ids *ids)
{
    const struct table *t = &w->tables[HS_CONVERSATIONS];
    struct hit *hits = mem_new((t->count + 1) * sizeof(*hits));
    size_t count = 0;

    for (size_t i = 0; i < t->count; i++) {
        json_t *row = as_listed(w, table_get(t, t->rows[i].id));
        if (fits(w, s, row)) {
            hits[count].id = t->rows[i].id;
            key_of(s, row, &hits[count++]);
        }
        json_decref(row);
    }
    qsort(hits, count, sizeof(*hits), by_key);
    for (size_t i = 0; i < count; i++)
        hs_ids_add(ids, hits[i].id);
    free(hits);
}

/* ---- what is asked
 * -------------------------------------------------------------- */

static bool one_of(const char *const *words, const char *word)
{
    for (; *words; words++)
        if (strcmp(*words, word) == 0)
            return true;
    return false;
}

/* A time in whole seconds, such as 2026-01-31T08:00:00Z. */
static bool is_time(const char *text)
{
    static const char shape[] = "dddd-dd-ddTdd:dd:ddZ";

    for (size_t i = 0; i < TIME_LEN; i++)
        if (shape[i] == 'd' ? text[i] < '0' || text[i] > '9'
                            : text[i] != shape[i])
            return false;
    return text[TIME_LEN] == '\0';
}

static const char *sort_member(const char *name)
{
    for (size_t i = 0; i < HS_COUNT(sorts); i++)
        if (strcmp(sorts[i][0], name) == 0)
            return sorts[i][1];
    return NULL;
}

static const char *or_text(const char *text, const char *otherwise)
{
    return text ? text : otherwise;
}

/* The parameter that makes no sense; NULL: none. */
static const char *search_read(const struct request *r, struct search *s)
{
    const char *who = request_query(r, "assigned_to");
    const char *order = or_text(request_query(r, "sortOrder"), "desc");

    s->status = or_text(request_query(r, "status"), "active");
    s->since = request_query(r, "modifiedSince");
    s->mailbox = request_query(r, "mailbox");
    s->member =
        sort_member(or_text(request_query(r, "sortField"), "createdAt"));
    s->ascending = strcmp(order, "asc") == 0;
    if (!one_of(states, s->status))
        return "status";
    if (who && !hs_number(who, &s->assigned_to))
        return "assigned_to";
    if (s->since && !is_time(s->since))
        return "modifiedSince";
    if (s->member == NULL)
        return "sortField";
    return s->ascending || strcmp(order, "desc") == 0 ? NULL : "sortOrder";
}

void hs_conversations_list(struct world *w, const struct request *r,
                           struct answer *a)
{
    struct hs_list list = {.table = HS_CONVERSATIONS,
                           .key = "conversations",
                           .filters = filters,
                           .size = CONVERSATIONS_A_PAGE,
                           .view = list_view};
    struct search search = {0};
    const char *wrong = search_read(r, &search);
    int64_t me = 0;

    if (wrong) {
        hs_invalid_one(w, a, wrong, "unsupported value");
        return;
    }
    search.caller = hs_caller(w, &me);
    find(w, &search, &list.ids);
    json_decref(search.caller);
    hs_page(w, r, &list, a);
}

void hs_conversations_get(struct world *w, const struct request *r,
                          struct answer *a)
{
    int64_t id = 0;
    json_t *row = hs_number(r->arg[0], &id)
                      ? table_get(&w->tables[HS_CONVERSATIONS], id)
                      : NULL;
    const json_t *merged = json_object_get(row, "_mergedInto");

    if (row == NULL) {
        hs_error(w, a, 404, "Not Found");
    } else if (merged) {
        answer_none(a, 301);
        a->type = "application/hal+json";
        answer_header(a, "Location",
                      HS_HOST "/v2/conversations/%" JSON_INTEGER_FORMAT,
                      json_integer_value(merged));
    } else {
        hs_data(a, hs_view(w, HS_CONVERSATIONS, row));
    }
    json_decref(row);
}

json_t *hs_conversation_new(struct world *w, int64_t assignee, int64_t mailbox,
                            const char *status, const char *subject)
{
    struct table *t = &w->tables[HS_CONVERSATIONS];
    int64_t id = table_new_id(t), at = world_now(w) - 86400 + id % 86400;
    json_t *customer = json_pack("{s:i, s:s, s:s, s:s, s:s}", "id", 70044,
                                 "type", "customer", "first", "Rui", "last",
                                 "Mendes", "email", "rui@customer.example");
    json_t *row =
        json_pack("{s:I, s:I, s:i, s:s, s:i, s:s, s:s, s:s, s:s, s:I}", "id",
                  (json_int_t)id, "number", (json_int_t)(id - 3291000),
                  "threads", 2, "type", "email", "folderId", 88050, "status",
                  status, "state", "published", "subject", subject, "preview",
                  "I asked for a new link twice today ...", "mailboxId",
                  (json_int_t)mailbox);

    json_object_set_new(row, "createdBy",
                        json_pack("{s:i, s:s, s:s}", "id", 70044, "type",
                                  "customer", "email", "rui@customer.example"));
    json_object_set_new(row, "createdAt", world_time_json(at));
    json_object_set_new(row, "closedBy", json_integer(0));
    json_object_set_new(row, "userUpdatedAt", world_time_json(world_now(w)));
    json_object_set_new(row, "customerWaitingSince",
                        json_pack("{s:o, s:s, s:s}", "time",
                                  world_time_json(at), "friendly", "1 day ago",
                                  "latestReplyFrom", "customer"));
    json_object_set_new(
        row, "source",
        json_pack("{s:s, s:s}", "type", "email", "via", "customer"));
    json_object_set_new(row, "primaryCustomer", customer);
    json_object_update_new(row, json_pack("{s:[], s:[], s:[], s:[]}", "tags",
                                          "cc", "bcc", "customFields"));
    hs_assign(w, id, row, assignee);
    return row;
}
