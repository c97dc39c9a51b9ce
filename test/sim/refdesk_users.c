/*
 * test/sim/refdesk_users.c - the calls of refdesk that concern one user
 */
#include "test/sim/refdesk_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *const permissions[] = {
    "view_all_tickets", "delete_tickets", "export_data",
    "manage_macros",    "view_analytics",
};

/* A desk that is careless with its records: the bridge must not keep these. */
static json_t *with_credential(const struct world *w, json_t *user)
{
    if (knob_number(&w->knobs, KNOB_CREDENTIAL)) {
        json_object_set_new(user, "api_key",
                            json_string("KEY-that-nobody-may-keep"));
        json_object_set_new(user, "password_hash",
                            json_string("HASH-that-nobody-may-keep"));
    }
    return user;
}

static json_t *list_view(const struct world *w, json_t *user)
{
    if (knob_number(&w->knobs, KNOB_STATELESS)) {
        json_object_del(user, "status");
        json_object_del(user, "role");
    }
    return with_credential(w, user);
}

/* Answers with the user; takes the reference. */
static void say_user(const struct world *w, struct answer *a, int status,
                     json_t *user)
{
    refdesk_data(a, status, with_credential(w, user));
}

/* Stores a change and answers with the user; takes the reference. */
static void keep_user(struct world *w, struct answer *a, int64_t id,
                      json_t *user)
{
    refdesk_user_put(w, id, user);
    say_user(w, a, 200, user);
}

/* Stores a change and answers nothing; takes the reference. */
static void keep_silent(struct world *w, struct answer *a, int64_t id,
                        json_t *user)
{
    refdesk_user_put(w, id, user);
    json_decref(user);
    answer_none(a, 204);
}

static void give_up(struct answer *a, json_t *user, const struct problem *p)
{
    json_decref(user);
    refdesk_refuse(a, p);
}

void refdesk_me(struct world *w, const struct request *r, struct answer *a)
{
    json_t *own = table_get(&w->tables[USERS], refdesk_own_id(w));

    (void)r;
    if (own == NULL)
        refdesk_missing(a, "user", "of this token");
    else
        say_user(w, a, 200, own);
}

/* With email: at most one; status is then checked on it. */
static void list_by_email(const struct world *w, const struct request *r,
                          const char *email, const char *status,
                          struct answer *a)
{
    int64_t id = refdesk_user_by_email(w, email);
    struct listing list = {.table = &w->tables[USERS], .view = list_view};
    json_t *user = id ? table_get(&w->tables[USERS], id) : NULL;

    if (user && (status == NULL || strcmp(user_status(user), status) == 0)) {
        list.ids = &id;
        list.count = 1;
    }
    json_decref(user);
    refdesk_page(w, r, &list, a);
}

void refdesk_users_list(struct world *w, const struct request *r,
                        struct answer *a)
{
    const char *email = request_query(r, "email");
    const char *status = request_query(r, "status");
    struct listing list = {.table = &w->tables[USERS]};
    struct problem p;

    if (status && strcmp(status, "active") != 0 &&
        strcmp(status, "invited") != 0 && strcmp(status, "deactivated") != 0 &&
        strcmp(status, "all") != 0) {
        (void)problem_set(&p, 422, "invalid_status", "status",
                          "status is active, invited, deactivated or all.");
        refdesk_refuse(a, &p);
        return;
    }
    if (status && strcmp(status, "all") == 0)
        status = NULL;
    if (email) {
        list_by_email(w, r, email, status, a);
        return;
    }
    if (knob_number(&w->knobs, KNOB_STATELESS) ||
        knob_number(&w->knobs, KNOB_CREDENTIAL))
        list.view = list_view;
    if (status)
        list.ids =
            table_where(list.table, USERS_BY_STATUS, status, &list.count);
    else
        list.whole = true;
    refdesk_page(w, r, &list, a);
}

void refdesk_users_get(struct world *w, const struct request *r,
                       struct answer *a)
{
    int64_t id = 0;
    json_t *user = refdesk_user_of(w, r, &id, a);

    if (user)
        say_user(w, a, 200, user);
}

static bool may_invite(const struct world *w, const json_t *want,
                       struct problem *p)
{
    const char *email = json_string_value(json_object_get(want, "email"));
    const char *role = json_string_value(json_object_get(want, "role"));
    const json_t *name = json_object_get(want, "name");
    const json_t *teams = json_object_get(want, "team_ids");

    if (role == NULL ||
        (strcmp(role, "admin") != 0 && strcmp(role, "agent") != 0))
        return problem_set(p, 422, "invalid_role", "role",
                           "One can be invited as admin or agent.");
    return rule_email(w, email, 0, p) && (!name || rule_name(name, p)) &&
           (!teams || rule_teams(w, teams, p)) &&
           rule_seat(w, role, "invited", p);
}

void refdesk_invite(struct world *w, const struct request *r, struct answer *a)
{
    struct problem p;

    if (!may_invite(w, r->json, &p)) {
        refdesk_refuse(a, &p);
        return;
    }
    struct newcomer who = {
        .email = json_string_value(json_object_get(r->json, "email")),
        .name = json_string_value(json_object_get(r->json, "name")),
        .role = json_string_value(json_object_get(r->json, "role")),
        .status = "invited",
        .team_ids = json_object_get(r->json, "team_ids"),
    };
    say_user(w, a, 201, refdesk_user_new(w, &who));
}

void refdesk_resend(struct world *w, const struct request *r, struct answer *a)
{
    int64_t id = 0, now = world_now(w);
    int64_t life = knob_number(&w->knobs, KNOB_EXPIRE_DAYS) * DAY_S;
    json_t *user = refdesk_user_of(w, r, &id, a);
    struct problem p;

    if (user == NULL)
        return;
    if (strcmp(user_status(user), "invited") != 0) {
        (void)problem_set(&p, 409, "already_active", NULL,
                          "The invitation was accepted.");
        give_up(a, user, &p);
        return;
    }
    json_object_set_new(user, "invitation",
                        json_pack("{s:o, s:o}", "sent_at", world_time_json(now),
                                  "expires_at", world_time_json(now + life)));
    keep_silent(w, a, id, user);
}

void refdesk_revoke(struct world *w, const struct request *r, struct answer *a)
{
    int64_t id = 0;
    json_t *user = refdesk_user_of(w, r, &id, a);

    if (user == NULL)
        return;
    if (strcmp(user_status(user), "invited") == 0) {
        refdesk_user_drop(w, id);
        answer_none(a, 204);
    } else {
        refdesk_missing(a, "open invitation", r->arg[0]);
    }
    json_decref(user);
}

static bool text_or_null(const json_t *value)
{
    return json_is_string(value) || json_is_null(value);
}

/* One member of a PATCH, into `user`. */
static bool change_member(const struct world *w, int64_t id, json_t *user,
                          const char *key, json_t *value, struct problem *p)
{
    bool known = strcmp(key, "email") == 0 || strcmp(key, "name") == 0 ||
                 strcmp(key, "team_ids") == 0 || strcmp(key, "language") == 0 ||
                 strcmp(key, "avatar_url") == 0;

    if (!known)
        return problem_set(p, 422, "invalid_field", key,
                           "This field cannot be changed here.");
    if (strcmp(key, "email") == 0) {
        if (!rule_email(w, json_string_value(value), id, p)) {
            p->status = 422;
            return false;
        }
    } else if (strcmp(key, "name") == 0) {
        if (!rule_name(value, p))
            return false;
    } else if (strcmp(key, "team_ids") == 0) {
        if (!rule_teams(w, value, p))
            return false;
    } else if (!text_or_null(value)) {
        return problem_set(p, 422, "invalid_value", key, "A text or null.");
    }
    json_object_set(user, key, value);
    return true;
}

void refdesk_users_patch(struct world *w, const struct request *r,
                         struct answer *a)
{
    int64_t id = 0;
    json_t *user = refdesk_user_of(w, r, &id, a);
    const char *key = NULL;
    json_t *value = NULL;
    struct problem p;

    if (user == NULL)
        return;
    json_object_foreach (r->json, key, value) {
        if (!change_member(w, id, user, key, value, &p)) {
            give_up(a, user, &p);
            return;
        }
    }
    keep_user(w, a, id, user);
}

void refdesk_put_role(struct world *w, const struct request *r,
                      struct answer *a)
{
    int64_t id = 0;
    json_t *user = refdesk_user_of(w, r, &id, a);
    const char *role = json_string_value(json_object_get(r->json, "role"));
    struct problem p;

    if (user == NULL)
        return;
    if (!json_is_true(json_object_get(r->json, "confirm")))
        (void)problem_set(&p, 422, "confirmation_required", "confirm",
                          "A change of role must be confirmed.");
    else if (change_role(w, id, user, role, &p)) {
        keep_user(w, a, id, user);
        return;
    }
    give_up(a, user, &p);
}

static bool known_permission(const json_t *value)
{
    const char *name = json_string_value(value);

    for (size_t i = 0; i < sizeof(permissions) / sizeof(permissions[0]); i++)
        if (name && strcmp(permissions[i], name) == 0)
            return true;
    return false;
}

static bool may_permit(const json_t *user, const json_t *wanted,
                       struct problem *p)
{
    const json_t *value = NULL;
    size_t i = 0;

    if (strcmp(user_role(user), "agent") != 0)
        return problem_set(p, 422, "not_an_agent", "permissions",
                           "Only an agent has permissions.");
    if (!json_is_array(wanted))
        return problem_set(p, 422, "invalid_value", "permissions",
                           "permissions is a list.");
    json_array_foreach (wanted, i, value) {
        if (!known_permission(value))
            return problem_set(p, 422, "invalid_value", "permissions",
                               "Element %zu is no permission.", i);
    }
    return true;
}

void refdesk_put_permissions(struct world *w, const struct request *r,
                             struct answer *a)
{
    int64_t id = 0;
    json_t *user = refdesk_user_of(w, r, &id, a);
    json_t *wanted = json_object_get(r->json, "permissions");
    struct problem p;

    if (user == NULL)
        return;
    if (!may_permit(user, wanted, &p)) {
        give_up(a, user, &p);
        return;
    }
    json_object_set(user, "permissions", wanted);
    keep_user(w, a, id, user);
}

void refdesk_deactivate(struct world *w, const struct request *r,
                        struct answer *a)
{
    int64_t id = 0;
    json_t *user = refdesk_user_of(w, r, &id, a);
    struct problem p;

    if (user == NULL)
        return;
    if (change_deactivate(w, id, user, &p))
        keep_silent(w, a, id, user);
    else
        give_up(a, user, &p);
}

void refdesk_reactivate(struct world *w, const struct request *r,
                        struct answer *a)
{
    int64_t id = 0;
    json_t *user = refdesk_user_of(w, r, &id, a);
    struct problem p;

    if (user == NULL)
        return;
    if (strcmp(user_status(user), "invited") == 0) {
        (void)problem_set(&p, 422, "not_active", NULL,
                          "The invitation was not accepted yet.");
        give_up(a, user, &p);
        return;
    }
    if (strcmp(user_status(user), "deactivated") == 0 &&
        !rule_seat(w, user_role(user), "active", &p)) {
        p.status = 422;
        give_up(a, user, &p);
        return;
    }
    json_object_set_new(user, "status", json_string("active"));
    keep_silent(w, a, id, user);
}

static json_t *history_view(const struct world *w, json_t *row)
{
    (void)w;
    json_object_del(row, "id");
    json_object_del(row, "user_id");
    return row;
}

static void history(struct world *w, const struct request *r, struct answer *a,
                    enum refdesk_table table)
{
    int64_t id = 0;
    json_t *user = refdesk_user_of(w, r, &id, a);
    struct listing list = {.table = &w->tables[table], .view = history_view};
    char key[24];

    if (user == NULL)
        return;
    json_decref(user);
    (void)snprintf(key, sizeof(key), "%" PRId64, id);
    list.ids = table_where(list.table, BY_USER, key, &list.count);
    refdesk_page(w, r, &list, a);
}

void refdesk_logins(struct world *w, const struct request *r, struct answer *a)
{
    history(w, r, a, LOGINS);
}

void refdesk_activity(struct world *w, const struct request *r,
                      struct answer *a)
{
    history(w, r, a, ACTIVITY);
}
