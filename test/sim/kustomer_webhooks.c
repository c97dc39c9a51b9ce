/*
 * test/sim/kustomer_webhooks.c - outbound webhooks, and what is sent to them
 *
 * An event puts a delivery into a queue; the act send_webhooks makes one try
 * of each that is due by the world's clock, so that a test decides when.
 */
#include "test/sim/kustomer_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include "test/sim/deliver.h"
#include "test/sim/text.h"

enum { HOOKS_MOST = 5, EVENTS_MOST = 12, MAC_SIZE = 32 };

/* Minutes between one try and the next. */
static const int schedule[] = {1, 1, 2, 5, 10, 15, 30};

static const char *const kinds[] = {"customer", "conversation", "message",
                                    "user",     "team",         "tag"};
static const char *const known[] = {"name",    "url",     "events",
                                    "headers", "enabled", NULL};

static bool event_known(const char *name)
{
    char one[64];

    for (size_t i = 0; i < KS_COUNT(kinds) * 2; i++) {
        (void)snprintf(one, sizeof(one), "kustomer.%s.%s", kinds[i / 2],
                       i % 2 ? "update" : "create");
        if (strcmp(one, name) == 0)
            return true;
    }
    return false;
}

/* ---- events ------------------------------------------------------------- */

static json_t *changes_of(const json_t *before, const json_t *row)
{
    json_t *changed = json_object(), *value = NULL;
    const char *name = NULL;

    if (before == NULL) {
        json_decref(changed);
        return json_null();
    }
    json_object_foreach ((json_t *)row, name, value) {
        json_t *was = json_object_get(before, name);
        if (name[0] == '_' || strcmp(name, "updatedAt") == 0 ||
            strcmp(name, "modifiedAt") == 0 || (was && json_equal(was, value)))
            continue;
        json_object_set_new(changed, name,
                            json_pack("{s:s, s:O?, s:O}", "op", "replace",
                                      "before", was, "after", value));
    }
    return json_pack("{s:o, s:{}}", "attributes", changed, "relationships");
}

static void queue(struct world *w, const json_t *hook, json_t *envelope)
{
    json_t *one =
        json_pack("{s:s, s:O, s:i, s:I, s:s}", "hook", ks_text(hook, "id"),
                  "body", envelope, "tries", 0, "due", (json_int_t)world_now(w),
                  "state", "waiting");
    int64_t number = ks_new_id(w, KS_DELIVERIES, one);

    table_put(&w->tables[KS_DELIVERIES], number, one);
    json_decref(one);
}

void ks_event(struct world *w, enum ks_table table, const json_t *row,
              const json_t *before)
{
    const struct table *hooks = &w->tables[KS_HOOKS];
    json_t *envelope = NULL;

    for (size_t i = 0; i < hooks->count; i++) {
        json_t *hook = table_get(hooks, hooks->rows[i].id);
        json_t *name = json_sprintf("kustomer.%s.%s", ks_type(table),
                                    before ? "update" : "create");
        if (json_is_true(json_object_get(hook, "enabled")) &&
            ks_has(json_object_get(hook, "events"), json_string_value(name))) {
            if (envelope == NULL)
                envelope = json_pack(
                    "{s:o, s:O, s:s, s:s, s:o, s:o, s:o, s:b}", "id",
                    json_sprintf("6707182930415263%08x",
                                 (unsigned)world_random(w, 0xffffffff)),
                    "name", name, "org", KS_ORG, "partition", KS_ORG, "data",
                    ks_view(w, table, row), "changes", changes_of(before, row),
                    "createdAt", ks_now(w), "persist", 1);
            queue(w, hook, envelope);
        }
        json_decref(name);
        json_decref(hook);
    }
    json_decref(envelope);
}

/* ---- sending ------------------------------------------------------------ */

static int post(const json_t *hook, const json_t *delivery)
{
    const json_t *envelope = json_object_get(delivery, "body"), *one = NULL;
    const char *key = ks_text(hook, "token");
    char *body = json_dumps(envelope, JSON_COMPACT);
    unsigned char mac[MAC_SIZE] = {0};
    struct text headers = {0};
    size_t i = 0;

    (void)gnutls_hmac_fast(GNUTLS_MAC_SHA256, key, strlen(key), body,
                           strlen(body), mac);
    text_addf(&headers,
              "X-Kustomer-Webhook-Event: %s\r\nX-Kustomer-Webhook-Signature: ",
              ks_text(envelope, "name"));
    for (size_t n = 0; n < sizeof(mac); n++)
        text_addf(&headers, "%02x", mac[n]);
    text_add(&headers, "\r\n");
    json_array_foreach (json_object_get(hook, "headers"), i, one) {
        text_addf(&headers, "%s: %s\r\n", ks_text(one, "name"),
                  ks_text(one, "value"));
    }
    int status = deliver(ks_text(hook, "url"), headers.at, body);
    text_clear(&headers);
    free(body);
    return status;
}

static void settle(struct world *w, int64_t hook_number, json_t *hook,
                   json_t *delivery, int status)
{
    json_int_t tries = json_integer_value(json_object_get(delivery, "tries"));
    bool done = status >= 200 && status < 300;
    bool lost = !done && tries == (json_int_t)KS_COUNT(schedule);

    json_object_set_new(delivery, "tries", json_integer(tries + 1));
    json_object_set_new(delivery, "status", json_integer(status));
    if (done || lost)
        json_object_set_new(delivery, "state",
                            json_string(done ? "sent" : "lost"));
    else
        json_object_set_new(
            delivery, "due",
            json_integer(world_now(w) +
                         schedule[tries] * KS_NUMBER(w, HOOK_MINUTE)));
    if (lost) {
        json_object_set_new(hook, "enabled", json_false());
        table_put(&w->tables[KS_HOOKS], hook_number, hook);
    }
}

json_t *ks_webhooks_send(struct world *w, bool backwards, bool twice)
{
    struct table *waiting = &w->tables[KS_DELIVERIES];
    json_t *round = json_array();

    for (size_t i = 0; i < waiting->count; i++) {
        size_t at = backwards ? waiting->count - 1 - i : i;
        int64_t number = waiting->rows[at].id;
        json_t *one = table_get(waiting, number);
        int64_t hook_number = ks_find(w, KS_HOOKS, ks_text(one, "hook"));
        json_t *hook = table_get(&w->tables[KS_HOOKS], hook_number);
        if (hook && strcmp(ks_text(one, "state"), "waiting") == 0 &&
            json_integer_value(json_object_get(one, "due")) <= world_now(w)) {
            if (twice)
                (void)post(hook, one);
            settle(w, hook_number, hook, one, post(hook, one));
            table_put(waiting, number, one);
            json_array_append(round, one);
        }
        json_decref(hook);
        json_decref(one);
    }
    return round;
}

/* ---- the API ------------------------------------------------------------ */

static bool url_good(const char *url)
{
    return strncmp(url, "https://", 8) == 0 || deliver_is_loopback(url);
}

/* What is wrong with it; NULL: nothing. */
static const char *fault_of(const json_t *hook)
{
    const json_t *events = json_object_get(hook, "events"), *one = NULL;
    size_t i = 0;

    if (ks_text(hook, "name")[0] == '\0' || strlen(ks_text(hook, "name")) > 255)
        return "name";
    if (!url_good(ks_text(hook, "url")))
        return "url";
    if (json_array_size(events) == 0 || json_array_size(events) > EVENTS_MOST)
        return "events";
    json_array_foreach (events, i, one) {
        if (!json_is_string(one) || !event_known(json_string_value(one)))
            return "events";
    }
    return NULL;
}

static bool take(struct world *w, const struct request *r, json_t *hook,
                 struct answer *a)
{
    json_t *body = ks_body(w, r, false, a);
    bool good = body != NULL && ks_fields_known(w, body, known, a);

    for (size_t i = 0; good && known[i] != NULL; i++) {
        json_t *value = json_object_get(body, known[i]);
        if (value != NULL)
            json_object_set(hook, known[i], value);
    }
    const char *fault = good ? fault_of(hook) : NULL;
    if (fault != NULL)
        ks_bad_value(w, a, fault, "is missing or not allowed");
    json_decref(body);
    return good && fault == NULL;
}

void ks_hooks_create(struct world *w, const struct request *r, struct answer *a)
{
    struct table *t = &w->tables[KS_HOOKS];
    json_t *hook = json_pack("{s:[], s:b}", "headers", "enabled", 1);

    if (take(w, r, hook, a) && t->count >= HOOKS_MOST) {
        ks_error(w, a, 400, "too many outbound webhooks");
    } else if (a->status == 0) {
        int64_t number = ks_new_id(w, KS_HOOKS, hook);
        json_object_set_new(
            hook, "token",
            json_sprintf("whsec-%08x", (unsigned)world_random(w, 0xffffffff)));
        ks_made(w, hook, "");
        json_object_del(hook, "modifiedAt");
        table_put(t, number, hook);
        ks_data(a, 201, ks_view(w, KS_HOOKS, hook));
    }
    json_decref(hook);
}

void ks_hooks_list(struct world *w, const struct request *r, struct answer *a)
{
    const struct table *t = &w->tables[KS_HOOKS];
    struct ks_list list = {.table = KS_HOOKS, .most = 100};

    for (size_t i = 0; i < t->count; i++)
        ks_list_add(&list, t->rows[i].id);
    ks_page(w, r, &list, a);
}

void ks_hooks_get(struct world *w, const struct request *r, struct answer *a)
{
    int64_t number = 0;
    json_t *hook = ks_named(w, r, KS_HOOKS, &number, a);

    if (hook != NULL)
        ks_data(a, 200, ks_view(w, KS_HOOKS, hook));
    json_decref(hook);
}

void ks_hooks_put(struct world *w, const struct request *r, struct answer *a)
{
    int64_t number = 0;
    json_t *hook = ks_named(w, r, KS_HOOKS, &number, a);

    if (hook != NULL && take(w, r, hook, a)) {
        table_put(&w->tables[KS_HOOKS], number, hook);
        ks_data(a, 200, ks_view(w, KS_HOOKS, hook));
    }
    json_decref(hook);
}

void ks_hooks_delete(struct world *w, const struct request *r, struct answer *a)
{
    int64_t number = 0;
    json_t *hook = ks_named(w, r, KS_HOOKS, &number, a);

    if (hook != NULL) {
        (void)table_drop(&w->tables[KS_HOOKS], number);
        answer_none(a, 204);
    }
    json_decref(hook);
}

void ks_hook_events(struct world *w, const struct request *r, struct answer *a)
{
    json_t *names = json_array();

    (void)w;
    (void)r;
    for (size_t i = 0; i < KS_COUNT(kinds) * 2; i++)
        json_array_append_new(names,
                              json_sprintf("kustomer.%s.%s", kinds[i / 2],
                                           i % 2 ? "update" : "create"));
    answer_json(a, 200, json_pack("{s:o}", "data", names));
}
