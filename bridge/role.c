#include "bridge/role.h"

#include "base/fold.h"
#include "store/member.h"

#include <string.h>

/* The place of a role in the profile's list, 0 the highest; its length when it
 * is not in it. */
static size_t rank(const struct bridge_target *t, const char *role)
{
    const json_t *all = up_roles(t->up);
    size_t i;
    json_t *one;
    json_array_foreach (all, i, one) {
        const char *is = json_string_value(json_object_get(one, "scim"));
        if (role != NULL && is != NULL && fold_equal(is, role))
            return i;
    }
    return json_array_size(all);
}

static const json_t *entry(const struct bridge_target *t, const char *role)
{
    return json_array_get(up_roles(t->up), rank(t, role));
}

/* The value that counts: the primary one, else the only one. */
static bool one_value(struct journey *j, const json_t *roles,
                      const char **value)
{
    const json_t *found = json_array_get(roles, 0);
    size_t i;
    json_t *one;
    bool primary = false;
    json_array_foreach (roles, i, one) {
        if (json_is_true(json_object_get(one, "primary"))) {
            found = one;
            primary = true;
        }
    }
    *value = json_string_value(json_object_get(found, "value"));
    if (primary || json_array_size(roles) <= 1)
        return true;
    scim_error_set(&j->err, SCIM_INVALID_VALUE,
                   "The helpdesk gives a user one role, and `roles` holds %zu "
                   "without a primary one. Send one role.",
                   json_array_size(roles));
    return false;
}

static void known_roles(const struct bridge_target *t, struct buf *out)
{
    size_t i;
    json_t *one;
    json_array_foreach (up_roles(t->up), i, one) {
        const char *is = json_string_value(json_object_get(one, "scim"));
        if (json_is_false(json_object_get(one, "assign")) || is == NULL)
            continue;
        buf_str(out, out->len > 0 ? ", " : "");
        buf_str(out, is);
    }
}

bool role_asked(struct journey *j, const json_t *resource, const char **role)
{
    const json_t *roles = json_object_get(resource, "roles");
    const char *value = NULL;
    *role = NULL;
    if (json_array_size(up_roles(j->t->up)) == 0 || json_array_size(roles) == 0)
        return true;
    if (!one_value(j, roles, &value))
        return false;
    const json_t *found = value == NULL ? NULL : entry(j->t, value);
    if (found != NULL) {
        *role = json_string_value(json_object_get(found, "scim"));
        return true;
    }
    struct buf known = {0};
    known_roles(j->t, &known);
    scim_error_set(&j->err, SCIM_INVALID_VALUE,
                   "The helpdesk has no role \"%s\". It has: %s.",
                   value != NULL ? value : "",
                   buf_ok(&known) ? known.data : "");
    buf_clear(&known);
    return false;
}

/* ---- elevated roles: by group only --------------------------------------- */

struct granting {
    struct journey *j;
    const char *group; /* displayName or externalId that the INI names */
    bool found;
};

static bool is_granting(const struct store_member *m, void *ctx)
{
    struct granting *g = ctx;
    struct store_resource row = {0};
    g->found = m->display != NULL && fold_equal(m->display, g->group);
    if (!g->found && store_resource_get_row(g->j->db, m->n, &row) == STORE_OK &&
        row.external_id != NULL)
        g->found = strcmp(row.external_id, g->group) == 0;
    store_resource_clear(&row);
    return !g->found;
}

static bool granted_by_group(struct journey *j, const char *role)
{
    const struct bridge_pair *p = j->t->policy.roles;
    struct granting g = {.j = j};
    for (; j->row.n != 0 && p != NULL && p->name != NULL && !g.found; p++) {
        if (strcmp(p->name, "default") == 0 || !fold_equal(p->name, role))
            continue;
        g.group = p->value;
        if (store_groups_of(j->db, j->row.n, is_granting, &g) != STORE_OK)
            return false;
    }
    return g.found;
}

bool role_grantable(struct journey *j, const char *role)
{
    const json_t *e = entry(j->t, role);
    if (role == NULL || e == NULL)
        return true;
    if (json_is_false(json_object_get(e, "assign"))) {
        scim_error_status(&j->err, 403,
                          "The role %s is never given by the bridge. Give it "
                          "in the helpdesk itself.",
                          role);
        return false;
    }
    if (!json_is_true(json_object_get(e, "elevated")) ||
        granted_by_group(j, role))
        return true;
    scim_error_status(&j->err, 403,
                      "The role %s is an administrator's: only members of the "
                      "group that the configuration names in `role.%s` get it. "
                      "Put the user into that group.",
                      role, role);
    return false;
}

/* ---- what the profile and the policy say --------------------------------- */

const char *role_default(const struct bridge_target *t)
{
    size_t i;
    json_t *one;
    for (const struct bridge_pair *p = t->policy.roles;
         p != NULL && p->name != NULL; p++)
        if (strcmp(p->name, "default") == 0)
            return p->value;
    json_array_foreach (up_roles(t->up), i, one) {
        if (json_is_true(json_object_get(one, "default")))
            return json_string_value(json_object_get(one, "scim"));
    }
    return NULL;
}

bool role_rises(const struct bridge_target *t, const char *from, const char *to)
{
    return rank(t, to) < rank(t, from);
}

bool role_elevated(const struct bridge_target *t, const char *role)
{
    return json_is_true(json_object_get(entry(t, role), "elevated"));
}

bool role_plain(const struct bridge_target *t, const char *role)
{
    return entry(t, role) != NULL && !role_elevated(t, role);
}
