/*
 * scim/index.c - the values by which a resource is found
 */
#include "base/clock.h"
#include "scim/filter_internal.h"
#include "scim/resource.h"
#include "scim/sql_internal.h"

#include <stdlib.h>
#include <string.h>

struct list {
    const struct scim_sql_column *columns;
    struct scim_index_row *rows;
    size_t count, room;
    bool failed;
};

void scim_index_free(struct scim_index_row *rows, size_t count)
{
    for (size_t i = 0; rows != NULL && i < count; i++)
        free(rows[i].key);
    free(rows);
}

/* Takes the row's key over. */
static void add(struct list *l, struct scim_index_row row)
{
    if (l->count == l->room && !l->failed) {
        size_t room = l->room == 0 ? 32 : 2 * l->room;
        struct scim_index_row *more = realloc(l->rows, room * sizeof *more);
        l->failed = more == NULL;
        if (more != NULL) {
            l->rows = more;
            l->room = room;
        }
    }
    if (l->failed || l->count == SCIM_MAX_VALUES) {
        free(row.key);
        return;
    }
    l->rows[l->count++] = row;
}

/* "form" 0x01 "text": eq goes by the first, what looks inside by the second. An
 * empty text stays empty, which is how no value is told from some value. */
static char *reference_pair(const struct scim_attr *attr, const char *text,
                            size_t len)
{
    char *form = filter_key(attr, true, text, len);
    char *as_is = filter_key(attr, false, text, len);
    struct buf pair = {0};
    if (len == 0) {
        free(as_is);
        return form;
    }
    if (form != NULL && as_is != NULL) {
        for (char *c = form; *c != '\0'; c++)
            if (*c == '\x01')
                *c = '\x02';
        buf_str(&pair, form);
        buf_char(&pair, '\x01');
        buf_str(&pair, as_is);
    }
    free(form);
    free(as_is);
    return pair.data == NULL ? NULL : buf_take(&pair);
}

static void add_text(struct list *l, struct scim_index_row row,
                     const struct scim_attr *attr, const json_t *value)
{
    const char *text = json_string_value(value);
    size_t len = json_string_length(value);
    if (!json_is_string(value))
        return;
    row.key = attr->kind == SCIM_REFERENCE ? reference_pair(attr, text, len)
                                           : filter_key(attr, true, text, len);
    if (row.key == NULL)
        l->failed = true;
    else
        add(l, row);
}

static void add_number(struct list *l, struct scim_index_row row,
                       const struct scim_attr *attr, const json_t *value)
{
    int64_t ms = 0;
    bool fits = false;
    if (filter_class_of(attr) == FILTER_AS_BOOLEAN) {
        fits = json_is_boolean(value);
        row.number = json_is_true(value) ? 1 : 0;
    } else if (filter_class_of(attr) == FILTER_AS_NUMBER) {
        fits = json_is_number(value);
        row.number = json_number_value(value);
    } else {
        fits = json_is_string(value) &&
               clock_parse(json_string_value(value), json_string_length(value),
                           &ms);
        row.number = (double)ms;
    }
    if (fits)
        add(l, row);
}

/* A simple value, or the values of a simple multi-valued attribute. With
 * `alone`, each of them is an element of its own. */
static void add_simple(struct list *l, struct scim_index_row row,
                       const struct scim_attr *attr, const json_t *value,
                       bool alone)
{
    size_t i = 0;
    const json_t *one = NULL;
    if (value == NULL || attr->returned == SCIM_RETURNED_NEVER ||
        sql_column_of(l->columns, attr->path) != NULL)
        return;
    if (json_is_array(value)) {
        json_array_foreach (value, i, one) {
            row.element = alone ? (int)i : row.element;
            row.primary = alone && json_array_size(value) == 1;
            add_simple(l, row, attr, one, false);
        }
        return;
    }
    row.path = attr->path;
    enum filter_class as = filter_class_of(attr);
    if (as == FILTER_AS_TEXT || as == FILTER_AS_REFERENCE)
        add_text(l, row, attr, value);
    else
        add_number(l, row, attr, value);
}

static void add_element(struct list *l, struct scim_index_row row,
                        const struct scim_attr *attr, const json_t *element)
{
    for (size_t i = 0; i < attr->sub_count; i++)
        add_simple(l, row, &attr->subs[i],
                   json_object_get(element, attr->subs[i].name), false);
}

static void add_complex(struct list *l, const struct scim_attr *attr,
                        const json_t *value)
{
    size_t i = 0;
    const json_t *element = NULL;
    struct scim_index_row row = {.primary = !attr->multi};
    if (attr->returned == SCIM_RETURNED_NEVER ||
        sql_table_of(l->columns, attr) != NULL)
        return;
    if (!attr->multi) {
        add_element(l, row, attr, value);
        return;
    }
    json_array_foreach (value, i, element) {
        row.element = (int)i;
        row.primary = json_array_size(value) == 1 ||
                      json_is_true(json_object_get(element, "primary"));
        add_element(l, row, attr, element);
    }
}

static void add_all(struct list *l, const json_t *resource,
                    const struct scim_attr *attrs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const json_t *value = scim_value(resource, &attrs[i]);
        struct scim_index_row row = {.primary = true};
        if (attrs[i].kind == SCIM_COMPLEX)
            add_complex(l, &attrs[i], value);
        else
            add_simple(l, row, &attrs[i], value, true);
    }
}

bool scim_index_rows(const struct scim_type *type, const json_t *resource,
                     const struct scim_sql_column *columns,
                     struct scim_index_row **rows, size_t *count)
{
    struct list l = {.columns = columns};
    add_all(&l, resource, type->common, type->common_count);
    add_all(&l, resource, type->core->attrs, type->core->attr_count);
    for (size_t i = 0; i < type->extension_count; i++)
        add_all(&l, resource, type->extensions[i].attrs,
                type->extensions[i].attr_count);
    if (l.failed) {
        scim_index_free(l.rows, l.count);
        l.rows = NULL;
        l.count = 0;
    }
    *rows = l.rows;
    *count = l.count;
    return !l.failed;
}

static void add_quoted(struct buf *out, const char *text)
{
    buf_char(out, '\'');
    for (const char *c = text; *c != '\0'; c++) {
        buf_char(out, *c);
        if (*c == '\'')
            buf_char(out, '\'');
    }
    buf_char(out, '\'');
}

void scim_reference_sql(const char *start, const char *id, struct buf *out)
{
    static const struct scim_attr reference = {.kind = SCIM_REFERENCE,
                                               .case_exact = true};
    struct buf whole = {0};
    char *form = NULL;
    buf_str(&whole, start);
    buf_char(&whole, '0'); /* an id, to be cut off again */
    if (buf_ok(&whole))
        form = filter_key(&reference, true, whole.data, whole.len);
    if (form != NULL && form[0] != '\0') {
        form[strlen(form) - 1] = '\0';
        add_quoted(out, form);
        buf_fmt(out, " || %s || char(1) || ", id);
        add_quoted(out, start);
        buf_fmt(out, " || %s", id);
    } else {
        out->failed = true;
    }
    free(form);
    buf_clear(&whole);
}
