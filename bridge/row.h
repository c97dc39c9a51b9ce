/*
 * bridge/row.h - a canonical resource and its row in the mirror
 *
 * The row's body holds the resource without what the bridge itself writes at
 * each read: `meta`, a user's `groups`, a group's `members`, and the bridge's
 * extension, which lies in a text of its own (row.extension), but for
 * lastSeen, which ticks.
 */
#ifndef BRIDGE_ROW_H
#define BRIDGE_ROW_H

#include "bridge/target.h"

#define ROW_URN_USER                                                           \
    "urn:scim-bridge:params:scim:schemas:extension:helpdesk:2.0:User"
#define ROW_URN_GROUP                                                          \
    "urn:scim-bridge:params:scim:schemas:extension:helpdesk:2.0:Group"

/* The bridge's extension URN of a type. */
const char *row_urn(enum store_type type);

/*
 * The canonical resource of a row, with id, meta, the extension, and (groups
 * when `members`) members, (users) groups: what PUT and PATCH start from. New;
 * NULL when memory ran out or the database failed.
 */
json_t *row_resource(const struct bridge_target *t, struct store_db *db,
                     const struct store_resource *row, bool members);

/*
 * Fills the row's columns (body, external_id, name_key, display_key,
 * match_key, active) from a canonical resource; leaves id, state, upstream and
 * times alone. Secrets, meta, groups and members are left out of the body. A
 * tombstone or waiting row keeps what `active` says. False: memory ran out.
 */
bool row_fill(const struct bridge_target *t, struct store_resource *row,
              const json_t *resource);

/*
 * Writes the row's extension text from its state, tombstone and open tasks
 * (read from db) and the `desk` attributes of `resource`'s extension, then
 * stores the row with its attribute index. Call inside store_write, after
 * tasks and tombstones were written. New rows get n, version 1 and created;
 * others get version + 1 and modified when `changed`.
 */
enum store_rc row_store(const struct bridge_target *t, struct store_db *db,
                        struct store_resource *row, const json_t *resource,
                        bool changed, int64_t now);

/* What `up` says of a user or team, SCIM-shaped, laid over `resource` where
 * the helpdesk's value differs from what it said last (`row->upstream`): the
 * three-way comparison of a sync and of a read after a write. Attributes of
 * `unknown` (array of paths, may be NULL) are left. Sets row->upstream to the
 * new saying. *changed tells whether the result differs. New reference. */
json_t *row_overlay(const struct bridge_target *t, struct store_resource *row,
                    const json_t *resource, const json_t *said,
                    const json_t *unknown, bool *changed);

#endif
