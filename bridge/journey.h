/*
 * bridge/journey.h - one write under way: what every kind of write shares
 *
 *   step       function          durable before  a crash after it leaves
 *   claim      journey_claim     -               nothing
 *   load       journey_load      -               nothing
 *   1 intent   journey_open      -               open entry, nothing changed
 *   2 helpdesk user_, group_*.c  1               open entry, helpdesk changed
 *   3 result   journey_commit    2, one commit   nothing to recover
 *     or none  journey_refuse    1, one commit   nothing to recover
 *
 * A journey that ends without 3 leaves its entry open on purpose: what became
 * of step 2 is unknown, and recover.c finds it out by reading the helpdesk.
 *
 * Functions that return bool say false when the write ends here; journey.err
 * is set then.
 */
#ifndef BRIDGE_JOURNEY_H
#define BRIDGE_JOURNEY_H

#include "bridge/target.h"
#include "scim/error.h"
#include "store/journal.h"

#define JOURNEY_CLAIMS 8

struct hand_over; /* bridge/hand_over.h */

/* What the one commit at the end writes. */
struct journey_result {
    json_t *resource;   /* owned; canonical: what SCIM shall show */
    bool changed;       /* it differs from what SCIM showed */
    json_t *tasks;      /* owned; array of {"kind","detail"} to open */
    json_t *closing;    /* owned; array of {"kind","outcome"}: tasks that end;
                           the kind "*": all of them */
    const char *buried; /* reason of a new tombstone; NULL: none */
    json_t *snapshot;   /* owned; goes into the tombstone */
    bool revived;       /* its tombstone is over */
    int64_t released;   /* erased row that gives up its upstream id; 0: none */
    json_t *joins;      /* owned; row numbers that become members */
    json_t *leaves;     /* owned; row numbers that are members no more */
    json_t *moved;      /* owned; {"added","removed"} of SCIM ids, for the
                           audit of a group */
    bool alone;         /* all memberships of the row end */
    int64_t group;      /* a user's: row of a group that it joins; 0: none */
    bool leaves_group;  /* it leaves that one */
    json_t *inboxes;    /* owned; {"n","detail"}: tasks for members */
    bool renamed;       /* a group has a new displayName */
    struct hand_over *hand_over; /* borrowed; how it stands now; NULL: none */
    const char *receipt; /* of a hand-over, for the tombstone; borrowed */
    const char *outcome; /* NULL: "done" */
    const char *note;    /* a sentence for the audit; borrowed */
};

struct journey {
    struct bridge_target *t;
    struct store_db *db;            /* the thread's own reader */
    const struct bridge_request *q; /* NULL in a recovery */
    const char *action;             /* "user.create", ...; for the audit */
    const char *actor, *request_id;
    enum store_type type;
    int64_t now;
    struct up_call call;
    struct up_error up; /* of the last call that failed */
    bool touched;       /* something was changed upstream */
    bool again;         /* an earlier try may have been done: look closely */
    struct scim_error err;
    json_t *body;  /* owned; of the request */
    json_t *named; /* owned; of a group's members, those that count, as keys;
                      NULL: all of them */
    struct store_resource row;
    json_t *current;            /* owned; NULL while there is none */
    json_t *desired;            /* owned; may hold a password */
    struct store_journal entry; /* n 0: none is open */
    int64_t superseded; /* another entry that this one takes up; 0: none */
    struct journey_result result;
    json_t *shown, *effects; /* owned; of a dry run (bridge/explain.h) */
    char *claims[JOURNEY_CLAIMS];
    size_t claim_count;
};

/* Zeroes and fills; deadline and time start now. `q` may be NULL; one that is
 * a dry run makes all below change nothing. Without call.trace, or call.plan of
 * a dry run, memory ran out. */
void journey_begin(struct journey *j, struct bridge_target *t,
                   struct store_db *db, const struct bridge_request *q,
                   enum store_type type);
/* Drops the claims and frees everything. */
void journey_end(struct journey *j);

/* Takes a claim (bridge/claims.h): `kind` is "", "name:", "match:", ... */
bool journey_claim(struct journey *j, const char *kind, const char *key);
/* Row and current resource of an id: 404 for unknown and erased ones, 412 when
 * If-Match does not match. A group comes with its members. */
bool journey_load(struct journey *j, const char *id);

/* 1. Makes the intent durable. `intent` is stolen; without secrets. */
bool journey_open(struct journey *j, const char *action, json_t *intent);
/* Notes what is done so far; `progress` is borrowed. */
bool journey_progress(struct journey *j, const json_t *progress);
/* 3. Writes journey.result, the row, an audit row, and closes the entry. */
bool journey_commit(struct journey *j);
/* 3. Nothing was changed: closes the entry, with an audit row that holds
 * journey.err. Always false. */
bool journey_refuse(struct journey *j);
/* Sets journey.err from a call's outcome; `step` as in outcome_error. */
bool journey_fail(struct journey *j, enum up_rc rc, const char *step);
bool journey_memory(struct journey *j);
bool journey_database(struct journey *j);

/* Adds to the result: a task opens (`detail` is stolen), or the open one of a
 * kind ("*": all) ends. */
bool journey_task(struct journey *j, const char *kind, json_t *detail);
bool journey_task_end(struct journey *j, const char *kind, const char *outcome);

#endif
