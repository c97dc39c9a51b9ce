/*
 * test/sim/refdesk_internal.h - what the files of refdesk share
 */
#ifndef SIM_REFDESK_INTERNAL_H
#define SIM_REFDESK_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "test/sim/desk.h"

enum refdesk_table {
    USERS,
    TEAMS,
    TICKETS,
    JOBS,
    LOGINS,
    ACTIVITY,
    REFDESK_TABLES,
};

/* Positions in table_spec.indexes. */
enum { USERS_BY_EMAIL, USERS_BY_TEAM, USERS_BY_STATUS, USERS_BY_ROLE };
enum { TEAMS_BY_NAME };
enum { TICKETS_BY_ASSIGNEE, TICKETS_BY_TEAM };
enum { BY_USER };

enum refdesk_knob {
    KNOB_TOKEN = KNOB_COMMON_COUNT,
    KNOB_RATE,
    KNOB_WORLD,
    KNOB_USERS,
    KNOB_TEAMS,
    KNOB_TICKETS,
    KNOB_SEATS,
    KNOB_SEAT_STATUS,
    KNOB_SEAT_COUNT,
    KNOB_EXPIRE_DAYS,
    KNOB_JOB_POLLS,
    KNOB_PAGE_MAX,
    KNOB_STATELESS,
    KNOB_CREDENTIAL,
    KNOB_REUSE_IDS,
    KNOB_SHIFT,
    KNOB_TOTAL_ADD,
    KNOB_PAGES_ADD,
    KNOB_LIST_END,
    KNOB_GUARDS,
    REFDESK_KNOB_END,
};

enum { BATCH_MAX = 100, MEMBER_BATCH_MAX = 50, DAY_S = 86400 };

/* Why the desk refuses, in its own words. */
struct problem {
    int status;
    const char *code, *field; /* field may be NULL */
    int64_t id;               /* of what is in the way; 0: nothing */
    char message[200];
};

/* Fills `p` and returns false, so that a rule can end with it. */
__attribute__((format(printf, 5, 6))) bool
problem_set(struct problem *p, int status, const char *code, const char *field,
            const char *format, ...);

/* refdesk.c: the answers in the desk's shape. */
void refdesk_refuse(struct answer *a, const struct problem *p);
void refdesk_missing(struct answer *a, const char *what, const char *id);
void refdesk_data(struct answer *a, int status, json_t *data);

/* One list: the whole table, or its rows `ids`; `view` may be NULL. */
typedef json_t *row_view(const struct world *w, json_t *row);
struct listing {
    const struct table *table;
    bool whole;
    const int64_t *ids; /* borrowed */
    size_t count;       /* of ids */
    row_view *view;     /* takes the reference, returns what is shown */
};
void refdesk_page(const struct world *w, const struct request *r,
                  const struct listing *list, struct answer *a);

/* ---- refdesk_rules.c: what holds whoever acts, API or person ------------- */

/* The user or team of the request's first argument, or NULL and a 404. */
json_t *refdesk_user_of(struct world *w, const struct request *r, int64_t *id,
                        struct answer *a);
json_t *refdesk_team_of(struct world *w, const struct request *r, int64_t *id,
                        struct answer *a);

const char *user_status(const json_t *user);
const char *user_role(const json_t *user);
bool user_is(const json_t *user, const char *role, const char *status);

/* The id of who has that address, or of the team so named; 0: nobody. */
int64_t refdesk_user_by_email(const struct world *w, const char *email);
int64_t refdesk_team_by_name(const struct world *w, const char *name);

/* The account that owns the API token. */
int64_t refdesk_own_id(const struct world *w);

/* A new user, stored. Rules are the caller's business. */
struct newcomer {
    const char *email, *name; /* name may be NULL */
    const char *role, *status;
    json_t *team_ids; /* borrowed; may be NULL */
};
json_t *refdesk_user_new(struct world *w, const struct newcomer *who);

/* Stores a user with a new updated_at. */
void refdesk_user_put(struct world *w, int64_t id, json_t *user);

/* Takes a user away: tickets unassigned, the number free for reuse. */
void refdesk_user_drop(struct world *w, int64_t id);

/* Open tickets of `id` lose their assignee. */
void refdesk_unassign(struct world *w, int64_t id);

bool rule_email(const struct world *w, const char *email, int64_t self,
                struct problem *p);
bool rule_name(const json_t *name, struct problem *p);
bool rule_seat(const struct world *w, const char *role, const char *status,
               struct problem *p);
bool rule_teams(const struct world *w, const json_t *ids, struct problem *p);
bool rule_leaving_admin(const struct world *w, int64_t id, const json_t *user,
                        struct problem *p);

/* Changes of `user` in memory; the caller stores it when true. */
bool change_role(const struct world *w, int64_t id, json_t *user,
                 const char *role, struct problem *p);
bool change_deactivate(struct world *w, int64_t id, json_t *user,
                       struct problem *p);

/* Membership, stored at once. False: nothing changed. */
bool refdesk_join(struct world *w, int64_t user, int64_t team);
bool refdesk_leave(struct world *w, int64_t user, int64_t team);

/* Takes a team away, out of all users and tickets. */
void refdesk_team_drop(struct world *w, int64_t team);
json_t *refdesk_team_new(struct world *w, const char *name,
                         const char *description);

json_t *refdesk_ticket_new(struct world *w, int64_t assignee,
                           const char *subject);

/* refdesk_bulk.c: a job that is done, with its rows (taken); returns its id. */
int64_t refdesk_job_new(struct world *w, json_t *rows);

void refdesk_seed(struct world *w);

/* ---- the routes -----------------------------------------------------------
 */

route_fn refdesk_me, refdesk_users_list, refdesk_users_get, refdesk_invite,
    refdesk_resend, refdesk_revoke, refdesk_users_patch, refdesk_put_role,
    refdesk_put_permissions, refdesk_deactivate, refdesk_reactivate,
    refdesk_logins, refdesk_activity;
route_fn refdesk_bulk_invite, refdesk_bulk_update, refdesk_bulk_deactivate,
    refdesk_tickets_list, refdesk_bulk_assign, refdesk_jobs_get;
route_fn refdesk_teams_list, refdesk_teams_get, refdesk_teams_create,
    refdesk_teams_patch, refdesk_teams_delete, refdesk_members_list,
    refdesk_members_add, refdesk_members_remove;

/* refdesk_human.c */
extern const struct act refdesk_acts[];

#endif
