/*
 * providers/role.c - roles as fields of the user
 *
 * A profile may name roles by the helpdesk's own names ("@Agent"), whose ids
 * only the helpdesk knows. They are asked for once, before the first call that
 * needs a role:
 *
 *   staff          holds                          until
 *   as opened      set.* filled, "@NAME" as it is the look-up
 *   complete       ids in place of "@NAME"        the provider is freed
 *
 * A superseded staff stays: others may still read what they borrowed from it.
 */
#include "providers/provider_internal.h"

#include "base/fold.h"

#include <stdlib.h>
#include <string.h>

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static bool is_true(const json_t *object, const char *key)
{
    return json_is_true(json_object_get(object, key));
}

/* ---- making a staff ------------------------------------------------------ */

/* Takes over `block`. NULL: memory ran out. */
static struct staff *staff_new(json_t *block, struct staff *older)
{
    struct staff *s = calloc(1, sizeof *s);
    json_t *roles = json_object_get(json_object_get(block, "roles"), "values");
    if (s == NULL || roles == NULL) {
        json_decref(block);
        free(s);
        return NULL;
    }
    s->block = block;
    s->roles = json_incref(roles);
    s->public_roles = provider_public_roles(roles);
    s->older = older;
    return s;
}

void staff_free(struct staff *s)
{
    while (s != NULL) {
        struct staff *older = s->older;
        json_decref(s->block);
        json_decref(s->roles);
        json_decref(s->public_roles);
        free(s);
        s = older;
    }
}

bool staff_open(struct provider *p, struct error *err)
{
    static const char *const keys[] = {"own",    "roles",   "in_scope",
                                       "states", "protect", "exclude_ids"};
    const json_t *user = json_object_get(p->profile, "user");
    struct vars v = {.scope = {p->account.variables}, .count = 1};
    json_t *block = json_object();
    char missing[128] = "";
    for (size_t i = 0; block != NULL && i < sizeof keys / sizeof *keys; i++) {
        const json_t *value = json_object_get(user, keys[i]);
        if (value != NULL)
            (void)json_object_set_new(block, keys[i],
                                      template_fill(value, &v, missing));
    }
    struct staff *s = staff_new(block, NULL);
    if (s == NULL) {
        error_set(err, "user.roles: cannot be used%s%s.",
                  missing[0] != '\0' ? ": no value for " : "", missing);
        return false;
    }
    atomic_store(&p->staff, s);
    atomic_store(&p->staff_complete,
                 provider_json(p, "user.roles.lookup") == NULL);
    return true;
}

struct staff *staff_of(struct provider *p)
{
    return atomic_load(&p->staff);
}

/* ---- "@NAME" ------------------------------------------------------------- */

static bool set_holds(const json_t *set, const json_t *body, bool full,
                      bool *unknown);

struct lookup {
    const json_t *ids;      /* name -> id */
    const json_t *optional; /* names that may be missing; may be NULL */
    const char *lacked;     /* a name that the helpdesk does not have */
};

static bool in_list(const json_t *list, const json_t *value);

/* The id of a name; a name that may be missing stays as it is written, which
 * no record holds. */
static json_t *id_of(const json_t *value, struct lookup *l)
{
    const char *name = json_string_value(value) + 1;
    json_t *id = json_object_get(l->ids, name), *text = json_string(name);
    bool may_lack = id == NULL && in_list(l->optional, text);
    json_decref(text);
    if (id != NULL)
        return json_incref(id);
    if (may_lack)
        return json_incref((json_t *)value);
    l->lacked = name;
    return json_null();
}

/* Replaces "@NAME" within `value` by ids. As deep as a profile is. */
static json_t *resolved(const json_t *value, struct lookup *l)
{
    const char *text = json_string_value(value), *key;
    json_t *one, *copy;
    size_t i;
    if (text != NULL && text[0] == '@')
        return id_of(value, l);
    if (json_is_array(value)) {
        copy = json_array();
        json_array_foreach (value, i, one) {
            (void)json_array_append_new(copy, resolved(one, l));
        }
        return copy;
    }
    if (json_is_object(value)) {
        copy = json_object();
        json_object_foreach ((json_t *)value, key, one) {
            (void)json_object_set_new(copy, key, resolved(one, l));
        }
        return copy;
    }
    return json_incref((json_t *)value);
}

static bool named(const json_t *roles, const char *name)
{
    size_t i;
    json_t *role;
    json_array_foreach (roles, i, role) {
        const char *scim = text_of(role, "scim");
        if (scim != NULL && fold_equal(scim, name))
            return true;
    }
    return false;
}

static size_t default_at(const json_t *roles)
{
    size_t i;
    json_t *role;
    json_array_foreach (roles, i, role) {
        if (is_true(role, "default"))
            return i;
    }
    return json_array_size(roles);
}

/* A role of the profile has that id in that field. */
static bool named_by_id(const json_t *roles, const char *field,
                        const json_t *id)
{
    size_t i;
    json_t *role;
    json_array_foreach (roles, i, role) {
        const json_t *has =
            json_object_get(json_object_get(role, "set"), field);
        if (has != NULL && (json_equal(has, id) || in_list(has, id)))
            return true;
    }
    return false;
}

/* With `writes`, every other role that was found is offered by its name, in
 * rank just above the default role. */
static void offer_found(json_t *roles, const json_t *lookup, const json_t *ids)
{
    const char *writes = text_of(lookup, "writes"), *name;
    json_t *id;
    if (writes == NULL)
        return;
    json_object_foreach ((json_t *)ids, name, id) {
        if (named(roles, name) || named_by_id(roles, writes, id))
            continue;
        json_t *set = json_deep_copy(json_object_get(lookup, "with"));
        if (set == NULL)
            set = json_object();
        (void)json_object_set(set, writes, id);
        (void)json_array_insert_new(
            roles, default_at(roles),
            json_pack("{s:s, s:o, s:b}", "scim", name, "set", set, "found", 1));
    }
}

/* A role of the helpdesk's own that is called as the role which it refines:
 * nobody could say which of the two is meant. NULL: none. */
static const char *namesake(const json_t *roles, const json_t *lookup,
                            const json_t *ids)
{
    const json_t *with = json_object_get(lookup, "with");
    const char *name;
    json_t *id, *role;
    size_t i;
    if (text_of(lookup, "writes") == NULL)
        return NULL;
    json_object_foreach ((json_t *)ids, name, id) {
        json_array_foreach (roles, i, role) {
            bool unknown = false;
            if (text_of(role, "scim") != NULL &&
                fold_equal(text_of(role, "scim"), name) &&
                set_holds(with, json_object_get(role, "set"), true, &unknown))
                return name;
        }
    }
    return NULL;
}

static enum up_rc read_ids(struct provider *p, struct up_call *call,
                           const json_t *lookup, json_t **ids,
                           struct up_error *err)
{
    struct op_result result;
    struct vars none = {.count = 0};
    enum up_rc rc =
        provider_run(p, call, NULL, text_of(lookup, "op"), &none, &result, err);
    size_t i;
    json_t *row;
    *ids = json_object();
    json_array_foreach (result.records, i, row) {
        char *name = select_text(select_path(row, text_of(lookup, "by")));
        json_t *id = select_path(row, text_of(lookup, "value"));
        if (name != NULL && id != NULL)
            (void)json_object_set(*ids, name, id);
        free(name);
    }
    op_result_clear(&result);
    return rc;
}

/* Under the lock. */
static enum up_rc complete(struct provider *p, struct up_call *call,
                           struct up_error *err)
{
    const json_t *lookup = provider_json(p, "user.roles.lookup");
    struct lookup l = {0};
    json_t *ids = NULL;
    enum up_rc rc = read_ids(p, call, lookup, &ids, err);
    l.ids = ids;
    if (rc == UP_OK) {
        struct staff *old = staff_of(p), *now = NULL;
        l.optional = json_object_get(
            json_object_get(json_object_get(old->block, "roles"), "lookup"),
            "optional");
        json_t *block = resolved(old->block, &l);
        const char *twice = namesake(old->roles, lookup, ids);
        if (twice != NULL)
            rc = provider_fail(err, UP_FAILED,
                               "The helpdesk has a role of its own named "
                               "\"%.100s\", which its profile calls another; "
                               "rename it in the helpdesk.",
                               twice);
        else if (l.lacked != NULL)
            rc = provider_fail(err, UP_FAILED,
                               "The helpdesk has no role named \"%s\", which "
                               "its profile needs.",
                               l.lacked);
        else
            offer_found(
                json_object_get(json_object_get(block, "roles"), "values"),
                lookup, ids);
        now = rc == UP_OK ? staff_new(json_incref(block), old) : NULL;
        if (rc == UP_OK && now == NULL)
            rc = provider_memory(err);
        if (now != NULL) {
            atomic_store(&p->staff, now);
            atomic_store(&p->staff_complete, true);
        }
        json_decref(block);
    }
    json_decref(ids);
    return rc;
}

enum up_rc staff_complete(struct provider *p, struct up_call *call,
                          struct up_error *err)
{
    enum up_rc rc = UP_OK;
    if (atomic_load(&p->staff_complete))
        return UP_OK;
    (void)pthread_mutex_lock(&p->lock);
    if (!atomic_load(&p->staff_complete))
        rc = complete(p, call, err);
    (void)pthread_mutex_unlock(&p->lock);
    return rc;
}

/* ---- naming roles -------------------------------------------------------- */

const json_t *role_named(struct provider *p, const char *scim)
{
    size_t i;
    json_t *role;
    json_array_foreach (staff_of(p)->roles, i, role) {
        const char *is = text_of(role, "scim");
        if (scim != NULL && is != NULL && fold_equal(is, scim))
            return role;
    }
    return NULL;
}

const json_t *role_default_of(struct provider *p)
{
    const json_t *roles = staff_of(p)->roles;
    return json_array_get(roles, default_at(roles));
}

enum up_rc role_assignable(struct provider *p, const char *scim,
                           const json_t **role, struct up_error *err)
{
    *role = scim == NULL ? role_default_of(p) : role_named(p, scim);
    if (*role != NULL && !json_is_false(json_object_get(*role, "assign")))
        return UP_OK;
    (void)provider_fail(err, UP_INVALID,
                        *role == NULL
                            ? "The helpdesk has no role \"%.100s\"."
                            : "The role \"%.100s\" is never given by the "
                              "bridge; give it in the helpdesk itself.",
                        scim == NULL ? "" : scim);
    memcpy(err->field, "roles", sizeof "roles");
    return UP_INVALID;
}

bool role_is_team(const json_t *role)
{
    return json_object_get(role, "team") != NULL;
}

/* ---- the role of a record ------------------------------------------------ */

static bool same_value(const json_t *a, const json_t *b)
{
    char *ta = select_text(a), *tb = select_text(b);
    bool same = ta != NULL && tb != NULL && strcmp(ta, tb) == 0;
    if (json_is_null(a) || json_is_null(b))
        same = json_is_null(a) && json_is_null(b);
    free(ta);
    free(tb);
    return same || json_equal(a, b);
}

static bool in_list(const json_t *list, const json_t *value)
{
    size_t i;
    json_t *one;
    json_array_foreach (list, i, one) {
        if (same_value(one, value))
            return true;
    }
    return false;
}

/* A field of a record against a field of `set`: a list must hold all. */
static bool field_holds(const json_t *field, const json_t *wanted)
{
    size_t i;
    json_t *one;
    if (field == NULL)
        return json_is_null(wanted);
    if (!json_is_array(wanted))
        return json_is_array(field) ? in_list(field, wanted)
                                    : same_value(field, wanted);
    json_array_foreach (wanted, i, one) {
        if (!in_list(field, one))
            return false;
    }
    return true;
}

static bool set_holds(const json_t *set, const json_t *body, bool full,
                      bool *unknown)
{
    const char *name;
    json_t *wanted;
    bool holds = json_object_size(set) > 0;
    json_object_foreach ((json_t *)set, name, wanted) {
        const json_t *field = select_path(body, name);
        if (field == NULL && !full)
            *unknown = true;
        holds = holds && field_holds(field, wanted);
    }
    return holds;
}

/* As it is given, or as records may show it besides (`also`). */
static bool shows(const json_t *role, const json_t *body, bool full,
                  bool *unknown)
{
    const json_t *also = json_object_get(role, "also");
    return set_holds(json_object_get(role, "set"), body, full, unknown) ||
           (also != NULL && when_holds(also, body, NULL, full) == WHEN_TRUE);
}

bool role_held(struct provider *p, const json_t *role, const json_t *body)
{
    bool unknown = false;
    (void)p;
    return shows(role, body, true, &unknown);
}

/* One role that is not whole: some value of a list that no lower role has. An
 * administrator whose record lacks the agent's role beside it still is one. */
static bool overlaps(const json_t *roles, size_t at, const json_t *body)
{
    const json_t *set = json_object_get(json_array_get(roles, at), "set");
    const char *name;
    json_t *wanted, *one;
    size_t i;
    json_object_foreach ((json_t *)set, name, wanted) {
        const json_t *field = select_path(body, name);
        json_array_foreach (wanted, i, one) {
            bool lower = false;
            for (size_t j = at + 1; j < json_array_size(roles); j++) {
                const json_t *other = json_object_get(
                    json_object_get(json_array_get(roles, j), "set"), name);
                lower = lower || in_list(other, one);
            }
            if (!lower && in_list(field, one))
                return true;
        }
    }
    return false;
}

const json_t *role_of_record(struct provider *p, const json_t *body, bool full,
                             bool *unknown)
{
    const json_t *roles = staff_of(p)->roles;
    const json_t *whole = NULL, *part = NULL;
    size_t i;
    json_t *role;
    json_array_foreach (roles, i, role) {
        bool holds = shows(role, body, full, unknown);
        /* A role that was found by name has all that its `with` has, and so
         * says more than the role that has no more than that; but it never
         * hides an administrator. */
        if (holds && (whole == NULL ||
                      (is_true(role, "found") && !is_true(whole, "elevated"))))
            whole = role;
        if (part == NULL && overlaps(roles, i, body))
            part = role;
    }
    return whole != NULL ? whole : part;
}

/* ---- giving a role ------------------------------------------------------- */

/* The values of every role for one field. */
static bool named_by_any(const json_t *roles, const char *field,
                         const json_t *value)
{
    size_t i;
    json_t *role;
    json_array_foreach (roles, i, role) {
        const json_t *set = json_object_get(role, "set");
        if (in_list(json_object_get(set, field), value))
            return true;
    }
    return false;
}

static json_t *joined(const json_t *roles, const char *field,
                      const json_t *wanted, const json_t *has)
{
    json_t *all = json_copy((json_t *)wanted), *one;
    size_t i;
    json_array_foreach (has, i, one) {
        if (!named_by_any(roles, field, one) && !in_list(all, one))
            (void)json_array_append(all, one);
    }
    return all;
}

json_t *role_fields(struct provider *p, const json_t *role, const json_t *body)
{
    bool keep = json_is_true(provider_json(p, "user.roles.keep_unknown"));
    const json_t *roles = staff_of(p)->roles;
    json_t *fields = json_object(), *wanted;
    const char *name;
    json_object_foreach (json_object_get(role, "set"), name, wanted) {
        const json_t *has = keep ? select_path(body, name) : NULL;
        if (json_is_array(wanted) && json_is_array(has))
            (void)json_object_set_new(fields, name,
                                      joined(roles, name, wanted, has));
        else
            (void)json_object_set_new(fields, name, json_deep_copy(wanted));
    }
    return fields;
}
