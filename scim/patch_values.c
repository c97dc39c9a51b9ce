/*
 * scim/patch_values.c - operations on a multi-valued attribute
 *
 *   path              add                 remove             replace
 *   emails            add to the set      all, or the listed the whole set
 *   emails.display    in every value      in every value     in every value
 *   emails[f]         merge into matches  the matches        matches, in full
 *   emails[f].display in the matches      in the matches     in the matches
 *
 * Where nothing matches: add makes a value that satisfies the filter, remove
 * is done, replace is an error (noTarget) unless the client is one of those
 * that mean add.
 */
#include "scim/patch_internal.h"

#include "base/clock.h"
#include "base/fold.h"
#include "scim/filter_internal.h"
#include "scim/tolerance.h"

#include <stdint.h>
#include <string.h>

static json_t *list_of(struct patch *p, const struct scim_attr *attr)
{
    return json_object_get(patch_holder(p, attr, false), attr->name);
}

/* ---- the attribute as a whole -------------------------------------------- */

/* Reads a list of values; one alone counts as a list of one. */
static bool read_list(struct patch *p, const struct scim_attr *attr,
                      const json_t *value, json_t **out)
{
    return scim_value_read(&p->reader, attr, value, out);
}

static bool add_all(struct patch *p, const struct scim_attr *attr,
                    const json_t *value)
{
    json_t *values = NULL;
    if (!read_list(p, attr, value, &values))
        return false;
    bool ok = values == NULL || patch_set_add(p, attr, values);
    json_decref(values);
    return ok;
}

static bool replace_all(struct patch *p, const struct scim_attr *attr,
                        const json_t *value)
{
    json_t *values = NULL;
    if (!read_list(p, attr, value, &values))
        return false;
    bool ok = values == NULL || patch_set_carry(p, attr, values);
    ok = ok && patch_set_close(p);
    json_t *holder = ok ? patch_holder(p, attr, true) : NULL;
    ok = holder != NULL;
    if (ok && values == NULL)
        ok = patch_erase(p, holder, attr);
    else if (ok && json_object_set(holder, attr->name, values) != 0)
        ok = patch_memory(p);
    json_decref(values);
    return ok;
}

/* ---- removing what is listed --------------------------------------------- */

static bool same_text(const struct scim_attr *attr, const json_t *a,
                      const json_t *b)
{
    if (!json_is_string(a) || !json_is_string(b) || attr->case_exact)
        return json_equal(a, b);
    return fold_equal(json_string_value(a), json_string_value(b));
}

/* True when `element` says all that `listed` says. */
static bool covers(const struct scim_attr *attr, const json_t *element,
                   const json_t *listed)
{
    if (attr->kind != SCIM_COMPLEX)
        return same_text(attr, element, listed);
    for (size_t i = 0; i < attr->sub_count; i++) {
        const struct scim_attr *sub = &attr->subs[i];
        const json_t *value = json_object_get(listed, sub->name);
        if (value != NULL &&
            !same_text(sub, json_object_get(element, sub->name), value))
            return false;
    }
    return true;
}

static void remove_covered(const struct scim_attr *attr, json_t *list,
                           const json_t *listed)
{
    for (size_t i = json_array_size(list); i > 0; i--)
        if (covers(attr, json_array_get(list, i - 1), listed))
            (void)json_array_remove(list, i - 1);
}

/* Takes the attribute out when nothing is left of it. */
static void drop_empty(struct patch *p, const struct scim_attr *attr)
{
    json_t *holder = patch_holder(p, attr, false);
    const json_t *list = json_object_get(holder, attr->name);
    if (json_is_array(list) && json_array_size(list) == 0)
        (void)json_object_del(holder, attr->name);
}

/*
 * `remove` with a value is not in the RFC; Entra ID, authentik and JumpCloud
 * send it for members, and mean just those. So an empty list removes none.
 */
static bool remove_listed(struct patch *p, const struct scim_attr *attr,
                          const json_t *value)
{
    size_t i = 0;
    const json_t *listed = NULL;
    json_t *values = NULL;
    if (!read_list(p, attr, value, &values))
        return false;
    bool ok = true;
    if (patch_set_by_value(attr)) {
        ok = patch_set_remove(p, attr, values);
    } else if (patch_set_close(p)) {
        json_t *list = list_of(p, attr);
        json_array_foreach (values, i, listed) {
            remove_covered(attr, list, listed);
        }
        drop_empty(p, attr);
    }
    json_decref(values);
    return ok;
}

static bool remove_all(struct patch *p, const struct scim_attr *attr)
{
    return patch_set_close(p) &&
           patch_erase(p, patch_holder(p, attr, false), attr);
}

/* ---- a value that satisfies a filter ------------------------------------- */

static bool is_flag_down(const struct scim_filter *f)
{
    return f->node == SCIM_NODE_NOT && f->left->node == SCIM_NODE_COMPARE &&
           f->left->literal == SCIM_LITERAL_BOOL &&
           filter_is_primary(f->left->attr);
}

static json_t *literal_json(const struct scim_filter *f)
{
    switch (f->literal) {
    case SCIM_LITERAL_TEXT:
    case SCIM_LITERAL_TIME:
        return json_string(f->given != NULL ? f->given : f->text);
    case SCIM_LITERAL_BOOL:
        return json_boolean(f->boolean);
    case SCIM_LITERAL_NUMBER:
        return f->attr->kind == SCIM_INTEGER
                   ? json_integer((json_int_t)f->number)
                   : json_real(f->number);
    case SCIM_LITERAL_NULL:
        break;
    }
    return NULL;
}

/* True when the filter is made of eq and `and` alone. */
static bool is_plain(const struct scim_filter *f)
{
    if (f->node == SCIM_NODE_AND)
        return is_plain(f->left) && is_plain(f->right);
    return is_flag_down(f) ||
           (f->node == SCIM_NODE_COMPARE && f->op == SCIM_OP_EQ);
}

/* Puts what a plain filter asks for into `element`, unless it says something
 * there already. False: memory ran out. */
static bool satisfy(const struct scim_filter *f, json_t *element)
{
    if (f->node == SCIM_NODE_AND)
        return satisfy(f->left, element) && satisfy(f->right, element);
    bool down = is_flag_down(f);
    const char *name = down ? "primary" : f->attr->name;
    return json_object_get(element, name) != NULL ||
           json_object_set_new(element, name,
                               down ? json_false() : literal_json(f)) == 0;
}

static bool no_target(const struct patch *p, const struct scim_path *path,
                      const char *why)
{
    scim_error_set(p->reader.err, SCIM_NO_TARGET,
                   "No value of %s matches the "
                   "filter in the path%s.",
                   path->attr->path, why);
    return false;
}

/* The value as the client describes it, before it is read: new. */
static json_t *describe(struct patch *p, const struct scim_path *path,
                        const json_t *value)
{
    json_t *meant = NULL, *element = json_object();
    bool ok = element != NULL;
    if (path->sub != NULL) {
        ok = ok && json_object_set(element, path->sub->name,
                                   (json_t *)(uintptr_t)value) == 0;
    } else {
        ok = ok && scim_tolerate(path->attr, value, &meant);
        json_t *from = meant != NULL ? meant : (json_t *)(uintptr_t)value;
        if (ok && json_is_object(from))
            ok = json_object_update(element, from) == 0;
        json_decref(meant);
    }
    if (ok)
        return element;
    json_decref(element);
    (void)patch_memory(p);
    return NULL;
}

/* PA-27: "if the target location does not exist, the value is added". */
static bool make_value(struct patch *p, const struct scim_path *path,
                       const json_t *value)
{
    if (path->sub == NULL && !json_is_object(value) && !json_is_string(value))
        return no_target(p, path,
                         ", and the value is none that could be added");
    if (!is_plain(path->filter))
        return no_target(p, path,
                         ", and it is not made of eq and \"and\" alone, by "
                         "which a value could be made");
    json_t *element = describe(p, path, value);
    bool ok = element != NULL &&
              (satisfy(path->filter, element) || patch_memory(p)) &&
              add_all(p, path->attr, element);
    json_decref(element);
    return ok;
}

/* ---- values that match --------------------------------------------------- */

static bool matches(const struct scim_path *path, const json_t *element)
{
    return path->filter == NULL ||
           scim_filter_match_value(path->filter, element);
}

/* PA-45: the new object stands in full; what the filter fixes by eq, and what a
 * client cannot set, stays. */
static bool renew(struct patch *p, const struct scim_path *path,
                  json_t *element, const json_t *value)
{
    const struct scim_attr *attr = path->attr;
    json_t *made = NULL;
    bool ok = scim_value_read_element(&p->reader, attr, value, &made);
    for (size_t i = 0; ok && i < attr->sub_count; i++) {
        const struct scim_attr *sub = &attr->subs[i];
        if (sub->mutability != SCIM_READ_ONLY &&
            sub->mutability != SCIM_IMMUTABLE)
            (void)json_object_del(element, sub->name);
    }
    ok = ok && (made == NULL || patch_merge(p, element, attr, made));
    if (ok && is_plain(path->filter))
        ok = satisfy(path->filter, element) || patch_memory(p);
    json_decref(made);
    return ok;
}

/* One operation that changes, not removes, on one value that matches. */
static bool change_one(struct patch *p, enum patch_op op,
                       const struct scim_path *path, json_t *element,
                       const json_t *value)
{
    if (path->sub != NULL)
        return patch_write(p, element, path->sub, value);
    if (op == PATCH_ADD)
        return patch_merge(p, element, path->attr, value);
    return renew(p, path, element, value);
}

/* PA-34: what is left of a value without its parts is not worth keeping. */
static bool is_hollow(const json_t *element)
{
    const char *key = NULL;
    const json_t *value = NULL;
    json_object_foreach ((json_t *)element, key, value) {
        if (strcmp(key, "type") != 0 && strcmp(key, "primary") != 0)
            return false;
    }
    return true;
}

/* *gone: the value itself is to be taken out of the list. */
static bool erase_one(struct patch *p, const struct scim_path *path,
                      json_t *element, bool *gone)
{
    *gone = path->sub == NULL;
    if (*gone || json_object_get(element, path->sub->name) == NULL)
        return true;
    if (!patch_erase(p, element, path->sub))
        return false;
    *gone = is_hollow(element);
    return true;
}

static bool remove_matching(struct patch *p, const struct scim_path *path)
{
    json_t *list = list_of(p, path->attr);
    for (size_t i = json_array_size(list); i > 0; i--) {
        bool gone = false;
        json_t *element = json_array_get(list, i - 1);
        if (!matches(path, element))
            continue;
        if (!erase_one(p, path, element, &gone))
            return false;
        if (gone)
            (void)json_array_remove(list, i - 1);
    }
    drop_empty(p, path->attr);
    return true;
}

/* True when the operation makes the values that it changes primary. */
static bool makes_primary(const struct scim_path *path, const json_t *element,
                          const json_t *value)
{
    bool named = path->sub != NULL ? filter_is_primary(path->sub)
                                   : scim_member(value, "primary") != NULL;
    return named && json_is_true(json_object_get(element, "primary"));
}

static bool settle_primary(struct patch *p, const struct scim_path *path,
                           const json_t *list, const json_t *primary,
                           size_t count)
{
    if (count <= 1)
        return primary == NULL || patch_only_primary(p, list, primary);
    scim_error_set(p->reader.err, SCIM_INVALID_VALUE,
                   "The path matches %zu values of %s, but only one of them "
                   "can be primary.",
                   count, path->attr->path);
    return false;
}

static bool change_matching(struct patch *p, enum patch_op op,
                            const struct scim_path *path, const json_t *value,
                            size_t *found)
{
    size_t i = 0, primaries = 0;
    json_t *element = NULL;
    const json_t *primary = NULL, *list = list_of(p, path->attr);
    *found = 0;
    json_array_foreach (list, i, element) {
        if (!matches(path, element))
            continue;
        ++*found;
        if (!change_one(p, op, path, element, value))
            return false;
        if (makes_primary(path, element, value)) {
            primary = element;
            primaries++;
        }
    }
    return settle_primary(p, path, list, primary, primaries);
}

static bool creates(const struct patch *p, enum patch_op op)
{
    return op == PATCH_ADD || (p->reader.tolerance != NULL &&
                               p->reader.tolerance->create_on_replace);
}

static bool any_matches(struct patch *p, const struct scim_path *path)
{
    size_t i = 0;
    const json_t *element = NULL;
    json_array_foreach (list_of(p, path->attr), i, element) {
        if (matches(path, element))
            return true;
    }
    return false;
}

/* null as the new value takes the old one out (PA-28, PA-48). */
static bool change_to_null(struct patch *p, enum patch_op op,
                           const struct scim_path *path)
{
    if (op == PATCH_ADD && path->sub == NULL)
        return true;
    if (path->filter != NULL && !creates(p, op) && !any_matches(p, path))
        return no_target(p, path, "");
    return remove_matching(p, path);
}

static bool change(struct patch *p, enum patch_op op,
                   const struct scim_path *path, const json_t *value)
{
    size_t found = 0;
    if (json_is_null(value))
        return change_to_null(p, op, path);
    if (!change_matching(p, op, path, value, &found))
        return false;
    if (found > 0)
        return true;
    if (path->filter != NULL)
        return creates(p, op) ? make_value(p, path, value)
                              : no_target(p, path, "; use add to make one");
    json_t *element = describe(p, path, value);
    bool ok = element != NULL && add_all(p, path->attr, element);
    json_decref(element);
    return ok;
}

/* members[value eq "2819c223"]: the one value with that key, if any. */
static const char *only_key(const struct scim_path *path)
{
    const struct scim_filter *f = path->filter;
    if (f == NULL || path->sub != NULL || f->node != SCIM_NODE_COMPARE ||
        f->op != SCIM_OP_EQ || f->literal != SCIM_LITERAL_TEXT ||
        strcmp(f->attr->name, "value") != 0 || !f->attr->case_exact ||
        !patch_set_by_value(path->attr))
        return NULL;
    for (const char *c = f->text; *c != '\0'; c++)
        if ((unsigned char)*c >= 0x80)
            return NULL;
    return f->text;
}

static bool remove_key(struct patch *p, const struct scim_path *path,
                       const char *key)
{
    json_t *values = json_pack("[{s:s}]", "value", key);
    bool ok = values != NULL ? patch_set_remove(p, path->attr, values)
                             : patch_memory(p);
    json_decref(values);
    return ok;
}

bool patch_values(struct patch *p, enum patch_op op,
                  const struct scim_path *path, const json_t *value)
{
    const char *key = op == PATCH_REMOVE ? only_key(path) : NULL;
    if (key != NULL)
        return remove_key(p, path, key);
    if (path->filter == NULL && path->sub == NULL) {
        if (op == PATCH_ADD)
            return add_all(p, path->attr, value);
        if (op == PATCH_REPLACE)
            return replace_all(p, path->attr, value);
        return value == NULL || json_is_null(value)
                   ? remove_all(p, path->attr)
                   : remove_listed(p, path->attr, value);
    }
    if (!patch_set_close(p))
        return false;
    return op == PATCH_REMOVE ? remove_matching(p, path)
                              : change(p, op, path, value);
}
