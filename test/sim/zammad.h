/*
 * test/sim/zammad.h - Zammad's REST API, as far as its profile reaches
 *
 * Base /api/v1. What differs between versions and sites is a knob; its first
 * value is the one that is most likely. `helpdesk-sim zammad --knobs` prints
 * them.
 *
 *   file      what
 *   -         the access token and its rights, bare arrays in pages, errors as
 *             a sentence in the account's language
 *   users     staff and customers in one list; a login with digits appended;
 *             roles and groups that a PUT replaces as a whole; search that is
 *             not exact
 *   rules     addresses, the last admin, the limit of agents, roles that
 *             conflict
 *   groups    groups, which are closed rather than deleted
 *   tickets   search; an owner who may not have a ticket is replaced by user 1
 *   human     the web interface, and a directory that is synchronised
 */
#ifndef SIM_ZAMMAD_H
#define SIM_ZAMMAD_H

#include "test/sim/desk.h"

extern const struct desk zammad;

#endif
