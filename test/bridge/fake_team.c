#include "test/bridge/fake_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- calls about teams --------------------------------------------------- */

static void tell_team(const char *id, const json_t *record, struct up_team *out)
{
    *out = (struct up_team){.id = strdup(id), .in_scope = true, .full = true};
    out->group = json_deep_copy(json_object_get(record, "group"));
}

enum up_rc up_teams_list(struct provider *p, struct up_call *call,
                         up_each_team *each, void *ctx, struct up_error *err)
{
    struct turn t = fake_begin(p, call, "teams.list", NULL, err);
    const char *id;
    json_t *record;
    bool more = t.run;
    json_object_foreach (fake_part(p, "teams"), id, record) {
        struct up_team one_team = {0};
        if (!more)
            continue;
        tell_team(id, record, &one_team);
        more = each(&one_team, ctx);
        up_team_clear(&one_team);
    }
    return fake_end(&t, UP_OK, err);
}

enum up_rc up_team_get(struct provider *p, struct up_call *call, const char *id,
                       struct up_team *out, struct up_error *err)
{
    struct turn t = fake_begin(p, call, "team.get", id, err);
    json_t *record = json_object_get(fake_part(p, "teams"), id);
    *out = (struct up_team){0};
    if (t.rc == UP_OK && record != NULL)
        tell_team(id, record, out);
    return fake_end(&t, record != NULL ? UP_OK : UP_NOT_FOUND, err);
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
    struct turn t = fake_begin(p, call, "team.create", NULL, err);
    char id[16];
    *out = (struct up_team){0};
    if (!fake_option(p, "teams", true))
        return fake_end(&t, UP_UNSUPPORTED, err);
    if (t.run) {
        json_t *record =
            json_pack("{s:o, s:[]}", "group", team_map(group), "members");
        (void)json_object_set_new(fake_part(p, "teams"), fake_new_id(p, id),
                                  record);
        if (t.rc == UP_OK)
            tell_team(id, record, out);
    }
    return fake_end(&t, UP_OK, err);
}

enum up_rc up_team_update(struct provider *p, struct up_call *call,
                          const char *id, const json_t *before,
                          const json_t *after, struct up_team *out,
                          struct up_error *err)
{
    struct turn t = fake_begin(p, call, "team.update", id, err);
    json_t *record = json_object_get(fake_part(p, "teams"), id);
    (void)before;
    *out = (struct up_team){0};
    if (!fake_option(p, "teams", true))
        return fake_end(&t, UP_UNSUPPORTED, err);
    if (record != NULL && t.run) {
        (void)json_object_set_new(record, "group", team_map(after));
        if (t.rc == UP_OK)
            tell_team(id, record, out);
    }
    return fake_end(&t, record != NULL ? UP_OK : UP_NOT_FOUND, err);
}

enum up_rc up_team_delete(struct provider *p, struct up_call *call,
                          const char *id, struct up_error *err)
{
    struct turn t = fake_begin(p, call, "team.delete", id, err);
    json_t *record = json_object_get(fake_part(p, "teams"), id);
    if (!fake_option(p, "teams", true))
        return fake_end(&t, UP_UNSUPPORTED, err);
    if (record != NULL && t.run)
        (void)json_object_del(fake_part(p, "teams"), id);
    return fake_end(&t, record != NULL ? UP_OK : UP_NOT_FOUND, err);
}

enum up_rc up_members(struct provider *p, struct up_call *call, const char *id,
                      json_t **ids, struct up_error *err)
{
    struct turn t = fake_begin(p, call, "members", id, err);
    json_t *record = json_object_get(fake_part(p, "teams"), id);
    *ids = NULL;
    if (t.rc == UP_OK && record != NULL)
        *ids = json_deep_copy(json_object_get(record, "members"));
    return fake_end(&t, record != NULL ? UP_OK : UP_NOT_FOUND, err);
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
        if (fake_record(p, json_string_value(id)) == NULL) {
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
    struct turn t = fake_begin(p, call, "members.change", id, err);
    json_t *record = json_object_get(fake_part(p, "teams"), id);
    enum up_rc rc = record == NULL ? UP_NOT_FOUND : UP_OK;
    if (!fake_option(p, "members", true))
        return fake_end(&t, UP_UNSUPPORTED, err);
    if (rc == UP_OK && t.run)
        rc = change_members(p, json_object_get(record, "members"), add, drop,
                            err);
    return fake_end(&t, rc, err);
}

/* ---- calls about tickets ------------------------------------------------- */

enum up_rc up_tickets_open(struct provider *p, struct up_call *call,
                           const char *id, json_t **tickets,
                           struct up_error *err)
{
    struct turn t = fake_begin(p, call, "tickets.open", id, err);
    const char *ticket;
    json_t *owner;
    *tickets = t.rc == UP_OK ? json_array() : NULL;
    json_object_foreach (fake_part(p, "tickets"), ticket, owner) {
        if (strcmp(json_string_value(owner), id) == 0)
            (void)json_array_append_new(*tickets, json_string(ticket));
    }
    return fake_end(&t, UP_OK, err);
}

size_t up_tickets_batch(const struct provider *p, enum up_heir heir)
{
    (void)heir;
    return fake_option(p, "each", false) ? 1 : 2;
}

/* Who had it before, for those who look for what went to two people. */
static void note_move(struct provider *p, const char *ticket, const char *to)
{
    json_t *moves = fake_part(p, "moves");
    json_t *mine = json_object_get(moves, ticket);
    if (moves == NULL) {
        moves = json_object();
        (void)json_object_set_new(p->world, "moves", moves);
    }
    if (mine == NULL) {
        mine = json_object();
        (void)json_object_set_new(moves, ticket, mine);
    }
    (void)json_object_set_new(mine, to, json_true());
}

/* A ticket whose name begins with x may be no user's; with l, the answer is a
 * lie: nothing is done. */
enum up_rc up_tickets_assign(struct provider *p, struct up_call *call,
                             const char *leaver, const json_t *tickets,
                             enum up_heir heir, const char *to, json_t **left,
                             struct up_error *err)
{
    struct turn t = fake_begin(p, call, "tickets.assign", to, err);
    size_t i;
    json_t *ticket;
    (void)leaver;
    *left = t.rc == UP_OK ? json_array() : NULL;
    json_array_foreach (tickets, i, ticket) {
        const char *id = json_string_value(ticket);
        bool refused = id[0] == 'x' && heir == UP_HEIR_USER;
        if (refused)
            (void)json_array_append(*left, ticket);
        else if (t.run && id[0] != 'l') {
            const char *owner = to != NULL ? to : "nobody";
            note_move(p, id, owner);
            (void)json_object_set_new(fake_part(p, "tickets"), id,
                                      json_string(owner));
        }
    }
    if (json_array_size(*left) > 0)
        (void)snprintf(err->detail, sizeof err->detail, "Not for a user.");
    enum up_rc rc = fake_end(&t, UP_OK, err);
    return rc;
}
