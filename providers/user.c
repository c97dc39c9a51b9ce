/*
 * providers/user.c - reading users: one, all, or by what is known of them
 */
#include "providers/provider_internal.h"
#include "providers/user_digest.h"

#include <stdlib.h>
#include <string.h>

enum up_rc up_user_get(struct provider *p, struct up_call *call, const char *id,
                       struct up_user *out, struct up_error *err)
{
    return user_fetch(p, call, id, out, NULL, err);
}

/* ---- lists --------------------------------------------------------------- */

/* A list row that must be read whole. *gone: it has vanished meanwhile. */
static enum up_rc read_whole(struct provider *p, struct up_call *call,
                             const char *id, const json_t *assume,
                             struct up_user *out, bool *gone,
                             struct up_error *err)
{
    json_t *own = json_pack("{s:o}", "id", provider_id(&p->user_ids, id));
    struct vars v = {.scope = {own}, .count = 1};
    struct op_result result;
    bool doubt;
    enum up_rc rc =
        provider_run(p, call, &p->users, "users.get", &v, &result, err);
    *gone = rc == UP_NOT_FOUND;
    if (rc == UP_OK && result.record == NULL)
        rc = provider_fail(err, UP_FAILED,
                           "The helpdesk answered without the user's record.");
    if (rc == UP_OK) {
        json_t *record = provider_assume(result.record, assume, true);
        rc = user_from_record(p, record, true, out, &doubt, err);
        json_decref(record);
    }
    /* Roles that are teams: by the record where it tells them. */
    const json_t *role = NULL;
    if (rc == UP_OK && role_teams_used(p) &&
        provider_text(p, "user.roles.member_of") != NULL) {
        rc = role_team_of(
            p, call, id,
            provider_under(json_object_get(p->profile, "user"), result.record),
            &role, err);
        if (role != NULL && !user_set_role(out, role))
            rc = provider_memory(err);
        if (rc != UP_OK)
            up_user_clear(out);
    }
    op_result_clear(&result);
    json_decref(own);
    return *gone ? UP_OK : rc;
}

/* A row with what its pass assumes. out->id NULL: it is none after all.
 * *whole: the list did not tell enough, or never does (`detail`), and it was
 * read by itself. */
static enum up_rc read_row(struct provider *p, struct up_call *call,
                           const json_t *row, const json_t *assume, bool *whole,
                           struct up_user *out, struct up_error *err)
{
    json_t *record = provider_assume(row, assume, false);
    bool doubt = true, gone = false;
    enum up_rc rc = user_from_record(p, record, false, out, &doubt, err);
    json_decref(record);
    *whole = *whole || doubt;
    if (rc == UP_OK && *whole) {
        char *id = out->id;
        out->id = NULL;
        up_user_clear(out);
        rc = read_whole(p, call, id, assume, out, &gone, err);
        free(id);
    }
    if (rc == UP_OK && !gone && out->state == UP_DELETED)
        up_user_clear(out);
    return rc;
}

/* A whole list, before the first user of it is handed on. A list may be long,
 * and a mapped user is several times its row: so of those that their rows tell
 * all about only the rows are kept, to be mapped once more. */
struct listing {
    struct op_result result;
    struct up_user **users; /* owned; parallel to the rows; NULL: see the row */
    json_t *roles;          /* owned; id -> role; NULL: the records tell */
    const struct up_known *known; /* NULL: whole records, or none asks */
    struct buf seed;              /* of their digests */
};

static void listing_clear(struct listing *l)
{
    for (size_t i = 0;
         l->users != NULL && i < json_array_size(l->result.records); i++)
        if (l->users[i] != NULL) {
            up_user_clear(l->users[i]);
            free(l->users[i]);
        }
    free(l->users);
    op_result_clear(&l->result);
    json_decref(l->roles);
    buf_clear(&l->seed);
}

/* Records that are read whole, or whose role a team tells, do not tell all. */
static void begin_digests(struct provider *p, const struct up_call *call,
                          struct listing *l)
{
    if (call->known == NULL || role_teams_used(p) ||
        provider_op_flag(p, "users.list", "detail"))
        return;
    l->known = call->known;
    user_digest_seed(p, &l->known->key, &l->seed);
}

/* True: the caller knows all that the record tells, and it is done with. */
static bool is_known(struct provider *p, struct listing *l, size_t i,
                     const json_t *row)
{
    struct siphash digest;
    const json_t *assume = json_array_get(l->result.assumed, i);
    if (l->known == NULL ||
        !user_digest(&l->known->key, &l->seed, row, assume, &digest))
        return false;
    char *id = select_text(select_path(row, provider_text(p, "user.id")));
    bool same = id != NULL && l->known->same(id, digest, l->known->ctx);
    free(id);
    return same && json_array_set_new(l->result.records, i, json_null()) == 0;
}

/* True when the row is done with: kept as a user, or none after all. */
static bool keep_user(struct listing *l, size_t i, bool whole,
                      struct up_user *u)
{
    if (u->id != NULL && whole) {
        l->users[i] = malloc(sizeof *u);
        if (l->users[i] == NULL)
            return false;
        *l->users[i] = *u;
        *u = (struct up_user){0};
    } else if (u->id == NULL) {
        return json_array_set_new(l->result.records, i, json_null()) == 0;
    }
    return true;
}

static enum up_rc read_rows(struct provider *p, struct up_call *call,
                            struct listing *l, struct up_error *err)
{
    const bool detail = provider_op_flag(p, "users.list", "detail");
    enum up_rc rc = UP_OK;
    size_t i;
    json_t *row;
    l->users = calloc(json_array_size(l->result.records) + 1, sizeof(void *));
    if (l->users == NULL)
        return provider_memory(err);
    json_array_foreach (l->result.records, i, row) {
        struct up_user u = {0};
        bool whole = detail;
        if (is_known(p, l, i, row))
            continue;
        rc = read_row(p, call, row, json_array_get(l->result.assumed, i),
                      &whole, &u, err);
        if (rc == UP_OK && !keep_user(l, i, whole, &u))
            rc = provider_memory(err);
        up_user_clear(&u);
        if (rc != UP_OK)
            break;
    }
    return rc;
}

/* Where a role is a team and records do not tell, the teams do. */
static enum up_rc read_team_roles(struct provider *p, struct up_call *call,
                                  struct listing *l, struct up_error *err)
{
    if (!role_teams_used(p) || provider_text(p, "user.roles.member_of") != NULL)
        return UP_OK;
    return role_team_members(p, call, &l->roles, err);
}

/* The user of a row, which is let go of. No call is made any more. */
static enum up_rc take_user(struct provider *p, struct listing *l, size_t i,
                            struct up_user *out, struct up_error *err)
{
    json_t *row = json_array_get(l->result.records, i);
    bool whole = false;
    enum up_rc rc = UP_OK;
    if (l->users[i] != NULL) {
        *out = *l->users[i];
        free(l->users[i]);
        l->users[i] = NULL;
    } else if (!json_is_null(row)) {
        const json_t *assume = json_array_get(l->result.assumed, i);
        rc = read_row(p, NULL, row, assume, &whole, out, err);
        out->digested =
            l->known != NULL && rc == UP_OK && out->id != NULL &&
            user_digest(&l->known->key, &l->seed, row, assume, &out->digest);
    }
    if (rc == UP_OK &&
        json_array_set_new(l->result.records, i, json_null()) != 0)
        rc = provider_memory(err);
    return rc;
}

static enum up_rc hand_on(struct provider *p, struct listing *l,
                          up_each_user *each, void *ctx, struct up_error *err)
{
    enum up_rc rc = UP_OK;
    bool more = true;
    for (size_t i = 0; rc == UP_OK && more; i++) {
        struct up_user u = {0};
        if (i == json_array_size(l->result.records))
            break;
        rc = take_user(p, l, i, &u, err);
        if (rc == UP_OK && u.id != NULL) {
            const char *role =
                json_string_value(json_object_get(l->roles, u.id));
            if (role != NULL)
                (void)user_set_role(&u, role_named(p, role));
            more = each(&u, ctx);
        }
        up_user_clear(&u);
    }
    return rc;
}

enum up_rc up_users_list(struct provider *p, struct up_call *call,
                         up_each_user *each, void *ctx, struct up_error *err)
{
    struct vars none = {.count = 0};
    struct listing l = {0};
    /* A team that was made anew under its old name has another id. */
    role_team_forget(p);
    enum up_rc rc = staff_complete(p, call, err);
    if (rc == UP_OK)
        rc = provider_run(p, call, &p->users, "users.list", &none, &l.result,
                          err);
    if (rc == UP_OK)
        begin_digests(p, call, &l);
    if (rc == UP_OK)
        rc = read_rows(p, call, &l, err);
    if (rc == UP_OK)
        rc = read_team_roles(p, call, &l, err);
    if (rc == UP_OK)
        rc = hand_on(p, &l, each, ctx, err);
    listing_clear(&l);
    return rc;
}

/* ---- searches ------------------------------------------------------------ */

/* Whom a search should find, in the order of `better`. */
static int worth(const struct up_user *u)
{
    if (!u->in_scope)
        return 0;
    return u->state == UP_INACTIVE ? 1 : 2;
}

/* A hit as a whole user; a customer whom users.get does not know stays what
 * the search said: an id, and not staff. */
static enum up_rc read_hit(struct provider *p, struct up_call *call,
                           const json_t *row, bool customer,
                           struct up_user *out, struct up_error *err)
{
    bool doubt;
    if (user_from_record(p, row, false, out, &doubt, err) != UP_OK)
        return UP_FAILED;
    struct up_user whole;
    enum up_rc rc = user_fetch(p, call, out->id, &whole, NULL, err);
    if (rc == UP_OK) {
        up_user_clear(out);
        *out = whole;
    } else if (rc == UP_NOT_FOUND && customer) {
        out->in_scope = false;
        rc = UP_OK;
    }
    if (rc != UP_OK)
        up_user_clear(out);
    return rc;
}

static enum up_rc best_hit(struct provider *p, struct up_call *call,
                           const json_t *rows, bool customer,
                           struct up_user *out, struct up_error *err)
{
    enum up_rc rc = UP_OK;
    size_t i;
    json_t *row;
    json_array_foreach (rows, i, row) {
        struct up_user u = {0};
        rc = read_hit(p, call, row, customer, &u, err);
        if (rc == UP_NOT_FOUND) {
            rc = UP_OK; /* the search is older than the record */
            continue;
        }
        if (rc != UP_OK)
            break;
        if (out->id == NULL || worth(&u) > worth(out)) {
            up_user_clear(out);
            *out = u;
        } else {
            up_user_clear(&u);
        }
    }
    if (rc != UP_OK)
        up_user_clear(out);
    else if (out->id == NULL)
        rc = provider_fail(err, UP_NOT_FOUND,
                           "The helpdesk has no such account.");
    return rc;
}

static enum up_rc search(struct provider *p, struct up_call *call,
                         const char *op, const char *word, const char *value,
                         struct up_user *out, struct up_error *err)
{
    if (!engine_can(p->engine, op))
        return provider_lacks(err, "search for users");
    if (value == NULL)
        return provider_fail(err, UP_NOT_FOUND,
                             "There is nothing to look for.");
    json_t *own = json_pack("{s:s}", word, value);
    struct vars v = {.scope = {own}, .count = 1};
    struct op_result result;
    enum up_rc rc = provider_run(p, call, &p->users, op, &v, &result, err);
    if (rc == UP_OK)
        rc = best_hit(p, call, result.records,
                      strncmp(op, "customers.", 10) == 0, out, err);
    op_result_clear(&result);
    json_decref(own);
    return rc;
}

/* The row whose attribute has this name, e.g. userName. */
static const struct map_row *row_of(const struct provider *p, const char *name)
{
    for (size_t i = 0; i < p->users.count; i++)
        if (p->users.rows[i].scim.urn == NULL &&
            strcmp(p->users.rows[i].scim.name, name) == 0)
            return &p->users.rows[i];
    return NULL;
}

/* True when the helpdesk has one field for the user name and the address. */
static bool name_is_email(const struct provider *p)
{
    const struct map_row *name = row_of(p, "userName");
    const struct map_row *email = row_of(p, "emails");
    return name != NULL && name->native != NULL &&
           (email == NULL || (email->native != NULL &&
                              strcmp(name->native, email->native) == 0));
}

static enum up_rc by_user_name(struct provider *p, struct up_call *call,
                               const json_t *user, struct up_user *out,
                               struct up_error *err)
{
    const char *name = json_string_value(json_object_get(user, "userName"));
    if (!engine_can(p->engine, "users.find_by_user_name") && name_is_email(p))
        return search(p, call, "users.find_by_email", "email", name, out, err);
    return search(p, call, "users.find_by_user_name", "user_name", name, out,
                  err);
}

/* Where one field is both, an address is looked for as it would be written. */
static const char *address_of(const struct provider *p, const json_t *user)
{
    const struct map_row *email = row_of(p, "emails");
    const char *name = json_string_value(json_object_get(user, "userName"));
    bool by_name = name_is_email(p) && name != NULL && strchr(name, '@') &&
                   (email == NULL || email->write == MAP_NEVER);
    return by_name ? name : map_email(user);
}

/* The other search is tried when the first found nobody. */
static enum up_rc staff_search(struct provider *p, struct up_call *call,
                               const json_t *user, struct up_user *out,
                               struct up_error *err)
{
    struct up_error ignored;
    bool mail_first = strcmp(up_match_attribute(p), "emails") == 0;
    enum up_rc rc = mail_first ? search(p, call, "users.find_by_email", "email",
                                        address_of(p, user), out, err)
                               : by_user_name(p, call, user, out, err);
    if ((rc != UP_NOT_FOUND && rc != UP_UNSUPPORTED) || name_is_email(p))
        return rc;
    enum up_rc other = mail_first
                           ? by_user_name(p, call, user, out, &ignored)
                           : search(p, call, "users.find_by_email", "email",
                                    address_of(p, user), out, &ignored);
    if (other == UP_UNSUPPORTED ||
        (other == UP_NOT_FOUND && rc != UP_OK && rc != UP_NOT_FOUND))
        return rc;
    *err = ignored;
    return other;
}

enum up_rc up_user_find(struct provider *p, struct up_call *call,
                        const json_t *user, struct up_user *out,
                        struct up_error *err)
{
    *out = (struct up_user){0};
    enum up_rc rc = staff_complete(p, call, err);
    if (rc != UP_OK)
        return rc;
    rc = staff_search(p, call, user, out, err);
    if (rc != UP_NOT_FOUND || provider_text(p, "lifecycle.promote_op") == NULL)
        return rc;
    struct up_error other;
    enum up_rc found = search(p, call, "customers.find_by_email", "email",
                              address_of(p, user), out, &other);
    if (found == UP_NOT_FOUND || found == UP_UNSUPPORTED)
        return rc;
    *err = other;
    return found;
}

char *user_holder(struct provider *p, struct up_call *call, const char *op,
                  const char *word, const char *value, const char *id)
{
    json_t *own = json_pack("{s:s}", word, value), *row;
    struct vars v = {.scope = {own}, .count = 1};
    struct op_result result = {0};
    struct up_error ignored;
    char *holder = NULL;
    size_t i;
    if (engine_can(p->engine, op))
        (void)provider_run(p, call, &p->users, op, &v, &result, &ignored);
    json_array_foreach (result.records, i, row) {
        char *one = select_text(select_path(row, provider_text(p, "user.id")));
        bool other = one != NULL && (id == NULL || strcmp(one, id) != 0);
        if (other && holder == NULL)
            holder = one;
        else
            free(one);
    }
    op_result_clear(&result);
    json_decref(own);
    return holder;
}

/* ---- the bridge's own account -------------------------------------------- */

static enum up_rc required_right(struct provider *p, const json_t *record,
                                 struct up_error *err)
{
    const json_t *require = json_object_get(provider_op(p, "probe"), "require");
    if (require == NULL || when_holds(require, record, NULL, true) == WHEN_TRUE)
        return UP_OK;
    char *text = json_dumps(require, JSON_COMPACT | JSON_ENCODE_ANY);
    (void)provider_fail(err, UP_FORBIDDEN,
                        "The account whose credentials are used lacks a right "
                        "that the profile asks for: %.200s.",
                        text == NULL ? "probe.require" : text);
    free(text);
    return UP_FORBIDDEN;
}

static void remember_own(struct provider *p, const char *id)
{
    char *copy = id == NULL ? NULL : strdup(id);
    if (copy == NULL)
        return;
    (void)pthread_mutex_lock(&p->lock);
    free(p->own_id);
    p->own_id = copy;
    (void)pthread_mutex_unlock(&p->lock);
}

/* The account that `user.own` names, where it can be looked for. */
static enum up_rc named_account(struct provider *p, struct up_call *call,
                                struct up_user *own, struct up_error *err)
{
    const char *name =
        json_string_value(json_object_get(staff_of(p)->block, "own"));
    if (name == NULL)
        return UP_OK;
    json_t *user = json_pack("{s:s}", "userName", name);
    enum up_rc rc = staff_complete(p, call, err);
    if (rc == UP_OK)
        rc = by_user_name(p, call, user, own, err);
    json_decref(user);
    return rc == UP_NOT_FOUND || rc == UP_UNSUPPORTED ? UP_OK : rc;
}

enum up_rc up_probe(struct provider *p, struct up_call *call,
                    struct up_user *own, struct up_error *err)
{
    struct vars none = {.count = 0};
    struct op_result result = {0};
    struct up_user account = {0};
    enum up_rc rc =
        provider_run(p, call, &p->users, "probe", &none, &result, err);
    if (rc == UP_OK && result.record != NULL) {
        rc = required_right(p, result.record, err);
        if (rc == UP_OK)
            rc = user_take(p, call, result.record, &account, err);
    } else if (rc == UP_OK) {
        rc = named_account(p, call, &account, err);
    }
    op_result_clear(&result);
    if (rc == UP_OK) {
        remember_own(p, account.id);
        if (account.id != NULL)
            account.protected_ = true;
        engine_ask(p->engine, call);
    }
    if (own != NULL)
        *own = account;
    else
        up_user_clear(&account);
    return rc;
}
