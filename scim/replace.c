/*
 * scim/replace.c - PUT: what of the current resource stays
 *
 *   the attribute is       the body has it            the body lacks it
 *   readOnly               ignored                    stays
 *   immutable, unset       is set                     -
 *   immutable, set         must be the same, or 400   stays
 *   readWrite, writeOnly   replaces                   cleared
 *     ... with a preset    replaces                   stays
 *
 * The same holds for sub-attributes, where an element of a multi-valued
 * attribute is recognised by its `value`. A readOnly sub-attribute describes
 * the `value` beside it (the manager's displayName), so it goes when that one
 * changes.
 */
#include "scim/resource.h"

#include "scim/attr.h"
#include "scim/canonical.h"

#include <string.h>

/* True when any sub-attribute is more than the client's own. */
static bool has_bound_subs(const struct scim_attr *attr)
{
    for (size_t i = 0; i < attr->sub_count; i++)
        if (attr->subs[i].mutability == SCIM_READ_ONLY ||
            attr->subs[i].mutability == SCIM_IMMUTABLE)
            return true;
    return false;
}

/* References to the same resource: relative or absolute, of whatever version
 * (RFC 7643 sections 2.3.7, 2.4), they end in the same id. */
static bool same_reference(const char *a, const char *b)
{
    const char *end_a = strrchr(a, '/'), *end_b = strrchr(b, '/');
    return strcmp(end_a == NULL ? a : end_a + 1,
                  end_b == NULL ? b : end_b + 1) == 0;
}

static bool same(const struct scim_attr *attr, const json_t *a, const json_t *b)
{
    if (attr->kind == SCIM_REFERENCE && json_is_string(a) && json_is_string(b))
        return same_reference(json_string_value(a), json_string_value(b));
    return json_equal(a, b) != 0;
}

/* The value of an immutable attribute: borrowed; NULL and *err: 400. */
static const json_t *keep_immutable(const struct scim_attr *attr,
                                    const json_t *now, const json_t *want,
                                    struct scim_error *err)
{
    if (want == NULL || same(attr, now, want))
        return now;
    scim_error_set(
        err, SCIM_MUTABILITY,
        "%s is immutable: it has a value and keeps it. %s", attr->path,
        attr->parent == NULL ? "Send that value, or leave it out."
                             : "Remove the whole value and add it anew.");
    return NULL;
}

/* Puts a copy of `v` into `out`; NULL: there is nothing to put. */
static bool put(json_t *out, const char *name, const json_t *v,
                struct scim_error *err)
{
    if (v == NULL || json_object_set_new(out, name, json_deep_copy(v)) == 0)
        return true;
    scim_error_memory(err);
    return false;
}

/*
 * One complex value: `want` with what `now` holds and keeps; either may be
 * NULL. True and *out new, or NULL when nothing is left.
 */
static bool keep_subs(const struct scim_attr *attr, const json_t *now,
                      const json_t *want, json_t **out, struct scim_error *err)
{
    json_t *made = json_object();
    bool ok = made != NULL;
    if (!ok)
        scim_error_memory(err);
    for (size_t i = 0; ok && i < attr->sub_count; i++) {
        const struct scim_attr *sub = &attr->subs[i];
        const json_t *had = json_object_get(now, sub->name);
        const json_t *v = json_object_get(want, sub->name);
        if (sub->mutability == SCIM_READ_ONLY) {
            v = had;
        } else if (sub->mutability == SCIM_IMMUTABLE && had != NULL) {
            v = keep_immutable(sub, had, v, err);
            ok = v != NULL;
        }
        ok = ok && put(made, sub->name, v, err);
    }
    if (ok && json_object_size(made) > 0) {
        *out = made;
        return true;
    }
    json_decref(made);
    return ok;
}

/* Whether the readOnly members of `now` say something of `want`. */
static bool describes(const struct scim_attr *attr, const json_t *now,
                      const json_t *want)
{
    const struct scim_attr *value = scim_attr_sub(attr, "value", 5);
    if (value == NULL || value->mutability == SCIM_READ_ONLY)
        return now != NULL;
    const json_t *a = json_object_get(now, "value");
    const json_t *b = json_object_get(want, "value");
    return a == NULL ? b == NULL : json_equal(a, b) != 0;
}

static bool keep_single(const struct scim_attr *attr, const json_t *now,
                        const json_t *want, json_t **out,
                        struct scim_error *err)
{
    const json_t *base = describes(attr, now, want) ? now : NULL;
    return keep_subs(attr, base, want, out, err);
}

/* The elements of `now` by their `value`: a new object, which borrows nothing;
 * NULL: memory ran out. */
static json_t *by_value(const json_t *now)
{
    json_t *places = json_object();
    size_t i;
    json_t *element;
    json_array_foreach (now, i, element) {
        const char *value =
            json_string_value(json_object_get(element, "value"));
        if (value != NULL && json_object_set(places, value, element) != 0) {
            json_decref(places);
            return NULL;
        }
    }
    return places;
}

static bool keep_elements(const struct scim_attr *attr, const json_t *now,
                          const json_t *want, json_t **out,
                          struct scim_error *err)
{
    json_t *made = json_array(), *places = by_value(now);
    bool ok = made != NULL && places != NULL;
    if (!ok)
        scim_error_memory(err);
    for (size_t i = 0; ok && i < json_array_size(want); i++) {
        const json_t *element = json_array_get(want, i);
        const char *value =
            json_string_value(json_object_get(element, "value"));
        const json_t *had =
            value == NULL ? NULL : json_object_get(places, value);
        json_t *kept = NULL;
        ok = keep_subs(attr, had, element, &kept, err);
        if (ok && kept != NULL && json_array_append_new(made, kept) != 0) {
            scim_error_memory(err);
            ok = false;
        }
    }
    json_decref(places);
    if (ok && json_array_size(made) > 0) {
        *out = made;
        return true;
    }
    json_decref(made);
    return ok;
}

/* What the attribute is after the PUT: true and *out new, or NULL. */
static bool settle(const struct scim_attr *attr, const json_t *now,
                   json_t *want, json_t **out, struct scim_error *err)
{
    const json_t *v = want;
    if (attr->mutability == SCIM_READ_ONLY) {
        v = now;
    } else if (attr->mutability == SCIM_IMMUTABLE && now != NULL) {
        v = keep_immutable(attr, now, want, err);
        if (v == NULL)
            return false;
    } else if (want == NULL && attr->preset != NULL) {
        v = now != NULL ? now : attr->preset;
    } else if (has_bound_subs(attr)) {
        return attr->multi ? keep_elements(attr, now, want, out, err)
                           : keep_single(attr, now, want, out, err);
    }
    if (v == NULL)
        return true;
    *out = v == want ? json_incref(want) : json_deep_copy(v);
    if (*out == NULL)
        scim_error_memory(err);
    return *out != NULL;
}

/* Each attribute is taken out of `want` and put back, so that all of them end
 * up in the order of the schema. */
static bool settle_all(const struct scim_attr *attrs, size_t count,
                       const json_t *now, json_t *want, struct scim_error *err)
{
    for (size_t i = 0; i < count; i++) {
        const char *name = attrs[i].name;
        json_t *made = NULL;
        if (!settle(&attrs[i], json_object_get(now, name),
                    json_object_get(want, name), &made, err))
            return false;
        (void)json_object_del(want, name);
        if (made != NULL && json_object_set_new(want, name, made) != 0) {
            scim_error_memory(err);
            return false;
        }
    }
    return true;
}

static bool settle_extension(const struct scim_schema *ext, const json_t *now,
                             json_t *want, struct scim_error *err)
{
    json_t *object = json_object_get(want, ext->urn);
    object = object != NULL ? json_incref(object) : json_object();
    (void)json_object_del(want, ext->urn);
    if (object == NULL || json_object_set_new(want, ext->urn, object) != 0) {
        scim_error_memory(err);
        return false;
    }
    return settle_all(ext->attrs, ext->attr_count,
                      json_object_get(now, ext->urn), object, err);
}

static bool settle_resource(const struct scim_type *type, const json_t *now,
                            json_t *want, struct scim_error *err)
{
    const struct scim_attr *meta =
        scim_attr_among(type->common, type->common_count, "meta", 4);
    size_t before = (size_t)(meta - type->common);
    if (!settle_all(type->common, before, now, want, err) ||
        !settle_all(type->core->attrs, type->core->attr_count, now, want, err))
        return false;
    for (size_t i = 0; i < type->extension_count; i++)
        if (!settle_extension(&type->extensions[i], now, want, err))
            return false;
    if (!settle_all(meta, type->common_count - before, now, want, err))
        return false;
    if (scim_schemas_update(type, want))
        return true;
    scim_error_memory(err);
    return false;
}

json_t *scim_replace(const struct scim_type *type, const json_t *current,
                     const json_t *body, const struct scim_tolerance *tolerance,
                     struct scim_error *err)
{
    const struct scim_reader r = {
        .source = SCIM_FROM_BODY, .tolerance = tolerance, .err = err};
    if (!scim_body_schemas(type, body, err))
        return NULL;
    json_t *want = scim_resource_read(&r, type, body);
    if (want != NULL && settle_resource(type, current, want, err) &&
        scim_resource_check(type, want, err))
        return want;
    json_decref(want);
    return NULL;
}
