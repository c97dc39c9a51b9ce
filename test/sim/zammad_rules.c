/*
 * test/sim/zammad_rules.c - what holds for users, whoever changes them
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test/sim/mem.h"
#include "test/sim/zammad_internal.h"

json_t *za_row_of(struct world *w, const struct request *r, size_t table,
                  struct answer *a)
{
    int64_t id = 0;
    json_t *row =
        request_id(r, 0, &id) ? table_get(&w->tables[table], id) : NULL;

    if (row == NULL)
        za_missing(w, a);
    return row;
}

static int64_t first_by(const struct world *w, size_t table, size_t index,
                        const char *key)
{
    json_t *found = rows_by(w, table, index, key);
    int64_t id = row_id(json_array_get(found, 0));

    json_decref(found);
    return id;
}

int64_t za_user_by_email(const struct world *w, const char *email)
{
    return first_by(w, ZA_USERS, ZA_BY_EMAIL, email);
}

int64_t za_own_id(const struct world *w)
{
    return za_user_by_email(w, knob_text(&w->knobs, ZA_ACCOUNT));
}

int64_t za_by_name(const struct world *w, size_t table, const char *name)
{
    return first_by(w, table, ZA_BY_NAME, name);
}

bool za_has_role(const json_t *user, int64_t role)
{
    const json_t *one = NULL;
    size_t i = 0;

    json_array_foreach (json_object_get(user, "role_ids"), i, one) {
        if (json_integer_value(one) == role)
            return true;
    }
    return false;
}

bool za_is_staff(const json_t *user)
{
    return za_has_role(user, ZA_ADMIN) || za_has_role(user, ZA_AGENT);
}

bool za_has_full(const json_t *user, int64_t group)
{
    char key[24];
    const json_t *levels = NULL, *one = NULL;
    size_t i = 0;

    (void)snprintf(key, sizeof(key), "%" PRId64, group);
    levels = json_object_get(json_object_get(user, "group_ids"), key);
    json_array_foreach (levels, i, one) {
        if (strcmp(json_string_value(one), "full") == 0)
            return true;
    }
    return false;
}

/* ---- taking a body ----------------------------------------------------------
 */

static json_t *lowered(const char *text)
{
    char *copy = mem_text(text + strspn(text, " "));
    size_t len = strcspn(copy, " ");

    copy[len] = '\0';
    for (char *at = copy; *at != '\0'; at++)
        if (*at >= 'A' && *at <= 'Z')
            *at = (char)(*at - 'A' + 'a');
    json_t *made = json_string(copy);
    free(copy);
    return made;
}

/* The login follows the address for as long as they are equal. */
static bool change_email(const struct world *w, json_t *user,
                         const json_t *value, struct answer *a)
{
    const char *text = json_string_value(value);
    const char *at = text ? strchr(text, '@') : NULL;
    bool follows = text_same(row_text(user, "login"), row_text(user, "email"));

    if (at == NULL || at == text || strchr(at, '.') == NULL)
        return za_invalid(w, a, "Invalid email", "Ungültige E-Mail-Adresse");
    json_t *email = lowered(text);
    if (follows)
        json_object_set(user, "login", email);
    json_object_set_new(user, "email", email);
    return true;
}

static bool known(const struct world *w, size_t table, int64_t id)
{
    return table_text(&w->tables[table], id) != NULL;
}

static bool change_roles(const struct world *w, json_t *user, json_t *ids,
                         struct answer *a)
{
    const json_t *one = NULL;
    size_t i = 0;
    bool customer = false, staff = false;

    json_array_foreach (ids, i, one) {
        int64_t id = json_integer_value(one);
        if (!known(w, ZA_ROLES, id))
            return za_invalid(w, a, "Validation failed: no such role", NULL);
        customer = customer || id == ZA_CUSTOMER;
        staff = staff || id == ZA_ADMIN || id == ZA_AGENT;
    }
    if (!json_is_array(ids))
        return za_invalid(w, a, "Validation failed: role_ids", NULL);
    if (customer && staff && ZA_IS(w, CONFLICT, "customer"))
        return za_invalid(w, a, "Role Agent conflicts with Customer",
                          "Rolle Agent steht im Konflikt mit Customer");
    json_object_set(user, "role_ids", ids);
    return true;
}

static bool change_groups(const struct world *w, json_t *user, json_t *groups,
                          struct answer *a)
{
    const char *id = NULL;
    json_t *levels = NULL;

    json_object_foreach (groups, id, levels) {
        if (!known(w, ZA_GROUPS, strtoll(id, NULL, 10)) ||
            !json_is_array(levels))
            return za_invalid(w, a, "Validation failed: no such group", NULL);
    }
    if (!json_is_object(groups))
        return za_invalid(w, a, "Validation failed: group_ids", NULL);
    json_object_set(user, "group_ids", groups);
    return true;
}

bool za_user_change(const struct world *w, json_t *user, const json_t *body,
                    struct answer *a)
{
    static const char *const plain[] = {"firstname",  "lastname", "phone",
                                        "mobile",     "active",   "note",
                                        "department", "vip"};
    json_t *email = json_object_get(body, "email");
    json_t *roles = json_object_get(body, "role_ids");
    json_t *groups = json_object_get(body, "group_ids");
    bool admin = ZA_IS(w, RIGHTS, "admin");

    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
        if (json_object_get(body, plain[i]))
            json_object_set(user, plain[i], json_object_get(body, plain[i]));
    if (email && !change_email(w, user, email, a))
        return false;
    /* Without the right these are dropped, and nobody is told. */
    if (admin && roles && !change_roles(w, user, roles, a))
        return false;
    return !admin || groups == NULL || change_groups(w, user, groups, a);
}

/* ---- rules -----------------------------------------------------------------
 */

static bool counts(const struct world *w, const json_t *user,
                   const void *context)
{
    const int64_t *role = context;

    (void)w;
    return row_true(user, "active") && za_has_role(user, *role);
}

static long count_active(const struct world *w, int64_t role)
{
    json_t *found = rows_where(w, ZA_USERS, counts, &role);
    long count = (long)json_array_size(found);

    json_decref(found);
    return count;
}

static bool rule_last_admin(const struct world *w, const json_t *was,
                            const json_t *user, struct answer *a)
{
    bool had = was && row_true(was, "active") && za_has_role(was, ZA_ADMIN);
    bool loses = had && !za_has_role(user, ZA_ADMIN);
    bool off =
        had && !row_true(user, "active") && ZA_IS(w, LAST_ADMIN, "refused");

    if ((!loses && !off) || count_active(w, ZA_ADMIN) > 1)
        return true;
    return za_invalid(w, a, "Minimum one user needs to have admin permissions.",
                      "Mindestens ein Benutzer braucht Admin-Rechte.");
}

static bool rule_agents(const struct world *w, const json_t *was,
                        const json_t *user, struct answer *a)
{
    long most = ZA_NUM(w, AGENTS);
    bool was_one = was && row_true(was, "active") && za_is_staff(was);

    if (most <= 0 || was_one || !row_true(user, "active") ||
        !za_is_staff(user) || count_active(w, ZA_AGENT) < most)
        return true;
    return za_invalid(
        w, a, "Agent limit exceeded, please check your account settings.",
        "Agentenlimit überschritten, bitte prüfen Sie Ihre Einstellungen.");
}

static bool rule_email(const struct world *w, const json_t *user,
                       struct answer *a)
{
    const char *email = row_text(user, "email");
    int64_t other = za_user_by_email(w, email ? email : "");
    char english[300], german[300];

    if (email == NULL || *email == '\0' || other == 0 ||
        other == row_id(user) || ZA_NUM(w, SHARED_EMAIL) > 0)
        return true;
    (void)snprintf(english, sizeof(english),
                   "Email address '%.200s' is already used for another user.",
                   email);
    (void)snprintf(german, sizeof(german),
                   "E-Mail-Adresse '%.200s' wird bereits verwendet.", email);
    return za_invalid(w, a, english, german);
}

bool za_user_rules(const struct world *w, const json_t *was, const json_t *user,
                   struct answer *a)
{
    return rule_email(w, user, a) && rule_last_admin(w, was, user, a) &&
           rule_agents(w, was, user, a);
}

/* ---- new users --------------------------------------------------------------
 */

json_t *za_user_blank(const struct world *w)
{
    return json_pack(
        "{s:s, s:s, s:s, s:s, s:b, s:b, s:b, s:s, s:s, s:n, s:s, s:[i], s:{}, "
        "s:n, s:b, s:{s:s}, s:n, s:i, s:I}",
        "login", "", "firstname", "", "lastname", "", "email", "", "active", 1,
        "verified", 0, "vip", 0, "phone", "", "mobile", "", "department",
        "note", "", "role_ids", ZA_CUSTOMER, "group_ids", "last_login",
        "out_of_office", 0, "preferences", "locale", "en-us", "source",
        "login_failed", 0, "_found_from",
        (json_int_t)world_now(w) + ZA_NUM(w, SEARCH_LAG));
}

/* "Ana Maria" with no last name becomes "Ana" and "Maria". */
static void split_name(json_t *user)
{
    const char *first = row_text(user, "firstname");
    const char *last = row_text(user, "lastname");
    const char *blank = first ? strchr(first, ' ') : NULL;

    if (blank == NULL || (last && *last != '\0'))
        return;
    json_object_set_new(user, "lastname", json_string(blank + 1));
    json_object_set_new(user, "firstname",
                        json_stringn(first, (size_t)(blank - first)));
}

void za_user_add(struct world *w, json_t *user)
{
    const char *wanted = row_text(user, "login");
    char login[300];

    split_name(user);
    (void)snprintf(login, sizeof(login), "%.250s",
                   wanted && *wanted ? wanted : "auto");
    for (int i = 1; first_by(w, ZA_USERS, ZA_BY_LOGIN, login) != 0; i++)
        (void)snprintf(login, sizeof(login), "%.250s%d", wanted, i);
    json_object_set_new(user, "login", json_string(login));
    row_add(w, ZA_USERS, user);
}
