/*
 * test/sim/zendesk_groups.c - groups, and memberships as objects
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "test/sim/zendesk_internal.h"

/* ---- groups ---------------------------------------------------------------
 */

static bool listed(const struct world *w, const json_t *group,
                   const void *context)
{
    const char *hide = request_query(context, "exclude_deleted");

    (void)w;
    return !row_true(group, "deleted") || hide == NULL ||
           strcmp(hide, "true") != 0;
}

void zd_groups_list(struct world *w, const struct request *r, struct answer *a)
{
    zd_page(w, r, "groups", rows_where(w, ZD_GROUPS, listed, r), true, a);
}

/* A group that is there, or NULL and a 404. */
static json_t *group_of(struct world *w, const struct request *r,
                        struct answer *a)
{
    json_t *group = zd_row_of(w, r, 0, ZD_GROUPS, a);

    if (group == NULL || !row_true(group, "deleted"))
        return group;
    json_decref(group);
    zd_missing(a);
    return NULL;
}

void zd_groups_get(struct world *w, const struct request *r, struct answer *a)
{
    json_t *group = zd_row_of(w, r, 0, ZD_GROUPS, a);

    if (group && row_true(group, "deleted") &&
        ZD_SET(w, GROUP_AFTER_DELETE, "404")) {
        json_decref(group);
        zd_missing(a);
    } else if (group) {
        zd_say(a, 200, "group", row_shown(group));
    }
}

static bool rule_group(const json_t *wanted, bool fresh, struct answer *a)
{
    const json_t *name = json_object_get(wanted, "name");
    const json_t *text = json_object_get(wanted, "description");

    if (!json_is_object(wanted)) {
        zd_refuse(a, 400, "InvalidParameter", "The body needs a group.");
        return false;
    }
    if ((fresh || name) && json_string_length(name) == 0)
        return zd_invalid(a, "name", "BlankValue", "Name: cannot be blank");
    if (text && !json_is_string(text) && !json_is_null(text))
        return zd_invalid(a, "description", "InvalidValue",
                          "Description: is no text");
    return true;
}

void zd_groups_create(struct world *w, const struct request *r,
                      struct answer *a)
{
    const json_t *wanted = json_object_get(r->json, "group");

    if (rule_group(wanted, true, a))
        zd_say(a, 201, "group",
               row_shown(zd_group_new(w, row_text(wanted, "name"),
                                      row_text(wanted, "description"))));
}

void zd_groups_update(struct world *w, const struct request *r,
                      struct answer *a)
{
    json_t *group = group_of(w, r, a);
    const json_t *wanted = json_object_get(r->json, "group");

    if (group == NULL)
        return;
    if (!rule_group(wanted, false, a)) {
        json_decref(group);
        return;
    }
    if (json_object_get(wanted, "name"))
        json_object_set(group, "name", json_object_get(wanted, "name"));
    if (json_object_get(wanted, "description"))
        json_object_set_new(group, "description",
                            json_string(row_text(wanted, "description")
                                            ? row_text(wanted, "description")
                                            : ""));
    row_keep(w, ZD_GROUPS, group);
    zd_say(a, 200, "group", row_shown(group));
}

void zd_groups_delete(struct world *w, const struct request *r,
                      struct answer *a)
{
    json_t *group = group_of(w, r, a), *links = NULL, *one = NULL;
    size_t i = 0;

    if (group == NULL)
        return;
    links = rows_by_id(w, ZD_LINKS, ZD_BY_GROUP, row_id(group));
    json_array_foreach (links, i, one) {
        zd_link_drop(w, one);
    }
    json_decref(links);
    json_object_set_new(group, "deleted", json_true());
    row_keep(w, ZD_GROUPS, group);
    json_decref(group);
    answer_none(a, 204);
}

/* ---- memberships ----------------------------------------------------------
 */

void zd_links_of_group(struct world *w, const struct request *r,
                       struct answer *a)
{
    json_t *group = group_of(w, r, a);

    if (group)
        zd_page(w, r, "group_memberships",
                rows_by_id(w, ZD_LINKS, ZD_BY_GROUP, row_id(group)), true, a);
    json_decref(group);
}

void zd_links_of_user(struct world *w, const struct request *r,
                      struct answer *a)
{
    json_t *user = zd_row_of(w, r, 0, ZD_USERS, a);

    if (user)
        zd_page(w, r, "group_memberships",
                rows_by_id(w, ZD_LINKS, ZD_BY_USER, row_id(user)),
                ZD_SET(w, LINK_PAGING, "cursor"), a);
    json_decref(user);
}

void zd_links_add(struct world *w, const struct request *r, struct answer *a)
{
    const json_t *wanted = json_object_get(r->json, "group_membership");
    int64_t user_id = row_number(wanted, "user_id");
    int64_t group_id = row_number(wanted, "group_id");
    json_t *user = table_get(&w->tables[ZD_USERS], user_id);
    json_t *group = table_get(&w->tables[ZD_GROUPS], group_id);

    if (group == NULL || row_true(group, "deleted"))
        (void)zd_invalid(a, "group_id", "InvalidValue", "Group: is invalid");
    else if (user == NULL || !zd_is_staff(user))
        (void)zd_invalid(a, "user_id", "InvalidValue",
                         "User: must be an agent or an administrator");
    else if (zd_is_member(w, user_id, group_id))
        (void)zd_invalid(a, "user_id", "DuplicateValue",
                         "User: has already been taken");
    else
        zd_say(a, 201, "group_membership",
               row_shown(zd_link_new(w, user_id, group_id)));
    json_decref(user);
    json_decref(group);
}

void zd_links_delete(struct world *w, const struct request *r, struct answer *a)
{
    json_t *link = zd_row_of(w, r, 0, ZD_LINKS, a), *all = NULL;

    if (link == NULL)
        return;
    all = rows_by_id(w, ZD_LINKS, ZD_BY_USER, row_number(link, "user_id"));
    if (ZD_SET(w, LAST_LINK, "refused") && json_array_size(all) == 1) {
        (void)zd_invalid(a, "base", "InvalidValue",
                         "An agent must stay in a group.");
    } else {
        zd_link_drop(w, link);
        answer_none(a, 204);
    }
    json_decref(all);
    json_decref(link);
}
