#include "bridge/sync_internal.h"

#include "bridge/claims.h"
#include "bridge/invitation.h"
#include "bridge/row.h"
#include "store/listed.h"
#include "store/task.h"
#include "store/tombstone.h"

#include "base/fold.h"

#include <stdlib.h>
#include <string.h>

/* ---- before the transaction: what is unchanged costs nothing --------------
 */

/* json_dump_callback: goes along a text while it is equal. */
static int go_along(const char *piece, size_t len, void *ctx)
{
    const char **at = ctx;
    if (strncmp(*at, piece, len) != 0)
        return -1;
    *at += len;
    return 0;
}

/* True when the user is word for word what the row remembers: nearly all are,
 * and this parses nothing. False proves nothing. */
static bool same_words(const struct store_resource *row,
                       const struct up_user *u)
{
    const char *at = row->upstream;
    json_t *now = row_said(u);
    bool same = now != NULL &&
                json_dump_callback(now, go_along, &at, ROW_SAID_FORM) == 0 &&
                *at == '\0';
    json_decref(now);
    return same;
}

/* True when the row already shows what the helpdesk says. */
static bool unchanged(const struct store_resource *row, const struct up_user *u)
{
    if (row->state != STORE_LINKED || row->upstream == NULL)
        return false;
    if (u->role != NULL &&
        (row->role == NULL || strcmp(u->role, row->role) != 0))
        return false;
    if (u->roleless && u->state != UP_INACTIVE && row->role != NULL)
        return false;
    if (u->identity != NULL &&
        (row->identity == NULL || strcmp(u->identity, row->identity) != 0))
        return false;
    if (u->state == UP_PENDING || invitation_waits(row))
        return false;
    if (same_words(row, u))
        return true;
    json_t *last = json_loads(row->upstream, 0, NULL);
    (void)json_object_del(last, "roles");
    bool same = last != NULL;
    const char *key;
    json_t *value;
    json_object_foreach (u->user, key, value) {
        const json_t *was = json_object_get(last, key);
        same = same && was != NULL && json_equal(value, was) != 0;
    }
    same = same &&
           (!u->full || json_object_size(last) == json_object_size(u->user));
    json_decref(last);
    return same;
}

bool sync_user_copy(struct up_user *copy, const struct up_user *u)
{
    *copy = *u;
    copy->id = strdup(u->id);
    copy->role = u->role == NULL ? NULL : strdup(u->role);
    copy->identity = u->identity == NULL ? NULL : strdup(u->identity);
    copy->user = json_incref(u->user);
    copy->unknown = json_incref(u->unknown);
    copy->teams = json_incref(u->teams);
    copy->snapshot = json_incref(u->snapshot);
    return copy->id != NULL;
}

static bool keep(struct sync *s, const struct up_user *u)
{
    return sync_user_copy(&s->batch[s->batch_count++], u);
}

bool sync_user_known(const char *id, struct siphash digest, void *ctx)
{
    struct sync *s = ctx;
    int64_t n = 0;
    if (store_listed_find(s->db, s->t->row, id, digest, &n) != STORE_OK ||
        sync_tasks_watched(s, n))
        return false;
    s->run.seen++;
    s->failed = s->failed || !rowset_add(&s->seen, n);
    return true;
}

bool sync_user_each(const struct up_user *u, void *ctx)
{
    struct sync *s = ctx;
    struct store_resource row = {0};
    s->run.seen++;
    enum store_rc rc =
        store_resource_by_upstream(s->db, s->t->row, STORE_USER, u->id, &row);
    bool skip = false;
    if (rc == STORE_OK) {
        s->failed =
            !rowset_add(&s->seen, row.n) || !sync_tasks_see(s, row.n, u);
        /* The digest of one that is unchanged must be kept. */
        skip = u->in_scope && !u->digested && unchanged(&row, u);
    } else if (rc == STORE_NONE) {
        skip = !u->in_scope;
    } else {
        s->failed = true;
        error_set(&s->err, "The mirror could not be read: %s",
                  store_db_error(s->db));
    }
    store_resource_clear(&row);
    if (s->failed || skip)
        return !s->failed;
    s->failed = !keep(s, u);
    if (!s->failed && s->batch_count == SYNC_BATCH)
        (void)sync_user_flush(s);
    return !s->failed;
}

/* ---- inside the transaction -----------------------------------------------
 */

static json_t *resource_of_new(const struct bridge_target *t,
                               const struct store_resource *row)
{
    return json_pack("{s:[s], s:s, s:b}", "schemas", t->user->core->urn, "id",
                     row->id, "active", 1);
}

static int64_t created_of(const struct up_user *u, int64_t now)
{
    const char *text = json_string_value(
        json_object_get(json_object_get(u->user, "meta"), "created"));
    int64_t at = 0;
    return text != NULL && clock_parse(text, strlen(text), &at) && at < now
               ? at
               : now;
}

/* A record without userName shows its e-mail as one. */
static bool ensure_user_name(json_t *resource)
{
    if (json_object_get(resource, "userName") != NULL)
        return true;
    json_t *email = json_array_get(json_object_get(resource, "emails"), 0);
    json_t *value = json_object_get(email, "value");
    return value != NULL && json_object_set(resource, "userName", value) == 0;
}

/* What a record does to a row: the resource before and after. */
struct taking {
    json_t *before, *after;
    bool fresh, changed, quiet; /* quiet: nothing to write at all */
};

/* A tombstone is shown inactive, which the helpdesk never said of it: so its
 * return is no change of what the helpdesk says, and must be seen here. */
static bool wake(struct taking *k, const struct up_user *u)
{
    bool active =
        u->in_scope && (u->state == UP_ACTIVE || u->state == UP_PENDING);
    k->changed = true;
    return json_object_set_new(k->after, "active", json_boolean(active)) == 0;
}

static bool lay_over(struct sync *s, struct store_db *db,
                     struct store_resource *row, const struct up_user *u,
                     struct taking *k)
{
    struct bridge_target *t = s->t;
    char *said = row->upstream == NULL ? NULL : strdup(row->upstream);
    k->fresh = row->n == 0;
    k->before =
        k->fresh ? resource_of_new(t, row) : row_resource(t, db, row, false);
    if (k->before != NULL)
        k->after = row_take_user(t, row, k->before, u,
                                 clock_now(&t->bridge->clock), &k->changed);
    bool ok = k->after != NULL &&
              (u->in_scope ||
               json_object_set_new(k->after, "active", json_false()) == 0) &&
              ensure_user_name(k->after) &&
              (row->state != STORE_TOMBSTONE || wake(k, u));
    k->quiet = ok && !k->fresh && said != NULL &&
               strcmp(said, row->upstream) == 0 &&
               json_equal(k->before, k->after) != 0;
    free(said);
    return ok;
}

/* The row holds all that the record says: from now on, such a record is known.
 * What `unchanged` asks is true of a row that has just taken it. */
static enum store_rc note_listed(struct store_db *db,
                                 const struct store_resource *row,
                                 const struct up_user *u)
{
    if (!u->digested || !u->in_scope || u->state == UP_PENDING ||
        row->state != STORE_LINKED || row->upstream == NULL)
        return STORE_OK;
    return store_listed_put(db, row->n, u->digest);
}

/* Lays the record over the row and stores it. */
static enum store_rc take(struct sync *s, struct store_db *db,
                          struct store_resource *row, const struct up_user *u,
                          const char *action)
{
    struct taking k = {0};
    int64_t now = clock_now(&s->t->bridge->clock);
    enum store_rc rc = STORE_FAILED;
    bool ok = lay_over(s, db, row, u, &k);
    row->state = STORE_LINKED;
    if (ok && k.quiet && action == NULL)
        rc = STORE_OK;
    else if (ok && row_fill(s->t, row, k.after))
        rc = row_store(s->t, db, row, k.after, k.changed, now);
    if (rc == STORE_OK && (k.changed || action != NULL))
        rc = sync_audit(s, db, action != NULL ? action : "sync.changed",
                        row->id, k.fresh ? NULL : k.before, k.after, NULL);
    if (rc == STORE_OK && !rowset_add(&s->seen, row->n))
        rc = STORE_FAILED;
    if (rc == STORE_OK && u->state == UP_PENDING && row->active && ok) {
        struct invitation i = invitation_of(k.after);
        if (invitation_expired(&i, now) && !i.given_up &&
            !rowset_add(&s->expired, row->n))
            rc = STORE_FAILED;
    }
    if (rc == STORE_OK)
        rc = note_listed(db, row, u);
    s->run.changed += rc == STORE_OK && k.changed && action == NULL;
    json_decref(k.before);
    json_decref(k.after);
    return rc;
}

static enum store_rc take_row(struct sync *s, struct store_db *db,
                              struct store_resource *row,
                              const struct up_user *u)
{
    int64_t now = clock_now(&s->t->bridge->clock);
    enum store_rc rc = STORE_OK;
    const char *action = NULL;
    if (row->state == STORE_TOMBSTONE) {
        rc = store_tombstone_revive(db, row->n, now);
        action = "sync.revived";
        s->run.revived++;
    } else if (row->state == STORE_WAITING) {
        rc = store_task_close_kind(db, row->n, "invite", "done", "sync", now);
        action = "sync.linked";
    } else if (!row->active && u->state == UP_ACTIVE) {
        /* Reactivated by hand: what was told of its end is over. */
        rc = store_tombstone_revive(db, row->n, now);
    }
    bool waited = row->state == STORE_WAITING;
    if (rc == STORE_OK)
        rc = take(s, db, row, u, action);
    return rc == STORE_OK && waited ? sync_user_role(s, db, row) : rc;
}

static enum store_rc create(struct sync *s, struct store_db *db,
                            const struct up_user *u)
{
    struct store_resource row = {.target = s->t->row,
                                 .type = STORE_USER,
                                 .state = STORE_LINKED,
                                 .active = true};
    row.created = created_of(u, clock_now(&s->t->bridge->clock));
    enum store_rc rc = STORE_FAILED;
    if (id_new(&s->t->bridge->ids, row.id))
        rc = take(s, db, &row, u, "sync.created");
    s->run.created += rc == STORE_OK;
    store_resource_clear(&row);
    return rc;
}

/* Two upstream accounts that would be one SCIM user: the first keeps it. */
static enum store_rc report_clash(struct sync *s, const struct up_user *u)
{
    log_line(s->t->bridge->log, LOG_WARN, "sync.clash", "target", s->t->name,
             "upstream_id", u->id, "detail",
             "another account already stands for this user name or e-mail",
             (char *)NULL);
    return STORE_OK;
}

/* A create over SCIM of the same person may be under way. */
static bool being_created(const struct bridge_target *t, const char *key)
{
    struct buf claim = {0};
    if (key == NULL)
        return false;
    buf_fmt(&claim, "match:%s", key);
    bool busy = !buf_ok(&claim) || !claims_try(t->claims, claim.data);
    if (!busy)
        claims_drop(t->claims, claim.data);
    buf_clear(&claim);
    return busy;
}

/* An upstream user that no row stands for by its upstream id. */
static enum store_rc link_unknown(struct sync *s, struct store_db *db,
                                  const struct up_user *u)
{
    struct store_resource row = {0};
    char *key = row_match_key(s->t, u->user);
    enum store_rc rc = STORE_OK;
    if (!being_created(s->t, key)) {
        rc = key == NULL
                 ? STORE_NONE
                 : store_resource_by_match(db, s->t->row, key, false, &row);
        if (rc == STORE_NONE)
            rc = create(s, db, u);
        else if (rc == STORE_OK && row.state == STORE_LINKED)
            rc = report_clash(s, u);
        else if (rc == STORE_OK)
            rc = take_row(s, db, &row, u);
        if (rc == STORE_CLASH)
            rc = report_clash(s, u);
    }
    free(key);
    store_resource_clear(&row);
    return rc;
}

/* The upstream id was given to somebody else: the old resource stays readable,
 * inactive, and lets go of the id for ever. */
static enum store_rc bury(struct sync *s, struct store_db *db,
                          struct store_resource *row)
{
    enum store_rc rc =
        row->state == STORE_ERASED ? STORE_OK : sync_user_vanish(s, db, row);
    if (rc != STORE_OK)
        return rc;
    free(row->upstream_id);
    row->upstream_id = NULL;
    free(row->match_key);
    row->match_key = NULL;
    json_t *body = row_resource(s->t, db, row, false);
    rc = body == NULL ? STORE_FAILED
                      : row_store(s->t, db, row, body, true,
                                  clock_now(&s->t->bridge->clock));
    json_decref(body);
    return rc;
}

static bool other_person(const struct store_resource *row,
                         const struct up_user *u)
{
    return row->identity != NULL && u->identity != NULL &&
           strcmp(row->identity, u->identity) != 0;
}

/* SCIM deleted this user; the account is only shown again when a person
 * reactivated it in the helpdesk: as a new resource. */
static enum store_rc after_erasure(struct sync *s, struct store_db *db,
                                   struct store_resource *row,
                                   const struct up_user *u)
{
    json_t *last =
        row->upstream == NULL ? NULL : json_loads(row->upstream, 0, NULL);
    bool was_inactive = json_is_false(json_object_get(last, "active"));
    json_decref(last);
    if (!was_inactive || u->state == UP_INACTIVE || !u->in_scope)
        return STORE_OK;
    enum store_rc rc = bury(s, db, row);
    return rc == STORE_OK ? link_unknown(s, db, u) : rc;
}

/* The row of an upstream id, as it is inside the transaction. */
static enum store_rc apply_known(struct sync *s, struct store_db *db,
                                 struct store_resource *row,
                                 const struct up_user *u)
{
    if (other_person(row, u)) {
        enum store_rc rc = bury(s, db, row);
        return rc == STORE_OK ? link_unknown(s, db, u) : rc;
    }
    if (row->state == STORE_ERASED)
        return after_erasure(s, db, row, u);
    /* Written since the listing began, or being written: it knows better. */
    if (row->seen >= s->run.started || !claims_try(s->t->claims, row->id)) {
        sync_tasks_forget(s, row->n);
        return STORE_OK;
    }
    enum store_rc rc = u->in_scope && unchanged(row, u)
                           ? note_listed(db, row, u)
                           : take_row(s, db, row, u);
    claims_drop(s->t->claims, row->id);
    return rc;
}

static enum store_rc apply(struct sync *s, struct store_db *db,
                           const struct up_user *u)
{
    struct store_resource row = {0};
    enum store_rc rc =
        store_resource_by_upstream(db, s->t->row, STORE_USER, u->id, &row);
    if (rc == STORE_OK)
        rc = apply_known(s, db, &row, u);
    else if (rc == STORE_NONE)
        rc = u->in_scope ? link_unknown(s, db, u) : STORE_OK;
    store_resource_clear(&row);
    return rc;
}

static enum store_rc apply_batch(struct store_db *db, void *ctx)
{
    struct sync *s = ctx;
    enum store_rc rc = STORE_OK;
    for (size_t i = 0; rc == STORE_OK && i < s->batch_count; i++)
        rc = apply(s, db, &s->batch[i]);
    return rc;
}

bool sync_user_flush(struct sync *s)
{
    if (s->batch_count > 0 && !s->failed &&
        store_write(s->t->bridge->store, apply_batch, s, &s->err) != STORE_OK) {
        s->failed = true;
        if (s->err.text[0] == '\0')
            error_set(&s->err, "What the helpdesk said could not be stored.");
    }
    for (size_t i = 0; i < s->batch_count; i++)
        up_user_clear(&s->batch[i]);
    s->batch_count = 0;
    return !s->failed;
}

/* ---- gone -----------------------------------------------------------------
 */

enum store_rc sync_user_vanish(struct sync *s, struct store_db *db,
                               struct store_resource *row)
{
    struct bridge_target *t = s->t;
    int64_t now = clock_now(&t->bridge->clock);
    struct store_tombstone dead = {.resource = row->n,
                                   .upstream_id = row->upstream_id,
                                   .snapshot = row->upstream,
                                   .reason =
                                       row->active ? "vanished" : "deactivated",
                                   .since = now};
    json_t *before = row_resource(t, db, row, false);
    json_t *after = json_deep_copy(before);
    enum store_rc rc = STORE_FAILED;
    if (after != NULL &&
        json_object_set_new(after, "active", json_false()) == 0)
        rc = row->state == STORE_TOMBSTONE ? STORE_OK
                                           : store_tombstone_add(db, &dead);
    if (rc == STORE_OK) /* who asked a person for this has got it */
        rc = store_task_close_kind(db, row->n, "deactivate", "done", "sync",
                                   now);
    row->state = STORE_TOMBSTONE;
    if (rc == STORE_OK)
        rc = row_fill(t, row, after) ? row_store(t, db, row, after, true, now)
                                     : STORE_FAILED;
    if (rc == STORE_OK)
        rc = sync_audit(s, db, "sync.vanished", row->id, before, after,
                        "The helpdesk no longer has this user.");
    s->run.vanished += rc == STORE_OK;
    json_decref(before);
    json_decref(after);
    return rc;
}
