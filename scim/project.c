#include "scim/project.h"

#include "scim/attr.h"
#include "scim/canonical.h"

#include <stdlib.h>
#include <string.h>

/* What a request said of an attribute, by its number in the type. */
enum {
    NAMED = 1,     /* itself, or its whole schema */
    SUB_NAMED = 2, /* one of its sub-attributes */
};
struct scim_projection {
    bool exclude;
    unsigned char marks[]; /* type->attr_total of them */
};

/* ---- reading the parameters -----------------------------------------------
 */

static void mark_attr(struct scim_projection *p, const struct scim_attr *attr)
{
    p->marks[attr->index] |= NAMED;
    if (attr->parent != NULL)
        p->marks[attr->parent->index] |= SUB_NAMED;
}

/* One notation; a name that nobody knows changes nothing. */
static void mark_name(struct scim_projection *p, const struct scim_type *type,
                      const char *name, size_t len)
{
    const struct scim_attr *attr;
    const struct scim_schema *schema;
    if (!scim_attr_find(type, name, len, &attr, &schema))
        return;
    if (attr != NULL) {
        mark_attr(p, attr);
        return;
    }
    for (size_t i = 0; i < schema->attr_count; i++)
        mark_attr(p, &schema->attrs[i]);
}

/* A notation without its brackets: `emails[type eq "work"].value` means
 * emails.value (a client of Microsoft's tests asks so). The text between them
 * may hold commas. Returns what is behind the notation's comma. */
static const char *next_name(const char *at, char *out, size_t size,
                             size_t *len)
{
    bool in_brackets = false, in_text = false;
    for (*len = 0; *at != '\0' && (*at != ',' || in_brackets); at++) {
        if (in_brackets && *at == '"')
            in_text = !in_text;
        else if (in_text && *at == '\\' && at[1] != '\0')
            at++;
        else if (*at == '[')
            in_brackets = true;
        else if (*at == ']' && !in_text)
            in_brackets = false;
        else if (!in_brackets && *at != ' ' && *len < size)
            out[(*len)++] = *at;
    }
    return *at == ',' ? at + 1 : at;
}

static bool is_given(const char *parameter)
{
    return parameter != NULL && parameter[strspn(parameter, " ,")] != '\0';
}

bool scim_projection_parse(const struct scim_type *type, const char *attributes,
                           const char *excluded, struct scim_projection **out,
                           struct scim_error *err)
{
    *out = NULL;
    if (is_given(attributes) && is_given(excluded)) {
        scim_error_set(err, SCIM_INVALID_VALUE,
                       "attributes and excludedAttributes cannot be combined; "
                       "send one of them.");
        return false;
    }
    if (!is_given(attributes) && !is_given(excluded))
        return true;
    struct scim_projection *p = calloc(1, sizeof *p + type->attr_total);
    if (p == NULL) {
        scim_error_memory(err);
        return false;
    }
    p->exclude = is_given(excluded);
    const char *at = p->exclude ? excluded : attributes;
    while (*at != '\0') {
        char name[512]; /* longer than any attribute's notation */
        size_t len;
        at = next_name(at, name, sizeof name, &len);
        if (len < sizeof name)
            mark_name(p, type, name, len);
    }
    *out = p;
    return true;
}

void scim_projection_free(struct scim_projection *p)
{
    free(p);
}

/* ---- deciding --------------------------------------------------------------
 */

/* RFC 7643 section 7 (returned), RFC 7644 section 3.9. `whole`: the attribute's
 * parent is asked for as a whole (or is shown by default). */
static bool is_shown(const struct scim_projection *p,
                     const struct scim_attr *attr, bool whole)
{
    unsigned marks = p == NULL ? 0 : p->marks[attr->index];
    switch (attr->returned) {
    case SCIM_RETURNED_ALWAYS:
        return true;
    case SCIM_RETURNED_NEVER:
        return false;
    case SCIM_RETURNED_REQUEST:
        return p != NULL && !p->exclude && marks != 0;
    case SCIM_RETURNED_DEFAULT:
        break;
    }
    if (p == NULL || p->exclude)
        return (marks & NAMED) == 0;
    return marks != 0 || whole;
}

/* Whether sub-attributes of a shown attribute are shown unless excluded. */
static bool is_whole(const struct scim_projection *p,
                     const struct scim_attr *attr)
{
    return p == NULL || p->exclude || (p->marks[attr->index] & NAMED) != 0 ||
           p->marks[attr->index] == 0;
}

bool scim_projection_wants(const struct scim_projection *p,
                           const struct scim_attr *attr)
{
    if (attr->parent == NULL)
        return is_shown(p, attr, false);
    return is_shown(p, attr->parent, false) &&
           is_shown(p, attr, is_whole(p, attr->parent));
}

/* True when none of the attributes but `id` and `schemas` can appear. */
static bool none_shown(const struct scim_projection *p,
                       const struct scim_attr *attrs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(attrs[i].name, "id") != 0 &&
            strcmp(attrs[i].name, "schemas") != 0 &&
            is_shown(p, &attrs[i], false))
            return false;
    return true;
}

bool scim_projection_is_id(const struct scim_type *type,
                           const struct scim_projection *p)
{
    if (p == NULL || p->exclude ||
        !none_shown(p, type->common, type->common_count) ||
        !none_shown(p, type->core->attrs, type->core->attr_count))
        return false;
    for (size_t i = 0; i < type->extension_count; i++)
        if (!none_shown(p, type->extensions[i].attrs,
                        type->extensions[i].attr_count))
            return false;
    return true;
}

/* ---- cutting ---------------------------------------------------------------
 */

/* True when every sub-attribute of a shown attribute is shown: then its value
 * needs no cutting. */
static bool is_uncut(const struct scim_projection *p,
                     const struct scim_attr *attr)
{
    for (size_t i = 0; i < attr->sub_count; i++)
        if (!is_shown(p, &attr->subs[i], is_whole(p, attr)))
            return false;
    return true;
}

/* One complex value with the sub-attributes that are shown: new. */
static json_t *cut_object(const struct scim_projection *p,
                          const struct scim_attr *attr, const json_t *value)
{
    json_t *out = json_object();
    for (size_t i = 0; i < attr->sub_count && out != NULL; i++) {
        const struct scim_attr *sub = &attr->subs[i];
        json_t *v = json_object_get(value, sub->name);
        if (v != NULL && is_shown(p, sub, is_whole(p, attr)) &&
            json_object_set(out, sub->name, v) != 0) {
            json_decref(out);
            out = NULL;
        }
    }
    return out;
}

static json_t *cut_array(const struct scim_projection *p,
                         const struct scim_attr *attr, const json_t *array)
{
    json_t *out = json_array();
    size_t i;
    json_t *element;
    json_array_foreach (array, i, element) {
        json_t *cut = cut_object(p, attr, element);
        bool empty = cut != NULL && json_object_size(cut) == 0;
        if (empty)
            json_decref(cut);
        else if (json_array_append_new(out, cut) != 0) {
            json_decref(out);
            return NULL;
        }
    }
    return out;
}

static bool project_attr(const struct scim_projection *p,
                         const struct scim_attr *attr, json_t *value,
                         json_t *out)
{
    if (value == NULL || !is_shown(p, attr, false))
        return true;
    if (is_uncut(p, attr))
        return json_object_set(out, attr->name, value) == 0;
    json_t *cut =
        attr->multi ? cut_array(p, attr, value) : cut_object(p, attr, value);
    if (json_object_size(cut) + json_array_size(cut) > 0)
        return json_object_set_new(out, attr->name, cut) == 0;
    bool ok = cut != NULL;
    json_decref(cut);
    return ok;
}

static bool project_attrs(const struct scim_projection *p,
                          const struct scim_attr *attrs, size_t count,
                          const json_t *from, json_t *out)
{
    for (size_t i = 0; i < count; i++)
        if (!project_attr(p, &attrs[i], json_object_get(from, attrs[i].name),
                          out))
            return false;
    return true;
}

static bool project_extension(const struct scim_projection *p,
                              const struct scim_schema *ext,
                              const json_t *resource, json_t *out)
{
    const json_t *from = json_object_get(resource, ext->urn);
    if (from == NULL)
        return true;
    json_t *object = json_object();
    if (object == NULL || json_object_set_new(out, ext->urn, object) != 0)
        return false;
    return project_attrs(p, ext->attrs, ext->attr_count, from, object);
}

json_t *scim_project(const struct scim_type *type, const json_t *resource,
                     const struct scim_projection *p)
{
    const struct scim_attr *meta =
        scim_attr_among(type->common, type->common_count, "meta", 4);
    size_t before = (size_t)(meta - type->common);
    const struct scim_schema *core = type->core;
    json_t *out = json_object();
    bool ok = out != NULL &&
              project_attrs(p, type->common, before, resource, out) &&
              project_attrs(p, core->attrs, core->attr_count, resource, out);
    for (size_t i = 0; ok && i < type->extension_count; i++)
        ok = project_extension(p, &type->extensions[i], resource, out);
    ok = ok &&
         project_attrs(p, meta, type->common_count - before, resource, out) &&
         scim_schemas_update(type, out);
    if (ok)
        return out;
    json_decref(out);
    return NULL;
}
