/*
 * store/target.h - a row for each configured helpdesk
 *
 * Owns the table `target`. A row outlives its configuration: a target that is
 * taken out of the file and put back finds its mirror again by its name.
 */
#ifndef STORE_TARGET_H
#define STORE_TARGET_H

#include "store/store.h"

struct store_target {
    int64_t n; /* row number: the `target` of all other tables */
    char *name;
    char *account;     /* owned; identity of the upstream account, or NULL */
    char *public_base; /* owned; the URL its stored links were built with */
    int64_t synced_at; /* end of the last complete sync; 0: never */
};

void store_target_clear(struct store_target *t);
/* Finds the row of that name, or makes it. */
enum store_rc store_target_ensure(struct store_db *db, const char *name,
                                  int64_t now, int64_t *n);
enum store_rc store_target_get(struct store_db *db, int64_t n,
                               struct store_target *out);
enum store_rc store_target_set_account(struct store_db *db, int64_t n,
                                       const char *account);
enum store_rc store_target_set_synced(struct store_db *db, int64_t n,
                                      int64_t at);
/* Records the base URL; when it differs from the recorded one, the stored
 * `groups` text of every user of the target is made again with it. */
enum store_rc store_target_set_public_base(struct store_db *db, int64_t n,
                                           const char *base);

#endif
