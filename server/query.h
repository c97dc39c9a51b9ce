/*
 * server/query.h - the query parameters of SCIM (RFC 7644 section 3.4.2)
 *
 * Parameters that are not in the table are ignored. `attributes` and
 * `excludedAttributes` may be repeated and are then joined by a comma; any
 * other may stand once.
 */
#ifndef SERVER_QUERY_H
#define SERVER_QUERY_H

#include "scim/error.h"

#include <stdbool.h>
#include <stddef.h>

/* NULL: not given. A parameter without '=' is there, and is "". */
struct query {
    char *attributes, *excluded, *filter, *sort_by, *sort_order, *start_index,
        *count, *cursor;
    char *limit, *target, *state, *resource, *dry_run; /* of /admin/api */
};

/* Reads the part of a request target behind '?'. False and *err (400): a NUL
 * byte, no UTF-8, a repeated parameter, no memory. The caller clears *out in
 * any case. */
bool query_parse(const char *text, size_t len, struct query *out,
                 struct scim_error *err);
void query_clear(struct query *q);

#endif
