/*
 * bridge/inbox.h - inboxes by group
 *
 * INI `inbox.NAME = GROUP`: members of the group of that displayName or
 * externalId get access to the helpdesk's inbox NAME with their account; `*`:
 * everybody does. Where the API gives that to new accounts alone, what changes
 * later is a person's task of the kind inbox, one for each user.
 */
#ifndef BRIDGE_INBOX_H
#define BRIDGE_INBOX_H

#include "bridge/group.h"

/* A copy of what is pushed of a user, with the inboxes that its new account
 * gets. NULL: memory ran out, or the database failed. */
json_t *inbox_push(struct journey *j, const json_t *push);
/* False: 501, the new user would need an inbox that the API cannot give, and
 * `unsupported.inbox` refuses. Before anything is done. */
bool inbox_may_create(struct journey *j);
/* The account of j->row was made: a task for the inboxes that the create did
 * not take. False: journey.err is set. */
bool inbox_after_create(struct journey *j);
/* For the facts of a task "invite": adds `inboxes` where there are any. False:
 * as inbox_push. */
bool inbox_facts(struct journey *j, json_t *facts);
/* The tasks that the write of j->desired (NULL: the group is deleted) over
 * j->current makes for members; into the result. `c` is planned. False: the
 * policy refuses such tasks; nothing was changed. */
bool inbox_moves(struct journey *j, const struct group_change *c);
/* Inside the commit: opens them. */
enum store_rc inbox_open_tasks(struct store_db *db, struct journey *j);

#endif
