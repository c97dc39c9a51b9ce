#include "scim/tolerance.h"

#include "base/fold.h"

#include <stdint.h>
#include <string.h>

json_t *scim_member(const json_t *object, const char *name)
{
    json_t *exact = json_object_get(object, name);
    if (exact != NULL)
        return exact;
    const char *key;
    json_t *value;
    json_object_foreach ((json_t *)(uintptr_t)object, key, value) {
        if (fold_ascii_equal(key, strlen(key), name, strlen(name)))
            return value;
    }
    return NULL;
}

bool scim_json_starved(const json_error_t *why)
{
    return json_error_code(why) == json_error_out_of_memory ||
           why->text[0] == '\0';
}

/* A row's function: the value that is meant, new; NULL when it does not apply
 * to `v`, or memory ran out (then *failed is set). */
typedef json_t *meaning(const struct scim_attr *attr, const json_t *v,
                        bool *failed);

static json_t *checked(json_t *made, bool *failed)
{
    *failed = made == NULL;
    return made;
}

static bool is_word(const json_t *v, const char *word)
{
    return fold_ascii_equal(json_string_value(v), json_string_length(v), word,
                            strlen(word));
}

/* "True" */
static json_t *boolean_text(const struct scim_attr *attr, const json_t *v,
                            bool *failed)
{
    if (attr->kind != SCIM_BOOLEAN || !json_is_string(v) ||
        (!is_word(v, "true") && !is_word(v, "false")))
        return NULL;
    return checked(json_boolean(is_word(v, "true")), failed);
}

static const struct scim_attr *sub_of(const struct scim_attr *attr,
                                      const char *name)
{
    return scim_attr_sub(attr, name, strlen(name));
}

/* "26118915" for {"value": "26118915"}; "" for no value at all. */
static json_t *bare_reference(const struct scim_attr *attr, const json_t *v,
                              bool *failed)
{
    if (attr->kind != SCIM_COMPLEX || attr->multi || !json_is_string(v) ||
        sub_of(attr, "value") == NULL)
        return NULL;
    if (json_string_length(v) == 0)
        return checked(json_null(), failed);
    return checked(json_pack("{s:O}", "value", v), failed);
}

/* [{"value": "26118915"}] for the object alone. */
static json_t *array_of_one(const struct scim_attr *attr, const json_t *v,
                            bool *failed)
{
    (void)failed;
    if (attr->kind != SCIM_COMPLEX || attr->multi || json_array_size(v) != 1)
        return NULL;
    return json_incref(json_array_get(v, 0));
}

/* "2819c223" for {"value": "2819c223"} where the value is what counts. */
static json_t *bare_member(const struct scim_attr *attr, const json_t *v,
                           bool *failed)
{
    if (attr->kind != SCIM_COMPLEX || !attr->multi || !json_is_string(v))
        return NULL;
    const struct scim_attr *value = sub_of(attr, "value");
    if (value == NULL || value->mutability != SCIM_IMMUTABLE)
        return NULL;
    return checked(json_pack("{s:O}", "value", v), failed);
}

/* The object that a text holds as JSON, with a text as its `value`; new. */
static json_t *object_in_text(const json_t *text, bool *failed)
{
    json_error_t why;
    const char *s = json_string_value(text);
    if (s == NULL || s[strspn(s, " \t\r\n")] != '{')
        return NULL;
    json_t *o = json_loadb(s, json_string_length(text), 0, &why);
    *failed = o == NULL && scim_json_starved(&why);
    if (json_is_string(scim_member(o, "value")))
        return o;
    json_decref(o);
    return NULL;
}

/* A copy of `v` without the member `name` in any case; new. */
static json_t *without(const json_t *v, const char *name)
{
    json_t *copy = json_object();
    const char *key;
    json_t *value;
    json_object_foreach ((json_t *)(uintptr_t)v, key, value) {
        if (fold_ascii_equal(key, strlen(key), name, strlen(name)))
            continue;
        if (json_object_set(copy, key, value) != 0) {
            json_decref(copy);
            return NULL;
        }
    }
    return copy;
}

/* {"value": "{\"value\":\"Admin\",\"displayName\":\"Administrator\"}"} */
static json_t *json_in_value(const struct scim_attr *attr, const json_t *v,
                             bool *failed)
{
    const struct scim_attr *value = sub_of(attr, "value");
    if (!attr->multi || value == NULL || value->kind != SCIM_STRING)
        return NULL;
    json_t *inner =
        object_in_text(json_is_string(v) ? v : scim_member(v, "value"), failed);
    if (inner == NULL)
        return NULL;
    json_t *out = json_is_string(v) ? json_object() : without(v, "value");
    json_t *display = scim_member(inner, "displayName");
    if (!json_is_string(display))
        display = scim_member(inner, "display");
    bool ok = out != NULL &&
              json_object_set(out, "value", scim_member(inner, "value")) == 0;
    if (ok && json_is_string(display) && sub_of(attr, "display") != NULL &&
        scim_member(out, "display") == NULL)
        ok = json_object_set(out, "display", display) == 0;
    json_decref(inner);
    if (!ok) {
        json_decref(out);
        out = NULL;
    }
    return checked(out, failed);
}

/* {"value": "Admin", "displayName": "Administrator"} */
static json_t *display_name(const struct scim_attr *attr, const json_t *v,
                            bool *failed)
{
    if (!attr->multi || sub_of(attr, "display") == NULL ||
        sub_of(attr, "displayName") != NULL)
        return NULL;
    json_t *shown = scim_member(v, "displayName");
    if (shown == NULL)
        return NULL;
    json_t *out = without(v, "displayName");
    if (out != NULL && scim_member(out, "display") == NULL &&
        json_object_set(out, "display", shown) != 0) {
        json_decref(out);
        out = NULL;
    }
    return checked(out, failed);
}

/* clang-format off */
/* Who sends it; to be looked for there before a row may go. */
static const struct {
    const char *who;
    meaning *means;
} rows[] = {
    {"Entra ID and Microsoft's test collection: booleans as text", boolean_text},
    {"Entra ID, Microsoft's validator: manager as an array",       array_of_one},
    {"Entra ID, Microsoft's validator: manager as a text",         bare_reference},
    {"Microsoft's test collection: members as ids",                bare_member},
    {"Entra ID, PATCH of roles: JSON within a text",               json_in_value},
    {"Entra ID, POST of roles: displayName for display",           display_name},
};
/* clang-format on */

/* The first row that applies; NULL: none does. */
static json_t *one_step(const struct scim_attr *attr, const json_t *v,
                        bool *failed)
{
    json_t *meant = NULL;
    for (size_t i = 0;
         i < sizeof rows / sizeof rows[0] && meant == NULL && !*failed; i++)
        meant = rows[i].means(attr, v, failed);
    return meant;
}

bool scim_tolerate(const struct scim_attr *attr, const json_t *value,
                   json_t **out)
{
    bool failed = false;
    *out = NULL;
    json_t *next = one_step(attr, value, &failed);
    /* One form may stand within another. Each step makes the value smaller, or
     * turns it into one to which its row no longer applies. */
    while (next != NULL) {
        json_decref(*out);
        *out = next;
        next = one_step(attr, *out, &failed);
    }
    if (failed) {
        json_decref(*out);
        *out = NULL;
    }
    return !failed;
}
