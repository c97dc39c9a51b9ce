/*
 * test/sim/refdesk.h - a small REST helpdesk with admins, agents and viewers
 *
 * Base /api/v1. The desk by which the bridge's profile engine is proven: no
 * vendor's, but every feature that such desks have. Its knobs, beside those of
 * knob.h, are in refdesk.c; `helpdesk-sim refdesk --knobs` prints them.
 */
#ifndef SIM_REFDESK_H
#define SIM_REFDESK_H

#include "test/sim/desk.h"

extern const struct desk refdesk;

#endif
