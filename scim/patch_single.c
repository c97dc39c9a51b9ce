#include "scim/patch_internal.h"

#include "scim/attr.h"
#include "scim/tolerance.h"

#include <string.h>

bool patch_memory(const struct patch *p)
{
    scim_error_memory(p->reader.err);
    return false;
}

bool patch_immovable(const struct patch *p, const struct scim_attr *attr,
                     const char *why)
{
    scim_error_set(p->reader.err, SCIM_MUTABILITY, "%s %s.", attr->path, why);
    return false;
}

json_t *patch_holder(struct patch *p, const struct scim_attr *attr, bool create)
{
    json_t *object = scim_schema_object(p->resource, attr->schema);
    if (object != NULL || !create)
        return object;
    object = json_object();
    if (json_object_set_new(p->resource, attr->schema->urn, object) == 0)
        return object;
    (void)patch_memory(p);
    return NULL;
}

bool patch_erase(struct patch *p, json_t *object, const struct scim_attr *attr)
{
    if (attr->required)
        return patch_immovable(p, attr,
                               "is required and cannot be removed; "
                               "replace it by another value");
    if (attr->preset != NULL)
        return patch_immovable(p, attr,
                               "always has a value and cannot be "
                               "removed; replace it by another value");
    if (attr->mutability == SCIM_IMMUTABLE &&
        json_object_get(object, attr->name) != NULL)
        return patch_immovable(p, attr,
                               "cannot be removed once it has a "
                               "value");
    (void)json_object_del(object, attr->name);
    return true;
}

/* When `value` of something that refers to another resource changes, what was
 * said of the other one ($ref, a name that the server told) is no longer true.
 * To be called before `value` becomes `next`. */
static void forget_about(json_t *object, const struct scim_attr *parent,
                         const json_t *next)
{
    const json_t *value = json_object_get(object, "value");
    if (next == NULL || value == NULL || json_equal(value, next))
        return;
    for (size_t i = 0; i < parent->sub_count; i++) {
        const struct scim_attr *sub = &parent->subs[i];
        if (sub->mutability == SCIM_READ_ONLY || strcmp(sub->name, "$ref") == 0)
            (void)json_object_del(object, sub->name);
    }
}

/* Puts a canonical value in place. */
static bool store(struct patch *p, json_t *object, const struct scim_attr *attr,
                  json_t *value)
{
    const json_t *old = json_object_get(object, attr->name);
    if (old != NULL && json_equal(old, value))
        return true;
    if (old != NULL && attr->mutability == SCIM_IMMUTABLE)
        return patch_immovable(p, attr,
                               "cannot be changed once it has a value; remove "
                               "it and add another");
    return json_object_set(object, attr->name, value) == 0 || patch_memory(p);
}

bool patch_write(struct patch *p, json_t *object, const struct scim_attr *attr,
                 const json_t *value)
{
    json_t *made = NULL;
    if (!scim_value_read(&p->reader, attr, value, &made))
        return false;
    if (attr->parent != NULL && strcmp(attr->name, "value") == 0)
        forget_about(object, attr->parent, made);
    bool ok = made == NULL ? patch_erase(p, object, attr)
                           : store(p, object, attr, made);
    json_decref(made);
    return ok;
}

/* `said` is what the client sent, `made` what was read of it. */
static bool lay_over(struct patch *p, json_t *object,
                     const struct scim_attr *attr, const json_t *said,
                     const json_t *made)
{
    bool ok = true;
    forget_about(object, attr, json_object_get(made, "value"));
    for (size_t i = 0; ok && i < attr->sub_count; i++) {
        const struct scim_attr *sub = &attr->subs[i];
        json_t *value = json_object_get(made, sub->name);
        if (value != NULL)
            ok = store(p, object, sub, value);
        else if (sub->mutability != SCIM_READ_ONLY &&
                 json_is_null(scim_member(said, sub->name)))
            ok = patch_erase(p, object, sub);
    }
    return ok;
}

bool patch_merge(struct patch *p, json_t *object, const struct scim_attr *attr,
                 const json_t *value)
{
    json_t *meant = NULL, *made = NULL;
    if (!scim_tolerate(attr, value, &meant))
        return patch_memory(p);
    const json_t *said = meant != NULL ? meant : value;
    bool ok = scim_value_read_element(&p->reader, attr, said, &made) &&
              lay_over(p, object, attr, said, made);
    json_decref(meant);
    json_decref(made);
    return ok;
}

/* True when the value means that there shall be none: null, or the text "" for
 * a reference (see scim/tolerance.h). */
static bool means_none(struct patch *p, const struct scim_attr *attr,
                       const json_t *value, bool *none)
{
    json_t *meant = NULL;
    if (!scim_tolerate(attr, value, &meant))
        return patch_memory(p);
    *none = json_is_null(meant != NULL ? meant : value);
    json_decref(meant);
    return true;
}

/* The object of a complex attribute, made when it is not there. */
static json_t *open_object(struct patch *p, json_t *holder,
                           const struct scim_attr *attr)
{
    json_t *object = json_object_get(holder, attr->name);
    if (object != NULL)
        return object;
    object = json_object();
    if (json_object_set_new(holder, attr->name, object) == 0)
        return object;
    (void)patch_memory(p);
    return NULL;
}

static bool single_complex(struct patch *p, json_t *holder,
                           const struct scim_path *path, const json_t *value)
{
    const struct scim_attr *attr = path->attr;
    bool none = false;
    if (path->sub == NULL && !means_none(p, attr, value, &none))
        return false;
    if (none)
        return patch_erase(p, holder, attr);
    json_t *object = open_object(p, holder, attr);
    if (object == NULL)
        return false;
    bool ok = path->sub != NULL ? patch_write(p, object, path->sub, value)
                                : patch_merge(p, object, attr, value);
    if (ok && json_object_size(object) == 0)
        (void)json_object_del(holder, attr->name);
    return ok;
}

static bool single_remove(struct patch *p, const struct scim_path *path)
{
    json_t *holder = patch_holder(p, path->attr, false);
    if (path->sub == NULL)
        return patch_erase(p, holder, path->attr);
    json_t *object = json_object_get(holder, path->attr->name);
    if (!patch_erase(p, object, path->sub))
        return false;
    if (object != NULL && json_object_size(object) == 0)
        (void)json_object_del(holder, path->attr->name);
    return true;
}

bool patch_single(struct patch *p, enum patch_op op,
                  const struct scim_path *path, const json_t *value)
{
    if (op == PATCH_REMOVE)
        return single_remove(p, path);
    json_t *holder = patch_holder(p, path->attr, true);
    if (holder == NULL)
        return false;
    if (path->attr->kind == SCIM_COMPLEX)
        return single_complex(p, holder, path, value);
    return patch_write(p, holder, path->attr, value);
}
