/*
 * test/fuzz/fuzz_template.c - any bytes as the small languages of a profile
 *
 * Rooms: base providers/select.c providers/when.c providers/template.c
 * Rooms: providers/url.c providers/trace.c
 *
 * What stands before a NUL is one text: a path, a template, a URL. What stands
 * behind it is JSON: {"t": template, "v": variables, "r": record, "w": when,
 * "a": assume, "rule": rule}. Beyond not breaking: a filled path holds nothing
 * that could leave its segment, a filled header no line break, a failure names
 * its variable, and what follows a URL stays at its origin.
 */
#include "providers/select.h"
#include "providers/template.h"
#include "providers/trace.h"
#include "providers/url.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static bool any_name(const char *name, bool optional, void *ctx)
{
    (void)optional;
    (void)ctx;
    must(*name != '\0' && strlen(name) < 128);
    return true;
}

static const char *no_header(void *ctx, const char *name)
{
    (void)name;
    return ctx;
}

static void try_paths(const char *text, const json_t *record)
{
    const char *why = NULL;
    bool valid = select_path_valid(text, &why);
    must(valid || why != NULL);
    json_t *first = select_path(record, text);
    json_t *all = select_all(record, text);
    must(valid || first == NULL);
    must((first == NULL) == (json_array_size(all) == 0));
    must(json_array_get(all, 0) == first);
    json_t *copy = json_deep_copy(record);
    if (select_put(copy, text, json_integer(1)))
        must(json_integer_value(select_path(copy, text)) == 1);
    json_decref(copy);
    json_decref(all);
}

static void try_texts(const char *text, const struct vars *v)
{
    char missing[128], line[64];
    char *path = template_path(text, v, missing);
    must(path != NULL || strlen(missing) < sizeof missing);
    free(path);
    char *header = template_text(text, v, missing);
    if (header != NULL && strpbrk(text, "\r\n") == NULL)
        must(strpbrk(header, "\r\n") == NULL);
    free(header);
    trace_line(line, sizeof line, text);
    must(strlen(line) < sizeof line && strpbrk(line, "\r\n\t\x1b") == NULL);
}

static void try_url(const char *text)
{
    const char *base = "https://desk.example/api", *why;
    char *next = url_follow(base, "https://desk.example/api/x?y", text);
    must(next == NULL || url_same_origin(base, next));
    must(next == NULL || url_allowed(next, &why));
    free(next);
    char *shown = url_path_shown(text);
    must(shown != NULL && strchr(shown, '?') == NULL &&
         strchr(shown, '@') == NULL);
    free(shown);
}

static void try_template(const json_t *template, const struct vars *v)
{
    char missing[128];
    const char *why = NULL;
    bool valid = template_variables(template, any_name, NULL, &why);
    must(valid || why != NULL);
    json_t *filled = template_fill(template, v, missing);
    must(filled != NULL || !valid || missing[0] != '\0');
    json_decref(filled);
}

static void try_json(const char *text, const json_t *all)
{
    const json_t *record = json_object_get(all, "r");
    const json_t *when = json_object_get(all, "w");
    const json_t *assume = json_object_get(all, "a");
    const json_t *rule = json_object_get(all, "rule");
    const struct vars v = {.scope = {json_object_get(all, "v"), all},
                           .count = 2};
    try_paths(text, record);
    try_texts(text, &v);
    if (json_object_get(all, "t") != NULL)
        try_template(json_object_get(all, "t"), &v);
    enum when_result full = when_holds(when, record, assume, true);
    enum when_result part = when_holds(when, record, assume, false);
    must(full != WHEN_UNKNOWN);
    must(part == WHEN_UNKNOWN || part == full);
    json_t *names = json_array();
    must(when_fields(when, names));
    json_decref(names);
    const struct answer a = {.status = 400,
                             .body = record,
                             .header = no_header,
                             .ctx = (void *)text};
    (void)rule_matches(rule, &a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_error_t ignored;
    const uint8_t *nul = size == 0 ? NULL : memchr(data, 0, size);
    size_t text_len = nul == NULL ? size : (size_t)(nul - data);
    size_t behind = nul == NULL ? size : text_len + 1;
    char *text = strndup((const char *)data, text_len);
    json_t *all =
        json_loadb((const char *)data + behind, size - behind, 0, &ignored);
    if (text == NULL)
        return 0;
    try_url(text);
    try_json(text, all);
    json_decref(all);
    free(text);
    return 0;
}
