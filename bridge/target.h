/*
 * bridge/target.h - one configured helpdesk, inside bridge/ only
 *
 * What all files of this room share: the target's provider, model, policy,
 * and its queue. Set up by target.c, then unchanging but for what is marked.
 */
#ifndef BRIDGE_TARGET_H
#define BRIDGE_TARGET_H

#include "bridge/bridge.h"
#include "providers/provider.h"
#include "scim/filter_sql.h"
#include "store/resource.h"

#include <pthread.h>
#include <stdatomic.h>

enum bridge_removal { REMOVAL_DEACTIVATE, REMOVAL_DELETE };
enum bridge_deactivation {
    DEACTIVATION_PROFILE,
    DEACTIVATION_TASK,
    DEACTIVATION_REFUSE
};
enum bridge_heir {
    HEIR_MANAGER,
    HEIR_TEAM,
    HEIR_USER,
    HEIR_ROUND_ROBIN,
    HEIR_NOBODY
};

/* One entry of `offboard`. */
struct bridge_offboard {
    enum bridge_heir heir;
    char *name; /* owned; team displayName or user name; NULL otherwise */
};

struct bridge_policy {
    int64_t deadline_ms, sync_interval_ms;
    enum bridge_unsupported unsupported;
    const struct bridge_pair *unsupported_kinds; /* borrowed */
    const struct bridge_pair *dues;              /* borrowed */
    enum bridge_removal removal;
    enum bridge_deactivation deactivation;
    int64_t seats;                    /* 0: no limit */
    int64_t resend_gap_ms, resends;   /* of an invitation: least gap, most */
    struct bridge_offboard *offboard; /* owned */
    size_t offboard_count;
    char **protect; /* owned; folded user names or e-mails */
    size_t protect_count;
    const struct bridge_pair *roles;   /* borrowed */
    const struct bridge_pair *inboxes; /* borrowed */
    bool group_names_unique;
    int brake_share, brake_count; /* percent of the users, and this many */
    struct scim_tolerance tolerance;
};

struct claims;        /* bridge/claims.h */
struct queue;         /* bridge/queue.h */
struct offboard_jobs; /* bridge/offboard_job.h */

struct bridge_target {
    struct bridge *bridge;
    const char *name;
    int64_t row; /* in the table target */
    char *base;  /* owned; "https://host/NAME/scim/v2" */
    struct provider *up;
    struct scim_model *model;
    const struct scim_type *user, *group;
    struct scim_sql_column *user_columns, *group_columns; /* owned */
    struct buf location[2]; /* SQL of meta.location, by enum store_type */
    struct buf refs[2];     /* SQL of members.$ref, and of groups.$ref */
    struct bridge_policy policy;
    struct claims *claims;
    struct queue *queue;
    _Atomic(struct offboard_jobs *) jobs; /* NULL while the bridge rests */
    pthread_mutex_t sync_lock;            /* held by the one sync that runs */
    _Atomic(char *) own_id; /* owned; upstream id of the bridge's account,
                               NULL: unknown; set once, by the sync */
    atomic_llong held;      /* rows of store/held.h that are not closed */
    atomic_bool resuming;   /* released ones are being done */
    atomic_bool ready;      /* the first sync is complete */
    atomic_llong synced_at; /* ms; end of the last complete sync; 0: never */
};

struct bridge {
    struct store *store;
    struct clock clock;
    struct id_source ids;
    struct log *log;
    struct bridge_target *targets;
    size_t target_count;
    int default_page, max_page, workers;
    int64_t cursor_timeout_ms;
    unsigned char cursor_secret[32]; /* bridge/cursor.h */
    atomic_bool stopping;
    struct scheduler *scheduler; /* bridge/scheduler.h */
};

/* The columns that the filters of a type may use; ended by a NULL path. */
const struct scim_sql_column *target_columns(const struct bridge_target *t,
                                             enum store_type type);
const struct scim_type *target_type(const struct bridge_target *t,
                                    enum store_type type);
/* What to do about an operation that the helpdesk lacks, by kind of task. */
enum bridge_unsupported target_unsupported(const struct bridge_target *t,
                                           const char *kind);
/* True when the policy protects the user: INI `protect`, by userName or any
 * e-mail. `resource` is canonical. */
bool target_protects(const struct bridge_target *t, const json_t *resource);

/* Makes user_columns and group_columns from base and the model; false: memory
 * ran out. Once, at opening. */
bool target_make_columns(struct bridge_target *t);

#endif
