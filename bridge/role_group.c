#include "bridge/role_group.h"

#include "base/fold.h"
#include "bridge/role.h"
#include "store/member.h"

#include <stdio.h>
#include <string.h>

/* ---- what a group stands for --------------------------------------------- */

static bool is_rule(const struct bridge_pair *p)
{
    return strcmp(p->name, "default") != 0 &&
           strcmp(p->value, ROLE_BY_ATTRIBUTE) != 0;
}

static bool names(const struct bridge_pair *p, const char *display,
                  const char *external_id)
{
    return (display != NULL && fold_equal(p->value, display)) ||
           (external_id != NULL && strcmp(p->value, external_id) == 0);
}

const char *role_group_stands_for(const struct bridge_target *t,
                                  const char *display, const char *external_id)
{
    const char *best = NULL;
    for (const struct bridge_pair *p = t->policy.roles;
         p != NULL && p->name != NULL; p++)
        if (is_rule(p) && names(p, display, external_id) &&
            (best == NULL || role_rises(t, best, p->name)))
            best = p->name;
    return best;
}

const char *role_group_of(const struct bridge_target *t, const json_t *group)
{
    return role_group_stands_for(
        t, json_string_value(json_object_get(group, "displayName")),
        json_string_value(json_object_get(group, "externalId")));
}

const char *role_group_kind(const struct bridge_target *t, const json_t *group)
{
    return role_group_of(t, group) != NULL ? "role" : "local";
}

bool role_groups_rule(const struct bridge_target *t)
{
    const struct bridge_pair *p = t->policy.roles;
    while (p != NULL && p->name != NULL && !is_rule(p))
        p++;
    return p != NULL && p->name != NULL;
}

bool role_by_attribute(const struct bridge_target *t, const char *role)
{
    for (const struct bridge_pair *p = t->policy.roles;
         p != NULL && p->name != NULL; p++)
        if (strcmp(p->value, ROLE_BY_ATTRIBUTE) == 0 && role != NULL &&
            fold_equal(p->name, role))
            return true;
    return false;
}

/* ---- what the groups of a user give -------------------------------------- */

struct giving {
    const struct bridge_target *t;
    struct store_db *db;
    const struct role_view *view;
    struct role_given *out;
    enum store_rc rc;
};

static void consider(struct giving *g, const char *role, const char *group)
{
    struct role_given *out = g->out;
    if (role == NULL ||
        (out->role != NULL && !role_rises(g->t, out->role, role)))
        return;
    out->role = role;
    (void)snprintf(out->group, sizeof out->group, "%.120s",
                   group != NULL ? group : "");
}

static bool each_group(const struct store_member *m, void *ctx)
{
    struct giving *g = ctx;
    struct store_resource row = {0};
    if (g->view != NULL && g->view->group == m->n)
        return true;
    const char *role = role_group_stands_for(g->t, m->display, NULL);
    consider(g, role, m->display);
    g->rc = store_resource_get_row(g->db, m->n, &row);
    if (g->rc == STORE_OK && row.external_id != NULL)
        consider(g, role_group_stands_for(g->t, NULL, row.external_id),
                 m->display);
    store_resource_clear(&row);
    return g->rc == STORE_OK;
}

enum store_rc role_given_to(const struct bridge_target *t, struct store_db *db,
                            int64_t n, const struct role_view *view,
                            struct role_given *out)
{
    struct giving g = {.t = t, .db = db, .view = view, .out = out};
    *out = (struct role_given){0};
    if (!role_groups_rule(t))
        return STORE_OK;
    if (view != NULL)
        consider(&g, view->role, view->name);
    enum store_rc rc =
        n == 0 ? STORE_OK : store_groups_of(db, n, each_group, &g);
    return rc == STORE_OK ? g.rc : rc;
}
