/*
 * bridge/list_query.h - what a list is asked for
 *
 * The parameters are those of RFC 7644 sections 3.4.2 and 3.4.3 and of RFC
 * 9865: in the query string of a GET, or in the body of a POST .search.
 */
#ifndef BRIDGE_LIST_QUERY_H
#define BRIDGE_LIST_QUERY_H

#include "bridge/target.h"
#include "scim/error.h"

struct list_query {
    char *attributes, *excluded, *filter, *sort_by; /* owned; NULL: not given */
    char *cursor;  /* owned; NULL: pages by index; "": the first page */
    bool down;     /* sortOrder is descending */
    bool counted;  /* `count` was given */
    int64_t start; /* at least 1 */
    int64_t count; /* 0 ... the largest page */
};

/* Reads and checks them; false: 400. The caller clears *out in any case. */
bool list_query_read(const struct bridge_target *t,
                     const struct bridge_request *q, struct list_query *out,
                     struct scim_error *err);
void list_query_clear(struct list_query *l);

#endif
