/*
 * store/held.h - who lost access of late, and what the brake holds
 *
 * Owns the tables `departure` and `held`. A held row:
 *
 *   from      by                                 to
 *   -         the brake                          held
 *   held      an operator releases               released
 *   held      an operator discards               closed "discarded"
 *   held      the identity provider, or the      closed "withdrawn",
 *             helpdesk, changes its mind         "returned"
 *   released  the deactivation is done           closed "done", "refused"
 *
 * A resource has one row at most that is not closed.
 */
#ifndef STORE_HELD_H
#define STORE_HELD_H

#include "store/store.h"

/* How many of a target's users departed since `since`, but for `except`, and
 * how many are active. */
struct store_departures {
    int64_t departed, active;
};
enum store_rc store_departure_count(struct store_db *db, int64_t target,
                                    int64_t since, int64_t except,
                                    struct store_departures *out);
/* Notes one; the same again only moves its time. Those before `forget` are
 * forgotten. */
enum store_rc store_departure_add(struct store_db *db, int64_t target,
                                  int64_t resource, int64_t at, int64_t forget);
/* Those before `before` are forgotten. */
enum store_rc store_departure_forget(struct store_db *db, int64_t target,
                                     int64_t before);

struct store_held {
    int64_t n, target, resource;    /* row numbers */
    const char *id, *display;       /* of the resource; on list */
    const char *kind;               /* "deactivate", "delete", "vanished" */
    const char *actor, *request_id; /* who asked; NULL allowed */
    int64_t at, released;           /* ms; released 0: held */
};
/* Holds; what is held already keeps its time, what is released stays so. */
enum store_rc store_held_add(struct store_db *db, const struct store_held *h);
/* One row, lent for the call; return false to stop. */
typedef bool store_each_held(const struct store_held *h, void *ctx);
/* The row of a resource that is not closed. STORE_NONE: none. */
enum store_rc store_held_of(struct store_db *db, int64_t resource,
                            store_each_held *each, void *ctx);
/* Those of a target that are not closed, behind row `after`. */
enum store_rc store_held_list(struct store_db *db, int64_t target,
                              int64_t after, int64_t limit,
                              store_each_held *each, void *ctx);
/* The first released row behind `after` that SCIM asked for. STORE_NONE. */
enum store_rc store_held_next(struct store_db *db, int64_t target,
                              int64_t after, store_each_held *each, void *ctx);
/* Rows that are not closed: held of SCIM, held of a sync, released. */
struct store_held_count {
    int64_t asked, vanished, released;
};
enum store_rc store_held_counts(struct store_db *db, int64_t target,
                                struct store_held_count *out);
/* All held rows of a target; how many in *count. */
enum store_rc store_held_release(struct store_db *db, int64_t target,
                                 int64_t now, const char *by, int64_t *count);
enum store_rc store_held_discard(struct store_db *db, int64_t target,
                                 int64_t now, const char *by, int64_t *count);
/* STORE_NONE: nothing of that resource is open. */
enum store_rc store_held_close(struct store_db *db, int64_t resource,
                               int64_t now, const char *outcome);
/* Closes what a sync held: the users are back. */
enum store_rc store_held_returned(struct store_db *db, int64_t target,
                                  int64_t now);

#endif
