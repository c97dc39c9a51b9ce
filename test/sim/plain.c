/*
 * test/sim/plain.c - a helpdesk without any rule of its own
 *
 *   user  {id, login, email, name, role, active, created_at, updated_at}
 *   team  {id, name, member_ids, created_at, updated_at}
 *
 * A record is answered as it is, a list as {"items": [...], "total": N}, a
 * refusal as {"error": SENTENCE, "field": NAME}.
 */
#include "test/sim/plain.h"

#include <stdlib.h>
#include <string.h>

#include "test/sim/text.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

enum { USERS, TEAMS, PLAIN_TABLES };
enum { BY_NAME }; /* of both tables: login, name */
enum { KNOB_TOKEN = KNOB_COMMON_COUNT, KNOB_RATE, KNOB_HIDE_INACTIVE };

static const struct table_spec tables[PLAIN_TABLES] = {
    [USERS] = {"users", 1, {{"login", true}}},
    [TEAMS] = {"teams", 1, {{"name", true}}},
};

/* clang-format off */
static const struct knob_spec knobs[] = {
    {"token", KNOB_TEXT, "sim-token", NULL, "the bearer token of the API"},
    {"rate", KNOB_NUMBER, "0", NULL, "taken, and of no effect"},
    {"hide_inactive", KNOB_TEXT, "no", "no|lists|gone",
     "a deactivated user: shown, not in lists, or not there for the API"},
};
/* clang-format on */

static void say_why(struct answer *a, int status, const char *field,
                    const char *why)
{
    answer_json(a, status,
                json_pack("{s:s, s:s?}", "error", why, "field", field));
}

/* ---- records ------------------------------------------------------------- */

static bool unlisted(const struct world *w, const json_t *row)
{
    return !knob_is(&w->knobs, KNOB_HIDE_INACTIVE, "no") &&
           json_is_false(json_object_get(row, "active"));
}

static bool gone(const struct world *w, const json_t *row)
{
    return knob_is(&w->knobs, KNOB_HIDE_INACTIVE, "gone") && unlisted(w, row);
}

/* The record that the request's first argument names, or NULL and a 404. */
static json_t *record_of(const struct world *w, const struct request *r,
                         int table, int64_t *id, struct answer *a)
{
    json_t *row =
        request_id(r, 0, id) ? table_get(&w->tables[table], *id) : NULL;

    if (row != NULL && !(table == USERS && gone(w, row)))
        return row;
    json_decref(row);
    say_why(a, 404, NULL, "There is no such record.");
    return NULL;
}

static void keep(struct world *w, int table, int64_t id, json_t *row)
{
    json_object_set_new(row, "updated_at", world_time_json(world_now(w)));
    table_put(&w->tables[table], id, row);
}

static bool taken(const struct world *w, int table, const json_t *value,
                  int64_t self)
{
    const struct table *t = &w->tables[table];
    size_t count = 0;
    const char *key = json_string_value(value);
    const int64_t *ids = key ? table_where(t, BY_NAME, key, &count) : NULL;
    bool found = false;

    for (size_t i = 0; i < count && !found; i++) {
        json_t *row = table_get(t, ids[i]);
        found = ids[i] != self && !gone(w, row);
        json_decref(row);
    }
    return found;
}

static void list(const struct world *w, const struct request *r, int table,
                 struct answer *a)
{
    const struct table *t = &w->tables[table];
    size_t page = (size_t)request_number(r, "page", 1, 1);
    size_t size = (size_t)request_number(r, "size", 1, 100);
    size_t seen = 0, shown = 0;
    struct text out = {0};

    text_add(&out, "{\"items\":[");
    for (size_t i = 0; i < t->count; i++) {
        json_t *row = json_loads(t->rows[i].text, 0, NULL);
        bool skip = unlisted(w, row);
        json_decref(row);
        if (skip || seen++ / size + 1 != page)
            continue;
        text_add(&out, shown++ ? "," : "");
        text_add(&out, t->rows[i].text);
    }
    text_addf(&out, "],\"total\":%zu}", seen);
    size_t len = out.len;
    answer_text(a, 200, text_take(&out), len);
}

/* ---- users --------------------------------------------------------------- */

/* Takes the members of the body into `user`; false: refused. */
static bool change_user(const struct world *w, const json_t *body, int64_t id,
                        json_t *user, struct answer *a)
{
    static const char *const fields[] = {"login", "email", "name", "role",
                                         "active"};

    for (size_t i = 0; i < COUNT(fields); i++) {
        json_t *value = json_object_get(body, fields[i]);
        if (value != NULL)
            json_object_set(user, fields[i], value);
    }
    const json_t *login = json_object_get(user, "login");
    if (json_string_length(login) == 0) {
        say_why(a, 422, "login", "A login is needed.");
        return false;
    }
    if (taken(w, USERS, login, id)) {
        say_why(a, 409, "login", "Somebody else has this login.");
        return false;
    }
    return true;
}

static void users_list(struct world *w, const struct request *r,
                       struct answer *a)
{
    list(w, r, USERS, a);
}

static void users_find(struct world *w, const struct request *r,
                       struct answer *a)
{
    const char *login = request_query(r, "login");
    json_t *items = json_array();
    size_t count = 0;
    const int64_t *ids =
        table_where(&w->tables[USERS], BY_NAME, login ? login : "", &count);

    for (size_t i = 0; i < count; i++) {
        json_t *row = table_get(&w->tables[USERS], ids[i]);
        if (!unlisted(w, row))
            json_array_append(items, row);
        json_decref(row);
    }
    answer_json(a, 200,
                json_pack("{s:I, s:o}", "total",
                          (json_int_t)json_array_size(items), "items", items));
}

static void users_get(struct world *w, const struct request *r,
                      struct answer *a)
{
    int64_t id = 0;
    json_t *user = record_of(w, r, USERS, &id, a);

    if (user != NULL)
        answer_json(a, 200, user);
}

static void users_create(struct world *w, const struct request *r,
                         struct answer *a)
{
    json_t *user =
        json_pack("{s:n, s:n, s:n, s:n, s:s, s:b, s:o}", "id", "login", "email",
                  "name", "role", "Agent", "active", 1, "created_at",
                  world_time_json(world_now(w)));

    if (!change_user(w, r->json, 0, user, a)) {
        json_decref(user);
        return;
    }
    int64_t id = table_new_id(&w->tables[USERS]);
    json_object_set_new(user, "id", json_integer(id));
    keep(w, USERS, id, user);
    answer_json(a, 201, user);
}

static void users_update(struct world *w, const struct request *r,
                         struct answer *a)
{
    int64_t id = 0;
    json_t *user = record_of(w, r, USERS, &id, a);

    if (user == NULL)
        return;
    if (!change_user(w, r->json, id, user, a)) {
        json_decref(user);
        return;
    }
    keep(w, USERS, id, user);
    answer_json(a, 200, user);
}

static size_t position(const json_t *ids, int64_t id)
{
    const json_t *one = NULL;
    size_t i = 0;

    json_array_foreach (ids, i, one) {
        if (json_integer_value(one) == id)
            break;
    }
    return i;
}

static void users_delete(struct world *w, const struct request *r,
                         struct answer *a)
{
    int64_t id = 0;
    json_t *user = record_of(w, r, USERS, &id, a);
    struct table *teams = &w->tables[TEAMS];

    if (user == NULL)
        return;
    json_decref(user);
    for (size_t i = 0; i < teams->count; i++) {
        int64_t team_id = teams->rows[i].id;
        json_t *team = table_get(teams, team_id);
        json_t *members = json_object_get(team, "member_ids");
        if (json_array_remove(members, position(members, id)) == 0)
            keep(w, TEAMS, team_id, team);
        json_decref(team);
    }
    (void)table_drop(&w->tables[USERS], id);
    answer_none(a, 204);
}

/* ---- teams --------------------------------------------------------------- */

static bool name_team(const struct world *w, const json_t *body, int64_t id,
                      json_t *team, struct answer *a)
{
    json_t *name = json_object_get(body, "name");

    if (json_string_length(name) == 0) {
        say_why(a, 422, "name", "A team needs a name.");
        return false;
    }
    if (taken(w, TEAMS, name, id)) {
        say_why(a, 409, "name", "Another team has this name.");
        return false;
    }
    json_object_set(team, "name", name);
    return true;
}

static void teams_list(struct world *w, const struct request *r,
                       struct answer *a)
{
    list(w, r, TEAMS, a);
}

static void teams_get(struct world *w, const struct request *r,
                      struct answer *a)
{
    int64_t id = 0;
    json_t *team = record_of(w, r, TEAMS, &id, a);

    if (team != NULL)
        answer_json(a, 200, team);
}

static void teams_create(struct world *w, const struct request *r,
                         struct answer *a)
{
    json_t *team =
        json_pack("{s:n, s:n, s:[], s:o}", "id", "name", "member_ids",
                  "created_at", world_time_json(world_now(w)));

    if (!name_team(w, r->json, 0, team, a)) {
        json_decref(team);
        return;
    }
    int64_t id = table_new_id(&w->tables[TEAMS]);
    json_object_set_new(team, "id", json_integer(id));
    keep(w, TEAMS, id, team);
    answer_json(a, 201, team);
}

static void teams_update(struct world *w, const struct request *r,
                         struct answer *a)
{
    int64_t id = 0;
    json_t *team = record_of(w, r, TEAMS, &id, a);

    if (team == NULL)
        return;
    if (!name_team(w, r->json, id, team, a)) {
        json_decref(team);
        return;
    }
    keep(w, TEAMS, id, team);
    answer_json(a, 200, team);
}

static void teams_delete(struct world *w, const struct request *r,
                         struct answer *a)
{
    int64_t id = 0;
    json_t *team = record_of(w, r, TEAMS, &id, a);

    if (team == NULL)
        return;
    json_decref(team);
    (void)table_drop(&w->tables[TEAMS], id);
    answer_none(a, 204);
}

static void members_add(struct world *w, const struct request *r,
                        struct answer *a)
{
    int64_t id = 0;
    json_t *team = record_of(w, r, TEAMS, &id, a);
    json_t *members = json_object_get(team, "member_ids");
    json_t *user = NULL;
    size_t i = 0;

    if (team == NULL)
        return;
    json_array_foreach (json_object_get(r->json, "user_ids"), i, user) {
        int64_t who = json_integer_value(user);
        if (table_text(&w->tables[USERS], who) == NULL) {
            json_decref(team);
            say_why(a, 422, "user_ids", "One of these is no user.");
            return;
        }
        if (position(members, who) == json_array_size(members))
            json_array_append(members, user);
    }
    keep(w, TEAMS, id, team);
    answer_json(a, 200, team);
}

static void members_remove(struct world *w, const struct request *r,
                           struct answer *a)
{
    int64_t id = 0, who = 0;
    json_t *team = record_of(w, r, TEAMS, &id, a);
    json_t *members = json_object_get(team, "member_ids");

    if (team == NULL)
        return;
    if (request_id(r, 1, &who) &&
        json_array_remove(members, position(members, who)) == 0) {
        keep(w, TEAMS, id, team);
        answer_none(a, 204);
    } else {
        say_why(a, 404, NULL, "This user is no member.");
    }
    json_decref(team);
}

/* ---- the desk ------------------------------------------------------------ */

static void me(struct world *w, const struct request *r, struct answer *a)
{
    (void)w;
    (void)r;
    answer_json(a, 200,
                json_pack("{s:i, s:s, s:b}", "id", 0, "login", "scim-bridge",
                          "active", 1));
}

/* clang-format off */
#define U "/api/v1/users"
#define T "/api/v1/teams"
static const struct route routes[] = {
    {"GET", "/api/v1/me", "me", me, ROUTE_PLAIN},
    {"GET", U, "users.list", users_list, ROUTE_PLAIN},
    {"POST", U, "users.create", users_create, ROUTE_JSON},
    {"GET", U "/find", "users.find", users_find, ROUTE_PLAIN},
    {"GET", U "/{}", "users.get", users_get, ROUTE_PLAIN},
    {"PATCH", U "/{}", "users.update", users_update, ROUTE_JSON},
    {"DELETE", U "/{}", "users.delete", users_delete, ROUTE_PLAIN},
    {"GET", T, "teams.list", teams_list, ROUTE_PLAIN},
    {"POST", T, "teams.create", teams_create, ROUTE_JSON},
    {"GET", T "/{}", "teams.get", teams_get, ROUTE_PLAIN},
    {"PATCH", T "/{}", "teams.update", teams_update, ROUTE_JSON},
    {"DELETE", T "/{}", "teams.delete", teams_delete, ROUTE_PLAIN},
    {"POST", T "/{}/members", "teams.members.add", members_add, ROUTE_JSON},
    {"DELETE", T "/{}/members/{}", "teams.members.remove", members_remove,
     ROUTE_PLAIN},
};
/* clang-format on */

static bool admit(struct world *w, const struct request *r, struct answer *a,
                  bool open)
{
    const char *sent = request_header(r, "Authorization");

    if (open || (sent != NULL && strncmp(sent, "Bearer ", 7) == 0 &&
                 strcmp(sent + 7, knob_text(&w->knobs, KNOB_TOKEN)) == 0))
        return true;
    say_why(a, 401, NULL, "The API token is missing or wrong.");
    return false;
}

static void refuse(struct world *w, enum refusal why, struct answer *a)
{
    (void)w;
    switch (why) {
    case REFUSE_NO_ROUTE:
        say_why(a, 404, NULL, "There is no such path.");
        break;
    case REFUSE_METHOD:
        say_why(a, 405, NULL, "This path does not take that method.");
        break;
    case REFUSE_BAD_JSON:
        say_why(a, 400, NULL, "The body is no JSON object.");
        break;
    case REFUSE_TOO_LARGE:
        say_why(a, 413, NULL, "The body is too large.");
        break;
    }
}

static void seed(struct world *w)
{
    (void)w; /* nobody is there at first */
}

static const struct act acts[] = {{NULL, NULL}};

const struct desk plain = {
    .name = "plain",
    .knobs = knobs,
    .knob_count = COUNT(knobs),
    .tables = tables,
    .table_count = PLAIN_TABLES,
    .routes = routes,
    .route_count = COUNT(routes),
    .acts = acts,
    .admit = admit,
    .refuse = refuse,
    .seed = seed,
};
