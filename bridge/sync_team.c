#include "bridge/sync_internal.h"

#include "bridge/claims.h"
#include "bridge/role_group.h"
#include "bridge/row.h"
#include "store/member.h"
#include "store/task.h"

#include <stdlib.h>
#include <string.h>

/* A team and its members, as listed; applied in a transaction of its own. */
struct listed_team {
    struct sync *s;
    struct up_team team;
    int64_t listed;  /* ms; before the helpdesk was asked */
    json_t *members; /* owned; upstream ids; NULL: the helpdesk has no list */
};

struct team_list {
    struct sync *s;
    int64_t listed; /* ms; before the helpdesk was asked for any of it */
    struct listed_team *teams;
    size_t count, cap;
};

static void team_list_clear(struct team_list *l)
{
    for (size_t i = 0; i < l->count; i++) {
        up_team_clear(&l->teams[i].team);
        json_decref(l->teams[i].members);
    }
    free(l->teams);
}

static bool keep_team(const struct up_team *team, void *ctx)
{
    struct team_list *l = ctx;
    if (!team->in_scope)
        return true;
    if (l->count == l->cap) {
        size_t cap = l->cap == 0 ? 32 : l->cap * 2;
        struct listed_team *teams = realloc(l->teams, cap * sizeof *teams);
        if (teams == NULL) {
            l->s->failed = true;
            return false;
        }
        l->teams = teams;
        l->cap = cap;
    }
    struct listed_team *to = &l->teams[l->count++];
    *to = (struct listed_team){.s = l->s, .team = *team, .listed = l->listed};
    to->team.id = strdup(team->id);
    to->team.identity = team->identity == NULL ? NULL : strdup(team->identity);
    to->team.group = json_incref(team->group);
    to->team.unknown = json_incref(team->unknown);
    to->team.members = NULL;
    to->members = json_incref(team->members);
    return to->team.id != NULL;
}

/* ---- members --------------------------------------------------------------
 */

struct membership {
    struct sync *s;
    struct store_db *db;
    int64_t group, now, listed;
    struct rowset upstream; /* rows that the helpdesk lists as members */
    int64_t *gone;          /* owned; members here that it does not list */
    size_t gone_count;
    json_t *wish; /* owned; detail of the group's open task; NULL: none */
    bool changed, failed;
};

/* A person still has to do this for the user of that SCIM id: meanwhile SCIM
 * shows what was wished. */
static bool awaits(const struct membership *w, const char *list, const char *id)
{
    size_t i;
    json_t *one;
    json_array_foreach (json_object_get(w->wish, list), i, one) {
        const char *is = json_string_value(json_object_get(one, "id"));
        if (is != NULL && strcmp(is, id) == 0)
            return true;
    }
    return false;
}

static bool find_wish(const struct store_task *task, void *ctx)
{
    struct membership *w = ctx;
    if (strcmp(task->kind, "team") == 0 && task->detail != NULL)
        w->wish = json_loads(task->detail, 0, NULL);
    return w->wish == NULL;
}

static bool is_gone(const struct store_member *m, void *ctx)
{
    struct membership *w = ctx;
    /* Whoever has no account there now cannot be listed, and stays. */
    if (m->upstream_id == NULL || rowset_has(&w->upstream, m->n))
        return true;
    int64_t *gone = realloc(w->gone, (w->gone_count + 1) * sizeof *gone);
    w->failed = gone == NULL;
    if (gone != NULL) {
        w->gone = gone;
        w->gone[w->gone_count++] = m->n;
    }
    return !w->failed;
}

/* A write came to the user after the list was made, and may have joined or
 * left teams: it knows better. The next sync compares again. */
static bool written_since(const struct membership *w,
                          const struct store_resource *user)
{
    return user->seen > w->listed;
}

static enum store_rc join(struct membership *w, const char *upstream_id)
{
    struct store_resource user = {0};
    bool changed = false;
    enum store_rc rc = store_resource_by_upstream(
        w->db, w->s->t->row, STORE_USER, upstream_id, &user);
    if (rc == STORE_OK &&
        (awaits(w, "leave", user.id) || written_since(w, &user))) {
        rc = rowset_add(&w->upstream, user.n) ? STORE_OK : STORE_FAILED;
    } else if (rc == STORE_OK && user.state != STORE_ERASED) {
        rc = store_member_add(w->db, w->group, user.n, w->now, &changed);
        if (rc == STORE_OK && !rowset_add(&w->upstream, user.n))
            rc = STORE_FAILED;
    }
    w->changed = w->changed || changed;
    store_resource_clear(&user);
    return rc == STORE_NONE ? STORE_OK : rc;
}

static bool is_team_task(const struct store_task *task, void *ctx)
{
    bool *found = ctx;
    *found = strcmp(task->kind, "team") == 0;
    return !*found;
}

/* A member whose row says tombstone was hidden by the helpdesk, not removed
 * from the team: its membership comes back with it. So does that of an inactive
 * one, where the helpdesk takes whom it deactivates out of the teams. */
static enum store_rc leave(struct membership *w, int64_t member)
{
    struct store_resource user = {0};
    bool changed = false, waits = false;
    enum store_rc rc = store_resource_get_row(w->db, member, &user);
    if (rc == STORE_OK) /* a person still has to add the user there */
        rc = store_task_of(w->db, member, is_team_task, &waits);
    waits = waits || awaits(w, "join", user.id) ||
            (!user.active && up_loses_teams(w->s->t->up));
    /* A write that is under way may be what took the user out. */
    if (rc == STORE_OK && user.state == STORE_LINKED && !waits &&
        !written_since(w, &user) && claims_try(w->s->t->claims, user.id)) {
        rc = store_member_remove(w->db, w->group, member, w->now, &changed);
        claims_drop(w->s->t->claims, user.id);
    }
    w->changed = w->changed || changed;
    store_resource_clear(&user);
    return rc;
}

static enum store_rc apply_members(const struct listed_team *l,
                                   struct store_db *db, int64_t group,
                                   bool *changed)
{
    const json_t *ids = l->members;
    struct membership w = {.s = l->s,
                           .db = db,
                           .group = group,
                           .listed = l->listed,
                           .now = clock_now(&l->s->t->bridge->clock)};
    enum store_rc rc = store_task_of(db, group, find_wish, &w);
    size_t i;
    json_t *id;
    json_array_foreach (ids, i, id) {
        if (rc == STORE_OK && json_is_string(id))
            rc = join(&w, json_string_value(id));
    }
    if (rc == STORE_OK)
        rc = store_members_of(db, group, is_gone, &w);
    for (size_t g = 0; rc == STORE_OK && g < w.gone_count; g++)
        rc = leave(&w, w.gone[g]);
    *changed = w.changed;
    json_decref(w.wish);
    free(w.gone);
    rowset_clear(&w.upstream);
    return w.failed ? STORE_FAILED : rc;
}

/* ---- one team -------------------------------------------------------------
 */

static enum store_rc store_team(struct listed_team *l, struct store_db *db,
                                struct store_resource *row)
{
    struct sync *s = l->s;
    int64_t now = clock_now(&s->t->bridge->clock);
    bool fresh = row->n == 0, changed = false, moved = false;
    char *display = row->display_key == NULL ? NULL : strdup(row->display_key);
    json_t *before = fresh ? json_pack("{s:[s], s:s}", "schemas",
                                       s->t->group->core->urn, "id", row->id)
                           : row_resource(s->t, db, row, false);
    json_t *after = before == NULL ? NULL
                                   : row_take_team(s->t, row, before, &l->team,
                                                   now, &changed);
    enum store_rc rc = STORE_FAILED;
    if (after != NULL && row_fill(s->t, row, after))
        rc = fresh || changed ? row_store(s->t, db, row, after, changed, now)
                              : STORE_OK;
    if (rc == STORE_OK && l->members != NULL)
        rc = apply_members(l, db, row->n, &moved);
    if (rc == STORE_OK && moved && !fresh)
        rc = store_member_touch_group(db, row->n, now);
    if (rc == STORE_OK && display != NULL && row->display_key != NULL &&
        strcmp(display, row->display_key) != 0)
        rc = store_member_group_renamed(db, row->n, now);
    if (rc == STORE_OK && (fresh || changed || moved))
        rc = sync_audit(s, db, fresh ? "sync.created" : "sync.changed", row->id,
                        fresh ? NULL : before, after, NULL);
    if (rc == STORE_OK && !rowset_add(&s->seen, row->n))
        rc = STORE_FAILED;
    s->run.created += rc == STORE_OK && fresh;
    s->run.changed += rc == STORE_OK && !fresh && (changed || moved);
    free(display);
    json_decref(before);
    json_decref(after);
    return rc;
}

/* A local group, or one being pushed, of the same name is the team's. */
static enum store_rc find_unlinked(struct listed_team *l, struct store_db *db,
                                   struct store_resource *row, bool *busy)
{
    struct sync *s = l->s;
    struct buf claim = {0};
    struct store_resource probe = {.type = STORE_GROUP};
    json_t *body = json_deep_copy(l->team.group);
    enum store_rc rc = STORE_FAILED;
    (void)json_object_set_new(body, "schemas", json_array());
    if (row_fill(s->t, &probe, body) && probe.display_key != NULL) {
        buf_fmt(&claim, "name:%s", probe.display_key);
        *busy = !buf_ok(&claim) || !claims_try(s->t->claims, claim.data);
        if (!*busy)
            claims_drop(s->t->claims, claim.data);
        rc = store_resource_by_name(db, s->t->row, STORE_GROUP,
                                    probe.display_key, row);
        if (rc == STORE_OK && row->upstream_id != NULL) {
            store_resource_clear(row);
            rc = STORE_NONE;
        }
        /* Its members have a role, whoever is in a team of that name. */
        if (rc == STORE_OK && row->kind != NULL &&
            strcmp(row->kind, "role") == 0)
            *busy = true;
    }
    buf_clear(&claim);
    json_decref(body);
    store_resource_clear(&probe);
    return rc;
}

static enum store_rc new_group(struct listed_team *l,
                               struct store_resource *row)
{
    *row = (struct store_resource){.target = l->s->t->row,
                                   .type = STORE_GROUP,
                                   .state = STORE_LINKED,
                                   .active = true};
    if (!id_new(&l->s->t->bridge->ids, row->id))
        return STORE_FAILED;
    row->kind = strdup("team");
    return row->kind == NULL ? STORE_FAILED : STORE_OK;
}

static enum store_rc apply_team(struct store_db *db, void *ctx)
{
    struct listed_team *l = ctx;
    struct store_resource row = {0};
    bool busy = false;
    enum store_rc rc = store_resource_by_upstream(db, l->s->t->row, STORE_GROUP,
                                                  l->team.id, &row);
    if (rc == STORE_NONE) {
        rc = find_unlinked(l, db, &row, &busy);
        if (rc == STORE_NONE && !busy)
            rc = new_group(l, &row);
    }
    if (rc == STORE_OK && !busy && row.state != STORE_ERASED &&
        row.seen < l->s->run.started && claims_try(l->s->t->claims, row.id)) {
        row.state = STORE_LINKED;
        rc = store_team(l, db, &row);
        claims_drop(l->s->t->claims, row.id);
    }
    store_resource_clear(&row);
    return busy ? STORE_OK : rc;
}

/* ---- teams that are gone --------------------------------------------------
 */

struct missing {
    struct sync *s;
    int64_t rows[64]; /* a run looks after this many; the next after more */
    size_t count;
};

static bool note_missing(const struct store_resource *row, void *ctx)
{
    struct missing *m = ctx;
    if (row->state == STORE_LINKED && row->upstream_id != NULL &&
        row->seen < m->s->run.started && !rowset_has(&m->s->seen, row->n) &&
        m->count < sizeof m->rows / sizeof m->rows[0])
        m->rows[m->count++] = row->n;
    return true;
}

struct gone_team {
    struct sync *s;
    int64_t n;
};

static enum store_rc erase_team(struct store_db *db, void *ctx)
{
    struct gone_team *g = ctx;
    struct store_resource row = {0};
    int64_t now = clock_now(&g->s->t->bridge->clock);
    enum store_rc rc = store_resource_get_row(db, g->n, &row);
    if (rc == STORE_OK && row.state == STORE_LINKED &&
        row.seen < g->s->run.started) {
        json_t *body = row_resource(g->s->t, db, &row, false);
        row.state = STORE_ERASED;
        rc = store_member_clear_group(db, row.n, now);
        if (rc == STORE_OK)
            rc = body == NULL ? STORE_FAILED
                              : row_store(g->s->t, db, &row, body, true, now);
        if (rc == STORE_OK)
            rc = sync_audit(g->s, db, "sync.vanished", row.id, body, NULL,
                            "The helpdesk no longer has this team.");
        json_decref(body);
        g->s->run.vanished += rc == STORE_OK;
    }
    store_resource_clear(&row);
    return rc;
}

/* Absent from the list is not enough: the team itself is asked for. */
static bool confirm_gone(struct sync *s, int64_t n)
{
    struct store_resource row = {0};
    struct up_call call = {.background = true, .stop = &s->t->bridge->stopping};
    struct up_team team = {0};
    struct up_error err = {0};
    bool ok = true;
    if (store_resource_get_row(s->db, n, &row) == STORE_OK &&
        up_team_get(s->t->up, &call, row.upstream_id, &team, &err) ==
            UP_NOT_FOUND) {
        struct gone_team g = {.s = s, .n = n};
        ok = store_write(s->t->bridge->store, erase_team, &g, &s->err) ==
             STORE_OK;
    }
    up_team_clear(&team);
    store_resource_clear(&row);
    return ok;
}

/* ---- groups that stand for a role ------------------------------------------
 */

/* The configuration may have changed since a group was written. */
static bool note_kind(const struct store_resource *row, void *ctx)
{
    struct missing *m = ctx;
    if (row->state != STORE_LINKED || row->kind == NULL ||
        strcmp(row->kind, "team") == 0)
        return true;
    json_t *body = json_loads(row->body, 0, NULL);
    if (strcmp(row->kind, role_group_kind(m->s->t, body)) != 0 &&
        m->count < sizeof m->rows / sizeof m->rows[0])
        m->rows[m->count++] = row->n;
    json_decref(body);
    return true;
}

static enum store_rc set_kind(struct store_db *db, void *ctx)
{
    struct gone_team *g = ctx;
    struct store_resource row = {0};
    enum store_rc rc = store_resource_get_row(db, g->n, &row);
    if (rc == STORE_OK && row.state == STORE_LINKED && row.kind != NULL &&
        claims_try(g->s->t->claims, row.id)) {
        json_t *body = row_resource(g->s->t, db, &row, false);
        free(row.kind);
        row.kind = strdup(role_group_kind(g->s->t, body));
        rc = body == NULL || row.kind == NULL
                 ? STORE_FAILED
                 : row_store(g->s->t, db, &row, body, true,
                             clock_now(&g->s->t->bridge->clock));
        claims_drop(g->s->t->claims, row.id);
        json_decref(body);
    }
    store_resource_clear(&row);
    return rc;
}

static bool settle_kinds(struct sync *s)
{
    struct missing m = {.s = s};
    bool ok = store_resource_all(s->db, s->t->row, STORE_GROUP, note_kind,
                                 &m) == STORE_OK;
    for (size_t i = 0; ok && i < m.count; i++) {
        struct gone_team g = {.s = s, .n = m.rows[i]};
        ok =
            store_write(s->t->bridge->store, set_kind, &g, &s->err) == STORE_OK;
    }
    return ok;
}

/* ---- all ------------------------------------------------------------------
 */

static bool read_members(struct sync *s, struct listed_team *l)
{
    struct up_call call = {.background = true, .stop = &s->t->bridge->stopping};
    struct up_error err = {0};
    if (l->members != NULL)
        return true;
    enum up_rc rc = up_members(s->t->up, &call, l->team.id, &l->members, &err);
    if (rc == UP_OK || rc == UP_UNSUPPORTED || rc == UP_NOT_FOUND)
        return true;
    error_set(&s->err, "The members of a team could not be listed: %s",
              err.detail);
    return false;
}

/* For comparing the open tasks with, once all is stored. */
static bool keep_for_tasks(struct sync *s, const struct team_list *l)
{
    if (s->watched_count == 0)
        return true;
    s->teams = json_object();
    s->groups = json_object();
    for (size_t i = 0; i < l->count; i++) {
        const struct listed_team *one = &l->teams[i];
        if (json_object_set(s->groups, one->team.id, one->team.group) != 0 ||
            (one->members != NULL &&
             json_object_set(s->teams, one->team.id, one->members) != 0))
            return false;
    }
    return s->teams != NULL && s->groups != NULL;
}

static bool apply_all(struct sync *s, struct team_list *l)
{
    struct missing m = {.s = s};
    for (size_t i = 0; i < l->count; i++)
        if (!read_members(s, &l->teams[i]))
            return false;
    if (!keep_for_tasks(s, l))
        return false;
    for (size_t i = 0; i < l->count; i++)
        if (store_write(s->t->bridge->store, apply_team, &l->teams[i],
                        &s->err) != STORE_OK)
            return false;
    if (store_resource_all(s->db, s->t->row, STORE_GROUP, note_missing, &m) !=
        STORE_OK)
        return false;
    for (size_t i = 0; i < m.count; i++)
        if (!confirm_gone(s, m.rows[i]))
            return false;
    return true;
}

bool sync_teams(struct sync *s)
{
    struct team_list l = {.s = s, .listed = clock_now(&s->t->bridge->clock)};
    struct up_call call = {.background = true, .stop = &s->t->bridge->stopping};
    struct up_error err = {0};
    enum up_rc rc = up_teams_list(s->t->up, &call, keep_team, &l, &err);
    bool ok = rc == UP_UNSUPPORTED;
    if (rc == UP_OK)
        ok = !s->failed && apply_all(s, &l);
    else if (!ok)
        error_set(&s->err, "The teams could not be listed: %s", err.detail);
    ok = ok && settle_kinds(s);
    if (!ok && s->err.text[0] == '\0')
        error_set(&s->err, "The teams could not be stored.");
    team_list_clear(&l);
    return ok;
}
