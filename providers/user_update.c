/*
 * providers/user_update.c - changed attributes of a user
 */
#include "providers/provider_internal.h"

#include <stdio.h>
#include <stdlib.h>

/* Only what changed is measured: a value that the helpdesk has had all along
 * may be longer than we would send. */
static enum up_rc check_changes(struct provider *p, const json_t *after,
                                const char *role,
                                const struct map_changes *changes,
                                struct up_error *err)
{
    for (size_t i = 0; i < changes->count; i++) {
        enum up_rc rc =
            map_check_row(&p->users, changes->list[i].row, after, role, err);
        if (rc != UP_OK)
            return rc;
    }
    return UP_OK;
}

/* Those that there is an operation for, and the others. Borrows from `all`. */
static bool split(const struct provider *p, const struct map_changes *all,
                  struct map_changes *can, struct map_changes *cannot)
{
    size_t room = all->count > 0 ? all->count : 1;
    *can = (struct map_changes){calloc(room, sizeof *can->list), 0};
    *cannot = (struct map_changes){calloc(room, sizeof *cannot->list), 0};
    if (can->list == NULL || cannot->list == NULL)
        return false;
    for (size_t i = 0; i < all->count; i++) {
        const struct map_row *row = all->list[i].row;
        struct map_changes *home =
            row->write != MAP_CREATE && change_sendable(p, row) ? can : cannot;
        home->list[home->count++] = all->list[i];
    }
    return true;
}

/* What can be sent is; what cannot is told, with what was done. */
static enum up_rc apply(struct provider *p, struct up_call *call,
                        const char *id, const json_t *after, const char *role,
                        const struct map_changes *all, struct up_user *out,
                        struct up_error *err)
{
    struct map_changes can, cannot;
    enum up_rc rc = UP_OK;
    if (!split(p, all, &can, &cannot))
        rc = provider_memory(err);
    if (rc == UP_OK)
        rc = user_apply(p, call, id, after,
                        role == NULL ? NULL : role_named(p, role), &can, out,
                        err);
    if (rc == UP_OK && cannot.count > 0) {
        rc = provider_lacks(err, "change this attribute");
        (void)snprintf(err->field, sizeof err->field, "%s",
                       cannot.list[0].row->path);
        err->changed = can.count > 0;
    }
    free(can.list);
    free(cannot.list);
    return rc;
}

enum up_rc up_user_update(struct provider *p, struct up_call *call,
                          const char *id, const json_t *before,
                          const json_t *after, const char *role,
                          struct up_user *out, struct up_error *err)
{
    struct map_changes changes = {0};
    *out = (struct up_user){0};
    enum up_rc rc = staff_complete(p, call, err);
    if (rc != UP_OK)
        return rc;
    /* Without a picture of the past everything is sent. */
    json_t *nothing = before == NULL ? json_object() : NULL;
    if (!map_diff(&p->users, before == NULL ? nothing : before, after,
                  &changes))
        rc = provider_memory(err);
    if (rc == UP_OK)
        rc = check_changes(p, after, role, &changes, err);
    if (rc == UP_OK)
        rc = apply(p, call, id, after, role, &changes, out, err);
    map_changes_clear(&changes);
    json_decref(nothing);
    return rc;
}
