/*
 * bridge/manager.h - the manager whom a user's enterprise extension names
 *
 * RFC 7643 section 4.3: `value` is the id of a User and `$ref` its URI. Clients
 * send the id alone, or an address that they remember from another server; so
 * `$ref` is always the bridge's own.
 */
#ifndef BRIDGE_MANAGER_H
#define BRIDGE_MANAGER_H

#include "bridge/journey.h"

/*
 * Sets `$ref` beside the manager's `value` in `user`. An id that names nobody
 * stays without one: clients send people in any order. False: journey.err says
 * that the database or the memory failed.
 */
bool manager_refer(struct journey *j, json_t *user);

#endif
