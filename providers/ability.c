/*
 * providers/ability.c - what can be asked of a helpdesk, one row each
 *
 * For programs and for the page docs/helpdesks.md: of each wish that SCIM can
 * bring, whether the profile has a call for it, and which.
 */
#include "providers/provider_internal.h"

#include "base/buf.h"

#include <string.h>

/* Where the profile names the operation of an ability. */
enum source {
    NAMED,     /* `at` is the operation */
    AT,        /* `at` is a path of the profile that holds its name */
    CREATE,    /* lifecycle.create.op, where its mode is `at` */
    ATTRIBUTE, /* the operation that writes the attribute `at` */
    ROLE,      /* user.roles.op, or membership of teams */
    MEMBER,    /* group.members, by its style */
};

/* clang-format off */
static const struct {
    const char *key, *does;
    enum source source;
    const char *at, *other; /* `other`: an operation in its place, or NULL */
} abilities[] = {
    {"users.list",        "list users",               NAMED, "users.list", NULL},
    {"users.get",         "read a user",              NAMED, "users.get", NULL},
    {"users.find_by_email", "find a user by e-mail",  NAMED, "users.find_by_email", NULL},
    {"users.find_by_user_name", "find a user by name", NAMED, "users.find_by_user_name", NULL},
    {"users.create",      "create a user",            CREATE, "create", NULL},
    {"users.invite",      "invite a user",            CREATE, "invite", NULL},
    {"users.resend_invite", "send an invitation again", AT, "lifecycle.invite.resend.op", "users.resend_invite"},
    {"users.revoke_invite", "revoke an invitation",   AT, "lifecycle.deactivate.pending_op", "users.revoke_invite"},
    {"users.promote",     "make a customer an agent", AT, "lifecycle.promote_op", NULL},
    {"change.name",       "change the name",          ATTRIBUTE, "displayName name.givenName name.formatted", NULL},
    {"change.userName",   "change the user name",     ATTRIBUTE, "userName", NULL},
    {"change.emails",     "change the e-mail address", ATTRIBUTE, "emails", NULL},
    {"change.role",       "change the role",          ROLE, "user.roles.op", NULL},
    {"users.deactivate",  "deactivate a user",        AT, "lifecycle.deactivate.op", NULL},
    {"users.reactivate",  "reactivate a user",        AT, "lifecycle.reactivate.op", NULL},
    {"users.delete",      "delete a user",            NAMED, "users.delete", NULL},
    {"teams.list",        "list teams",               NAMED, "teams.list", NULL},
    {"teams.create",      "create a team",            NAMED, "teams.create", NULL},
    {"teams.update",      "rename a team",            NAMED, "teams.update", NULL},
    {"teams.delete",      "delete a team",            NAMED, "teams.delete", NULL},
    {"members.read",      "read a team's members",    AT, "group.members.list", NULL},
    {"members.add",       "add members to a team",    MEMBER, "add", NULL},
    {"members.remove",    "remove members from a team", MEMBER, "remove", NULL},
    {"tickets.list",      "list open work of a leaver", AT, "lifecycle.deactivate.tickets.list", NULL},
    {"tickets.assign",    "hand it to a user",        AT, "lifecycle.deactivate.tickets.assign", NULL},
    {"tickets.assign_team", "hand it to a team",      AT, "lifecycle.deactivate.tickets.assign_team", NULL},
    {"tickets.unassign",  "hand it to nobody",        AT, "lifecycle.deactivate.tickets.unassign", NULL},
};
/* clang-format on */

/* ---- how ----------------------------------------------------------------- */

static void say_op(const struct provider *p, const char *op, int depth,
                   struct buf *out)
{
    const json_t *spec = provider_op(p, op);
    const char *method = json_string_value(json_object_get(spec, "method"));
    const json_t *steps = json_object_get(spec, "steps");
    size_t i;
    json_t *step;
    if (method != NULL)
        buf_fmt(out, "%s %s", method,
                json_string_value(json_object_get(spec, "path")));
    else if (json_array_size(steps) == 0 || depth > 4)
        buf_str(out, op);
    json_array_foreach (steps, i, step) {
        const char *inner = json_string_value(json_object_get(step, "op"));
        if (inner != NULL && depth <= 4) {
            buf_str(out, i > 0 ? ", then " : "");
            say_op(p, inner, depth + 1, out);
        }
    }
}

/* The operation if it can be run; NULL. */
static const char *usable(const struct provider *p, const char *op)
{
    return op != NULL && engine_can(p->engine, op) ? op : NULL;
}

/* ---- which operation ----------------------------------------------------- */

/* True when `names`, parted by blanks, has the path. */
static bool is_one_of(const char *names, const char *path)
{
    size_t len = strlen(path);
    for (const char *at = names; (at = strstr(at, path)) != NULL; at += len)
        if ((at == names || at[-1] == ' ') &&
            (at[len] == ' ' || at[len] == '\0'))
            return true;
    return false;
}

static bool is_named(const char *names, const struct map_row *row)
{
    bool mail = strncmp(names, "emails", 6) == 0 && row->scim.urn == NULL &&
                strcmp(row->scim.name, "emails") == 0;
    return mail || is_one_of(names, row->path);
}

/* The operation that writes a native field; NULL: none. */
static const char *op_of_field(const struct provider *p, const char *native)
{
    for (size_t i = 0; i < p->users.count; i++) {
        const struct map_row *row = &p->users.rows[i];
        const char *op = row->update_op != NULL ? row->update_op : row->op;
        if (row->write == MAP_ALWAYS && row->name != NULL &&
            row->native != NULL && strcmp(row->native, native) == 0)
            return usable(p, op != NULL ? op : "users.update");
    }
    return NULL;
}

static const char *op_of_attribute(const struct provider *p, const char *names)
{
    const char *op = NULL;
    for (size_t i = 0; op == NULL && i < p->users.count; i++)
        if (is_named(names, &p->users.rows[i]) &&
            p->users.rows[i].native != NULL)
            op = op_of_field(p, p->users.rows[i].native);
    return op;
}

static const char *op_of_member(const struct provider *p, const char *key)
{
    const char *style = provider_text(p, "group.members.style");
    if (style == NULL)
        return NULL;
    if (strcmp(style, "replace") == 0)
        return usable(p, provider_text(p, "group.members.set"));
    if (strncmp(style, "user_", 5) == 0)
        return usable(p, provider_text(p, "group.members.op"));
    return usable(p, provider_text(p, strcmp(key, "add") == 0
                                          ? "group.members.add"
                                          : "group.members.remove"));
}

static const char *op_for(const struct provider *p, size_t i)
{
    const char *at = abilities[i].at;
    const char *mode = provider_text(p, "lifecycle.create.mode");
    switch (abilities[i].source) {
    case NAMED:
        return usable(p, at);
    case CREATE:
        return mode != NULL && strcmp(mode, at) == 0
                   ? usable(p, provider_text(p, "lifecycle.create.op"))
                   : NULL;
    case ATTRIBUTE:
        return op_of_attribute(p, at);
    case MEMBER:
        return op_of_member(p, at);
    case ROLE:
        if (role_teams_used((struct provider *)p))
            return op_of_member(p, "add");
        return usable(p, provider_text(p, at));
    case AT:
        break;
    }
    const char *op = usable(p, provider_text(p, at));
    return op != NULL ? op : usable(p, abilities[i].other);
}

/* Members that stand in the team's, or in the users', records. */
static bool read_from_records(const struct provider *p, size_t i)
{
    return strcmp(abilities[i].key, "members.read") == 0 &&
           provider_text(p, "group.members.read") != NULL;
}

json_t *up_abilities(const struct provider *p)
{
    json_t *all = json_array();
    for (size_t i = 0; i < sizeof abilities / sizeof abilities[0]; i++) {
        struct buf how = {0};
        const char *op = op_for(p, i);
        if (op != NULL)
            say_op(p, op, 0, &how);
        else if (read_from_records(p, i))
            buf_str(&how, "in the team's record");
        (void)json_array_append_new(
            all, json_pack("{s:s, s:s, s:b, s:s?}", "key", abilities[i].key,
                           "does", abilities[i].does, "can", how.len > 0, "how",
                           how.len > 0 ? how.data : NULL));
        buf_clear(&how);
    }
    return all;
}
