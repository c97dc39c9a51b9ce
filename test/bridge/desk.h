/*
 * test/bridge/desk.h - a bridge with one target in front of the fake helpdesk
 */
#ifndef TEST_BRIDGE_DESK_H
#define TEST_BRIDGE_DESK_H

#include "bridge/target.h"
#include "test/bridge/fake_provider.h"

struct desk {
    char dir[64]; /* a folder of its own, removed by desk_close */
    char db_path[96], world[96];
    int64_t now; /* what the bridge takes for the time */
    struct log log;
    struct store *store;
    struct bridge *bridge;
    struct bridge_target *t;
    struct provider *up; /* the fake */
    struct store_db *db;
    /* The last answer. */
    struct bridge_reply reply;
    json_t *body; /* owned; NULL: none */
};

/* What an installation wants; ended by a NULL name. Keys: profile (options of
 * the fake), unsupported, removal, offboard, deadline, protect, role.NAME,
 * inbox.NAME, unsupported.KIND, due.KIND, deactivation, seats, max_resends. */
#define DESK_WISHES 12
struct desk_wish {
    const char *name, *value;
};

/* Makes the folder, opens all, runs a first sync. Fails the test on errors. */
void desk_open(struct desk *d, const struct desk_wish *wishes);
/* The same on the folder of an earlier desk: after a stop. */
void desk_reopen(struct desk *d, const struct desk_wish *wishes);
/* Closes all but keeps the folder. */
void desk_shut(struct desk *d);
void desk_close(struct desk *d);
/* A new folder, with nothing opened. */
void desk_folder(struct desk *d);

/* One write, run in this thread; its status. `body` is JSON with ' for ". */
int desk_write(struct desk *d, enum bridge_op op, const char *type,
               const char *id, const char *body, ...)
    __attribute__((format(printf, 5, 6)));
/* The same with If-Match. */
int desk_write_if(struct desk *d, enum bridge_op op, const char *type,
                  const char *id, const char *tag, const char *body);
/* GET; its status. */
int desk_get(struct desk *d, const char *type, const char *id);
/* GET with a filter; totalResults. */
int desk_count(struct desk *d, const char *type, const char *filter);
/* A place in the last body, as text ("name.givenName", "emails.0.value");
 * "" when there is none. Borrowed, until the next call. */
const char *desk_text(struct desk *d, const char *path);
bool desk_true(struct desk *d, const char *path);
/* POST of a user with that name; its id in `id`. */
void desk_user(struct desk *d, const char *name, char id[ID_SIZE]);
/* Kinds of the open tasks of a resource, joined by blanks. */
const char *desk_tasks(struct desk *d, const char *type, const char *id);
/* The detail of its open task of that kind; a new object, NULL: none. */
json_t *desk_task(struct desk *d, const char *type, const char *id,
                  const char *kind);
/* The `after` of the newest audit row; a new object, NULL: it has none. */
json_t *desk_last_audit(struct desk *d);
/* Open journal entries. */
int desk_open_entries(struct desk *d);
/* Audit rows of that outcome. */
int desk_audit(struct desk *d, const char *outcome);
void desk_sync(struct desk *d);
bool desk_recover(struct desk *d);
/* Turns of the leaves that were promised, until none is left or `turns` are
 * over; the clock goes on by as much as they wait. How many are left. */
int desk_leaves(struct desk *d, int turns);

#define PATCH_OPS                                                              \
    "{'schemas':['urn:ietf:params:scim:api:messages:2.0:PatchOp'],"            \
    "'Operations':[%s]}"
#define USER_SCHEMAS "'schemas':['urn:ietf:params:scim:schemas:core:2.0:User']"
#define GROUP_SCHEMAS                                                          \
    "'schemas':['urn:ietf:params:scim:schemas:core:2.0:Group']"

#endif
