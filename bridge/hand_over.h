/*
 * bridge/hand_over.h - the open conversations of one leaver, worked off
 *
 *   step                        durable before   a stop behind it leaves
 *   1 read the list to its end  -                a hand-over that is not listed
 *   2 store it                  1                all of them WAITING
 *   3 choose heirs for a few    -                those WAITING
 *   4 store the choice          3                those CHOSEN
 *   5 assign them upstream      4                CHOSEN, moved or not
 *   6 store what was answered   5                SENT, or WAITING for the
 *                                                next heir, or STUCK
 *   7 read the list again       6                MOVED whatever is no longer
 *                                                told; what came anew: to 2
 *
 * A CHOSEN one goes to the same heir again, which changes nothing where it has
 * arrived; it never goes to another one unless the helpdesk refused the first.
 * Only what the list of open work shows is touched, so closed work stays.
 *
 * What the list says of a conversation that it no longer shows:
 *
 *   it was    helpdesk hands over `before`    `after`
 *   WAITING   GONE: closed, or taken over     still to be moved: the helpdesk
 *                                             itself took it from the leaver
 *   CHOSEN    MOVED: our call, answer lost    to the same heir again
 *   SENT      MOVED                           MOVED
 */
#ifndef BRIDGE_HAND_OVER_H
#define BRIDGE_HAND_OVER_H

#include "bridge/journey.h"
#include "store/hand_over.h"

struct hand_over {
    struct store_hand_over row;         /* n 0: there is none */
    struct store_hand_over_item *items; /* owned */
    size_t count;
    json_t *places; /* owned; conversation -> its place */
    bool *dirty;    /* owned; which items are not stored as they are */
};
void hand_over_clear(struct hand_over *h);

/* The open one of the journey's row; none: row.n is 0. False: the database
 * failed; journey.err is set. */
bool hand_over_load(struct journey *j, struct hand_over *h);
/* Opens one for the journey's row, durably. */
bool hand_over_open(struct journey *j, bool removal, struct hand_over *h);
/* Stores what is new of it, and its row. */
bool hand_over_save(struct journey *j, struct hand_over *h);
/* The same inside a commit. */
enum store_rc hand_over_write(struct store_db *db, struct hand_over *h);

enum hand_over_end {
    HAND_OVER_DONE,  /* nothing is left that the bridge could do */
    HAND_OVER_LATER, /* time is over, or the helpdesk fails: row.next_at says
                        when to go on, row.error why */
    HAND_OVER_BROKEN /* the database failed; journey.err is set */
};
/* Steps 1 and 2 alone, before a deactivation that loses the list. */
enum hand_over_end hand_over_list(struct journey *j, struct hand_over *h);
/*
 * Works on it until it is done, or j->call.deadline_ms passes (in the
 * background a call that has begun by then may end). `who` is the leaver's
 * resource. `before`: the helpdesk still ties the conversations to the leaver.
 * A helpdesk that fails for HAND_OVER_PATIENCE_MS is given up: what is left is
 * STUCK, and the end is DONE.
 */
enum hand_over_end hand_over_run(struct journey *j, struct hand_over *h,
                                 const json_t *who, bool before);
#define HAND_OVER_PATIENCE_MS ((int64_t)10 * 60 * 1000)

struct hand_over_counts {
    size_t found, moved, gone; /* moved: as answered, or as proven at the end */
    size_t left;               /* found less moved less gone */
};
struct hand_over_counts hand_over_count(const struct hand_over *h);
void hand_over_set(struct hand_over *h, struct store_hand_over_item *item,
                   enum store_item state);
/* Those that are not moved will not be moved: they become STUCK. */
void hand_over_give_up(struct hand_over *h, const char *why);
/* True: it is listed, and nothing is left to do but telling. */
bool hand_over_is_done(const struct hand_over *h);

#endif
