#include "bridge/fulfil.h"

#include "base/fold.h"

#include <string.h>

/* What came of comparing one part of a wish. */
struct tally {
    size_t met, unmet, unknown;
};

static enum fulfilment sum(const struct tally *n)
{
    if (n->unmet == 0 && n->unknown == 0)
        return n->met > 0 ? FULFIL_YES : FULFIL_UNKNOWN;
    if (n->met > 0)
        return FULFIL_PART;
    return n->unmet > 0 ? FULFIL_NO : FULFIL_UNKNOWN;
}

static void say(struct buf *saw, const char *format, const char *word)
{
    if (saw != NULL) {
        buf_str(saw, saw->len > 0 ? " " : "");
        buf_fmt(saw, format, word);
    }
}

/* ---- the account itself ---------------------------------------------------
 */

static const char *state_word(enum up_state state)
{
    static const char *const words[] = {
        [UP_ACTIVE] = "active",
        [UP_PENDING] = "invited",
        [UP_INACTIVE] = "inactive",
        [UP_DELETED] = "deleted",
    };
    return words[state];
}

static bool has_access(const struct up_user *u)
{
    return u->in_scope && (u->state == UP_ACTIVE || u->state == UP_PENDING);
}

static enum fulfilment look_deactivate(const struct evidence *e,
                                       struct buf *saw)
{
    if (e->gone)
        return FULFIL_YES;
    if (e->user == NULL)
        return FULFIL_UNKNOWN;
    if (!has_access(e->user))
        return FULFIL_YES;
    say(saw, "The helpdesk still shows the account as %s.",
        state_word(e->user->state));
    return FULFIL_NO;
}

static enum fulfilment look_invite(const struct evidence *e, struct buf *saw)
{
    if (e->user != NULL && has_access(e->user))
        return FULFIL_YES;
    if (e->gone)
        say(saw, "%s", "The helpdesk has no account of this person.");
    else if (e->user != NULL)
        say(saw, "The helpdesk shows the account as %s.",
            e->user->in_scope ? state_word(e->user->state)
                              : "somebody who is no staff");
    return e->gone || e->user != NULL ? FULFIL_NO : FULFIL_UNKNOWN;
}

static enum fulfilment look_resend(const json_t *detail,
                                   const struct evidence *e, struct buf *saw)
{
    const struct up_user *u = e->user;
    if (e->gone)
        return FULFIL_YES; /* there is nobody to invite any more */
    if (u == NULL)
        return FULFIL_UNKNOWN;
    if (u->state != UP_PENDING)
        return FULFIL_YES;
    if (u->invite_expires_at > e->now)
        return FULFIL_YES;
    if (u->invite_expires_at == 0) {
        int64_t before =
            json_integer_value(json_object_get(detail, "invitedAt"));
        if (u->invited_at == 0)
            return FULFIL_UNKNOWN;
        if (u->invited_at > before)
            return FULFIL_YES;
    }
    say(saw, "%s", "The helpdesk still shows the invitation that expired.");
    return FULFIL_NO;
}

/* ---- attributes -----------------------------------------------------------
 */

/* Does the record hold the value? Asked as an update would be planned, so a
 * transform or a field that several attributes share is no difference. */
static bool user_has(const struct bridge_target *t, const json_t *user,
                     const char *name, const json_t *value)
{
    json_t *wish = json_copy((json_t *)user);
    bool has = false;
    if (wish != NULL) {
        int rc = value != NULL ? json_object_set(wish, name, (json_t *)value)
                               : (json_object_del(wish, name), 0);
        has = rc == 0 && !up_user_differs(t->up, user, wish);
    }
    json_decref(wish);
    return has;
}

/* A list row that does not tell an attribute leaves it unknown. */
static bool is_untold(const struct up_user *u, const char *name)
{
    size_t i, len = strlen(name);
    json_t *path;
    json_array_foreach (u->unknown, i, path) {
        const char *text = json_string_value(path);
        if (text != NULL && strncmp(text, name, len) == 0 &&
            strchr(".[:", text[len]) != NULL)
            return true;
    }
    return false;
}

/* Every leaf of `value` is in `said`. */
static bool covers(const json_t *said, const json_t *value)
{
    const char *key;
    json_t *part;
    if (!json_is_object(value) || !json_is_object(said))
        return json_equal(said, value) != 0;
    json_object_foreach ((json_t *)value, key, part) {
        if (!covers(json_object_get(said, key), part))
            return false;
    }
    return true;
}

enum part { PART_MET, PART_UNMET, PART_UNKNOWN };

static enum part look_value(const struct bridge_target *t,
                            const struct evidence *e, const char *name,
                            const json_t *value)
{
    if (e->user != NULL && e->user->user != NULL) {
        if (is_untold(e->user, name))
            return PART_UNKNOWN;
        return user_has(t, e->user->user, name, value) ? PART_MET : PART_UNMET;
    }
    if (e->group == NULL)
        return PART_UNKNOWN;
    const json_t *said = json_object_get(e->group, name);
    bool has = value == NULL ? said == NULL : covers(said, value);
    return has ? PART_MET : PART_UNMET;
}

static void count(struct tally *n, enum part part, const char *name,
                  struct buf *saw)
{
    switch (part) {
    case PART_MET:
        n->met++;
        break;
    case PART_UNMET:
        n->unmet++;
        say(saw, "The helpdesk shows another value of %s.", name);
        break;
    case PART_UNKNOWN:
        n->unknown++;
        break;
    }
}

static void look_set(const struct bridge_target *t, json_t *set,
                     const struct evidence *e, struct buf *saw, struct tally *n)
{
    const char *name;
    void *next;
    json_t *value;
    json_object_foreach_safe(set, next, name, value)
    {
        enum part part = look_value(t, e, name, value);
        count(n, part, name, saw);
        if (part == PART_MET)
            (void)json_object_del(set, name);
    }
}

static void look_clear(const struct bridge_target *t, json_t *clear,
                       const struct evidence *e, struct buf *saw,
                       struct tally *n)
{
    for (size_t i = json_array_size(clear); i-- > 0;) {
        const char *name = json_string_value(json_array_get(clear, i));
        enum part part = name == NULL ? PART_MET : look_value(t, e, name, NULL);
        count(n, part, name, saw);
        if (part == PART_MET)
            (void)json_array_remove(clear, i);
    }
}

/* ---- teams ----------------------------------------------------------------
 */

static bool lists(const json_t *ids, const char *id)
{
    size_t i;
    json_t *one;
    json_array_foreach (ids, i, one) {
        const char *is = json_string_value(one);
        if (is != NULL && strcmp(is, id) == 0)
            return true;
    }
    return false;
}

/* One entry of `join` or `leave`: a person of a team's task, or a team of a
 * person's. */
static enum part look_move(const json_t *detail, const json_t *item,
                           const struct evidence *e, bool joins)
{
    const char *mine = json_string_value(json_object_get(
                   json_object_get(detail, "who"), "upstreamId")),
               *other = json_string_value(json_object_get(item, "upstreamId"));
    bool is_team = json_object_get(item, "name") != NULL;
    const char *team = is_team ? other : mine, *user = is_team ? mine : other;
    if (team == NULL || user == NULL || e->teams == NULL)
        return PART_UNKNOWN;
    const json_t *members = json_object_get(e->teams, team);
    if (members == NULL)
        return PART_UNKNOWN;
    return lists(members, user) == joins ? PART_MET : PART_UNMET;
}

static void look_moves(const json_t *detail, const char *list,
                       const struct evidence *e, struct buf *saw,
                       struct tally *n)
{
    json_t *items = json_object_get(detail, list);
    bool joins = strcmp(list, "join") == 0;
    for (size_t i = json_array_size(items); i-- > 0;) {
        const json_t *item = json_array_get(items, i);
        enum part part = look_move(detail, item, e, joins);
        const char *name = json_string_value(json_object_get(item, "userName"));
        if (name == NULL)
            name = json_string_value(json_object_get(item, "name"));
        n->met += part == PART_MET;
        n->unmet += part == PART_UNMET;
        n->unknown += part == PART_UNKNOWN;
        if (part == PART_UNMET)
            say(saw,
                joins ? "The helpdesk does not show %s in the team."
                      : "The helpdesk still shows %s in the team.",
                name != NULL ? name : "somebody");
        if (part == PART_MET)
            (void)json_array_remove(items, i);
    }
}

/* ---- the rest -------------------------------------------------------------
 */

static void look_role(const json_t *detail, const struct evidence *e,
                      struct buf *saw, struct tally *n)
{
    const char *role = json_string_value(json_object_get(detail, "role"));
    const char *is = e->user != NULL ? e->user->role : NULL;
    if (role == NULL)
        return;
    if (is == NULL) {
        n->unknown++;
    } else if (fold_equal(role, is)) {
        n->met++;
    } else {
        n->unmet++;
        say(saw, "The helpdesk shows the role %s.", is);
    }
}

static bool same_ticket(const json_t *a, const json_t *b)
{
    const char *ta = json_string_value(a), *tb = json_string_value(b);
    return ta != NULL && tb != NULL && strcmp(ta, tb) == 0;
}

static void look_tickets(json_t *tickets, const struct evidence *e,
                         struct buf *saw, struct tally *n)
{
    for (size_t i = json_array_size(tickets); i-- > 0;) {
        bool has = false;
        for (size_t k = 0; k < json_array_size(e->tickets); k++)
            has = has || same_ticket(json_array_get(tickets, i),
                                     json_array_get(e->tickets, k));
        if (e->tickets == NULL && !e->gone)
            n->unknown++;
        else if (has)
            n->unmet++;
        else
            n->met++;
        if (has && n->unmet == 1)
            say(saw, "%s", "The leaver still has some of these conversations.");
        if (!has && (e->tickets != NULL || e->gone))
            (void)json_array_remove(tickets, i);
    }
}

static enum fulfilment look_parts(const struct bridge_target *t,
                                  const char *kind, json_t *detail,
                                  const struct evidence *e, struct buf *saw)
{
    struct tally n = {0};
    bool roles = strcmp(kind, "role") == 0 || strcmp(kind, "owner") == 0;
    if (json_is_true(json_object_get(detail, "delete"))) {
        n.met = e->gone;
        n.unmet = !e->gone && e->group != NULL;
        if (n.unmet > 0)
            say(saw, "%s", "The helpdesk still has the team.");
        return sum(&n);
    }
    look_set(t, json_object_get(detail, "set"), e, saw, &n);
    look_clear(t, json_object_get(detail, "clear"), e, saw, &n);
    look_moves(detail, "join", e, saw, &n);
    look_moves(detail, "leave", e, saw, &n);
    if (roles)
        look_role(detail, e, saw, &n);
    if (strcmp(kind, "offboard") == 0)
        look_tickets(json_object_get(detail, "tickets"), e, saw, &n);
    return sum(&n);
}

enum fulfilment fulfil_look(const struct bridge_target *t, const char *kind,
                            json_t *detail, const struct evidence *e,
                            struct buf *saw)
{
    if (strcmp(kind, "deactivate") == 0)
        return look_deactivate(e, saw);
    if (strcmp(kind, "invite") == 0)
        return look_invite(e, saw);
    if (strcmp(kind, "resend") == 0)
        return look_resend(detail, e, saw);
    return look_parts(t, kind, detail, e, saw);
}

bool fulfil_is_left(const json_t *detail)
{
    static const char *const lists[] = {"set", "clear", "join", "leave",
                                        "tickets"};
    bool any = false;
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        const json_t *part = json_object_get(detail, lists[i]);
        any = any || part != NULL;
        if (json_object_size(part) > 0 || json_array_size(part) > 0)
            return true;
    }
    return !any;
}
