#include "test/scim/chance.h"

#include "scim/filter.h"
#include "scim/resource.h"

#include <string.h>

#define COUNT(a) ((unsigned)(sizeof(a) / sizeof(a)[0]))

/* clang-format off */
static const char *const words[] = {
    "a", "A", "ab", "aB", "Ba", "b", "", "Åsa", "åSA", "A\xcc\x8asa", "ß", "SS",
    "x%y", "_", "work", "Work", "home", "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80z",
    "\xed\x9f\xbf", "\xee\x80\x80", "\xf4\x8f\xbf\xbf", "\xc2\x80", "\x7f", "'",
    "a\"b\\c", "\xce\xa3\xcf\x83\xcf\x82",
};
static const char *const links[] = {
    "https://h.example/scim/v2/Users/1", "HTTPS://H.example/scim/Users/1",
    "https://h.example/scim/v3/Users/2", "https://H.EXAMPLE/a", "/v2/Users/1",
    "../Users/1", "https://h.example/A", "mailto:A@b", "",
};
static const char *const times[] = {
    "2024-05-13T04:42:34Z", "2024-05-13T06:42:34+02:00", "2024-05-13T04:42:34.5",
    "1969-12-31T23:59:59.999Z", "2031-01-01T00:00:00-05:30",
};
static const char *const bytes[] = {"QUJD", "qujd", "QQ==", "QQ"};
/* clang-format on */

unsigned chance_below(struct chance *c, unsigned n)
{
    c->state ^= c->state << 13;
    c->state ^= c->state >> 7;
    c->state ^= c->state << 17;
    return (unsigned)((c->state >> 11) % n);
}

static const char *word_for(struct chance *c, enum scim_kind kind)
{
    if (kind == SCIM_REFERENCE)
        return links[chance_below(c, COUNT(links))];
    if (kind == SCIM_DATETIME)
        return times[chance_below(c, COUNT(times))];
    if (kind == SCIM_BINARY)
        return bytes[chance_below(c, COUNT(bytes))];
    return words[chance_below(c, COUNT(words))];
}

static json_t *complex_value(struct chance *c, const struct scim_attr *attr)
{
    json_t *o = json_object();
    for (size_t i = 0; i < attr->sub_count; i++)
        if (chance_below(c, 2) == 0)
            json_object_set_new(o, attr->subs[i].name,
                                chance_value(c, &attr->subs[i]));
    return o;
}

json_t *chance_value(struct chance *c, const struct scim_attr *attr)
{
    switch (attr->kind) {
    case SCIM_BOOLEAN:
        return json_boolean(chance_below(c, 2));
    case SCIM_INTEGER:
        return json_integer((json_int_t)chance_below(c, 4));
    case SCIM_DECIMAL:
        return json_real(chance_below(c, 4) / 2.0);
    case SCIM_COMPLEX:
        return complex_value(c, attr);
    case SCIM_STRING:
    case SCIM_DATETIME:
    case SCIM_BINARY:
    case SCIM_REFERENCE:
        break;
    }
    return json_string(word_for(c, attr->kind));
}

static json_t *chance_values(struct chance *c, const struct scim_attr *attr)
{
    if (!attr->multi)
        return chance_value(c, attr);
    json_t *list = json_array();
    for (unsigned n = 1 + chance_below(c, 3); n > 0; n--)
        json_array_append_new(list, chance_value(c, attr));
    return list;
}

static void fill(struct chance *c, json_t *object,
                 const struct scim_attr *attrs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (attrs[i].returned != SCIM_RETURNED_NEVER &&
            (attrs[i].required || chance_below(c, 3) == 0))
            json_object_set_new(object, attrs[i].name,
                                chance_values(c, &attrs[i]));
}

/* At most one value is primary. */
static void one_primary(json_t *resource)
{
    const char *key = NULL;
    json_t *value = NULL, *element = NULL;
    size_t i = 0;
    json_object_foreach (resource, key, value) {
        bool seen = false;
        json_array_foreach (value, i, element) {
            if (!json_is_true(json_object_get(element, "primary")))
                continue;
            if (seen)
                json_object_set_new(element, "primary", json_false());
            seen = true;
        }
    }
}

json_t *chance_resource(struct chance *c, const struct scim_type *type,
                        const char *id)
{
    json_t *r = json_object();
    fill(c, r, type->common, type->common_count);
    fill(c, r, type->core->attrs, type->core->attr_count);
    for (size_t i = 0; i < type->extension_count; i++) {
        json_t *ext = json_object();
        fill(c, ext, type->extensions[i].attrs, type->extensions[i].attr_count);
        json_object_set_new(r, type->extensions[i].urn, ext);
    }
    json_object_set_new(r, "id", json_string(id));
    for (size_t i = 0; i < type->core->attr_count; i++) /* never blank */
        if (type->core->attrs[i].required)
            json_object_set_new(r, type->core->attrs[i].name,
                                json_sprintf("n%s", word_for(c, SCIM_STRING)));
    json_t *out = scim_canonical(type, r);
    one_primary(out);
    json_decref(r);
    return out;
}

const struct scim_attr *chance_attr(struct chance *c,
                                    const struct scim_type *type)
{
    for (;;) {
        const struct scim_attr *attrs = type->core->attrs;
        size_t count = type->core->attr_count;
        unsigned n = chance_below(c, 4 + (unsigned)type->extension_count);
        if (n == 0) {
            attrs = type->common;
            count = type->common_count;
        } else if (n >= 4) {
            attrs = type->extensions[n - 4].attrs;
            count = type->extensions[n - 4].attr_count;
        }
        const struct scim_attr *attr = &attrs[chance_below(c, (unsigned)count)];
        if (attr->returned != SCIM_RETURNED_NEVER)
            return attr;
    }
}

/* ---- filters ------------------------------------------------------------- */

static void literal(struct chance *c, const struct scim_attr *attr,
                    struct buf *out)
{
    if (attr->kind == SCIM_BOOLEAN) {
        static const char *const forms[] = {"true", "false", "\"True\"",
                                            "\"false\""};
        buf_str(out, forms[chance_below(c, COUNT(forms))]);
    } else if (attr->kind == SCIM_INTEGER || attr->kind == SCIM_DECIMAL) {
        static const char *const forms[] = {"0",   "1",  "2.0",
                                            "1.5", "-1", "3e0"};
        buf_str(out, forms[chance_below(c, COUNT(forms))]);
    } else {
        const char *word = word_for(c, attr->kind);
        buf_json(out, word, strlen(word));
    }
}

/* Operators that the type has: see the table in scim/filter_literal.c. */
static const char *operator_for(struct chance *c, enum scim_kind kind)
{
    static const char *const all[] = {"eq", "ne", "gt", "ge", "lt",
                                      "le", "co", "sw", "ew"};
    static const char *const inside[] = {"eq", "ne", "co", "sw", "ew"};
    switch (kind) {
    case SCIM_STRING:
        return all[chance_below(c, COUNT(all))];
    case SCIM_REFERENCE:
        return inside[chance_below(c, COUNT(inside))];
    case SCIM_INTEGER:
    case SCIM_DECIMAL:
    case SCIM_DATETIME:
        return all[chance_below(c, 6)];
    case SCIM_BOOLEAN:
    case SCIM_BINARY:
    case SCIM_COMPLEX:
        break;
    }
    return all[chance_below(c, 2)];
}

/* `name` is what the attribute is called where the comparison stands. */
static void comparison(struct chance *c, const struct scim_attr *attr,
                       const char *name, struct buf *out)
{
    unsigned n = chance_below(c, 8);
    if (n == 0 || attr->kind == SCIM_COMPLEX)
        buf_fmt(out, "%s %s", name,
                n < 4 ? "pr" : (n < 6 ? "eq null" : "ne null"));
    else if (n == 1)
        buf_fmt(out, "%s %s null", name, chance_below(c, 2) ? "eq" : "ne");
    else {
        buf_fmt(out, "%s %s ", name, operator_for(c, attr->kind));
        literal(c, attr, out);
    }
}

void chance_value_filter(struct chance *c, const struct scim_attr *attr,
                         int deep, struct buf *out)
{
    unsigned n = deep == 0 ? 0 : chance_below(c, 5);
    if (n < 2) {
        const struct scim_attr *sub =
            &attr->subs[chance_below(c, (unsigned)attr->sub_count)];
        comparison(c, sub, sub->name, out);
        return;
    }
    buf_str(out, n == 2 ? "not (" : "(");
    chance_value_filter(c, attr, deep - 1, out);
    if (n > 2) {
        buf_str(out, n == 3 ? " and " : " or ");
        chance_value_filter(c, attr, deep - 1, out);
    }
    buf_char(out, ')');
}

static void term(struct chance *c, const struct scim_type *type,
                 struct buf *out)
{
    const struct scim_attr *attr = chance_attr(c, type);
    if (attr->kind != SCIM_COMPLEX) {
        comparison(c, attr, attr->path, out);
        return;
    }
    const struct scim_attr *sub =
        &attr->subs[chance_below(c, (unsigned)attr->sub_count)];
    if (!attr->multi || chance_below(c, 3) == 0) {
        attr = chance_below(c, 5) == 0 ? attr : sub;
        comparison(c, attr, attr->path, out);
        return;
    }
    buf_fmt(out, "%s[", attr->path);
    chance_value_filter(c, attr, 2, out);
    buf_char(out, ']');
    if (chance_below(c, 4) == 0) { /* what Entra ID writes */
        buf_char(out, '.');
        comparison(c, sub, sub->name, out);
    }
}

void chance_filter(struct chance *c, const struct scim_type *type, int deep,
                   struct buf *out)
{
    unsigned n = deep == 0 ? 0 : chance_below(c, 6);
    if (n < 2) {
        term(c, type, out);
        return;
    }
    buf_str(out, n == 2 ? "not (" : (n == 5 ? "" : "("));
    chance_filter(c, type, deep - 1, out);
    if (n > 2) {
        buf_str(out, n == 3 ? " and " : " or ");
        chance_filter(c, type, deep - 1, out);
    }
    buf_str(out, n == 5 ? "" : ")");
}
