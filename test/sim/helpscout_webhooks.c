/*
 * test/sim/helpscout_webhooks.c - hooks, and what is sent to them
 *
 * An event puts a delivery into a queue; the act send_webhooks makes one try
 * of each that is due by the world's clock, so that a test decides when.
 *
 *   try 1 at once, try n + 1 after 2^n seconds; ten tries; 410 ends the hook
 */
#include "test/sim/helpscout_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include "test/sim/deliver.h"
#include "test/sim/mem.h"
#include "test/sim/text.h"

enum { TRIES = 10, SECRET_MAX = 40, SHA1_SIZE = 20 };

/* clang-format off */
static const char *const events[] = {
    "beacon.chat.created", "beacon.chat.customer.replied",
    "convo.agent.reply.created", "convo.assigned", "convo.created",
    "convo.custom-fields", "convo.customer.reply.created", "convo.deleted",
    "convo.merged", "convo.moved", "convo.note.created", "convo.status",
    "convo.tags", "customer.created", "customer.updated", "customer.deleted",
    "message.survey.response.received", "organization.created",
    "organization.updated", "organization.deleted", "satisfaction.ratings",
    "tag.created", "tag.updated", "tag.deleted", "user.status.changed",
};
/* clang-format on */

static bool event_known(const char *name)
{
    for (size_t i = 0; i < HS_COUNT(events); i++)
        if (strcmp(events[i], name) == 0)
            return true;
    return false;
}

static bool wants(const json_t *hook, const char *event)
{
    const json_t *one = NULL;
    size_t i = 0;

    json_array_foreach (json_object_get(hook, "events"), i, one) {
        if (strcmp(json_string_value(one), event) == 0)
            return true;
    }
    return false;
}

void hs_event(struct world *w, const char *event, const json_t *body)
{
    const struct table *hooks = &w->tables[HS_WEBHOOKS];
    struct table *queue = &w->tables[HS_DELIVERIES];

    for (size_t i = 0; i < hooks->count; i++) {
        json_t *hook = table_get(hooks, hooks->rows[i].id);
        bool brief = json_is_true(json_object_get(hook, "notification"));
        json_t *sent =
            brief ? json_pack("{s:O}", "id", json_object_get(body, "id"))
                  : json_deep_copy(body);
        if (wants(hook, event) &&
            strcmp(hs_text(hook, "state"), "enabled") == 0) {
            json_t *row =
                json_pack("{s:I, s:s, s:o, s:i, s:I, s:s}", "hook",
                          (json_int_t)hooks->rows[i].id, "event", event, "body",
                          json_incref(sent), "tries", 0, "due",
                          (json_int_t)world_now(w), "state", "waiting");
            table_put(queue, table_new_id(queue), row);
            json_decref(row);
        }
        json_decref(sent);
        json_decref(hook);
    }
}

/* ---- sending
 * ---------------------------------------------------------------------- */

/* base64(HMAC-SHA1(secret, body)), owned by the caller. */
static char *sign(const char *secret, const char *body)
{
    unsigned char mac[SHA1_SIZE];
    gnutls_datum_t plain = {mac, SHA1_SIZE}, text = {0};

    if (gnutls_hmac_fast(GNUTLS_MAC_SHA1, secret, strlen(secret), body,
                         strlen(body), mac) != 0 ||
        gnutls_base64_encode2(&plain, &text) != 0)
        return mem_text("");
    char *made = mem_text_n((const char *)text.data, text.size);
    gnutls_free(text.data);
    return made;
}

/* Sends it and reads the answer's status; 0: there was none. */
static int post(const json_t *hook, const json_t *delivery)
{
    char *body = json_dumps(json_object_get(delivery, "body"), JSON_COMPACT);
    char *mac = sign(hs_text(hook, "secret"), body ? body : "");
    struct text headers = {0};

    text_addf(&headers,
              "X-HelpScout-Event: %s\r\nX-HelpScout-Signature: %s\r\n",
              hs_text(delivery, "event"), mac);
    int status = deliver(hs_text(hook, "url"), headers.at, body ? body : "");
    text_clear(&headers);
    free(mac);
    free(body);
    return status;
}

static void settle(struct world *w, json_t *hook, json_t *delivery, int status)
{
    int64_t hook_id = json_integer_value(json_object_get(delivery, "hook"));
    json_int_t tries =
        json_integer_value(json_object_get(delivery, "tries")) + 1;
    bool done = status >= 200 && status < 300;
    bool lost = status == 410 || tries == TRIES;

    json_object_set_new(delivery, "tries", json_integer(tries));
    json_object_set_new(delivery, "status", json_integer(status));
    json_object_set_new(delivery, "due",
                        json_integer(world_now(w) + (1 << tries)));
    if (done || lost)
        json_object_set_new(delivery, "state",
                            json_string(done ? "sent" : "lost"));
    if (status == 410) {
        json_object_set_new(hook, "state", json_string("disabled"));
        table_put(&w->tables[HS_WEBHOOKS], hook_id, hook);
    }
}

json_t *hs_webhooks_send(struct world *w)
{
    struct table *queue = &w->tables[HS_DELIVERIES];
    json_t *round = json_array();

    for (size_t i = 0; i < queue->count; i++) {
        int64_t id = queue->rows[i].id;
        json_t *one = table_get(queue, id);
        json_t *hook =
            table_get(&w->tables[HS_WEBHOOKS],
                      json_integer_value(json_object_get(one, "hook")));
        if (hook && strcmp(hs_text(one, "state"), "waiting") == 0 &&
            json_integer_value(json_object_get(one, "due")) <= world_now(w)) {
            settle(w, hook, one, post(hook, one));
            table_put(queue, id, one);
            json_array_append(round, one);
        }
        json_decref(hook);
        json_decref(one);
    }
    return round;
}

/* ---- the API
 * ------------------------------------------------------------------------ */

static json_t *hook_of(struct world *w, const struct request *r, int64_t *id,
                       struct answer *a)
{
    json_t *hook = hs_number(r->arg[0], id)
                       ? table_get(&w->tables[HS_WEBHOOKS], *id)
                       : NULL;

    if (hook == NULL)
        hs_error(w, a, 404, "Not Found");
    return hook;
}

/* What is wrong with it; NULL: nothing. */
static const char *fault_of(const json_t *body)
{
    const json_t *list = json_object_get(body, "events"), *one = NULL;
    const char *version = hs_text(body, "payloadVersion");
    size_t secret = strlen(hs_text(body, "secret")), i = 0;

    if (hs_text(body, "url")[0] == '\0')
        return "url";
    if (secret == 0 || secret > SECRET_MAX)
        return "secret";
    if (version[0] != '\0' && strcmp(version, "V2") != 0)
        return "payloadVersion";
    if (json_array_size(list) == 0)
        return "events";
    json_array_foreach (list, i, one) {
        if (!json_is_string(one) || !event_known(json_string_value(one)))
            return "events";
    }
    return NULL;
}

/* Stores the hook that the body describes under `id`; false: refused. */
static bool store(struct world *w, const struct request *r, int64_t id,
                  struct answer *a)
{
    json_t *body = hs_body(w, r, a);
    const char *wrong = body ? fault_of(body) : NULL;
    bool good = body && !wrong;

    if (wrong)
        hs_invalid_one(w, a, wrong, "unsupported value");
    if (good) {
        json_object_set_new(body, "id", json_integer(id));
        if (json_object_get(body, "state") == NULL)
            json_object_set_new(body, "state", json_string("enabled"));
        table_put(&w->tables[HS_WEBHOOKS], id, body);
    }
    json_decref(body);
    return good;
}

void hs_webhooks_list(struct world *w, const struct request *r,
                      struct answer *a)
{
    struct hs_list list = {.table = HS_WEBHOOKS,
                           .key = "webhooks",
                           .size = HS_NUMBER(w, PAGE_SIZE)};

    hs_ids_all(&list.ids, &w->tables[HS_WEBHOOKS]);
    hs_page(w, r, &list, a);
}

void hs_webhooks_get(struct world *w, const struct request *r, struct answer *a)
{
    int64_t id = 0;
    json_t *hook = hook_of(w, r, &id, a);

    if (hook)
        hs_data(a, hs_view(w, HS_WEBHOOKS, hook));
    json_decref(hook);
}

void hs_webhooks_create(struct world *w, const struct request *r,
                        struct answer *a)
{
    int64_t id = table_new_id(&w->tables[HS_WEBHOOKS]);

    if (!store(w, r, id, a))
        return;
    answer_none(a, 201);
    a->type = "application/hal+json";
    answer_header(a, "Resource-ID", "%" PRId64, id);
    answer_header(a, "Location", HS_HOST "/v2/webhooks/%" PRId64, id);
}

void hs_webhooks_put(struct world *w, const struct request *r, struct answer *a)
{
    int64_t id = 0;
    json_t *hook = hook_of(w, r, &id, a);

    if (hook && store(w, r, id, a))
        answer_none(a, 204);
    json_decref(hook);
}

void hs_webhooks_delete(struct world *w, const struct request *r,
                        struct answer *a)
{
    int64_t id = 0;
    json_t *hook = hook_of(w, r, &id, a);

    if (hook) {
        (void)table_drop(&w->tables[HS_WEBHOOKS], id);
        answer_none(a, 204);
    }
    json_decref(hook);
}
