/*
 * bridge/offboard.h - hands over the open conversations of a leaver
 *
 * The list is read to its end, and kept in the journal, before anything moves.
 * Heirs are tried in the order of INI `offboard`; what one of them may not own
 * goes to the next. A failure never stops the deactivation that it belongs to:
 * an open account is worse than a ticket of a colleague who left. What stays
 * becomes a task "offboard".
 */
#ifndef BRIDGE_OFFBOARD_H
#define BRIDGE_OFFBOARD_H

#include "bridge/journey.h"

struct offboard {
    json_t *left; /* owned; ids that still have to move */
    size_t found, moved;
    struct buf to; /* names of the heirs, for the receipt */
    bool failed;   /* the list could not be read */
};
void offboard_clear(struct offboard *o);

/* Reads the list and keeps it in the journal. Nothing to do where the policy
 * names no heir or the helpdesk has no tickets. False: the journal failed. */
bool offboard_list(struct journey *j, const char *leaver, struct offboard *o);
/* Hands over what offboard_list found. `who`: the leaver's resource. */
void offboard_hand_over(struct journey *j, const char *leaver,
                        const json_t *who, struct offboard *o);
/* Goes on with what the journal entry, which an earlier process opened, still
 * lists. The leaver is the user of j->row. False: memory. */
bool offboard_resume(struct journey *j, struct offboard *o);
/* Puts the receipt into the result's resource, and opens the task for what is
 * left. False: memory ran out. */
bool offboard_receipt(struct journey *j, const json_t *who,
                      const struct offboard *o);

#endif
