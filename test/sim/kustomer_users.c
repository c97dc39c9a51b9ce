/*
 * test/sim/kustomer_users.c - reading users
 */
#include "test/sim/kustomer_internal.h"

#include <stdlib.h>
#include <string.h>

bool ks_deactivated(const json_t *row)
{
    return ks_text(row, "deletedAt")[0] != '\0';
}

int64_t ks_user_by_email(const struct world *w, const char *email)
{
    size_t count = 0;
    const int64_t *found =
        table_where(&w->tables[KS_USERS], BY_EMAIL, email, &count);

    return count > 0 ? found[0] : 0;
}

/* ---- filters ------------------------------------------------------------ */

struct filter {
    const char *deleted, *pending, *type, *email;
};

static bool pending(const json_t *user)
{
    return json_is_true(json_object_get(user, "_pending"));
}

static bool yes(const char *text)
{
    return strcmp(text, "true") == 0;
}

/* Whom deleted=..., or no such filter, lets through. */
static bool life_fits(const struct world *w, const struct filter *f,
                      const json_t *user)
{
    bool gone = ks_deactivated(user);

    if (f->deleted != NULL && yes(f->deleted))
        return gone;
    if (f->deleted != NULL)
        return !gone && (KS_IS(w, DELETED_FALSE, "pending") || !pending(user));
    if (f->email != NULL)
        return KS_IS(w, EMAIL_FINDS, "all") ||
               (!gone && (KS_IS(w, EMAIL_FINDS, "live") || !pending(user)));
    return !gone || (f->pending == NULL && KS_IS(w, UNFILTERED, "all"));
}

static bool fits(const struct world *w, const struct filter *f,
                 const json_t *user)
{
    if (!life_fits(w, f, user))
        return false;
    if (f->pending != NULL && yes(f->pending) != pending(user))
        return false;
    return f->type == NULL || strcmp(f->type, ks_text(user, "userType")) == 0;
}

/* The filters of the query, in its order; false: 400 is said. */
static bool filter_of(struct world *w, const struct request *r,
                      struct filter *f, struct answer *a)
{
    static const char *const names[] = {"deleted", "pending", "userType",
                                        "email"};
    const char **values[] = {&f->deleted, &f->pending, &f->type, &f->email};
    const char *first = NULL;
    size_t count = 0, first_at = 0;

    for (size_t i = 0; i < KS_COUNT(names); i++) {
        const char *at = strstr(r->query, names[i]);
        *values[i] = request_query(r, names[i]);
        if (*values[i] == NULL)
            continue;
        count++;
        if (first == NULL || (at != NULL && at < first)) {
            first = at;
            first_at = i;
        }
    }
    if (count < 2 || (count == 2 && f->deleted != NULL && f->type != NULL))
        return true;
    if (KS_IS(w, TWO_FILTERS, "400")) {
        ks_error(w, a, 400, "filters cannot be combined");
        return false;
    }
    for (size_t i = 0; i < KS_COUNT(names); i++)
        if (i != first_at)
            *values[i] = NULL;
    return true;
}

static bool values_known(struct world *w, const struct filter *f,
                         struct answer *a)
{
    static const char *const types[] = {"user", "machine", "limited"};
    const char *flags[] = {f->deleted, f->pending};
    bool good = f->type == NULL;

    for (size_t i = 0; i < KS_COUNT(types) && !good; i++)
        good = strcmp(f->type, types[i]) == 0;
    for (size_t i = 0; i < KS_COUNT(flags); i++)
        good = good && (flags[i] == NULL || yes(flags[i]) ||
                        strcmp(flags[i], "false") == 0);
    if (!good)
        ks_error_at(w, a, 400, "invalid filter",
                    f->type ? "?userType" : "?deleted");
    return good;
}

void ks_users_list(struct world *w, const struct request *r, struct answer *a)
{
    const struct table *t = &w->tables[KS_USERS];
    struct ks_list list = {.table = KS_USERS};
    struct filter f = {0};
    size_t count = 0;

    if (!filter_of(w, r, &f, a) || !values_known(w, &f, a))
        return;
    const int64_t *found =
        f.email ? table_where(t, BY_EMAIL, f.email, &count) : NULL;
    for (size_t i = 0; i < (f.email ? count : t->count); i++) {
        int64_t number = found ? found[i] : t->rows[i].id;
        json_t *user = table_get(t, number);
        if (fits(w, &f, user))
            ks_list_add(&list, number);
        json_decref(user);
    }
    ks_page(w, r, &list, a);
}

/* ---- one, or several by their ids ---------------------------------------- */

static void several(struct world *w, const struct request *r, struct answer *a)
{
    struct ks_list list = {.table = KS_USERS};
    char id[25];

    for (const char *at = r->arg[0]; *at != '\0';) {
        size_t len = strcspn(at, ",");
        if (len == 24) {
            memcpy(id, at, 24);
            id[24] = '\0';
            int64_t number = ks_find(w, KS_USERS, id);
            if (number != 0)
                ks_list_add(&list, number);
        }
        at += len + (at[len] == ',');
    }
    ks_page(w, r, &list, a);
}

void ks_users_get(struct world *w, const struct request *r, struct answer *a)
{
    int64_t number = 0;

    if (strchr(r->arg[0], ',') != NULL) {
        several(w, r, a);
        return;
    }
    json_t *user = ks_named(w, r, KS_USERS, &number, a);
    if (user != NULL)
        ks_data(a, 200, ks_view(w, KS_USERS, user));
    json_decref(user);
}

void ks_users_current(struct world *w, const struct request *r,
                      struct answer *a)
{
    json_t *me =
        table_get(&w->tables[KS_USERS], ks_find(w, KS_USERS, ks_caller(w)));

    (void)r;
    if (me != NULL)
        ks_data(a, 200, ks_view(w, KS_USERS, me));
    else
        ks_error(w, a, 404, "user not found");
    json_decref(me);
}

void ks_users_teams(struct world *w, const struct request *r, struct answer *a)
{
    const struct table *t = &w->tables[KS_TEAMS];
    struct ks_list list = {.table = KS_TEAMS};
    int64_t number = 0;
    json_t *user = ks_named(w, r, KS_USERS, &number, a);

    for (size_t i = 0; user && i < t->count; i++) {
        json_t *team = table_get(t, t->rows[i].id);
        if (!ks_deactivated(team) &&
            ks_has(json_object_get(team, "members"), ks_text(user, "id")))
            ks_list_add(&list, t->rows[i].id);
        json_decref(team);
    }
    if (user != NULL)
        ks_page(w, r, &list, a);
    json_decref(user);
}
