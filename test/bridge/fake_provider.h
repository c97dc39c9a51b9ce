/*
 * test/bridge/fake_provider.h - a helpdesk in memory, behind provider.h
 *
 * Stands in for providers/ when the tests of bridge/ are linked. What the
 * helpdesk can do is said by the profile's text, a JSON object of options:
 *
 *   "create": "account" | "invite" | "no"   "find": true | false
 *   "update", "role", "deactivate", "reactivate", "delete": true | false
 *   "resend": true | false; sent again, an invitation lasts FAKE_INVITE_MS more
 *   "manual": address that up_manual starts with
 *   "vanish": deactivated users are answered with not found
 *   "locked": inactive users cannot be changed
 *   "teams": true | false (make and change)   "members": true | false
 *   "admin_team": the members of the team "Admins" are the administrators
 *   "inboxes": create takes them (true)
 *   "tickets": "before" | "after" | absent; "each": a call for each ticket
 *
 * It maps userName (as lower case), displayName, name and emails; nothing
 * else. With a base_url, which is then a file's path, the world outlives the
 * process: for tests that stop it anywhere.
 */
#ifndef TEST_BRIDGE_FAKE_PROVIDER_H
#define TEST_BRIDGE_FAKE_PROVIDER_H

#include "providers/provider.h"

#define FAKE_INVITE_MS ((int64_t)7 * 86400000)

/* {"users":{id:{"expires_at"? (of an invitation, ms),
 * "user","role","state","in_scope","protected","identity", "teams"?}},
 * "teams":{id:{"group","members":[..]}}, "tickets":{id:owner},
 * "moves":{ticket:{whoever was given it: true}}}. Borrowed; a
 * test may change it. */
json_t *fake_world(struct provider *p);

/* The next call of `op` ("user.create", ...; NULL: any), or the one after
 * `skip` others, ends as `rc`; its effect is done all the same when `done`. */
void fake_fault(struct provider *p, const char *op, int skip, enum up_rc rc,
                bool done);
/* Calls so far of one operation; NULL: of all that change something. */
int fake_calls(const struct provider *p, const char *op);
/* Calls so far, in order, as "user.create 1; user.get 1; ". Borrowed. */
const char *fake_log(const struct provider *p);
void fake_log_clear(struct provider *p);

/* Ends the process, as kill -9 would, at the n-th stop point from now: there is
 * one before and one behind the effect of each call. 0: never. */
void fake_stop_at(struct provider *p, int n);
/* Stop points passed so far. */
int fake_stops(const struct provider *p);
#define FAKE_STOPPED 99 /* exit status of a process stopped so */

/* Adds an account by hand, as in the helpdesk's own pages; its id, borrowed
 * from the world. */
const char *fake_add_user(struct provider *p, const char *name,
                          const char *state, const char *role);
/* A member of an account's record; borrowed, NULL: none. */
const char *fake_user_text(struct provider *p, const char *id,
                           const char *member);
size_t fake_user_count(struct provider *p);

#endif
