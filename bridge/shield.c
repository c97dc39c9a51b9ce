#include "bridge/shield.h"

#include "bridge/role.h"

#include <stdlib.h>
#include <string.h>

static bool is_own(const struct bridge_target *t, const char *upstream_id)
{
    const char *own = atomic_load(&t->own_id);
    return own != NULL && upstream_id != NULL && strcmp(own, upstream_id) == 0;
}

bool shield_allows(struct journey *j, const json_t *resource,
                   const struct up_user *said)
{
    const char *id =
        said != NULL && said->id != NULL ? said->id : j->row.upstream_id;
    const char *why = NULL;
    if (target_protects(j->t, resource) ||
        (said != NULL && said->user != NULL &&
         target_protects(j->t, said->user)))
        why = "the bridge's configuration protects this account (`protect`)";
    else if (said != NULL && said->protected_)
        why = "the helpdesk's profile protects this account";
    else if (is_own(j->t, id))
        why = "this is the account that the bridge itself uses";
    if (why == NULL)
        return true;
    scim_error_status(&j->err, 403,
                      "Nothing was changed: %s. Change it in the helpdesk "
                      "itself, and take it out of the assignment at your "
                      "identity provider.",
                      why);
    return false;
}

/* ---- the last administrator ---------------------------------------------- */

#define CANDIDATES 16 /* so many are asked for at most */

/* Administrators other than those of some rows. */
struct admins {
    const struct journey *j;
    const int64_t *rows;
    size_t row_count;
    char *ids[CANDIDATES]; /* owned; upstream ids */
    size_t count;
};

static bool leaves(const struct admins *a, int64_t n)
{
    bool found = false;
    for (size_t i = 0; i < a->row_count && !found; i++)
        found = a->rows[i] == n;
    return found;
}

/* A task may be open that takes the role away. */
static bool shown_elevated(const struct journey *j,
                           const struct store_resource *row)
{
    json_t *body = json_loads(row->body, 0, NULL);
    const char *shown = role_shown(json_object_get(body, "roles"));
    bool elevated = shown == NULL || role_elevated(j->t, shown);
    json_decref(body);
    return elevated;
}

static bool note_admin(const struct store_resource *row, void *ctx)
{
    struct admins *a = ctx;
    const struct journey *j = a->j;
    if (row->state == STORE_LINKED && row->active && row->role != NULL &&
        row->upstream_id != NULL && role_elevated(j->t, row->role) &&
        !is_own(j->t, row->upstream_id) && !leaves(a, row->n) &&
        shown_elevated(j, row)) {
        a->ids[a->count] = strdup(row->upstream_id);
        a->count += a->ids[a->count] != NULL;
    }
    return a->count < CANDIDATES;
}

/* The mirror may be behind: one of them must be an administrator indeed. */
static bool one_is_real(struct journey *j, const struct admins *a)
{
    enum up_rc failed = UP_OK;
    bool real = false;
    for (size_t i = 0; i < a->count && !real; i++) {
        struct up_user said = {0};
        enum up_rc rc =
            up_user_get(j->t->up, &j->call, a->ids[i], &said, &j->up);
        real = rc == UP_OK && said.elevated && said.state == UP_ACTIVE;
        if (rc != UP_OK && rc != UP_NOT_FOUND)
            failed = rc;
        up_user_clear(&said);
    }
    if (real)
        return true;
    if (failed != UP_OK)
        return journey_fail(j, failed, "looking for another administrator");
    scim_error_status(&j->err, 403,
                      "Nothing was changed: this is the last administrator of "
                      "the helpdesk. Make another user an administrator "
                      "first.");
    return false;
}

bool shield_spares_admins(struct journey *j, const int64_t *rows, size_t count)
{
    struct admins a = {.j = j, .rows = rows, .row_count = count};
    if (count == 0 || json_array_size(up_roles(j->t->up)) == 0)
        return true;
    if (!journey_claim(j, "admins", ""))
        return false;
    bool ok = store_resource_all(j->db, j->t->row, STORE_USER, note_admin,
                                 &a) == STORE_OK
                  ? one_is_real(j, &a)
                  : journey_database(j);
    while (a.count > 0)
        free(a.ids[--a.count]);
    return ok;
}

bool shield_spares_admin(struct journey *j, bool elevated)
{
    return shield_spares_admins(j, &j->row.n, elevated ? 1 : 0);
}
