/*
 * test/sim/kustomer_internal.h - what the files of kustomer share
 *
 * A record is flat: "id", the attributes that the API shows, and members whose
 * names begin with "_", which it does not: of all _createdBy and _modifiedBy;
 * of a user _pending and _expired; of a team _externalId; of a conversation
 * _customer, _old (what the search index has) and _visibleAt (until when).
 */
#ifndef SIM_KUSTOMER_INTERNAL_H
#define SIM_KUSTOMER_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "test/sim/desk.h"

enum ks_table {
    KS_USERS,
    KS_TEAMS,
    KS_GROUPS,
    KS_CONVERSATIONS,
    KS_KEYS,
    KS_BULK,
    KS_HOOKS,
    KS_DELIVERIES,
    KS_MAILS,
    KS_TABLES,
};

/* Positions in table_spec.indexes. */
enum { BY_ID, BY_EMAIL };
enum { BY_TOKEN = 1 };

/*
 * What no page of Kustomer says: name, settings, then what the presets default,
 * legacy and adverse choose, and what it is about. The knob's own first value
 * is "preset".
 */
/* clang-format off */
#define KS_CHOICES(X) \
    X(BAD_METHOD, "bad_method", "404|405", "404", "404", "405", "a method that a path does not have") \
    X(UNKNOWN_FIELDS, "unknown_fields", "ignore|reject", "ignore", "ignore", "reject", "fields of a body that nobody knows") \
    X(ERROR_SHAPE, "error_shape", "mixed|swapped", "mixed", "mixed", "swapped", "JSON:API for records and plain for values, or the other way") \
    X(REGION_STATUS, "region_status", "401|400|403", "401", "401", "400", "a key of another region") \
    X(MISSING_ROLE, "missing_role", "403|401", "403", "401", "401", "the key lacks a role") \
    X(COUNT_FAILED, "count_failed", "yes|no", "yes", "yes", "yes", "refused calls cost too") \
    X(RATE_HEADERS, "rate_headers", "always|random|never", "always", "always", "random", "x-ratelimit headers") \
    X(DUP_STATUS, "dup_status", "409|400", "409", "400", "400", "the address is taken") \
    X(TRIM_GROUP, "trim_group", "drop|keep|refuse", "drop", "drop", "drop", "a role group that the key does not cover") \
    X(SEVERAL_GROUPS, "several_groups", "400|accept", "400", "400", "accept", "two role groups for one user") \
    X(UNKNOWN_GROUP, "unknown_group", "400|ignore", "400", "400", "ignore", "a role group that is not there") \
    X(LIMITED_GROUPS, "limited_groups", "400|drop", "400", "400", "drop", "a role group for a collaborator") \
    X(PAGE_TOO_BIG, "page_too_big", "cut|400", "cut", "cut", "400", "pageSize above 500") \
    X(PAST_END, "past_end", "empty|404", "empty", "empty", "404", "a page beyond the last") \
    X(LIST_ORDER, "list_order", "created|shuffled", "created", "created", "shuffled", "order of users and teams") \
    X(TWO_FILTERS, "two_filters", "400|first", "400", "400", "first", "two filters that do not go together") \
    X(UNFILTERED, "unfiltered", "live|all", "live", "live", "all", "/users without a filter") \
    X(DELETED_FALSE, "deleted_false", "pending|accepted", "pending", "pending", "accepted", "deleted=false has who has not accepted, or not") \
    X(EMAIL_FINDS, "email_finds", "live|all|accepted", "live", "live", "accepted", "whom email= finds") \
    X(PUT_STATUS, "put_status", "200|201", "200", "201", "201", "PUT of a user") \
    X(DELETED_TWICE, "deleted_twice", "ok|400", "ok", "ok", "400", "deactivating again") \
    X(DELETED_AS_FALSE, "deleted_as_false", "restore|400", "restore", "restore", "400", "deleted=false in a PUT") \
    X(DELETED_GROUPS, "deleted_groups", "keep|drop", "keep", "keep", "drop", "role group of who is deactivated") \
    X(EMAIL_CHANGE, "email_change", "keeps|unverifies", "keeps", "keeps", "unverifies", "emailVerifiedAt after a new address") \
    X(LAST_ADMIN, "last_admin", "allow|409", "allow", "allow", "allow", "deactivating the last administrator") \
    X(SEAT_STATUS, "seat_status", "402|401|409", "402", "401", "409", "no seat is left") \
    X(ROLE_GROUPS_SHAPE, "role_groups_shape", "list|text", "list", "list", "text", "roleGroups in answers") \
    X(EXTRA_FIELDS, "extra_fields", "no|yes", "no", "no", "yes", "attributes that nobody has heard of") \
    X(UNKNOWN_MEMBER, "unknown_member", "400|ignore", "400", "400", "ignore", "a member that is no user") \
    X(DEACTIVATED_MEMBER, "deactivated_member", "400|allow", "400", "400", "allow", "a member that is deactivated") \
    X(MEMBER_NOOP, "member_noop", "ok|400", "ok", "ok", "400", "adding who is there, removing who is not") \
    X(TEAM_NAME, "team_name", "free|unique", "free", "free", "unique", "two teams of one name: 409") \
    X(EXTERNAL_ID, "external_id", "hide|show", "hide", "hide", "show", "externalId of a team in answers") \
    X(TEAM_DELETED, "team_deleted", "404|200", "404", "404", "200", "reading a deleted team") \
    X(TEAMS_LIST, "teams_list", "live|all", "live", "live", "all", "deleted teams in the list") \
    X(SEARCH_PAST, "search_past", "400|empty", "400", "400", "400", "a page of a search beyond the last that there may be") \
    X(IDS_ONLY, "ids_only", "texts|objects", "texts", "texts", "objects", "data of a search with idsOnly=true") \
    X(ASSIGN_UNKNOWN, "assign_unknown", "400|ignore", "400", "400", "400", "assigning to nobody that is there") \
    X(ASSIGN_DEACTIVATED, "assign_deactivated", "allow|400", "allow", "allow", "400", "assigning to who is deactivated")

/* name, kind, first value, values, what it is */
#define KS_KNOBS(X) \
    X(PRESET, "preset", TEXT, "default", "default|legacy|adverse", "every choice at once") \
    X(WORLD, "world", TEXT, "org", "org|samples", "who is there: an organisation, or no more than in the samples (reset)") \
    X(POD, "pod", TEXT, "prod1", NULL, "the region") \
    X(PLAN, "plan", TEXT, "enterprise", "professional|business|enterprise|ultimate", "300, 500, 1000, 2000 calls a minute") \
    X(RATE, "rate", NUMBER, "0", NULL, "calls a window; 0: as the plan says") \
    X(SEARCH_RATE, "search_rate", NUMBER, "0", NULL, "searches a window; 0: 100, or as rate") \
    X(UPDATE_RATE, "update_rate", NUMBER, "0", NULL, "updates of one conversation a window; 0: 120, or as rate") \
    X(WINDOW_S, "window_s", NUMBER, "60", NULL, "length of the window in seconds") \
    X(PAGE_SIZE, "page_size", NUMBER, "0", NULL, "rows a page when nobody says; 0: 100, adverse 25") \
    X(SHIFT, "shift", NUMBER, "0", NULL, "rows by which a list moves between pages (+ loses, - repeats)") \
    X(SEATS, "seats", NUMBER, "0", NULL, "seats; 0: no limit") \
    X(SEARCH_PAGES, "search_pages", NUMBER, "100", NULL, "pages of a search") \
    X(SEARCH_SIZE, "search_size", NUMBER, "500", NULL, "rows on a page of a search at most") \
    X(INDEX_LAG, "index_lag_ms", NUMBER, "-1", NULL, "a search sees a change so much later; -1: 1000, adverse 2000") \
    X(BULK_DELAY, "bulk_delay_ms", NUMBER, "200", NULL, "a bulk job is done so much later") \
    X(HOOK_MINUTE, "hook_minute_s", NUMBER, "60", NULL, "seconds in a minute of the webhooks' schedule") \
    X(MORE_USERS, "users", NUMBER, "0", NULL, "more users, generated (reset)") \
    X(WORK_EACH, "conversations", NUMBER, "0", NULL, "open conversations for each of them (reset)")
/* clang-format on */

enum ks_knob {
    KS_BEFORE_KNOBS = KNOB_COMMON_COUNT - 1,
#define X(id, name, kind, initial, values, help) KS_##id,
    KS_KNOBS(X)
#undef X
        KS_BEFORE_CHOICES,
    KS_LAST_BEFORE_CHOICES = KS_BEFORE_CHOICES - 1,
#define X(id, name, values, first, second, third, help) KS_##id,
    KS_CHOICES(X)
#undef X
        KS_KNOBS_END
};

#define KS_COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* The choice `id` (without KS_) is that setting; a plain knob's text, number.
 */
#define KS_IS(w, id, word)  ks_choice_is(w, KS_##id, word)
#define KS_SET(w, id, word) knob_is(&(w)->knobs, KS_##id, word)
#define KS_NUMBER(w, id)    knob_number(&(w)->knobs, KS_##id)

/* ---- kustomer_strict.c: what nobody knows --------------------------------
 */

const char *ks_choice(const struct world *w, size_t knob);
bool ks_choice_is(const struct world *w, size_t knob, const char *word);
/* A choice that is a status. */
int ks_choice_status(const struct world *w, size_t knob);
long ks_page_size(const struct world *w);
long ks_index_lag_ms(const struct world *w);

/* ---- kustomer_answer.c: shapes of answers ---------------------------------
 */

/* The record as the API shows it, new. */
json_t *ks_view(const struct world *w, enum ks_table table, const json_t *row);
void ks_data(struct answer *a, int status, json_t *resource); /* takes it */
const char *ks_type(enum ks_table table);

/* An error about a record; about a value, whose `pointer` may be NULL. */
void ks_error(struct world *w, struct answer *a, int status, const char *title);
void ks_error_at(struct world *w, struct answer *a, int status,
                 const char *title, const char *pointer);
void ks_bad_value(struct world *w, struct answer *a, const char *pointer,
                  const char *what);
void ks_missing_roles(struct world *w, struct answer *a, int status,
                      const char *roles);

/* The body, an object (or `array`) of at most `most` bytes, new; NULL: it is
 * none and `a` says why. */
json_t *ks_body(struct world *w, const struct request *r, bool array,
                struct answer *a);
/* Every member of `body` is one of `known`; else 400 where that is chosen. */
bool ks_fields_known(struct world *w, const json_t *body,
                     const char *const *known, struct answer *a);

/* ---- records --------------------------------------------------------------
 */

const char *ks_text(const json_t *row, const char *member); /* never NULL */
bool ks_has(const json_t *list, const char *text);
bool ks_remove(json_t *list, const char *text);
/* The time with milliseconds, as text and as a number. */
json_t *ks_now(const struct world *w);
int64_t ks_now_ms(const struct world *w);
/* A new record's number and id; stores nothing. */
int64_t ks_new_id(struct world *w, enum ks_table table, json_t *row);
/* The number of the record with that id; 0: none. */
int64_t ks_find(const struct world *w, enum ks_table table, const char *id);
/* The record that argument 0 of the route names; NULL: 400 or 404 is said. */
json_t *ks_named(struct world *w, const struct request *r, enum ks_table table,
                 int64_t *number, struct answer *a);
/* Stores a record that somebody (by id) made or changed. */
void ks_made(struct world *w, json_t *row, const char *by);
void ks_touch(struct world *w, json_t *row, const char *by);

/* ---- kustomer_list.c ------------------------------------------------------
 */

struct ks_list {
    enum ks_table table;
    int64_t *at; /* owned by the list; freed by ks_page() */
    size_t count, room;
    long most; /* rows a page at most */
};
void ks_list_add(struct ks_list *list, int64_t number);
/* Answers with the page that is asked for. */
void ks_page(struct world *w, const struct request *r, struct ks_list *list,
             struct answer *a);
/* page and pageSize of a request; false: 400 is said. */
bool ks_page_of(struct world *w, const struct request *r, long most, long *page,
                long *size, struct answer *a);
/* The query of `r` without page and pageSize, owned; "" or "a=b&". */
char *ks_query_kept(const struct request *r);

/* ---- kustomer_key.c, kustomer_rate.c ---------------------------------------
 */

/* The key of a request is good and may do `operation`; else 401 or 403. */
bool ks_key_admit(struct world *w, const struct request *r, struct answer *a);
bool ks_key_may(struct world *w, const char *operation, struct answer *a);
/* The caller holds that role, or one that covers it. */
bool ks_key_holds(const struct world *w, const char *role);
/* The machine user of the caller, borrowed until the next call. */
const char *ks_caller(const struct world *w);
json_t *ks_key_new(struct world *w, const char *token, const char *name,
                   const char *user, json_t *roles); /* takes roles */
route_fn ks_token_current, ks_auth_settings, ks_auth_roles;

bool ks_rate_admit(struct world *w, bool search, struct answer *a);
/* One more update of a conversation; false: 429 is said. */
bool ks_rate_update(struct world *w, const char *conversation,
                    struct answer *a);
void ks_rate_finish(struct world *w, struct answer *a);

/* ---- kustomer_users.c, kustomer_users_write.c ------------------------------
 */

route_fn ks_users_list, ks_users_get, ks_users_current, ks_users_teams;
route_fn ks_users_create, ks_users_update, ks_users_update_current,
    ks_password_reset;
bool ks_deactivated(const json_t *row);
/* Number of who has the address, deactivated or not; 0: nobody. */
int64_t ks_user_by_email(const struct world *w, const char *email);
/* An account and its invitation, stored; takes nothing. Returns it. */
json_t *ks_user_new(struct world *w, const json_t *fields, bool invited,
                    const char *by);
/* deletedAt and what goes with it. */
void ks_user_deactivate(const struct world *w, json_t *user, bool off);
void ks_user_changed(struct world *w, json_t *user, const json_t *before,
                     const char *by);

/* ---- kustomer_groups.c, kustomer_teams.c ------------------------------------
 */

route_fn ks_groups_list, ks_groups_get, ks_groups_create, ks_groups_update,
    ks_groups_delete;
int64_t ks_group_by_name(const struct world *w, const char *name);
route_fn ks_teams_list, ks_teams_get, ks_teams_create, ks_teams_put,
    ks_teams_patch, ks_teams_delete, ks_members_add, ks_members_remove;
json_t *ks_team_new(struct world *w, const json_t *fields, const char *by);
int64_t ks_team_by_name(const struct world *w, const char *name);
void ks_team_changed(struct world *w, json_t *team, const json_t *before,
                     const char *by);

/* ---- kustomer_conversations.c, _search.c, _bulk.c ---------------------------
 */

route_fn ks_conversations_list, ks_conversations_get, ks_conversations_put,
    ks_search, ks_bulk_put, ks_bulk_get;
json_t *ks_conversation_new(struct world *w, const char *user,
                            const char *status, const char *name);
/* Changes `row` as `body` says; false: refused and `a` says why. */
bool ks_conversation_change(struct world *w, json_t *row, const json_t *body,
                            bool replace, struct answer *a);
/* Does what is due of every bulk job. */
void ks_bulk_run(struct world *w);

/* ---- kustomer_webhooks.c ----------------------------------------------------
 */

/* Queues an event for every hook that wants it; `before` NULL: a creation. */
void ks_event(struct world *w, enum ks_table table, const json_t *row,
              const json_t *before);
/* One try of each delivery that is due; returns those. */
json_t *ks_webhooks_send(struct world *w, bool backwards, bool twice);
route_fn ks_hooks_list, ks_hooks_get, ks_hooks_create, ks_hooks_put,
    ks_hooks_delete, ks_hook_events;

/* ---- kustomer_human.c, kustomer_seed.c --------------------------------------
 */

extern const struct act ks_acts[];
void ks_seed(struct world *w);

/* Ids that everything else names. */
#define KS_ORG           "66a0c1d2e3f4a5b6c7d8e900"
#define KS_MACHINE       "66a0c1d2e3f4a5b6c7d8e9a0"
#define KS_ADMINISTRATOR "66d3c4e5f607182930415c01"

#endif
