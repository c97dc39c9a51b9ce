#include "bridge/shield.h"

#include "bridge/role.h"

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

/* Administrators other than one row. */
struct admins {
    const struct journey *j;
    size_t others;
};

static bool count_admin(const struct store_resource *row, void *ctx)
{
    struct admins *a = ctx;
    const struct journey *j = a->j;
    if (row->n != j->row.n && row->state == STORE_LINKED && row->active &&
        row->role != NULL && role_elevated(j->t, row->role) &&
        !is_own(j->t, row->upstream_id))
        a->others++;
    return a->others == 0;
}

bool shield_spares_admin(struct journey *j, bool elevated)
{
    struct admins a = {.j = j};
    if (!elevated || json_array_size(up_roles(j->t->up)) == 0)
        return true;
    if (!journey_claim(j, "admins", ""))
        return false;
    if (store_resource_all(j->db, j->t->row, STORE_USER, count_admin, &a) !=
        STORE_OK)
        return journey_database(j);
    if (a.others > 0)
        return true;
    scim_error_status(&j->err, 403,
                      "Nothing was changed: this is the last administrator of "
                      "the helpdesk. Make another user an administrator "
                      "first.");
    return false;
}
