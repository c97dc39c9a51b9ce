#include "scim/canonical.h"

#include "scim/attr.h"
#include "scim/tolerance.h"

#include <string.h>

/* ---- reading ------------------------------------------------------------- */

/* `schemas` is made by the server, and `meta` stands at the end. */
static bool has_own_place(const struct scim_attr *attr)
{
    return strcmp(attr->name, "schemas") == 0 ||
           strcmp(attr->name, "meta") == 0;
}

/* The common attributes: those before the core (last false), or `meta`. */
static bool read_common(const struct scim_reader *r,
                        const struct scim_type *type, const json_t *in,
                        bool last, json_t *out, size_t *matched)
{
    for (size_t i = 0; i < type->common_count; i++) {
        const struct scim_attr *attr = &type->common[i];
        if (has_own_place(attr) != last)
            continue;
        json_t *ignored;
        bool ok = strcmp(attr->name, "schemas") == 0
                      ? scim_member_once(r, in, attr->name, attr->path,
                                         &ignored, matched)
                      : scim_object_read(r, attr, 1, in, out, matched);
        if (!ok)
            return false;
    }
    return true;
}

static bool refuse_extension(const struct scim_reader *r,
                             const struct scim_schema *ext)
{
    if (r->source == SCIM_FROM_HELPDESK)
        return true;
    scim_error_set(r->err, SCIM_INVALID_VALUE,
                   "%s must be an object with the extension's attributes.",
                   ext->urn);
    return false;
}

static bool read_extension(const struct scim_reader *r,
                           const struct scim_type *type,
                           const struct scim_schema *ext, const json_t *in,
                           json_t *out)
{
    if (json_is_null(in))
        return true;
    if (!json_is_object(in))
        return refuse_extension(r, ext);
    json_t *made = json_object();
    size_t matched = 0;
    if (made == NULL || json_object_set_new(out, ext->urn, made) != 0) {
        scim_error_memory(r->err);
        return false;
    }
    return scim_object_read(r, ext->attrs, ext->attr_count, in, made,
                            &matched) &&
           (matched == json_object_size(in) ||
            scim_unknown_check(r, type, ext, NULL, in));
}

/* The extensions, in the order of the type; URNs compare without case. */
static bool read_extensions(const struct scim_reader *r,
                            const struct scim_type *type, const json_t *in,
                            json_t *out, size_t *matched)
{
    for (size_t i = 0; i < type->extension_count; i++) {
        const struct scim_schema *ext = &type->extensions[i];
        json_t *object;
        if (!scim_member_once(r, in, ext->urn, ext->urn, &object, matched))
            return false;
        if (object != NULL && !read_extension(r, type, ext, object, out))
            return false;
    }
    return true;
}

json_t *scim_resource_read(const struct scim_reader *r,
                           const struct scim_type *type, const json_t *in)
{
    size_t matched = 0;
    json_t *out = json_pack("{s:[]}", "schemas");
    if (out == NULL) {
        scim_error_memory(r->err);
        return NULL;
    }
    bool ok = read_common(r, type, in, false, out, &matched) &&
              scim_object_read(r, type->core->attrs, type->core->attr_count, in,
                               out, &matched) &&
              read_extensions(r, type, in, out, &matched) &&
              read_common(r, type, in, true, out, &matched) &&
              (matched == json_object_size(in) ||
               scim_unknown_check(r, type, type->core, NULL, in));
    if (ok && !scim_schemas_update(type, out)) {
        scim_error_memory(r->err);
        ok = false;
    }
    if (ok)
        return out;
    json_decref(out);
    return NULL;
}

bool scim_schemas_update(const struct scim_type *type, json_t *resource)
{
    json_t *schemas = json_pack("[s]", type->core->urn);
    bool ok = schemas != NULL;
    for (size_t i = 0; ok && i < type->extension_count; i++) {
        const char *urn = type->extensions[i].urn;
        const json_t *object = json_object_get(resource, urn);
        if (object == NULL)
            continue;
        if (json_object_size(object) == 0)
            ok = json_object_del(resource, urn) == 0;
        else
            ok = json_array_append_new(schemas, json_string(urn)) == 0;
    }
    return json_object_set_new(resource, "schemas", schemas) == 0 && ok;
}

/* ---- checking ------------------------------------------------------------ */

static bool refuse_missing(const struct scim_attr *attr, const json_t *value,
                           struct scim_error *err)
{
    scim_error_set(err, SCIM_INVALID_VALUE,
                   json_is_string(value)
                       ? "%s is required and must not be empty."
                       : "%s is required; give it a value.",
                   attr->path);
    return false;
}

static bool check_object(const struct scim_attr *attrs, size_t count,
                         const json_t *object, struct scim_error *err);

/* The elements of a multi-valued complex attribute. */
static bool check_elements(const struct scim_attr *attr, const json_t *array,
                           struct scim_error *err)
{
    size_t i, primaries = 0;
    json_t *element;
    json_array_foreach (array, i, element) {
        if (!check_object(attr->subs, attr->sub_count, element, err))
            return false;
        primaries += json_is_true(json_object_get(element, "primary"));
    }
    if (primaries <= 1)
        return true;
    scim_error_set(err, SCIM_INVALID_VALUE,
                   "%zu values of %s are primary; at most one may be.",
                   primaries, attr->path);
    return false;
}

static bool check_value(const struct scim_attr *attr, const json_t *value,
                        struct scim_error *err)
{
    if (attr->mutability == SCIM_READ_ONLY)
        return true;
    if (attr->required && scim_value_blank(value))
        return refuse_missing(attr, value, err);
    if (value == NULL || attr->kind != SCIM_COMPLEX)
        return true;
    if (attr->multi)
        return check_elements(attr, value, err);
    return check_object(attr->subs, attr->sub_count, value, err);
}

static bool check_object(const struct scim_attr *attrs, size_t count,
                         const json_t *object, struct scim_error *err)
{
    for (size_t i = 0; i < count; i++)
        if (!check_value(&attrs[i], json_object_get(object, attrs[i].name),
                         err))
            return false;
    return true;
}

bool scim_resource_check(const struct scim_type *type, const json_t *resource,
                         struct scim_error *err)
{
    const struct scim_schema *core = type->core;
    if (!check_object(core->attrs, core->attr_count, resource, err))
        return false;
    for (size_t i = 0; i < type->extension_count; i++) {
        const struct scim_schema *ext = &type->extensions[i];
        const json_t *object = json_object_get(resource, ext->urn);
        if ((object != NULL || ext->required) &&
            !check_object(ext->attrs, ext->attr_count, object, err))
            return false;
    }
    return true;
}
