/*
 * providers/user_update.c - changed attributes of a user
 */
#include "providers/provider_internal.h"

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
        rc = user_apply(p, call, id, after,
                        role == NULL ? NULL : role_named(p, role), &changes,
                        out, err);
    map_changes_clear(&changes);
    json_decref(nothing);
    return rc;
}
