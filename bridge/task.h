/*
 * bridge/task.h - how a task moves
 *
 *   from  to         by                    because
 *   -     open       a write, a sync       the API cannot do what was wished
 *   open  open       a write               more is wished; or less
 *   open  open       a sync, a write       some of it was done
 *   open  done       a sync, a write       the helpdesk shows all of it
 *   open  done       a person              says so, and the helpdesk agrees, or
 *                                          cannot be asked and it was forced
 *   open  withdrawn  a write, a sync       nobody wishes it any more
 *   open  cancelled  a person              it will not be done: SCIM shows
 * again what the helpdesk has
 *
 * done, withdrawn and cancelled are ends: the same need coming back is a new
 * task. What holds after each move (task.c asserts it):
 *
 *   open       closed 0, no outcome, no closer; something is left to do
 *   any end    closed not before opened, its outcome, who closed it
 *
 * Each end is an audit row of its own ("task.done", ...) about the resource.
 */
#ifndef BRIDGE_TASK_H
#define BRIDGE_TASK_H

#include "bridge/journey.h"
#include "store/task.h"

enum task_state { TASK_OPEN, TASK_DONE, TASK_WITHDRAWN, TASK_CANCELLED };
/* "open", "done", "withdrawn", "cancelled"; static. */
const char *task_state_word(enum task_state state);
enum task_state task_state_of(const struct store_task *task);

/* Who ends it and why; texts are borrowed. */
struct task_end {
    enum task_state to;
    const char *by;         /* an actor, "sync" */
    const char *request_id; /* NULL: none */
    const char *why;        /* a sentence for the audit; NULL: none */
    const char *saw;        /* what the helpdesk showed instead, when forced */
    int64_t now;
};
/* Ends an open task. STORE_NONE: it has ended already; nothing is done. Call
 * inside store_write; the resource's row is the caller's to store again. */
enum store_rc task_end(struct store_db *db, const struct bridge_target *t,
                       const struct store_task *task,
                       const struct task_end *end);
/* All open tasks of a resource and kind (NULL: all kinds). */
enum store_rc task_end_kind(struct store_db *db, const struct bridge_target *t,
                            int64_t resource, const char *kind,
                            const struct task_end *end);
/* Opens one, or joins the wish (`detail`, changed) to the open one of that
 * kind; `row` has its number. What the helpdesk shows already (row.upstream) is
 * left out; when nothing is left, nothing is opened, and an open one is
 * withdrawn.
 */
enum store_rc task_open(struct store_db *db, const struct bridge_target *t,
                        const struct store_resource *row, const char *kind,
                        json_t *detail, const struct task_end *who);
/*
 * Settles the open tasks about a user's attributes and role, or a team's
 * members, that the request of `j` touched: what the identity provider wishes
 * otherwise now is withdrawn, what the helpdesk says by now (row.upstream) is
 * done. Before new ones open.
 */
enum store_rc task_settle(struct store_db *db, struct journey *j);

#endif
