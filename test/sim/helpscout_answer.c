/*
 * test/sim/helpscout_answer.c - shapes of answers: records, errors, gateway
 */
#include "test/sim/helpscout_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define HAL_TYPE        "application/hal+json"
#define ERROR_TYPE      "application/vnd.error+json"
#define GATEWAY_TYPE    "application/json; charset=utf-8"
#define ERRORS_PAGE     "http://developer.helpscout.net/mailbox-api/overview/errors"
#define OLD_ERRORS_PAGE "http://developer.helpscout.net/help-desk-api-v2/errors"

enum { BODY_KB_100 = 100 * 1024 };

static const char *const paths[HS_TABLES] = {
    [HS_USERS] = "/v2/users",
    [HS_TEAMS] = "/v2/teams",
    [HS_MAILBOXES] = "/v2/mailboxes",
    [HS_CONVERSATIONS] = "/v2/conversations",
    [HS_SYSTEM_USERS] = "/v3/system-users",
    [HS_WEBHOOKS] = "/v2/webhooks",
};

static json_t *link_to(const char *path, const char *more)
{
    char href[300];

    (void)snprintf(href, sizeof(href), "%s%s%s", HS_HOST, path, more);
    return json_pack("{s:s}", "href", href);
}

static void add_link(json_t *links, const char *name, const char *root,
                     const json_t *id, const char *tail)
{
    char path[200];

    (void)snprintf(path, sizeof(path), "%s/%" JSON_INTEGER_FORMAT, root,
                   json_integer_value(id));
    json_object_set_new(links, name, link_to(path, tail));
}

static void link_conversation(json_t *links, const json_t *row)
{
    const json_t *customer =
        json_object_get(json_object_get(row, "primaryCustomer"), "id");
    const json_t *assignee = json_object_get(row, "assignee");
    bool team = strcmp(hs_text(assignee, "type"), "team") == 0;

    add_link(links, "mailbox", paths[HS_MAILBOXES],
             json_object_get(row, "mailboxId"), "");
    add_link(links, "primaryCustomer", "/v2/customers", customer, "");
    add_link(links, "createdByCustomer", "/v2/customers", customer, "");
    add_link(links, "threads", paths[HS_CONVERSATIONS],
             json_object_get(row, "id"), "/threads/");
    if (assignee)
        add_link(links, "assignee", paths[team ? HS_TEAMS : HS_USERS],
                 json_object_get(assignee, "id"), "");
}

json_t *hs_view(const struct world *w, enum helpscout_table table,
                const json_t *row)
{
    json_t *shown = json_object(), *links = json_object(), *value = NULL;
    const json_t *id = json_object_get(row, "id");
    const char *key = NULL;

    json_object_foreach ((json_t *)row, key, value) {
        if (key[0] != '_')
            json_object_set(shown, key, value);
    }
    if (strcmp(hs_text(row, "role"), "light user") == 0)
        json_object_set_new(shown, "role",
                            json_string(knob_text(&w->knobs, HS_LIGHT_TEXT)));
    add_link(links, "self", paths[table], id, "");
    if (table == HS_MAILBOXES) {
        add_link(links, "folders", paths[table], id, "/folders");
        add_link(links, "fields", paths[table], id, "/fields");
    } else if (table == HS_CONVERSATIONS) {
        link_conversation(links, row);
    }
    json_object_set_new(shown, "_links", links);
    return shown;
}

void hs_data(struct answer *a, json_t *data)
{
    answer_json(a, 200, data);
    a->type = HAL_TYPE;
}

void hs_log_ref(const struct world *w, char *text, size_t size)
{
    (void)snprintf(text, size,
                   "2b7d9e10-55c1-4f0e-9a7c-%012" PRIx64
                   "#%" JSON_INTEGER_FORMAT,
                   w->seed & 0xffffffffffffU,
                   json_integer_value(json_object_get(w->memory, "call")));
}

json_t *hs_wrong(const char *path, const char *message, const json_t *rejected,
                 const char *about)
{
    json_t *one = json_pack("{s:s, s:s, s:s}", "path", path, "message", message,
                            "source", "JSON");
    char page[200];

    if (rejected)
        json_object_set(one, "rejectedValue", (json_t *)rejected);
    if (about) {
        (void)snprintf(page, sizeof(page), "%s#%s", ERRORS_PAGE, about);
        json_object_set_new(one, "_links",
                            json_pack("{s:{s:s}}", "about", "href", page));
    }
    return one;
}

/* Links as they were in the first years of this API. */
static void make_legacy(json_t *error)
{
    json_t *one = NULL;
    size_t i = 0;

    json_object_del(error, "_links");
    json_object_set_new(
        error, "links",
        json_pack("[{s:s, s:s}]", "rel", "about", "href", OLD_ERRORS_PAGE));
    json_array_foreach (
        json_object_get(json_object_get(error, "_embedded"), "errors"), i,
        one) {
        json_object_del(one, "_links");
        json_object_del(one, "source");
        json_object_set_new(one, "links",
                            json_pack("[{s:s, s:s}]", "rel", "about", "href",
                                      OLD_ERRORS_PAGE "#1"));
    }
}

static void send_error(struct world *w, struct answer *a, int status,
                       const char *message, json_t *errors)
{
    char ref[80];

    hs_log_ref(w, ref, sizeof(ref));
    json_t *body =
        json_pack("{s:s, s:s, s:{s:{s:s}}}", "logRef", ref, "message", message,
                  "_links", "about", "href", ERRORS_PAGE);
    if (errors)
        json_object_set_new(body, "_embedded",
                            json_pack("{s:o}", "errors", errors));
    if (HS_SET(w, ERROR_LINKS, "legacy"))
        make_legacy(body);
    answer_json(a, status, body);
    a->type = ERROR_TYPE;
}

void hs_error(struct world *w, struct answer *a, int status,
              const char *message)
{
    send_error(w, a, status, message, NULL);
}

void hs_invalid(struct world *w, struct answer *a, int status, json_t *errors)
{
    send_error(w, a, status, status == 409 ? "Conflict" : "Bad request",
               errors);
}

void hs_invalid_one(struct world *w, struct answer *a, const char *path,
                    const char *message)
{
    hs_invalid(w, a, 400,
               json_pack("[o]", hs_wrong(path, message, NULL, "Invalid")));
}

void hs_gateway(struct answer *a, int status, const char *message)
{
    answer_json(a, status, json_pack("{s:s}", "message", message));
    a->type = GATEWAY_TYPE;
}

void hs_no_route(const struct world *w, struct answer *a)
{
    hs_gateway(a, 404,
               HS_SET(w, NO_ROUTE_TEXT, "old")
                   ? "no route and no API found with those values"
                   : "no Route matched with those values");
}

json_t *hs_body(struct world *w, const struct request *r, struct answer *a)
{
    const char *type = request_header(r, "Content-Type");

    if (r->body_len > BODY_KB_100) {
        hs_error(w, a, 413, "Request Entity Too Large");
        return NULL;
    }
    if (type == NULL || strncasecmp(type, "application/json", 16) != 0) {
        hs_error(w, a, 415, "Unsupported Media Type");
        return NULL;
    }
    json_t *body = json_loadb(r->body, r->body_len, 0, NULL);
    if (body == NULL)
        hs_error(w, a, 400, "Bad request");
    return body;
}
