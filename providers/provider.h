/*
 * providers/provider.h - one helpdesk, as bridge/ sees it
 *
 * A provider is a profile (the JSON file that describes a helpdesk's API), the
 * account's secrets and settings, and an HTTP client. Users and teams pass
 * through here SCIM-shaped: {"userName":..,"name":{..},"emails":[..],
 * "active":true,"roles":[..]}; what the profile maps and nothing else.
 *
 * No write is believed: whatever the helpdesk answered, the record that comes
 * back was read after the write and compared with what was sent.
 *
 * Must not: know SCIM's HTTP protocol, ids, or errors; decide policy; log.
 * Threads: a provider may be shared; each call is made by one thread.
 */
#ifndef PROVIDERS_PROVIDER_H
#define PROVIDERS_PROVIDER_H

#include "base/clock.h"
#include "base/error.h"
#include "base/siphash.h"
#include "providers/capability.h"

#include <jansson.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What became of a call, and so who acts next. */
enum up_rc {
    UP_OK,
    UP_UNSUPPORTED,  /* the helpdesk, or this account, has no such operation */
    UP_NOT_FOUND,    /* it is not there; nothing was changed */
    UP_CONFLICT,     /* a unique value is taken; nothing was changed */
    UP_INVALID,      /* a value was rejected: field, detail */
    UP_FORBIDDEN,    /* the account may not */
    UP_PROTECTED,    /* the helpdesk shields this user (last admin, owner) */
    UP_NO_SEAT,      /* no free seat */
    UP_UNAUTHORIZED, /* the helpdesk does not accept our credentials */
    UP_THROTTLED,    /* past the deadline: retry_after_s; nothing changed */
    UP_UNAVAILABLE,  /* did not reach it; nothing was changed */
    UP_UNKNOWN,      /* cut off or timed out: it may have happened */
    UP_FAILED,       /* an answer that no rule of the profile explains */
};

struct up_error {
    enum up_rc rc;
    int status;            /* HTTP status upstream; 0: none was received */
    int retry_after_s;     /* 0: unknown */
    char detail[512];      /* a sentence, with the helpdesk's own words */
    char field[128];       /* SCIM path of the rejected value as clients
                              write it, or "" */
    char existing_id[128]; /* upstream id that has the value, or "" */
    bool changed;          /* some of several steps was done before this one */
};

struct up_plan; /* providers/plan.h */

/* One call's frame: how long it may take, how urgent it is, what it did. */
struct up_call {
    int64_t deadline_ms; /* on clock_span_ms(); 0: the profile's own limits */
    bool background;     /* a sync: goes after interactive calls */
    const atomic_bool *stop; /* NULL, or: once true, waiting and answers are
                                given up at once (the program ends) */
    json_t *trace;           /* array, or NULL: an object is appended for each
                                exchange: method, path (no query), status, ms */
    const struct up_known *known; /* NULL: all users of a listing are wanted */
    struct up_plan *plan;         /* NULL, or: what would change the helpdesk is
                                     written down here, and not sent */
};

enum up_state { UP_ACTIVE, UP_PENDING, UP_INACTIVE, UP_DELETED };

/* For a listing of users: whether a record is, byte for byte, one whose user
 * the caller holds already. A digest stands for the record and for all that
 * makes a user of it: profile, variables, this program. */
struct up_known {
    struct siphash_key key;
    /* True: it is, and `each` is not called for it. Once a record at most;
     * after a listing that fails nothing of it counts. */
    bool (*same)(const char *id, struct siphash digest, void *ctx);
    void *ctx;
};

/* A user as the helpdesk tells it. */
struct up_user {
    char *id;     /* owned; as text */
    json_t *user; /* owned; SCIM-shaped; "active" follows `state`; without
                     groups, password and roles */
    enum up_state state;
    bool full;        /* false: a list row: attributes in `unknown` are not
                         absent but untold, and keep their old value */
    json_t *unknown;  /* owned; array of SCIM paths as clients write them
                         ("urn:...:User:desk.seat"); NULL when full */
    bool in_scope;    /* is staff; a record that is not is no SCIM user */
    bool protected_;  /* the profile says: never change */
    bool elevated;    /* its role is an administrator's */
    bool roleless;    /* it is known to have no role of the profile */
    char *role;       /* owned; SCIM value of the role; NULL: none known */
    char *identity;   /* owned; NULL: proves nothing */
    json_t *teams;    /* owned; array of team ids where the record has them */
    json_t *snapshot; /* owned; native fields kept for reactivation */
    int64_t invited_at, invite_expires_at; /* ms; 0: unknown */
    bool digested;         /* all of it is from one record of a listing */
    struct siphash digest; /* of up_known */
};
/* Frees what `u` owns and zeroes it; safe on a zeroed struct. */
void up_user_clear(struct up_user *u);

/* ---- opening --------------------------------------------------------- */

struct http_transport;
struct up_config {
    const char *profile;      /* a file's path */
    const char *profile_text; /* or the JSON itself; `profile` then names it */
    const char *base_url;     /* NULL: the profile's */
    /* name -> value, ended by a NULL name: secrets (already resolved; copied,
     * wiped at up_free) and variables (`set.NAME`). */
    const struct up_setting *secrets, *variables;
    /* What the operator knows better: capability -> on|off|auto; ended by a
     * NULL name; NULL: nothing. */
    const struct up_setting *capabilities;
    up_learned *learned;    /* NULL: nobody wants to know */
    void *ctx;              /* of `learned` */
    int rate_headroom;      /* percent of the rate left to others; < 0: what the
                               profile wishes */
    const char *user_agent; /* "scim-bridge/0.1" */
    const char *record, *replay; /* folders; NULL: neither */
    /* What stands in for HTTP in a test (providers/http.h); NULL: nothing. */
    const struct http_transport *transport;
};
struct up_setting {
    const char *name, *value;
};

struct provider;

/*
 * Loads the profile and checks all of it: every mistake is one line of `err`
 * ("file: path: reason; did you mean X?"; as many as fit). No network. NULL on
 * any mistake.
 */
struct provider *up_new(const struct up_config *config, struct error *err);
void up_free(struct provider *p);

/* ---- what the profile says ------------------------------------------- */

const char *up_name(const struct provider *p);
/* True when the operation ("users.create", "teams.update", "tickets.assign",
 * ...) is in the profile and not known to be missing on this account. */
bool up_can(const struct provider *p, const char *operation);
/* True when the operation is in the profile, whatever this account has. */
bool up_knows(const struct provider *p, const char *operation);
/* The profile's wish for an INI key, where the INI is silent; NULL: none. */
const char *up_default(const struct provider *p, const char *key);
/* One line of what `check` prints: operations, costs, warnings. New text. */
char *up_describe(const struct provider *p);
/* The same for programs: array of {"key","does","can","how" (its calls; null:
 * a person must do it)}, always the same rows. New. */
json_t *up_abilities(const struct provider *p);
/* The map, for /Schemas: array of {"scim","resource" ("User"|"Group"),
 * "mutability","values"?,"max"?,"pattern"?,"required","type","multiValued",
 * "path"}; the extra attributes of $ext.desk among them. "scim" is the path as
 * the profile has it, "path" as clients write it. Borrowed. */
const json_t *up_map(const struct provider *p);
/* Roles, highest rank first: array of {"scim","elevated","assign","default",
 * "team"?}. Borrowed until up_free; more of them may be found by the first
 * call that needs a role. */
const json_t *up_roles(const struct provider *p);
/* True when more roles may be found than the profile names. */
bool up_finds_roles(const struct provider *p);
/* "emails" or "userName": by what an account is taken for the same person. */
const char *up_match_attribute(const struct provider *p);
/* What makes an upstream difference of two SCIM-shaped users: true when
 * update would send anything. */
bool up_user_differs(const struct provider *p, const json_t *before,
                     const json_t *after);
/* The values of `user` that the profile maps, through transform and back:
 * what the helpdesk will say after it took them. New reference. */
json_t *up_user_expected(const struct provider *p, const json_t *user);
/* Checks required, max, pattern, values of the map. UP_OK, or UP_INVALID with
 * field and sentence. No call. */
enum up_rc up_user_check(const struct provider *p, const json_t *user,
                         struct up_error *err);
enum up_rc up_team_check(const struct provider *p, const json_t *group,
                         struct up_error *err);
/* How many users' open work goes first: "before", "after", or NULL when the
 * profile has no tickets. */
const char *up_tickets_order(const struct provider *p);
/* True when a create is an invitation that must be accepted. */
bool up_creates_by_invitation(const struct provider *p);
/* Life of an invitation where the record does not tell its end, the least time
 * between two mails, in ms, and how often it may be sent again; 0, 0 and
 * UP_RESENDS where the profile does not say. */
#define UP_RESENDS 3
struct up_invite_rules {
    int64_t life_ms, gap_ms, max;
};
struct up_invite_rules up_invite_rules(const struct provider *p);
/* Where a person does by hand what the API cannot (profile `manual`): a new
 * object of "where" (a sentence) and "url" (filled with `id`, the account's,
 * NULL: unknown), either of which may be absent. NULL: the profile says
 * nothing of this kind. */
json_t *up_manual(const struct provider *p, const char *kind, const char *id);
/* True when inactive users must be reactivated before they can be changed. */
bool up_reactivate_first(const struct provider *p);
/* True when the helpdesk takes whom it deactivates out of the teams. */
bool up_loses_teams(const struct provider *p);

/* ---- calls ----------------------------------------------------------- */

/* One harmless call. `own` (may be NULL) gets the account of the bridge
 * itself when the helpdesk tells it (own->id NULL: it does not). */
enum up_rc up_probe(struct provider *p, struct up_call *call,
                    struct up_user *own, struct up_error *err);

/* Every record, to the end, before the first one is handed on: UP_OK only for
 * a list that is complete and consistent (totals agree, no page repeated);
 * anything else teaches nothing about absence. `each` borrows its record;
 * returning false stops the handing on (still UP_OK). */
typedef bool up_each_user(const struct up_user *u, void *ctx);
enum up_rc up_users_list(struct provider *p, struct up_call *call,
                         up_each_user *each, void *ctx, struct up_error *err);
enum up_rc up_user_get(struct provider *p, struct up_call *call, const char *id,
                       struct up_user *out, struct up_error *err);
/* By the match attribute, then by user name or e-mail, whichever that is not:
 * the caller must see which of them is equal. Staff first, then customers when
 * the profile promotes (in_scope is false). UP_NOT_FOUND: certainly none.
 * UP_UNSUPPORTED: this helpdesk cannot be asked; the mirror after a full scan
 * is all there is. */
enum up_rc up_user_find(struct provider *p, struct up_call *call,
                        const json_t *user, struct up_user *out,
                        struct up_error *err);
/* A new account, or an invitation; `role` NULL: the default one. A lost answer
 * is followed by a look-up. `out` is what was read afterwards. UP_CONFLICT:
 * err->existing_id is who has the value of err->field, which need not be the
 * match attribute. With err->changed the account was made, has the id
 * err->existing_id, and lacks what the error says. */
enum up_rc up_user_create(struct provider *p, struct up_call *call,
                          const json_t *user, const char *role,
                          struct up_user *out, struct up_error *err);
/* An end customer becomes staff (promote_op). */
enum up_rc up_user_promote(struct provider *p, struct up_call *call,
                           const char *id, const json_t *user, const char *role,
                           struct up_user *out, struct up_error *err);
/* Sends what differs between `before` (as last known) and `after`; nothing
 * differs: UP_OK without a call, and out->id is NULL. `password` in `after`
 * is sent where the profile takes one. UP_UNSUPPORTED: the helpdesk has no
 * call for err->field, and perhaps others; with err->changed the rest was sent,
 * and `out` is what was read then. */
enum up_rc up_user_update(struct provider *p, struct up_call *call,
                          const char *id, const json_t *before,
                          const json_t *after, const char *role,
                          struct up_user *out, struct up_error *err);
/* The one role of a user, where roles are a field. Where a role is a team (up_
 * roles has "team"), joins and leaves the teams. */
enum up_rc up_user_set_role(struct provider *p, struct up_call *call,
                            const char *id, const json_t *user,
                            const char *role, struct up_user *out,
                            struct up_error *err);
/* What the profile wants before somebody's work is handed over and the account
 * goes (`before`): such as to be set away. What fails of it stops nothing. */
void up_user_leave(struct provider *p, struct up_call *call, const char *id,
                   const json_t *known);
/* `known` is the user as last known; `pending`: its invitation is revoked,
 * where the helpdesk can (pending_op, else users.revoke_invite). Already so:
 * UP_OK. A helpdesk that forgets whom it deactivates: UP_OK, out->state is
 * UP_DELETED, out->user NULL. */
enum up_rc up_user_deactivate(struct provider *p, struct up_call *call,
                              const char *id, const json_t *known, bool pending,
                              struct up_user *out, struct up_error *err);
enum up_rc up_user_reactivate(struct provider *p, struct up_call *call,
                              const char *id, const json_t *user,
                              const char *role, const json_t *snapshot,
                              struct up_user *out, struct up_error *err);
/* Sends the invitation once more; `out` is what was read afterwards.
 * UP_INVALID, UP_CONFLICT: there is none to send. */
enum up_rc up_user_resend_invite(struct provider *p, struct up_call *call,
                                 const char *id, struct up_user *out,
                                 struct up_error *err);
enum up_rc up_user_delete(struct provider *p, struct up_call *call,
                          const char *id, struct up_error *err);

#include "providers/team.h"

#endif
