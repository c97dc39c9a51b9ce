/*
 * store/health.h - whether the database is sound, and mending what can be
 *
 * Mends what is made of something else (indexes, tallies), and never guesses
 * at what was lost: for that there are backups.
 */
#ifndef STORE_HEALTH_H
#define STORE_HEALTH_H

#include "store/store.h"

/* One finding: a sentence, and whether store_health_repair mends it. Returning
 * false ends the looking. */
typedef bool store_each_finding(const char *sentence, bool repairable,
                                void *ctx);
/*
 * Reads the whole file: pages and indexes, references between tables, tallies,
 * the chain of the audit. Takes seconds for each gigabyte. STORE_OK: it was
 * looked at, however much was found. STORE_FAILED: it cannot be read.
 */
enum store_rc store_health_check(struct store_db *db, store_each_finding *each,
                                 void *ctx);
/* In store_write: makes indexes and tallies anew. */
enum store_rc store_health_repair(struct store_db *db);

#endif
