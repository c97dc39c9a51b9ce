/*
 * bridge/shield.h - the accounts that SCIM never changes
 *
 * Those that INI `protect` names, those that the profile protects (an Owner),
 * the bridge's own account, and the last administrator. Refused with 403 and
 * the reason, before anything is changed.
 */
#ifndef BRIDGE_SHIELD_H
#define BRIDGE_SHIELD_H

#include "bridge/journey.h"

/* May this user be changed at all? `resource` is canonical; `said` is what the
 * helpdesk says of the account, NULL: it was not asked. */
bool shield_allows(struct journey *j, const json_t *resource,
                   const struct up_user *said);
/* May the user of j->row lose its access or its role? Waits for other such
 * requests, so that two administrators cannot remove each other. `elevated`:
 * the account is an administrator's. Another one must be left: active in the
 * mirror without a task that ends that, and active when the helpdesk is asked
 * for it. */
bool shield_spares_admin(struct journey *j, bool elevated);
/* The same for several users at once: row numbers, administrators all. */
bool shield_spares_admins(struct journey *j, const int64_t *rows, size_t count);

#endif
