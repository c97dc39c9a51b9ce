/*
 * test/sim/zendesk_internal.h - what the files of zendesk share
 */
#ifndef SIM_ZENDESK_INTERNAL_H
#define SIM_ZENDESK_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "test/sim/desk.h"
#include "test/sim/row.h"

enum zd_table {
    ZD_USERS,
    ZD_IDENTITIES,
    ZD_GROUPS,
    ZD_LINKS,
    ZD_TICKETS,
    ZD_JOBS,
    ZD_ROLES,
    ZD_TABLES,
};

/* Positions in table_spec.indexes. */
enum { ZD_BY_EMAIL, ZD_BY_EXTERNAL_ID }; /* users */
enum { ZD_BY_OWNER, ZD_BY_VALUE };       /* identities */
enum { ZD_BY_USER, ZD_BY_GROUP };        /* links, tickets */
enum { ZD_BY_NAME };                     /* groups, roles */

enum zd_knob {
    ZD_ACCOUNT = KNOB_COMMON_COUNT,
    ZD_TOKEN,
    ZD_RATE,
    ZD_RATE_BODY,
    ZD_UPDATE_RATE,
    ZD_WORLD,
    ZD_MORE_USERS,
    ZD_MORE_GROUPS,
    ZD_MORE_TICKETS,
    ZD_SEATS,
    ZD_ROLES_KNOB, /* custom_roles */
    ZD_SEARCH_LAG,
    ZD_AFTER_DELETE,
    ZD_GROUP_AFTER_DELETE,
    ZD_DEMOTE_LINKS,
    ZD_LAST_LINK,
    ZD_LAST_ADMIN,
    ZD_NULL_ASSIGNEE,
    ZD_JOB_CALLS,
    ZD_JOB_FAILS,
    ZD_JOB_END,
    ZD_CURSOR_LIE,
    ZD_LINK_PAGING,
    ZD_KNOB_END,
};

#define ZD_SET(w, knob, word) knob_is(&(w)->knobs, ZD_##knob, word)
#define ZD_NUMBER(w, knob)    knob_number(&(w)->knobs, ZD_##knob)

enum { ZD_PAGE = 100, ZD_BATCH = 100, ZD_DEEPEST = 10000 };

/* ---- zendesk.c: answers ---------------------------------------------------
 */

/* {"error", "description"} with that status. */
void zd_refuse(struct answer *a, int status, const char *error,
               const char *description);
void zd_missing(struct answer *a);
/* 422 RecordInvalid about one field; returns false. */
bool zd_invalid(struct answer *a, const char *field, const char *error,
                const char *description);
/* {name: value}; takes the reference. */
void zd_say(struct answer *a, int status, const char *name, json_t *value);

/* ---- zendesk_list.c -------------------------------------------------------
 */

/* A page of `rows` (taken) under `name`; with page[size] by cursor where the
 * list has one. */
void zd_page(const struct world *w, const struct request *r, const char *name,
             json_t *rows, bool cursor, struct answer *a);
/* True when the query has `name` (decoded) with `value`; value NULL: at all. */
bool zd_query_has(const struct request *r, const char *name, const char *value);

/* ---- zendesk_rules.c ------------------------------------------------------
 */

/* The row that the request's argument `n` names, or NULL and a 404. */
json_t *zd_row_of(struct world *w, const struct request *r, size_t n,
                  size_t table, struct answer *a);
bool zd_is_staff(const json_t *user);
int64_t zd_own_id(const struct world *w);
int64_t zd_owner_id(const struct world *w);
/* Whose address that is, as primary or second one; 0: nobody's. */
int64_t zd_holder(const struct world *w, const char *address);
/* Is the rest of a request to change `user` allowed? Else `a` says why not. */
bool zd_rule_role(const struct world *w, const json_t *user, const char *role,
                  struct answer *a);
bool zd_rule_external_id(const struct world *w, const json_t *user,
                         const char *external_id, struct answer *a);
/* A new user, stored, with its address. */
json_t *zd_user_new(struct world *w, const char *email, const char *name,
                    const char *role);
json_t *zd_identity_new(struct world *w, int64_t user, const char *value,
                        bool verified, bool primary);
/* What a demotion or a deletion leaves: tickets to others, links lost. */
void zd_loses_work(struct world *w, const json_t *user);
/* The user is gone: its record stays, marked so. */
void zd_user_drop(struct world *w, json_t *user);
json_t *zd_group_new(struct world *w, const char *name,
                     const char *description);
bool zd_is_member(const struct world *w, int64_t user, int64_t group);
json_t *zd_link_new(struct world *w, int64_t user, int64_t group);
/* Ends a membership: that person's open tickets of the group lose it. */
void zd_link_drop(struct world *w, const json_t *link);
json_t *zd_ticket_new(struct world *w, int64_t assignee, const char *subject);
bool zd_is_open(const json_t *ticket);
/* Makes an address the user's primary one. */
void zd_make_primary(struct world *w, json_t *user, int64_t identity);

/* ---- the rest -------------------------------------------------------------
 */

/* Every call brings jobs nearer to their end. */
void zd_jobs_go_on(struct world *w);
void zd_seed(struct world *w);
extern const struct act zd_acts[];

route_fn zd_me, zd_users_list, zd_users_search, zd_users_get, zd_users_create,
    zd_users_update, zd_users_delete, zd_sessions_delete, zd_roles_list;
route_fn zd_identities_list, zd_identities_add, zd_identities_primary,
    zd_identities_delete;
route_fn zd_groups_list, zd_groups_get, zd_groups_create, zd_groups_update,
    zd_groups_delete, zd_links_of_group, zd_links_of_user, zd_links_add,
    zd_links_delete;
route_fn zd_tickets_assigned, zd_tickets_update_many, zd_jobs_get;

#endif
