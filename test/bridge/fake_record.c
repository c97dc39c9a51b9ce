#include "test/bridge/fake_internal.h"

#include "base/fold.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

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

enum up_state fake_state(const json_t *record)
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

bool fake_hidden(const struct provider *p, const json_t *record)
{
    return fake_option(p, "vanish", false) && fake_state(record) == UP_INACTIVE;
}

static json_t *teams_of(struct provider *p, const char *user)
{
    json_t *out = json_array();
    const char *id;
    json_t *team;
    json_object_foreach (fake_part(p, "teams"), id, team) {
        size_t i;
        json_t *member;
        json_array_foreach (json_object_get(team, "members"), i, member) {
            if (strcmp(json_string_value(member), user) == 0)
                (void)json_array_append_new(out, json_string(id));
        }
    }
    return out;
}

void fake_tell(struct provider *p, const char *id, const json_t *record,
               struct up_user *out)
{
    *out = (struct up_user){.id = strdup(id), .full = true};
    out->state = fake_state(record);
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
    if (out->state == UP_PENDING) {
        json_t *sent = json_object_get(record, "invited_at");
        out->invited_at = sent == NULL ? 1000 : json_integer_value(sent);
        out->invite_expires_at =
            json_integer_value(json_object_get(record, "expires_at"));
    }
}

json_t *fake_record(struct provider *p, const char *id)
{
    json_t *record = json_object_get(fake_part(p, "users"), id);
    return record != NULL && !fake_hidden(p, record) ? record : NULL;
}

const char *fake_address(const json_t *user)
{
    const json_t *emails = json_object_get(user, "emails");
    const char *value =
        json_string_value(json_object_get(json_array_get(emails, 0), "value"));
    return value != NULL ? value
                         : json_string_value(json_object_get(user, "userName"));
}

json_t *fake_record_by_name(struct provider *p, const json_t *user,
                            const char **id)
{
    const char *key;
    json_t *record;
    json_object_foreach (fake_part(p, "users"), key, record) {
        const json_t *is = json_object_get(record, "user");
        const char *name = json_string_value(json_object_get(is, "userName"));
        const char *want = json_string_value(json_object_get(user, "userName"));
        bool same = (fake_address(is) && fake_address(user) &&
                     fold_equal(fake_address(is), fake_address(user))) ||
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
    json_t *record =
        json_pack("{s:o, s:s, s:s, s:s}", "user", user, "state", state, "role",
                  role, "identity", fake_new_id(p, id));
    (void)json_object_set_new(fake_part(p, "users"), id, record);
    fake_save(p);
    return json_string_value(json_object_get(record, "identity"));
}

const char *fake_user_text(struct provider *p, const char *id,
                           const char *member)
{
    const json_t *record = json_object_get(fake_part(p, "users"), id);
    const json_t *value = json_object_get(record, member);
    if (value == NULL)
        value = json_object_get(json_object_get(record, "user"), member);
    return json_string_value(value);
}

size_t fake_user_count(struct provider *p)
{
    return json_object_size(fake_part(p, "users"));
}
