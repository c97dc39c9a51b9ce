/*
 * providers/profile_check_user.c - what the tables cannot say about `user` and
 * `group`: rows that contradict themselves, roles without a default
 */
#include "providers/profile_check.h"

#include "providers/attribute.h"
#include "base/nearest.h"

#include <string.h>

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static bool is(const json_t *object, const char *key, const char *word)
{
    const char *text = text_of(object, key);
    return text != NULL && strcmp(text, word) == 0;
}

static bool has(const json_t *object, const char *key)
{
    return json_object_get(object, key) != NULL;
}

static void bad_key(struct check *c, const char *key, const char *why)
{
    size_t mark = check_key(c, key);
    check_bad(c, "%s", why);
    check_up(c, mark);
}

/* ---- the map ------------------------------------------------------------- */

static void check_scim(struct check *c, const json_t *row, bool group,
                       json_t *seen, struct attribute *a)
{
    char why[160];
    const char *path = text_of(row, "scim");
    size_t mark = check_key(c, "scim");
    if (!attribute_parse(path, group, a, why))
        check_bad(c, "%s", why);
    else if (json_object_get(seen, path) != NULL)
        check_bad(c, "another row maps \"%.80s\" already", path);
    (void)json_object_set_new(seen, path, json_true());
    check_up(c, mark);
}

static void check_kinds(struct check *c, const json_t *row,
                        const struct attribute *a)
{
    bool list = is(row, "transform", "string_list");
    if (a->kind == ATTRIBUTE_LIST && !list)
        bad_key(c, "transform",
                "must be \"string_list\": the attribute holds a list");
    if (list && a->kind != ATTRIBUTE_LIST && !a->extra)
        bad_key(c, "transform",
                "\"string_list\" fits entitlements and $ext.desk.NAME only");
    if (has(row, "type") && !a->extra)
        bad_key(c, "type", "only for $ext.desk.NAME");
    if (has(row, "part") && strcmp(a->name, "name") != 0)
        bad_key(c, "part", "only for name.givenName and name.familyName");
}

static void check_native(struct check *c, const json_t *row)
{
    bool list = json_is_array(json_object_get(row, "native"));
    if (list && !json_is_string(json_object_get(row, "join")))
        bad_key(c, "join", "missing; a list of paths needs the text between");
    if (!list && has(row, "join"))
        bad_key(c, "join", "only with a list of paths in \"native\"");
    if (list && (has(row, "write_to") || has(row, "default")))
        bad_key(c, "native", "a joined value is never written");
    const char *otherwise = json_string_value(json_object_get(row, "default"));
    if (json_is_true(json_object_get(row, "required")) && has(row, "default") &&
        (otherwise == NULL || strstr(otherwise, "{{set.") == NULL))
        bad_key(c, "default",
                "a required value has no default, but one that the "
                "configuration sets");
}

static void check_role_names(struct check *c, const json_t *row)
{
    const json_t *values = json_object_get(
        json_object_get(json_object_get(c->profile, "user"), "roles"),
        "values");
    size_t i, j;
    json_t *name, *role;
    size_t mark = check_key(c, "only_for_roles");
    json_array_foreach (json_object_get(row, "only_for_roles"), i, name) {
        struct nearest n =
            nearest_to(json_is_string(name) ? json_string_value(name) : "");
        bool found = false;
        json_array_foreach (values, j, role) {
            const char *scim = text_of(role, "scim");
            found = found || (scim != NULL && strcmp(scim, n.word) == 0);
            if (scim != NULL)
                nearest_offer(&n, scim);
        }
        if (!found && n.best[0] != '\0')
            check_bad(c, "unknown role \"%.60s\"; did you mean \"%s\"?", n.word,
                      n.best);
        else if (!found)
            check_bad(c, "unknown role \"%.60s\"", n.word);
    }
    check_up(c, mark);
}

static void check_map(struct check *c, const json_t *block, bool group)
{
    json_t *seen = json_object(), *row;
    size_t i, map = check_key(c, "map");
    json_array_foreach (json_object_get(block, "map"), i, row) {
        size_t mark = check_index(c, i);
        struct attribute a = {0};
        if (text_of(row, "scim") != NULL) {
            check_scim(c, row, group, seen, &a);
            if (a.name[0] != '\0')
                check_kinds(c, row, &a);
        }
        check_native(c, row);
        check_role_names(c, row);
        check_up(c, mark);
    }
    const char *needed = group ? "displayName" : "userName";
    if (json_object_get(seen, needed) == NULL)
        check_bad(c, "no row maps %s", needed);
    check_up(c, map);
    json_decref(seen);
}

/* ---- roles --------------------------------------------------------------- */

static const json_t *role_named(const json_t *values, const char *name)
{
    size_t i;
    json_t *role;
    json_array_foreach (values, i, role) {
        if (is(role, "scim", name))
            return role;
    }
    return NULL;
}

static bool looks_up(const json_t *value)
{
    const char *text = json_string_value(value);
    size_t i;
    json_t *element;
    if (text != NULL && text[0] == '@')
        return true;
    json_array_foreach (value, i, element) {
        if (looks_up(element))
            return true;
    }
    return false;
}

static void check_set(struct check *c, const json_t *role, const json_t *roles)
{
    const char *name;
    json_t *value;
    size_t mark = check_key(c, "set");
    json_object_foreach (json_object_get(role, "set"), name, value) {
        if (looks_up(value) && !has(roles, "lookup"))
            check_bad(c, "\"@NAME\" needs user.roles.lookup");
    }
    check_up(c, mark);
}

static bool assignable(const json_t *role)
{
    return !json_is_false(json_object_get(role, "assign"));
}

static void check_role(struct check *c, const json_t *role, const json_t *roles,
                       bool teams)
{
    const json_t *values = json_object_get(roles, "values");
    const char *name = text_of(role, "scim");
    const char *invite_as = text_of(role, "invite_as");
    if (has(role, "set") == has(role, "team"))
        check_bad(c, "a role needs either \"set\" or \"team\"");
    if (name != NULL && role_named(values, name) != role)
        bad_key(c, "scim", "another role has this name");
    if (has(role, "team") && !teams)
        bad_key(c, "team", "needs the operation teams.list and group.members");
    if (json_is_true(json_object_get(role, "default")) && !assignable(role))
        bad_key(c, "assign", "the default role must be assignable");
    const json_t *first =
        invite_as == NULL ? NULL : role_named(values, invite_as);
    if (invite_as != NULL && (first == NULL || !assignable(first)))
        bad_key(c, "invite_as", "must name a role that can be given");
    check_set(c, role, roles);
}

static bool is_default(const json_t *role)
{
    return json_is_true(json_object_get(role, "default"));
}

static void check_roles(struct check *c, const json_t *roles)
{
    const json_t *group = json_object_get(c->profile, "group");
    bool teams = has(json_object_get(c->profile, "operations"), "teams.list") &&
                 has(group, "members");
    size_t i, defaults = 0, mark = check_key(c, "values");
    json_t *role;
    json_array_foreach (json_object_get(roles, "values"), i, role) {
        size_t at = check_index(c, i);
        if (json_is_object(role))
            check_role(c, role, roles, teams);
        defaults += is_default(role) ? 1 : 0;
        check_up(c, at);
    }
    if (defaults != 1 && json_is_array(json_object_get(roles, "values")))
        check_bad(c,
                  "%zu roles are marked \"default\": true; exactly one "
                  "must be",
                  defaults);
    check_up(c, mark);
    const json_t *lookup = json_object_get(roles, "lookup");
    mark = check_key(c, "lookup");
    if (has(lookup, "with") && !has(lookup, "writes"))
        bad_key(c, "writes", "missing; \"with\" needs it");
    check_up(c, mark);
}

/* ---- group --------------------------------------------------------------- */

static void check_members(struct check *c, const json_t *members)
{
    size_t mark = check_key(c, "members");
    if (json_is_object(members) && !has(members, "list") &&
        !has(members, "read"))
        check_bad(c, "needs \"list\" (an operation) or \"read\" (a path in the "
                     "record)");
    check_up(c, mark);
}

void check_people(struct check *c)
{
    const json_t *user = json_object_get(c->profile, "user");
    const json_t *group = json_object_get(c->profile, "group");
    size_t mark = check_key(c, "user");
    if (json_is_object(user)) {
        check_map(c, user, false);
        size_t roles = check_key(c, "roles");
        check_roles(c, json_object_get(user, "roles"));
        check_up(c, roles);
    }
    check_up(c, mark);
    mark = check_key(c, "group");
    if (json_is_object(group)) {
        check_map(c, group, true);
        check_members(c, json_object_get(group, "members"));
    }
    check_up(c, mark);
}
