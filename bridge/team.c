#include "bridge/team.h"

#include "bridge/manual.h"
#include "store/member.h"

#include <string.h>

/* The teams of a user. */
struct teams {
    json_t *list; /* owned; array of {"id","upstreamId","name"} */
    bool failed;
};

static bool add_team(const struct store_member *m, void *ctx)
{
    struct teams *out = ctx;
    if (m->upstream_id == NULL || m->kind == NULL ||
        strcmp(m->kind, "team") != 0)
        return true;
    json_t *team =
        json_pack("{s:s, s:s, s:s}", "id", m->id, "upstreamId", m->upstream_id,
                  "name", m->display != NULL ? m->display : m->upstream_id);
    out->failed = json_array_append_new(out->list, team) != 0;
    return !out->failed;
}

static bool teams_of(struct journey *j, struct teams *out)
{
    out->list = json_array();
    out->failed = out->list == NULL;
    if (!out->failed &&
        store_groups_of(j->db, j->row.n, add_team, out) != STORE_OK)
        return journey_database(j);
    return !out->failed || journey_memory(j);
}

static bool holds(const json_t *ids, const char *id)
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

/* Joins or leaves one; false: it has to be done by hand. */
static bool move(struct journey *j, const char *team, bool joins)
{
    struct up_error err = {0};
    json_t *who = json_pack("[s]", j->row.upstream_id);
    enum up_rc rc = up_members_change(
        j->t->up, &j->call, team, joins ? who : NULL, joins ? NULL : who, &err);
    json_decref(who);
    j->touched = j->touched || rc == UP_OK;
    return rc == UP_OK || (!joins && rc == UP_NOT_FOUND);
}

static bool move_all(struct journey *j, const json_t *teams, bool joins,
                     const json_t *known, bool made)
{
    json_t *names = json_array();
    size_t i;
    json_t *team;
    json_array_foreach (teams, i, team) {
        const char *id = json_string_value(json_object_get(team, "upstreamId"));
        if (joins && !made && (known == NULL || holds(known, id)))
            continue;
        if (!move(j, id, joins))
            (void)json_array_append(names, team);
    }
    if (json_array_size(names) == 0) {
        json_decref(names);
        return true;
    }
    json_t *facts = json_pack("{s:o}", joins ? "join" : "leave", names);
    return manual_task(j, "team", j->current, facts);
}

bool team_join_all(struct journey *j, const struct up_user *said, bool made)
{
    struct teams t = {0};
    bool ok = teams_of(j, &t) && move_all(j, t.list, true, said->teams, made);
    json_decref(t.list);
    return ok;
}

bool team_leave_all(struct journey *j)
{
    struct teams t = {0};
    bool ok = teams_of(j, &t) && move_all(j, t.list, false, NULL, false);
    json_decref(t.list);
    return ok;
}
