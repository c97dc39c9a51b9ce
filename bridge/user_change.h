/*
 * bridge/user_change.h - a change of a user under way, for its two files
 *
 *   user_change.c  both requests, and users that have an account
 *   user_absent.c  users that have none: they wait, or are tombstones, or were
 *                  deleted by hand
 */
#ifndef BRIDGE_USER_CHANGE_H
#define BRIDGE_USER_CHANGE_H

#include "bridge/account.h"
#include "bridge/offboard.h"

struct change {
    struct journey *j;
    json_t *before, *after; /* owned; what of the resource is pushed */
    bool was_active, active;
    bool off, on;     /* upstream: deactivate, reactivate */
    bool differs;     /* upstream: attributes */
    const char *role; /* upstream: the role to set; NULL: none */
    const char *wish; /* the role of an account that is made; NULL: default */
    bool demotes;     /* it gives less access than now */
    bool gone;        /* the helpdesk no longer has the account */
    bool kept;        /* it stays until open work is handed over */
    struct account account;
    struct offboard work;
};

/* What the journal keeps of it; new, NULL: memory. */
json_t *change_intent(const struct change *c);
/* Logs that the helpdesk no longer has the account. */
void change_log_vanished(const struct journey *j);
/* The whole write of a user that waits, or is a tombstone. */
bool change_absent(struct change *c);
/* The account was deleted by hand in the helpdesk, and the request says that
 * the user is active: a new account for the same resource. */
bool change_bring_back(struct change *c);

#endif
