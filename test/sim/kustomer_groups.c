/*
 * test/sim/kustomer_groups.c - role groups, which the web pages call
 * permission sets
 */
#include "test/sim/kustomer_internal.h"

#include <string.h>

static const char *const known[] = {"name", "description", "display", "roles",
                                    NULL};

int64_t ks_group_by_name(const struct world *w, const char *name)
{
    const struct table *t = &w->tables[KS_GROUPS];

    for (size_t i = 0; i < t->count; i++) {
        json_t *group = table_get(t, t->rows[i].id);
        bool found = strcmp(ks_text(group, "name"), name) == 0 ||
                     strcmp(ks_text(group, "id"), name) == 0;
        json_decref(group);
        if (found)
            return t->rows[i].id;
    }
    return 0;
}

void ks_groups_list(struct world *w, const struct request *r, struct answer *a)
{
    const struct table *t = &w->tables[KS_GROUPS];
    struct ks_list list = {.table = KS_GROUPS, .most = 100};

    for (size_t i = 0; i < t->count; i++)
        ks_list_add(&list, t->rows[i].id);
    ks_page(w, r, &list, a);
}

void ks_groups_get(struct world *w, const struct request *r, struct answer *a)
{
    int64_t number = 0;
    json_t *group = ks_named(w, r, KS_GROUPS, &number, a);

    if (group != NULL)
        ks_data(a, 200, ks_view(w, KS_GROUPS, group));
    json_decref(group);
}

static bool good(struct world *w, const json_t *body, bool create,
                 struct answer *a)
{
    const json_t *roles = json_object_get(body, "roles"), *one = NULL;
    const char *name = ks_text(body, "name");
    size_t i = 0;

    if (!ks_fields_known(w, body, known, a))
        return false;
    if ((create && name[0] == '\0') || strlen(name) > 255) {
        ks_bad_value(w, a, "name", "is required, of at most 255 characters");
        return false;
    }
    json_array_foreach (roles, i, one) {
        if (!json_is_string(one) || !ks_key_holds(w, json_string_value(one))) {
            ks_error(w, a, 400, "roles that the key does not hold");
            return false;
        }
    }
    return true;
}

static void take(json_t *group, const json_t *body)
{
    for (size_t i = 0; known[i] != NULL; i++) {
        json_t *value = json_object_get(body, known[i]);
        if (value != NULL)
            json_object_set(group, known[i], value);
    }
}

void ks_groups_create(struct world *w, const struct request *r,
                      struct answer *a)
{
    json_t *body = ks_body(w, r, false, a);

    if (body != NULL && good(w, body, true, a)) {
        json_t *group =
            json_pack("{s:s, s:n, s:b, s:b, s:[]}", "name", "", "description",
                      "display", 1, "system", 0, "roles");
        take(group, body);
        int64_t number = ks_new_id(w, KS_GROUPS, group);
        ks_made(w, group, ks_caller(w));
        table_put(&w->tables[KS_GROUPS], number, group);
        ks_data(a, 200, ks_view(w, KS_GROUPS, group));
        json_decref(group);
    }
    json_decref(body);
}

/* The role group of the path, unless it is one of the system's: 409. */
static json_t *own_group(struct world *w, const struct request *r,
                         int64_t *number, struct answer *a)
{
    json_t *group = ks_named(w, r, KS_GROUPS, number, a);

    if (group && json_is_true(json_object_get(group, "system"))) {
        ks_error(w, a, 409, "system role group cannot be changed");
        json_decref(group);
        return NULL;
    }
    return group;
}

void ks_groups_update(struct world *w, const struct request *r,
                      struct answer *a)
{
    int64_t number = 0;
    json_t *group = own_group(w, r, &number, a);
    json_t *body = group ? ks_body(w, r, false, a) : NULL;

    if (body != NULL && good(w, body, false, a)) {
        take(group, body);
        ks_touch(w, group, ks_caller(w));
        table_put(&w->tables[KS_GROUPS], number, group);
        ks_data(a, 200, ks_view(w, KS_GROUPS, group));
    }
    json_decref(body);
    json_decref(group);
}

void ks_groups_delete(struct world *w, const struct request *r,
                      struct answer *a)
{
    int64_t number = 0;
    json_t *group = own_group(w, r, &number, a);

    if (group != NULL) {
        (void)table_drop(&w->tables[KS_GROUPS], number);
        answer_none(a, 204);
    }
    json_decref(group);
}
