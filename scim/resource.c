#include "scim/resource.h"

#include "scim/attr.h"
#include "scim/canonical.h"
#include "scim/tolerance.h"

#include <string.h>

/* ---- POST ---------------------------------------------------------------- */

static bool lists_urn(const json_t *schemas, const struct scim_schema *schema)
{
    size_t i;
    json_t *urn;
    json_array_foreach (schemas, i, urn) {
        if (json_is_string(urn) &&
            scim_urn_equal(schema, json_string_value(urn),
                           json_string_length(urn)))
            return true;
    }
    return false;
}

bool scim_body_schemas(const struct scim_type *type, const json_t *body,
                       struct scim_error *err)
{
    const json_t *schemas = scim_member(body, "schemas");
    size_t i;
    json_t *urn;
    if (!json_is_array(schemas)) {
        scim_error_set(err, SCIM_INVALID_SYNTAX,
                       "The body needs \"schemas\": [\"%s\"].",
                       type->core->urn);
        return false;
    }
    json_array_foreach (schemas, i, urn) {
        if (!json_is_string(urn)) {
            scim_error_set(err, SCIM_INVALID_SYNTAX,
                           "\"schemas\" must be an array of URNs; its element "
                           "%zu is not even a text.",
                           i + 1);
            return false;
        }
    }
    if (lists_urn(schemas, type->core))
        return true;
    scim_error_set(err, SCIM_INVALID_SYNTAX,
                   "\"schemas\" must list %s, the schema of a %s.",
                   type->core->urn, type->name);
    return false;
}

json_t *scim_create(const struct scim_type *type, const json_t *body,
                    const struct scim_tolerance *tolerance,
                    struct scim_error *err)
{
    const struct scim_reader r = {.source = SCIM_FROM_BODY,
                                  .tolerance = tolerance,
                                  .presets = true,
                                  .err = err};
    if (!scim_body_schemas(type, body, err))
        return NULL;
    json_t *out = scim_resource_read(&r, type, body);
    if (out != NULL && !scim_resource_check(type, out, err)) {
        json_decref(out);
        out = NULL;
    }
    return out;
}

json_t *scim_canonical(const struct scim_type *type, const json_t *resource)
{
    const struct scim_reader r = {.source = SCIM_FROM_HELPDESK};
    return scim_resource_read(&r, type, resource);
}

/* ---- leaving out ----------------------------------------------------------
 */

typedef bool attr_test(const struct scim_attr *attr);

static bool is_secret(const struct scim_attr *attr)
{
    return attr->mutability == SCIM_WRITE_ONLY ||
           attr->returned == SCIM_RETURNED_NEVER;
}

static bool is_read_only(const struct scim_attr *attr)
{
    return attr->mutability == SCIM_READ_ONLY && strcmp(attr->path, "id") != 0;
}

static void strip_object(const struct scim_attr *attrs, size_t count,
                         attr_test *out_with, json_t *object);

/* The value of a complex attribute; an element left empty goes too. */
static void strip_subs(const struct scim_attr *attr, attr_test *out_with,
                       json_t *value)
{
    if (!json_is_array(value)) {
        strip_object(attr->subs, attr->sub_count, out_with, value);
        return;
    }
    for (size_t i = json_array_size(value); i-- > 0;) {
        json_t *element = json_array_get(value, i);
        strip_object(attr->subs, attr->sub_count, out_with, element);
        if (json_object_size(element) == 0)
            (void)json_array_remove(value, i);
    }
}

static void strip_object(const struct scim_attr *attrs, size_t count,
                         attr_test *out_with, json_t *object)
{
    for (size_t i = 0; i < count; i++) {
        const struct scim_attr *a = &attrs[i];
        json_t *value = json_object_get(object, a->name);
        if (value == NULL)
            continue;
        if (!out_with(a)) {
            if (a->kind != SCIM_COMPLEX)
                continue;
            strip_subs(a, out_with, value);
            if (json_object_size(value) + json_array_size(value) > 0)
                continue;
        }
        (void)json_object_del(object, a->name);
    }
}

static void strip(const struct scim_type *type, attr_test *out_with,
                  json_t *resource)
{
    strip_object(type->common, type->common_count, out_with, resource);
    strip_object(type->core->attrs, type->core->attr_count, out_with, resource);
    for (size_t i = 0; i < type->extension_count; i++) {
        const struct scim_schema *ext = &type->extensions[i];
        strip_object(ext->attrs, ext->attr_count, out_with,
                     json_object_get(resource, ext->urn));
    }
    /* Without memory `schemas` keeps a URN too many, which the next reading
     * mends. */
    (void)scim_schemas_update(type, resource);
}

void scim_strip_secrets(const struct scim_type *type, json_t *resource)
{
    strip(type, is_secret, resource);
}

void scim_strip_read_only(const struct scim_type *type, json_t *resource)
{
    strip(type, is_read_only, resource);
}
