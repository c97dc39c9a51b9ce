#include "bridge/role_team.h"

#include "base/fold.h"
#include "bridge/row.h"
#include "store/member.h"

#include <stdlib.h>
#include <string.h>

/* The team of a role; NULL: a role that is no team. Borrowed. */
static const char *team_of(const struct bridge_target *t, const char *role)
{
    size_t i;
    json_t *one;
    json_array_foreach (up_roles(t->up), i, one) {
        const char *is = json_string_value(json_object_get(one, "scim"));
        if (role != NULL && is != NULL && fold_equal(is, role))
            return json_string_value(json_object_get(one, "team"));
    }
    return NULL;
}

static enum store_rc set_member(struct store_db *db, const struct journey *j,
                                const char *team, bool member)
{
    struct store_resource group = {0};
    bool changed = false;
    char *key = fold_key(team, strlen(team));
    enum store_rc rc =
        key == NULL
            ? STORE_FAILED
            : store_resource_by_name(db, j->t->row, STORE_GROUP, key, &group);
    if (rc == STORE_OK)
        rc = member
                 ? store_member_add(db, group.n, j->row.n, j->now, &changed)
                 : store_member_remove(db, group.n, j->row.n, j->now, &changed);
    if (rc == STORE_OK && changed)
        rc = store_member_touch_group(db, group.n, j->now);
    free(key);
    store_resource_clear(&group);
    return rc == STORE_NONE ? STORE_OK : rc; /* no group stands for it */
}

enum store_rc role_team_follow(struct store_db *db, const struct journey *j)
{
    const char *had = json_string_value(json_object_get(
        json_object_get(j->current, row_urn(STORE_USER)), "role"));
    const char *before = team_of(j->t, had), *now = team_of(j->t, j->row.role);
    enum store_rc rc = STORE_OK;
    if (j->type != STORE_USER || j->row.state != STORE_LINKED)
        return STORE_OK;
    if (before != NULL && now != NULL && !fold_equal(before, now))
        rc = set_member(db, j, before, false);
    if (rc == STORE_OK && now != NULL)
        rc = set_member(db, j, now, true);
    return rc;
}
