/*
 * providers/team.h - a helpdesk's teams, their members, and users' open work
 *
 * A part of provider.h, which includes it; its rules hold here too.
 */
#ifndef PROVIDERS_TEAM_H
#define PROVIDERS_TEAM_H

#include "providers/provider.h"

struct up_team {
    char *id; /* owned */
    json_t
        *group; /* owned; SCIM-shaped: displayName, $ext.desk...; no members */
    char *identity; /* owned */
    bool in_scope, full;
    json_t *unknown; /* owned; as in up_user */
    json_t *members; /* owned; array of user ids where the record has them */
};
void up_team_clear(struct up_team *t);

typedef bool up_each_team(const struct up_team *t, void *ctx);
/* As up_users_list. UP_UNSUPPORTED: no teams here. */
enum up_rc up_teams_list(struct provider *p, struct up_call *call,
                         up_each_team *each, void *ctx, struct up_error *err);
enum up_rc up_team_get(struct provider *p, struct up_call *call, const char *id,
                       struct up_team *out, struct up_error *err);
enum up_rc up_team_create(struct provider *p, struct up_call *call,
                          const json_t *group, struct up_team *out,
                          struct up_error *err);
enum up_rc up_team_update(struct provider *p, struct up_call *call,
                          const char *id, const json_t *before,
                          const json_t *after, struct up_team *out,
                          struct up_error *err);
enum up_rc up_team_delete(struct provider *p, struct up_call *call,
                          const char *id, struct up_error *err);
/* Ids of the members, to the end: a new array of strings. An empty list is
 * believed only after the team itself was read. */
enum up_rc up_members(struct provider *p, struct up_call *call, const char *id,
                      json_t **ids, struct up_error *err);
/* Adds and removes (arrays of user ids, either may be NULL); removals first.
 * UP_INVALID with err->existing_id: that user is not there. Afterwards the
 * list is read again and compared. */
enum up_rc up_members_change(struct provider *p, struct up_call *call,
                             const char *id, const json_t *add,
                             const json_t *remove, struct up_error *err);

/* Open work of a user, to the end: a new array of ticket ids. */
enum up_rc up_tickets_open(struct provider *p, struct up_call *call,
                           const char *id, json_t **tickets,
                           struct up_error *err);
enum up_heir { UP_HEIR_USER, UP_HEIR_TEAM, UP_HEIR_NOBODY };
/* How many of them fit into one call: 1 where each has a call of its own. */
#define UP_TICKETS_MOST 100
size_t up_tickets_batch(const struct provider *p, enum up_heir heir);
/*
 * Hands tickets over. UP_OK: *left is a new array of those that were refused
 * (err->detail: why the first was), unchanged, for another heir; the others
 * were answered as done, to be believed once up_tickets_open tells them no
 * more. Anything else: *left is NULL, and any of them may be done.
 */
enum up_rc up_tickets_assign(struct provider *p, struct up_call *call,
                             const char *leaver, const json_t *tickets,
                             enum up_heir heir, const char *to, json_t **left,
                             struct up_error *err);

#endif
