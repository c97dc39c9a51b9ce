/*
 * server/lists.h - what is remembered, as lists for operators
 *
 * The same for /admin/api and for the command line. Each gives
 * {"items":[...],"next":CURSOR|null}, new; NULL: the database failed, or
 * memory ran out.
 */
#ifndef SERVER_LISTS_H
#define SERVER_LISTS_H

#include "store/store.h"

#include <jansson.h>

#define LIST_DEFAULT_LIMIT 100
#define LIST_MAX_LIMIT     1000

struct list_page {
    int64_t target;       /* row number */
    const char *name;     /* of the target, for each item */
    int64_t limit;        /* items on a page */
    int64_t cursor;       /* of the page before; 0: the first */
    bool all;             /* tasks: closed ones too */
    const char *resource; /* audit: of one resource; NULL: all */
};

/* Deactivations first; with the counts of list_task_counts beside the items. */
json_t *list_tasks(struct store_db *db, const struct list_page *p);
/* {"open","overdue","deactivate"} of a target. */
json_t *list_task_counts(struct store_db *db, int64_t target);
/* One of them, whatever its target, whose row number is set; "target" is null.
 * NULL: there is none, or the database failed. */
json_t *list_task(struct store_db *db, const char *id, int64_t *target);
json_t *list_tombstones(struct store_db *db, const struct list_page *p);
json_t *list_audit(struct store_db *db, const struct list_page *p);
json_t *list_syncs(struct store_db *db, const struct list_page *p);
json_t *list_users(struct store_db *db, const struct list_page *p);
json_t *list_groups(struct store_db *db, const struct list_page *p);
/* The newest sync of a target, or JSON null. */
json_t *list_last_sync(struct store_db *db, int64_t target);

#endif
