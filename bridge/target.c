#include "bridge/target.h"

#include "base/fold.h"

#include <stdlib.h>
#include <string.h>

/* clang-format off */
/* Where the mirror keeps an attribute, other than in the table of values. The
 * location is the target's own (target.location). */
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
    {"groups.value",      "g.id",
     "SELECT 1 FROM member m JOIN resource g ON g.n = m.grp "
     "WHERE m.member = r.n AND "},
    {"groups.display",    "g.display_key",
     "SELECT 1 FROM member m JOIN resource g ON g.n = m.grp "
     "WHERE m.member = r.n AND "},
};
static const struct scim_sql_column group_columns[] = {
    {"meta.resourceType", "'Group'",        NULL},
    {"members.value",     "u.id",
     "SELECT 1 FROM member m JOIN resource u ON u.n = m.member "
     "WHERE m.grp = r.n AND "},
    {"members.display",   "coalesce(u.display_key, u.name_key)",
     "SELECT 1 FROM member m JOIN resource u ON u.n = m.member "
     "WHERE m.grp = r.n AND "},
    {"members.type",      "CASE u.type WHEN 0 THEN 'user' ELSE 'group' END",
     "SELECT 1 FROM member m JOIN resource u ON u.n = m.member "
     "WHERE m.grp = r.n AND "},
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

/* Joins the shared columns, a type's own, and its meta.location. */
static struct scim_sql_column *make_columns(const struct scim_sql_column *own,
                                            size_t count, struct buf *location)
{
    const size_t shared = sizeof shared_columns / sizeof shared_columns[0];
    struct scim_sql_column *all = calloc(shared + count + 2, sizeof *all);
    if (all == NULL || !buf_ok(location)) {
        free(all);
        return NULL;
    }
    memcpy(all, shared_columns, sizeof shared_columns);
    memcpy(all + shared, own, count * sizeof *own);
    all[shared + count].path = "meta.location";
    all[shared + count].column = location->data;
    return all;
}

/* meta.location as SQL: the base and endpoint as a literal, and the id. */
static void location_sql(struct buf *out, const char *base,
                         const char *endpoint)
{
    buf_char(out, '\'');
    for (const char *c = base; *c != '\0'; c++) {
        buf_char(out, *c);
        if (*c == '\'')
            buf_char(out, '\'');
    }
    buf_fmt(out, "%s/' || r.id", endpoint);
}

bool target_make_columns(struct bridge_target *t)
{
    location_sql(&t->location[STORE_USER], t->base, t->user->endpoint);
    location_sql(&t->location[STORE_GROUP], t->base, t->group->endpoint);
    t->user_columns =
        make_columns(user_columns, sizeof user_columns / sizeof *user_columns,
                     &t->location[STORE_USER]);
    t->group_columns = make_columns(
        group_columns, sizeof group_columns / sizeof *group_columns,
        &t->location[STORE_GROUP]);
    return t->user_columns != NULL && t->group_columns != NULL;
}
