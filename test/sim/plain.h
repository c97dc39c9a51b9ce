/*
 * test/sim/plain.h - a helpdesk without any rule of its own
 *
 * Base /api/v1. Users have a login and, if they like, an e-mail; they are made
 * at once, deactivated by a flag and deleted for good; a team names its
 * members. No invitations, no rate limit, nothing to wait for: what a SCIM
 * client asks for can be done, so that the protocol itself can be proven.
 */
#ifndef SIM_PLAIN_H
#define SIM_PLAIN_H

#include "test/sim/desk.h"

extern const struct desk plain;

#endif
