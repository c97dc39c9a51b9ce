/*
 * scim/patch_set.c - many values of one attribute
 *
 * One PATCH may name thousands of members, in one operation or in thousands;
 * looking each up in the list would take the square of that. So the values are
 * indexed once, and the index lives on from operation to operation until one
 * comes that looks at the list itself.
 */
#include "scim/patch_internal.h"

#include "scim/resource.h"

#include <stdlib.h>
#include <string.h>

bool patch_set_by_value(const struct scim_attr *attr)
{
    const struct scim_attr *value = scim_attr_sub(attr, "value", 5);
    return value != NULL && value->mutability == SCIM_IMMUTABLE;
}

/* What makes a value the same as another; all it says, when it has no `value`
 * (addresses). New text. */
static char *key_of(const struct scim_attr *attr, const json_t *element)
{
    char *key = scim_value_key(attr, element);
    if (key != NULL)
        return key;
    return json_dumps(element, JSON_SORT_KEYS | JSON_COMPACT);
}

/* -1: it is not in the set. False: memory ran out. */
static bool find(const struct patch *p, const char *key, json_int_t *at)
{
    const json_t *place = json_object_get(p->set.places, key);
    *at = place == NULL ? -1 : json_integer_value(place);
    return key != NULL || patch_memory(p);
}

static bool note(struct patch *p, const char *key, size_t at)
{
    return json_object_set_new_nocheck(p->set.places, key,
                                       json_integer((json_int_t)at)) == 0;
}

/* The list of the attribute, made when it is not there. */
static json_t *open_list(struct patch *p, const struct scim_attr *attr)
{
    json_t *holder = patch_holder(p, attr, true);
    json_t *list = json_object_get(holder, attr->name);
    if (list != NULL || holder == NULL)
        return list;
    list = json_array();
    if (json_object_set_new(holder, attr->name, list) == 0)
        return list;
    (void)patch_memory(p);
    return NULL;
}

static bool set_open(struct patch *p, const struct scim_attr *attr)
{
    size_t i = 0;
    const json_t *element = NULL;
    if (p->set.attr == attr)
        return true;
    if (!patch_set_close(p))
        return false;
    json_t *list = open_list(p, attr);
    if (list == NULL)
        return false;
    p->set = (struct patch_set){attr, list, json_object()};
    bool ok = p->set.places != NULL;
    json_array_foreach (list, i, element) {
        char *key = ok ? key_of(attr, element) : NULL;
        ok = key != NULL && note(p, key, i);
        free(key);
    }
    return ok || patch_memory(p);
}

bool patch_set_close(struct patch *p)
{
    if (p->set.attr == NULL)
        return true;
    json_t *holder = patch_holder(p, p->set.attr, false);
    const char *name = p->set.attr->name;
    json_t *kept = json_array();
    size_t i = 0;
    json_t *element = NULL;
    bool ok = kept != NULL;
    json_array_foreach (p->set.list, i, element) {
        if (ok && !json_is_null(element))
            ok = json_array_append(kept, element) == 0;
    }
    json_decref(p->set.places);
    p->set = (struct patch_set){0};
    if (ok && json_array_size(kept) == 0)
        (void)json_object_del(holder, name);
    else if (ok)
        ok = json_object_set(holder, name, kept) == 0;
    json_decref(kept);
    return ok || patch_memory(p);
}

/* ---- primary ------------------------------------------------------------- */

bool patch_only_primary(const struct patch *p, const json_t *list,
                        const json_t *element)
{
    size_t i = 0;
    json_t *other = NULL;
    json_array_foreach (list, i, other) {
        if (other != element &&
            json_is_true(json_object_get(other, "primary")) &&
            json_object_set_new(other, "primary", json_false()) != 0)
            return patch_memory(p);
    }
    return true;
}

/* At most one value that is sent may be primary: *which, or NULL. */
static bool one_primary(const struct patch *p, const struct scim_attr *attr,
                        const json_t *values, const json_t **which)
{
    size_t i = 0;
    const json_t *element = NULL;
    *which = NULL;
    json_array_foreach (values, i, element) {
        if (!json_is_true(json_object_get(element, "primary")))
            continue;
        if (*which != NULL) {
            scim_error_set(p->reader.err, SCIM_INVALID_VALUE,
                           "Several of the values for %s are primary; only "
                           "one can be.",
                           attr->path);
            return false;
        }
        *which = element;
    }
    return true;
}

/* ---- adding -------------------------------------------------------------- */

/* Lays a value over the same one; what can no longer change stays. */
static bool join(const struct patch *p, const struct scim_attr *attr,
                 json_t *old, const json_t *element)
{
    for (size_t i = 0; i < attr->sub_count; i++) {
        const struct scim_attr *sub = &attr->subs[i];
        json_t *value = json_object_get(element, sub->name);
        bool fixed = sub->mutability == SCIM_IMMUTABLE &&
                     json_object_get(old, sub->name) != NULL;
        if (value != NULL && !fixed &&
            json_object_set(old, sub->name, value) != 0)
            return patch_memory(p);
    }
    return true;
}

static bool append(struct patch *p, const char *key, json_t *element)
{
    size_t at = json_array_size(p->set.list);
    if (at >= SCIM_MAX_VALUES) {
        scim_error_set(p->reader.err, SCIM_INVALID_VALUE,
                       "%s cannot have more than %d values.", p->set.attr->path,
                       SCIM_MAX_VALUES);
        return false;
    }
    return (json_array_append(p->set.list, element) == 0 && note(p, key, at)) ||
           patch_memory(p);
}

/* *now is the value as it stands in the list afterwards, borrowed. */
static bool add_one(struct patch *p, json_t *element, const json_t **now)
{
    const struct scim_attr *attr = p->set.attr;
    json_int_t at = -1;
    char *key = key_of(attr, element);
    bool ok = find(p, key, &at);
    if (ok && at < 0) {
        ok = append(p, key, element);
        *now = element;
    } else if (ok) {
        json_t *old = json_array_get(p->set.list, (size_t)at);
        ok = attr->kind != SCIM_COMPLEX || join(p, attr, old, element);
        *now = old;
    }
    free(key);
    return ok;
}

bool patch_set_add(struct patch *p, const struct scim_attr *attr,
                   const json_t *values)
{
    size_t i = 0;
    json_t *element = NULL;
    const json_t *sent = NULL, *now = NULL, *primary = NULL;
    if (!one_primary(p, attr, values, &sent) || !set_open(p, attr))
        return false;
    json_array_foreach (values, i, element) {
        if (!add_one(p, element, &now))
            return false;
        if (element == sent)
            primary = now;
    }
    return primary == NULL || patch_only_primary(p, p->set.list, primary);
}

/* ---- taking out, carrying over ------------------------------------------- */

bool patch_set_remove(struct patch *p, const struct scim_attr *attr,
                      const json_t *values)
{
    size_t i = 0;
    const json_t *element = NULL;
    if (!set_open(p, attr))
        return false;
    json_array_foreach (values, i, element) {
        json_int_t at = -1;
        char *key = key_of(attr, element);
        bool ok = find(p, key, &at);
        if (ok && at >= 0) {
            (void)json_object_del(p->set.places, key);
            ok = json_array_set_new(p->set.list, (size_t)at, json_null()) == 0;
        }
        free(key);
        if (!ok)
            return patch_memory(p);
    }
    return true;
}

static bool carry_one(const struct scim_attr *attr, json_t *element,
                      const json_t *old)
{
    for (size_t i = 0; i < attr->sub_count; i++) {
        const struct scim_attr *sub = &attr->subs[i];
        json_t *value = json_object_get(old, sub->name);
        bool theirs = sub->mutability == SCIM_READ_ONLY ||
                      sub->mutability == SCIM_IMMUTABLE;
        if (theirs && value != NULL &&
            json_object_get(element, sub->name) == NULL &&
            json_object_set(element, sub->name, value) != 0)
            return false;
    }
    return true;
}

bool patch_set_carry(struct patch *p, const struct scim_attr *attr,
                     const json_t *values)
{
    size_t i = 0;
    json_t *element = NULL;
    if (attr->kind != SCIM_COMPLEX)
        return true;
    if (!set_open(p, attr))
        return false;
    json_array_foreach (values, i, element) {
        json_int_t at = -1;
        char *key = key_of(attr, element);
        bool ok = find(p, key, &at);
        free(key);
        if (!ok)
            return false;
        if (at >= 0 &&
            !carry_one(attr, element, json_array_get(p->set.list, (size_t)at)))
            return patch_memory(p);
    }
    return true;
}
