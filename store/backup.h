/*
 * store/backup.h - a copy of the database, taken while it is in use
 *
 * The copy is one state: everything that was reported done when it began, and
 * nothing of what came later.
 */
#ifndef STORE_BACKUP_H
#define STORE_BACKUP_H

#include "store/store.h"

/* Told now and then; pages. Returning false ends the copying. */
typedef bool store_backup_progress(int64_t done, int64_t all, void *ctx);
/*
 * Copies what `db` (a reader) sees to the new file `to` (mode 0600). It gets
 * its name only when it is whole, checked and on disk; until then it is
 * `to`.partial, which is removed on failure. Writers are not held up; the WAL
 * grows meanwhile. `each` may be NULL. False and a sentence: `to` exists, the
 * disk is full, the database is damaged, or `each` said no.
 */
bool store_backup(struct store_db *db, const char *to,
                  store_backup_progress *each, void *ctx, struct error *err);

#endif
