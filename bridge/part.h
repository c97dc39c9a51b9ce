/*
 * bridge/part.h - a query on the mirror, made from what a list is asked for
 *
 *   a list of              has
 *   one type               one part
 *   all types, in order    one part, both types in it
 *     of an attribute
 *   all types              two parts, users and then groups
 *
 * Filter and order name attributes of a type, so each type in a part has its
 * own piece of SQL.
 */
#ifndef BRIDGE_PART_H
#define BRIDGE_PART_H

#include "bridge/cursor.h"
#include "bridge/list_query.h"
#include "scim/filter.h"
#include "scim/filter_sql.h"
#include "scim/project.h"

struct part_piece {
    struct scim_filter *filter;
    struct scim_sql where, key; /* key: what it is ordered by */
    struct scim_projection *projection;
};

struct part {
    enum store_type first, last;  /* the types in it */
    struct part_piece pieces[2];  /* by type */
    struct buf where, key, order; /* of the pieces together */
    struct buf where_page;        /* where, as a page is best found by */
    struct buf behind;            /* the same, and behind the cursor */
    struct store_query all, page; /* page: what the cursor leaves of all */
    struct store_value *values;   /* owned; all's */
    struct store_value *beyond;   /* owned; page's, with a cursor */
    int64_t total;
};

/* Compiles the query for the types `first` to `last`, which the caller set.
 * `strict` false: it is one of several, so it may lack an attribute of the
 * filter (RFC 7644 section 3.4.2.1). False: 400. */
bool part_compile(const struct bridge_target *t, const struct list_query *l,
                  bool strict, struct part *p, struct scim_error *err);
/* Leaves of `page` only what comes behind the cursor. False: memory. */
bool part_go_on(struct part *p, const struct cursor *from, bool down);
/* The sort key of a row of the part, in out->key. */
bool part_key(const struct part *p, struct store_db *db, struct cursor *out);
void part_clear(struct part *p);

#endif
