#include "bridge/role.h"

#include "base/fold.h"
#include "bridge/role_group.h"

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

static const char *value_of(const json_t *role)
{
    return json_string_value(json_object_get(role, "value"));
}

static const json_t *primary_of(const json_t *roles)
{
    const json_t *found = NULL;
    size_t i;
    json_t *one;
    json_array_foreach (roles, i, one) {
        if (json_is_true(json_object_get(one, "primary")))
            found = one;
    }
    return found;
}

const char *role_shown(const json_t *roles)
{
    const json_t *primary = primary_of(roles);
    return value_of(primary != NULL ? primary : json_array_get(roles, 0));
}

/* The value that counts: the primary one, else the only one. */
static bool one_value(struct journey *j, const json_t *roles,
                      const char **value)
{
    *value = role_shown(roles);
    if (primary_of(roles) != NULL || json_array_size(roles) <= 1)
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

/* ---- one role in the place of another ------------------------------------ */

/* The last of `roles` with that value, or NULL. */
static json_t *last_valued(const json_t *roles, const char *value)
{
    json_t *found = NULL;
    size_t i;
    json_t *one;
    json_array_foreach (roles, i, one) {
        const char *is = value_of(one);
        if (is != NULL && value != NULL && fold_equal(is, value))
            found = one;
    }
    return found;
}

/* Without the roles that another one of `roles` stands for: the newest of each
 * value, and of a single new value that alone. New. */
static json_t *newest(const json_t *roles, const json_t *before)
{
    json_t *kept = json_array(), *added = json_array();
    size_t i;
    json_t *one;
    bool ok = kept != NULL && added != NULL;
    json_array_foreach (roles, i, one) {
        const char *value = value_of(one);
        if (value != NULL && last_valued(roles, value) != one)
            continue;
        ok = ok && json_array_append(kept, one) == 0;
        if (last_valued(before, value) == NULL)
            ok = ok && json_array_append(added, one) == 0;
    }
    bool replaces = json_array_size(added) == 1;
    json_t *result = json_incref(replaces ? added : kept);
    json_decref(kept);
    json_decref(added);
    if (ok)
        return result;
    json_decref(result);
    return NULL;
}

json_t *role_as_roles(const char *role)
{
    return json_pack("[{s:s, s:b}]", "value", role, "primary", 1);
}

static json_t *fallback(struct journey *j, json_t *before)
{
    struct role_given given = {0};
    if (j->q->op != BRIDGE_PATCH)
        return json_deep_copy(before);
    const char *role = role_default(j->t);
    if (role_given_to(j->t, j->db, j->row.n, NULL, &given) == STORE_OK &&
        given.role != NULL)
        role = given.role;
    return role != NULL ? role_as_roles(role) : json_deep_copy(before);
}

bool role_settle(struct journey *j, json_t *desired)
{
    json_t *roles = json_object_get(desired, "roles"), *settled = NULL;
    json_t *before = json_object_get(j->current, "roles");
    if (json_array_size(up_roles(j->t->up)) == 0 ||
        json_array_size(before) == 0)
        return true;
    if (json_array_size(roles) == 0)
        settled = fallback(j, before);
    else if (j->q->op == BRIDGE_PATCH)
        settled = newest(roles, before);
    else
        return true;
    return (settled != NULL &&
            json_object_set_new(desired, "roles", settled) == 0) ||
           journey_memory(j);
}

/* ---- elevated roles: by group only --------------------------------------- */

static bool granted(struct journey *j, const char *role)
{
    struct role_given given = {0};
    if (role_by_attribute(j->t, role))
        return true;
    return role_given_to(j->t, j->db, j->row.n, NULL, &given) == STORE_OK &&
           given.role != NULL && fold_equal(given.role, role);
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
    if (!json_is_true(json_object_get(e, "elevated")) || granted(j, role))
        return true;
    scim_error_status(&j->err, 403,
                      "The role %s is an administrator's: only members of the "
                      "group that the configuration names in `role.%s` get it. "
                      "Put the user into that group.",
                      role, role);
    return false;
}

/* ---- `roles` and the groups ---------------------------------------------- */

static bool same(const char *a, const char *b)
{
    return a != NULL && b != NULL && fold_equal(a, b);
}

static bool contradicts(struct journey *j, const char *asked,
                        const struct role_given *given)
{
    const char *shown = role_shown(json_object_get(j->current, "roles"));
    if (asked == NULL || same(asked, shown) || same(asked, given->role))
        return false;
    scim_error_set(&j->err, SCIM_INVALID_VALUE,
                   "`roles` asks for %s, but the user is in the group \"%s\", "
                   "which stands for the role %s, and groups decide. Take the "
                   "user out of the group, or do not send `roles`.",
                   asked, given->group, given->role);
    return true;
}

bool role_choose(struct journey *j, enum role_account account,
                 const char **role)
{
    struct role_given given = {0};
    const char *asked = NULL;
    if (!role_asked(j, j->desired, &asked))
        return false;
    if (role_given_to(j->t, j->db, j->row.n, NULL, &given) != STORE_OK)
        return journey_database(j);
    bool barred = given.role == NULL && role_elevated(j->t, asked) &&
                  !role_by_attribute(j->t, asked);
    *role = asked;
    if (given.role != NULL && contradicts(j, asked, &given))
        return false;
    if (given.role != NULL && account != ROLE_ACCOUNT_STAYS)
        *role = given.role;
    else if (barred && account == ROLE_ACCOUNT_NEW)
        *role = NULL;
    else if (barred && account == ROLE_ACCOUNT_WAKES && role_groups_rule(j->t))
        *role = role_default(j->t);
    if (*role == NULL || same(*role, asked))
        return true;
    return json_object_set_new(j->desired, "roles", role_as_roles(*role)) ==
               0 ||
           journey_memory(j);
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
    const char *wished = up_default(t->up, "role.default");
    if (wished != NULL)
        return wished;
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
