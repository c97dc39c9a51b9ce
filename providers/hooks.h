/*
 * providers/hooks.h - what no profile can say, as named C functions
 *
 * `"hook": "name"` in an operation stands in place of method and path. A hook
 * lives in providers/hooks_<helpdesk>.c, is as small as can be, and reaches the
 * helpdesk through engine_run() on operations of its profile alone.
 */
#ifndef PROVIDERS_HOOKS_H
#define PROVIDERS_HOOKS_H

#include "providers/operation.h"

/* As engine_run(): same results, same rules for *out and *err. */
typedef enum up_rc hook_fn(struct engine *e, struct up_call *call,
                           const struct vars *v, struct op_result *out,
                           struct up_error *err);
/* providers/hooks_helpscout.c: takes the user {{id}} out of every rotation. */
hook_fn helpscout_leave_rotation;
/* providers/hooks_kustomer.c: gives {{ticket_id}} of the user {{id}} to
 * {{to_user_id}}, to {{to_team_id}}, or to nobody. */
hook_fn kustomer_move;

/* The hook of that name; NULL: there is none. */
hook_fn *hook_find(const char *name);

#endif
