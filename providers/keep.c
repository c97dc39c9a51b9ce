#include "providers/keep.h"

#include "base/fold.h"

#include <string.h>

#define DEEPEST 64

/* Never kept, whoever names them (RFC 7643 section 4.1.1: password is never
 * returned). */
static const char *const never[] = {
    "password", "passwd", "secret", "token", "access_token", "refresh_token"};

static bool word_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '_' || c == '-';
}

static bool add_words(json_t *names, const char *text)
{
    for (const char *at = text; *at != '\0';) {
        size_t len = 0;
        while (word_char(at[len]))
            len++;
        if (len > 0 && json_object_setn_new(names, at, len, json_true()) != 0)
            return false;
        at += len > 0 ? len : 1;
    }
    return true;
}

static bool collect(json_t *names, const json_t *value, int depth)
{
    size_t i;
    const char *key;
    json_t *member;
    if (depth > DEEPEST)
        return true;
    if (json_is_string(value))
        return add_words(names, json_string_value(value));
    json_array_foreach (value, i, member) {
        if (!collect(names, member, depth + 1))
            return false;
    }
    if (!json_is_object(value))
        return true;
    json_object_foreach ((json_t *)value, key, member) {
        /* A note is prose and names nothing. */
        if (strcmp(key, "note") != 0 &&
            (!add_words(names, key) || !collect(names, member, depth + 1)))
            return false;
    }
    return true;
}

/* Rows that are sent and never read back. */
static void drop_unread(json_t *names, const json_t *map)
{
    size_t i;
    json_t *row;
    json_array_foreach (map, i, row) {
        const char *read = json_string_value(json_object_get(row, "read"));
        const json_t *native = json_object_get(row, "native");
        if (read != NULL && strcmp(read, "never") == 0 &&
            json_is_string(native))
            (void)json_object_del(names, json_string_value(native));
    }
}

json_t *keep_names(const json_t *profile)
{
    static const char *const parts[] = {
        "errors", "error_detail", "capabilities", "paging", "user",
        "group",  "lifecycle",    "operations",   "rate"};
    json_t *names = json_object();
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        const json_t *part = json_object_get(profile, parts[i]);
        if (part != NULL && names != NULL && !collect(names, part, 0)) {
            json_decref(names);
            return NULL;
        }
    }
    for (size_t i = 0; i < 2; i++)
        drop_unread(
            names,
            json_object_get(json_object_get(profile, i == 0 ? "user" : "group"),
                            "map"));
    return names;
}

bool keep_has(const json_t *names, const char *name)
{
    size_t len = strlen(name);
    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++)
        if (fold_ascii_equal(name, len, never[i], strlen(never[i])))
            return false;
    return json_object_get(names, name) != NULL;
}

/* As deep as `value` is, which the parser bounds; what lies deeper than a
 * profile's paths reach is dropped. */
static json_t *copy(const json_t *value, const json_t *names, int depth)
{
    size_t i;
    const char *key;
    json_t *member;
    if (depth > DEEPEST)
        return json_null();
    if (json_is_array(value)) {
        json_t *list = json_array();
        json_array_foreach (value, i, member) {
            (void)json_array_append_new(list, copy(member, names, depth + 1));
        }
        return list;
    }
    if (!json_is_object(value))
        return json_deep_copy(value);
    json_t *object = json_object();
    json_object_foreach ((json_t *)value, key, member) {
        if (keep_has(names, key))
            (void)json_object_set_new(object, key,
                                      copy(member, names, depth + 1));
    }
    return object;
}

json_t *keep_only(const json_t *value, const json_t *names)
{
    return copy(value, names, 0);
}
