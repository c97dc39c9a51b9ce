/*
 * providers/provider.c - opening a profile, and what it says
 */
#include "base/quantity.h"
#include "providers/provider_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- opening ------------------------------------------------------------- */

static json_t *load_profile(const struct up_config *config, struct error *err)
{
    if (config->profile_text != NULL)
        return profile_read(config->profile, config->profile_text,
                            strlen(config->profile_text), err, NULL);
    char *text = profile_file(config->profile, err);
    json_t *profile = text == NULL ? NULL
                                   : profile_read(config->profile, text,
                                                  strlen(text), err, NULL);
    free(text);
    return profile;
}

/* A `default` may come from the configuration; an empty one is none. */
static void fill_defaults(struct provider *p, const char *block)
{
    const struct vars open = {.scope = {p->account.variables}, .count = 1};
    json_t *row;
    size_t i;
    json_array_foreach (
        json_object_get(json_object_get(p->profile, block), "map"), i, row) {
        char missing[128] = "";
        json_t *template = json_object_get(row, "default");
        json_t *value = json_is_string(template)
                            ? template_fill(template, &open, missing)
                            : NULL;
        if (value != NULL && json_string_length(value) > 0)
            (void)json_object_set(row, "default", value);
        else if (json_is_string(template))
            (void)json_object_del(row, "default");
        json_decref(value);
    }
}

static bool open_maps(struct provider *p, struct error *err)
{
    const json_t *group = json_object_get(p->profile, "group");
    const char *name = json_string_value(json_object_get(p->profile, "name"));
    p->has_group = group != NULL;
    p->name = strdup(name);
    fill_defaults(p, "user");
    fill_defaults(p, "group");
    if (!map_compile(&p->users, json_object_get(p->profile, "user"), false,
                     err) ||
        (p->has_group && !map_compile(&p->teams, group, true, err)))
        return false;
    p->public_map = provider_public_map(p);
    if (p->name != NULL && p->public_map != NULL)
        return true;
    error_set(err, "Memory ran out.");
    return false;
}

static int headroom(const struct provider *p, const struct up_config *config)
{
    const char *wish = up_default(p, "rate.headroom");
    int64_t share;
    if (config->rate_headroom >= 0)
        return config->rate_headroom;
    return wish != NULL && quantity_share(wish, &share) ? (int)share : 0;
}

static bool open_engine(struct provider *p, const struct up_config *config,
                        struct error *err)
{
    p->rate_headroom = headroom(p, config);
    const struct engine_config engine = {
        .profile = p->profile,
        .base_url = p->account.base_url,
        .variables = p->account.variables,
        .secrets = p->account.secrets,
        .rate_headroom = p->rate_headroom,
        .user_agent = config->user_agent,
        .record = config->record,
        .replay = config->replay,
        .transport = config->transport,
        .forced = config->capabilities,
        .learned = config->learned,
        .ctx = config->ctx,
    };
    p->engine = engine_new(&engine, err);
    return p->engine != NULL;
}

struct provider *up_new(const struct up_config *config, struct error *err)
{
    struct provider *p = calloc(1, sizeof *p);
    if (p == NULL) {
        error_set(err, "Memory ran out.");
        return NULL;
    }
    (void)pthread_mutex_init(&p->lock, NULL);
    (void)pthread_mutex_init(&p->members_lock, NULL);
    p->profile = load_profile(config, err);
    if (p->profile != NULL &&
        profile_account_bind(p->profile, config, &p->account, err) &&
        open_maps(p, err) && staff_open(p, err) && open_engine(p, config, err))
        return p;
    up_free(p);
    return NULL;
}

void up_free(struct provider *p)
{
    if (p == NULL)
        return;
    engine_free(p->engine);
    staff_free(atomic_load(&p->staff));
    map_clear(&p->users);
    map_clear(&p->teams);
    json_decref(p->public_map);
    json_decref(p->role_teams);
    profile_account_clear(&p->account);
    json_decref(p->profile);
    free(p->own_id);
    free(p->name);
    (void)pthread_mutex_destroy(&p->lock);
    (void)pthread_mutex_destroy(&p->members_lock);
    free(p);
}

/* ---- the profile --------------------------------------------------------- */

const json_t *provider_json(const struct provider *p, const char *path)
{
    const json_t *at = p->profile;
    while (*path != '\0') {
        size_t len = strcspn(path, ".");
        at = json_object_getn(at, path, len);
        path += len;
        path += *path == '.';
    }
    return at;
}

const char *provider_text(const struct provider *p, const char *path)
{
    return json_string_value(provider_json(p, path));
}

const json_t *provider_op(const struct provider *p, const char *op)
{
    const json_t *all = json_object_get(p->profile, "operations");
    const json_t *spec = op == NULL ? NULL : json_object_get(all, op);
    if (json_object_get(spec, "choose") == NULL)
        return spec;
    op = engine_chosen(p->engine, op);
    return op == NULL ? NULL : json_object_get(all, op);
}

struct naming {
    const char *name;
    bool found;
};

static bool is_name(const char *name, bool optional, void *ctx)
{
    struct naming *n = ctx;
    (void)optional;
    n->found = n->found || strcmp(name, n->name) == 0;
    return true;
}

bool provider_op_names(const struct provider *p, const char *op,
                       const char *variable)
{
    static const char *const parts[] = {"path", "query", "headers", "body"};
    const json_t *spec = provider_op(p, op);
    struct naming n = {variable, false};
    const char *why;
    size_t i;
    json_t *step;
    for (i = 0; i < sizeof parts / sizeof *parts; i++) {
        const json_t *template = json_object_get(spec, parts[i]);
        if (template != NULL)
            (void)template_variables(template, is_name, &n, &why);
    }
    /* The loader has refused steps that lead back to themselves. */
    json_array_foreach (json_object_get(spec, "steps"), i, step) {
        const json_t *with = json_object_get(step, "with");
        if (with != NULL)
            (void)template_variables(with, is_name, &n, &why);
        n.found =
            n.found ||
            provider_op_names(p, json_string_value(json_object_get(step, "op")),
                              variable);
    }
    return n.found;
}

bool provider_op_flag(const struct provider *p, const char *op, const char *key)
{
    const json_t *spec = provider_op(p, op);
    const json_t *steps = json_object_get(spec, "steps");
    size_t n = json_array_size(steps);
    if (n == 0)
        return json_is_true(json_object_get(spec, key));
    const json_t *last = json_array_get(steps, n - 1);
    return provider_op_flag(p, json_string_value(json_object_get(last, "op")),
                            key);
}

/* Names that callers use, and the key that names the operation behind. */
static const struct {
    const char *name, *key;
} stands_for[] = {
    {"users.create", "lifecycle.create.op"},
    {"users.promote", "lifecycle.promote_op"},
    {"users.deactivate", "lifecycle.deactivate.op"},
    {"users.reactivate", "lifecycle.reactivate.op"},
    {"users.set_role", "user.roles.op"},
    {"users.resend_invite", "lifecycle.invite.resend.op"},
    {"tickets.open", "lifecycle.deactivate.tickets.list"},
    {"tickets.assign", "lifecycle.deactivate.tickets.assign"},
    {"tickets.assign_team", "lifecycle.deactivate.tickets.assign_team"},
    {"tickets.unassign", "lifecycle.deactivate.tickets.unassign"},
    {"teams.members.add", "group.members.add"},
    {"teams.members.remove", "group.members.remove"},
};

/* Member lists are changed by one operation where there is no add, no remove.
 */
static const char *whole_member_op(const struct provider *p, const char *name)
{
    if (strncmp(name, "teams.members.", 14) != 0)
        return NULL;
    const char *set = provider_text(p, "group.members.set");
    return set != NULL ? set : provider_text(p, "group.members.op");
}

/* The operation that a caller's name stands for; NULL: the profile has none. */
static const char *op_named(const struct provider *p, const char *operation)
{
    const char *op = operation;
    for (size_t i = 0; i < sizeof stands_for / sizeof *stands_for; i++) {
        if (strcmp(stands_for[i].name, operation) != 0)
            continue;
        op = provider_text(p, stands_for[i].key);
        if (op == NULL)
            op = whole_member_op(p, operation);
        break;
    }
    return op;
}

bool up_knows(const struct provider *p, const char *operation)
{
    const char *op = op_named(p, operation);
    return op != NULL &&
           json_object_get(json_object_get(p->profile, "operations"), op) !=
               NULL;
}

bool up_can(const struct provider *p, const char *operation)
{
    const char *op = op_named(p, operation);
    if (op == NULL && strcmp(operation, "users.set_role") == 0)
        return role_teams_used((struct provider *)p);
    return op != NULL && engine_can(p->engine, op);
}

const char *up_name(const struct provider *p)
{
    return p->name;
}

const char *up_default(const struct provider *p, const char *key)
{
    return json_string_value(
        json_object_get(json_object_get(p->profile, "defaults"), key));
}

const json_t *up_map(const struct provider *p)
{
    return p->public_map;
}

bool up_finds_roles(const struct provider *p)
{
    return provider_text(p, "user.roles.lookup.writes") != NULL;
}

const json_t *up_roles(const struct provider *p)
{
    return atomic_load(&p->staff)->public_roles;
}

const char *up_match_attribute(const struct provider *p)
{
    const char *match = provider_text(p, "user.match");
    return match == NULL ? "emails" : match;
}

const char *up_tickets_order(const struct provider *p)
{
    if (provider_json(p, "lifecycle.deactivate.tickets") == NULL)
        return NULL;
    const char *order = provider_text(p, "lifecycle.deactivate.tickets.order");
    return order == NULL ? "after" : order;
}

bool up_creates_by_invitation(const struct provider *p)
{
    const char *mode = provider_text(p, "lifecycle.create.mode");
    return mode != NULL && strcmp(mode, "invite") == 0;
}

bool up_reactivate_first(const struct provider *p)
{
    return json_is_false(provider_json(p, "user.editable_when_inactive"));
}

bool up_loses_teams(const struct provider *p)
{
    return json_is_true(provider_json(p, "lifecycle.reactivate.rejoin_teams"));
}

bool up_user_differs(const struct provider *p, const json_t *before,
                     const json_t *after)
{
    struct map_changes changes;
    bool differs =
        map_diff(&p->users, before, after, &changes) && changes.count > 0;
    map_changes_clear(&changes);
    return differs;
}

json_t *up_user_expected(const struct provider *p, const json_t *user)
{
    json_t *told = map_expected(&p->users, user);
    const json_t *active = json_object_get(user, "active");
    if (told != NULL && json_is_boolean(active))
        (void)json_object_set(told, "active", (json_t *)active);
    return told;
}

static const char *role_in(const json_t *user)
{
    const char *first = NULL;
    size_t i;
    json_t *role;
    json_array_foreach (json_object_get(user, "roles"), i, role) {
        const char *value = json_string_value(json_object_get(role, "value"));
        if (json_is_true(json_object_get(role, "primary")))
            return value;
        if (first == NULL)
            first = value;
    }
    return first;
}

enum up_rc up_user_check(const struct provider *p, const json_t *user,
                         struct up_error *err)
{
    return map_check(&p->users, user, role_in(user), err);
}

enum up_rc up_team_check(const struct provider *p, const json_t *group,
                         struct up_error *err)
{
    return map_check(&p->teams, group, NULL, err);
}
