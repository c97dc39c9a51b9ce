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

/* The same of a group, with those members alone whose ids are keys of `ids`,
 * and one more where there are others: as good as all of them for a change
 * that names whom it is about (bridge/group_delta.h). */
json_t *row_group_among(const struct bridge_target *t, struct store_db *db,
                        const struct store_resource *row, const json_t *ids);

/* The match key of a SCIM-shaped user, as row_fill would set it. New; NULL: it
 * has none, or memory ran out. */
char *row_match_key(const struct bridge_target *t, const json_t *user);

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

/*
 * What the helpdesk says of a user or team (`said`, SCIM-shaped), laid over
 * `resource`: the three-way comparison of a sync, and of the record that is
 * read after a write. An attribute follows the helpdesk when its value is
 * neither what the helpdesk said last (row->upstream) nor what it would say of
 * the resource as it stands; so a transform, a field shared by several
 * attributes, or one that is only read never makes a write read back
 * differently. Attributes of `unknown` (array of paths, may be NULL) are left.
 * row->upstream becomes the new saying. *changed tells whether the result
 * differs from `resource`. A new reference; NULL when memory ran out.
 */
json_t *row_overlay(const struct bridge_target *t, struct store_resource *row,
                    const json_t *resource, const json_t *said,
                    const json_t *unknown, bool *changed);

/* The user as the helpdesk says it, its one role among it: what the row's
 * `upstream` remembers of a record that is full, written in this form. A new
 * reference; NULL when memory ran out. */
json_t *row_said(const struct up_user *said);
#define ROW_SAID_FORM (JSON_COMPACT | JSON_SORT_KEYS)

/*
 * The record of a user, or of a team, as read after a write or in a sync: lays
 * it over `resource` (row_overlay, with the role as `roles` and the
 * invitation), and takes upstream_id, identity, role and seen into the row.
 * What every caller wants; a new reference, NULL when memory ran out.
 */
json_t *row_take_user(const struct bridge_target *t, struct store_resource *row,
                      const json_t *resource, const struct up_user *said,
                      int64_t now, bool *changed);
json_t *row_take_team(const struct bridge_target *t, struct store_resource *row,
                      const json_t *resource, const struct up_team *said,
                      int64_t now, bool *changed);

#endif
