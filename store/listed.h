/*
 * store/listed.h - what a listing said last of each user, as a digest
 *
 * Owns the table `listed`. An entry stands as long as the row is as it was when
 * the entry was made: whatever changes state, upstream id, identity, role or
 * what the helpdesk said last takes it away (a trigger does).
 */
#ifndef STORE_LISTED_H
#define STORE_LISTED_H

#include "base/siphash.h"
#include "store/store.h"

/* Keeps the digest for a row that is as the listing says. Inside store_write,
 * behind everything else that is written of the row. */
enum store_rc store_listed_put(struct store_db *db, int64_t n,
                               struct siphash digest);
/* STORE_OK: the user with that upstream id had this digest; *n is its row. */
enum store_rc store_listed_find(struct store_db *db, int64_t target,
                                const char *upstream_id, struct siphash digest,
                                int64_t *n);

#endif
