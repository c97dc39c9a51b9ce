/*
 * bridge/task_undo.h - SCIM shows again what the helpdesk has
 *
 * When a person says that a task will not be done, what was shown on its
 * account would be a lie from then on:
 *
 *   invite          active false: nobody is going to have an account
 *   deactivate      active as the helpdesk says (not of an erased user); a
 *                   leave that the bridge could not end is withdrawn
 *   update, inbox   the attributes as the helpdesk said them last
 *   role            the role as it said it last
 *   team            out of the teams of `join`, back into those of `leave`
 *   others          nothing was shown on their account
 */
#ifndef BRIDGE_TASK_UNDO_H
#define BRIDGE_TASK_UNDO_H

#include "bridge/target.h"
#include "store/task.h"

/* Changes `resource` (of `row`, both are the caller's to store) and
 * memberships. Call inside store_write. */
enum store_rc task_undo(const struct bridge_target *t, struct store_db *db,
                        struct store_resource *row, json_t *resource,
                        const struct store_task *task);

#endif
