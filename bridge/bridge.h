/*
 * bridge/bridge.h - what a SCIM request means for a helpdesk
 *
 * The bridge has targets; each is a provider, its part of the store, a SCIM
 * model, a queue with a few workers, and a sync. server/ hands in requests
 * that are authenticated and routed, and gets replies that are ready to send.
 *
 *   reads   bridge_read: answered there and then, from the mirror alone
 *   writes  bridge_submit: queued; a worker answers through the callback
 *
 * All policy is in this room. Must not: parse HTTP, hold SQL of its own,
 * include curl, know a helpdesk by name.
 */
#ifndef BRIDGE_BRIDGE_H
#define BRIDGE_BRIDGE_H

#include "base/clock.h"
#include "base/error.h"
#include "base/id.h"
#include "base/log.h"
#include "scim/schema.h"
#include "store/store.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- configuration: what the INI says, read and checked by server/ ------- */

enum bridge_unsupported { BRIDGE_TASK, BRIDGE_REFUSE };
struct bridge_pair {
    const char *name, *value;
};
/* All texts are borrowed and must outlive the bridge; lists end with NULL. */
struct bridge_target_config {
    const char *name;
    /* Path of the profile, resolved by server/; a shipped profile has its name
     * here and its JSON in profile_text. */
    const char *profile;
    const char *profile_text;            /* NULL: read the file `profile` */
    const char *base_url;                /* NULL: the profile's */
    const struct bridge_pair *secrets;   /* resolved; wiped by server/ later */
    const struct bridge_pair *variables; /* set.KEY */
    /* The keys below are NULL or 0 where the INI is silent: then the profile's
     * `defaults` count, then the built-in ones. */
    const char *sync_interval, *deadline, *unsupported, *removal, *deactivation,
        *brake, *offboard, *rate_headroom, *client;
    const struct bridge_pair *unsupported_kinds; /* kind -> task|refuse */
    const struct bridge_pair *capabilities;      /* name -> on|off|auto */
    const struct bridge_pair *dues;              /* kind -> time, "4h" */
    const char *resend_after, *max_resends;
    const struct bridge_pair *roles;   /* role.NAME -> group or value */
    const struct bridge_pair *inboxes; /* inbox.NAME -> group, or "*" */
    const char *const *protect;        /* user names or e-mails */
    int seats;
    const char *record, *replay;
    bool group_names_unique; /* default true */
};
struct bridge_config {
    const char *public_url; /* "https://scim.example.com", no slash at end */
    const struct bridge_target_config *targets; /* the first is the default */
    size_t target_count;
    int default_page, max_page; /* 0: 100 and 200 */
    int workers;                /* threads a target; 0: 4 */
    int cursor_timeout;         /* seconds; 0: BRIDGE_CURSOR_TIMEOUT */
    const char *user_agent;
};
#define BRIDGE_CURSOR_TIMEOUT 3600

struct bridge;
struct bridge_target;

/*
 * Opens every target: loads its profile, makes its model, finds its row in the
 * store. No network. NULL and a sentence naming the target on any mistake.
 */
struct bridge *bridge_open(const struct bridge_config *config,
                           struct store *store, struct clock clock,
                           struct id_source ids, struct log *log,
                           struct error *err);
/* Starts workers and the scheduler: journal recovery, then the first sync of
 * each target, then syncs as configured. False: threads cannot be made. */
bool bridge_start(struct bridge *b, struct error *err);
/* Refuses new writes (503), waits at most `grace_ms` for those under way;
 * what is left stays in the journal. */
void bridge_stop(struct bridge *b, int grace_ms);
void bridge_free(struct bridge *b);

/* By name; NULL or "": the default target. NULL: no such target. */
struct bridge_target *bridge_target(struct bridge *b, const char *name);
const char *bridge_target_name(const struct bridge_target *t);
size_t bridge_target_count(const struct bridge *b);
struct bridge_target *bridge_target_at(struct bridge *b, size_t i);
const struct scim_model *bridge_model(const struct bridge_target *t);
/* True once the first sync is complete: SCIM is served. */
bool bridge_ready(const struct bridge_target *t);
/* What `check` prints of a target. New text. */
char *bridge_describe(const struct bridge_target *t);
/* The same for programs (up_abilities). New. */
json_t *bridge_abilities(const struct bridge_target *t);
/* What its account has or lacks: an array of {"name","state" ("on", "off",
 * "unknown"),"forced","evidence","at"?}. New. */
json_t *bridge_capabilities(const struct bridge_target *t);
/* The helpdesk's rate limit as last told, new: {"limit","window" (seconds),
 * "left","blockedFor" (seconds),"headroom" (percent)}, or null. */
json_t *bridge_rate(const struct bridge_target *t);
/* One harmless call upstream, with a sentence of what was found. */
bool bridge_probe(struct bridge_target *t, struct error *err);

/* Runs a sync now, in the caller's thread; counts as a JSON object, new; NULL
 * and a sentence when it failed. One at a time a target: waits its turn. */
json_t *bridge_sync(struct bridge_target *t, struct error *err);

/*
 * What the brake holds (bridge/brake.h): {"on","asked","vanished","released",
 * "items":[{"n","id","display","kind","since","askedBy","requestId",
 * "released"}],"next"}, new; `after`: `next` of the page before, or 0. NULL:
 * the database failed, or memory ran out.
 */
json_t *bridge_brake(const struct bridge_target *t, struct store_db *db,
                     int64_t after, int64_t limit);
/* Releases or discards all that is held; `by` goes into the audit. Returns once
 * the decision is durable; a server then does what was released. */
bool bridge_brake_decide(struct bridge_target *t, bool release, const char *by,
                         int64_t *count, struct error *err);

/* ---- tasks (bridge/task.h) ------------------------------------------------
 */

/* A person's word about a task, or an order. Texts are borrowed. */
struct bridge_person {
    const char *by;         /* who; for the audit */
    const char *request_id; /* NULL: none */
    const char *reason;     /* of cancel: needed */
    bool force;             /* of done: even against what the helpdesk shows */
};
enum bridge_task_rc {
    BRIDGE_TASK_ENDED,
    BRIDGE_TASK_NONE,   /* the target has no such task, or user */
    BRIDGE_TASK_CLOSED, /* it ended before */
    BRIDGE_TASK_UNTRUE, /* the helpdesk shows otherwise: it stays open */
    BRIDGE_TASK_WRONG,  /* what was asked for cannot be: a reason is missing,
                           there is no invitation, ... */
    BRIDGE_TASK_UNSURE, /* the helpdesk cannot be asked now */
    BRIDGE_TASK_CANNOT, /* the helpdesk has no such operation */
    BRIDGE_TASK_FAILED, /* the database */
};
/*
 * A person says that it is done: the helpdesk is asked, and the mirror follows
 * what it says. What it does not show (an owner, an inbox) is believed. *said
 * gets a sentence in any case.
 */
enum bridge_task_rc bridge_task_done(struct bridge_target *t, const char *id,
                                     const struct bridge_person *who,
                                     struct error *said);
/* It will not be done: SCIM shows again what the helpdesk has. */
enum bridge_task_rc bridge_task_cancel(struct bridge_target *t, const char *id,
                                       const struct bridge_person *who,
                                       struct error *said);
/* Sends a user's invitation again (bridge/invitation.h). */
enum bridge_task_rc bridge_user_resend(struct bridge_target *t, const char *id,
                                       const struct bridge_person *who,
                                       struct error *said);

/* ---- requests ------------------------------------------------------------ */

enum bridge_op {
    BRIDGE_LIST,    /* GET /Users, POST /Users/.search */
    BRIDGE_GET,     /* GET /Users/{id} */
    BRIDGE_CREATE,  /* POST /Users */
    BRIDGE_REPLACE, /* PUT /Users/{id} */
    BRIDGE_PATCH,   /* PATCH /Users/{id} */
    BRIDGE_DELETE,  /* DELETE /Users/{id} */
    BRIDGE_BULK,    /* POST /Bulk */
};
#define BRIDGE_BULK_OPERATIONS 1000

/* All texts are borrowed; for bridge_submit until the callback has run. */
struct bridge_request {
    enum bridge_op op;
    const struct scim_type *type; /* NULL: the root query, over all types */
    const char *id;               /* of the resource; NULL where none */
    bool search;                  /* LIST by POST: parameters are in `body` */
    const char *body;
    size_t body_len;
    const char *attributes, *excluded; /* NULL: not given; unions joined by , */
    const char *filter, *sort_by, *sort_order, *start_index, *count;
    const char *cursor; /* NULL: not given; "" is the first page */
    const char *if_match, *if_none_match;
    const char *request_id, *actor; /* for the log, journal and audit */
    bool quick;   /* reads: give up what takes long (see bridge_read) */
    bool dry_run; /* writes: change nothing, answer with what would be done
                     (bridge/explain.h) */
};

/* Owned by the bridge's callee until bridge_reply_clear. */
struct bridge_reply {
    int status;
    char *body; /* owned; NULL: none (204, 304) */
    size_t len;
    char *location, *etag; /* owned; NULL: header is not sent */
    int retry_after;       /* seconds; 0: header is not sent */
};
void bridge_reply_clear(struct bridge_reply *r);

/* GET and .search, on the caller's thread with the caller's reader. A `quick`
 * one that would take more than a few milliseconds is given up: out->status is
 * then 0, and the caller asks again where it has the time. */
void bridge_read(struct bridge_target *t, struct store_db *db,
                 const struct bridge_request *q, struct bridge_reply *out);
/* Writes. `done` is called exactly once, on a worker's thread (or at once, on
 * the caller's, when the queue is full or the bridge stops); it owns *reply. */
typedef void bridge_done(struct bridge_reply *reply, void *ctx);
void bridge_submit(struct bridge_target *t, const struct bridge_request *q,
                   bridge_done *done, void *ctx);
/* A write as a dry run, on the caller's thread, also of a bridge that was not
 * started: for a command. */
void bridge_explain(struct bridge_target *t, const struct bridge_request *q,
                    struct bridge_reply *out);

#endif
