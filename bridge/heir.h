/*
 * bridge/heir.h - who gets the open conversations of a leaver
 *
 * The entries of INI `offboard`, in their order:
 *
 *   entry             resolves to
 *   manager           the manager in the enterprise extension, while active
 *   agent:NAME, NAME  the user of that user name, while active
 *   team:NAME         the team of that name
 *   round-robin:NAME  the active members of that team, in turn
 *   nobody            nobody: they lie in the open, for everybody to take
 *
 * The leaver is never its own heir, nor is anybody else who is leaving.
 */
#ifndef BRIDGE_HEIR_H
#define BRIDGE_HEIR_H

#include "bridge/journey.h"

struct heir {
    char *id;   /* owned; upstream id; NULL: nobody */
    char *name; /* owned; for people */
};
/* One entry, resolved. */
struct heirs {
    enum up_heir kind;
    struct heir *list; /* owned; in turn; count 0: it does not resolve */
    size_t count;
};
void heirs_clear(struct heirs *h);

/* Resolves one entry for the leaver j->row, whose resource is `who`. False:
 * the database failed, or memory ran out; journey.err is set. */
bool heirs_resolve(struct journey *j, const struct bridge_offboard *entry,
                   const json_t *who, struct heirs *out);

#endif
