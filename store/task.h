/*
 * store/task.h - what a person must do, because no API can
 *
 * Owns the table `task`.
 */
#ifndef STORE_TASK_H
#define STORE_TASK_H

#include "store/resource.h"

struct store_task {
    char id[ID_SIZE];
    int64_t target;
    int64_t resource; /* row number */
    char *kind;       /* owned; invite, deactivate, update, role, team, ... */
    char *detail;     /* owned; JSON: what, for whom, where, who asked */
    int64_t opened, due; /* due 0: none */
    int64_t closed;      /* 0: open */
    char *outcome;       /* owned; "done", "withdrawn", "cancelled" */
    char *closed_by;     /* owned; a person, or "sync" */
    int64_t alarms;      /* how often somebody was alarmed */
    int64_t alarmed;     /* when last; 0: never */
};
void store_task_clear(struct store_task *t);
/* Adds, or replaces the detail of the open task of that resource and kind,
 * which keeps the earlier time of both. */
enum store_rc store_task_open(struct store_db *db, struct store_task *t);
enum store_rc store_task_close(struct store_db *db, const char *id,
                               const char *outcome, const char *by,
                               int64_t now);
/* Closes open tasks of a resource and kind (NULL: all kinds). */
enum store_rc store_task_close_kind(struct store_db *db, int64_t resource,
                                    const char *kind, const char *outcome,
                                    const char *by, int64_t now);
typedef bool store_each_task(const struct store_task *t, void *ctx);
/* By its id, open or closed; a copy, which the caller clears. */
enum store_rc store_task_get(struct store_db *db, const char *id,
                             struct store_task *out);
/* What is still to do of an open task. */
enum store_rc store_task_set_detail(struct store_db *db, const char *id,
                                    const char *detail);
/* Somebody was alarmed about an open task. */
enum store_rc store_task_alarm(struct store_db *db, const char *id,
                               int64_t now);
/* Open tasks of a target: all, those past their time, deactivations. */
struct store_task_counts {
    int64_t open, overdue, deactivate;
};
enum store_rc store_task_count(struct store_db *db, int64_t target, int64_t now,
                               struct store_task_counts *out);
/* All lists: deactivations first, then by age; closed ones behind open ones.
 * This one: open tasks of one resource. */
enum store_rc store_task_of(struct store_db *db, int64_t resource,
                            store_each_task *each, void *ctx);
/* Tasks of a target (0: of all); open ones only, or all. */
enum store_rc store_task_list(struct store_db *db, int64_t target,
                              bool open_only, store_each_task *each, void *ctx);

#endif
