#include "scim/value.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/fold.h"
#include "scim/attr.h"
#include "scim/nearest.h"
#include "scim/resource.h"
#include "scim/tolerance.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <unictype.h>
#include <unistr.h>

/* ---- texts with a form of their own -------------------------------------- */

/* RFC 4648 section 4; padding may be left out (RFC 7643 section 2.3.6). */
static bool is_base64(const char *s, size_t len)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t data = strspn(s, alphabet);
    size_t padding = len - data;
    if (strspn(s + data, "=") != padding || padding > 2)
        return false;
    return padding > 0 ? len % 4 == 0 : data % 4 != 1;
}

/* In UTC with milliseconds, as RFC 7643 section 2.3.5 would have it; new. */
static bool read_time(const char *s, size_t len, json_t **out)
{
    int64_t ms;
    char text[CLOCK_TEXT_SIZE];
    if (!clock_parse(s, len, &ms))
        return false;
    clock_format(ms, text);
    *out = json_string(text);
    return true;
}

/* ---- one simple value ---------------------------------------------------- */

/* clang-format off */
static const char *const wanted[] = {
    [SCIM_STRING]    = "a text without U+0000",
    [SCIM_BOOLEAN]   = "true or false",
    [SCIM_DECIMAL]   = "a number",
    [SCIM_INTEGER]   = "a whole number, without fraction and exponent",
    [SCIM_DATETIME]  = "a date with time, such as \"2024-05-13T04:42:34Z\"",
    [SCIM_BINARY]    = "bytes in base64 (RFC 4648 section 4)",
    [SCIM_REFERENCE] = "a text that holds a URI",
    [SCIM_COMPLEX]   = "an object",
};
static const char *const found[] = {
    [JSON_OBJECT]  = "an object", [JSON_ARRAY] = "an array",
    [JSON_STRING]  = "a text",    [JSON_INTEGER] = "a number",
    [JSON_REAL]    = "a number",  [JSON_TRUE] = "true",
    [JSON_FALSE]   = "false",     [JSON_NULL] = "null",
};
/* clang-format on */

/* A value that is not what the schema asks for: an error of the client's, an
 * oddity of the helpdesk's. */
static bool misfit(const struct scim_reader *r, const char *path,
                   const char *must_be, const json_t *in)
{
    if (r->source == SCIM_FROM_HELPDESK)
        return true;
    if (json_is_string(in) && must_be != wanted[SCIM_BOOLEAN])
        scim_error_set(r->err, SCIM_INVALID_VALUE,
                       "%s must be %s; the text that was sent is not.", path,
                       must_be);
    else
        scim_error_set(r->err, SCIM_INVALID_VALUE, "%s must be %s, not %s.",
                       path, must_be, found[json_typeof(in)]);
    return false;
}

static bool out_of_memory(const struct scim_reader *r)
{
    scim_error_memory(r->err);
    return false;
}

/* Whether `in` is a value of that kind; *made is set where its canonical form
 * is not its copy. */
static bool fits(enum scim_kind kind, const json_t *in, json_t **made)
{
    const char *s = json_string_value(in);
    size_t len = json_string_length(in);
    /* U+0000 ends texts early wherever they go from here. */
    bool text = s != NULL && strlen(s) == len;
    switch (kind) {
    case SCIM_STRING:
    case SCIM_REFERENCE:
        return text;
    case SCIM_BOOLEAN:
        return json_is_boolean(in);
    case SCIM_DECIMAL:
        return json_is_number(in);
    case SCIM_INTEGER:
        return json_is_integer(in);
    case SCIM_DATETIME:
        return text && read_time(s, len, made);
    case SCIM_BINARY:
        return text && is_base64(s, len);
    case SCIM_COMPLEX:
        return json_is_object(in);
    }
    return false;
}

static bool read_simple(const struct scim_reader *r,
                        const struct scim_attr *attr, const json_t *in,
                        json_t **out)
{
    json_t *made = NULL;
    if (!fits(attr->kind, in, &made))
        return misfit(r, attr->path, wanted[attr->kind], in);
    *out = made != NULL ? made : json_deep_copy(in);
    return *out != NULL || out_of_memory(r);
}

static bool read_complex(const struct scim_reader *r,
                         const struct scim_attr *attr, const json_t *in,
                         json_t **out)
{
    if (!json_is_object(in))
        return misfit(r, attr->path, wanted[SCIM_COMPLEX], in);
    json_t *made = json_object();
    size_t matched = 0;
    if (made == NULL)
        return out_of_memory(r);
    bool ok =
        scim_object_read(r, attr->subs, attr->sub_count, in, made, &matched);
    if (ok && matched < json_object_size(in))
        ok = scim_unknown_check(r, NULL, NULL, attr, in);
    if (ok && json_object_size(made) > 0) {
        *out = made;
        return true;
    }
    json_decref(made);
    return ok;
}

bool scim_value_read_element(const struct scim_reader *r,
                             const struct scim_attr *attr, const json_t *in,
                             json_t **out)
{
    json_t *meant = NULL;
    *out = NULL;
    if (!scim_tolerate(attr, in, &meant))
        return out_of_memory(r);
    const json_t *v = meant != NULL ? meant : in;
    bool ok = json_is_null(v)              ? true
              : attr->kind == SCIM_COMPLEX ? read_complex(r, attr, v, out)
                                           : read_simple(r, attr, v, out);
    json_decref(meant);
    return ok;
}

/* ---- many values --------------------------------------------------------- */

char *scim_value_key(const struct scim_attr *attr, const json_t *element)
{
    if (attr->kind != SCIM_COMPLEX)
        return json_dumps(element, JSON_ENCODE_ANY | JSON_COMPACT);
    const struct scim_attr *sub = scim_attr_sub(attr, "value", 5);
    const char *value = json_string_value(json_object_get(element, "value"));
    if (sub == NULL || value == NULL)
        return NULL;
    const char *type = json_string_value(json_object_get(element, "type"));
    if (type == NULL || sub->mutability == SCIM_IMMUTABLE ||
        sub->mutability == SCIM_READ_ONLY)
        type = "";
    struct buf b = {0};
    buf_json(&b, type, strlen(type));
    buf_str(&b, value);
    return buf_take(&b);
}

json_t *scim_value_merge(const struct scim_attr *attr, const json_t *first,
                         const json_t *second)
{
    json_t *out = json_object();
    for (size_t i = 0; i < attr->sub_count; i++) {
        const char *name = attr->subs[i].name;
        json_t *v = json_object_get(first, name);
        if (v == NULL)
            v = json_object_get(second, name);
        if (v != NULL && json_object_set(out, name, v) != 0) {
            json_decref(out);
            return NULL;
        }
    }
    return out;
}

/* The elements so far, and where the one with a certain key stands. */
struct elements {
    json_t *list;
    json_t *places; /* key -> its index */
};

/* Steals `element`: appends it, or lets it melt into the same one. */
static bool add_element(struct elements *e, const struct scim_attr *attr,
                        json_t *element)
{
    char *key = scim_value_key(attr, element);
    const json_t *place = key == NULL ? NULL : json_object_get(e->places, key);
    bool ok = true;
    if (place != NULL && attr->kind == SCIM_COMPLEX) {
        size_t at = (size_t)json_integer_value(place);
        ok = json_array_set_new(e->list, at,
                                scim_value_merge(attr,
                                                 json_array_get(e->list, at),
                                                 element)) == 0;
    } else if (place == NULL) {
        size_t at = json_array_size(e->list);
        ok = json_array_append(e->list, element) == 0;
        if (ok && key != NULL)
            ok = json_object_set_new_nocheck(e->places, key,
                                             json_integer((json_int_t)at)) == 0;
    }
    free(key);
    json_decref(element);
    return ok;
}

static bool read_elements(const struct scim_reader *r,
                          const struct scim_attr *attr, const json_t *in,
                          struct elements *e)
{
    size_t i;
    json_t *each;
    json_array_foreach (in, i, each) {
        json_t *element = NULL;
        if (!scim_value_read_element(r, attr, each, &element))
            return false;
        if (element != NULL && !add_element(e, attr, element))
            return out_of_memory(r);
    }
    return true;
}

/* `in`, a whole array. */
static bool read_array(const struct scim_reader *r,
                       const struct scim_attr *attr, const json_t *in,
                       json_t **out)
{
    if (json_array_size(in) > SCIM_MAX_VALUES) {
        if (r->source == SCIM_FROM_HELPDESK)
            return true;
        scim_error_set(r->err, SCIM_INVALID_VALUE,
                       "%s has %zu values; at most %d are taken.", attr->path,
                       json_array_size(in), SCIM_MAX_VALUES);
        return false;
    }
    struct elements e = {.list = json_array(), .places = json_object()};
    bool ok = e.list != NULL && e.places != NULL
                  ? read_elements(r, attr, in, &e)
                  : out_of_memory(r);
    if (ok && json_array_size(e.list) > 0)
        *out = json_incref(e.list);
    json_decref(e.list);
    json_decref(e.places);
    return ok;
}

/* One value where an array belongs. */
static bool read_lone(const struct scim_reader *r, const struct scim_attr *attr,
                      const json_t *in, json_t **out)
{
    if (r->source == SCIM_FROM_BODY)
        return misfit(r, attr->path, "an array, even with one value", in);
    json_t *array = json_pack("[O]", in);
    bool ok =
        array != NULL ? read_array(r, attr, array, out) : out_of_memory(r);
    json_decref(array);
    return ok;
}

bool scim_value_read(const struct scim_reader *r, const struct scim_attr *attr,
                     const json_t *in, json_t **out)
{
    *out = NULL;
    if (in == NULL || json_is_null(in))
        return true;
    if (!attr->multi)
        return scim_value_read_element(r, attr, in, out);
    if (json_is_array(in))
        return read_array(r, attr, in, out);
    return read_lone(r, attr, in, out);
}

bool scim_value_blank(const json_t *value)
{
    if (json_is_array(value) || json_is_object(value))
        return json_array_size(value) + json_object_size(value) == 0;
    if (!json_is_string(value))
        return value == NULL || json_is_null(value);
    const uint8_t *s = (const uint8_t *)json_string_value(value);
    ucs4_t c;
    for (s = u8_next(&c, s); s != NULL; s = u8_next(&c, s))
        if (!uc_is_property_white_space(c))
            return false;
    return true;
}

/* ---- objects ------------------------------------------------------------- */

bool scim_member_once(const struct scim_reader *r, const json_t *in,
                      const char *name, const char *shown, json_t **value,
                      size_t *matched)
{
    size_t n = 0, len = strlen(name);
    const char *key;
    json_t *v;
    *value = NULL;
    json_object_foreach ((json_t *)(uintptr_t)in, key, v) {
        if (fold_ascii_equal(key, strlen(key), name, len) && n++ == 0)
            *value = v;
    }
    *matched += n;
    if (n <= 1 || r->source == SCIM_FROM_HELPDESK)
        return true;
    scim_error_set(r->err, SCIM_INVALID_SYNTAX,
                   "\"%s\" stands %zu times in one object, spelled "
                   "differently. Send it once; the case of names does not "
                   "matter.",
                   shown, n);
    return false;
}

static bool read_member(const struct scim_reader *r,
                        const struct scim_attr *attr, const json_t *in,
                        json_t *out, size_t *matched)
{
    json_t *v = NULL, *made = NULL;
    if (!scim_member_once(r, in, attr->name, attr->path, &v, matched))
        return false;
    if (attr->mutability == SCIM_READ_ONLY && r->source != SCIM_FROM_HELPDESK)
        return true;
    if (!scim_value_read(r, attr, v, &made))
        return false;
    if (made == NULL && r->presets && attr->preset != NULL)
        made = json_deep_copy(attr->preset);
    return made == NULL || json_object_set_new(out, attr->name, made) == 0 ||
           out_of_memory(r);
}

bool scim_object_read(const struct scim_reader *r,
                      const struct scim_attr *attrs, size_t count,
                      const json_t *in, json_t *out, size_t *matched)
{
    size_t ignored = 0;
    for (size_t i = 0; i < count; i++)
        if (!read_member(r, &attrs[i], in, out,
                         matched != NULL ? matched : &ignored))
            return false;
    return true;
}

static bool is_known(const struct scim_type *type,
                     const struct scim_schema *schema,
                     const struct scim_attr *parent, const char *key)
{
    size_t len = strlen(key);
    if (parent != NULL)
        return scim_attr_sub(parent, key, len) != NULL;
    if (scim_attr_among(schema->attrs, schema->attr_count, key, len) != NULL)
        return true;
    if (schema != type->core)
        return false;
    return scim_type_schema(type, key, len) != NULL ||
           scim_attr_among(type->common, type->common_count, key, len) != NULL;
}

bool scim_unknown_check(const struct scim_reader *r,
                        const struct scim_type *type,
                        const struct scim_schema *schema,
                        const struct scim_attr *parent, const json_t *in)
{
    if (r->source == SCIM_FROM_HELPDESK || r->tolerance == NULL ||
        !r->tolerance->unknown_refused)
        return true;
    const char *key;
    json_t *value;
    json_object_foreach ((json_t *)(uintptr_t)in, key, value) {
        char near[SCIM_NEAREST_SIZE];
        if (is_known(type, schema, parent, key))
            continue;
        scim_nearest(type, parent, key, strlen(key), near);
        scim_error_set(r->err, SCIM_INVALID_VALUE,
                       "%s%s%.200s is no attribute of this server.%s",
                       parent == NULL ? "" : parent->path,
                       parent == NULL ? "" : ".", key, near);
        return false;
    }
    return true;
}
