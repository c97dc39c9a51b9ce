/*
 * providers/describe.c - what `check` prints of a profile
 */
#include "providers/provider_internal.h"

#include "base/buf.h"

#include <string.h>

/* ---- what it can do ------------------------------------------------------ */

static const struct {
    const char *operation, *does;
} abilities[] = {
    {"users.create", "create users"},
    {"users.update", "change attributes"},
    {"users.set_role", "change roles"},
    {"users.deactivate", "deactivate"},
    {"users.reactivate", "reactivate"},
    {"users.delete", "delete users"},
    {"users.promote", "make a customer an agent"},
    {"users.find_by_email", "find a user by e-mail"},
    {"users.find_by_user_name", "find a user by name"},
    {"teams.list", "list teams"},
    {"teams.create", "create teams"},
    {"teams.update", "rename teams"},
    {"teams.delete", "delete teams"},
    {"teams.members.add", "add members"},
    {"teams.members.remove", "remove members"},
    {"tickets.open", "list open work"},
    {"tickets.assign", "hand work to a user"},
    {"tickets.assign_team", "hand work to a team"},
    {"tickets.unassign", "take work from a user"},
};

static void say_abilities(const struct provider *p, bool can, struct buf *out)
{
    size_t said = 0;
    for (size_t i = 0; i < sizeof abilities / sizeof *abilities; i++) {
        if (up_can(p, abilities[i].operation) != can)
            continue;
        buf_fmt(out, "%s%s", said++ > 0 ? ", " : "", abilities[i].does);
    }
    buf_str(out, said == 0 ? "nothing\n" : "\n");
}

static void say_create(const struct provider *p, struct buf *out)
{
    if (!up_can(p, "users.create"))
        return;
    buf_fmt(out, "  a new user is %s\n",
            up_creates_by_invitation(p) ? "invited by e-mail" : "created");
}

static void say_roles(const struct provider *p, struct buf *out)
{
    size_t i;
    json_t *role;
    buf_str(out, "  roles, highest first: ");
    json_array_foreach (up_roles(p), i, role) {
        buf_fmt(
            out, "%s%s%s%s", i > 0 ? ", " : "",
            json_string_value(json_object_get(role, "scim")),
            json_is_true(json_object_get(role, "default")) ? " (default)" : "",
            json_is_false(json_object_get(role, "assign")) ? " (never given)"
                                                           : "");
    }
    buf_char(out, '\n');
}

/* ---- what it costs ------------------------------------------------------- */

static json_int_t page_size(const struct provider *p, const char *op)
{
    const json_t *spec = provider_op(p, op);
    const json_t *style =
        json_object_get(json_object_get(p->profile, "paging"),
                        json_string_value(json_object_get(spec, "paging")));
    return json_integer_value(json_object_get(style, "size"));
}

static void say_list(const struct provider *p, const char *op, const char *what,
                     struct buf *out)
{
    json_int_t size = page_size(p, op);
    if (provider_op_flag(p, op, "detail"))
        buf_fmt(out, "one call for each of the %s", what);
    else if (size > 0)
        buf_fmt(out, "one call for %lld %s", (long long)size, what);
    else
        buf_fmt(out, "one call or more for the %s", what);
}

static void say_costs(const struct provider *p, struct buf *out)
{
    buf_str(out, "  a sync costs: ");
    say_list(p, "users.list", "users", out);
    if (up_can(p, "teams.list")) {
        buf_str(out, ", ");
        say_list(p, "teams.list", "teams", out);
        if (provider_text(p, "group.members.read") == NULL)
            buf_str(out, ", and one or more for each team's members");
    }
    if (role_teams_used((struct provider *)p) &&
        provider_text(p, "user.roles.member_of") == NULL)
        buf_str(out, ", and the members of each role's team");
    buf_char(out, '\n');
}

/* ---- what may go wrong --------------------------------------------------- */

static void warn_unsorted(const struct provider *p, struct buf *out)
{
    const char *name;
    json_t *op;
    json_object_foreach ((json_t *)provider_json(p, "operations"), name, op) {
        if (json_object_get(op, "paging") != NULL &&
            json_object_get(op, "verify") == NULL &&
            json_object_get(op, "sorted_by") == NULL)
            buf_fmt(out,
                    "  warning: %s is read in pages and says no sorted_by: a "
                    "row may be missed when the list moves meanwhile\n",
                    name);
    }
}

/* Whether the probe's answer, that of its last step, tells a record. */
static bool probe_tells(const struct provider *p)
{
    const json_t *probe = provider_op(p, "probe");
    const json_t *steps = json_object_get(probe, "steps");
    const json_t *last = json_array_get(steps, json_array_size(steps) - 1);
    if (last != NULL)
        probe = provider_op(p, json_string_value(json_object_get(last, "op")));
    return json_object_get(probe, "record") != NULL;
}

static void warn_lacks(const struct provider *p, struct buf *out)
{
    if (!engine_can(p->engine, "users.find_by_email") &&
        !engine_can(p->engine, "users.find_by_user_name"))
        buf_str(out, "  warning: users cannot be searched for; a create relies "
                     "on the last sync\n");
    if (provider_text(p, "user.own") == NULL && !probe_tells(p))
        buf_str(out, "  warning: the bridge's own account is not known; add "
                     "user.own, or put it in `protect`\n");
    size_t i;
    json_t *role;
    bool elevated = false;
    json_array_foreach (up_roles(p), i, role) {
        elevated = elevated || json_is_true(json_object_get(role, "elevated"));
    }
    if (!elevated)
        buf_str(out, "  warning: no role is marked elevated; the last "
                     "administrator cannot be shielded\n");
}

/* How much of the account's allowance the bridge takes. */
static void say_rate(const struct provider *p, struct buf *out)
{
    if (json_object_get(p->profile, "rate") == NULL)
        buf_str(out, "  no rate limit is kept to: the profile names none\n");
    else if (p->rate_headroom > 0)
        buf_fmt(out, "  %d%% of the rate limit is left to others\n",
                p->rate_headroom);
}

char *up_describe(const struct provider *p)
{
    struct buf out = {0};
    buf_fmt(&out, "%s: by its API the bridge can ", p->name);
    say_abilities(p, true, &out);
    buf_str(&out, "  left to a person, or refused: ");
    say_abilities(p, false, &out);
    say_create(p, &out);
    say_roles(p, &out);
    say_costs(p, &out);
    say_rate(p, &out);
    warn_unsorted(p, &out);
    warn_lacks(p, &out);
    while (out.len > 0 && out.data[out.len - 1] == '\n')
        out.data[--out.len] = '\0';
    return buf_take(&out);
}
