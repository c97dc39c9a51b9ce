#include "test/bridge/fake_provider.h"

#include "base/buf.h"
#include "base/fold.h"

#include <ctype.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct fault {
    char op[32];
    int skip;
    enum up_rc rc;
    bool done, armed;
};

struct provider {
    json_t *options, *world, *roles, *map, *counts;
    char *file;
    struct fault faults[8];
    struct buf log;
    int changes, stops, stop_at;
    pthread_mutex_t lock;
};

/* ---- the world ----------------------------------------------------------- */

static json_t *part(struct provider *p, const char *name)
{
    return json_object_get(p->world, name);
}

static void save(struct provider *p)
{
    if (p->file != NULL)
        (void)json_dump_file(p->world, p->file, JSON_INDENT(1));
}

static const char *new_id(struct provider *p, char out[16])
{
    json_int_t next = json_integer_value(part(p, "next"));
    (void)snprintf(out, 16, "%lld", (long long)next);
    (void)json_object_set_new(p->world, "next", json_integer(next + 1));
    return out;
}

static bool option(const struct provider *p, const char *name, bool otherwise)
{
    const json_t *is = json_object_get(p->options, name);
    return is == NULL ? otherwise : json_is_true(is);
}

static const char *text_option(const struct provider *p, const char *name,
                               const char *otherwise)
{
    const char *is = json_string_value(json_object_get(p->options, name));
    return is == NULL ? otherwise : is;
}

struct provider *up_new(const struct up_config *config, struct error *err)
{
    struct provider *p = calloc(1, sizeof *p);
    (void)err;
    if (p == NULL)
        return NULL;
    (void)pthread_mutex_init(&p->lock, NULL);
    p->options = json_loads(
        config->profile_text != NULL ? config->profile_text : "{}", 0, NULL);
    p->file = config->base_url != NULL ? strdup(config->base_url) : NULL;
    if (p->file != NULL)
        p->world = json_load_file(p->file, 0, NULL);
    if (p->world == NULL)
        p->world = json_pack("{s:i, s:{}, s:{}, s:{}}", "next", 1, "users",
                             "teams", "tickets");
    p->counts = json_object();
    p->map = json_array();
    p->roles =
        json_pack("[{s:s,s:b,s:b},{s:s,s:b},{s:s,s:b},{s:s}]", "scim", "owner",
                  "elevated", 1, "assign", 0, "scim", "admin", "elevated", 1,
                  "scim", "agent", "default", 1, "scim", "viewer");
    if (option(p, "roleless", false))
        (void)json_array_clear(p->roles);
    return p;
}

void up_free(struct provider *p)
{
    if (p == NULL)
        return;
    json_decref(p->options);
    json_decref(p->world);
    json_decref(p->roles);
    json_decref(p->map);
    json_decref(p->counts);
    buf_clear(&p->log);
    free(p->file);
    (void)pthread_mutex_destroy(&p->lock);
    free(p);
}

json_t *fake_world(struct provider *p)
{
    return p->world;
}

/* ---- faults and stops ---------------------------------------------------- */

void fake_fault(struct provider *p, const char *op, int skip, enum up_rc rc,
                bool done)
{
    for (size_t i = 0; i < sizeof p->faults / sizeof p->faults[0]; i++) {
        struct fault *f = &p->faults[i];
        if (f->armed)
            continue;
        *f =
            (struct fault){.skip = skip, .rc = rc, .done = done, .armed = true};
        (void)snprintf(f->op, sizeof f->op, "%s", op != NULL ? op : "");
        return;
    }
}

void fake_stop_at(struct provider *p, int n)
{
    p->stop_at = n == 0 ? 0 : p->stops + n;
}

int fake_stops(const struct provider *p)
{
    return p->stops;
}

static void stop_point(struct provider *p)
{
    if (++p->stops == p->stop_at)
        _exit(FAKE_STOPPED);
}

int fake_calls(const struct provider *p, const char *op)
{
    return op == NULL ? p->changes
                      : (int)json_integer_value(json_object_get(p->counts, op));
}

const char *fake_log(const struct provider *p)
{
    return p->log.data != NULL ? p->log.data : "";
}

void fake_log_clear(struct provider *p)
{
    buf_clear(&p->log);
}

static bool changes(const char *op)
{
    static const char *const reads[] = {"probe",     "users.list",  "user.get",
                                        "user.find", "teams.list",  "team.get",
                                        "members",   "tickets.open"};
    for (size_t i = 0; i < sizeof reads / sizeof reads[0]; i++)
        if (strcmp(reads[i], op) == 0)
            return false;
    return true;
}

/* What a call is to do: run, or end as the fault says. */
struct turn {
    struct provider *p;
    bool run;
    enum up_rc rc; /* UP_OK: what the effect itself says */
};

static struct fault *due(struct provider *p, const char *op)
{
    for (size_t i = 0; i < sizeof p->faults / sizeof p->faults[0]; i++) {
        struct fault *f = &p->faults[i];
        if (!f->armed || (f->op[0] != '\0' && strcmp(f->op, op) != 0))
            continue;
        if (f->skip-- > 0)
            continue;
        f->armed = false;
        return f;
    }
    return NULL;
}

static struct turn begin(struct provider *p, struct up_call *call,
                         const char *op, const char *id, struct up_error *err)
{
    struct turn t = {.p = p, .run = true, .rc = UP_OK};
    (void)pthread_mutex_lock(&p->lock);
    *err = (struct up_error){0};
    (void)json_object_set_new(p->counts, op,
                              json_integer(fake_calls(p, op) + 1));
    p->changes += changes(op);
    buf_fmt(&p->log, "%s %s; ", op, id != NULL ? id : "-");
    if (call->trace != NULL)
        (void)json_array_append_new(call->trace,
                                    json_pack("{s:s}", "path", op));
    stop_point(p);
    struct fault *f = due(p, op);
    if (f != NULL) {
        t.rc = f->rc;
        t.run = f->done;
        (void)snprintf(err->detail, sizeof err->detail, "Fault of the test.");
        err->rc = f->rc;
        err->retry_after_s = f->rc == UP_THROTTLED ? 30 : 0;
    }
    return t;
}

static enum up_rc end(struct turn *t, enum up_rc rc, struct up_error *err)
{
    save(t->p);
    stop_point(t->p);
    if (t->rc != UP_OK)
        rc = t->rc;
    err->rc = rc;
    if (rc != UP_OK && err->detail[0] == '\0')
        (void)snprintf(err->detail, sizeof err->detail, "The fake says %d.",
                       (int)rc);
    (void)pthread_mutex_unlock(&t->p->lock);
    return rc;
}

/* ---- records ------------------------------------------------------------- */

void up_user_clear(struct up_user *u)
{
    free(u->id);
    free(u->role);
    free(u->identity);
    json_decref(u->user);
    json_decref(u->unknown);
    json_decref(u->teams);
    json_decref(u->snapshot);
    *u = (struct up_user){0};
}

void up_team_clear(struct up_team *t)
{
    free(t->id);
    free(t->identity);
    json_decref(t->group);
    json_decref(t->unknown);
    json_decref(t->members);
    *t = (struct up_team){0};
}

static json_t *lower(const json_t *text)
{
    char *copy = strdup(json_string_value(text));
    for (char *c = copy; c != NULL && *c != '\0'; c++)
        *c = (char)tolower((unsigned char)*c);
    json_t *out = json_string(copy);
    free(copy);
    return out;
}

json_t *up_user_expected(const struct provider *p, const json_t *user)
{
    static const char *const mapped[] = {"displayName", "name", "emails"};
    json_t *out = json_object();
    (void)p;
    if (json_is_string(json_object_get(user, "userName")))
        (void)json_object_set_new(out, "userName",
                                  lower(json_object_get(user, "userName")));
    for (size_t i = 0; i < sizeof mapped / sizeof mapped[0]; i++) {
        json_t *value = json_object_get(user, mapped[i]);
        if (value != NULL)
            (void)json_object_set_new(out, mapped[i], json_deep_copy(value));
    }
    return out;
}

bool up_user_differs(const struct provider *p, const json_t *before,
                     const json_t *after)
{
    json_t *a = up_user_expected(p, before), *b = up_user_expected(p, after);
    bool differs =
        !json_equal(a, b) || json_object_get(after, "password") != NULL;
    json_decref(a);
    json_decref(b);
    return differs;
}

static enum up_state state_of(const json_t *record)
{
    const char *is = json_string_value(json_object_get(record, "state"));
    if (strcmp(is, "inactive") == 0)
        return UP_INACTIVE;
    return strcmp(is, "pending") == 0 ? UP_PENDING : UP_ACTIVE;
}

static char *copy_text(const json_t *record, const char *member)
{
    const char *text = json_string_value(json_object_get(record, member));
    return text == NULL ? NULL : strdup(text);
}

static bool hidden(const struct provider *p, const json_t *record)
{
    return option(p, "vanish", false) && state_of(record) == UP_INACTIVE;
}

static json_t *teams_of(struct provider *p, const char *user)
{
    json_t *out = json_array();
    const char *id;
    json_t *team;
    json_object_foreach (part(p, "teams"), id, team) {
        size_t i;
        json_t *member;
        json_array_foreach (json_object_get(team, "members"), i, member) {
            if (strcmp(json_string_value(member), user) == 0)
                (void)json_array_append_new(out, json_string(id));
        }
    }
    return out;
}

static void tell_user(struct provider *p, const char *id, const json_t *record,
                      struct up_user *out)
{
    *out = (struct up_user){.id = strdup(id), .full = true};
    out->state = state_of(record);
    out->user = json_deep_copy(json_object_get(record, "user"));
    (void)json_object_set_new(out->user, "active",
                              json_boolean(out->state != UP_INACTIVE));
    out->role =
        json_array_size(p->roles) == 0 ? NULL : copy_text(record, "role");
    out->identity = copy_text(record, "identity");
    out->in_scope = !json_is_false(json_object_get(record, "in_scope"));
    out->protected_ = json_is_true(json_object_get(record, "protected"));
    out->elevated = out->role != NULL && (strcmp(out->role, "admin") == 0 ||
                                          strcmp(out->role, "owner") == 0);
    out->teams = teams_of(p, id);
    out->invited_at = out->state == UP_PENDING ? 1000 : 0;
}

static json_t *user_record(struct provider *p, const char *id)
{
    json_t *record = json_object_get(part(p, "users"), id);
    return record != NULL && !hidden(p, record) ? record : NULL;
}

static const char *address(const json_t *user)
{
    const json_t *emails = json_object_get(user, "emails");
    const char *value =
        json_string_value(json_object_get(json_array_get(emails, 0), "value"));
    return value != NULL ? value
                         : json_string_value(json_object_get(user, "userName"));
}

static json_t *record_by_name(struct provider *p, const json_t *user,
                              const char **id)
{
    const char *key;
    json_t *record;
    json_object_foreach (part(p, "users"), key, record) {
        const json_t *is = json_object_get(record, "user");
        const char *name = json_string_value(json_object_get(is, "userName"));
        const char *want = json_string_value(json_object_get(user, "userName"));
        bool same = (address(is) && address(user) &&
                     fold_equal(address(is), address(user))) ||
                    (name && want && fold_equal(name, want));
        if (same) {
            *id = key;
            return record;
        }
    }
    return NULL;
}

const char *fake_add_user(struct provider *p, const char *name,
                          const char *state, const char *role)
{
    char id[16];
    json_t *user = json_pack("{s:s, s:[{s:s, s:s}]}", "userName", name,
                             "emails", "value", name, "type", "work");
    json_t *record = json_pack("{s:o, s:s, s:s, s:s}", "user", user, "state",
                               state, "role", role, "identity", new_id(p, id));
    (void)json_object_set_new(part(p, "users"), id, record);
    save(p);
    return json_string_value(json_object_get(record, "identity"));
}

const char *fake_user_text(struct provider *p, const char *id,
                           const char *member)
{
    const json_t *record = json_object_get(part(p, "users"), id);
    const json_t *value = json_object_get(record, member);
    if (value == NULL)
        value = json_object_get(json_object_get(record, "user"), member);
    return json_string_value(value);
}

size_t fake_user_count(struct provider *p)
{
    return json_object_size(part(p, "users"));
}

/* ---- what the profile says ----------------------------------------------- */

const char *up_name(const struct provider *p)
{
    (void)p;
    return "fake";
}

bool up_can(const struct provider *p, const char *operation)
{
    if (strcmp(operation, "teams.create") == 0)
        return option(p, "teams", true);
    if (strcmp(operation, "users.reactivate") == 0)
        return option(p, "reactivate", true);
    return true;
}

const char *up_default(const struct provider *p, const char *key)
{
    (void)p;
    (void)key;
    return NULL;
}

char *up_describe(const struct provider *p)
{
    (void)p;
    return strdup("fake");
}

const json_t *up_map(const struct provider *p)
{
    return p->map;
}

const json_t *up_roles(const struct provider *p)
{
    return p->roles;
}

const char *up_match_attribute(const struct provider *p)
{
    (void)p;
    return "emails";
}

enum up_rc up_user_check(const struct provider *p, const json_t *user,
                         struct up_error *err)
{
    const char *name = json_string_value(json_object_get(user, "userName"));
    (void)p;
    *err = (struct up_error){0};
    if (name == NULL || strlen(name) <= 60)
        return UP_OK;
    (void)snprintf(err->detail, sizeof err->detail, "At most 60 characters.");
    (void)snprintf(err->field, sizeof err->field, "userName");
    return UP_INVALID;
}

enum up_rc up_team_check(const struct provider *p, const json_t *group,
                         struct up_error *err)
{
    (void)p;
    (void)group;
    *err = (struct up_error){0};
    return UP_OK;
}

const char *up_tickets_order(const struct provider *p)
{
    return text_option(p, "tickets", NULL);
}

bool up_creates_by_invitation(const struct provider *p)
{
    return strcmp(text_option(p, "create", "account"), "invite") == 0;
}

bool up_reactivate_first(const struct provider *p)
{
    return option(p, "locked", false);
}

/* ---- calls about users --------------------------------------------------- */

enum up_rc up_probe(struct provider *p, struct up_call *call,
                    struct up_user *own, struct up_error *err)
{
    struct turn t = begin(p, call, "probe", NULL, err);
    const char *id = text_option(p, "own", NULL);
    if (own != NULL) {
        *own = (struct up_user){0};
        own->id = id == NULL ? NULL : strdup(id);
    }
    return end(&t, UP_OK, err);
}

enum up_rc up_users_list(struct provider *p, struct up_call *call,
                         up_each_user *each, void *ctx, struct up_error *err)
{
    struct turn t = begin(p, call, "users.list", NULL, err);
    const char *id;
    json_t *record;
    bool more = t.run;
    json_object_foreach (part(p, "users"), id, record) {
        struct up_user u = {0};
        if (!more || hidden(p, record))
            continue;
        tell_user(p, id, record, &u);
        more = each(&u, ctx);
        up_user_clear(&u);
    }
    return end(&t, UP_OK, err);
}

enum up_rc up_user_get(struct provider *p, struct up_call *call, const char *id,
                       struct up_user *out, struct up_error *err)
{
    struct turn t = begin(p, call, "user.get", id, err);
    json_t *record = user_record(p, id);
    *out = (struct up_user){0};
    if (t.rc == UP_OK && record != NULL)
        tell_user(p, id, record, out);
    return end(&t, record != NULL ? UP_OK : UP_NOT_FOUND, err);
}

enum up_rc up_user_find(struct provider *p, struct up_call *call,
                        const json_t *user, struct up_user *out,
                        struct up_error *err)
{
    struct turn t = begin(p, call, "user.find", address(user), err);
    const char *id = NULL;
    json_t *record = record_by_name(p, user, &id);
    *out = (struct up_user){0};
    if (record != NULL && hidden(p, record))
        record = NULL;
    if (!option(p, "find", true))
        return end(&t, UP_UNSUPPORTED, err);
    if (t.rc == UP_OK && record != NULL)
        tell_user(p, id, record, out);
    return end(&t, record != NULL ? UP_OK : UP_NOT_FOUND, err);
}

/* Takes what is mapped; tells the record unless a fault hides it. */
static void write_user(struct turn *t, const char *id, json_t *record,
                       const json_t *user, struct up_user *out)
{
    if (!t->run)
        return;
    json_t *mapped = up_user_expected(t->p, user);
    (void)json_object_set_new(record, "user", mapped);
    const json_t *password = json_object_get(user, "password");
    if (password != NULL)
        (void)json_object_set(record, "password", (json_t *)password);
    if (t->rc == UP_OK)
        tell_user(t->p, id, record, out);
}

enum up_rc up_user_create(struct provider *p, struct up_call *call,
                          const json_t *user, const char *role,
                          struct up_user *out, struct up_error *err)
{
    struct turn t = begin(p, call, "user.create", address(user), err);
    const char *mode = text_option(p, "create", "account"), *taken = NULL;
    char id[16];
    *out = (struct up_user){0};
    if (strcmp(mode, "no") == 0)
        return end(&t, UP_UNSUPPORTED, err);
    if (record_by_name(p, user, &taken) != NULL) {
        (void)snprintf(err->existing_id, sizeof err->existing_id, "%s", taken);
        return end(&t, UP_CONFLICT, err);
    }
    if (t.run) {
        json_t *record = json_pack(
            "{s:s, s:s, s:s}", "state",
            strcmp(mode, "invite") == 0 ? "pending" : "active", "role",
            role != NULL ? role : "agent", "identity", new_id(p, id));
        (void)json_object_set_new(part(p, "users"), id, record);
        write_user(&t, id, record, user, out);
    }
    return end(&t, UP_OK, err);
}

/* A call on one account: its record, or NULL and the outcome. */
static json_t *one(struct turn *t, const char *able, const char *id,
                   enum up_rc *rc)
{
    json_t *record = user_record(t->p, id);
    *rc = !option(t->p, able, true) ? UP_UNSUPPORTED
          : record == NULL          ? UP_NOT_FOUND
                                    : UP_OK;
    return *rc == UP_OK ? record : NULL;
}

enum up_rc up_user_promote(struct provider *p, struct up_call *call,
                           const char *id, const json_t *user, const char *role,
                           struct up_user *out, struct up_error *err)
{
    struct turn t = begin(p, call, "user.promote", id, err);
    enum up_rc rc;
    json_t *record = one(&t, "promote", id, &rc);
    *out = (struct up_user){0};
    if (record != NULL && t.run) {
        (void)json_object_set_new(record, "in_scope", json_true());
        (void)json_object_set_new(record, "role",
                                  json_string(role != NULL ? role : "agent"));
        write_user(&t, id, record, user, out);
    }
    return end(&t, rc, err);
}

enum up_rc up_user_update(struct provider *p, struct up_call *call,
                          const char *id, const json_t *before,
                          const json_t *after, const char *role,
                          struct up_user *out, struct up_error *err)
{
    *out = (struct up_user){0};
    (void)role;
    if (!up_user_differs(p, before, after)) {
        *err = (struct up_error){0};
        return UP_OK;
    }
    struct turn t = begin(p, call, "user.update", id, err);
    enum up_rc rc;
    json_t *record = one(&t, "update", id, &rc);
    if (record != NULL && option(p, "locked", false) &&
        state_of(record) == UP_INACTIVE)
        rc = UP_INVALID;
    else if (record != NULL)
        write_user(&t, id, record, after, out);
    return end(&t, rc, err);
}

/* Sets one member of an account and tells the record. */
static enum up_rc set_member(struct provider *p, struct up_call *call,
                             const char *op, const char *able, const char *id,
                             const char *member, const char *value,
                             struct up_user *out, struct up_error *err)
{
    struct turn t = begin(p, call, op, id, err);
    enum up_rc rc;
    json_t *record = one(&t, able, id, &rc);
    *out = (struct up_user){0};
    if (record != NULL && t.run) {
        (void)json_object_set_new(record, member, json_string(value));
        if (t.rc == UP_OK && !hidden(p, record))
            tell_user(p, id, record, out);
    }
    return end(&t, rc, err);
}

enum up_rc up_user_set_role(struct provider *p, struct up_call *call,
                            const char *id, const json_t *user,
                            const char *role, struct up_user *out,
                            struct up_error *err)
{
    (void)user;
    return set_member(p, call, "user.role", "role", id, "role", role, out, err);
}

static void unassign(struct provider *p, const char *leaver)
{
    const char *ticket;
    json_t *owner;
    void *next;
    json_object_foreach_safe(part(p, "tickets"), next, ticket, owner)
    {
        if (strcmp(json_string_value(owner), leaver) == 0)
            (void)json_object_set_new(part(p, "tickets"), ticket,
                                      json_string("unassigned"));
    }
}

enum up_rc up_user_deactivate(struct provider *p, struct up_call *call,
                              const char *id, const json_t *known, bool pending,
                              struct up_user *out, struct up_error *err)
{
    (void)known;
    if (pending && option(p, "deactivate", true)) {
        /* An invitation is revoked: the account is gone. */
        *out = (struct up_user){0};
        return up_user_delete(p, call, id, err);
    }
    if (option(p, "unassigns", false))
        unassign(p, id);
    return set_member(p, call, "user.deactivate", "deactivate", id, "state",
                      "inactive", out, err);
}

enum up_rc up_user_reactivate(struct provider *p, struct up_call *call,
                              const char *id, const json_t *user,
                              const char *role, const json_t *snapshot,
                              struct up_user *out, struct up_error *err)
{
    (void)user;
    (void)role;
    (void)snapshot;
    return set_member(p, call, "user.reactivate", "reactivate", id, "state",
                      "active", out, err);
}

enum up_rc up_user_delete(struct provider *p, struct up_call *call,
                          const char *id, struct up_error *err)
{
    struct turn t = begin(p, call, "user.delete", id, err);
    enum up_rc rc;
    json_t *record = one(&t, "delete", id, &rc);
    if (record != NULL && t.run)
        (void)json_object_del(part(p, "users"), id);
    return end(&t, rc, err);
}

/* ---- calls about teams --------------------------------------------------- */

static void tell_team(const char *id, const json_t *record, struct up_team *out)
{
    *out = (struct up_team){.id = strdup(id), .in_scope = true, .full = true};
    out->group = json_deep_copy(json_object_get(record, "group"));
}

enum up_rc up_teams_list(struct provider *p, struct up_call *call,
                         up_each_team *each, void *ctx, struct up_error *err)
{
    struct turn t = begin(p, call, "teams.list", NULL, err);
    const char *id;
    json_t *record;
    bool more = t.run;
    json_object_foreach (part(p, "teams"), id, record) {
        struct up_team one_team = {0};
        if (!more)
            continue;
        tell_team(id, record, &one_team);
        more = each(&one_team, ctx);
        up_team_clear(&one_team);
    }
    return end(&t, UP_OK, err);
}

enum up_rc up_team_get(struct provider *p, struct up_call *call, const char *id,
                       struct up_team *out, struct up_error *err)
{
    struct turn t = begin(p, call, "team.get", id, err);
    json_t *record = json_object_get(part(p, "teams"), id);
    *out = (struct up_team){0};
    if (t.rc == UP_OK && record != NULL)
        tell_team(id, record, out);
    return end(&t, record != NULL ? UP_OK : UP_NOT_FOUND, err);
}

static json_t *team_map(const json_t *group)
{
    return json_pack("{s:O}", "displayName",
                     json_object_get(group, "displayName"));
}

enum up_rc up_team_create(struct provider *p, struct up_call *call,
                          const json_t *group, struct up_team *out,
                          struct up_error *err)
{
    struct turn t = begin(p, call, "team.create", NULL, err);
    char id[16];
    *out = (struct up_team){0};
    if (!option(p, "teams", true))
        return end(&t, UP_UNSUPPORTED, err);
    if (t.run) {
        json_t *record =
            json_pack("{s:o, s:[]}", "group", team_map(group), "members");
        (void)json_object_set_new(part(p, "teams"), new_id(p, id), record);
        if (t.rc == UP_OK)
            tell_team(id, record, out);
    }
    return end(&t, UP_OK, err);
}

enum up_rc up_team_update(struct provider *p, struct up_call *call,
                          const char *id, const json_t *before,
                          const json_t *after, struct up_team *out,
                          struct up_error *err)
{
    struct turn t = begin(p, call, "team.update", id, err);
    json_t *record = json_object_get(part(p, "teams"), id);
    (void)before;
    *out = (struct up_team){0};
    if (!option(p, "teams", true))
        return end(&t, UP_UNSUPPORTED, err);
    if (record != NULL && t.run) {
        (void)json_object_set_new(record, "group", team_map(after));
        if (t.rc == UP_OK)
            tell_team(id, record, out);
    }
    return end(&t, record != NULL ? UP_OK : UP_NOT_FOUND, err);
}

enum up_rc up_team_delete(struct provider *p, struct up_call *call,
                          const char *id, struct up_error *err)
{
    struct turn t = begin(p, call, "team.delete", id, err);
    json_t *record = json_object_get(part(p, "teams"), id);
    if (!option(p, "teams", true))
        return end(&t, UP_UNSUPPORTED, err);
    if (record != NULL && t.run)
        (void)json_object_del(part(p, "teams"), id);
    return end(&t, record != NULL ? UP_OK : UP_NOT_FOUND, err);
}

enum up_rc up_members(struct provider *p, struct up_call *call, const char *id,
                      json_t **ids, struct up_error *err)
{
    struct turn t = begin(p, call, "members", id, err);
    json_t *record = json_object_get(part(p, "teams"), id);
    *ids = NULL;
    if (t.rc == UP_OK && record != NULL)
        *ids = json_deep_copy(json_object_get(record, "members"));
    return end(&t, record != NULL ? UP_OK : UP_NOT_FOUND, err);
}

static size_t place_of(const json_t *list, const json_t *id)
{
    size_t i;
    json_t *is;
    json_array_foreach (list, i, is) {
        if (json_equal(is, id))
            return i;
    }
    return json_array_size(list);
}

static enum up_rc change_members(struct provider *p, json_t *members,
                                 const json_t *add, const json_t *drop,
                                 struct up_error *err)
{
    size_t i;
    json_t *id;
    json_array_foreach (add, i, id) {
        if (user_record(p, json_string_value(id)) == NULL) {
            (void)snprintf(err->existing_id, sizeof err->existing_id, "%s",
                           json_string_value(id));
            return UP_INVALID;
        }
    }
    json_array_foreach (drop, i, id) {
        (void)json_array_remove(members, place_of(members, id));
    }
    json_array_foreach (add, i, id) {
        if (place_of(members, id) == json_array_size(members))
            (void)json_array_append(members, id);
    }
    return UP_OK;
}

enum up_rc up_members_change(struct provider *p, struct up_call *call,
                             const char *id, const json_t *add,
                             const json_t *drop, struct up_error *err)
{
    struct turn t = begin(p, call, "members.change", id, err);
    json_t *record = json_object_get(part(p, "teams"), id);
    enum up_rc rc = record == NULL ? UP_NOT_FOUND : UP_OK;
    if (!option(p, "members", true))
        return end(&t, UP_UNSUPPORTED, err);
    if (rc == UP_OK && t.run)
        rc = change_members(p, json_object_get(record, "members"), add, drop,
                            err);
    return end(&t, rc, err);
}

/* ---- calls about tickets ------------------------------------------------- */

enum up_rc up_tickets_open(struct provider *p, struct up_call *call,
                           const char *id, json_t **tickets,
                           struct up_error *err)
{
    struct turn t = begin(p, call, "tickets.open", id, err);
    const char *ticket;
    json_t *owner;
    *tickets = t.rc == UP_OK ? json_array() : NULL;
    json_object_foreach (part(p, "tickets"), ticket, owner) {
        if (strcmp(json_string_value(owner), id) == 0)
            (void)json_array_append_new(*tickets, json_string(ticket));
    }
    return end(&t, UP_OK, err);
}

enum up_rc up_tickets_assign(struct provider *p, struct up_call *call,
                             const char *leaver, const json_t *tickets,
                             enum up_heir heir, const char *to, json_t **left,
                             struct up_error *err)
{
    struct turn t = begin(p, call, "tickets.assign", to, err);
    size_t i;
    json_t *ticket;
    (void)leaver;
    *left = json_array();
    json_array_foreach (tickets, i, ticket) {
        const char *id = json_string_value(ticket);
        bool refused = id[0] == 'x' && heir == UP_HEIR_USER;
        if (refused)
            (void)json_array_append(*left, ticket);
        else if (t.run)
            (void)json_object_set_new(part(p, "tickets"), id,
                                      json_string(to != NULL ? to : "nobody"));
    }
    return end(&t, UP_OK, err);
}
