#include "bridge/heir.h"

#include "base/fold.h"
#include "store/member.h"

#include <stdlib.h>
#include <string.h>

void heirs_clear(struct heirs *h)
{
    for (size_t i = 0; i < h->count; i++) {
        free(h->list[i].id);
        free(h->list[i].name);
    }
    free(h->list);
    *h = (struct heirs){0};
}

/* NULL ids are nobody's. */
static bool add(struct heirs *h, const char *id, const char *name)
{
    struct heir *list = realloc(h->list, (h->count + 1) * sizeof *list);
    if (list == NULL)
        return false;
    h->list = list;
    struct heir *one = &list[h->count++];
    one->id = id == NULL ? NULL : strdup(id);
    one->name = strdup(name);
    return one->name != NULL && (id == NULL || one->id != NULL);
}

/* Invited, and has not come yet: cannot have conversations in most desks. */
static bool has_come(const struct store_resource *row)
{
    json_t *ext =
        row->extension == NULL ? NULL : json_loads(row->extension, 0, NULL);
    const json_t *invitation = json_object_get(ext, "invitation");
    const char *state = json_string_value(json_object_get(invitation, "state"));
    bool come = state == NULL ||
                (strcmp(state, "sent") != 0 && strcmp(state, "expired") != 0);
    json_decref(ext);
    return come;
}

/* An active user of the helpdesk other than the leaver; else nothing. */
static bool add_user(const struct journey *j, const struct store_resource *row,
                     struct heirs *h)
{
    bool fit = row->state == STORE_LINKED && row->active &&
               row->upstream_id != NULL && row->n != j->row.n && has_come(row);
    if (!fit)
        return true;
    json_t *body = json_loads(row->body, 0, NULL);
    const char *name = json_string_value(json_object_get(body, "userName"));
    bool ok = add(h, row->upstream_id, name != NULL ? name : row->id);
    json_decref(body);
    return ok;
}

static enum store_rc find_by_name(const struct journey *j, enum store_type type,
                                  const char *name, struct store_resource *row)
{
    char *key = fold_key(name, strlen(name));
    enum store_rc rc =
        key == NULL ? STORE_FAILED
                    : store_resource_by_name(j->db, j->t->row, type, key, row);
    free(key);
    return rc;
}

static bool by_manager(const struct journey *j, const json_t *who,
                       struct heirs *h)
{
    const json_t *manager =
        json_object_get(json_object_get(who, SCIM_URN_ENTERPRISE), "manager");
    const char *id = json_string_value(json_object_get(manager, "value"));
    struct store_resource row = {0};
    if (id == NULL)
        return true;
    enum store_rc rc =
        store_resource_get(j->db, j->t->row, STORE_USER, id, &row);
    bool ok = rc == STORE_OK ? add_user(j, &row, h) : rc == STORE_NONE;
    store_resource_clear(&row);
    return ok;
}

static bool by_user_name(const struct journey *j, const char *name,
                         struct heirs *h)
{
    struct store_resource row = {0};
    enum store_rc rc = find_by_name(j, STORE_USER, name, &row);
    bool ok = rc == STORE_OK ? add_user(j, &row, h) : rc == STORE_NONE;
    store_resource_clear(&row);
    return ok;
}

struct members {
    const struct journey *j;
    struct heirs *h;
    bool failed;
};

static bool add_member(const struct store_member *m, void *ctx)
{
    struct members *all = ctx;
    struct store_resource row = {0};
    enum store_rc rc = store_resource_get_row(all->j->db, m->n, &row);
    all->failed =
        rc == STORE_FAILED || (rc == STORE_OK && row.type == STORE_USER &&
                               !add_user(all->j, &row, all->h));
    store_resource_clear(&row);
    return !all->failed;
}

/* The team itself, or its members in turn. */
static bool by_team(const struct journey *j, const char *name, bool in_turn,
                    struct heirs *h)
{
    struct store_resource row = {0};
    struct members all = {.j = j, .h = h};
    enum store_rc rc = find_by_name(j, STORE_GROUP, name, &row);
    bool ok = rc == STORE_OK || rc == STORE_NONE;
    if (rc == STORE_OK && in_turn)
        ok = store_members_of(j->db, row.n, add_member, &all) == STORE_OK &&
             !all.failed;
    else if (rc == STORE_OK && row.upstream_id != NULL)
        ok = add(h, row.upstream_id, name);
    store_resource_clear(&row);
    return ok;
}

bool heirs_resolve(struct journey *j, const struct bridge_offboard *entry,
                   const json_t *who, struct heirs *out)
{
    bool ok = false;
    *out = (struct heirs){.kind = UP_HEIR_USER};
    switch (entry->heir) {
    case HEIR_MANAGER:
        ok = by_manager(j, who, out);
        break;
    case HEIR_USER:
        ok = by_user_name(j, entry->name, out);
        break;
    case HEIR_ROUND_ROBIN:
        ok = by_team(j, entry->name, true, out);
        break;
    case HEIR_TEAM:
        out->kind = UP_HEIR_TEAM;
        ok = by_team(j, entry->name, false, out);
        break;
    case HEIR_NOBODY:
        out->kind = UP_HEIR_NOBODY;
        ok = add(out, NULL, "nobody");
        break;
    }
    return ok || journey_database(j);
}
