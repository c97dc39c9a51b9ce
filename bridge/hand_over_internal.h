/*
 * bridge/hand_over_internal.h - what the files of a hand-over share
 *
 *   hand_over.c       in memory, and in the database
 *   hand_over_run.c   the whole of a run, and looking at the list
 *   hand_over_send.c  choosing heirs, and assigning
 */
#ifndef BRIDGE_HAND_OVER_INTERNAL_H
#define BRIDGE_HAND_OVER_INTERNAL_H

#include "bridge/hand_over.h"
#include "bridge/heir.h"

#define HAND_OVER_TRIES 3 /* calls for one that fail for no reason */

struct hand_over_turn {
    struct journey *j;
    struct hand_over *h;
    const json_t *who;
    bool before;
    struct heirs *heirs; /* owned; by entry; resolved as they are needed */
    bool *resolved;      /* owned */
    int failures;        /* calls in a row that failed for no reason */
    int64_t pause_ms;    /* before the next look at a list that lags */
    int64_t until;       /* no new call after it; 0: no limit */
};

enum step { GO_ON, STOP_DONE, STOP_LATER, STOP_BROKEN };

/* ---- hand_over.c ----------------------------------------------------------
 */

bool hand_over_text(char **to, const char *text);
/* A new item at the end; NULL: memory ran out. */
struct store_hand_over_item *hand_over_add(struct hand_over *h,
                                           const char *ticket);
struct store_hand_over_item *hand_over_find(const struct hand_over *h,
                                            const char *ticket);
bool hand_over_in(const struct store_hand_over_item *item, enum store_item a,
                  enum store_item b);
size_t hand_over_of(const struct hand_over *h, enum store_item a,
                    enum store_item b);

/* ---- hand_over_run.c ------------------------------------------------------
 */

/* It goes on: what failed before is over. */
void hand_over_went_on(struct hand_over_turn *r);
/* To be tried again in a while, unless it was tried for long enough. */
enum step hand_over_later(struct hand_over_turn *r, const struct up_error *err);
bool hand_over_time_is_over(const struct hand_over_turn *r);

/* ---- hand_over_send.c -----------------------------------------------------
 */

/* Chooses heirs for some that wait, durably, and assigns them: as many as one
 * call takes, or a few calls. */
enum step hand_over_send(struct hand_over_turn *r);

#endif
