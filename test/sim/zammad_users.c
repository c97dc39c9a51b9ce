/*
 * test/sim/zammad_users.c - the calls that concern users and roles
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "test/sim/zammad_internal.h"

/* ?expand=true: names beside the ids. Takes the reference. */
static json_t *view(const struct world *w, const struct request *r,
                    json_t *user)
{
    const char *expand = request_query(r, "expand");
    json_t *names = json_array(), *id = NULL;
    size_t i = 0;

    json_array_foreach (json_object_get(user, "role_ids"), i, id) {
        json_t *role = table_get(&w->tables[ZA_ROLES], json_integer_value(id));
        json_array_append(names, json_object_get(role, "name"));
        json_decref(role);
    }
    if (expand && strcmp(expand, "true") == 0)
        json_object_set(user, "roles", names);
    json_decref(names);
    return row_shown(user);
}

void za_me(struct world *w, const struct request *r, struct answer *a)
{
    json_t *own = table_get(&w->tables[ZA_USERS], za_own_id(w));

    if (own == NULL)
        za_missing(w, a);
    else
        answer_json(a, 200, view(w, r, own));
}

void za_users_list(struct world *w, const struct request *r, struct answer *a)
{
    za_page(w, r, rows_where(w, ZA_USERS, NULL, NULL), a);
}

/* Every word of the query in any field: nothing is exact. */
static bool found(const struct world *w, const json_t *user,
                  const void *context)
{
    static const char *const fields[] = {"email", "login", "firstname",
                                         "lastname"};
    const char *query = request_query(context, "query");
    char local[200] = "";

    if (query == NULL || row_id(user) == ZA_NOBODY ||
        row_number(user, "_found_from") > world_now(w))
        return false;
    (void)snprintf(local, sizeof(local), "%.*s", (int)strcspn(query, "@"),
                   query);
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        if (text_holds(row_text(user, fields[i]),
                       ZA_IS(w, SEARCH, "elastic") ? local : query))
            return true;
    return false;
}

void za_users_search(struct world *w, const struct request *r, struct answer *a)
{
    za_page(w, r, rows_where(w, ZA_USERS, found, r), a);
}

void za_users_get(struct world *w, const struct request *r, struct answer *a)
{
    json_t *user = za_row_of(w, r, ZA_USERS, a);

    if (user)
        answer_json(a, 200, view(w, r, user));
}

/* ---- writes ----------------------------------------------------------------
 */

void za_users_create(struct world *w, const struct request *r, struct answer *a)
{
    json_t *user = za_user_blank(w);

    if (za_user_change(w, user, r->json, a) &&
        za_user_rules(w, NULL, user, a)) {
        za_user_add(w, user);
        if (json_is_true(json_object_get(r->json, "invite")))
            json_object_set_new(user, "_invited", json_true());
        table_put(&w->tables[ZA_USERS], row_id(user), user);
        answer_json(a, 201, view(w, r, json_incref(user)));
    }
    json_decref(user);
}

void za_users_update(struct world *w, const struct request *r, struct answer *a)
{
    json_t *was = za_row_of(w, r, ZA_USERS, a);
    json_t *user = json_deep_copy(was);

    if (was && za_user_change(w, user, r->json, a) &&
        za_user_rules(w, was, user, a)) {
        row_keep(w, ZA_USERS, user);
        answer_json(a, 200, view(w, r, json_incref(user)));
    }
    json_decref(user);
    json_decref(was);
}

/* Everybody has left a trace somewhere. */
void za_users_delete(struct world *w, const struct request *r, struct answer *a)
{
    json_t *user = za_row_of(w, r, ZA_USERS, a);

    if (user && za_may(w, a))
        (void)za_invalid(w, a, "Can't delete, object has references.", NULL);
    json_decref(user);
}

void za_privacy_create(struct world *w, const struct request *r,
                       struct answer *a)
{
    json_t *task =
        json_pack("{s:s, s:O?}", "state", "in process", "deletable_id",
                  json_object_get(r->json, "deletable_id"));
    int64_t id = row_number(r->json, "deletable_id");

    if (!za_may(w, a)) {
        json_decref(task);
        return;
    }
    if (table_text(&w->tables[ZA_USERS], id) == NULL || id == ZA_NOBODY) {
        (void)za_invalid(w, a, "Validation failed: no such user", NULL);
        json_decref(task);
        return;
    }
    row_add(w, ZA_PRIVACY, task);
    answer_json(a, 201, row_shown(task));
}

/* It is done by whoever looks. */
void za_privacy_get(struct world *w, const struct request *r, struct answer *a)
{
    json_t *task = za_row_of(w, r, ZA_PRIVACY, a);

    if (task == NULL)
        return;
    (void)table_drop(&w->tables[ZA_USERS], row_number(task, "deletable_id"));
    json_object_set_new(task, "state", json_string("completed"));
    row_keep(w, ZA_PRIVACY, task);
    answer_json(a, 200, row_shown(task));
}

void za_roles_list(struct world *w, const struct request *r, struct answer *a)
{
    if (za_may(w, a))
        za_page(w, r, rows_where(w, ZA_ROLES, NULL, NULL), a);
}
