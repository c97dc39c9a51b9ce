/*
 * providers/select_internal.h - the walk along a path, for select.c and when.c
 */
#ifndef PROVIDERS_SELECT_INTERNAL_H
#define PROVIDERS_SELECT_INTERNAL_H

#include <jansson.h>
#include <stdbool.h>

/* Called for each value at the end of a path; true stops the walk. */
typedef bool select_visit(json_t *value, void *ctx);

enum select_seen {
    SELECT_ABSENT, /* a name on the way is not there: nothing is known */
    SELECT_EMPTY,  /* the way ends in null or an empty list: known to be none */
    SELECT_SOME,   /* at least one value was visited */
};
/* Walks along `path`; a malformed path leads nowhere (SELECT_ABSENT). */
enum select_seen select_walk(const json_t *root, const char *path,
                             select_visit *visit, void *ctx);

#endif
