/*
 * providers/plan.h - what a write would send, without sending it
 *
 * A call that has a plan (up_call.plan) reads the helpdesk as ever, but what
 * would change it is written down in place of being sent. What follows a write
 * takes it as done: the plan keeps the records that were read, with what was
 * planned laid over them, and answers the reads that prove a write from there.
 * So one and the same code makes the plan and does the work.
 *
 * An account or team that the plan makes has no id yet; PLAN_NEW_USER and
 * PLAN_NEW_TEAM stand for it, in paths and bodies too.
 *
 * All functions but the first three do nothing without a plan (`call` or its
 * plan NULL). Threads: a plan belongs to one call.
 */
#ifndef PROVIDERS_PLAN_H
#define PROVIDERS_PLAN_H

#include "providers/provider.h"

#define PLAN_NEW_USER "new-user"
#define PLAN_NEW_TEAM "new-team"

struct up_plan;
/* NULL: memory ran out. */
struct up_plan *up_plan_new(void);
void up_plan_free(struct up_plan *plan);
/* The writes in their order: array of {"operation","method","path" (with its
 * query, behind the host),"body"? (JSON, or text),"reason","note"?}; values
 * that are secret are "(hidden)". Borrowed. */
const json_t *up_plan_steps(const struct up_plan *plan);

/* Says why the writes that follow are made: a sentence. */
void plan_why(struct up_call *call, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* ---- users (plan_record.c) ----------------------------------------------- */

struct provider;
struct map_changes;

/* The record of a user that the plan knows; new reference, NULL: ask. */
json_t *plan_user_told(const struct up_call *call, const char *id);
/* A user was read from `record`: keeps it, and lays over *out what the plan
 * says of state, scope and role. */
void plan_user_now(struct provider *p, struct up_call *call,
                   const json_t *record, struct up_user *out);
/* The values were sent: lays them over the user's record, which is read where
 * it is not known. UP_OK, or how the reading failed. */
enum up_rc plan_user_changes(struct provider *p, struct up_call *call,
                             const char *id, const struct map_changes *changes,
                             struct up_error *err);
/* The field at a native path was written; `value` is borrowed. */
void plan_user_field(struct provider *p, struct up_call *call, const char *id,
                     const char *path, json_t *value);
void plan_user_state(struct up_call *call, const char *id, enum up_state state);
void plan_user_role(struct up_call *call, const char *id, const json_t *role);
/* A user was made with these values; its id, new. NULL: there is no plan. */
char *plan_user_made(struct provider *p, struct up_call *call,
                     const struct map_changes *sent, const json_t *role);
/* A user was reactivated: where the helpdesk does not tell it before that, it
 * will have the values of `user`. */
void plan_user_back(struct provider *p, struct up_call *call, const char *id,
                    const json_t *user, const json_t *role);
/* What the operation that takes access away leaves: UP_DELETED where it is a
 * DELETE, where the helpdesk knows no inactive users, and of an invitation that
 * is revoked. */
enum up_state plan_off_state(const struct provider *p, const char *op);

/* ---- teams, members, tickets --------------------------------------------- */

json_t *plan_team_told(const struct up_call *call, const char *id);
/* True: the team was planned to be deleted. */
bool plan_team_gone(const struct up_call *call, const char *id);
void plan_team_now(struct up_call *call, const char *id, const json_t *record);
enum up_rc plan_team_changes(struct provider *p, struct up_call *call,
                             const char *id, const struct map_changes *changes,
                             struct up_error *err);
char *plan_team_made(struct provider *p, struct up_call *call,
                     const struct map_changes *sent);
void plan_team_delete(struct up_call *call, const char *id);
/* The members as planned; new, NULL: ask. */
json_t *plan_members_told(const struct up_call *call, const char *id);
void plan_members_now(struct up_call *call, const char *id, const json_t *now,
                      const json_t *add, const json_t *remove);
/* These tickets are the leaver's no more. */
void plan_tickets_moved(struct up_call *call, const json_t *tickets);
bool plan_ticket_moved(const struct up_call *call, const char *id);
/* How many there are. */
size_t up_plan_tickets(const struct up_plan *plan);

#endif
