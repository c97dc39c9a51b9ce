/*
 * bridge/team.h - who is in which team of the helpdesk
 *
 * Only members that are linked have an account to join with: a waiting user,
 * or a tombstone, is a member in the mirror alone and joins when it gets one.
 * What fails or cannot be done by API becomes the task "team", whose detail
 * lists what is still to be joined and left.
 */
#ifndef BRIDGE_TEAM_H
#define BRIDGE_TEAM_H

#include "bridge/journey.h"

/* Joins the account of j->row to the teams whose groups hold the user. What
 * fails becomes a task. `said` may lack the account's teams; `made`: it is
 * new, and in none. False: memory or database. */
bool team_join_all(struct journey *j, const struct up_user *said, bool made);
/* Takes it out of them (for DELETE). What fails becomes a task. */
bool team_leave_all(struct journey *j);

#endif
