/*
 * providers/profile_check_value.c - one value of a profile against its type
 */
#include "providers/profile_check.h"

#include "providers/select.h"
#include "providers/template.h"

#include <regex.h>
#include <string.h>

#define JSON_MAX 1000000000

/* ---- texts and numbers --------------------------------------------------- */

static void check_text(struct check *c, const struct profile_key *key,
                       const json_t *value)
{
    (void)key;
    if (!json_is_string(value) || json_string_length(value) == 0)
        check_bad(c, "must be a text that is not empty");
}

static void check_word(struct check *c, const struct profile_key *key,
                       const json_t *value)
{
    const char *word = json_string_value(value);
    if (word == NULL)
        check_bad(c, "must be one of: %s", key->allowed);
    else if (!check_word_in(word, key->allowed))
        check_unknown(c, "value", word, key->allowed);
}

static void check_bool(struct check *c, const struct profile_key *key,
                       const json_t *value)
{
    (void)key;
    if (!json_is_boolean(value))
        check_bad(c, "must be true or false");
}

static void check_int(struct check *c, const struct profile_key *key,
                      const json_t *value)
{
    json_int_t n = json_integer_value(value);
    if (!json_is_integer(value) || n < key->min || n > JSON_MAX)
        check_bad(c, "must be a whole number from %d to %d", key->min,
                  JSON_MAX);
}

static void check_scalar(struct check *c, const struct profile_key *key,
                         const json_t *value)
{
    (void)key;
    if (json_is_object(value) || json_is_array(value))
        check_bad(c, "must be a text, a number, true, false or null");
}

static void check_any(struct check *c, const struct profile_key *key,
                      const json_t *value)
{
    (void)c;
    (void)key;
    (void)value;
}

/* ---- lists --------------------------------------------------------------- */

typedef void check_one(struct check *c, const struct profile_key *key,
                       const json_t *value);

static void check_each(struct check *c, const struct profile_key *key,
                       const json_t *list, check_one *one)
{
    size_t i;
    json_t *element;
    if (!json_is_array(list)) {
        check_bad(c, "must be a list");
        return;
    }
    json_array_foreach (list, i, element) {
        size_t mark = check_index(c, i);
        one(c, key, element);
        check_up(c, mark);
    }
}

static void check_texts(struct check *c, const struct profile_key *key,
                        const json_t *value)
{
    check_each(c, key, value, check_text);
    if (json_is_array(value) && json_array_size(value) == 0)
        check_bad(c, "must not be empty");
}

static void check_words(struct check *c, const struct profile_key *key,
                        const json_t *value)
{
    check_each(c, key, value, check_word);
}

static void check_text_or_number(struct check *c, const struct profile_key *key,
                                 const json_t *value)
{
    (void)key;
    if (!json_is_string(value) && !json_is_number(value))
        check_bad(c, "must be a text or a number");
}

static void check_scalars(struct check *c, const struct profile_key *key,
                          const json_t *value)
{
    check_each(c, key, value, check_text_or_number);
}

static void check_status(struct check *c, const struct profile_key *key,
                         const json_t *value)
{
    json_int_t n = json_integer_value(value);
    (void)key;
    if (!json_is_integer(value) || n < 100 || n > 599)
        check_bad(c, "must be an HTTP status, 100 to 599");
}

static void check_statuses(struct check *c, const struct profile_key *key,
                           const json_t *value)
{
    check_each(c, key, value, check_status);
    if (json_is_array(value) && json_array_size(value) == 0)
        check_bad(c, "must not be empty");
}

static void check_retry(struct check *c, const struct profile_key *key,
                        const json_t *value)
{
    static const char methods[] = "GET POST PUT PATCH DELETE";
    const char *method;
    json_t *statuses;
    if (!json_is_object(value)) {
        check_statuses(c, key, value);
        return;
    }
    json_object_foreach ((json_t *)value, method, statuses) {
        size_t mark = check_key(c, method);
        if (check_word_in(method, methods))
            check_statuses(c, key, statuses);
        else
            check_unknown(c, "method", method, methods);
        check_up(c, mark);
    }
}

/* ---- paths, conditions, templates ---------------------------------------- */

static void check_path(struct check *c, const struct profile_key *key,
                       const json_t *value)
{
    const char *path = json_string_value(value), *why = NULL;
    (void)key;
    if (path == NULL)
        check_bad(c, "must be a path, such as a.b, a[0].b or a[*].b");
    else if (!select_path_valid(path, &why))
        check_bad(c, "not a path: %s", why);
}

static void check_paths(struct check *c, const struct profile_key *key,
                        const json_t *value)
{
    check_each(c, key, value, check_path);
}

static void check_native(struct check *c, const struct profile_key *key,
                         const json_t *value)
{
    if (json_is_array(value) && json_array_size(value) > 0)
        check_paths(c, key, value);
    else
        check_path(c, key, value);
}

/* {"begins": TEXT}, which is all that an object may say. */
static bool is_beginning(const json_t *value)
{
    return json_object_size(value) == 1 &&
           json_string_length(json_object_get(value, "begins")) > 0;
}

/* A scalar, null, a beginning, or a list of these. */
static void check_wanted(struct check *c, const json_t *value)
{
    size_t i;
    json_t *one;
    if (json_is_object(value) && !is_beginning(value)) {
        check_bad(c, "must be a value, null, {\"begins\": text}, or a list of "
                     "these");
        return;
    }
    if (json_is_array(value) && json_array_size(value) == 0)
        check_bad(c, "an empty list can never hold");
    json_array_foreach (value, i, one) {
        if ((json_is_object(one) && !is_beginning(one)) || json_is_array(one)) {
            size_t mark = check_index(c, i);
            check_bad(c, "must be a value, null, or {\"begins\": text}");
            check_up(c, mark);
        }
    }
}

static void check_condition(struct check *c, const struct profile_key *key,
                            const json_t *value)
{
    const char *path, *why = NULL;
    json_t *wanted;
    (void)key;
    if (!json_is_object(value)) {
        check_bad(c, "must be an object of path and value");
        return;
    }
    json_object_foreach ((json_t *)value, path, wanted) {
        size_t mark = check_key(c, path);
        if (!select_path_valid(path, &why))
            check_bad(c, "not a path: %s", why);
        check_wanted(c, wanted);
        check_up(c, mark);
    }
}

static void check_when(struct check *c, const struct profile_key *key,
                       const json_t *value)
{
    if (json_is_array(value))
        check_each(c, key, value, check_condition);
    else
        check_condition(c, key, value);
}

static void check_whens(struct check *c, const struct profile_key *key,
                        const json_t *value)
{
    check_each(c, key, value, check_condition);
}

static bool ignore_variable(const char *name, bool optional, void *ctx)
{
    (void)name;
    (void)optional;
    (void)ctx;
    return true;
}

static void check_json(struct check *c, const struct profile_key *key,
                       const json_t *value)
{
    const char *why = NULL;
    (void)key;
    if (!template_variables(value, ignore_variable, NULL, &why))
        check_bad(c, "%s", why != NULL ? why : "not a template");
}

static void check_template(struct check *c, const struct profile_key *key,
                           const json_t *value)
{
    if (!json_is_string(value))
        check_bad(c, "must be a text");
    else
        check_json(c, key, value);
}

/* Names of headers and query parameters: no control character may enter. */
static bool name_ok(const char *name)
{
    for (const char *p = name; *p != '\0'; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            return false;
    return *name != '\0';
}

static void check_data(struct check *c, const struct profile_key *key,
                       const json_t *value)
{
    const char *name;
    json_t *one;
    if (!json_is_object(value)) {
        check_bad(c, "must be an object of name and text");
        return;
    }
    json_object_foreach ((json_t *)value, name, one) {
        size_t mark = check_key(c, name);
        if (!name_ok(name))
            check_bad(c, "not a name: control characters or empty");
        if (json_is_array(one))
            check_each(c, key, one, check_template);
        else
            check_template(c, key, one);
        check_up(c, mark);
    }
}

static void check_regex(struct check *c, const struct profile_key *key,
                        const json_t *value)
{
    const char *pattern = json_string_value(value);
    regex_t re;
    char why[128];
    (void)key;
    if (pattern == NULL || strlen(pattern) > 1000) {
        check_bad(c, "must be a regular expression of at most 1000 bytes");
        return;
    }
    int rc = regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB);
    if (rc == 0) {
        regfree(&re);
        return;
    }
    (void)regerror(rc, &re, why, sizeof why);
    check_bad(c, "not a POSIX extended regular expression: %s", why);
}

/* ---- references and data ------------------------------------------------- */

static void check_reference(struct check *c, const json_t *value,
                            const char *section, const char *what)
{
    const json_t *names = json_object_get(c->profile, section);
    const char *name = json_string_value(value);
    if (name == NULL)
        check_bad(c, "must be the name of %s", what);
    else if (json_object_get(names, name) == NULL)
        check_unknown_name(c, what, name, names);
}

static void check_op(struct check *c, const struct profile_key *key,
                     const json_t *value)
{
    (void)key;
    check_reference(c, value, "operations", "operation");
}

static void check_ops(struct check *c, const struct profile_key *key,
                      const json_t *value)
{
    check_each(c, key, value, check_op);
}

static void check_paging(struct check *c, const struct profile_key *key,
                         const json_t *value)
{
    (void)key;
    check_reference(c, value, "paging", "paging style");
}

static void check_labels(struct check *c, const struct profile_key *key,
                         const json_t *value)
{
    const char *name;
    json_t *one;
    if (!json_is_object(value)) {
        check_bad(c, "must be an object of name and sentence");
        return;
    }
    json_object_foreach ((json_t *)value, name, one) {
        size_t mark = check_key(c, name);
        check_text(c, key, one);
        check_up(c, mark);
    }
}

static void check_saves(struct check *c, const struct profile_key *key,
                        const json_t *value)
{
    const char *name;
    json_t *one;
    if (!json_is_object(value)) {
        check_bad(c, "must be an object of name and path");
        return;
    }
    json_object_foreach ((json_t *)value, name, one) {
        size_t mark = check_key(c, name);
        check_path(c, key, one);
        check_up(c, mark);
    }
}

static void check_sets(struct check *c, const struct profile_key *key,
                       const json_t *value)
{
    if (!json_is_object(value))
        check_bad(c, "must be an object of name and value");
    else
        check_json(c, key, value);
}

/* By enum profile_type; the shapes and what is checked with them are NULL. */
static check_one *const checks[PT_COUNT] = {
    [PT_TEXT] = check_text,         [PT_WORD] = check_word,
    [PT_BOOL] = check_bool,         [PT_INT] = check_int,
    [PT_SCALAR] = check_scalar,     [PT_ANY] = check_any,
    [PT_TEXTS] = check_texts,       [PT_WORDS] = check_words,
    [PT_SCALARS] = check_scalars,   [PT_STATUSES] = check_statuses,
    [PT_RETRY] = check_retry,       [PT_PATH] = check_path,
    [PT_PATHS] = check_paths,       [PT_NATIVE] = check_native,
    [PT_SCIM] = check_text,         [PT_REGEX] = check_regex,
    [PT_TEMPLATE] = check_template, [PT_JSON] = check_json,
    [PT_DATA] = check_data,         [PT_WHEN] = check_when,
    [PT_WHENS] = check_whens,       [PT_OP] = check_op,
    [PT_OPS] = check_ops,           [PT_PAGING] = check_paging,
    [PT_LABELS] = check_labels,     [PT_SAVES] = check_saves,
    [PT_SETS] = check_sets,
};

void check_value(struct check *c, const struct profile_key *key,
                 const json_t *value)
{
    if (key->type < PT_COUNT && checks[key->type] != NULL)
        checks[key->type](c, key, value);
}
