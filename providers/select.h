/*
 * providers/select.h - paths, conditions and answer rules of a profile
 *
 * The small languages of docs/profiles.md: `a.b`, `a[0].b`, `a[*].b`, `$`;
 * `when` objects; answer rules of `errors` and `capabilities`.
 */
#ifndef PROVIDERS_SELECT_H
#define PROVIDERS_SELECT_H

#include <jansson.h>
#include <stdbool.h>

/* True when `path` is well formed; *why (static text) says what is not. */
bool select_path_valid(const char *path, const char **why);
/* The value at `path`; with [*] the first one; NULL: none. Borrowed. */
json_t *select_path(const json_t *root, const char *path);
/* Every value at `path` ([*] gives several): new array of shared references. */
json_t *select_all(const json_t *root, const char *path);
/* Puts `value` (stolen) at a dotted path, making objects on the way. */
bool select_put(json_t *root, const char *path, json_t *value);
/* A scalar as text ("1" for 1, "true"); new, NULL for null and no scalar. */
char *select_text(const json_t *value);

enum when_result { WHEN_FALSE, WHEN_TRUE, WHEN_UNKNOWN };
/*
 * Whether a `when` (object, or list of objects as OR) holds for a record.
 * `assume` (may be NULL) overrides the record's own fields; `full` false: a
 * field that is absent is unknown, and so may be the answer.
 */
enum when_result when_holds(const json_t *when, const json_t *record,
                            const json_t *assume, bool full);
/* Writes the top-level names of fields that a `when` reads into `names`. */
bool when_fields(const json_t *when, json_t *names);

/* An answer: what rules look at. */
struct answer {
    int status;
    const json_t *body; /* NULL: none, or not JSON */
    /* Value of a response header, NULL: absent. */
    const char *(*header)(void *ctx, const char *name);
    void *ctx;
};
/* Whether an answer rule (status, path|header with in|contains) matches. */
bool rule_matches(const json_t *rule, const struct answer *a);

#endif
