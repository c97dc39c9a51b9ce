/*
 * bridge/overlay.c - the helpdesk's word laid over what SCIM shows
 *
 * Compared leaf by leaf: attributes, members of a single complex attribute,
 * and, where every value of a multi-valued attribute has a `type` of its own
 * (work, home), the values by their type; other lists are compared whole.
 */
#include "bridge/invitation.h"
#include "bridge/role.h"
#include "bridge/row.h"

#include "base/fold.h"
#include "scim/resource.h"

#include <stdlib.h>
#include <string.h>

/* The three sayings of one place, and where the result is written. */
struct overlay {
    const json_t *now;      /* what the helpdesk says */
    const json_t *last;     /* what it said before; NULL: nothing */
    const json_t *expected; /* what it would say of the resource */
};

static bool lay(json_t *onto, const char *key, const struct overlay *o);

static bool equal(const json_t *a, const json_t *b)
{
    return a == b || (a != NULL && b != NULL && json_equal(a, b) != 0);
}

static bool lay_members(json_t *onto, const struct overlay *o)
{
    const char *key;
    json_t *value;
    json_object_foreach ((json_t *)o->now, key, value) {
        struct overlay inner = {value, json_object_get(o->last, key),
                                json_object_get(o->expected, key)};
        if (!lay(onto, key, &inner))
            return false;
    }
    json_object_foreach ((json_t *)o->last, key, value) {
        struct overlay gone = {NULL, value, json_object_get(o->expected, key)};
        if (json_object_get(o->now, key) == NULL && !lay(onto, key, &gone))
            return false;
    }
    return true;
}

static json_t *by_type(const json_t *list, const char *type)
{
    size_t i;
    json_t *value;
    json_array_foreach (list, i, value) {
        const char *is = json_string_value(json_object_get(value, "type"));
        if (is != NULL && strcmp(is, type) == 0)
            return value;
    }
    return NULL;
}

static bool typed(const json_t *list)
{
    size_t i;
    json_t *value;
    json_array_foreach (list, i, value) {
        const char *type = json_string_value(json_object_get(value, "type"));
        if (type == NULL || by_type(list, type) != value)
            return false;
    }
    return true;
}

/* One value of a list, found in each saying by its type. */
static bool lay_typed_value(json_t *list, const char *type,
                            const struct overlay *o)
{
    struct overlay inner = {by_type(o->now, type), by_type(o->last, type),
                            by_type(o->expected, type)};
    json_t *mine = by_type(list, type);
    if (equal(inner.now, inner.last) || equal(inner.now, inner.expected))
        return true;
    if (inner.now != NULL && mine != NULL)
        return lay_members(mine, &inner);
    if (inner.now != NULL)
        return json_array_append_new(list, json_deep_copy(inner.now)) == 0;
    for (size_t i = 0; i < json_array_size(list); i++)
        if (json_array_get(list, i) == mine)
            return json_array_remove(list, i) == 0;
    return true;
}

static bool lay_typed(json_t *onto, const char *key, const struct overlay *o)
{
    json_t *list = json_object_get(onto, key);
    size_t i;
    json_t *value;
    if (list == NULL) {
        list = json_array();
        if (json_object_set_new(onto, key, list) != 0)
            return false;
    }
    json_array_foreach (o->now, i, value) {
        if (!lay_typed_value(
                list, json_string_value(json_object_get(value, "type")), o))
            return false;
    }
    json_array_foreach (o->last, i, value) {
        const char *type = json_string_value(json_object_get(value, "type"));
        if (by_type(o->now, type) == NULL && !lay_typed_value(list, type, o))
            return false;
    }
    if (json_array_size(list) == 0)
        (void)json_object_del(onto, key);
    return true;
}

static bool lay(json_t *onto, const char *key, const struct overlay *o)
{
    if (equal(o->now, o->last) || equal(o->now, o->expected))
        return true;
    if (o->now == NULL) {
        (void)json_object_del(onto, key);
        return true;
    }
    json_t *mine = json_object_get(onto, key);
    if (json_is_object(o->now) && json_is_object(mine))
        return lay_members(mine, o);
    if (json_is_array(o->now) && json_array_size(o->now) > 0 && typed(o->now) &&
        typed(o->last) && (mine == NULL || typed(mine)))
        return lay_typed(onto, key, o);
    return json_object_set_new(onto, key, json_deep_copy(o->now)) == 0;
}

/* Where the saying is silent because a list row does not tell, the last word
 * still stands: top-level attribute of the path. */
static bool fill_unknown(json_t *now, const json_t *last, const json_t *unknown)
{
    size_t i;
    json_t *path;
    json_array_foreach (unknown, i, path) {
        const char *text = json_string_value(path);
        if (text == NULL)
            continue;
        char name[96];
        bool urn = strncmp(text, "urn:", 4) == 0;
        const char *end = urn ? strrchr(text, ':') : NULL;
        size_t len = end != NULL ? (size_t)(end - text) : strcspn(text, ".[");
        if (len >= sizeof name)
            continue;
        memcpy(name, text, len);
        name[len] = '\0';
        json_t *value = json_object_get(last, name);
        if (value != NULL && json_object_get(now, name) == NULL &&
            json_object_set(now, name, value) != 0)
            return false;
    }
    return true;
}

/* Keeps the new saying as the row's last word. */
static bool remember(struct store_resource *row, const json_t *now)
{
    char *text = json_dumps(now, ROW_SAID_FORM);
    if (text == NULL)
        return false;
    free(row->upstream);
    row->upstream = text;
    return true;
}

/* What the helpdesk would say of the resource. Of a role it knows the value
 * alone: where that is the resource's, the rest of the role stays. */
static json_t *expect_user(const struct bridge_target *t,
                           const json_t *resource, const json_t *now)
{
    json_t *expected = up_user_expected(t->up, resource);
    json_t *roles = json_object_get(now, "roles");
    const char *mine = role_shown(json_object_get(resource, "roles"));
    const char *is = role_shown(roles);
    if (expected != NULL && mine != NULL && is != NULL && fold_equal(mine, is))
        (void)json_object_set(expected, "roles", roles);
    return expected;
}

/* A user who is only now heard of: of whom nothing could have been told before,
 * and whose every attribute is new. */
static bool is_blank(const struct store_resource *row, const json_t *resource)
{
    return row->type == STORE_USER && row->n == 0 &&
           json_object_get(resource, "userName") == NULL;
}

json_t *row_overlay(const struct bridge_target *t, struct store_resource *row,
                    const json_t *resource, const json_t *said,
                    const json_t *unknown, bool *changed)
{
    const struct scim_type *type = target_type(t, row->type);
    json_t *last =
        row->upstream == NULL ? NULL : json_loads(row->upstream, 0, NULL);
    json_t *now = json_deep_copy(said), *mine = json_deep_copy(resource);
    bool blank = is_blank(row, resource);
    json_t *expected = row->type == STORE_USER && !blank
                           ? expect_user(t, resource, now)
                           : NULL;
    json_t *result = NULL;
    struct overlay o = {now, last, expected};
    *changed = false;
    if (now != NULL && mine != NULL && fill_unknown(now, last, unknown) &&
        lay_members(mine, &o) && remember(row, now))
        result = scim_canonical(type, mine);
    if (result != NULL)
        *changed = blank || !scim_equal(type, resource, result);
    json_decref(last);
    json_decref(now);
    json_decref(mine);
    json_decref(expected);
    return result;
}

/* ---- a record as a whole --------------------------------------------------
 */

static bool take_text(char **to, const char *text)
{
    if (text == NULL)
        return true;
    char *copy = strdup(text);
    if (copy == NULL)
        return false;
    free(*to);
    *to = copy;
    return true;
}

json_t *row_said(const struct up_user *said)
{
    json_t *user = json_copy(said->user);
    if (user == NULL || said->role == NULL)
        return user;
    json_t *roles =
        json_pack("[{s:s, s:b}]", "value", said->role, "primary", 1);
    if (json_object_set_new(user, "roles", roles) == 0)
        return user;
    json_decref(user);
    return NULL;
}

/* Somebody inactive keeps the role, to get it again; nobody else keeps one
 * that the helpdesk took away. */
static bool take_role(struct store_resource *row, const struct up_user *said)
{
    if (said->roleless && said->state != UP_INACTIVE) {
        free(row->role);
        row->role = NULL;
    }
    return take_text(&row->role, said->role);
}

json_t *row_take_user(const struct bridge_target *t, struct store_resource *row,
                      const json_t *resource, const struct up_user *said,
                      int64_t now, bool *changed)
{
    json_t *user = row_said(said);
    json_t *result = NULL;
    if (user != NULL && take_text(&row->upstream_id, said->id) &&
        take_text(&row->identity, said->identity) && take_role(row, said))
        result = row_overlay(t, row, resource, user, said->unknown, changed);
    if (result != NULL && !invitation_note(t, result, said, now)) {
        json_decref(result);
        result = NULL;
    }
    row->seen = now;
    json_decref(user);
    return result;
}

json_t *row_take_team(const struct bridge_target *t, struct store_resource *row,
                      const json_t *resource, const struct up_team *said,
                      int64_t now, bool *changed)
{
    row->seen = now;
    if (!take_text(&row->upstream_id, said->id) ||
        !take_text(&row->identity, said->identity))
        return NULL;
    return row_overlay(t, row, resource, said->group, said->unknown, changed);
}
