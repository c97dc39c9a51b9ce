/*
 * providers/map.h - a profile's rows between a helpdesk's fields and SCIM
 *
 * Compiled once from `user.map` or `group.map`, then unchanging and shared.
 *
 *   reading   native record -> SCIM-shaped resource
 *   writing   SCIM-shaped resource -> native value of each row
 *   changes   what two resources differ in, under the names that are written
 *
 * Of several rows on one write name the first decides: on create the first
 * that has a value, on update the first whose value changed.
 *
 * Records here are what lies below `under`.
 */
#ifndef PROVIDERS_MAP_H
#define PROVIDERS_MAP_H

#include "base/error.h"
#include "providers/attribute.h"
#include "providers/provider.h"

#include <jansson.h>
#include <regex.h>
#include <stdbool.h>
#include <stddef.h>

enum map_write { MAP_ALWAYS, MAP_CREATE, MAP_NEVER };
enum map_part { MAP_WHOLE, MAP_GIVEN, MAP_FAMILY };
enum map_transform {
    MAP_PLAIN,
    MAP_LOWER,
    MAP_ISO8601,
    MAP_EPOCH_S,
    MAP_EPOCH_MS,
    MAP_STRING,
    MAP_STRING_LIST,
    MAP_NOT,
};

struct map_row {
    struct attribute scim;
    char *path;           /* owned; the SCIM path as clients write it */
    const char *native;   /* borrowed from the profile; NULL: joined */
    const json_t *joined; /* list of native paths, or NULL */
    const char *join;
    const char *name; /* under which it is written; NULL: joined */
    enum map_write write;
    enum map_part part;
    enum map_transform transform;
    bool read, required, primary;
    const char *type;        /* extra attributes; "string" */
    const json_t *otherwise; /* `default`; NULL: none */
    bool stays;              /* not `clearable`: taken away, it stays there */
    const json_t *values, *only_for_roles;
    long max; /* characters; 0: any */
    bool has_pattern;
    regex_t pattern;
    const char *op, *update_op; /* operations of its own; NULL: none */
};

struct map {
    struct map_row *rows; /* owned */
    size_t count;
    json_t *clear; /* owned; sent for a value that SCIM no longer has */
};

/* `block` is `user` or `group` of a checked profile, and outlives the map. */
bool map_compile(struct map *m, const json_t *block, bool group,
                 struct error *err);
void map_clear(struct map *m);

/*
 * A record as a SCIM-shaped resource (new). `full` false: fields that are not
 * there are unknown, and *unknown (new array, may be NULL) gets their paths.
 * NULL: memory ran out.
 */
json_t *map_read(const struct map *m, const json_t *record, bool full,
                 json_t **unknown);

/* ---- map_write.c --------------------------------------------------------- */

/* The native value of one row for a resource; new; NULL: SCIM has none. */
json_t *map_value(const struct map *m, const struct map_row *row,
                  const json_t *resource);
/* Every write name with its desired value: what templates may name. With
 * `create`, defaults too. New object. */
json_t *map_names(const struct map *m, const json_t *resource, bool create);
/* What the helpdesk says once it took all values of `resource`. New. */
json_t *map_expected(const struct map *m, const json_t *resource);

struct map_change {
    const struct map_row *row;
    json_t *value; /* owned; native; what is sent */
};
struct map_changes {
    struct map_change *list; /* owned */
    size_t count;
};
/* The values to send. `before` NULL: a create, with defaults. False: memory
 * ran out. Clear it in any case. */
bool map_diff(const struct map *m, const json_t *before, const json_t *after,
              struct map_changes *out);
void map_changes_clear(struct map_changes *c);
/* True when the record holds the value that was sent: as text, times as times,
 * lists as sets, and nothing, null and "" alike. */
bool map_holds(const struct map_change *change, const json_t *record);

/* ---- map_check.c --------------------------------------------------------- */

/* required, max, pattern, values, only_for_roles (`role` NULL: not checked).
 * UP_OK, or UP_INVALID with field and sentence. */
enum up_rc map_check(const struct map *m, const json_t *resource,
                     const char *role, struct up_error *err);
/* The same for one row. */
enum up_rc map_check_row(const struct map *m, const struct map_row *row,
                         const json_t *resource, const char *role,
                         struct up_error *err);
/* The SCIM path of a native or write name, as an error names it; NULL. */
const char *map_scim_name(const struct map *m, const char *native);

/* ---- map_transform.c ----------------------------------------------------- */

/* Native -> SCIM for a row's value, without `part`; new; NULL: no value. */
json_t *map_to_scim(const struct map_row *row, const json_t *native);
/* SCIM -> native; new; NULL: no value, or one that does not fit. */
json_t *map_to_native(const struct map_row *row, const json_t *scim);

/* ---- map_words.c --------------------------------------------------------- */

/* The names of a person fill one another (new texts, NULL: none). */
char *map_display(const json_t *user);   /* displayName, formatted, joined */
char *map_formatted(const json_t *user); /* formatted, displayName, joined */
char *map_given(const json_t *user);
char *map_family(const json_t *user);
/* Splits at the first blank; *family NULL: there is none. New texts. */
void map_split(const char *name, char **given, char **family);
/* given, a blank, family; either may be NULL. New; NULL: both are. */
char *map_joined(const char *given, const char *family);
/* The words of a user (docs/profiles.md, "Words"): new object. */
json_t *map_user_words(const json_t *user, const char *role);
json_t *map_team_words(const json_t *group);
/* The one address by which a person is known; borrowed, NULL: none. */
const char *map_email(const json_t *user);

#endif
