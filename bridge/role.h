/*
 * bridge/role.h - which helpdesk role a user is to have
 *
 * A helpdesk gives a user one role. Over SCIM it is `roles`: its primary
 * value, or its only one; a role that a PATCH adds takes the place of those
 * that the user had (RFC 7644 section 3.5.2.1 knows no attribute that holds at
 * most one value). Groups that stand for a role (role_group.h) come first. An
 * elevated role (an administrator's) is given to members of the group that the
 * configuration names for it (`role.NAME`), and to nobody else.
 */
#ifndef BRIDGE_ROLE_H
#define BRIDGE_ROLE_H

#include "bridge/journey.h"

/* Makes `roles` of what a PUT or PATCH asks for what can be true of one user:
 * a PATCH that adds a role replaces the old ones, one that removes them leaves
 * the default role, and a PUT without roles leaves them alone. False: memory
 * ran out. */
bool role_settle(struct journey *j, json_t *desired);
/* The value of `roles` that counts: the primary one, else the first. Borrowed;
 * NULL: none. */
const char *role_shown(const json_t *roles);
/* The role that a resource's `roles` asks for; *role is NULL when it asks for
 * none, or when the helpdesk has no roles. Borrowed from `resource` or the
 * profile. False: 400 invalidValue. */
bool role_asked(struct journey *j, const json_t *resource, const char **role);
/* What becomes of the account that gets the role. */
enum role_account {
    ROLE_ACCOUNT_STAYS, /* nothing else than the role */
    ROLE_ACCOUNT_WAKES, /* it is reactivated */
    ROLE_ACCOUNT_NEW,   /* it is made, or found and adopted */
};
/*
 * The role that the user of j->row is to have after the write of j->desired,
 * whose `roles` then says it: what it asks for, but where the account wakes or
 * is made, what the groups give, and no administrator's role that nothing
 * gives. *role NULL: nothing is asked (an account that is made gets the
 * default role). False: 400, `roles` contradicts a group or is unknown.
 */
bool role_choose(struct journey *j, enum role_account account,
                 const char **role);
/* `roles` of one role; a new reference, NULL: memory. */
json_t *role_as_roles(const char *role);
/* False: 403, the role may not be given to this user (j->row; n 0: new). */
bool role_grantable(struct journey *j, const char *role);
/* The role of whoever is given none: INI `role.default`, else the profile's.
 * NULL: the helpdesk has no roles. Borrowed. */
const char *role_default(const struct bridge_target *t);
/* True when `to` gives more access than `from` (either may be NULL). */
bool role_rises(const struct bridge_target *t, const char *from,
                const char *to);
/* True for an administrator's role. */
bool role_elevated(const struct bridge_target *t, const char *role);
/* True for a role that the profile knows and that is no administrator's. */
bool role_plain(const struct bridge_target *t, const char *role);

#endif
