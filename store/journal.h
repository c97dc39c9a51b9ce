/*
 * store/journal.h - writes in flight
 *
 * Owns the table `journal`. An entry is opened, durably, before anything is
 * changed upstream, and closed in the transaction that records the result. An
 * entry that is open when the program starts is one whose outcome is unknown:
 * recovery asks the helpdesk. A closed entry is kept for a while as history.
 *
 * Must not hold a password: the caller strips the intent.
 */
#ifndef STORE_JOURNAL_H
#define STORE_JOURNAL_H

#include "store/resource.h"

struct store_journal {
    int64_t n; /* 0: not stored yet */
    int64_t target;
    char id[ID_SIZE]; /* SCIM id of the resource meant */
    enum store_type type;
    char *action;     /* owned; "create", "update", "delete", ... */
    char *intent;     /* owned; JSON */
    char *progress;   /* owned; JSON, or NULL: steps done */
    char *request_id; /* owned, or NULL */
    char *actor;      /* owned; name of the token */
    int64_t opened, closed;
    char *outcome; /* owned; NULL while open */
};
void store_journal_clear(struct store_journal *j);
/* Opens an entry: sets j->n. */
enum store_rc store_journal_open(struct store_db *db, struct store_journal *j);
enum store_rc store_journal_progress(struct store_db *db, int64_t n,
                                     const char *progress);
enum store_rc store_journal_close(struct store_db *db, int64_t n, int64_t now,
                                  const char *outcome);
typedef bool store_each_journal(const struct store_journal *j, void *ctx);
/* Open entries of a target, oldest first. */
enum store_rc store_journal_open_entries(struct store_db *db, int64_t target,
                                         store_each_journal *each, void *ctx);
/* Deletes entries closed before `before`. */
enum store_rc store_journal_prune(struct store_db *db, int64_t before);

#endif
