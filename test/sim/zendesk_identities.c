/*
 * test/sim/zendesk_identities.c - the addresses of a user
 */
#include "test/sim/zendesk_internal.h"

#include <string.h>

static json_t *all_of(const struct world *w, const json_t *user)
{
    return rows_by_id(w, ZD_IDENTITIES, ZD_BY_OWNER, row_id(user));
}

/* The user and the identity of a path, or false and a 404. */
static bool both(struct world *w, const struct request *r, json_t **user,
                 json_t **identity, struct answer *a)
{
    *user = zd_row_of(w, r, 0, ZD_USERS, a);
    *identity = *user ? zd_row_of(w, r, 1, ZD_IDENTITIES, a) : NULL;
    if (*identity && row_number(*identity, "user_id") == row_id(*user))
        return true;
    if (*identity)
        zd_missing(a);
    json_decref(*user);
    json_decref(*identity);
    *user = *identity = NULL;
    return false;
}

void zd_identities_list(struct world *w, const struct request *r,
                        struct answer *a)
{
    json_t *user = zd_row_of(w, r, 0, ZD_USERS, a);

    if (user)
        zd_page(w, r, "identities", all_of(w, user), true, a);
    json_decref(user);
}

void zd_identities_add(struct world *w, const struct request *r,
                       struct answer *a)
{
    json_t *user = zd_row_of(w, r, 0, ZD_USERS, a);
    const json_t *wanted = json_object_get(r->json, "identity");
    const char *value = row_text(wanted, "value");

    if (user == NULL)
        return;
    if (!row_is(wanted, "type", "email") || value == NULL ||
        strchr(value, '@') == NULL)
        (void)zd_invalid(a, "value", "InvalidFormat",
                         "Email: is not properly formatted");
    else if (zd_holder(w, value) != 0)
        (void)zd_invalid(a, "value", "DuplicateValue",
                         "Value: is already being used by another user");
    else
        zd_say(a, 201, "identity",
               row_shown(zd_identity_new(w, row_id(user), value,
                                         row_true(wanted, "verified"), false)));
    json_decref(user);
}

void zd_identities_primary(struct world *w, const struct request *r,
                           struct answer *a)
{
    json_t *user = NULL, *identity = NULL;

    if (!both(w, r, &user, &identity, a))
        return;
    zd_make_primary(w, user, row_id(identity));
    zd_page(w, r, "identities", all_of(w, user), true, a);
    json_decref(user);
    json_decref(identity);
}

void zd_identities_delete(struct world *w, const struct request *r,
                          struct answer *a)
{
    json_t *user = NULL, *identity = NULL;

    if (!both(w, r, &user, &identity, a))
        return;
    if (row_true(identity, "primary")) {
        (void)zd_invalid(a, "base", "InvalidValue",
                         "The primary identity cannot be deleted.");
    } else {
        (void)table_drop(&w->tables[ZD_IDENTITIES], row_id(identity));
        answer_none(a, 204);
    }
    json_decref(user);
    json_decref(identity);
}
