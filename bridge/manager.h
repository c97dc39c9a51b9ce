/*
 * bridge/manager.h - the manager whom a user's enterprise extension names
 *
 * RFC 7643 section 4.3: `value` is the id of a User and `$ref` its URI. Clients
 * send the id alone, or an address that they remember from another server; so
 * `$ref` is always the bridge's own, and so is `displayName`, which is read
 * only. Both stay true when the manager is renamed or deleted.
 */
#ifndef BRIDGE_MANAGER_H
#define BRIDGE_MANAGER_H

#include "bridge/journey.h"

/*
 * Sets `$ref` and `displayName` beside the manager's `value` in `user`. An id
 * that names nobody stays without them: clients send people in any order.
 * False: journey.err says that the database or the memory failed.
 */
bool manager_refer(struct journey *j, json_t *user);

/* The same; *changed turns true when `user` said something else before. */
enum store_rc manager_set(const struct bridge_target *t, struct store_db *db,
                          json_t *user, bool *changed);
/*
 * The user of this row has another displayName, or is erased: whoever has it
 * as manager shows so, with a new version. Call inside store_write, behind the
 * row itself.
 */
enum store_rc manager_follow(const struct bridge_target *t, struct store_db *db,
                             const struct store_resource *row, int64_t now);

#endif
