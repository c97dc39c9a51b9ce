/*
 * test/sim/helpscout_internal.h - what the files of helpscout share
 *
 * A record is what the API shows, and members whose names begin with "_",
 * which it does not: of a user _invited (has not accepted), _mailboxes (ids),
 * _status (availability); of a team _userIds; of an inbox _routing; of a
 * conversation _assigneeId, _mergedInto, _shownUntil and _shown.
 */
#ifndef SIM_HELPSCOUT_INTERNAL_H
#define SIM_HELPSCOUT_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "test/sim/desk.h"

enum helpscout_table {
    HS_USERS,
    HS_TEAMS,
    HS_MAILBOXES,
    HS_CONVERSATIONS,
    HS_SYSTEM_USERS,
    HS_DELETED,
    HS_TOKENS,
    HS_WEBHOOKS,
    HS_DELIVERIES,
    HS_MAILS,
    HS_TABLES,
};

/* Positions in table_spec.indexes. */
enum { BY_EMAIL, BY_ALTERNATE };
enum { BY_NAME };
enum { BY_ASSIGNEE };
enum { BY_TOKEN };

/* name, kind, first value, values, what it is */
/* clang-format off */
#define HS_KNOBS(X) \
    X(CLIENT_ID, "client_id", TEXT, "sim-app", NULL, "App ID") \
    X(CLIENT_SECRET, "client_secret", TEXT, "sim-app-secret", NULL, "App Secret") \
    X(TOKEN_TTL, "token_ttl", NUMBER, "172800", NULL, "life of a token in seconds") \
    X(TOKEN_JSON, "token_json", TEXT, "accept", "accept|reject400", "a token asked for in JSON") \
    X(BAD_CLIENT, "bad_client_status", TEXT, "401", "401|400", "wrong App ID or Secret") \
    X(PAGE_SIZE, "users_page_size", NUMBER, "50", NULL, "rows a page, but of conversations") \
    X(PAST_END, "page_past_end", TEXT, "empty", "empty|404", "a page beyond the last") \
    X(BAD_PAGE, "bad_page", TEXT, "400", "400|first", "page=0 and page=x") \
    X(USERS_ORDER, "users_order", TEXT, "id", "id|newest|shuffled", "order of /users") \
    X(SHIFT, "shift", NUMBER, "0", NULL, "rows by which a list moves between pages (+ loses, - repeats)") \
    X(EMAIL_FILTER, "email_filter", TEXT, "on", "on|ignored", "?email=") \
    X(EMAIL_CASE, "email_filter_case", TEXT, "insensitive", "insensitive|sensitive", "?email=") \
    X(EMAIL_ALTERNATES, "email_alternates", TEXT, "no", "no|yes", "?email= finds alternateEmails") \
    X(EMPTY_PAGES, "empty_total_pages", TEXT, "0", "0|1", "totalPages of nothing") \
    X(EXTRA_TYPES, "extra_types", NUMBER, "0", NULL, "rows of another type in /users (reset)") \
    X(BAD_ID, "bad_id", TEXT, "400", "400|404", "an id that is no number, or negative") \
    X(MISSING_BODY, "missing_body", TEXT, "error", "error|gateway", "who answers 404 for a user that is gone") \
    X(LIGHT_TEXT, "light_text", TEXT, "light user", "light user|light_user|light", "the role in answers") \
    X(USERS_CREATE, "users_create", TEXT, "on", "on|off|off405|403", "POST /users") \
    X(DUP_STATUS, "dup_status", TEXT, "409", "409|400", "the address is taken") \
    X(ALT_CONFLICT, "alternate_conflict", TEXT, "no", "no|yes", "alternateEmails are taken too") \
    X(SEATS, "seats", NUMBER, "0", NULL, "seats; 0: no limit") \
    X(LIGHT_SEATS, "light_seats", NUMBER, "0", NULL, "seats of light users; 0: no limit") \
    X(SEAT_STATUS, "seat_limit_status", TEXT, "423", "423|412|403", "no seat is left") \
    X(USERS_DELETE, "users_delete", TEXT, "on", "on|off|off405", "DELETE /users/ID") \
    X(SELF_STATUS, "self_status", TEXT, "403", "403|400", "deleting oneself or the owner") \
    X(ADMIN_DELETE, "admin_delete", TEXT, "allow", "allow|403", "an admin deletes an admin") \
    X(REUSE_EMAIL, "reuse_deleted_email", TEXT, "allow", "allow|conflict", "the address of who was deleted") \
    X(USER_UPDATE, "user_update", TEXT, "405", "405|gateway404", "PUT, PATCH, POST on /users/ID") \
    X(ROLE_UPDATED, "updated_at_on_role_change", TEXT, "yes", "yes|no", "updatedAt moves with the role") \
    X(RESTORE_ID, "restore_id", TEXT, "same", "same|new", "the id of who is restored") \
    X(TEAMS_STANDARD, "teams_on_standard", TEXT, "empty", "empty|403", "/teams on plan standard") \
    X(TEAM_GET, "team_get", TEXT, "gateway404", "gateway404|200", "GET /teams/ID") \
    X(SEARCH_LAG, "search_lag_ms", NUMBER, "0", NULL, "a list shows a patch so much later") \
    X(OPEN_MEANS, "open_means", TEXT, "active", "active|active_pending", "status=open") \
    X(PATCH_ARRAY, "patch_array", TEXT, "reject", "reject|accept", "a list of operations") \
    X(BAD_ASSIGNEE, "bad_assignee", TEXT, "400", "400|403", "who may not have the conversation") \
    X(PLAN, "plan", TEXT, "plus", "plus|standard|pro|free", "400, 200, 800 calls a minute, none") \
    X(RATE, "rate", NUMBER, "0", NULL, "calls a minute; 0: as the plan says") \
    X(MINUTE, "minute", NUMBER, "60", NULL, "seconds that a minute of the budget lasts") \
    X(RETRY_AFTER, "retry_after_header", TEXT, "official", "official|standard|both|none", "header of a 429") \
    X(WINDOW, "window", TEXT, "fixed", "fixed|sliding", "the minute of the budget") \
    X(COUNT_TOKEN, "count_token_calls", TEXT, "no", "no|yes", "asking for a token costs") \
    X(BURST, "burst12", TEXT, "off", "off|on", "12 writes in 5 seconds at most") \
    X(COUNT_ERRORS, "count_errors", TEXT, "yes", "yes|no", "401 and unknown paths cost") \
    X(BODY_401, "body_401", TEXT, "none", "none|json", "body of a 401") \
    X(ERROR_LINKS, "error_links", TEXT, "new", "new|legacy", "_links or links in errors") \
    X(NO_ROUTE_TEXT, "no_route_text", TEXT, "new", "new|old", "the gateway's words for no route") \
    X(SCIM, "scim", TEXT, "off", "off|on", "Help Scout's own SCIM (plan pro)") \
    X(SCIM_TOKEN, "scim_token", TEXT, "sim-scim-token", NULL, "its bearer token") \
    X(MORE_USERS, "users", NUMBER, "0", NULL, "more users, generated (reset)") \
    X(WORK_EACH, "conversations", NUMBER, "0", NULL, "active conversations for each of them (reset)")
/* clang-format on */

enum hs_knob {
    HS_BEFORE_KNOBS = KNOB_COMMON_COUNT - 1,
#define X(id, name, kind, initial, values, help) HS_##id,
    HS_KNOBS(X)
#undef X
        HS_KNOBS_END
};

#define HS_HOST "https://api.helpscout.net"

#define HS_COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* The knob `id` (without HS_) has that text; its number. */
#define HS_SET(w, id, word) knob_is(&(w)->knobs, HS_##id, word)
#define HS_NUMBER(w, id)    knob_number(&(w)->knobs, HS_##id)

/* ---- helpscout_answer.c: shapes of answers --------------------------------
 */

/* What the API shows of a record: a copy without members that begin with "_",
 * with _links.self to `path`/id. */
json_t *hs_view(const struct world *w, enum helpscout_table table,
                const json_t *row);
void hs_data(struct answer *a, json_t *data); /* takes it */

/* An application's error without, and with, a list of what is wrong. */
void hs_error(struct world *w, struct answer *a, int status,
              const char *message);
void hs_invalid(struct world *w, struct answer *a, int status, json_t *errors);
void hs_invalid_one(struct world *w, struct answer *a, const char *path,
                    const char *message);
/* One element of that list; `rejected` (borrowed) and `about` may be NULL. */
json_t *hs_wrong(const char *path, const char *message, const json_t *rejected,
                 const char *about);
/* The gateway's own answers. */
void hs_no_route(const struct world *w, struct answer *a);
void hs_gateway(struct answer *a, int status, const char *message);
/* The number of this call, as its Correlation-ID. */
void hs_log_ref(const struct world *w, char *text, size_t size);

/* The body as JSON, a new reference; NULL: it is none and `a` says why (413,
 * 415, 400). */
json_t *hs_body(struct world *w, const struct request *r, struct answer *a);

/* ---- helpscout_list.c: pages ----------------------------------------------
 */

struct hs_ids {
    int64_t *at; /* owned */
    size_t count, room;
};
void hs_ids_add(struct hs_ids *ids, int64_t id);
void hs_ids_all(struct hs_ids *ids, const struct table *t);

struct hs_list {
    enum helpscout_table table;
    const char *key;            /* of _embedded */
    const char *const *filters; /* that links keep; ended by NULL */
    long size;                  /* rows a page */
    struct hs_ids ids;          /* the rows; freed by hs_page() */
    json_t *(*view)(const struct world *w, json_t *row); /* may be NULL */
};
void hs_page(struct world *w, const struct request *r, struct hs_list *list,
             struct answer *a);
/* Is `text` a whole number above zero? */
bool hs_number(const char *text, int64_t *number);
/* The table of an _embedded list whose members are ids, minus one. */
bool hs_ids_remove(json_t *list, int64_t id);
bool hs_ids_have(const json_t *list, int64_t id);

/* ---- helpscout_token.c, helpscout_rate.c -----------------------------------
 */

/* The token of a request is good: its user becomes the caller. Else 401. */
bool hs_token_admit(struct world *w, const struct request *r, struct answer *a);
int64_t hs_app_owner(const struct world *w);
/* A one-time code of a user who agreed (grant authorization_code). */
json_t *hs_token_code(struct world *w, int64_t user);
char *hs_random_hex(struct world *w);

bool hs_rate_admit(struct world *w, const struct request *r, struct answer *a);
void hs_rate_finish(struct world *w, struct answer *a);

/* ---- helpscout_users*.c -----------------------------------------------------
 */

const char *hs_text(const json_t *row, const char *member); /* "" if none */
/* The record that the first argument names, or NULL and 400 or 404. `me` is
 * the caller. */
json_t *hs_user_of(struct world *w, const struct request *r, int64_t *id,
                   struct answer *a);
int64_t hs_user_by_email(const struct world *w, const char *email);
json_t *hs_caller(const struct world *w, int64_t *id);
/* The caller is an administrator or the owner; else 403. */
bool hs_caller_is_admin(struct world *w, struct answer *a);
bool hs_is_admin(const json_t *user);
bool hs_role_known(const char *role);
bool hs_sees_mailbox(const json_t *user, int64_t mailbox);

/* Stores a new user made of `fields` (firstName, lastName, email, role, ...);
 * returns it. Rules are the caller's business. */
json_t *hs_user_new(struct world *w, const json_t *fields, bool invited);
void hs_user_touch(struct world *w, int64_t id, json_t *user);
/* Takes a user away: out of teams and rotations, conversations unassigned. */
void hs_user_drop(struct world *w, int64_t id);
void hs_user_leave_teams(struct world *w, int64_t id);
void hs_user_leave_rotations(struct world *w, int64_t id);
/* False: the address is taken, by whom `why` says (a list of errors). */
bool hs_email_free(const struct world *w, const char *email, int64_t self);

/* ---- helpscout_conversations.c, helpscout_patch.c
 * ---------------------------- */

void hs_unassign_all(struct world *w, int64_t user);
/* Gives the conversation to user or team `to`; 0: to nobody. */
void hs_assign(struct world *w, int64_t id, json_t *conversation, int64_t to);
json_t *hs_conversation_new(struct world *w, int64_t assignee, int64_t mailbox,
                            const char *status, const char *subject);
int64_t hs_now_ms(const struct world *w);

/* ---- helpscout_webhooks.c
 * ----------------------------------------------------- */

/* Queues `body` (borrowed) for every enabled hook that wants the event. */
void hs_event(struct world *w, const char *event, const json_t *body);
/* Sends what is due, one try each; the deliveries of this round. */
json_t *hs_webhooks_send(struct world *w);

/* ---- helpscout_scim.c
 * ----------------------------------------------------------- */

bool hs_is_scim(const struct request *r);
bool hs_scim_admit(struct world *w, const struct request *r, struct answer *a);

void hs_seed(struct world *w);
extern const struct act hs_acts[];

/* ---- the routes
 * -------------------------------------------------------------- */

route_fn hs_token, hs_users_list, hs_users_me, hs_users_get, hs_users_create,
    hs_users_delete, hs_users_update, hs_system_users;
route_fn hs_status_list, hs_status_get, hs_status_put;
route_fn hs_teams_list, hs_teams_get, hs_members_list, hs_mailboxes_list,
    hs_mailboxes_get, hs_routing_get, hs_routing_put;
route_fn hs_conversations_list, hs_conversations_get, hs_conversations_patch;
route_fn hs_webhooks_list, hs_webhooks_get, hs_webhooks_create, hs_webhooks_put,
    hs_webhooks_delete;
route_fn hs_scim_config, hs_scim_users, hs_scim_user_get, hs_scim_user_post,
    hs_scim_user_put, hs_scim_user_patch, hs_scim_user_delete, hs_scim_groups,
    hs_scim_group_post, hs_scim_group_patch, hs_scim_group_delete;

#endif
