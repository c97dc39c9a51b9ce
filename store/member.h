/*
 * store/member.h - who is in which group
 *
 * Owns the table `member`, and the text `groups` of a user's row, which is
 * made again, together with version and modified, whenever the user's groups
 * or their names change: so Group.members and User.groups agree at every read.
 * A member is a user or, where groups nest, a group; both by row number.
 */
#ifndef STORE_MEMBER_H
#define STORE_MEMBER_H

#include "store/resource.h"

/* Adds or removes one; *changed says whether it did anything. The member's
 * `groups` text, version and modified (`now`) follow; the group's version and
 * modified are the caller's to raise (store_member_touch_group). */
enum store_rc store_member_add(struct store_db *db, int64_t group,
                               int64_t member, int64_t now, bool *changed);
enum store_rc store_member_remove(struct store_db *db, int64_t group,
                                  int64_t member, int64_t now, bool *changed);
/* Takes a member out of all its groups, whose versions rise. */
enum store_rc store_member_remove_everywhere(struct store_db *db,
                                             int64_t member, int64_t now);
/* Takes all members out of a group. */
enum store_rc store_member_clear_group(struct store_db *db, int64_t group,
                                       int64_t now);
/* Raises version and modified of a group. */
enum store_rc store_member_touch_group(struct store_db *db, int64_t group,
                                       int64_t now);
/* After a group was renamed: its members' `groups` texts are made again. */
enum store_rc store_member_group_renamed(struct store_db *db, int64_t group,
                                         int64_t now);

/* One member, lent for the call; return false to stop. */
struct store_member {
    int64_t n;
    enum store_type type;
    const char *id;
    const char *display;     /* displayName, else userName; may be NULL */
    const char *upstream_id; /* may be NULL */
    const char *kind;        /* of a group: store_groups_of; else NULL */
};
typedef bool store_each_member(const struct store_member *m, void *ctx);
/* Members of a group, in the order of their ids. */
enum store_rc store_members_of(struct store_db *db, int64_t group,
                               store_each_member *each, void *ctx);
/* The member with that id, if it is one; `id` NULL: any one of them. */
enum store_rc store_member_named(struct store_db *db, int64_t group,
                                 const char *id, store_each_member *each,
                                 void *ctx);
/* Groups that a user or group is directly in. */
enum store_rc store_groups_of(struct store_db *db, int64_t member,
                              store_each_member *each, void *ctx);
/* STORE_OK: is a member; STORE_NONE: is not. */
enum store_rc store_member_has(struct store_db *db, int64_t group,
                               int64_t member);
enum store_rc store_member_count(struct store_db *db, int64_t group,
                                 int64_t *count);

#endif
