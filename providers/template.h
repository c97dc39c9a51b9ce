/*
 * providers/template.h - {{x}}, {{x?}}, {{x|LITERAL}}, {{x|csv}}
 *
 * A template is JSON of a profile (or one string) in which strings hold
 * variables. Values come from a struct vars, which is a chain of JSON objects:
 * the first that has the name answers. A name may hold dots; it is looked up
 * as one name, never split. No expression, no loop.
 */
#ifndef PROVIDERS_TEMPLATE_H
#define PROVIDERS_TEMPLATE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define VARS_MAX 8
struct vars {
    const json_t *scope[VARS_MAX]; /* borrowed; looked through in order */
    size_t count;
};
/* Borrowed; NULL: no such variable, or its value is null. An explicit null in
 * an earlier scope hides later ones. */
json_t *vars_get(const struct vars *v, const char *name);

/* Calls `each` for every variable that a template names (`optional`: written
 * with ? or a default). False: malformed, and *why (static) says how; or `each`
 * returned false, and *why is NULL. */
typedef bool template_each(const char *name, bool optional, void *ctx);
bool template_variables(const json_t *template, template_each *each, void *ctx,
                        const char **why);
/*
 * Fills a template. *missing (128 bytes) gets the name of a required variable
 * that has no value: then NULL. The result is new; a string that is only a
 * template keeps the value's JSON type; a member, element or whole body whose
 * optional variable is absent drops out (whole: json_null). A list or object
 * amid text counts as missing. Deeper than 64 levels: NULL.
 */
json_t *template_fill(const json_t *template, const struct vars *v,
                      char missing[128]);
/* A path: every value percent-encoded; a value that is empty or a dot segment
 * refuses it. New text, or NULL as above. */
char *template_path(const char *template, const struct vars *v,
                    char missing[128]);
/* One string as text (headers, secrets): NULL as above. CR, LF and NUL in a
 * value refuse it. NULL with an empty *missing: an optional variable is absent,
 * so the header drops out. */
char *template_text(const char *template, const struct vars *v,
                    char missing[128]);

#endif
