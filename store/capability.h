/*
 * store/capability.h - what a helpdesk's account was found to have or to lack
 *
 * Owns the table `capability`: the last verdict on each, with its evidence.
 */
#ifndef STORE_CAPABILITY_H
#define STORE_CAPABILITY_H

#include "store/store.h"

struct store_capability {
    int64_t target;
    const char *name;     /* of the profile */
    const char *verdict;  /* "present" or "absent" */
    const char *evidence; /* a sentence: what was asked, what came back */
    int64_t at;           /* ms since 1970 */
};
/* Replaces what is kept of that target and name. */
enum store_rc store_capability_set(struct store_db *db,
                                   const struct store_capability *c);
typedef bool store_each_capability(const struct store_capability *c, void *ctx);
/* All of a target, by name; `each` borrows, and ends it with false. */
enum store_rc store_capability_list(struct store_db *db, int64_t target,
                                    store_each_capability *each, void *ctx);

#endif
