#include "scim/discovery.h"

#include "base/fold.h"

#include <string.h>

#define CORE_URN "urn:ietf:params:scim:schemas:core:2.0:"
#define LIST_URN "urn:ietf:params:scim:api:messages:2.0:ListResponse"

/* `meta` with an absolute location (RFC 7643 section 3.1): a new object. */
static json_t *make_meta(const char *kind, const char *base,
                         const char *endpoint, const char *id)
{
    return json_pack("{s:s, s:s+++}", "resourceType", kind, "location", base,
                     endpoint, id == NULL ? "" : "/", id == NULL ? "" : id);
}

/* ---- ServiceProviderConfig (RFC 7643 section 5, RFC 9865 section 4) --------
 */

static json_t *supported(bool yes)
{
    return json_pack("{s:b}", "supported", yes);
}

static json_t *make_bulk(const struct scim_service *s)
{
    return json_pack("{s:b, s:i, s:i}", "supported", s->bulk, "maxOperations",
                     s->bulk_operations, "maxPayloadSize", s->bulk_payload);
}

static json_t *make_filter(const struct scim_service *s)
{
    return json_pack("{s:b, s:i}", "supported", s->filter, "maxResults",
                     s->max_results);
}

static json_t *make_pagination(const struct scim_service *s)
{
    json_t *p =
        json_pack("{s:b, s:b, s:s, s:i, s:i}", "cursor", s->cursor, "index",
                  true, "defaultPaginationMethod", "index", "defaultPageSize",
                  s->default_results, "maxPageSize", s->max_results);
    if (p != NULL && s->cursor &&
        json_object_set_new(p, "cursorTimeout",
                            json_integer(s->cursor_timeout)) != 0) {
        json_decref(p);
        return NULL;
    }
    return p;
}

static json_t *make_schemes(void)
{
    return json_pack(
        "[{s:s, s:s, s:s, s:s, s:b}]", "type", "oauthbearertoken", "name",
        "Bearer token", "description",
        "A token of the bridge in the Authorization header (RFC 6750).",
        "specUri", "https://www.rfc-editor.org/info/rfc6750", "primary", true);
}

json_t *scim_service_config(const struct scim_service *s, const char *base)
{
    json_t *out =
        json_pack("{s:[s]}", "schemas", CORE_URN "ServiceProviderConfig");
    int failed = out == NULL;
    if (s->documentation != NULL)
        failed |= json_object_set_new(out, "documentationUri",
                                      json_string(s->documentation));
    const struct {
        const char *name;
        json_t *value;
    } members[] = {
        {"patch", supported(s->patch)},
        {"bulk", make_bulk(s)},
        {"filter", make_filter(s)},
        {"changePassword", supported(s->change_password)},
        {"sort", supported(s->sort)},
        {"etag", supported(s->etag)},
        {"pagination", make_pagination(s)},
        {"authenticationSchemes", make_schemes()},
        {"meta", make_meta("ServiceProviderConfig", base,
                           "/ServiceProviderConfig", NULL)},
    };
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        failed |= json_object_set_new(out, members[i].name, members[i].value);
    if (!failed)
        return out;
    json_decref(out);
    return NULL;
}

/* ---- ResourceTypes (RFC 7643 section 6) ------------------------------------
 */

static json_t *make_extensions(const struct scim_type *type)
{
    json_t *list = json_array();
    for (size_t i = 0; i < type->extension_count; i++) {
        const struct scim_schema *ext = &type->extensions[i];
        if (json_array_append_new(list,
                                  json_pack("{s:s, s:b}", "schema", ext->urn,
                                            "required", ext->required)) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static json_t *make_type(const struct scim_type *type, const char *base)
{
    json_t *out = json_pack(
        "{s:[s], s:s, s:s, s:s, s:s, s:s}", "schemas", CORE_URN "ResourceType",
        "id", type->name, "name", type->name, "description", type->description,
        "endpoint", type->endpoint, "schema", type->core->urn);
    int failed = out == NULL;
    if (type->extension_count > 0)
        failed |=
            json_object_set_new(out, "schemaExtensions", make_extensions(type));
    failed |= json_object_set_new(
        out, "meta",
        make_meta("ResourceType", base, "/ResourceTypes", type->name));
    if (!failed)
        return out;
    json_decref(out);
    return NULL;
}

json_t *scim_resource_types(const struct scim_model *m, const char *base)
{
    size_t count;
    const struct scim_type *types = scim_model_types(m, &count);
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        if (json_array_append_new(list, make_type(&types[i], base)) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return scim_list(list, (int64_t)count, 1);
}

json_t *scim_resource_type(const struct scim_model *m, const char *name,
                           const char *base)
{
    size_t count;
    const struct scim_type *types = scim_model_types(m, &count);
    for (size_t i = 0; i < count; i++)
        if (fold_ascii_equal(types[i].name, strlen(types[i].name), name,
                             strlen(name)))
            return make_type(&types[i], base);
    return NULL;
}

/* ---- Schemas (RFC 7643 section 7) -------------------------------------------
 */

static const char *id_of(const json_t *document)
{
    return json_string_value(json_object_get(document, "id"));
}

/* The document with its `meta`: new, its attributes shared. */
static json_t *make_schema(json_t *document, const char *base)
{
    json_t *out = json_object();
    if (json_object_update(out, document) == 0 &&
        json_object_set_new(
            out, "meta",
            make_meta("Schema", base, "/Schemas", id_of(document))) == 0)
        return out;
    json_decref(out);
    return NULL;
}

json_t *scim_schemas(const struct scim_model *m, const char *base)
{
    json_t *documents = scim_model_documents(m), *list = json_array();
    size_t i;
    json_t *d;
    json_array_foreach (documents, i, d) {
        if (json_array_append_new(list, make_schema(d, base)) != 0) {
            json_decref(list);
            list = NULL;
        }
    }
    if (documents == NULL) {
        json_decref(list);
        list = NULL;
    }
    json_decref(documents);
    return scim_list(list, (int64_t)json_array_size(list), 1);
}

json_t *scim_schema_document(const struct scim_model *m, const char *urn,
                             const char *base)
{
    json_t *documents = scim_model_documents(m), *out = NULL;
    size_t i;
    json_t *d;
    json_array_foreach (documents, i, d) {
        const char *id = id_of(d);
        if (fold_ascii_equal(id, strlen(id), urn, strlen(urn)))
            out = make_schema(d, base);
    }
    json_decref(documents);
    return out;
}

/* ---- lists (RFC 7644 section 3.4.2)
 * ------------------------------------------ */

json_t *scim_list(json_t *resources, int64_t total, int64_t start_index)
{
    if (resources == NULL)
        return NULL;
    json_t *out = json_pack("{s:[s], s:I}", "schemas", LIST_URN, "totalResults",
                            (json_int_t)total);
    int failed = out == NULL;
    if (start_index > 0)
        failed |= json_object_set_new(out, "startIndex",
                                      json_integer((json_int_t)start_index));
    failed |= json_object_set_new(
        out, "itemsPerPage",
        json_integer((json_int_t)json_array_size(resources)));
    failed |= json_object_set_new(out, "Resources", resources);
    if (!failed)
        return out;
    json_decref(out);
    return NULL;
}
