/*
 * test/bridge/roles.h - users, and groups that stand for a role
 */
#ifndef TEST_BRIDGE_ROLES_H
#define TEST_BRIDGE_ROLES_H

#include "test/bridge/desk.h"

#define EXT "urn:scim-bridge:params:scim:schemas:extension:helpdesk:2.0:User"
#define EXT_GROUP                                                              \
    "urn:scim-bridge:params:scim:schemas:extension:helpdesk:2.0:Group"
#define PATCH(d, id, op) desk_write(d, BRIDGE_PATCH, "User", id, PATCH_OPS, op)
#define PATCH_GROUP(d, id, op)                                                 \
    desk_write(d, BRIDGE_PATCH, "Group", id, PATCH_OPS, op)

/* viewer by default, admin for "Helpdesk Admins", agent for the group of the
 * externalId agents-1. */
#define ROLE_WISHES 4
extern const struct desk_wish role_wishes[ROLE_WISHES];
/* Opens the desk again, with one wish more. */
void role_reopen(struct desk *d, const char *name, const char *value);

/* POST of a group; `member` may be NULL. */
void role_group(struct desk *d, const char *name, const char *external_id,
                const char *member, char id[ID_SIZE]);
/* PATCH of its members; the status. */
int role_join(struct desk *d, const char *group_id, const char *user);
int role_leave(struct desk *d, const char *group_id, const char *user);
/* The user has that role, in SCIM and in the helpdesk, and shows one. */
void role_expect(struct desk *d, const char *user, const char *role);
size_t role_groups(struct desk *d, const char *user);
size_t role_members(struct desk *d, const char *group_id);
/* An administrator besides those of the tests, made by hand. */
void role_spare_admin(struct desk *d);
void role_contains(const char *text, const char *part);

int role_setup(void **state);
int role_teardown(void **state);

#endif
