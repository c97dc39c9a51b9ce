/*
 * providers/inbox.h - inboxes that a new account is given
 *
 * Some helpdesks give access to inboxes when they make an account, and in
 * their own pages alone later on (profile `user.inboxes`).
 */
#ifndef PROVIDERS_INBOX_H
#define PROVIDERS_INBOX_H

#include "providers/provider.h"

/* A member of up_user_create's user: array of inboxes, by name (in any case)
 * or id. One that the helpdesk does not have fails the create (UP_FAILED,
 * naming it), before anything is sent. */
#define UP_INBOXES "$inboxes"

/* True when the profile knows inboxes at all. */
bool up_has_inboxes(const struct provider *p);
/* True when the create that this account has takes them. */
bool up_takes_inboxes(const struct provider *p);

#endif
