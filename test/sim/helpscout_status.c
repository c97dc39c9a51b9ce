/*
 * test/sim/helpscout_status.c - availability for routing: active or away
 *
 * It is no account status: who is away can sign in and takes a seat.
 */
#include "test/sim/helpscout_internal.h"

#include <string.h>

/* The status of a user, a new reference. */
static json_t *status_of(const json_t *user)
{
    json_t *kept = json_object_get(user, "_status");

    if (kept)
        return json_deep_copy(kept);
    return json_pack("{s:{s:s, s:O, s:O, s:s}, s:{s:s, s:{}}}", "email",
                     "status", "active", "updatedAt",
                     json_object_get(user, "createdAt"), "performedBy",
                     json_object_get(user, "id"), "source", "ui", "chat",
                     "status", "unavailable", "mailboxStatuses");
}

static json_t *status_view(const struct world *w, json_t *user)
{
    json_t *status = status_of(user);

    (void)w;
    json_object_set(status, "userId", json_object_get(user, "id"));
    return status;
}

void hs_status_list(struct world *w, const struct request *r, struct answer *a)
{
    struct hs_list list = {.table = HS_USERS,
                           .key = "userStatuses",
                           .size = HS_NUMBER(w, PAGE_SIZE),
                           .view = status_view};

    hs_ids_all(&list.ids, &w->tables[HS_USERS]);
    hs_page(w, r, &list, a);
}

void hs_status_get(struct world *w, const struct request *r, struct answer *a)
{
    int64_t id = 0;
    json_t *user = hs_user_of(w, r, &id, a);

    if (user == NULL)
        return;
    json_t *status = status_view(w, user);
    json_object_set_new(
        status, "_links",
        json_pack("{s:{s:o}}", "self", "href",
                  json_sprintf(HS_HOST "/v2/users/%" JSON_INTEGER_FORMAT
                                       "/status",
                               (json_int_t)id)));
    hs_data(a, status);
    json_decref(user);
}

static bool good_status(struct world *w, const json_t *body, struct answer *a)
{
    const char *value = hs_text(body, "status");
    const json_t *custom = json_object_get(body, "customStatus");

    if (strcmp(value, "active") != 0 && strcmp(value, "away") != 0) {
        hs_invalid(w, a, 400,
                   json_pack("[o]", hs_wrong("status",
                                             "Expected one of these: 'active', "
                                             "'away'",
                                             json_object_get(body, "status"),
                                             "EnumValue")));
        return false;
    }
    if (custom && !json_is_null(custom) && hs_text(custom, "text")[0] == '\0') {
        hs_invalid_one(w, a, "customStatus.text", "may not be empty");
        return false;
    }
    return true;
}

static void set_status(struct world *w, int64_t id, json_t *user,
                       const json_t *body)
{
    json_t *status = status_of(user), *event = NULL;
    json_t *email = json_object_get(status, "email");

    json_object_set(email, "status", json_object_get(body, "status"));
    json_object_set_new(email, "updatedAt", world_time_json(world_now(w)));
    json_object_set(email, "performedBy", json_object_get(w->memory, "caller"));
    json_object_set_new(email, "source", json_string("api"));
    json_object_set_new(user, "_status", status);
    table_put(&w->tables[HS_USERS], id, user);
    event = json_pack("{s:I}", "id", (json_int_t)id);
    hs_event(w, "user.status.changed", event);
    json_decref(event);
}

void hs_status_put(struct world *w, const struct request *r, struct answer *a)
{
    int64_t id = 0, me = 0;
    json_t *user = hs_user_of(w, r, &id, a), *body = NULL;

    if (user == NULL)
        return;
    me = json_integer_value(json_object_get(w->memory, "caller"));
    if (id == me || hs_caller_is_admin(w, a))
        body = hs_body(w, r, a);
    if (body && good_status(w, body, a)) {
        set_status(w, id, user, body);
        answer_none(a, 204);
    }
    json_decref(body);
    json_decref(user);
}
