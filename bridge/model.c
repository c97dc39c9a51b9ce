#include "bridge/model.h"

#include "bridge/row.h"
#include "bridge/target.h"
#include "base/fold.h"

#include <string.h>

static json_t *document_of(const json_t *all, const char *urn)
{
    size_t i;
    json_t *document;
    json_array_foreach (all, i, document) {
        const char *id = json_string_value(json_object_get(document, "id"));
        if (id != NULL && strcmp(id, urn) == 0)
            return document;
    }
    return NULL;
}

static json_t *attribute_of(json_t *list, const char *name)
{
    size_t i;
    json_t *attribute;
    json_array_foreach (list, i, attribute) {
        const char *is = json_string_value(json_object_get(attribute, "name"));
        if (is != NULL && strcmp(is, name) == 0)
            return attribute;
    }
    return NULL;
}

/* The attribute of a schema that a map row's path begins with; with
 * `value_of` its sub-attribute `value` when it is complex. */
static json_t *mapped_attribute(json_t *document, const char *path)
{
    char name[64];
    size_t len = strcspn(path, ".[");
    if (len >= sizeof name)
        return NULL;
    memcpy(name, path, len);
    name[len] = '\0';
    json_t *attribute =
        attribute_of(json_object_get(document, "attributes"), name);
    json_t *subs = json_object_get(attribute, "subAttributes");
    return subs == NULL ? attribute : attribute_of(subs, "value");
}

/* A sub-attribute of `desk`, as one row of the map describes it. */
static json_t *desk_attribute(const json_t *row, const char *name)
{
    const char *type = json_string_value(json_object_get(row, "type"));
    const char *mutability =
        json_string_value(json_object_get(row, "mutability"));
    bool list = json_is_true(json_object_get(row, "multiValued"));
    json_t *attribute = json_pack(
        "{s:s, s:s, s:b, s:s, s:b, s:s, s:s}", "name", name, "type",
        type == NULL ? "string" : type, "multiValued", list, "description",
        "A field of this helpdesk.", "required", 0, "mutability",
        mutability == NULL ? "readWrite" : mutability, "returned", "default");
    if (attribute != NULL && (type == NULL || strcmp(type, "string") == 0)) {
        (void)json_object_set_new(attribute, "caseExact", json_false());
        (void)json_object_set_new(attribute, "uniqueness", json_string("none"));
    }
    return attribute;
}

/* Adds a desk attribute to the extension, making `desk` at the first. It can
 * be written when one of its members can. */
static bool add_desk(json_t *extension, const json_t *row, const char *name)
{
    json_t *attributes = json_object_get(extension, "attributes");
    json_t *desk = attribute_of(attributes, "desk");
    if (desk == NULL) {
        desk = json_pack("{s:s, s:s, s:b, s:s, s:b, s:s, s:s, s:[]}", "name",
                         "desk", "type", "complex", "multiValued", 0,
                         "description",
                         "What this helpdesk knows besides the attributes of "
                         "SCIM.",
                         "required", 0, "mutability", "readOnly", "returned",
                         "default", "subAttributes");
        if (desk == NULL || json_array_append_new(attributes, desk) != 0)
            return false;
    }
    json_t *inner = desk_attribute(row, name);
    const char *mutability =
        json_string_value(json_object_get(inner, "mutability"));
    bool written = mutability != NULL && strcmp(mutability, "readOnly") != 0;
    bool ok = !written || json_object_set_new(desk, "mutability",
                                              json_string("readWrite")) == 0;
    return json_array_append_new(json_object_get(desk, "subAttributes"),
                                 inner) == 0 &&
           ok;
}

/* What one row of the profile's map adds to the schemas. */
static bool apply_row(json_t *all, const json_t *row)
{
    static const char desk[] = "$ext.desk.";
    const char *path = json_string_value(json_object_get(row, "scim"));
    const char *resource = json_string_value(json_object_get(row, "resource"));
    bool user = resource == NULL || strcmp(resource, "User") == 0;
    if (path == NULL)
        return true;
    if (strncmp(path, desk, sizeof desk - 1) == 0)
        return add_desk(document_of(all, user ? ROW_URN_USER : ROW_URN_GROUP),
                        row, path + sizeof desk - 1);
    json_t *values = json_object_get(row, "values");
    json_t *attribute = mapped_attribute(
        document_of(all, user ? SCIM_URN_USER : SCIM_URN_GROUP), path);
    if (!json_is_array(values) || attribute == NULL)
        return true;
    return json_object_set(attribute, "canonicalValues", values) == 0;
}

/* A role that a client can be given leave for. */
static bool can_be_given(const json_t *role, const struct bridge_pair *grants)
{
    const char *name = json_string_value(json_object_get(role, "scim"));
    if (json_is_false(json_object_get(role, "assign")) || name == NULL)
        return false;
    if (!json_is_true(json_object_get(role, "elevated")))
        return true;
    for (; grants != NULL && grants->name != NULL; grants++)
        if (fold_equal(grants->name, name))
            return true;
    return false;
}

/* The helpdesk's roles are the values of `roles`. */
static bool apply_roles(json_t *all, const json_t *roles,
                        const struct bridge_pair *grants)
{
    json_t *values = json_array();
    size_t i;
    json_t *role;
    json_array_foreach (roles, i, role) {
        if (can_be_given(role, grants) &&
            json_array_append(values, json_object_get(role, "scim")) != 0) {
            json_decref(values);
            return false;
        }
    }
    if (json_array_size(values) == 0) {
        json_decref(values);
        return true;
    }
    json_t *attribute =
        mapped_attribute(document_of(all, SCIM_URN_USER), "roles.value");
    return json_object_set_new(attribute, "canonicalValues", values) == 0;
}

static bool is_mapped(const struct provider *up, const char *name)
{
    size_t i, len = strlen(name);
    json_t *row;
    json_array_foreach (up_map(up), i, row) {
        const char *path = json_string_value(json_object_get(row, "scim"));
        if (path != NULL && strncmp(path, name, len) == 0 &&
            (path[len] == '\0' || path[len] == '.' || path[len] == '['))
            return true;
    }
    return false;
}

/* A role or an entitlement that no helpdesk ever hears of would be a lie, so
 * these two are published only where the helpdesk has them. */
static void withdraw(json_t *all, const char *name)
{
    json_t *list =
        json_object_get(document_of(all, SCIM_URN_USER), "attributes");
    json_t *attribute = attribute_of(list, name);
    for (size_t i = 0; i < json_array_size(list); i++)
        if (json_array_get(list, i) == attribute)
            (void)json_array_remove(list, i--);
}

static bool apply_profile(json_t *all, const struct provider *up,
                          const struct bridge_policy *policy)
{
    size_t i;
    json_t *row;
    json_array_foreach (up_map(up), i, row) {
        if (!apply_row(all, row))
            return false;
    }
    if (!apply_roles(all, up_roles(up), policy->roles))
        return false;
    if (json_array_size(up_roles(up)) == 0)
        withdraw(all, "roles");
    if (!is_mapped(up, "entitlements"))
        withdraw(all, "entitlements");
    json_t *name =
        mapped_attribute(document_of(all, SCIM_URN_GROUP), "displayName");
    return json_object_set_new(
               name, "uniqueness",
               json_string(policy->group_names_unique ? "server" : "none")) ==
           0;
}

struct scim_model *model_new(const struct provider *up,
                             const struct bridge_policy *policy,
                             struct error *err)
{
    struct scim_error why = {0};
    struct scim_model *model = NULL;
    json_t *all = scim_schema_shipped();
    bool ok = all != NULL && apply_profile(all, up, policy);
    if (ok)
        model = scim_model_new(all, &why);
    if (model == NULL)
        error_set(err, "The SCIM schemas cannot be made: %s",
                  ok ? why.detail : "memory ran out.");
    json_decref(all);
    return model;
}
