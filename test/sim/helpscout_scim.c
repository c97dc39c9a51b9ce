/*
 * test/sim/helpscout_scim.c - the SCIM server that Help Scout may have
 *
 * One guide claims it, no page of Help Scout does; so what is here is a guess
 * in plain SCIM 2.0: users with userName, name and active, teams as groups, a
 * new user gets the role `user`, and active=false deletes.
 */
#include "test/sim/helpscout_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCIM_TYPE  "application/scim+json"
#define ROOT       "/v2/scim"
#define USER_URN   "urn:ietf:params:scim:schemas:core:2.0:User"
#define GROUP_URN  "urn:ietf:params:scim:schemas:core:2.0:Group"
#define LIST_URN   "urn:ietf:params:scim:api:messages:2.0:ListResponse"
#define ERROR_URN  "urn:ietf:params:scim:api:messages:2.0:Error"
#define CONFIG_URN "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"

bool hs_is_scim(const struct request *r)
{
    return strncmp(r->path, ROOT "/", strlen(ROOT "/")) == 0;
}

static void send_scim(struct answer *a, int status, json_t *body)
{
    answer_json(a, status, body);
    a->type = SCIM_TYPE;
}

static void scim_error(struct answer *a, int status, const char *type,
                       const char *detail)
{
    char text[8];

    (void)snprintf(text, sizeof(text), "%d", status);
    send_scim(a, status,
              json_pack("{s:[s], s:s, s:s*, s:s}", "schemas", ERROR_URN,
                        "status", text, "scimType", type, "detail", detail));
}

bool hs_scim_admit(struct world *w, const struct request *r, struct answer *a)
{
    const char *sent = request_header(r, "Authorization");

    if (!HS_SET(w, SCIM, "on") || !HS_SET(w, PLAN, "pro")) {
        hs_no_route(w, a);
        return false;
    }
    if (sent && strncmp(sent, "Bearer ", 7) == 0 &&
        strcmp(sent + 7, knob_text(&w->knobs, HS_SCIM_TOKEN)) == 0)
        return true;
    scim_error(a, 401, NULL, "The SCIM token is missing or wrong.");
    return false;
}

static json_t *body_of(const struct request *r, struct answer *a)
{
    json_t *body = json_loadb(r->body, r->body_len, 0, NULL);

    if (json_is_object(body))
        return body;
    json_decref(body);
    scim_error(a, 400, "invalidSyntax", "The body is no JSON object.");
    return NULL;
}

static json_t *row_of(struct world *w, enum helpscout_table table,
                      const struct request *r, int64_t *id, struct answer *a)
{
    json_t *row =
        hs_number(r->arg[0], id) ? table_get(&w->tables[table], *id) : NULL;

    if (row == NULL)
        scim_error(a, 404, NULL, "There is no such resource.");
    return row;
}

void hs_scim_config(struct world *w, const struct request *r, struct answer *a)
{
    (void)w;
    (void)r;
    send_scim(a, 200,
              json_pack("{s:[s], s:{s:b}, s:{s:b}, s:{s:b, s:i}, s:{s:b}}",
                        "schemas", CONFIG_URN, "patch", "supported", 1, "bulk",
                        "supported", 0, "filter", "supported", 1, "maxResults",
                        100, "etag", "supported", 0));
}

/* ---- users
 * --------------------------------------------------------------------- */

static json_t *user_view(const json_t *user)
{
    json_int_t id = json_integer_value(json_object_get(user, "id"));
    char text[32], location[96];

    (void)snprintf(text, sizeof(text), "%" JSON_INTEGER_FORMAT, id);
    (void)snprintf(location, sizeof(location), HS_HOST ROOT "/Users/%s", text);
    return json_pack(
        "{s:[s], s:s, s:s, s:{s:s, s:s}, s:[{s:s, s:b, s:s}], s:b, s:{s:s, "
        "s:s}}",
        "schemas", USER_URN, "id", text, "userName", hs_text(user, "email"),
        "name", "givenName", hs_text(user, "firstName"), "familyName",
        hs_text(user, "lastName"), "emails", "value", hs_text(user, "email"),
        "primary", 1, "type", "work", "active", 1, "meta", "resourceType",
        "User", "location", location);
}

/* The value of userName eq "VALUE"; false: another filter. */
static bool filter_value(const char *filter, char *value, size_t size)
{
    static const char start[] = "userName eq \"";
    size_t len = strlen(filter);

    if (strncmp(filter, start, strlen(start)) != 0 || len <= strlen(start) ||
        filter[len - 1] != '"')
        return false;
    (void)snprintf(value, size, "%.*s", (int)(len - strlen(start) - 1),
                   filter + strlen(start));
    return true;
}

static void send_list(struct answer *a, const struct request *r, json_t *rows)
{
    long start = request_number(r, "startIndex", 1, 1);
    long count = request_number(r, "count", 0, 100);
    json_t *page = json_array();
    json_int_t total = (json_int_t)json_array_size(rows);

    for (long i = start - 1; i < start - 1 + count && i < total; i++)
        json_array_append(page, json_array_get(rows, (size_t)i));
    json_decref(rows);
    send_scim(a, 200,
              json_pack("{s:[s], s:I, s:I, s:I, s:o}", "schemas", LIST_URN,
                        "totalResults", total, "startIndex", (json_int_t)start,
                        "itemsPerPage", (json_int_t)json_array_size(page),
                        "Resources", page));
}

void hs_scim_users(struct world *w, const struct request *r, struct answer *a)
{
    const struct table *t = &w->tables[HS_USERS];
    const char *filter = request_query(r, "filter");
    json_t *rows = json_array();
    char email[256] = "";

    if (filter && !filter_value(filter, email, sizeof(email))) {
        json_decref(rows);
        scim_error(a, 400, "invalidFilter", "Only userName eq is known.");
        return;
    }
    int64_t only = filter ? hs_user_by_email(w, email) : 0;
    for (size_t i = 0; i < t->count; i++) {
        json_t *user = table_get(t, t->rows[i].id);
        if ((filter == NULL || t->rows[i].id == only) &&
            strcmp(hs_text(user, "type"), "user") == 0)
            json_array_append_new(rows, user_view(user));
        json_decref(user);
    }
    send_list(a, r, rows);
}

void hs_scim_user_get(struct world *w, const struct request *r,
                      struct answer *a)
{
    int64_t id = 0;
    json_t *user = row_of(w, HS_USERS, r, &id, a);

    if (user)
        send_scim(a, 200, user_view(user));
    json_decref(user);
}

/* Takes what a SCIM body says into a record. */
static void take_user(const json_t *body, json_t *user)
{
    static const char *const pairs[][2] = {{"userName", "email"},
                                           {"title", "jobTitle"}};
    static const char *const names[][2] = {{"givenName", "firstName"},
                                           {"familyName", "lastName"}};
    const json_t *name = json_object_get(body, "name");

    for (size_t i = 0; i < 2; i++) {
        json_t *value = json_object_get(body, pairs[i][0]);
        json_t *part = json_object_get(name, names[i][0]);
        if (value)
            json_object_set(user, pairs[i][1], value);
        if (part)
            json_object_set(user, names[i][1], part);
    }
}

void hs_scim_user_post(struct world *w, const struct request *r,
                       struct answer *a)
{
    json_t *body = body_of(r, a);
    json_t *fields = json_pack("{s:s}", "role", "user");

    if (body == NULL) {
        json_decref(fields);
        return;
    }
    take_user(body, fields);
    if (hs_text(fields, "email")[0] == '\0') {
        scim_error(a, 400, "invalidValue", "userName is needed.");
    } else if (!hs_email_free(w, hs_text(fields, "email"), 0)) {
        scim_error(a, 409, "uniqueness", "This userName is taken.");
    } else {
        json_t *user = hs_user_new(w, fields, false);
        send_scim(a, 201, user_view(user));
        json_decref(user);
    }
    json_decref(fields);
    json_decref(body);
}

/* Stores the changed user, or deletes who is no longer active. */
static void settle(struct world *w, int64_t id, json_t *user, bool active,
                   struct answer *a)
{
    json_t *view = NULL;

    if (!active && strcmp(hs_text(user, "role"), "owner") == 0) {
        scim_error(a, 403, NULL, "The owner stays.");
        return;
    }
    hs_user_touch(w, id, user);
    view = user_view(user);
    if (!active) {
        json_object_set_new(view, "active", json_false());
        hs_user_drop(w, id);
    }
    send_scim(a, 200, view);
}

void hs_scim_user_put(struct world *w, const struct request *r,
                      struct answer *a)
{
    int64_t id = 0;
    json_t *user = row_of(w, HS_USERS, r, &id, a);
    json_t *body = user ? body_of(r, a) : NULL;

    if (body) {
        take_user(body, user);
        settle(w, id, user, !json_is_false(json_object_get(body, "active")), a);
    }
    json_decref(body);
    json_decref(user);
}

/* One PATCH operation as the object that it would set. */
static json_t *as_object(const json_t *op)
{
    const char *path = hs_text(op, "path");
    json_t *value = json_object_get(op, "value");

    if (path[0] == '\0')
        return json_deep_copy(value);
    if (strncmp(path, "name.", 5) == 0)
        return json_pack("{s:{s:O}}", "name", path + 5, value);
    return json_pack("{s:O}", path, value);
}

void hs_scim_user_patch(struct world *w, const struct request *r,
                        struct answer *a)
{
    int64_t id = 0;
    json_t *user = row_of(w, HS_USERS, r, &id, a);
    json_t *body = user ? body_of(r, a) : NULL;
    const json_t *op = NULL;
    bool active = true;
    size_t i = 0;

    json_array_foreach (json_object_get(body, "Operations"), i, op) {
        json_t *said = as_object(op);
        take_user(said, user);
        if (json_is_false(json_object_get(said, "active")))
            active = false;
        json_decref(said);
    }
    if (body)
        settle(w, id, user, active, a);
    json_decref(body);
    json_decref(user);
}

void hs_scim_user_delete(struct world *w, const struct request *r,
                         struct answer *a)
{
    int64_t id = 0;
    json_t *user = row_of(w, HS_USERS, r, &id, a);

    if (user && strcmp(hs_text(user, "role"), "owner") == 0) {
        scim_error(a, 403, NULL, "The owner stays.");
    } else if (user) {
        hs_user_drop(w, id);
        answer_none(a, 204);
    }
    json_decref(user);
}

/* ---- groups
 * ---------------------------------------------------------------------- */

static json_t *group_view(const json_t *team)
{
    json_t *members = json_array();
    const json_t *one = NULL;
    char text[32];
    size_t i = 0;

    json_array_foreach (json_object_get(team, "_userIds"), i, one) {
        (void)snprintf(text, sizeof(text), "%" JSON_INTEGER_FORMAT,
                       json_integer_value(one));
        json_array_append_new(members, json_pack("{s:s}", "value", text));
    }
    (void)snprintf(text, sizeof(text), "%" JSON_INTEGER_FORMAT,
                   json_integer_value(json_object_get(team, "id")));
    return json_pack("{s:[s], s:s, s:s, s:o}", "schemas", GROUP_URN, "id", text,
                     "displayName", hs_text(team, "name"), "members", members);
}

void hs_scim_groups(struct world *w, const struct request *r, struct answer *a)
{
    const struct table *t = &w->tables[HS_TEAMS];
    json_t *rows = json_array();

    for (size_t i = 0; i < t->count; i++) {
        json_t *team = table_get(t, t->rows[i].id);
        json_array_append_new(rows, group_view(team));
        json_decref(team);
    }
    send_list(a, r, rows);
}

static void take_members(const struct world *w, const json_t *list, bool leave,
                         json_t *ids)
{
    const json_t *one = NULL;
    size_t i = 0;

    json_array_foreach (list, i, one) {
        int64_t id = 0;
        if (!hs_number(hs_text(one, "value"), &id) ||
            table_text(&w->tables[HS_USERS], id) == NULL)
            continue;
        if (leave)
            (void)hs_ids_remove(ids, id);
        else if (!hs_ids_have(ids, id))
            json_array_append_new(ids, json_integer(id));
    }
}

void hs_scim_group_post(struct world *w, const struct request *r,
                        struct answer *a)
{
    struct table *t = &w->tables[HS_TEAMS];
    json_t *body = body_of(r, a);
    const char *name = hs_text(body, "displayName");

    if (body && name[0] == '\0') {
        scim_error(a, 400, "invalidValue", "displayName is needed.");
    } else if (body) {
        int64_t id = table_new_id(t);
        json_t *team =
            json_pack("{s:I, s:s, s:s, s:n, s:o, s:o, s:n, s:s, s:[]}", "id",
                      (json_int_t)id, "name", name, "timezone", "UTC",
                      "photoUrl", "createdAt", world_time_json(world_now(w)),
                      "updatedAt", world_time_json(world_now(w)), "mention",
                      "initials", "T", "_userIds");
        take_members(w, json_object_get(body, "members"), false,
                     json_object_get(team, "_userIds"));
        table_put(t, id, team);
        send_scim(a, 201, group_view(team));
        json_decref(team);
    }
    json_decref(body);
}

/* The user in members[value eq "ID"], as a list of one; NULL: another path. */
static json_t *member_in(const char *path)
{
    char id[32];

    if (sscanf(path, "members[value eq \"%31[^\"]", id) != 1)
        return NULL;
    return json_pack("[{s:s}]", "value", id);
}

static void patch_group(const struct world *w, const json_t *op, json_t *team)
{
    json_t *value = json_object_get(op, "value");
    const char *path = hs_text(op, "path"), *kind = hs_text(op, "op");
    json_t *ids = json_object_get(team, "_userIds");
    json_t *one = member_in(path);

    if (one) {
        take_members(w, one, true, ids);
    } else if (strcmp(path, "members") == 0) {
        bool whole = strcmp(kind, "replace") == 0 || value == NULL;
        if (whole)
            json_array_clear(ids);
        take_members(w, value, strcmp(kind, "remove") == 0, ids);
    } else {
        json_t *name = path[0] ? value : json_object_get(value, "displayName");
        if (name)
            json_object_set(team, "name", name);
    }
    json_decref(one);
}

void hs_scim_group_patch(struct world *w, const struct request *r,
                         struct answer *a)
{
    int64_t id = 0;
    json_t *team = row_of(w, HS_TEAMS, r, &id, a);
    json_t *body = team ? body_of(r, a) : NULL;
    const json_t *op = NULL;
    size_t i = 0;

    json_array_foreach (json_object_get(body, "Operations"), i, op) {
        patch_group(w, op, team);
    }
    if (body) {
        table_put(&w->tables[HS_TEAMS], id, team);
        send_scim(a, 200, group_view(team));
    }
    json_decref(body);
    json_decref(team);
}

void hs_scim_group_delete(struct world *w, const struct request *r,
                          struct answer *a)
{
    int64_t id = 0;
    json_t *team = row_of(w, HS_TEAMS, r, &id, a);

    if (team) {
        (void)table_drop(&w->tables[HS_TEAMS], id);
        answer_none(a, 204);
    }
    json_decref(team);
}
