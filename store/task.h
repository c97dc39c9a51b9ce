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
};
void store_task_clear(struct store_task *t);
/* Adds, or replaces the detail of the open task of that resource and kind. */
enum store_rc store_task_open(struct store_db *db, struct store_task *t);
enum store_rc store_task_close(struct store_db *db, const char *id,
                               const char *outcome, const char *by,
                               int64_t now);
/* Closes open tasks of a resource and kind (NULL: all kinds). */
enum store_rc store_task_close_kind(struct store_db *db, int64_t resource,
                                    const char *kind, const char *outcome,
                                    const char *by, int64_t now);
typedef bool store_each_task(const struct store_task *t, void *ctx);
/* Open tasks of one resource, oldest first. */
enum store_rc store_task_of(struct store_db *db, int64_t resource,
                            store_each_task *each, void *ctx);
/* Tasks of a target (0: of all), oldest first; open ones only, or all. */
enum store_rc store_task_list(struct store_db *db, int64_t target,
                              bool open_only, store_each_task *each, void *ctx);

#endif
