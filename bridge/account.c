#include "bridge/account.h"

#include "base/fold.h"
#include "bridge/explain.h"
#include "bridge/inbox.h"
#include "bridge/manual.h"
#include "bridge/role.h"
#include "bridge/row.h"
#include "bridge/shield.h"
#include "store/tombstone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void account_take(struct up_user *to, struct up_user *from)
{
    if (from->id == NULL) {
        up_user_clear(from);
        return;
    }
    up_user_clear(to);
    *to = *from;
    *from = (struct up_user){0};
}

/* ---- looking for it ------------------------------------------------------ */

bool account_same_person(const struct bridge_target *t, const json_t *a,
                         const json_t *b)
{
    char *ka = row_match_key(t, a), *kb = row_match_key(t, b);
    bool same = ka != NULL && kb != NULL && strcmp(ka, kb) == 0;
    free(ka);
    free(kb);
    return same;
}

/* Looks through a listing for one match key. */
struct scan {
    struct journey *j;
    const json_t *push;
    char *id; /* owned */
};

static bool scan_user(const struct up_user *u, void *ctx)
{
    struct scan *s = ctx;
    if (u->in_scope && account_same_person(s->j->t, u->user, s->push))
        s->id = strdup(u->id);
    return s->id == NULL;
}

static enum up_rc find_by_listing(struct journey *j, const json_t *push,
                                  struct up_user *out)
{
    struct scan s = {.j = j, .push = push};
    enum up_rc rc = up_users_list(j->t->up, &j->call, scan_user, &s, &j->up);
    if (rc == UP_OK)
        rc = s.id == NULL ? UP_NOT_FOUND
                          : up_user_get(j->t->up, &j->call, s.id, out, &j->up);
    free(s.id);
    return rc;
}

bool account_other_identity(const char *mine, const char *said)
{
    return mine != NULL && said != NULL && strcmp(mine, said) != 0;
}

enum up_rc account_find(struct journey *j, const char *upstream_id,
                        const json_t *push, bool thorough, struct up_user *out)
{
    enum up_rc rc = UP_NOT_FOUND;
    if (upstream_id != NULL) {
        rc = up_user_get(j->t->up, &j->call, upstream_id, out, &j->up);
        if (rc == UP_OK &&
            (out->state == UP_DELETED ||
             account_other_identity(j->row.identity, out->identity))) {
            up_user_clear(out);
            rc = UP_NOT_FOUND;
        }
    }
    if (rc == UP_NOT_FOUND && push != NULL) {
        rc = up_user_find(j->t->up, &j->call, push, out, &j->up);
        if (rc == UP_UNSUPPORTED && thorough)
            rc = find_by_listing(j, push, out);
    }
    return rc;
}

/* An account that a helpdesk hides from its search may still answer by its id:
 * the erased row of the same person knows it. */
static enum up_rc find_erased(struct journey *j, const json_t *push,
                              struct up_user *out)
{
    struct store_resource old = {0};
    char *key = row_match_key(j->t, push);
    enum up_rc rc = UP_NOT_FOUND;
    if (key != NULL &&
        store_resource_by_match(j->db, j->t->row, key, true, &old) ==
            STORE_OK &&
        old.state == STORE_ERASED && old.upstream_id != NULL) {
        rc = up_user_get(j->t->up, &j->call, old.upstream_id, out, &j->up);
        bool other = rc == UP_OK &&
                     (out->state == UP_DELETED ||
                      account_other_identity(old.identity, out->identity));
        if (other) {
            up_user_clear(out);
            rc = UP_NOT_FOUND;
        }
    }
    free(key);
    store_resource_clear(&old);
    return rc;
}

/* Where the helpdesk cannot be asked, the mirror is all there is. */
static bool mirrored(struct journey *j, const json_t *push)
{
    struct store_resource other = {0};
    char *key = row_match_key(j->t, push);
    bool found = key != NULL &&
                 store_resource_by_match(j->db, j->t->row, key, false,
                                         &other) == STORE_OK &&
                 other.n != j->row.n;
    if (found)
        (void)snprintf(j->up.detail, sizeof j->up.detail,
                       "The user %s stands for that account.", other.id);
    free(key);
    store_resource_clear(&other);
    return found;
}

static enum up_rc look_up(struct journey *j, const json_t *push,
                          struct up_user *out)
{
    enum up_rc rc = account_find(j, j->row.upstream_id, push, j->again, out);
    if (rc == UP_UNSUPPORTED && mirrored(j, push))
        return UP_CONFLICT;
    if (rc == UP_NOT_FOUND || rc == UP_UNSUPPORTED) {
        up_user_clear(out);
        rc = find_erased(j, push, out);
        rc = rc == UP_UNSUPPORTED ? UP_NOT_FOUND : rc;
    }
    return rc;
}

/* ---- may it be taken? ---------------------------------------------------- */

static bool taken(struct journey *j, const char *id)
{
    scim_error_set(&j->err, SCIM_UNIQUENESS,
                   "The helpdesk's account of this person already belongs to "
                   "the user %s. Look that one up, then link to it.",
                   id);
    return false;
}

static bool may_adopt(struct journey *j, const json_t *push,
                      const struct up_user *said)
{
    struct store_resource owner = {0};
    enum store_rc rc = store_resource_by_upstream(j->db, j->t->row, STORE_USER,
                                                  said->id, &owner);
    bool ok = rc != STORE_FAILED || journey_database(j);
    if (rc == STORE_OK && owner.n != j->row.n) {
        if (owner.state == STORE_ERASED)
            j->result.released = owner.n;
        else
            ok = taken(j, owner.id);
    }
    store_resource_clear(&owner);
    if (!ok || !shield_allows(j, push, said))
        return false;
    bool mine =
        j->row.upstream_id != NULL && strcmp(j->row.upstream_id, said->id) == 0;
    if (mine || account_same_person(j->t, push, said->user))
        return true;
    scim_error_set(&j->err, SCIM_UNIQUENESS,
                   "The helpdesk has an account with this user name but "
                   "another %s, which may be somebody else. Make them agree "
                   "in the helpdesk, then try again.",
                   up_match_attribute(j->t->up));
    return false;
}

/* ---- policy ---------------------------------------------------------------
 */

bool account_may_end(struct journey *j)
{
    bool cannot = !up_can(j->t->up, "users.deactivate") &&
                  target_unsupported(j->t, "deactivate") == BRIDGE_REFUSE;
    switch (j->t->policy.deactivation) {
    case DEACTIVATION_TASK:
        return true;
    case DEACTIVATION_PROFILE:
        if (!cannot)
            return true;
        (void)snprintf(j->up.detail, sizeof j->up.detail, "%s",
                       "The helpdesk's API cannot deactivate a user.");
        return journey_fail(j, UP_UNSUPPORTED, "deactivating the user");
    case DEACTIVATION_REFUSE:
        break;
    }
    scim_error_status(&j->err, 403,
                      "This installation takes no access away over SCIM "
                      "(deactivation = refuse). Deactivate the account in the "
                      "helpdesk; the next sync shows it here.");
    return false;
}

enum up_rc account_end(struct journey *j, const char *id, const json_t *known,
                       bool pending, struct up_user *out)
{
    if (j->t->policy.deactivation == DEACTIVATION_TASK) {
        *out = (struct up_user){0};
        return UP_UNSUPPORTED;
    }
    return up_user_deactivate(j->t->up, &j->call, id, known, pending, out,
                              &j->up);
}

bool account_end_by_hand(struct journey *j, const json_t *who)
{
    return j->t->policy.deactivation == DEACTIVATION_TASK
               ? manual_task(j, "deactivate", who, NULL)
               : manual_or_refuse(j, "deactivate", who, NULL);
}

bool account_has_seat(struct journey *j)
{
    const int64_t seats = j->t->policy.seats;
    int64_t taken = 0;
    if (seats == 0)
        return true;
    if (store_resource_seats(j->db, j->t->row, j->row.n, &taken) != STORE_OK)
        return journey_database(j);
    /* Few are left: one write at a time counts and takes them. */
    if (taken < seats && seats - taken <= j->t->bridge->workers) {
        j->up.rc = UP_UNAVAILABLE;
        if (!journey_claim(j, "seats", ""))
            return false;
        if (store_resource_seats(j->db, j->t->row, j->row.n, &taken) !=
            STORE_OK)
            return journey_database(j);
        j->up.rc = UP_OK;
    }
    if (taken < seats)
        return true;
    (void)snprintf(j->up.detail, sizeof j->up.detail,
                   "All %lld seats of the configuration (`seats`) are taken.",
                   (long long)seats);
    return journey_fail(j, UP_NO_SEAT, "giving the user a seat");
}

/* ---- taking it ----------------------------------------------------------- */

static json_t *snapshot_of(struct journey *j)
{
    struct store_tombstone dead = {0};
    json_t *snapshot = NULL;
    int64_t n = j->row.n != 0 ? j->row.n : j->result.released;
    if (n != 0 && store_tombstone_of(j->db, n, &dead) == STORE_OK &&
        dead.snapshot != NULL)
        snapshot = json_loads(dead.snapshot, 0, NULL);
    store_tombstone_clear(&dead);
    return snapshot;
}

/* After a call that tells a record: takes it. */
static enum up_rc done(struct journey *j, enum up_rc rc, struct account *a,
                       struct up_user *out)
{
    if (rc == UP_OK) {
        j->touched = j->touched || out->id != NULL;
        account_take(&a->said, out);
    }
    up_user_clear(out);
    return rc;
}

/* A customer becomes staff; one who was staff before gets back what the account
 * had then, where the helpdesk can say so. */
static enum up_rc promote(struct journey *j, const json_t *push,
                          const char *role, struct account *a)
{
    struct up_user out = {0};
    json_t *snapshot = snapshot_of(j);
    enum up_rc rc = UP_UNSUPPORTED;
    const char *wanted = role != NULL ? role : role_default(j->t);
    if (snapshot != NULL)
        rc = up_user_reactivate(j->t->up, &j->call, a->said.id, push, wanted,
                                snapshot, &out, &j->up);
    if (rc == UP_UNSUPPORTED)
        rc = up_user_promote(j->t->up, &j->call, a->said.id, push, wanted, &out,
                             &j->up);
    json_decref(snapshot);
    return done(j, rc, a, &out);
}

static enum up_rc wake(struct journey *j, const json_t *push, const char *role,
                       struct account *a)
{
    struct up_user out = {0};
    enum up_rc rc = UP_OK;
    bool wanted = json_is_true(json_object_get(push, "active"));
    if (!a->said.in_scope)
        rc = promote(j, push, role, a);
    if (rc == UP_OK && wanted && a->said.state == UP_INACTIVE) {
        if (!account_has_seat(j))
            return j->up.rc;
        json_t *snapshot = snapshot_of(j);
        rc = up_user_reactivate(j->t->up, &j->call, a->said.id, push, role,
                                snapshot, &out, &j->up);
        rc = done(j, rc, a, &out);
        json_decref(snapshot);
        j->touched = j->touched || rc == UP_OK;
    }
    return rc;
}

/* A helpdesk without such an operation: a person's task, or a refusal. */
static enum up_rc or_by_hand(struct journey *j, enum up_rc rc, const char *kind,
                             const char *member, const json_t *wish)
{
    if (rc != UP_UNSUPPORTED)
        return rc;
    json_t *facts = json_pack("{s:O}", member, wish);
    return manual_or_refuse(j, kind, j->desired, facts) ? UP_OK : rc;
}

/* What `want` has otherwise than `said`: members and the values wished for. */
static json_t *wishes(const json_t *said, const json_t *want)
{
    json_t *set = json_object();
    const char *key;
    json_t *value;
    json_object_foreach ((json_t *)want, key, value) {
        if (strcmp(key, "password") != 0 && strcmp(key, "active") != 0 &&
            strcmp(key, "meta") != 0 && strcmp(key, "schemas") != 0 &&
            json_equal(json_object_get(said, key), value) == 0)
            (void)json_object_set(set, key, value);
    }
    return set;
}

/* What a helpdesk that cannot change attributes does not have: a task. Nobody
 * asked a person to clear what the request does not name. */
static enum up_rc attributes_by_hand(struct journey *j, const json_t *push,
                                     const struct account *a)
{
    json_t *want = json_deep_copy(a->said.user);
    enum up_rc rc = UP_FAILED;
    if (want != NULL &&
        json_object_update_recursive(want, (json_t *)push) == 0) {
        json_t *wish = wishes(a->said.user, want);
        rc = up_user_differs(j->t->up, a->said.user, want)
                 ? or_by_hand(j, UP_UNSUPPORTED, "update", "set", wish)
                 : UP_OK;
        json_decref(wish);
    }
    json_decref(want);
    return rc;
}

static enum up_rc settle_attributes(struct journey *j, const json_t *push,
                                    struct account *a)
{
    struct up_user out = {0};
    if (!up_user_differs(j->t->up, a->said.user, push))
        return UP_OK;
    enum up_rc rc = up_user_update(j->t->up, &j->call, a->said.id, a->said.user,
                                   push, NULL, &out, &j->up);
    rc = done(j, rc, a, &out);
    return rc == UP_UNSUPPORTED ? attributes_by_hand(j, push, a) : rc;
}

static enum up_rc settle_role(struct journey *j, const json_t *push,
                              const char *role, struct account *a)
{
    struct up_user out = {0};
    if (role == NULL ||
        (a->said.role != NULL && fold_equal(role, a->said.role)))
        return UP_OK;
    enum up_rc rc = up_user_set_role(j->t->up, &j->call, a->said.id, push, role,
                                     &out, &j->up);
    json_t *wish = json_string(role);
    rc = or_by_hand(j, done(j, rc, a, &out), "role", "role", wish);
    json_decref(wish);
    return rc;
}

static enum up_rc settle_differences(struct journey *j, const json_t *push,
                                     const char *role, struct account *a)
{
    bool locked = a->said.state == UP_INACTIVE && up_reactivate_first(j->t->up);
    enum up_rc rc = locked ? UP_OK : settle_attributes(j, push, a);
    return rc == UP_OK ? settle_role(j, push, role, a) : rc;
}

/* Adopting may take an administrator's access or role away. */
static bool spares_admin(struct journey *j, const json_t *push,
                         const char *role, const struct up_user *said)
{
    bool demotes = role != NULL && !role_elevated(j->t, role);
    bool ends = !json_is_true(json_object_get(push, "active"));
    bool admin = said->elevated && said->in_scope && said->state == UP_ACTIVE;
    return shield_spares_admin(j, admin && (demotes || ends));
}

static enum account_rc adopt(struct journey *j, const json_t *push,
                             const char *role, struct account *a)
{
    if (!may_adopt(j, push, &a->said))
        return ACCOUNT_FAILED;
    if (!journey_claim(j, "up:", a->said.id) ||
        !spares_admin(j, push, role, &a->said))
        return ACCOUNT_FAILED;
    enum up_rc rc = wake(j, push, role, a);
    if (rc == UP_UNSUPPORTED)
        return ACCOUNT_TASK;
    if (rc != UP_OK) {
        (void)journey_fail(j, rc, "reactivating the user's account");
        return ACCOUNT_FAILED;
    }
    rc = settle_differences(j, push, role, a);
    if (rc == UP_OK)
        return ACCOUNT_OK;
    (void)journey_fail(j, rc, "updating the account that the person has");
    return ACCOUNT_FAILED;
}

/* What a new account lacks of what was asked for, after everything was tried:
 * a person's work. It is not refused: the account is there. */
static enum up_rc settle_made(struct journey *j, const json_t *push,
                              const char *role, struct account *a)
{
    json_t *want = json_copy((json_t *)push);
    enum up_rc rc = want == NULL ? UP_FAILED : UP_OK;
    (void)json_object_del(want, "password");
    if (rc == UP_OK && target_unsupported(j->t, "update") == BRIDGE_TASK)
        rc = attributes_by_hand(j, want, a);
    explain_doubt(j, "update",
                  "Not needed for what the new account has by itself.");
    bool other =
        role != NULL && a->said.role != NULL && !fold_equal(role, a->said.role);
    if (rc == UP_OK && other &&
        target_unsupported(j->t, "role") == BRIDGE_TASK) {
        json_t *wish = json_string(role);
        rc = or_by_hand(j, UP_UNSUPPORTED, "role", "role", wish);
        json_decref(wish);
    }
    json_decref(want);
    return rc;
}

static enum account_rc make(struct journey *j, const json_t *push,
                            const char *role, struct account *a)
{
    struct up_user out = {0};
    json_t *whole = account_has_seat(j) ? inbox_push(j, push) : NULL;
    if (whole == NULL)
        return ACCOUNT_FAILED;
    enum up_rc rc =
        up_user_create(j->t->up, &j->call, whole,
                       role != NULL ? role : role_default(j->t), &out, &j->up);
    json_decref(whole);
    if (rc == UP_CONFLICT && j->up.existing_id[0] != '\0' && !j->up.changed) {
        /* A search did not show it; its id does. */
        char id[sizeof j->up.existing_id];
        memcpy(id, j->up.existing_id, sizeof id);
        up_user_clear(&out);
        if (up_user_get(j->t->up, &j->call, id, &a->said, &j->up) == UP_OK &&
            a->said.state != UP_DELETED)
            return adopt(j, push, role, a);
    }
    a->made = rc == UP_OK;
    j->touched = j->touched || rc == UP_OK;
    rc = done(j, rc, a, &out);
    if (rc == UP_UNSUPPORTED)
        return ACCOUNT_TASK;
    if (rc == UP_OK)
        rc = settle_made(j, push, role, a);
    if (rc == UP_OK)
        return inbox_after_create(j) ? ACCOUNT_OK : ACCOUNT_FAILED;
    (void)journey_fail(j, rc, "creating the user's account");
    return ACCOUNT_FAILED;
}

enum account_rc account_obtain(struct journey *j, const json_t *push,
                               const char *role, struct account *out)
{
    enum up_rc rc = look_up(j, push, &out->said);
    if (rc == UP_OK)
        return adopt(j, push, role, out);
    up_user_clear(&out->said);
    if (rc == UP_NOT_FOUND)
        return make(j, push, role, out);
    (void)journey_fail(j, rc, "looking for the user's account");
    return ACCOUNT_FAILED;
}
