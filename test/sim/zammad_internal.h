/*
 * test/sim/zammad_internal.h - what the files of zammad share
 */
#ifndef SIM_ZAMMAD_INTERNAL_H
#define SIM_ZAMMAD_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "test/sim/desk.h"
#include "test/sim/row.h"

enum za_table {
    ZA_USERS,
    ZA_ROLES,
    ZA_GROUPS,
    ZA_TICKETS,
    ZA_PRIVACY,
    ZA_TABLES,
};

/* Positions in table_spec.indexes. */
enum { ZA_BY_EMAIL, ZA_BY_LOGIN }; /* users */
enum { ZA_BY_NAME };               /* roles, groups */
enum { ZA_BY_OWNER };              /* tickets */

/* The ids of the roles that every site has, and of nobody. */
enum { ZA_ADMIN = 1, ZA_AGENT = 2, ZA_CUSTOMER = 3, ZA_NOBODY = 1 };

enum za_knob {
    ZA_ACCOUNT = KNOB_COMMON_COUNT,
    ZA_TOKEN,
    ZA_RATE,
    ZA_RIGHTS,
    ZA_WORLD,
    ZA_MORE_USERS,
    ZA_MORE_GROUPS,
    ZA_MORE_TICKETS,
    ZA_CUSTOMERS,
    ZA_AGENTS,
    ZA_PAGE_CAP,
    ZA_SEARCH,
    ZA_SEARCH_LAG,
    ZA_SHARED_EMAIL,
    ZA_LAST_ADMIN,
    ZA_CONFLICT,
    ZA_LANGUAGE,
    ZA_KNOB_END,
};

#define ZA_IS(w, knob, word) knob_is(&(w)->knobs, ZA_##knob, word)
#define ZA_NUM(w, knob)      knob_number(&(w)->knobs, ZA_##knob)

/* ---- zammad.c: answers -----------------------------------------------------
 */

/* A sentence, in the account's language; `german` may be NULL. */
void za_refuse(const struct world *w, struct answer *a, int status,
               const char *english, const char *german);
/* 422 with that sentence; returns false. */
bool za_invalid(const struct world *w, struct answer *a, const char *english,
                const char *german);
void za_missing(const struct world *w, struct answer *a);
/* A page of `rows` (taken), a bare array. */
void za_page(const struct world *w, const struct request *r, json_t *rows,
             struct answer *a);
/* True when the token may do that; else `a` is the refusal. */
bool za_may(const struct world *w, struct answer *a);

/* ---- zammad_rules.c --------------------------------------------------------
 */

json_t *za_row_of(struct world *w, const struct request *r, size_t table,
                  struct answer *a);
int64_t za_own_id(const struct world *w);
int64_t za_user_by_email(const struct world *w, const char *email);
int64_t za_by_name(const struct world *w, size_t table, const char *name);
bool za_has_role(const json_t *user, int64_t role);
bool za_is_staff(const json_t *user);
/* The levels that a user has in a group, by its own map. */
bool za_has_full(const json_t *user, int64_t group);
/* Takes the members of a body into `user`; false: refused. */
bool za_user_change(const struct world *w, json_t *user, const json_t *body,
                    struct answer *a);
/* Rules for a user as he would be; `was` is NULL for a new one. */
bool za_user_rules(const struct world *w, const json_t *was, const json_t *user,
                   struct answer *a);
/* A user without id: stores it, with a login that nobody has. */
void za_user_add(struct world *w, json_t *user);
/* A user with everything that the API shows, not stored. */
json_t *za_user_blank(const struct world *w);

/* ---- the rest --------------------------------------------------------------
 */

json_t *za_group_new(struct world *w, const char *name, const char *note);
json_t *za_ticket_new(struct world *w, int64_t owner, const char *title);
/* Saves a ticket: an owner who may not have it is replaced by nobody. */
void za_ticket_save(struct world *w, json_t *ticket);
void za_seed(struct world *w);
extern const struct act za_acts[];

route_fn za_me, za_users_list, za_users_search, za_users_get, za_users_create,
    za_users_update, za_users_delete, za_roles_list, za_privacy_create,
    za_privacy_get;
route_fn za_groups_list, za_groups_get, za_groups_create, za_groups_update,
    za_groups_delete;
route_fn za_tickets_list, za_tickets_search, za_tickets_get, za_tickets_update;

#endif
