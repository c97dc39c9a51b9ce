#include "test/scim/generate.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* xorshift64*: small, and good enough to reach every branch. */
unsigned generate_number(struct generator *g, unsigned below)
{
    g->state ^= g->state >> 12;
    g->state ^= g->state << 25;
    g->state ^= g->state >> 27;
    return (unsigned)((g->state * 0x2545f4914f6cdd1dULL) >> 33) % below;
}

static const char *pick(struct generator *g, const char *const *words,
                        unsigned count)
{
    return words[generate_number(g, count)];
}

static json_t *text(struct generator *g)
{
    static const char *const words[] = {
        "a",
        "A",
        "Åsa",
        "A\xcc\x8asa",
        "work",
        "true",
        "False",
        "",
        "  ",
        "{",
        "x@y.test",
        "用户",
        "../Users/7",
        "7",
        "\"\\\n",
        "QUJD",
        "home",
        "{\"value\":\"b\",\"display\":\"c\"}",
        "2024-02-29T23:59:60Z",
        "2024-05-13T04:42:34+14:00",
    };
    return json_string(pick(g, words, sizeof words / sizeof words[0]));
}

static json_t *anything(struct generator *g)
{
    switch (generate_number(g, 9)) {
    case 0:
        return json_null();
    case 1:
        return json_array();
    case 2:
        return json_object();
    case 3:
        return json_integer((json_int_t)generate_number(g, 100) - 50);
    case 4:
        return json_real(0.5 * generate_number(g, 100));
    case 5:
        return json_boolean(generate_number(g, 2));
    case 6:
        return json_pack("[{s:o}, o]", "value", text(g), text(g));
    case 7:
        return json_pack("{s:o, s:o}", "value", text(g), "displayName",
                         text(g));
    default:
        return text(g);
    }
}

/* The name, each letter in a case of its own. */
static void set_member(struct generator *g, json_t *object, const char *name,
                       json_t *value)
{
    char key[256];
    (void)snprintf(key, sizeof key, "%s", name);
    if (generate_number(g, 4) == 0)
        for (char *c = key; *c != '\0'; c++)
            *c = (char)(generate_number(g, 2) ? toupper((unsigned char)*c)
                                              : tolower((unsigned char)*c));
    json_object_set_new(object, key, value);
}

static json_t *value_of(struct generator *g, const struct scim_attr *attr);

static json_t *object_of(struct generator *g, const struct scim_attr *attrs,
                         size_t count, unsigned percent)
{
    json_t *object = json_object();
    size_t from = generate_number(g, (unsigned)count);
    for (size_t i = 0; i < count; i++) {
        const struct scim_attr *a = &attrs[(from + i) % count];
        if (a->required || generate_number(g, 100) < percent)
            set_member(g, object, a->name, value_of(g, a));
    }
    if (generate_number(g, 20) == 0)
        set_member(g, object, "unknown", anything(g));
    return object;
}

static json_t *one_value(struct generator *g, const struct scim_attr *attr)
{
    if (generate_number(g, 1000) < g->oddness)
        return anything(g);
    switch (attr->kind) {
    case SCIM_BOOLEAN:
        /* Two primaries would be an error each time. */
        return json_boolean(strcmp(attr->name, "primary") != 0 &&
                            generate_number(g, 2));
    case SCIM_DECIMAL:
        return json_real(0.25 * generate_number(g, 10));
    case SCIM_INTEGER:
        return json_integer((json_int_t)generate_number(g, 1000));
    case SCIM_DATETIME:
        return json_string("2024-05-13T06:42:34.25+02:00");
    case SCIM_BINARY:
        return json_string(generate_number(g, 2) ? "QUI=" : "QUJDRA");
    case SCIM_COMPLEX:
        return object_of(g, attr->subs, attr->sub_count, 60);
    case SCIM_STRING:
    case SCIM_REFERENCE:
        break;
    }
    return attr->required ? json_string("n") : text(g);
}

static json_t *value_of(struct generator *g, const struct scim_attr *attr)
{
    if (!attr->multi)
        return one_value(g, attr);
    if (generate_number(g, 1000) < g->oddness)
        return anything(g);
    json_t *array = json_array();
    for (unsigned n = generate_number(g, 5); n > 0; n--)
        json_array_append_new(array, one_value(g, attr));
    return array;
}

json_t *generate_body(struct generator *g, const struct scim_type *type)
{
    json_t *body = object_of(g, type->core->attrs, type->core->attr_count, 40);
    for (size_t i = 1; i < type->common_count; i++)
        if (generate_number(g, 2))
            set_member(g, body, type->common[i].name,
                       value_of(g, &type->common[i]));
    for (size_t i = 0; i < type->extension_count; i++) {
        const struct scim_schema *ext = &type->extensions[i];
        if (generate_number(g, 2))
            set_member(g, body, ext->urn,
                       object_of(g, ext->attrs, ext->attr_count, 40));
    }
    json_object_set_new(body, "schemas", json_pack("[s]", type->core->urn));
    return body;
}

json_t *generate_shuffled(struct generator *g, const json_t *value)
{
    size_t n = json_array_size(value) + json_object_size(value), i = 0;
    if (n == 0)
        return json_deep_copy(value);
    size_t from = generate_number(g, (unsigned)n);
    const char *key;
    json_t *member, *copy = json_is_array(value) ? json_array() : json_object();
    for (; json_is_array(value) && i < n; i++)
        json_array_append_new(
            copy, generate_shuffled(g, json_array_get(value, (from + i) % n)));
    for (int round = 0; json_is_object(value) && round < 2; round++) {
        i = 0;
        json_object_foreach ((json_t *)(uintptr_t)value, key, member) {
            if ((i++ >= from) == (round == 0))
                json_object_set_new(copy, key, generate_shuffled(g, member));
        }
    }
    return copy;
}
