/*
 * providers/provider_internal.h - a provider from the inside
 *
 *   provider.c        opening, and what the profile says
 *   provider_map.c    the map and the roles as bridge/ sees them
 *   describe.c        what `check` prints
 *   role.c            roles as fields; role_team.c: roles that are teams
 *   user_read.c       a native record -> struct up_user
 *   user.c            get, list, find, probe
 *   user_send.c       what all writes share: variables, comparison
 *   user_create.c     create; user_promote.c: promote
 *   user_update.c     attributes; user_role.c: the role
 *   user_life.c       deactivate, reactivate, delete
 *   team.c, team_write.c, member.c, member_change.c, ticket.c
 *
 * "op" is an operation's name, borrowed from the profile; NULL: it has none.
 */
#ifndef PROVIDERS_PROVIDER_INTERNAL_H
#define PROVIDERS_PROVIDER_INTERNAL_H

#include "providers/map.h"
#include "providers/operation.h"
#include "providers/profile.h"
#include "providers/provider.h"
#include "providers/select.h"

#include <pthread.h>
#include <stdatomic.h>

/* In which JSON type ids are written; learned from records. */
enum id_kind { ID_UNSEEN, ID_TEXT, ID_NUMBER };

/* `user` of the profile with its {{set.x}} filled, and, once the helpdesk was
 * asked, its "@NAME"s replaced by ids. Unchanging once published. */
struct staff {
    json_t *block;        /* owned; in_scope, protect, states, own */
    json_t *roles;        /* owned; array, highest rank first */
    json_t *public_roles; /* owned; what up_roles() shows */
    struct staff *older;  /* superseded, but perhaps still borrowed */
};

struct provider {
    char *name;                     /* owned; the profile's own name */
    json_t *profile;                /* owned; checked */
    struct profile_account account; /* set.*, secrets, base URL */
    struct engine *engine;
    int rate_headroom; /* percent left to others */
    struct map users, teams;
    json_t *public_map;
    bool has_group;
    _Atomic(struct staff *) staff;             /* never NULL once open */
    atomic_bool staff_complete;                /* no "@NAME" is left */
    atomic_int user_ids, team_ids, ticket_ids; /* enum id_kind */
    pthread_mutex_t lock;                      /* staff, role_teams, own_id */
    json_t *role_teams; /* owned; team name -> id as the record has it */
    char *own_id;       /* owned; the bridge's account; NULL: not known */
    pthread_mutex_t members_lock; /* whole member lists are read and written */
};

/* ---- profile (provider.c) ------------------------------------------------ */

/* A text of the profile at a dotted path of object keys; NULL. */
const char *provider_text(const struct provider *p, const char *path);
const json_t *provider_json(const struct provider *p, const char *path);
/* The JSON of an operation; NULL: there is none. */
const json_t *provider_op(const struct provider *p, const char *op);
/* True when one of its templates, or of its steps, names the variable. */
bool provider_op_names(const struct provider *p, const char *op,
                       const char *variable);
/* True when the operation, or its last step, has this key set to true. */
bool provider_op_flag(const struct provider *p, const char *op,
                      const char *key);
/* Fills *err and returns rc. */
enum up_rc provider_fail(struct up_error *err, enum up_rc rc,
                         const char *format, ...)
    __attribute__((format(printf, 3, 4)));
enum up_rc provider_lacks(struct up_error *err, const char *what);
enum up_rc provider_memory(struct up_error *err);
/* Runs an operation; err->field becomes a SCIM path of the map. */
enum up_rc provider_run(struct provider *p, struct up_call *call,
                        const struct map *m, const char *op,
                        const struct vars *v, struct op_result *out,
                        struct up_error *err);
/* Text -> the JSON type in which ids of this kind are written. New. */
json_t *provider_id(const atomic_int *kind, const char *id);
void provider_learn_id(atomic_int *kind, const json_t *id);
/* The array of texts as ids. New. */
json_t *provider_ids(const atomic_int *kind, const json_t *texts);
/* An object with the texts of the ids as keys: many are looked for. New. */
json_t *provider_id_set(const json_t *ids);
/* The part of a record below `under`; borrowed. */
const json_t *provider_under(const json_t *block, const json_t *record);
/* The texts at the paths of `identity`, joined; new; NULL: proves nothing.
 * *unknown: a partial record lacks one. */
char *provider_identity(const json_t *block, const struct map *m,
                        const json_t *body, bool full, bool *unknown);
/* `record` with the fields of `assume` (may be null) over it, as a new
 * reference; `weak`: only where the record has nothing. */
json_t *provider_assume(const json_t *record, const json_t *assume, bool weak);

/* ---- provider_map.c ------------------------------------------------------ */

json_t *provider_public_map(const struct provider *p);
json_t *provider_public_roles(const json_t *roles);

/* ---- role.c -------------------------------------------------------------- */

/* Makes the first staff from the profile. */
bool staff_open(struct provider *p, struct error *err);
void staff_free(struct staff *s);
struct staff *staff_of(struct provider *p);
/* Asks the helpdesk for "@NAME"s, once. */
enum up_rc staff_complete(struct provider *p, struct up_call *call,
                          struct up_error *err);
/* The role with that SCIM value (any case); borrowed; NULL: none. */
const json_t *role_named(struct provider *p, const char *scim);
const json_t *role_default_of(struct provider *p);
/* UP_OK, or UP_INVALID: unknown, or one that is never given. */
enum up_rc role_assignable(struct provider *p, const char *scim,
                           const json_t **role, struct up_error *err);
bool role_is_team(const json_t *role);
/* The role whose fields a record has; NULL: none. *unknown: a partial record
 * cannot tell. */
const json_t *role_of_record(struct provider *p, const json_t *body, bool full,
                             bool *unknown);
/* The native fields of a role; with `keep_unknown` joined to what `body` (may
 * be NULL) has. New; an empty object for a role that is a team. */
json_t *role_fields(struct provider *p, const json_t *role, const json_t *body);
/* True when the record has the role. */
bool role_held(struct provider *p, const json_t *role, const json_t *body);

/* ---- role_team.c --------------------------------------------------------- */

/* True when some role is membership of a team. */
bool role_teams_used(struct provider *p);
/* Forgets the ids of teams: the next look-up asks again. */
void role_team_forget(struct provider *p);
/* The id of the team with that name, as its record has it; new reference. */
enum up_rc role_team_id(struct provider *p, struct up_call *call,
                        const char *name, json_t **id, struct up_error *err);
/* The members of every role's team: new object of user id -> SCIM value of
 * the highest role. */
enum up_rc role_team_members(struct provider *p, struct up_call *call,
                             json_t **roles, struct up_error *err);
/* The role of one user, by the record's `member_of` where there is one, else
 * by the teams' members. *role borrowed from the profile; NULL: none. */
enum up_rc role_team_of(struct provider *p, struct up_call *call,
                        const char *user_id, const json_t *body,
                        const json_t **role, struct up_error *err);
/* Leaves the teams of other roles, joins this one's. `body` (may be NULL) is
 * the user's record: where it tells the teams, only what is needed is sent, and
 * the caller must read the user again. */
enum up_rc role_team_set(struct provider *p, struct up_call *call,
                         const char *user_id, const json_t *body,
                         const json_t *role, struct up_error *err);

/* ---- user_read.c --------------------------------------------------------- */

/* Reads a record. *doubt: it is partial, and what must be known (state, scope,
 * role, protection, identity) is not; then it must be read. The role of a team
 * is not looked up. UP_OK, or UP_FAILED: memory, or no id. */
enum up_rc user_from_record(struct provider *p, const json_t *record, bool full,
                            struct up_user *out, bool *doubt,
                            struct up_error *err);
/* users.get, and the role. `record` (may be NULL) gets the record. */
enum up_rc user_fetch(struct provider *p, struct up_call *call, const char *id,
                      struct up_user *out, json_t **record,
                      struct up_error *err);
/* A full record that a write answered with. */
enum up_rc user_take(struct provider *p, struct up_call *call,
                     const json_t *record, struct up_user *out,
                     struct up_error *err);
/* Sets role and elevated. */
bool user_set_role(struct up_user *u, const json_t *role);

/* ---- user.c -------------------------------------------------------------- */

/* The id of an account other than `id` whose userName (or e-mail) is `value`;
 * new; NULL: none, or the helpdesk cannot be asked. */
char *user_holder(struct provider *p, struct up_call *call, const char *op,
                  const char *word, const char *value, const char *id);

/* ---- user_send.c --------------------------------------------------------- */

/* The variables of a write. */
struct sending {
    json_t *own, *names, *fields, *words; /* owned */
    const json_t *snapshot;               /* borrowed; may be NULL */
};
bool sending_init(struct sending *s, struct provider *p, const char *id,
                  const json_t *user, const json_t *role, bool create);
void sending_clear(struct sending *s);
/* The inboxes of a new user (providers/inbox.h), looked up, as a variable. */
enum up_rc inbox_fill(struct provider *p, struct up_call *call,
                      const json_t *user, json_t *variables,
                      struct up_error *err);
enum up_rc sending_run(struct provider *p, struct up_call *call, const char *op,
                       const struct sending *s, struct op_result *out,
                       struct up_error *err);
/* UP_OK, or what a record says that should hold the changes. */
enum up_rc user_compare(struct provider *p, struct up_call *call,
                        const char *id, const struct map_changes *sent,
                        const json_t *record, struct up_error *err);
/* True when there is an operation for it, and it carries this attribute. */
bool change_sendable(const struct provider *p, const struct map_row *row);
/* Only those changes that the operation's templates name. Borrows from
 * `all`; free(out->list), nothing more. */
bool changes_named(const struct provider *p, const char *op,
                   const struct map_changes *all, struct map_changes *in,
                   struct map_changes *rest);
/* Sends changes: rows with an operation of their own by it, the others by
 * users.update. *asked: something was sent; out->id NULL: read it again. */
enum up_rc user_send_changes(struct provider *p, struct up_call *call,
                             const char *id, const json_t *user,
                             const json_t *role,
                             const struct map_changes *changes, bool *asked,
                             struct op_result *last, struct up_error *err);
/* Sends them, reads, compares. */
enum up_rc user_apply(struct provider *p, struct up_call *call, const char *id,
                      const json_t *user, const json_t *role,
                      const struct map_changes *changes, struct up_user *out,
                      struct up_error *err);

/* ---- teams and members --------------------------------------------------- */

enum up_rc team_from_record(struct provider *p, const json_t *record, bool full,
                            struct up_team *out, bool *doubt,
                            struct up_error *err);
/* By teams.get, else out of teams.list. */
enum up_rc team_fetch(struct provider *p, struct up_call *call, const char *id,
                      struct up_team *out, json_t **record,
                      struct up_error *err);
/* Sends one user's joining or leaving, and looks at nothing. UP_UNSUPPORTED:
 * not a helpdesk that takes single members. */
enum up_rc member_send(struct provider *p, struct up_call *call,
                       const char *team, const char *user, bool join,
                       struct up_error *err);
/* One row of a list with `detail`, or in doubt: read whole. */
enum up_rc team_row(struct provider *p, struct up_call *call, const json_t *row,
                    const json_t *assume, bool detail, struct up_team *out,
                    struct up_error *err);

#endif
