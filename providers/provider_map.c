/*
 * providers/provider_map.c - the map and the roles as bridge/ sees them
 */
#include "providers/provider_internal.h"

#include <string.h>

static const char *mutability(const struct map_row *row)
{
    if (!row->read)
        return "writeOnly";
    if (row->write == MAP_NEVER)
        return "readOnly";
    return row->write == MAP_CREATE ? "immutable" : "readWrite";
}

/* The SCIM type of what a row holds. */
static const char *type_of(const struct map_row *row)
{
    switch (row->transform) {
    case MAP_ISO8601:
    case MAP_EPOCH_S:
    case MAP_EPOCH_MS:
        return "dateTime";
    case MAP_NOT:
        return "boolean";
    case MAP_PLAIN:
    case MAP_LOWER:
    case MAP_STRING:
    case MAP_STRING_LIST:
        break;
    }
    return row->type;
}

static json_t *public_row(const struct map_row *row, const json_t *json,
                          const char *resource)
{
    json_t *out = json_pack(
        "{s:O, s:s, s:s, s:s, s:b, s:b, s:s}", "scim",
        json_object_get(json, "scim"), "path", row->path, "resource", resource,
        "mutability", mutability(row), "required", row->required, "multiValued",
        row->transform == MAP_STRING_LIST, "type", type_of(row));
    if (out != NULL && row->values != NULL)
        (void)json_object_set(out, "values", (json_t *)row->values);
    if (out != NULL && row->max > 0)
        (void)json_object_set_new(out, "max", json_integer(row->max));
    if (out != NULL && row->has_pattern)
        (void)json_object_set(out, "pattern", json_object_get(json, "pattern"));
    return out;
}

static bool add_rows(json_t *all, const struct map *m, const json_t *block,
                     const char *resource)
{
    const json_t *rows = json_object_get(block, "map");
    for (size_t i = 0; i < m->count; i++)
        if (json_array_append_new(all, public_row(&m->rows[i],
                                                  json_array_get(rows, i),
                                                  resource)) != 0)
            return false;
    return true;
}

json_t *provider_public_map(const struct provider *p)
{
    json_t *all = json_array();
    if (all != NULL &&
        add_rows(all, &p->users, json_object_get(p->profile, "user"), "User") &&
        add_rows(all, &p->teams, json_object_get(p->profile, "group"), "Group"))
        return all;
    json_decref(all);
    return NULL;
}

json_t *provider_public_roles(const json_t *roles)
{
    json_t *all = json_array(), *role;
    size_t i;
    json_array_foreach (roles, i, role) {
        json_t *one = json_pack(
            "{s:O, s:b, s:b, s:b}", "scim", json_object_get(role, "scim"),
            "elevated", json_is_true(json_object_get(role, "elevated")),
            "assign", !json_is_false(json_object_get(role, "assign")),
            "default", json_is_true(json_object_get(role, "default")));
        json_t *team = json_object_get(role, "team");
        if (one != NULL && team != NULL)
            (void)json_object_set(one, "team", team);
        (void)json_array_append_new(all, one);
    }
    return all;
}
