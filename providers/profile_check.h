/*
 * providers/profile_check.h - finding every mistake of a profile
 *
 * Inside providers/ only. A check walks the JSON and keeps the path it is at;
 * each mistake becomes a line "file: path: reason", and the walk goes on.
 */
#ifndef PROVIDERS_PROFILE_CHECK_H
#define PROVIDERS_PROFILE_CHECK_H

#include "base/buf.h"
#include "providers/profile_schema.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct check {
    const json_t *profile; /* borrowed */
    const char *file;      /* for the lines */
    struct buf at;         /* the path, as jq writes it: user.map[3].scim */
    struct buf lines;
    size_t found;   /* mistakes */
    size_t work;    /* operations visited; bounded */
    bool keys_only; /* only unknown keys are said: other mistakes follow from
                       them, and stand behind them */
};

/* Steps down; the result is handed to check_up to come back. */
size_t check_key(struct check *c, const char *key);
size_t check_index(struct check *c, size_t i);
void check_up(struct check *c, size_t mark);

/* A mistake at the current path; with `keys_only` nothing. */
void check_bad(struct check *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The same, with the nearest of `words` (blanks between; may be NULL). */
void check_unknown(struct check *c, const char *what, const char *word,
                   const char *words);
/* ... with the nearest key of an object. */
void check_unknown_name(struct check *c, const char *what, const char *word,
                        const json_t *names);

/* True when `word` is one of `words`. */
bool check_word_in(const char *word, const char *words);

/* profile_check_shape.c: keys, types and what is missing. */
void check_shape(struct check *c, const struct profile_shape *shape,
                 const json_t *value);
/* profile_check_value.c: one value by its type (not the shapes). */
void check_value(struct check *c, const struct profile_key *key,
                 const json_t *value);
/* profile_check_user.c: map, states, roles, protect; group and members. */
void check_people(struct check *c);
/* profile_check_rules.c: operations, paging, errors, lifecycle. */
void check_rules(struct check *c);
/* profile_check_vars.c: every variable of every operation. */
void check_variables(struct check *c);

#endif
