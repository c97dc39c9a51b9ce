/*
 * providers/user_send.c - what every write of a user shares
 *
 *   1 send      rows with an operation of their own by it, the others together
 *   2 read      the write's own record, else users.get
 *   3 compare   each value that was sent with what the record holds
 *
 * No write is believed: helpdesks answer 200 to what they refuse, cut long
 * values, and grant less than was asked.
 */
#include "providers/plan.h"
#include "providers/provider_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- variables ----------------------------------------------------------- */

bool sending_init(struct sending *s, struct provider *p, const char *id,
                  const json_t *user, const json_t *role, bool create)
{
    const char *scim = json_string_value(json_object_get(role, "scim"));
    *s = (struct sending){
        .own = json_object(),
        .names = map_names(&p->users, user, create),
        .fields = role == NULL ? json_object() : role_fields(p, role, NULL),
        .words = map_user_words(user, scim),
    };
    if (id != NULL && s->own != NULL)
        (void)json_object_set_new(s->own, "id", provider_id(&p->user_ids, id));
    return s->own != NULL && s->names != NULL && s->fields != NULL &&
           s->words != NULL;
}

void sending_clear(struct sending *s)
{
    json_decref(s->own);
    json_decref(s->names);
    json_decref(s->fields);
    json_decref(s->words);
    *s = (struct sending){0};
}

enum up_rc sending_run(struct provider *p, struct up_call *call, const char *op,
                       const struct sending *s, struct op_result *out,
                       struct up_error *err)
{
    struct vars v = {.scope = {s->own, s->names, s->fields, s->words},
                     .count = 4};
    if (s->snapshot != NULL)
        v.scope[v.count++] = s->snapshot;
    return provider_run(p, call, &p->users, op, &v, out, err);
}

/* ---- comparing ----------------------------------------------------------- */

static bool maps(const struct map_row *row, const char *name)
{
    return row->scim.urn == NULL && strcmp(row->scim.name, name) == 0;
}

/* What a person calls it. */
static const char *spoken(const struct map_row *row)
{
    if (maps(row, "userName"))
        return "user name";
    return maps(row, "emails") ? "e-mail address" : row->path;
}

/* Another account that has the value; new, NULL: none is to be found. */
static char *holder_of(struct provider *p, struct up_call *call, const char *id,
                       const struct map_change *c)
{
    const char *value = json_string_value(c->value);
    char *holder = NULL;
    if (value == NULL || *value == '\0')
        return NULL;
    if (maps(c->row, "userName"))
        holder = user_holder(p, call, "users.find_by_user_name", "user_name",
                             value, id);
    if (holder == NULL && strchr(value, '@') != NULL &&
        (maps(c->row, "userName") || maps(c->row, "emails")))
        holder =
            user_holder(p, call, "users.find_by_email", "email", value, id);
    return holder;
}

static enum up_rc differs(struct provider *p, struct up_call *call,
                          const char *id, const struct map_change *c,
                          const json_t *body, struct up_error *err)
{
    char *holder = holder_of(p, call, id, c);
    char *is = select_text(select_path(body, c->row->native));
    if (holder != NULL)
        (void)provider_fail(err, UP_CONFLICT,
                            "Another account of the helpdesk has this %s.",
                            spoken(c->row));
    else
        (void)provider_fail(err, UP_INVALID,
                            "The helpdesk did not take the value for %s: it "
                            "has \"%.120s\" after the change.",
                            c->row->path, is == NULL ? "" : is);
    (void)snprintf(err->field, sizeof err->field, "%s", c->row->path);
    if (holder != NULL)
        (void)snprintf(err->existing_id, sizeof err->existing_id, "%s", holder);
    free(holder);
    free(is);
    return err->rc;
}

enum up_rc user_compare(struct provider *p, struct up_call *call,
                        const char *id, const struct map_changes *sent,
                        const json_t *record, struct up_error *err)
{
    const json_t *body =
        provider_under(json_object_get(p->profile, "user"), record);
    /* What was planned, and not sent, holds by definition. */
    for (size_t i = 0; call->plan == NULL && i < sent->count; i++) {
        if (map_holds(&sent->list[i], body))
            continue;
        (void)differs(p, call, id, &sent->list[i], body, err);
        err->changed = sent->count > 1;
        return err->rc;
    }
    return UP_OK;
}

static const char *op_of(const struct map_row *row)
{
    if (row->update_op != NULL)
        return row->update_op;
    return row->op != NULL ? row->op : "users.update";
}

/* ---- which changes an operation carries ---------------------------------- */

/* Words and the attribute that each carries. */
static const struct {
    const char *word, *name, *sub;
} carried[] = {
    {"user_name", "userName", ""},    {"email", "emails", "value"},
    {"name", "displayName", ""},      {"given", "name", "givenName"},
    {"family", "name", "familyName"}, {"external_id", "externalId", ""},
    {"password", "password", ""},
};

static bool carries(const struct provider *p, const char *op,
                    const struct map_row *row)
{
    if (provider_op_names(p, op, row->name))
        return true;
    for (size_t i = 0; i < sizeof carried / sizeof *carried; i++)
        if (maps(row, carried[i].name) &&
            strcmp(row->scim.sub, carried[i].sub) == 0 &&
            provider_op_names(p, op, carried[i].word))
            return true;
    return false;
}

bool change_sendable(const struct provider *p, const struct map_row *row)
{
    const char *op = op_of(row);
    if (!engine_can(p->engine, op))
        return false;
    return strcmp(op, "users.update") != 0 ||
           json_object_get(provider_op(p, op), "hook") != NULL ||
           provider_op_names(p, op, "changes") || carries(p, op, row);
}

bool changes_named(const struct provider *p, const char *op,
                   const struct map_changes *all, struct map_changes *in,
                   struct map_changes *rest)
{
    size_t room = all->count > 0 ? all->count : 1;
    *in = (struct map_changes){calloc(room, sizeof *in->list), 0};
    *rest = (struct map_changes){calloc(room, sizeof *rest->list), 0};
    if (in->list == NULL || rest->list == NULL)
        return false;
    for (size_t i = 0; i < all->count; i++) {
        struct map_changes *home = carries(p, op, all->list[i].row) ? in : rest;
        home->list[home->count++] = all->list[i];
    }
    return true;
}

/* ---- sending ------------------------------------------------------------- */

/* A send under way. */
struct batch {
    struct provider *p;
    struct up_call *call;
    struct sending *s;
    const struct map_changes *changes;
    struct op_result *last;
    bool asked, told; /* told: every answer had a record */
};

/* `changes` of one operation: those without an operation of their own. */
static json_t *changes_object(const struct batch *b, const char *op)
{
    json_t *object = json_object();
    for (size_t i = 0; object != NULL && i < b->changes->count; i++) {
        const struct map_change *c = &b->changes->list[i];
        if (c->row->op == NULL && c->row->update_op == NULL &&
            strcmp(op, "users.update") == 0)
            (void)select_put(object, c->row->name, json_incref(c->value));
    }
    return object;
}

/* Changes as variables too: a template may name {{field?}} one by one, and a
 * value that was cleared is sent as what clears it. */
static bool name_changes(const struct batch *b)
{
    bool ok = true;
    for (size_t i = 0; i < b->changes->count; i++)
        ok = json_object_set(b->s->names, b->changes->list[i].row->name,
                             b->changes->list[i].value) == 0 &&
             ok;
    return ok;
}

static enum up_rc send_one(struct batch *b, const char *op,
                           struct up_error *err)
{
    struct op_result result;
    json_t *changes = changes_object(b, op);
    if (changes == NULL ||
        json_object_set_new(b->s->own, "changes", changes) != 0)
        return provider_memory(err);
    enum up_rc rc = sending_run(b->p, b->call, op, b->s, &result, err);
    b->told = rc == UP_OK && (b->told || !b->asked) && result.record != NULL;
    op_result_clear(b->last);
    *b->last = result;
    if (rc != UP_OK)
        err->changed = err->changed || b->asked;
    b->asked = b->asked || rc == UP_OK;
    return rc;
}

/* What an operation carries, in the words of a plan. */
static void say_why(const struct batch *b, const char *op)
{
    char names[200] = "";
    size_t len = 0;
    for (size_t i = 0; b->call->plan != NULL && i < b->changes->count; i++) {
        const struct map_row *row = b->changes->list[i].row;
        if (strcmp(op_of(row), op) == 0 && len < sizeof names)
            len += (size_t)snprintf(names + len, sizeof names - len, "%s%s",
                                    len > 0 ? ", " : "", row->path);
    }
    plan_why(b->call, "The helpdesk's account has another value of: %s.",
             names);
}

/* True when an earlier change has the same operation. */
static bool sent_before(const struct map_changes *c, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (strcmp(op_of(c->list[j].row), op_of(c->list[i].row)) == 0)
            return true;
    return false;
}

enum up_rc user_send_changes(struct provider *p, struct up_call *call,
                             const char *id, const json_t *user,
                             const json_t *role,
                             const struct map_changes *changes, bool *asked,
                             struct op_result *last, struct up_error *err)
{
    struct sending s;
    struct batch b = {p, call, &s, changes, last, false, true};
    enum up_rc rc = UP_OK;
    for (size_t i = 0; i < changes->count; i++)
        if (!change_sendable(p, changes->list[i].row)) {
            (void)provider_lacks(err, "change this attribute");
            (void)snprintf(err->field, sizeof err->field, "%s",
                           changes->list[i].row->path);
            return err->rc;
        }
    if (!sending_init(&s, p, id, user, role, false) || !name_changes(&b))
        rc = provider_memory(err);
    for (size_t i = 0; rc == UP_OK && i < changes->count; i++)
        if (!sent_before(changes, i)) {
            say_why(&b, op_of(changes->list[i].row));
            rc = send_one(&b, op_of(changes->list[i].row), err);
        }
    sending_clear(&s);
    *asked = b.asked;
    if (!b.told) {
        json_decref(last->record);
        last->record = NULL;
    }
    return rc;
}

/* The record after a write: its own, else what is read now. */
static enum up_rc record_after(struct provider *p, struct up_call *call,
                               const char *id, json_t *told,
                               struct up_user *out, json_t **record,
                               struct up_error *err)
{
    if (told == NULL)
        return user_fetch(p, call, id, out, record, err);
    *record = json_incref(told);
    return user_take(p, call, told, out, err);
}

/* A refused name or address may be somebody else's. */
static enum up_rc why_refused(struct provider *p, struct up_call *call,
                              const char *id, const struct map_changes *changes,
                              struct up_error *err)
{
    for (size_t i = 0; i < changes->count; i++) {
        const struct map_change *c = &changes->list[i];
        char *holder = holder_of(p, call, id, c);
        if (holder == NULL)
            continue;
        bool changed = err->changed;
        (void)provider_fail(err, UP_CONFLICT,
                            "Another account of the helpdesk has this %s.",
                            spoken(c->row));
        (void)snprintf(err->field, sizeof err->field, "%s", c->row->path);
        (void)snprintf(err->existing_id, sizeof err->existing_id, "%s", holder);
        err->changed = changed;
        free(holder);
        break;
    }
    return err->rc;
}

enum up_rc user_apply(struct provider *p, struct up_call *call, const char *id,
                      const json_t *user, const json_t *role,
                      const struct map_changes *changes, struct up_user *out,
                      struct up_error *err)
{
    struct op_result last = {0};
    struct up_error read_error = {0};
    json_t *record = NULL;
    bool asked = false;
    *out = (struct up_user){0};
    if (changes->count == 0)
        return UP_OK;
    enum up_rc rc =
        user_send_changes(p, call, id, user, role, changes, &asked, &last, err);
    if (rc == UP_INVALID && err->status != 0)
        rc = why_refused(p, call, id, changes, err);
    if (rc == UP_OK)
        rc = plan_user_changes(p, call, id, changes, err);
    if (rc == UP_OK || rc == UP_UNKNOWN) {
        enum up_rc read =
            record_after(p, call, id, last.record, out, &record, &read_error);
        if (read == UP_OK)
            read = user_compare(p, call, id, changes, record, &read_error);
        /* What could not be seen stays unknown. */
        if (rc == UP_OK && read != UP_OK) {
            *err = read_error;
            err->changed = err->changed || read != UP_NOT_FOUND;
        }
        rc = rc == UP_OK || read == UP_OK ? read : rc;
    }
    if (rc != UP_OK)
        up_user_clear(out);
    json_decref(record);
    op_result_clear(&last);
    return rc;
}
