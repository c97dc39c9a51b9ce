/*
 * test/sim/helpscout_users.c - reading users, and what holds for all of them
 */
#include "test/sim/helpscout_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test/sim/text.h"

static const char *const user_filters[] = {"email", "mailbox", NULL};

const char *hs_text(const json_t *row, const char *member)
{
    const char *text = json_string_value(json_object_get(row, member));

    return text ? text : "";
}

bool hs_role_known(const char *role)
{
    return strcmp(role, "admin") == 0 || strcmp(role, "user") == 0 ||
           strcmp(role, "light user") == 0;
}

bool hs_is_admin(const json_t *user)
{
    const char *role = hs_text(user, "role");

    return strcmp(role, "owner") == 0 || strcmp(role, "admin") == 0;
}

bool hs_sees_mailbox(const json_t *user, int64_t mailbox)
{
    return hs_is_admin(user) ||
           hs_ids_have(json_object_get(user, "_mailboxes"), mailbox);
}

int64_t hs_user_by_email(const struct world *w, const char *email)
{
    size_t count = 0;
    const int64_t *ids =
        table_where(&w->tables[HS_USERS], BY_EMAIL, email, &count);

    return count > 0 ? ids[0] : 0;
}

json_t *hs_caller(const struct world *w, int64_t *id)
{
    *id = json_integer_value(json_object_get(w->memory, "caller"));
    return table_get(&w->tables[HS_USERS], *id);
}

bool hs_caller_is_admin(struct world *w, struct answer *a)
{
    int64_t id = 0;
    json_t *caller = hs_caller(w, &id);
    bool admin = hs_is_admin(caller);

    json_decref(caller);
    if (!admin)
        hs_error(w, a, 403, "Access denied");
    return admin;
}

static json_t *missing(struct world *w, struct answer *a)
{
    if (HS_SET(w, MISSING_BODY, "gateway"))
        hs_no_route(w, a);
    else
        hs_error(w, a, 404, "Not Found");
    return NULL;
}

json_t *hs_user_of(struct world *w, const struct request *r, int64_t *id,
                   struct answer *a)
{
    if (strcmp(r->arg[0], "me") == 0)
        return hs_caller(w, id);
    if (!hs_number(r->arg[0], id)) {
        if (HS_SET(w, BAD_ID, "404"))
            hs_error(w, a, 404, "Not Found");
        else
            hs_invalid_one(w, a, "id", "invalid identifier");
        return NULL;
    }
    json_t *user = table_get(&w->tables[HS_USERS], *id);
    return user ? user : missing(w, a);
}

/* ---- lists
 * ------------------------------------------------------------------- */

static bool email_fits(const struct world *w, const json_t *user,
                       const char *email, int64_t by_email)
{
    int64_t id = json_integer_value(json_object_get(user, "id"));

    if (id != by_email) /* found by an alternate address */
        return HS_SET(w, EMAIL_ALTERNATES, "yes");
    return HS_SET(w, EMAIL_CASE, "insensitive") ||
           strcmp(hs_text(user, "email"), email) == 0;
}

/* Adds who has the address. */
static void by_email(const struct world *w, const char *email,
                     struct hs_ids *ids)
{
    const struct table *t = &w->tables[HS_USERS];
    int64_t first = hs_user_by_email(w, email);

    for (size_t index = BY_EMAIL; index <= BY_ALTERNATE; index++) {
        size_t count = 0;
        const int64_t *found = table_where(t, index, email, &count);
        for (size_t i = 0; i < count; i++) {
            json_t *user = table_get(t, found[i]);
            if (email_fits(w, user, email, first))
                hs_ids_add(ids, found[i]);
            json_decref(user);
        }
    }
}

/* Keeps those who see the inbox. */
static void keep_mailbox(const struct world *w, int64_t mailbox,
                         struct hs_ids *ids)
{
    size_t kept = 0;

    for (size_t i = 0; i < ids->count; i++) {
        json_t *user = table_get(&w->tables[HS_USERS], ids->at[i]);
        if (hs_sees_mailbox(user, mailbox) &&
            strcmp(hs_text(user, "type"), "user") == 0)
            ids->at[kept++] = ids->at[i];
        json_decref(user);
    }
    ids->count = kept;
}

static void reorder(const struct world *w, struct hs_ids *ids)
{
    bool newest = HS_SET(w, USERS_ORDER, "newest");

    for (size_t i = 0; i < ids->count && !HS_SET(w, USERS_ORDER, "id"); i++) {
        /* The same order for every page, and neither of the two natural ones.
         */
        size_t other = newest ? ids->count - 1 - i : (i * 7 + 3) % ids->count;
        if (newest && other <= i)
            break;
        int64_t swap = ids->at[i];
        ids->at[i] = ids->at[other];
        ids->at[other] = swap;
    }
}

void hs_users_list(struct world *w, const struct request *r, struct answer *a)
{
    struct hs_list list = {.table = HS_USERS,
                           .key = "users",
                           .filters = user_filters,
                           .size = HS_NUMBER(w, PAGE_SIZE)};
    const char *email = request_query(r, "email");
    const char *mailbox = request_query(r, "mailbox");
    int64_t inbox = 0;

    if (email && HS_SET(w, EMAIL_FILTER, "on"))
        by_email(w, email, &list.ids);
    else
        hs_ids_all(&list.ids, &w->tables[HS_USERS]);
    if (mailbox && hs_number(mailbox, &inbox))
        keep_mailbox(w, inbox, &list.ids);
    reorder(w, &list.ids);
    hs_page(w, r, &list, a);
}

/* v3 knows its parameters, and refuses others. */
static bool only_page(const char *query)
{
    for (const char *at = query; *at != '\0';) {
        size_t len = strcspn(at, "&"), name = strcspn(at, "=&");
        bool blank = len <= name + 1;
        if (name != 4 || memcmp(at, "page", 4) != 0 || blank)
            return false;
        at += len + (at[len] == '&');
    }
    return true;
}

void hs_system_users(struct world *w, const struct request *r, struct answer *a)
{
    struct hs_list list = {.table = HS_SYSTEM_USERS,
                           .key = "system_users",
                           .size = HS_NUMBER(w, PAGE_SIZE)};

    if (!only_page(r->query)) {
        hs_invalid_one(w, a, "query", "unknown or blank parameter");
        return;
    }
    hs_ids_all(&list.ids, &w->tables[HS_SYSTEM_USERS]);
    hs_page(w, r, &list, a);
}

/* ---- one
 * ----------------------------------------------------------------------- */

void hs_users_get(struct world *w, const struct request *r, struct answer *a)
{
    int64_t id = 0;
    json_t *user = hs_user_of(w, r, &id, a);

    if (user == NULL)
        return;
    hs_data(a, hs_view(w, HS_USERS, user));
    json_decref(user);
}

void hs_users_me(struct world *w, const struct request *r, struct answer *a)
{
    int64_t id = 0;
    json_t *me = hs_caller(w, &id), *shown = hs_view(w, HS_USERS, me);

    (void)r;
    json_object_set_new(shown, "companyId", json_integer(88123));
    hs_data(a, shown);
    json_decref(me);
}

void hs_users_update(struct world *w, const struct request *r, struct answer *a)
{
    (void)r;
    if (HS_SET(w, USER_UPDATE, "gateway404")) {
        hs_no_route(w, a);
        return;
    }
    hs_error(w, a, 405, "Method Not Allowed");
    answer_header(a, "Allow", "GET, DELETE");
}

void hs_user_touch(struct world *w, int64_t id, json_t *user)
{
    json_object_set_new(user, "updatedAt", world_time_json(world_now(w)));
    table_put(&w->tables[HS_USERS], id, user);
}
