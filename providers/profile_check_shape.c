/*
 * providers/profile_check_shape.c - an object against the table of its shape
 *
 * Unknown keys, missing keys, then each value by its type. As deep as the
 * tables are, which is what bounds the walk.
 */
#include "providers/profile_check.h"

#include "base/nearest.h"

#include <string.h>

static const char *variant_of(const struct profile_shape *shape,
                              const json_t *object)
{
    return shape->by == NULL
               ? NULL
               : json_string_value(json_object_get(object, shape->by));
}

static void offer_keys(struct nearest *n, const struct profile_key *keys)
{
    for (; keys != NULL && keys->name != NULL; keys++)
        nearest_offer(n, keys->name);
}

static void unknown_key(struct check *c, const struct profile_shape *shape,
                        const char *variant, const char *name)
{
    struct nearest n = nearest_to(name);
    offer_keys(&n, shape->keys);
    offer_keys(&n, profile_variant_keys(shape, variant));
    nearest_offer(&n, "note");
    bool only = c->keys_only;
    c->keys_only = false;
    if (n.best[0] != '\0')
        check_bad(c, "unknown key in %s; did you mean \"%s\"?", shape->name,
                  n.best);
    else
        check_bad(c, "unknown key in %s", shape->name);
    c->keys_only = only;
}

static void missing_keys(struct check *c, const struct profile_shape *shape,
                         const struct profile_key *keys, const json_t *object)
{
    for (; keys != NULL && keys->name != NULL; keys++) {
        if (!keys->required || json_object_get(object, keys->name) != NULL)
            continue;
        size_t mark = check_key(c, keys->name);
        check_bad(c, "missing; %s needs it", shape->name);
        check_up(c, mark);
    }
}

static void check_list(struct check *c, const struct profile_key *key,
                       const json_t *list)
{
    size_t i;
    json_t *element;
    if (!json_is_array(list)) {
        check_bad(c, "must be a list of objects");
        return;
    }
    if (key->required && json_array_size(list) == 0)
        check_bad(c, "must not be empty");
    json_array_foreach (list, i, element) {
        size_t mark = check_index(c, i);
        check_shape(c, key->shape, element);
        check_up(c, mark);
    }
}

static void check_named(struct check *c, const struct profile_key *key,
                        const json_t *object)
{
    const char *name;
    json_t *value;
    if (!json_is_object(object)) {
        check_bad(c, "must be an object");
        return;
    }
    json_object_foreach ((json_t *)object, name, value) {
        /* A note is a note, but for variables: their names are data. */
        if (strcmp(name, "note") == 0 && json_is_string(value))
            continue;
        size_t mark = check_key(c, name);
        check_shape(c, key->shape, value);
        check_up(c, mark);
    }
}

static void check_member(struct check *c, const struct profile_key *key,
                         const json_t *value)
{
    switch (key->type) {
    case PT_SHAPE:
        check_shape(c, key->shape, value);
        return;
    case PT_SHAPES:
        check_list(c, key, value);
        return;
    case PT_NAMED:
        check_named(c, key, value);
        return;
    case PT_COUNTER:
        if (!json_is_string(value))
            check_shape(c, key->shape, value);
        return;
    case PT_TEXT:
    case PT_WORD:
    case PT_BOOL:
    case PT_INT:
    case PT_SCALAR:
    case PT_ANY:
    case PT_TEXTS:
    case PT_WORDS:
    case PT_SCALARS:
    case PT_STATUSES:
    case PT_RETRY:
    case PT_PATH:
    case PT_PATHS:
    case PT_NATIVE:
    case PT_SCIM:
    case PT_REGEX:
    case PT_TEMPLATE:
    case PT_JSON:
    case PT_DATA:
    case PT_WHEN:
    case PT_WHENS:
    case PT_OP:
    case PT_OPS:
    case PT_PAGING:
    case PT_LABELS:
    case PT_SAVES:
    case PT_SETS:
    case PT_COUNT:
        check_value(c, key, value);
        return;
    }
}

void check_shape(struct check *c, const struct profile_shape *shape,
                 const json_t *value)
{
    if (!json_is_object(value)) {
        check_bad(c, "must be an object");
        return;
    }
    const char *variant = variant_of(shape, value);
    const char *name;
    json_t *member;
    json_object_foreach ((json_t *)value, name, member) {
        size_t mark = check_key(c, name);
        const struct profile_key *key = profile_key_find(shape, variant, name);
        if (key != NULL)
            check_member(c, key, member);
        else if (strcmp(name, "note") != 0)
            unknown_key(c, shape, variant, name);
        else if (!json_is_string(member))
            check_bad(c, "must be a text");
        check_up(c, mark);
    }
    missing_keys(c, shape, shape->keys, value);
    missing_keys(c, shape, profile_variant_keys(shape, variant), value);
}
