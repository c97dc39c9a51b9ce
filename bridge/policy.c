#include "bridge/policy.h"

#include "base/fold.h"
#include "base/nearest.h"
#include "base/quantity.h"
#include "providers/inbox.h"

#include <stdlib.h>
#include <string.h>

/* The wish for a key: the INI's, the profile's, or the built-in one. */
static const char *wish(const char *ini, const struct provider *up,
                        const char *key, const char *built_in)
{
    if (ini != NULL)
        return ini;
    const char *profile = up_default(up, key);
    return profile != NULL ? profile : built_in;
}

static bool choice(const char *key, const char *text, const char *first,
                   const char *second, bool *is_second, struct error *err)
{
    *is_second = strcmp(text, second) == 0;
    if (*is_second || strcmp(text, first) == 0)
        return true;
    error_set(err, "%s = %s: must be %s or %s.", key, text, first, second);
    return false;
}

static bool duration(const char *key, const char *text, int64_t *ms,
                     struct error *err)
{
    if (quantity_duration(text, ms) && *ms > 0)
        return true;
    error_set(err, "%s = %s: must be a time such as 30s, 5m or 1h.", key, text);
    return false;
}

static char *copy_trimmed(const char *text, size_t len)
{
    while (len > 0 && (*text == ' ' || *text == '\t')) {
        text++;
        len--;
    }
    while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t'))
        len--;
    return strndup(text, len);
}

/* clang-format off */
/* The words of `offboard`. A name stands behind a prefix; a word without one
 * is a user name. */
static const struct {
    const char *word;
    enum bridge_heir heir;
    const char *operation;
} heirs[] = {
    {"manager",      HEIR_MANAGER,     "tickets.assign"},
    {"nobody",       HEIR_NOBODY,      "tickets.unassign"},
    {"agent:",       HEIR_USER,        "tickets.assign"},
    {"team:",        HEIR_TEAM,        "tickets.assign_team"},
    {"round-robin:", HEIR_ROUND_ROBIN, "tickets.assign"},
    {"",             HEIR_USER,        "tickets.assign"},
};
/* clang-format on */
#define HEIRS (sizeof heirs / sizeof heirs[0])

/* The row of a word; its name, if it has one, is what stands behind *len. */
static size_t heir_row(const char *word, size_t *len)
{
    size_t i = 0;
    for (; i < HEIRS - 1; i++) {
        *len = strlen(heirs[i].word);
        bool prefix = heirs[i].word[*len - 1] == ':';
        if (strncmp(word, heirs[i].word, *len) == 0 &&
            (prefix || word[*len] == '\0'))
            return i;
    }
    *len = 0;
    return i;
}

static bool wrong_heir(const char *word, struct error *err)
{
    struct nearest n = nearest_to(word);
    for (size_t i = 0; i < HEIRS - 1; i++)
        nearest_offer(&n, heirs[i].word);
    error_set(err,
              "offboard = %s: must be manager, agent:NAME, team:NAME, "
              "round-robin:TEAM or nobody.%s%s%s",
              word, n.best[0] != '\0' ? " Did you mean " : "", n.best,
              n.best[0] != '\0' ? "?" : "");
    return false;
}

/* One word of `offboard`. */
static bool offboard_entry(char *word, const struct provider *up,
                           struct bridge_offboard *out, struct error *err)
{
    size_t len, i = heir_row(word, &len);
    bool named = i == HEIRS - 1 || heirs[i].word[len - 1] == ':';
    *out = (struct bridge_offboard){.heir = heirs[i].heir};
    if (named)
        out->name = copy_trimmed(word + len, strlen(word + len));
    if (named && (out->name == NULL || *out->name == '\0' ||
                  (len == 0 && strchr(word, ':') != NULL)))
        return wrong_heir(word, err);
    if (up_tickets_order(up) == NULL || up_can(up, heirs[i].operation))
        return true;
    error_set(err,
              "offboard = %s: this helpdesk's profile has no operation %s; "
              "take the entry out.",
              word, heirs[i].operation);
    return false;
}

static bool read_offboard(const char *text, const struct provider *up,
                          struct bridge_policy *out, struct error *err)
{
    size_t count = 1;
    for (const char *c = text; *c != '\0'; c++)
        count += *c == ',';
    out->offboard = calloc(count, sizeof *out->offboard);
    if (out->offboard == NULL) {
        error_set(err, "Memory ran out.");
        return false;
    }
    for (const char *at = text; at != NULL;) {
        const char *comma = strchr(at, ',');
        size_t len = comma == NULL ? strlen(at) : (size_t)(comma - at);
        char *word = copy_trimmed(at, len);
        bool ok = word != NULL;
        if (ok && *word != '\0')
            ok = offboard_entry(word, up, &out->offboard[out->offboard_count++],
                                err);
        free(word);
        if (!ok)
            return false;
        at = comma == NULL ? NULL : comma + 1;
    }
    return true;
}

static bool read_protect(const char *const *names, struct bridge_policy *out)
{
    size_t count = 0;
    while (names != NULL && names[count] != NULL)
        count++;
    out->protect = calloc(count + 1, sizeof *out->protect);
    if (out->protect == NULL)
        return false;
    for (; out->protect_count < count; out->protect_count++) {
        const char *name = names[out->protect_count];
        char *key = fold_key(name, strlen(name));
        if (key == NULL)
            return false;
        out->protect[out->protect_count] = key;
    }
    return true;
}

/* The tolerances that a client needs (INI key `client`). */
static bool read_client(const char *name, struct scim_tolerance *out,
                        struct error *err)
{
    static const struct {
        const char *name;
        struct scim_tolerance tolerance;
    } clients[] = {
        {"", {0}},
        {"okta", {0}},
        {"onelogin", {0}},
        {"entra", {.create_on_replace = true, .empty_operations = true}},
        {"strict", {.unknown_refused = true}},
    };
    for (size_t i = 0; i < sizeof clients / sizeof clients[0]; i++)
        if (strcmp(name, clients[i].name) == 0) {
            *out = clients[i].tolerance;
            return true;
        }
    error_set(err, "client = %s: must be okta, entra, onelogin or strict.",
              name);
    return false;
}

/* The role of that name that can be given, or NULL. */
static const json_t *role_entry(const struct provider *up, const char *name)
{
    size_t i;
    json_t *role;
    json_array_foreach (up_roles(up), i, role) {
        const char *is = json_string_value(json_object_get(role, "scim"));
        if (is != NULL && strcmp(is, name) == 0)
            return json_is_false(json_object_get(role, "assign")) ? NULL : role;
    }
    return NULL;
}

/* A group that another role's line names too. */
static const struct bridge_pair *same_group(const struct bridge_pair *pairs,
                                            const struct bridge_pair *p)
{
    for (const struct bridge_pair *o = pairs; o != p; o++)
        if (strcmp(o->name, "default") != 0 && strcmp(o->value, "*") != 0 &&
            fold_equal(o->value, p->value))
            return o;
    return NULL;
}

static bool no_role(const struct bridge_pair *p, const struct provider *up,
                    const char *name, struct error *err)
{
    struct nearest near = nearest_to(name);
    struct buf all = {0};
    size_t i;
    json_t *role;
    json_array_foreach (up_roles(up), i, role) {
        const char *is = json_string_value(json_object_get(role, "scim"));
        if (is == NULL || json_is_false(json_object_get(role, "assign")))
            continue;
        nearest_offer(&near, is);
        buf_fmt(&all, "%s%s", all.len > 0 ? ", " : "", is);
    }
    error_set(err,
              "role.%s = %s: this helpdesk has no role %s that can be given; "
              "%s%s%sit has %s.",
              p->name, p->value, name,
              near.best[0] != '\0' ? "did you mean " : "", near.best,
              near.best[0] != '\0' ? "? " : "",
              all.data != NULL ? all.data : "none");
    buf_clear(&all);
    return false;
}

static bool read_role(const struct bridge_pair *pairs,
                      const struct bridge_pair *p, const struct provider *up,
                      struct error *err)
{
    bool is_default = strcmp(p->name, "default") == 0;
    const char *name = is_default ? p->value : p->name;
    const json_t *role = role_entry(up, name);
    if (role == NULL && !up_finds_roles(up))
        return no_role(p, up, name, err);
    if (is_default && json_is_true(json_object_get(role, "elevated"))) {
        error_set(err,
                  "role.default = %s: an administrator's role is never given "
                  "by default; name a group for it: role.%s = GROUP.",
                  name, name);
        return false;
    }
    const struct bridge_pair *other = is_default ? NULL : same_group(pairs, p);
    if (other == NULL)
        return true;
    error_set(err,
              "role.%s = %s: role.%s names the same group; a group stands for "
              "one role.",
              p->name, p->value, other->name);
    return false;
}

static bool read_roles(const struct bridge_pair *pairs,
                       const struct provider *up, struct error *err)
{
    for (const struct bridge_pair *p = pairs; p != NULL && p->name; p++)
        if (!read_role(pairs, p, up, err))
            return false;
    return true;
}

static bool read_inboxes(const struct bridge_pair *pairs,
                         const struct provider *up, struct error *err)
{
    if (pairs == NULL || pairs->name == NULL || up_has_inboxes(up))
        return true;
    error_set(err,
              "inbox.%s = %s: this helpdesk's profile knows no inboxes; take "
              "the line out.",
              pairs->name, pairs->value);
    return false;
}

/* "20%, 5": more than this share and this many at once are held. */
static bool read_brake(const char *text, struct bridge_policy *out,
                       struct error *err)
{
    int64_t share, count;
    if (quantity_brake(text, &share, &count) && count <= INT32_MAX) {
        out->brake_share = (int)share;
        out->brake_count = (int)count;
        return true;
    }
    error_set(err, "brake = %s: must be a share and a count, such as 20%%, 5.",
              text);
    return false;
}

static bool read_deactivation(const char *text, struct bridge_policy *out,
                              struct error *err)
{
    static const char *const words[] = {
        [DEACTIVATION_PROFILE] = "profile",
        [DEACTIVATION_TASK] = "task",
        [DEACTIVATION_REFUSE] = "refuse",
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(text, words[i]) == 0) {
            out->deactivation = (enum bridge_deactivation)i;
            return true;
        }
    error_set(err, "deactivation = %s: must be profile, task or refuse.", text);
    return false;
}

static bool read_seats(int configured, const struct provider *up,
                       struct bridge_policy *out, struct error *err)
{
    const char *text = wish(NULL, up, "seats", "0");
    out->seats = configured;
    if (configured > 0 || quantity_number(text, &out->seats))
        return true;
    error_set(err, "seats = %s: must be a whole number.", text);
    return false;
}

/* A person is not sent a mail more often than once a day, unless wished. */
#define RESEND_GAP_MS ((int64_t)24 * 3600 * 1000)

static bool read_invitations(const struct bridge_target_config *config,
                             const struct provider *up,
                             struct bridge_policy *out, struct error *err)
{
    const struct up_invite_rules rules = up_invite_rules(up);
    out->resend_gap_ms = rules.gap_ms > 0 ? rules.gap_ms : RESEND_GAP_MS;
    out->resends = rules.max;
    if (config->max_resends != NULL &&
        !quantity_number(config->max_resends, &out->resends)) {
        error_set(err, "invitation.max_resends = %s: must be a whole number.",
                  config->max_resends);
        return false;
    }
    return config->resend_after == NULL ||
           duration("invitation.resend_after", config->resend_after,
                    &out->resend_gap_ms, err);
}

static bool read_dues(const struct bridge_pair *dues, struct bridge_policy *out,
                      struct error *err)
{
    out->dues = dues;
    for (const struct bridge_pair *p = dues; p != NULL && p->name; p++) {
        int64_t ms;
        if (!duration("due", p->value, &ms, err))
            return false;
    }
    return true;
}

bool policy_read(const struct bridge_target_config *config,
                 const struct provider *up, struct bridge_policy *out,
                 struct error *err)
{
    bool removal = false, refuse = false;
    *out = (struct bridge_policy){
        .unsupported_kinds = config->unsupported_kinds,
        .roles = config->roles,
        .inboxes = config->inboxes,
        .group_names_unique = config->group_names_unique,
    };
    if (!duration("deadline", wish(config->deadline, up, "deadline", "20s"),
                  &out->deadline_ms, err) ||
        !duration("sync_interval",
                  wish(config->sync_interval, up, "sync_interval", "5m"),
                  &out->sync_interval_ms, err) ||
        !choice("removal", wish(config->removal, up, "removal", "deactivate"),
                "deactivate", "delete", &removal, err) ||
        !choice("unsupported",
                wish(config->unsupported, up, "unsupported", "task"), "task",
                "refuse", &refuse, err) ||
        !read_brake(wish(config->brake, up, "brake", "20%, 5"), out, err) ||
        !read_client(config->client == NULL ? "" : config->client,
                     &out->tolerance, err) ||
        !read_roles(config->roles, up, err) ||
        !read_inboxes(config->inboxes, up, err) ||
        !read_deactivation(
            wish(config->deactivation, up, "deactivation", "profile"), out,
            err) ||
        !read_seats(config->seats, up, out, err) ||
        !read_invitations(config, up, out, err) ||
        !read_dues(config->dues, out, err) ||
        !read_offboard(wish(config->offboard, up, "offboard", "nobody"), up,
                       out, err))
        return false;
    out->removal = removal ? REMOVAL_DELETE : REMOVAL_DEACTIVATE;
    out->unsupported = refuse ? BRIDGE_REFUSE : BRIDGE_TASK;
    if (removal && !up_knows(up, "users.delete")) {
        error_set(err, "removal = delete: this helpdesk's profile has no "
                       "operation users.delete; use deactivate.");
        return false;
    }
    if (!read_protect(config->protect, out)) {
        error_set(err, "Memory ran out.");
        return false;
    }
    return true;
}

void policy_clear(struct bridge_policy *p)
{
    for (size_t i = 0; i < p->offboard_count; i++)
        free(p->offboard[i].name);
    for (size_t i = 0; i < p->protect_count; i++)
        free(p->protect[i]);
    free(p->offboard);
    free(p->protect);
    *p = (struct bridge_policy){0};
}
