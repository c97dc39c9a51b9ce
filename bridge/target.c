#include "bridge/target.h"

#include "base/fold.h"
#include "bridge/row.h"

#include <stdlib.h>
#include <string.h>

/* clang-format off */
#define GROUPS_OF_USER  "SELECT 1 FROM member m JOIN resource g ON g.n = m.grp " \
                        "WHERE m.member = r.n AND "
#define USERS_OF_GROUP  "SELECT 1 FROM member m JOIN resource u ON u.n = m.member " \
                        "WHERE m.grp = r.n AND "
/* Whoever is linked was seen by the last complete sync, unless it was later. */
#define LAST_SEEN "nullif(CASE r.state WHEN 0 THEN max(r.seen, (SELECT " \
                  "t.synced_at FROM target t WHERE t.n = r.target)) " \
                  "ELSE r.seen END, 0)"
/* Where the mirror keeps an attribute, other than in the table of values. The
 * addresses are the target's own (target.location, target.refs). */
static const struct scim_sql_column shared_columns[] = {
    {"id",                "r.id",           NULL},
    {"externalId",        "r.external_id",  NULL},
    {"meta.created",      "r.created",      NULL},
    {"meta.lastModified", "r.modified",     NULL},
    {"meta.version",      "'W/\"' || r.version || '\"'", NULL},
    {"displayName",       "r.display_key",  NULL},
};
static const struct scim_sql_column user_columns[] = {
    {"meta.resourceType", "'User'",         NULL},
    {"userName",          "r.name_key",     NULL},
    {"active",            "r.active",       NULL},
    {ROW_URN_USER ":lastSeen", LAST_SEEN,   NULL},
    {"groups.value",      "g.id",           GROUPS_OF_USER},
    {"groups.display",    "g.display_key",  GROUPS_OF_USER},
    {"groups.type",       "'direct'",       GROUPS_OF_USER},
};
static const struct scim_sql_column group_columns[] = {
    {"meta.resourceType", "'Group'",        NULL},
    {"members.value",     "u.id",           USERS_OF_GROUP},
    {"members.display",   "coalesce(u.display_key, u.name_key)", USERS_OF_GROUP},
    {"members.type",      "CASE u.type WHEN 0 THEN 'user' ELSE 'group' END", USERS_OF_GROUP},
};
/* clang-format on */

const struct scim_sql_column *target_columns(const struct bridge_target *t,
                                             enum store_type type)
{
    return type == STORE_USER ? t->user_columns : t->group_columns;
}

const struct scim_type *target_type(const struct bridge_target *t,
                                    enum store_type type)
{
    return type == STORE_USER ? t->user : t->group;
}

enum bridge_unsupported target_unsupported(const struct bridge_target *t,
                                           const char *kind)
{
    const struct bridge_pair *p = t->policy.unsupported_kinds;
    for (; p != NULL && p->name != NULL; p++)
        if (strcmp(p->name, kind) == 0)
            return strcmp(p->value, "refuse") == 0 ? BRIDGE_REFUSE
                                                   : BRIDGE_TASK;
    return t->policy.unsupported;
}

static bool protects_text(const struct bridge_target *t, const json_t *text)
{
    const char *value = json_string_value(text);
    if (value == NULL)
        return false;
    char *key = fold_key(value, json_string_length(text));
    bool found = key == NULL; /* out of memory: rather shielded than harmed */
    for (size_t i = 0; !found && i < t->policy.protect_count; i++)
        found = strcmp(key, t->policy.protect[i]) == 0;
    free(key);
    return found;
}

bool target_protects(const struct bridge_target *t, const json_t *resource)
{
    if (protects_text(t, json_object_get(resource, "userName")))
        return true;
    size_t i;
    json_t *email;
    json_array_foreach (json_object_get(resource, "emails"), i, email) {
        if (protects_text(t, json_object_get(email, "value")))
            return true;
    }
    return false;
}

/* Joins the shared columns, a type's own, and its two addresses. */
static struct scim_sql_column *make_columns(const struct scim_sql_column *own,
                                            size_t count,
                                            const struct scim_sql_column *two)
{
    const size_t shared = sizeof shared_columns / sizeof shared_columns[0];
    struct scim_sql_column *all = calloc(shared + count + 3, sizeof *all);
    if (all == NULL)
        return NULL;
    memcpy(all, shared_columns, sizeof shared_columns);
    memcpy(all + shared, own, count * sizeof *own);
    memcpy(all + shared + count, two, 2 * sizeof *two);
    return all;
}

static bool address(struct buf *out, const struct bridge_target *t,
                    const struct scim_type *type, const char *id)
{
    struct buf start = {0};
    buf_fmt(&start, "%s%s/", t->base, type->endpoint);
    if (buf_ok(&start))
        scim_reference_sql(start.data, id, out);
    bool ok = buf_ok(&start) && buf_ok(out);
    buf_clear(&start);
    return ok;
}

bool target_make_columns(struct bridge_target *t)
{
    struct buf *location = t->location, *refs = t->refs;
    if (!address(&location[STORE_USER], t, t->user, "r.id") ||
        !address(&location[STORE_GROUP], t, t->group, "r.id") ||
        !address(&refs[STORE_USER], t, t->user, "u.id") ||
        !address(&refs[STORE_GROUP], t, t->group, "g.id"))
        return false;
    const struct scim_sql_column user[] = {
        {"meta.location", location[STORE_USER].data, NULL},
        {"groups.$ref", refs[STORE_GROUP].data, GROUPS_OF_USER},
    };
    const struct scim_sql_column group[] = {
        {"meta.location", location[STORE_GROUP].data, NULL},
        {"members.$ref", refs[STORE_USER].data, USERS_OF_GROUP},
    };
    t->user_columns = make_columns(
        user_columns, sizeof user_columns / sizeof *user_columns, user);
    t->group_columns = make_columns(
        group_columns, sizeof group_columns / sizeof *group_columns, group);
    return t->user_columns != NULL && t->group_columns != NULL;
}
