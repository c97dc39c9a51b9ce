/*
 * test/sim/freshdesk_internal.h - what the files of freshdesk share
 *
 * An agent is kept as the API shows it, with its `contact` inside and its
 * address as `_email` besides. A contact is a record of its own table; nobody
 * is in both.
 */
#ifndef SIM_FRESHDESK_INTERNAL_H
#define SIM_FRESHDESK_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "test/sim/desk.h"
#include "test/sim/row.h"

enum fd_table {
    FD_AGENTS,
    FD_CONTACTS,
    FD_GROUPS,
    FD_ROLES,
    FD_TICKETS,
    FD_JOBS,
    FD_TABLES,
};

/* Positions in table_spec.indexes. */
enum { FD_BY_EMAIL, FD_BY_GROUP }; /* agents; contacts the first */
enum { FD_BY_NAME };               /* groups, roles */
enum { FD_BY_AGENT };              /* tickets */

enum fd_knob {
    FD_ACCOUNT = KNOB_COMMON_COUNT,
    FD_TOKEN,
    FD_RATE,
    FD_WORLD,
    FD_MORE_USERS,
    FD_MORE_GROUPS,
    FD_MORE_TICKETS,
    FD_SEATS,
    FD_LIST_ROWS,
    FD_DEMOTED_ID,
    FD_BY_HAND_OFF,
    FD_DUPLICATE,
    FD_CONTACT_CREATE,
    FD_EXTRA_FIELDS,
    FD_NULL_RESPONDER,
    FD_SEARCH_LAG,
    FD_LINK_RELS,
    FD_JOB_CALLS,
    FD_MISSING_BODY,
    FD_KNOB_END,
};

#define FD_IS(w, knob, word) knob_is(&(w)->knobs, FD_##knob, word)
#define FD_NUM(w, knob)      knob_number(&(w)->knobs, FD_##knob)

/* Statuses of a ticket. */
enum { FD_OPEN = 2, FD_PENDING = 3, FD_RESOLVED = 4, FD_CLOSED = 5 };

/* ---- freshdesk.c: answers --------------------------------------------------
 */

/* {"code", "message"} with that status. */
void fd_refuse(struct answer *a, int status, const char *code,
               const char *message);
void fd_missing(const struct world *w, struct answer *a);
/* "Validation failed" about one field; returns false. */
bool fd_invalid(struct answer *a, int status, const char *field,
                const char *code, const char *message);
/* A page of `rows` (taken); the Link header leads to the next. */
void fd_page(const struct world *w, const struct request *r, json_t *rows,
             struct answer *a);

/* ---- freshdesk_agents.c ----------------------------------------------------
 */

/* The agent or group of the first argument, or NULL and a 404. */
json_t *fd_row_of(struct world *w, const struct request *r, size_t table,
                  struct answer *a);
int64_t fd_agent_by_email(const struct world *w, const char *email);
int64_t fd_contact_by_email(const struct world *w, const char *email);
int64_t fd_role(const struct world *w, const char *name);
bool fd_deactivated(const json_t *agent);

/* Somebody with an id, in no table yet. */
struct fd_person {
    int64_t id; /* 0: a new one */
    const char *email, *name;
    bool active; /* has confirmed the address */
};
/* A new agent, stored, with the role that an empty body gives. */
json_t *fd_agent_new(struct world *w, const struct fd_person *who);
json_t *fd_contact_new(struct world *w, const struct fd_person *who);
/* Takes the members of a body into an agent; false: refused. */
bool fd_agent_change(const struct world *w, json_t *agent, const json_t *body,
                     bool fresh, struct answer *a);
void fd_agent_keep(struct world *w, json_t *agent);
bool fd_rule_seat(const struct world *w, const json_t *agent, struct answer *a);
/* The agent becomes a contact: out of groups, its tickets nobody's. */
json_t *fd_demote(struct world *w, json_t *agent);
/* Open and pending tickets of that agent, or all, become nobody's. */
void fd_unassign(struct world *w, int64_t agent, bool all);

json_t *fd_group_new(struct world *w, const char *name,
                     const char *description);
void fd_group_drop(struct world *w, int64_t group);
bool fd_is_member(const json_t *agent, int64_t group);
/* Joins or leaves in memory; the caller keeps the agent. */
void fd_move(json_t *agent, int64_t group, bool joins);
json_t *fd_ticket_new(struct world *w, int64_t agent, const char *subject);

/* ---- the rest --------------------------------------------------------------
 */

void fd_jobs_go_on(struct world *w);
void fd_seed(struct world *w);
extern const struct act fd_acts[];

route_fn fd_agents_list, fd_agents_get, fd_agents_create, fd_agents_update,
    fd_agents_delete, fd_roles_list, fd_contacts_list, fd_contacts_get,
    fd_make_agent;
route_fn fd_groups_list, fd_groups_get, fd_groups_create, fd_groups_update,
    fd_groups_delete;
route_fn fd_search, fd_tickets_update, fd_tickets_bulk, fd_jobs_get;

#endif
