#include "scim/resource.h"

#include "scim/attr.h"

#include <stdlib.h>
#include <string.h>

/* ---- arrays as sets -------------------------------------------------------
 */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void free_texts(char **texts, size_t count)
{
    for (size_t i = 0; texts != NULL && i < count; i++)
        free(texts[i]);
    free((void *)texts);
}

/* The elements as texts that are equal when they are, sorted; NULL: memory ran
 * out. */
static char **sorted_texts(const json_t *array)
{
    size_t n = json_array_size(array);
    char **texts = calloc(n, sizeof *texts);
    for (size_t i = 0; texts != NULL && i < n; i++) {
        texts[i] = json_dumps(json_array_get(array, i),
                              JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS);
        if (texts[i] == NULL) {
            free_texts(texts, n);
            return NULL;
        }
    }
    if (texts != NULL)
        qsort((void *)texts, n, sizeof *texts, by_text);
    return texts;
}

/* Without memory they count as different: a write too many does no harm. */
static bool equal_in_any_order(const json_t *a, const json_t *b)
{
    size_t n = json_array_size(a);
    if (n != json_array_size(b))
        return false;
    char **in_a = sorted_texts(a), **in_b = sorted_texts(b);
    bool equal = in_a != NULL && in_b != NULL;
    for (size_t i = 0; equal && i < n; i++)
        equal = strcmp(in_a[i], in_b[i]) == 0;
    free_texts(in_a, n);
    free_texts(in_b, n);
    return equal;
}

/* ---- resources ------------------------------------------------------------
 */

static bool equal_attrs(const struct scim_attr *attrs, size_t count,
                        const json_t *a, const json_t *b);

static bool equal_values(const struct scim_attr *attr, const json_t *a,
                         const json_t *b)
{
    if (a == NULL || b == NULL)
        return a == b;
    /* The order of members does not matter to json_equal. */
    if (json_equal(a, b))
        return true;
    if (attr->multi)
        return json_is_array(a) && json_is_array(b) && equal_in_any_order(a, b);
    if (attr->kind == SCIM_COMPLEX)
        return equal_attrs(attr->subs, attr->sub_count, a, b);
    return attr->kind == SCIM_DECIMAL &&
           json_number_value(a) == json_number_value(b);
}

static bool equal_attrs(const struct scim_attr *attrs, size_t count,
                        const json_t *a, const json_t *b)
{
    for (size_t i = 0; i < count; i++) {
        const char *name = attrs[i].name;
        if (!equal_values(&attrs[i], json_object_get(a, name),
                          json_object_get(b, name)))
            return false;
    }
    return true;
}

bool scim_equal(const struct scim_type *type, const json_t *a, const json_t *b)
{
    for (size_t i = 0; i < type->common_count; i++) {
        const struct scim_attr *attr = &type->common[i];
        if (strcmp(attr->name, "schemas") == 0 ||
            strcmp(attr->name, "meta") == 0)
            continue;
        if (!equal_attrs(attr, 1, a, b))
            return false;
    }
    if (!equal_attrs(type->core->attrs, type->core->attr_count, a, b))
        return false;
    for (size_t i = 0; i < type->extension_count; i++) {
        const struct scim_schema *ext = &type->extensions[i];
        if (!equal_attrs(ext->attrs, ext->attr_count,
                         json_object_get(a, ext->urn),
                         json_object_get(b, ext->urn)))
            return false;
    }
    return true;
}
