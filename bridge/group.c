#include "bridge/group.h"

#include "base/fold.h"
#include "bridge/outcome.h"
#include "bridge/row.h"
#include "store/member.h"

#include <stdlib.h>
#include <string.h>

#define SETTLE_MS 3000

bool group_take(struct journey *j, const json_t *resource,
                const struct up_team *said)
{
    bool changed = false;
    json_decref(j->result.resource);
    j->result.resource =
        said->id == NULL
            ? json_deep_copy(resource)
            : row_take_team(j->t, &j->row, resource, said, j->now, &changed);
    return j->result.resource != NULL || journey_memory(j);
}

bool group_erase(struct journey *j)
{
    if (j->result.resource == NULL)
        j->result.resource = json_deep_copy(j->current);
    j->row.state = STORE_ERASED;
    j->row.active = false;
    j->result.alone = true;
    j->result.changed = true;
    return (j->result.resource != NULL || journey_memory(j)) &&
           journey_task_end(j, "*", "withdrawn");
}

/* ---- a team by its name -------------------------------------------------- */

struct scan {
    const char *name;
    struct journey *j;
    char *id; /* owned */
};

static bool is_free(struct journey *j, const char *upstream_id)
{
    struct store_resource owner = {0};
    enum store_rc rc = store_resource_by_upstream(j->db, j->t->row, STORE_GROUP,
                                                  upstream_id, &owner);
    bool erased = rc == STORE_OK && owner.state == STORE_ERASED;
    if (erased)
        j->result.released = owner.n;
    store_resource_clear(&owner);
    return rc == STORE_NONE || erased;
}

static bool scan_team(const struct up_team *t, void *ctx)
{
    struct scan *s = ctx;
    const char *name =
        json_string_value(json_object_get(t->group, "displayName"));
    if (name != NULL && fold_equal(name, s->name) && is_free(s->j, t->id))
        s->id = strdup(t->id);
    return s->id == NULL;
}

enum up_rc group_find_team(struct journey *j, struct up_team *out)
{
    const json_t *name = json_object_get(j->desired, "displayName");
    struct scan s = {.name = json_string_value(name), .j = j};
    if (s.name == NULL)
        return UP_NOT_FOUND;
    enum up_rc rc = up_teams_list(j->t->up, &j->call, scan_team, &s, &j->up);
    if (rc == UP_OK)
        rc = s.id == NULL ? UP_NOT_FOUND
                          : up_team_get(j->t->up, &j->call, s.id, out, &j->up);
    free(s.id);
    return rc;
}

/* ---- what is really there ------------------------------------------------ */

/* A linked user of the mirror by its upstream id; 0: none. */
static int64_t user_row(struct journey *j, const char *upstream_id)
{
    struct store_resource row = {0};
    int64_t n = 0;
    if (store_resource_by_upstream(j->db, j->t->row, STORE_USER, upstream_id,
                                   &row) == STORE_OK &&
        row.state == STORE_LINKED)
        n = row.n;
    store_resource_clear(&row);
    return n;
}

struct differing {
    struct journey *j;
    json_t *there; /* row numbers that the team has, as keys */
};

static bool note_leaver(const struct store_member *m, void *ctx)
{
    struct differing *d = ctx;
    char key[24];
    (void)snprintf(key, sizeof key, "%lld", (long long)m->n);
    if (m->upstream_id == NULL || json_object_get(d->there, key) != NULL)
        return true;
    /* Only the linked have an account that the team could hold. */
    if (user_row(d->j, m->upstream_id) != m->n)
        return true;
    return json_array_append_new(d->j->result.leaves, json_integer(m->n)) == 0;
}

static bool mirror_members(struct journey *j, const json_t *ids)
{
    struct differing d = {.j = j, .there = json_object()};
    json_decref(j->result.joins);
    json_decref(j->result.leaves);
    j->result.joins = json_array();
    j->result.leaves = json_array();
    size_t i;
    json_t *id;
    json_array_foreach (ids, i, id) {
        int64_t n = user_row(j, json_string_value(id));
        char key[24];
        if (n == 0)
            continue;
        (void)snprintf(key, sizeof key, "%lld", (long long)n);
        (void)json_object_set_new(d.there, key, json_true());
        (void)json_array_append_new(j->result.joins, json_integer(n));
    }
    bool ok =
        d.there != NULL && j->result.joins != NULL && j->result.leaves != NULL;
    ok = ok || journey_memory(j);
    if (ok && j->row.n != 0 &&
        store_members_of(j->db, j->row.n, note_leaver, &d) != STORE_OK)
        ok = journey_database(j);
    json_decref(d.there);
    return ok;
}

static json_t *before(const struct journey *j)
{
    if (j->current != NULL)
        return json_deep_copy(j->current);
    return json_pack("{s:[s], s:s, s:O}", "schemas", j->t->group->core->urn,
                     "id", j->row.id, "displayName",
                     json_object_get(j->desired, "displayName"));
}

static bool mirror_team(struct journey *j, const struct up_team *said)
{
    json_t *was = before(j), *ids = json_incref(said->members);
    bool ok = was != NULL || journey_memory(j);
    ok = ok && group_take(j, was, said);
    if (ok && ids == NULL) {
        enum up_rc rc = up_members(j->t->up, &j->call, said->id, &ids, &j->up);
        if (rc != UP_OK && rc != UP_UNSUPPORTED)
            ok = journey_fail(j, rc, "reading the team's members again");
    }
    if (ok && ids != NULL)
        ok = mirror_members(j, ids);
    j->result.changed = true;
    j->result.renamed = true;
    json_decref(was);
    json_decref(ids);
    return ok && journey_commit(j);
}

bool group_mirror(struct journey *j, const char *upstream_id)
{
    struct up_team said = {0};
    enum up_rc rc = UP_NOT_FOUND;
    bool ok = true;
    if (upstream_id != NULL)
        rc = up_team_get(j->t->up, &j->call, upstream_id, &said, &j->up);
    else if (j->row.n == 0)
        rc = group_find_team(j, &said);
    if (rc == UP_OK)
        ok = mirror_team(j, &said);
    else if (rc == UP_NOT_FOUND && j->row.n != 0)
        ok = group_erase(j) && journey_commit(j);
    else if (rc == UP_NOT_FOUND || rc == UP_UNSUPPORTED)
        (void)journey_refuse(j); /* it was not made after all */
    else
        ok = journey_fail(j, rc, "reading the team again");
    up_team_clear(&said);
    return ok;
}

bool group_settle(struct journey *j, const char *upstream_id)
{
    struct scim_error why = j->err;
    bool gone = j->up.rc == UP_NOT_FOUND && j->row.n != 0;
    if (!j->touched && !gone && outcome_harmless(j->up.rc, &j->up))
        return journey_refuse(j);
    if (j->up.rc == UP_UNKNOWN)
        return false;
    j->call.deadline_ms = clock_span_ms() + SETTLE_MS;
    j->result.outcome = "failed";
    j->result.note = why.detail;
    (void)group_mirror(j, upstream_id);
    j->err = why;
    return false;
}
