/*
 * test/sim/helpscout_users_create.c - new users, and what refuses them
 */
#include "test/sim/helpscout_internal.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MENTION_MAX = 40 };

/* clang-format off */
static const struct field {
    const char *name;
    size_t max; /* characters; 0: any */
    bool required;
} fields[] = {
    {"firstName", 40, true},  {"lastName", 40, true}, {"email", 0, true},
    {"role", 0, true},        {"jobTitle", 50, false}, {"phone", 0, false},
    {"timezone", 0, false},
};
/* clang-format on */

static size_t characters(const char *text)
{
    size_t count = 0;

    for (; *text != '\0'; text++)
        count += ((unsigned char)*text & 0xc0) != 0x80;
    return count;
}

static bool is_email(const char *text)
{
    const char *at = strchr(text, '@');

    return at && at > text && at[1] != '\0' && strchr(at + 1, '@') == NULL &&
           strchr(at + 1, '.') && strpbrk(text, " \t\r\n,;<>") == NULL;
}

static void check_field(const json_t *body, const struct field *f,
                        json_t *wrong)
{
    const json_t *value = json_object_get(body, f->name);
    const char *text = json_string_value(value);
    char message[80];

    if (value == NULL || json_is_null(value) || (text && text[0] == '\0')) {
        if (f->required)
            json_array_append_new(
                wrong, hs_wrong(f->name, "may not be empty", NULL, "NotEmpty"));
    } else if (text == NULL) {
        json_array_append_new(wrong,
                              hs_wrong(f->name, "must be a text", value, NULL));
    } else if (f->max && characters(text) > f->max) {
        (void)snprintf(message, sizeof(message),
                       "size must be between 0 and %zu", f->max);
        json_array_append_new(wrong, hs_wrong(f->name, message, value, "Size"));
    }
}

static void check_values(const json_t *body, json_t *wrong)
{
    const json_t *role = json_object_get(body, "role");
    const json_t *email = json_object_get(body, "email");
    const json_t *invite = json_object_get(body, "sendInvite");

    if (json_string_length(role) > 0 && !hs_role_known(json_string_value(role)))
        json_array_append_new(
            wrong,
            hs_wrong("role",
                     "Expected one of these: 'admin', 'user', 'light user'",
                     role, "EnumValue"));
    if (json_string_length(email) > 0 && !is_email(json_string_value(email)))
        json_array_append_new(wrong, hs_wrong("email",
                                              "not a well-formed email address",
                                              email, "Email"));
    if (invite && !json_is_boolean(invite))
        json_array_append_new(
            wrong, hs_wrong("sendInvite", "must be a boolean", invite, NULL));
}

/* Inboxes must exist, and the caller must see them. */
static void check_mailboxes(const struct world *w, const json_t *body,
                            json_t *wrong)
{
    const json_t *list = json_object_get(body, "mailboxes"), *one = NULL;
    int64_t caller_id = 0;
    json_t *caller = hs_caller(w, &caller_id);
    char path[40];
    size_t i = 0;

    if (list && !json_is_array(list))
        json_array_append_new(
            wrong, hs_wrong("mailboxes", "must be a list", list, NULL));
    json_array_foreach (list, i, one) {
        const json_t *id = json_object_get(one, "id");
        int64_t number = json_integer_value(id);
        if (table_text(&w->tables[HS_MAILBOXES], number) &&
            hs_sees_mailbox(caller, number))
            continue;
        (void)snprintf(path, sizeof(path), "mailboxes[%zu].id", i);
        json_array_append_new(
            wrong, hs_wrong(path, "invalid identifier", id, "InvalidId"));
    }
    json_decref(caller);
}

bool hs_email_free(const struct world *w, const char *email, int64_t self)
{
    const struct table *users = &w->tables[HS_USERS];
    size_t alternates = 0, deleted = 0;
    int64_t holder = hs_user_by_email(w, email);

    (void)table_where(users, BY_ALTERNATE, email, &alternates);
    (void)table_where(&w->tables[HS_DELETED], BY_EMAIL, email, &deleted);
    return (holder == 0 || holder == self) &&
           (alternates == 0 || HS_SET(w, ALT_CONFLICT, "no")) &&
           (deleted == 0 || HS_SET(w, REUSE_EMAIL, "allow"));
}

static bool seat_left(const struct world *w, bool light)
{
    const struct table *t = &w->tables[HS_USERS];
    long most = light ? HS_NUMBER(w, LIGHT_SEATS) : HS_NUMBER(w, SEATS);
    long taken = 0;

    for (size_t i = 0; i < t->count && most > 0; i++) {
        json_t *user = table_get(t, t->rows[i].id);
        taken += (strcmp(hs_text(user, "role"), "light user") == 0) == light;
        json_decref(user);
    }
    return most <= 0 || taken < most;
}

/* The endpoint is there, and the caller may use it. */
static bool may_create(struct world *w, struct answer *a)
{
    if (HS_SET(w, USERS_CREATE, "off")) {
        hs_no_route(w, a);
    } else if (HS_SET(w, USERS_CREATE, "off405")) {
        hs_error(w, a, 405, "Method Not Allowed");
        answer_header(a, "Allow", "GET");
    } else if (HS_SET(w, USERS_CREATE, "403")) {
        hs_error(w, a, 403, "Access denied");
    } else {
        return hs_caller_is_admin(w, a);
    }
    return false;
}

static bool acceptable(struct world *w, const json_t *body, struct answer *a)
{
    json_t *wrong = json_array();
    bool light = strcmp(hs_text(body, "role"), "light user") == 0;

    for (size_t i = 0; i < HS_COUNT(fields); i++)
        check_field(body, &fields[i], wrong);
    check_values(body, wrong);
    check_mailboxes(w, body, wrong);
    if (json_array_size(wrong) > 0) {
        hs_invalid(w, a, 400, wrong);
        return false;
    }
    if (!hs_email_free(w, hs_text(body, "email"), 0)) {
        json_array_append_new(wrong,
                              hs_wrong("email", "Email is already in use",
                                       json_object_get(body, "email"), NULL));
        hs_invalid(w, a, HS_SET(w, DUP_STATUS, "400") ? 400 : 409, wrong);
        return false;
    }
    json_decref(wrong);
    if (light && HS_SET(w, PLAN, "standard")) {
        hs_error(w, a, 403, "Light users are not part of this plan");
        return false;
    }
    if (!seat_left(w, light)) {
        int status =
            (int)strtol(knob_text(&w->knobs, HS_SEAT_STATUS), NULL, 10);
        hs_error(w, a, status, "The limit of users of this account is reached");
        return false;
    }
    return true;
}

/* ---- making one -------------------------------------------------------------
 */

static json_t *optional(const json_t *body, const char *name)
{
    json_t *value = json_object_get(body, name);

    return json_string_length(value) > 0 ? json_incref(value) : json_null();
}

static json_t *mention_of(const char *email)
{
    char text[MENTION_MAX];
    size_t len = 0;

    for (; *email != '\0' && *email != '@' && len + 1 < sizeof(text); email++)
        if (isalnum((unsigned char)*email))
            text[len++] = (char)tolower((unsigned char)*email);
    text[len] = '\0';
    return json_string(text);
}

/* Initials of ASCII names; others keep their first letters out. */
static json_t *initials_of(const json_t *body)
{
    const char *names[2] = {hs_text(body, "firstName"),
                            hs_text(body, "lastName")};
    char text[3] = "";
    size_t len = 0;

    for (size_t i = 0; i < 2; i++)
        if (isalpha((unsigned char)names[i][0]))
            text[len++] = (char)toupper((unsigned char)names[i][0]);
    return json_string(text);
}

static json_t *mailboxes_of(const json_t *body)
{
    json_t *ids = json_array(), *one = NULL;
    size_t i = 0;

    json_array_foreach (json_object_get(body, "mailboxes"), i, one) {
        if (!json_is_false(json_object_get(one, "emailAccess")))
            json_array_append(ids, json_object_get(one, "id"));
    }
    return ids;
}

json_t *hs_user_new(struct world *w, const json_t *body, bool invited)
{
    struct table *t = &w->tables[HS_USERS];
    int64_t id = table_new_id(t);
    const char *zone = hs_text(body, "timezone");
    json_t *user = json_pack(
        "{s:I, s:s, s:s, s:s, s:s, s:s, s:n, s:o, s:s, s:o, s:o, s:o, s:o, "
        "s:[], s:b, s:o}",
        "id", (json_int_t)id, "firstName", hs_text(body, "firstName"),
        "lastName", hs_text(body, "lastName"), "email", hs_text(body, "email"),
        "role", hs_text(body, "role"), "timezone",
        zone[0] ? zone : "Europe/Lisbon", "photoUrl", "createdAt",
        world_time_json(world_now(w)), "type", "user", "mention",
        mention_of(hs_text(body, "email")), "initials", initials_of(body),
        "jobTitle", optional(body, "jobTitle"), "phone",
        optional(body, "phone"), "alternateEmails", "_invited", invited,
        "_mailboxes", mailboxes_of(body));

    hs_user_touch(w, id, user);
    return user;
}

static void mail(struct world *w, const char *to)
{
    struct table *t = &w->tables[HS_MAILS];
    json_t *row = json_pack("{s:s, s:s, s:o}", "kind", "invite", "to", to, "at",
                            world_time_json(world_now(w)));

    table_put(t, table_new_id(t), row);
    json_decref(row);
}

static void create(struct world *w, const json_t *body, struct answer *a)
{
    bool invite = !json_is_false(json_object_get(body, "sendInvite"));
    json_t *user = hs_user_new(w, body, true);
    int64_t id = json_integer_value(json_object_get(user, "id"));

    if (invite)
        mail(w, hs_text(user, "email"));
    json_decref(user);
    answer_none(a, 201);
    a->type = "application/hal+json";
    answer_header(a, "Resource-ID", "%" PRId64, id);
    answer_header(a, "Location", HS_HOST "/v2/users/%" PRId64, id);
}

void hs_users_create(struct world *w, const struct request *r, struct answer *a)
{
    if (!may_create(w, a))
        return;
    json_t *body = hs_body(w, r, a);
    if (body && acceptable(w, body, a))
        create(w, body, a);
    json_decref(body);
}
