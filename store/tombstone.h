/*
 * store/tombstone.h - why a resource is no longer upstream
 *
 * Owns the table `tombstone`: one row a death, kept after a revival.
 */
#ifndef STORE_TOMBSTONE_H
#define STORE_TOMBSTONE_H

#include "store/resource.h"

struct store_tombstone {
    int64_t n, resource; /* row numbers */
    char *upstream_id;   /* owned */
    char *snapshot;      /* owned; JSON as last seen, or NULL */
    char *receipt;       /* owned; JSON of the open work, or NULL */
    char *reason;        /* owned; "deactivated", "vanished", "erased" */
    int64_t since;
    int64_t revived; /* 0: still dead */
};
void store_tombstone_clear(struct store_tombstone *t);
enum store_rc store_tombstone_add(struct store_db *db,
                                  const struct store_tombstone *t);
/* The newest that is not revived; STORE_NONE: lives. */
enum store_rc store_tombstone_of(struct store_db *db, int64_t resource,
                                 struct store_tombstone *out);
/* Writes the receipt of whatever is not revived; nothing there: STORE_OK. */
enum store_rc store_tombstone_receipt(struct store_db *db, int64_t resource,
                                      const char *receipt);
enum store_rc store_tombstone_revive(struct store_db *db, int64_t resource,
                                     int64_t at);
typedef bool store_each_tombstone(const struct store_tombstone *t,
                                  const char *id, void *ctx);
/* Unrevived ones of a target, newest first. */
enum store_rc store_tombstone_list(struct store_db *db, int64_t target,
                                   int64_t limit, store_each_tombstone *each,
                                   void *ctx);

#endif
