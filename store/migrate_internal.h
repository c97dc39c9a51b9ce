/*
 * store/migrate_internal.h - brings a database to the shape that we know
 *
 * The shapes are the files schema/NNNN_name.sql, compiled in. user_version of
 * a file is the number of the last one applied to it; application_id marks it
 * as ours.
 */
#ifndef STORE_MIGRATE_INTERNAL_H
#define STORE_MIGRATE_INTERNAL_H

#include "store/db_internal.h"

/* False and a sentence: no database of ours, or written by a newer program. */
bool migrate_check(struct store_db *db, const char *path, struct error *err);
/* False and a sentence unless the file has exactly the shape that we know. */
bool migrate_is_current(struct store_db *db, const char *path,
                        struct error *err);
/* Applies what is missing, each file in a transaction of its own. */
bool migrate_apply(struct store_db *db, const char *path, struct error *err);

#endif
