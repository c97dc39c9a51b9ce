/*
 * bridge/offboard.h - a leave: open conversations first, or last
 *
 * The hand-over (bridge/hand_over.h) belongs to a deactivation or a deletion,
 * before it or after it as the profile says. A request works on it as long as
 * its deadline allows. What it does not end, the bridge goes on with by itself
 * (bridge/offboard_job.h), and the request is answered all the same:
 *
 *   profile    the hand-over is not done by the deadline: what is answered
 *   `before`   active: false, or 204, is what the bridge now owes: the account
 *              is there until its conversations are, since deactivation would
 *              lose them (Help Scout: deactivation is deletion). The task
 *              "offboard" in the user's extension says so, with found, moved
 *              and left; it is an alarm when it does not end
 *   `after`    the account is deactivated; the rest is the same task
 *
 * So an answer of 2xx means: done, or promised, and visible as such. An answer
 * with an error promises nothing: the account is as SCIM shows it, and what
 * was handed over is taken up by the next try.
 *
 *   state      in the database                       leaves it
 *   none       no open hand-over                     a request begins one
 *   tried      open, not promised: a request is at   done, promised; refused:
 *              it, or ended with an error            the next request joins it
 *   promised   open: the bridge ends it              done; withdrawn by active:
 *              joined by whatever request comes      true, or a new owner of
 *                                                    the account
 *   closed     outcome done, partly or withdrawn     never
 *
 * A crash in "tried" leaves the intent in the journal: recovery promises it.
 * A promise is made and ended in the one commit of a write.
 */
#ifndef BRIDGE_OFFBOARD_H
#define BRIDGE_OFFBOARD_H

#include "bridge/hand_over.h"

struct offboard {
    struct hand_over h; /* row.n 0: there is none */
    bool promised;      /* an earlier request was answered so */
    bool later;         /* not done: it is to be promised */
    bool withdrawn;
    struct buf to, note; /* heirs, for the receipt; a sentence for the audit */
    char *receipt;       /* owned; JSON, for the tombstone */
};
void offboard_clear(struct offboard *o);

/* Finds the open one of the journey's row. False: the database failed. */
bool offboard_find(struct journey *j, struct offboard *o);
/* Joins the one that was found, or begins one; none where the policy names no
 * heir, or the helpdesk has no open work. False: journey.err is set. */
bool offboard_begin(struct journey *j, bool removal, struct offboard *o);
/* Stores the list, where the deactivation comes first and may lose it. What
 * cannot be read does not stop that: an open account is worse than a
 * conversation of somebody who left. False: journey.err is set. */
bool offboard_list(struct journey *j, struct offboard *o);
/* Works on it; o->later when it is not done. `who`: the leaver's resource.
 * False: journey.err is set. */
bool offboard_hand_over(struct journey *j, const json_t *who, bool before,
                        struct offboard *o);
/* The helpdesk did not take the deactivation now: when that is no refusal, and
 * work was handed over, it is promised too. False: it is not. */
bool offboard_put_off(struct journey *j, enum up_rc rc, struct offboard *o);
/* The leaver stays: the rest is not done. Into the result. */
bool offboard_withdraw(struct journey *j, struct offboard *o);
/* In a recovery: finds the one that the journal's entry was about, or that is
 * promised. `said` is the account now, NULL: gone. It is later unless that is
 * gone, or is inactive and nothing is left to hand over. */
bool offboard_take_up(struct journey *j, const struct up_user *said,
                      struct offboard *o);
/* Puts its end, or the promise, into the result: receipt, task, audit. The
 * result's resource must be there. Does nothing where there is none. */
bool offboard_conclude(struct journey *j, const json_t *who,
                       struct offboard *o);

/* What the task of a promised one says; new; NULL: memory ran out. */
json_t *offboard_progress(const struct hand_over *h);

#endif
