/*
 * test/sim/kustomer_answer.c - documents, errors, and what all records share
 */
#include "test/sim/kustomer_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BODY_MOST = 100 * 1000, HOOK_BODY_MOST = 400 * 1000 };

/* clang-format off */
/* In the order of enum ks_table: type, path, and how its ids begin. */
static const struct {
    const char *type, *path, *prefix;
} kinds[KS_TABLES] = {
    [KS_USERS] = {"user", "/v1/users/", "66b1a2c3d4e5f607"},
    [KS_TEAMS] = {"team", "/v1/teams/", "66c2b3d4e5f60718"},
    [KS_GROUPS] = {"role_group", "/v1/role-groups/", "66d3c4e5f6071829"},
    [KS_CONVERSATIONS] = {"conversation", "/v1/conversations/", "66e4d5f607182930"},
    [KS_KEYS] = {"auth_token", "/v1/auth/tokens/", "66a0c1d2e3f4a5b6"},
    [KS_BULK] = {"bulk_batch", "/v1/bulk/", "66f6071829304152"},
    [KS_HOOKS] = {"outbound_webhook", "/v1/outbound-webhooks/", "6706182930415263"},
    [KS_DELIVERIES] = {"event", "", "6707182930415263"},
    [KS_MAILS] = {"mail", "", "6708182930415263"},
};
/* clang-format on */

const char *ks_type(enum ks_table table)
{
    return kinds[table].type;
}

/* ---- small things ------------------------------------------------------- */

const char *ks_text(const json_t *row, const char *member)
{
    const char *text = json_string_value(json_object_get(row, member));

    return text ? text : "";
}

static size_t place(const json_t *list, const char *text)
{
    const json_t *one = NULL;
    size_t i = 0;

    json_array_foreach (list, i, one) {
        if (json_is_string(one) && strcmp(json_string_value(one), text) == 0)
            return i;
    }
    return SIZE_MAX;
}

bool ks_has(const json_t *list, const char *text)
{
    return place(list, text) != SIZE_MAX;
}

bool ks_remove(json_t *list, const char *text)
{
    size_t at = place(list, text);

    return at != SIZE_MAX && json_array_remove(list, at) == 0;
}

int64_t ks_now_ms(const struct world *w)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_REALTIME, &now);
    return ((int64_t)now.tv_sec + w->shift_s) * 1000 + now.tv_nsec / 1000000;
}

json_t *ks_now(const struct world *w)
{
    int64_t ms = ks_now_ms(w);
    char text[TIME_TEXT];

    (void)world_time_text(ms / 1000, text);
    return json_sprintf("%.19s.%03dZ", text, (int)(ms % 1000));
}

/* ---- records ------------------------------------------------------------ */

int64_t ks_new_id(struct world *w, enum ks_table table, json_t *row)
{
    int64_t number = table_new_id(&w->tables[table]);

    json_object_set_new(row, "id",
                        json_sprintf("%s%08x", kinds[table].prefix,
                                     (unsigned)(number & 0xffffffff)));
    return number;
}

int64_t ks_find(const struct world *w, enum ks_table table, const char *id)
{
    size_t count = 0;
    const int64_t *found = table_where(&w->tables[table], BY_ID, id, &count);

    return count > 0 ? found[0] : 0;
}

static bool is_id(const char *text)
{
    return strlen(text) == 24 && strspn(text, "0123456789abcdefABCDEF") == 24;
}

json_t *ks_named(struct world *w, const struct request *r, enum ks_table table,
                 int64_t *number, struct answer *a)
{
    char title[64];

    if (!is_id(r->arg[0])) {
        (void)snprintf(title, sizeof(title), "invalid %s id", ks_type(table));
        ks_error_at(w, a, 400, title, "?id");
        return NULL;
    }
    *number = ks_find(w, table, r->arg[0]);
    json_t *row = table_get(&w->tables[table], *number);
    if (row == NULL) {
        (void)snprintf(title, sizeof(title), "%s not found", ks_type(table));
        ks_error(w, a, 404, title);
    }
    return row;
}

void ks_made(struct world *w, json_t *row, const char *by)
{
    json_t *now = ks_now(w);

    json_object_set(row, "createdAt", now);
    json_object_set(row, "updatedAt", now);
    json_object_set(row, "modifiedAt", now);
    json_object_set_new(row, "_createdBy", json_string(by));
    json_object_set_new(row, "_modifiedBy", json_string(by));
    json_decref(now);
}

void ks_touch(struct world *w, json_t *row, const char *by)
{
    json_t *now = ks_now(w);

    json_object_set(row, "updatedAt", now);
    json_object_set(row, "modifiedAt", now);
    json_object_set_new(row, "_modifiedBy", json_string(by));
    json_decref(now);
}

/* ---- documents ---------------------------------------------------------- */

static void relate(json_t *all, const char *name, const char *type,
                   const char *path, const char *id)
{
    json_object_set_new(all, name,
                        json_pack("{s:{s:o}, s:{s:s, s:s}}", "links", "self",
                                  json_sprintf("%s%s", path, id), "data",
                                  "type", type, "id", id));
}

static json_t *relationships(enum ks_table table, const json_t *row)
{
    static const char *const who[][2] = {{"createdBy", "_createdBy"},
                                         {"modifiedBy", "_modifiedBy"},
                                         {"deletedBy", "_deletedBy"},
                                         {"user", "_user"}};
    json_t *all = json_object();

    relate(all, "org", "org", "/v1/orgs/", KS_ORG);
    if (table == KS_CONVERSATIONS) {
        relate(all, "customer", "customer", "/v1/customers/",
               ks_text(row, "_customer"));
        json_object_set_new(
            all, "messages",
            json_pack("{s:{s:o}}", "links", "self",
                      json_sprintf("/v1/conversations/%s/messages",
                                   ks_text(row, "id"))));
    }
    for (size_t i = 0; i < KS_COUNT(who); i++)
        if (ks_text(row, who[i][1])[0] != '\0')
            relate(all, who[i][0], "user", "/v1/users/",
                   ks_text(row, who[i][1]));
    return all;
}

static void bend(const struct world *w, enum ks_table table, json_t *shown)
{
    const json_t *groups = json_object_get(shown, "roleGroups");

    if (table == KS_USERS && KS_IS(w, ROLE_GROUPS_SHAPE, "text") &&
        json_array_size(groups) == 1)
        json_object_set(shown, "roleGroups", json_array_get(groups, 0));
    if (KS_IS(w, EXTRA_FIELDS, "yes"))
        json_object_set_new(shown, "quantumState",
                            json_pack("{s:[i,s,n]}", "of", 1, "three"));
}

json_t *ks_view(const struct world *w, enum ks_table table, const json_t *row)
{
    json_t *shown = json_object(), *value = NULL;
    const char *name = NULL;

    json_object_foreach ((json_t *)row, name, value) {
        if (name[0] != '_' && strcmp(name, "id") != 0)
            json_object_set(shown, name, value);
    }
    if (table == KS_TEAMS && KS_IS(w, EXTERNAL_ID, "show"))
        json_object_set(shown, "externalId",
                        json_object_get(row, "_externalId"));
    bend(w, table, shown);
    json_t *self = json_sprintf("%s%s", kinds[table].path, ks_text(row, "id"));
    return json_pack("{s:s, s:s, s:o, s:o, s:{s:o}}", "type", ks_type(table),
                     "id", ks_text(row, "id"), "attributes", shown,
                     "relationships", relationships(table, row), "links",
                     "self", self);
}

void ks_data(struct answer *a, int status, json_t *resource)
{
    answer_json(a, status, json_pack("{s:o}", "data", resource));
    a->type = "application/json; charset=utf-8";
}

/* ---- errors ------------------------------------------------------------- */

static const char *code_of(int status)
{
    switch (status) {
    case 401:
        return "unauthorized";
    case 402:
        return "payment_required";
    case 403:
        return "forbidden";
    case 404:
        return "not_found";
    case 405:
        return "method_not_allowed";
    case 409:
        return "conflict";
    case 413:
        return "request_too_large";
    case 429:
        return "too_many_requests";
    case 500:
        return "internal_error";
    default:
        return "bad_request";
    }
}

static void send_error(struct answer *a, int status, json_t *one)
{
    answer_json(a, status, json_pack("{s:[o]}", "errors", one));
    a->type = "application/json; charset=utf-8";
}

/* JSON:API when `full`; a pointer that begins with "?" is a parameter. */
static json_t *one_error(bool full, int status, const char *title,
                         const char *pointer)
{
    json_t *one = NULL;

    if (!full)
        return json_pack("{s:s, s:s, s:{}}", "code", code_of(status), "message",
                         title, "meta");
    one = json_pack("{s:o, s:s, s:s}", "status", json_sprintf("%d", status),
                    "code", code_of(status), "title", title);
    if (pointer != NULL && pointer[0] == '?')
        json_object_set_new(one, "source",
                            json_pack("{s:s}", "parameter", pointer + 1));
    else if (pointer != NULL)
        json_object_set_new(
            one, "source",
            json_pack("{s:o}", "pointer", json_sprintf("/%s", pointer)));
    return one;
}

void ks_error_at(struct world *w, struct answer *a, int status,
                 const char *title, const char *pointer)
{
    json_t *one =
        one_error(KS_IS(w, ERROR_SHAPE, "mixed"), status, title, pointer);

    if (status == 400 && json_object_get(one, "meta") == NULL)
        json_object_set_new(one, "meta", json_object());
    send_error(a, status, one);
}

void ks_error(struct world *w, struct answer *a, int status, const char *title)
{
    ks_error_at(w, a, status, title, NULL);
}

void ks_bad_value(struct world *w, struct answer *a, const char *pointer,
                  const char *what)
{
    char text[160];

    (void)snprintf(text, sizeof(text), "%s %s", pointer ? pointer : "body",
                   what);
    send_error(a, 400,
               one_error(KS_IS(w, ERROR_SHAPE, "swapped"), 400, text, pointer));
}

void ks_missing_roles(struct world *w, struct answer *a, int status,
                      const char *roles)
{
    json_t *one = one_error(KS_IS(w, ERROR_SHAPE, "mixed"), status,
                            "missing required role", NULL);
    json_t *list = json_array();

    for (const char *at = roles; *at != '\0';) {
        size_t len = strcspn(at, " ");
        json_array_append_new(list, json_stringn(at, len));
        at += len + (at[len] == ' ');
    }
    json_object_set_new(one, "meta", json_pack("{s:o}", "roles", list));
    send_error(a, status, one);
}

/* ---- bodies ------------------------------------------------------------- */

json_t *ks_body(struct world *w, const struct request *r, bool array,
                struct answer *a)
{
    bool hook = strncmp(r->path, "/v1/outbound-webhooks", 21) == 0;
    json_t *body = NULL;

    if (r->body_len > (hook ? HOOK_BODY_MOST : BODY_MOST)) {
        ks_error(w, a, 413, "request entity too large");
        return NULL;
    }
    body = json_loadb(r->body, r->body_len, 0, NULL);
    if (!json_is_object(body) && !(array && json_is_array(body))) {
        json_decref(body);
        ks_bad_value(w, a, NULL, "is not valid JSON");
        return NULL;
    }
    return body;
}

bool ks_fields_known(struct world *w, const json_t *body,
                     const char *const *known, struct answer *a)
{
    const char *name = NULL;
    json_t *value = NULL;

    if (KS_IS(w, UNKNOWN_FIELDS, "ignore"))
        return true;
    json_object_foreach ((json_t *)body, name, value) {
        size_t i = 0;
        while (known[i] != NULL && strcmp(known[i], name) != 0)
            i++;
        if (known[i] == NULL) {
            ks_bad_value(w, a, name, "is not allowed");
            return false;
        }
    }
    return true;
}
