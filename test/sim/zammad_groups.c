/*
 * test/sim/zammad_groups.c - groups; who is in them stands with the users
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "test/sim/zammad_internal.h"

json_t *za_group_new(struct world *w, const char *name, const char *note)
{
    json_t *group =
        json_pack("{s:s, s:s?, s:b}", "name", name, "note", note, "active", 1);

    row_add(w, ZA_GROUPS, group);
    return group;
}

/* With the ids of those who have access by their own map. */
static json_t *view(const struct world *w, json_t *group)
{
    json_t *users = rows_where(w, ZA_USERS, NULL, NULL), *user = NULL;
    json_t *ids = json_array();
    char key[24];
    size_t i = 0;

    (void)snprintf(key, sizeof(key), "%" PRId64, row_id(group));
    json_array_foreach (users, i, user) {
        if (json_object_get(json_object_get(user, "group_ids"), key))
            json_array_append(ids, json_object_get(user, "id"));
    }
    json_object_set_new(group, "user_ids", ids);
    json_decref(users);
    return group;
}

void za_groups_list(struct world *w, const struct request *r, struct answer *a)
{
    json_t *groups = rows_where(w, ZA_GROUPS, NULL, NULL), *group = NULL;
    size_t i = 0;

    if (!za_may(w, a)) {
        json_decref(groups);
        return;
    }
    json_array_foreach (groups, i, group) {
        json_decref(view(w, json_incref(group)));
    }
    za_page(w, r, groups, a);
}

void za_groups_get(struct world *w, const struct request *r, struct answer *a)
{
    json_t *group = za_row_of(w, r, ZA_GROUPS, a);

    if (group)
        answer_json(a, 200, view(w, group));
}

/* A name is taken by a closed group, too. */
static bool rule_name(const struct world *w, const json_t *body, int64_t self,
                      bool fresh, struct answer *a)
{
    const json_t *name = json_object_get(body, "name");
    int64_t other =
        name ? za_by_name(w, ZA_GROUPS, json_string_value(name)) : 0;

    if ((fresh || name) && json_string_length(name) == 0)
        return za_invalid(w, a, "Missing required value for field 'name'!",
                          NULL);
    if (other != 0 && other != self)
        return za_invalid(w, a, "This object already exists.",
                          "Dieses Objekt existiert bereits.");
    return true;
}

void za_groups_create(struct world *w, const struct request *r,
                      struct answer *a)
{
    if (za_may(w, a) && rule_name(w, r->json, 0, true, a))
        answer_json(a, 201,
                    view(w, za_group_new(w, row_text(r->json, "name"),
                                         row_text(r->json, "note"))));
}

void za_groups_update(struct world *w, const struct request *r,
                      struct answer *a)
{
    static const char *const fields[] = {"name", "note", "active"};
    json_t *group = za_row_of(w, r, ZA_GROUPS, a);

    if (group && za_may(w, a) &&
        rule_name(w, r->json, row_id(group), false, a)) {
        for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
            if (json_object_get(r->json, fields[i]))
                json_object_set(group, fields[i],
                                json_object_get(r->json, fields[i]));
        row_keep(w, ZA_GROUPS, group);
        answer_json(a, 200, view(w, json_incref(group)));
    }
    json_decref(group);
}

void za_groups_delete(struct world *w, const struct request *r,
                      struct answer *a)
{
    json_t *group = za_row_of(w, r, ZA_GROUPS, a);

    if (group && za_may(w, a))
        (void)za_invalid(w, a, "Can't delete, object has references.", NULL);
    json_decref(group);
}
