#include "scim/attr.h"

#include "base/fold.h"

#include <string.h>

/* clang-format off */
/* The common attributes, row by row as RFC 7643 sections 3 and 3.1 have them.
 * `schemas` may be named by a client, though only the server decides what
 * stands in it: hence readWrite. URNs compare without case. */
static const struct scim_attr common[4];
#define META_SUB(number, word, what, exact)                                \
    {.name = (word), .path = "meta." word, .kind = (what),                 \
     .case_exact = (exact), .mutability = SCIM_READ_ONLY,                  \
     .parent = &common[3], .index = (number)}
static const struct scim_attr meta_subs[] = {
    META_SUB(4, "resourceType", SCIM_STRING,    true),
    META_SUB(5, "created",      SCIM_DATETIME,  false),
    META_SUB(6, "lastModified", SCIM_DATETIME,  false),
    META_SUB(7, "location",     SCIM_REFERENCE, true),
    META_SUB(8, "version",      SCIM_STRING,    true),
};
static const struct scim_attr common[4] = {
    {.name = "schemas", .path = "schemas", .kind = SCIM_REFERENCE,
     .multi = true, .required = true, .mutability = SCIM_READ_WRITE,
     .returned = SCIM_RETURNED_ALWAYS, .index = 0},
    {.name = "id", .path = "id", .kind = SCIM_STRING, .case_exact = true,
     .mutability = SCIM_READ_ONLY, .returned = SCIM_RETURNED_ALWAYS,
     .uniqueness = SCIM_UNIQUE_SERVER, .index = 1},
    {.name = "externalId", .path = "externalId", .kind = SCIM_STRING,
     .case_exact = true, .index = 2},
    {.name = "meta", .path = "meta", .kind = SCIM_COMPLEX,
     .mutability = SCIM_READ_ONLY, .subs = meta_subs,
     .sub_count = sizeof meta_subs / sizeof meta_subs[0], .index = 3},
};
/* clang-format on */

const struct scim_attr *scim_attr_common(size_t *count)
{
    *count = sizeof common / sizeof common[0];
    return common;
}

const struct scim_attr *scim_attr_among(const struct scim_attr *attrs,
                                        size_t count, const char *name,
                                        size_t len)
{
    for (size_t i = 0; i < count; i++)
        if (fold_ascii_equal(attrs[i].name, strlen(attrs[i].name), name, len))
            return &attrs[i];
    return NULL;
}

const struct scim_attr *scim_attr_sub(const struct scim_attr *attr,
                                      const char *name, size_t len)
{
    return scim_attr_among(attr->subs, attr->sub_count, name, len);
}

bool scim_urn_equal(const struct scim_schema *schema, const char *text,
                    size_t len)
{
    return fold_ascii_equal(schema->urn, strlen(schema->urn), text, len);
}

const struct scim_schema *scim_type_schema(const struct scim_type *type,
                                           const char *urn, size_t len)
{
    if (scim_urn_equal(type->core, urn, len))
        return type->core;
    for (size_t i = 0; i < type->extension_count; i++)
        if (scim_urn_equal(&type->extensions[i], urn, len))
            return &type->extensions[i];
    return NULL;
}

/* The schema whose URN `text` begins with, as long a one as there is, followed
 * by ':' or by nothing: a URN has dots and colons of its own. */
static const struct scim_schema *urn_prefix(const struct scim_type *type,
                                            const char *text, size_t len)
{
    const struct scim_schema *best = NULL;
    for (size_t i = 0; i <= type->extension_count; i++) {
        const struct scim_schema *s =
            i == 0 ? type->core : &type->extensions[i - 1];
        size_t n = strlen(s->urn);
        if (n > len || (n < len && text[n] != ':') ||
            !scim_urn_equal(s, text, n))
            continue;
        if (best == NULL || n > strlen(best->urn))
            best = s;
    }
    return best;
}

/* `name` or `name.sub` among `attrs`. */
static const struct scim_attr *find_path(const struct scim_attr *attrs,
                                         size_t count, const char *text,
                                         size_t len)
{
    const char *dot = memchr(text, '.', len);
    size_t head = dot == NULL ? len : (size_t)(dot - text);
    const struct scim_attr *attr = scim_attr_among(attrs, count, text, head);
    if (attr == NULL || dot == NULL)
        return attr;
    return scim_attr_sub(attr, dot + 1, len - head - 1);
}

/* A path in one schema; the common attributes stand behind a core schema. */
static const struct scim_attr *find_in(const struct scim_type *type,
                                       const struct scim_schema *schema,
                                       const char *text, size_t len)
{
    const struct scim_attr *attr = NULL;
    if (schema == type->core)
        attr = find_path(type->common, type->common_count, text, len);
    if (attr == NULL)
        attr = find_path(schema->attrs, schema->attr_count, text, len);
    return attr;
}

bool scim_attr_find(const struct scim_type *type, const char *text, size_t len,
                    const struct scim_attr **attr,
                    const struct scim_schema **schema)
{
    *attr = NULL;
    *schema = NULL;
    const struct scim_schema *named = urn_prefix(type, text, len);
    if (named != NULL) {
        size_t n = strlen(named->urn);
        if (n < len) {
            *attr = find_in(type, named, text + n + 1, len - n - 1);
            if (*attr == NULL)
                return false;
        }
        *schema = named;
        return true;
    }
    *attr = find_in(type, type->core, text, len);
    for (size_t i = 0; *attr == NULL && i < type->extension_count; i++)
        *attr = find_in(type, &type->extensions[i], text, len);
    if (*attr != NULL)
        *schema = (*attr)->schema;
    return *attr != NULL;
}

json_t *scim_schema_object(const json_t *resource,
                           const struct scim_schema *schema)
{
    if (schema == NULL || schema->extends == NULL)
        return (json_t *)resource;
    return json_object_get(resource, schema->urn);
}

json_t *scim_value(const json_t *resource, const struct scim_attr *attr)
{
    if (attr->parent != NULL)
        return json_object_get(scim_value(resource, attr->parent), attr->name);
    return json_object_get(scim_schema_object(resource, attr->schema),
                           attr->name);
}
