#include "test/bridge/fake_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- the world ----------------------------------------------------------- */

json_t *fake_part(struct provider *p, const char *name)
{
    return json_object_get(p->world, name);
}

void fake_save(struct provider *p)
{
    if (p->file != NULL)
        (void)json_dump_file(p->world, p->file, JSON_INDENT(1));
}

const char *fake_new_id(struct provider *p, char out[16])
{
    json_int_t next = json_integer_value(fake_part(p, "next"));
    (void)snprintf(out, 16, "%lld", (long long)next);
    (void)json_object_set_new(p->world, "next", json_integer(next + 1));
    return out;
}

bool fake_option(const struct provider *p, const char *name, bool otherwise)
{
    const json_t *is = json_object_get(p->options, name);
    return is == NULL ? otherwise : json_is_true(is);
}

const char *fake_text_option(const struct provider *p, const char *name,
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
    if (fake_option(p, "admin_team", false)) /* as in Request Tracker */
        (void)json_object_set_new(json_array_get(p->roles, 1), "team",
                                  json_string("Admins"));
    if (fake_option(p, "roleless", false))
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

struct turn fake_begin(struct provider *p, struct up_call *call, const char *op,
                       const char *id, struct up_error *err)
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

enum up_rc fake_end(struct turn *t, enum up_rc rc, struct up_error *err)
{
    fake_save(t->p);
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

/* ---- what the profile says ----------------------------------------------- */

const char *up_name(const struct provider *p)
{
    (void)p;
    return "fake";
}

bool up_can(const struct provider *p, const char *operation)
{
    if (strcmp(operation, "teams.create") == 0)
        return fake_option(p, "teams", true);
    if (strcmp(operation, "users.reactivate") == 0)
        return fake_option(p, "reactivate", true);
    return true;
}

const char *up_default(const struct provider *p, const char *key)
{
    (void)p;
    (void)key;
    return NULL;
}

bool up_knows(const struct provider *p, const char *operation)
{
    return up_can(p, operation);
}

void up_remember(struct provider *p, const struct up_capability *known)
{
    (void)p;
    (void)known;
}

json_t *up_capabilities(const struct provider *p)
{
    (void)p;
    return json_array();
}

json_t *up_rate(const struct provider *p)
{
    (void)p;
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
    return fake_text_option(p, "tickets", NULL);
}

bool up_creates_by_invitation(const struct provider *p)
{
    return strcmp(fake_text_option(p, "create", "account"), "invite") == 0;
}

struct up_invite_rules up_invite_rules(const struct provider *p)
{
    (void)p;
    return (struct up_invite_rules){.gap_ms = 60000, .max = 2};
}

json_t *up_manual(const struct provider *p, const char *kind, const char *id)
{
    const char *url = fake_text_option(p, "manual", NULL);
    return url == NULL ? NULL
                       : json_pack("{s:o}", "url",
                                   json_sprintf("%s/%s/%s", url, kind,
                                                id == NULL ? "-" : id));
}

bool up_reactivate_first(const struct provider *p)
{
    return fake_option(p, "locked", false);
}

bool up_loses_teams(const struct provider *p)
{
    return fake_option(p, "loses_teams", false);
}
