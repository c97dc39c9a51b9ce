/*
 * test/bridge/fake_internal.h - what the files of the fake helpdesk share
 *
 *   fake_provider.c  opening, the profile, faults, stops
 *   fake_record.c    accounts as the fake keeps and tells them
 *   fake_user.c      calls about users
 *   fake_team.c      calls about teams and tickets
 */
#ifndef TEST_BRIDGE_FAKE_INTERNAL_H
#define TEST_BRIDGE_FAKE_INTERNAL_H

#include "base/buf.h"
#include "test/bridge/fake_provider.h"

#include <pthread.h>

struct fault {
    char op[32];
    int skip;
    enum up_rc rc;
    bool done, armed;
};

struct provider {
    json_t *options, *world, *roles, *map, *counts;
    char *file;
    struct fault faults[8];
    struct buf log;
    int changes, stops, stop_at;
    pthread_mutex_t lock;
};

/* What a call is to do: run, or end as the fault says. */
struct turn {
    struct provider *p;
    bool run;
    enum up_rc rc; /* UP_OK: what the effect itself says */
};

/* A part of the world: "users", "teams", "tickets", "next". Borrowed. */
json_t *fake_part(struct provider *p, const char *name);
const char *fake_new_id(struct provider *p, char out[16]);
void fake_save(struct provider *p);
bool fake_option(const struct provider *p, const char *name, bool otherwise);
const char *fake_text_option(const struct provider *p, const char *name,
                             const char *otherwise);

/* Begins a call: counts and notes it, stops here if that is wished, and takes
 * its fault. Holds the lock until fake_end. */
struct turn fake_begin(struct provider *p, struct up_call *call, const char *op,
                       const char *id, struct up_error *err);
/* `rc` is what the effect says; a fault overrules it. */
enum up_rc fake_end(struct turn *t, enum up_rc rc, struct up_error *err);

/* An account by its id, unless it is hidden; borrowed. */
json_t *fake_record(struct provider *p, const char *id);
/* By e-mail address or user name, hidden or not; borrowed. */
json_t *fake_record_by_name(struct provider *p, const json_t *user,
                            const char **id);
enum up_state fake_state(const json_t *record);
bool fake_hidden(const struct provider *p, const json_t *record);
/* The e-mail address of a user, else its name. */
const char *fake_address(const json_t *user);
void fake_tell(struct provider *p, const char *id, const json_t *record,
               struct up_user *out);

#endif
