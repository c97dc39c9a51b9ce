/*
 * bridge/earlier.h - a create that was tried before, and cut off
 *
 * Identity providers repeat a POST that timed out. The journal still holds the
 * first try, open: the repetition takes its entry up, with the SCIM id that it
 * promised, and looks closely for what the first one may have made.
 */
#ifndef BRIDGE_EARLIER_H
#define BRIDGE_EARLIER_H

#include "bridge/journey.h"

/* Sets j->row.id: a new one, or the one of an earlier try with the names of
 * j->desired (claimed by the caller); then j->again and j->superseded too. */
bool earlier_choose_id(struct journey *j);

#endif
