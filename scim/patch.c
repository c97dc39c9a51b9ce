/*
 * scim/patch.c - the operations of a PATCH, one after the other
 *
 *   step                                    on failure
 *   1 copy the resource                     -
 *   2 each operation changes the copy       the copy is thrown away
 *   3 bring the copy to canonical form      -
 *   4 check what a resource must have       the copy is thrown away
 *
 * So a PATCH is applied as a whole or not at all (RFC 7644 section 3.5.2).
 */
#include "scim/patch.h"

#include "base/buf.h"
#include "base/fold.h"
#include "scim/attr.h"
#include "scim/canonical.h"
#include "scim/patch_internal.h"
#include "scim/resource.h"
#include "scim/tolerance.h"

#include <stdlib.h>
#include <string.h>

#define URN_PATCH "urn:ietf:params:scim:api:messages:2.0:PatchOp"

static bool fail(const struct patch *p, enum scim_error_type type,
                 const char *sentence)
{
    scim_error_set(p->reader.err, type, "%s", sentence);
    return false;
}

/* ---- one place ----------------------------------------------------------- */

/* What a client may not change at all. A readOnly part within the brackets of
 * a filter is no harm. */
static const struct scim_attr *read_only_part(const struct scim_path *path)
{
    if (path->attr->mutability == SCIM_READ_ONLY)
        return path->attr;
    if (path->sub != NULL && path->sub->mutability == SCIM_READ_ONLY)
        return path->sub;
    return NULL;
}

static bool apply(struct patch *p, enum patch_op op,
                  const struct scim_path *path, const json_t *value)
{
    if (path->attr->multi)
        return patch_values(p, op, path, value);
    return patch_single(p, op, path, value);
}

/* ---- schemas (PA-13) ----------------------------------------------------- */

static bool lists_urn(const json_t *list, const char *urn)
{
    size_t i = 0;
    const json_t *one = NULL;
    if (json_is_string(list))
        return fold_ascii_equal(json_string_value(list),
                                json_string_length(list), urn, strlen(urn));
    json_array_foreach (list, i, one) {
        if (json_is_string(one) && lists_urn(one, urn))
            return true;
    }
    return false;
}

static bool all_read_only(const struct scim_schema *ext);
static bool remove_extension(struct patch *p, const struct scim_schema *ext);

/* `schemas` says what the resource holds, so it follows from the rest; only
 * taking an extension out of it means something. */
static bool apply_schemas(struct patch *p, enum patch_op op,
                          const json_t *value)
{
    const char *core = p->type->core->urn;
    if (op == PATCH_ADD || (op == PATCH_REPLACE && lists_urn(value, core)))
        return true;
    if (op == PATCH_REPLACE || value == NULL || json_is_null(value) ||
        lists_urn(value, core)) {
        scim_error_set(p->reader.err, SCIM_MUTABILITY,
                       "schemas must list %s, the schema of a %s.", core,
                       p->type->name);
        return false;
    }
    for (size_t i = 0; i < p->type->extension_count; i++) {
        const struct scim_schema *ext = &p->type->extensions[i];
        if (lists_urn(value, ext->urn) && !remove_extension(p, ext))
            return false;
    }
    return true;
}

/* ---- members of an object, named by paths -------------------------------- */

/* Members of a value without a path (PA-50, PA-51): readOnly ones are passed
 * over, which some clients send along, and so are unknown ones. */
struct pathless {
    struct patch *p;
    enum patch_op op;
    const struct scim_schema *schema; /* of an extension's object; else NULL */
};

static bool apply_object(struct pathless *l, const json_t *object);

/* `id` may be sent along, but not changed. */
static bool check_id(const struct patch *p, const json_t *value)
{
    const json_t *id = json_object_get(p->resource, "id");
    if (json_is_null(value) || json_equal(value, id))
        return true;
    return fail(p, SCIM_MUTABILITY,
                "id is given by the server and cannot be changed; leave it "
                "out of the value.");
}

static bool pass_over(const struct pathless *l, const struct scim_path *path,
                      const json_t *value, bool *passed)
{
    *passed = true;
    if (path->attr->schema == NULL && path->sub == NULL &&
        strcmp(path->attr->name, "id") == 0)
        return check_id(l->p, value);
    if (path->attr->schema == NULL && strcmp(path->attr->name, "schemas") == 0)
        return true;
    *passed = read_only_part(path) != NULL;
    return true;
}

static bool apply_found(struct pathless *l, const struct scim_path *path,
                        const json_t *value)
{
    bool passed = false;
    if (path->attr == NULL) { /* an extension, or the core schema itself */
        struct pathless inner = {l->p, l->op, path->schema};
        if (path->schema == l->p->type->core)
            inner.schema = NULL;
        if (json_is_null(value) && inner.schema != NULL)
            return l->op == PATCH_ADD || all_read_only(path->schema) ||
                   remove_extension(l->p, path->schema);
        return apply_object(&inner, value);
    }
    if (!pass_over(l, path, value, &passed))
        return false;
    return passed || apply(l->p, l->op, path, value);
}

static bool unknown_member(const struct pathless *l, const char *key)
{
    const struct scim_tolerance *t = l->p->reader.tolerance;
    if (t == NULL || !t->unknown_refused)
        return true;
    scim_error_set(l->p->reader.err, SCIM_INVALID_VALUE,
                   "%.200s is no attribute of this server.", key);
    return false;
}

/* The path that a member's name is: `key` alone, or behind the extension in
 * whose object it stands. *known is false when no schema has it. */
static bool find_member(const struct pathless *l, const char *key,
                        struct scim_path *path, bool *known)
{
    struct buf full = {0};
    const struct scim_attr *attr = NULL;
    const struct scim_schema *schema = NULL;
    if (l->schema != NULL)
        buf_fmt(&full, "%s:", l->schema->urn);
    buf_str(&full, key);
    if (!buf_ok(&full))
        return patch_memory(l->p);
    size_t head = full.data != NULL ? strcspn(full.data, "[") : 0;
    *known =
        head > 0 && scim_attr_find(l->p->type, full.data, head, &attr, &schema);
    bool ok = !*known || scim_path_parse(l->p->type, full.data, full.len, path,
                                         l->p->reader.err);
    buf_clear(&full);
    return ok;
}

static bool apply_member(struct pathless *l, const char *key,
                         const json_t *value)
{
    struct scim_path path = {0};
    bool known = false;
    bool ok = find_member(l, key, &path, &known) &&
              (known ? apply_found(l, &path, value) : unknown_member(l, key));
    scim_path_clear(&path);
    return ok;
}

/* Notes a name in `seen`. *twice: it stood there already, in whatever case.
 * False: memory ran out. */
static bool note_name(json_t *seen, const char *name, bool *twice)
{
    char *folded = fold_key(name, strlen(name));
    *twice = folded != NULL && json_object_get(seen, folded) != NULL;
    bool ok =
        folded != NULL && json_object_set_new(seen, folded, json_true()) == 0;
    free(folded);
    return ok;
}

/* Two spellings of one name in an object leave open which is meant. */
static bool check_spellings(const struct patch *p, const json_t *object)
{
    const char *key = NULL;
    const json_t *value = NULL;
    json_t *seen = json_object();
    bool ok = true, twice = false;
    json_object_foreach ((json_t *)object, key, value) {
        if (ok && !twice)
            ok = note_name(seen, key, &twice);
    }
    json_decref(seen);
    if (!ok)
        return patch_memory(p);
    return !twice || fail(p, SCIM_INVALID_SYNTAX,
                          "A member of the value stands there twice, spelled "
                          "differently. Send it once; the case of names does "
                          "not matter.");
}

static bool apply_object(struct pathless *l, const json_t *object)
{
    const char *key = NULL;
    const json_t *value = NULL;
    if (!json_is_object(object))
        return fail(l->p, SCIM_INVALID_VALUE,
                    "Without a path to an attribute, the value must be an "
                    "object whose members name the attributes.");
    if (!check_spellings(l->p, object))
        return false;
    json_object_foreach ((json_t *)object, key, value) {
        if (!apply_member(l, key, value))
            return false;
    }
    return true;
}

/* ---- extensions ---------------------------------------------------------- */

static bool all_read_only(const struct scim_schema *ext)
{
    for (size_t i = 0; i < ext->attr_count; i++)
        if (ext->attrs[i].mutability != SCIM_READ_ONLY)
            return false;
    return ext->attr_count > 0;
}

/* PA-37: all of it that a client may remove. */
static bool remove_extension(struct patch *p, const struct scim_schema *ext)
{
    json_t *object = scim_schema_object(p->resource, ext);
    if (all_read_only(ext)) {
        scim_error_set(p->reader.err, SCIM_MUTABILITY,
                       "All of %s is told by the server and cannot be removed.",
                       ext->urn);
        return false;
    }
    if (!patch_set_close(p))
        return false;
    for (size_t i = 0; i < ext->attr_count; i++) {
        const struct scim_attr *attr = &ext->attrs[i];
        if (attr->mutability != SCIM_READ_ONLY &&
            json_object_get(object, attr->name) != NULL &&
            !patch_erase(p, object, attr))
            return false;
    }
    return true;
}

static bool apply_schema(struct patch *p, enum patch_op op,
                         const struct scim_schema *schema, const json_t *value)
{
    struct pathless l = {p, op, schema};
    bool core = schema == p->type->core;
    bool clear =
        op == PATCH_REMOVE || (op == PATCH_REPLACE && json_is_null(value));
    if (core && clear)
        return fail(p, SCIM_MUTABILITY,
                    "The core schema of a resource cannot be removed; name "
                    "the attribute to remove.");
    if (clear)
        return remove_extension(p, schema);
    if (json_is_null(value))
        return true;
    if (core)
        l.schema = NULL;
    return apply_object(&l, value);
}

/* ---- one operation ------------------------------------------------------- */

static bool apply_parsed(struct patch *p, enum patch_op op,
                         const struct scim_path *path, const json_t *value)
{
    if (path->attr == NULL)
        return apply_schema(p, op, path->schema, value);
    if (path->attr->schema == NULL && strcmp(path->attr->name, "schemas") == 0)
        return apply_schemas(p, op, value);
    const struct scim_attr *fixed = read_only_part(path);
    if (fixed != NULL)
        return patch_immovable(p, fixed,
                               "is told by the server and cannot be changed");
    return apply(p, op, path, value);
}

static bool apply_path(struct patch *p, enum patch_op op, const json_t *text,
                       const json_t *value)
{
    struct scim_path path = {0};
    if (!json_is_string(text))
        return fail(p, SCIM_INVALID_PATH, "\"path\" must be a text.");
    bool ok = scim_path_parse(p->type, json_string_value(text),
                              json_string_length(text), &path, p->reader.err) &&
              apply_parsed(p, op, &path, value);
    scim_path_clear(&path);
    return ok;
}

/* The op of an operation, in any case: Entra ID sends "Replace". */
static bool read_op(const struct patch *p, const json_t *operation,
                    enum patch_op *op)
{
    static const char *const words[] = {
        [PATCH_ADD] = "add",
        [PATCH_REMOVE] = "remove",
        [PATCH_REPLACE] = "replace",
    };
    const json_t *word = scim_member(operation, "op");
    for (size_t i = 0; json_is_string(word) && i < 3; i++)
        if (fold_ascii_equal(json_string_value(word), json_string_length(word),
                             words[i], strlen(words[i]))) {
            *op = (enum patch_op)i;
            return true;
        }
    return fail(p, SCIM_INVALID_SYNTAX,
                "\"op\" must be \"add\", \"remove\" or \"replace\".");
}

/* `op`, `path` and `value` each stand there once, in whatever case. */
static bool check_members(const struct patch *p, const json_t *operation)
{
    static const char *const names[] = {"op", "path", "value"};
    size_t count[3] = {0};
    const char *key = NULL;
    const json_t *value = NULL;
    json_object_foreach ((json_t *)operation, key, value) {
        for (size_t i = 0; i < 3; i++)
            count[i] +=
                fold_ascii_equal(key, strlen(key), names[i], strlen(names[i]));
    }
    return (count[0] <= 1 && count[1] <= 1 && count[2] <= 1) ||
           fail(p, SCIM_INVALID_SYNTAX,
                "\"op\", \"path\" and \"value\" may each be there only once.");
}

static bool operate(struct patch *p, const json_t *operation)
{
    enum patch_op op = PATCH_ADD;
    if (!json_is_object(operation))
        return fail(p, SCIM_INVALID_SYNTAX,
                    "An operation must be an object with \"op\".");
    if (!check_members(p, operation) || !read_op(p, operation, &op))
        return false;
    const json_t *path = scim_member(operation, "path");
    const json_t *value = scim_member(operation, "value");
    bool pathless = path == NULL || json_is_null(path) ||
                    (json_is_string(path) && json_string_length(path) == 0);
    if (pathless && op == PATCH_REMOVE)
        return fail(p, SCIM_NO_TARGET,
                    "\"remove\" needs a \"path\" that says what to remove.");
    if (value == NULL && op != PATCH_REMOVE)
        return fail(p, SCIM_INVALID_VALUE,
                    "\"add\" and \"replace\" need a \"value\"; null removes.");
    struct pathless all = {p, op, NULL};
    return pathless ? apply_object(&all, value)
                    : apply_path(p, op, path, value);
}

/* ---- all of them --------------------------------------------------------- */

/* Says which of several operations was wrong. */
static void name_operation(struct scim_error *err, size_t number)
{
    struct scim_error bare = *err;
    if (bare.type != SCIM_NONE)
        scim_error_set(err, bare.type, "Operation %zu: %s", number,
                       bare.detail);
}

static bool operate_all(struct patch *p, const json_t *operations)
{
    size_t i = 0;
    const json_t *operation = NULL;
    json_array_foreach (operations, i, operation) {
        if (operate(p, operation))
            continue;
        if (json_array_size(operations) > 1 && p->reader.err != NULL)
            name_operation(p->reader.err, i + 1);
        return false;
    }
    return patch_set_close(p);
}

/* The array of operations, borrowed; NULL: an error is set. */
static const json_t *read_operations(const struct patch *p, const json_t *body)
{
    const json_t *operations = scim_member(body, "Operations");
    const struct scim_tolerance *t = p->reader.tolerance;
    const char *why = NULL;
    if (!json_is_array(scim_member(body, "schemas")) ||
        !lists_urn(scim_member(body, "schemas"), URN_PATCH))
        why = "\"schemas\" must be [\"" URN_PATCH "\"].";
    else if (!json_is_array(operations))
        why = "\"Operations\" must be an array of operations.";
    else if (json_array_size(operations) == 0 &&
             (t == NULL || !t->empty_operations))
        why = "\"Operations\" is empty; there must be one or more.";
    if (why != NULL) {
        (void)fail(p, SCIM_INVALID_SYNTAX, why);
        return NULL;
    }
    if (json_array_size(operations) <= SCIM_MAX_OPERATIONS)
        return operations;
    scim_error_set(p->reader.err, SCIM_INVALID_VALUE,
                   "%zu operations are too many; send at most %d at once.",
                   json_array_size(operations), SCIM_MAX_OPERATIONS);
    return NULL;
}

/* True when what is wrong was so before: a helpdesk may lack what a client must
 * send, and that must not keep anyone from being deactivated. */
static bool was_so(const struct patch *p, const json_t *current)
{
    struct scim_error *err = p->reader.err, before = {0};
    if (err == NULL || scim_resource_check(p->type, current, &before) ||
        strcmp(before.detail, err->detail) != 0)
        return false;
    *err = (struct scim_error){0};
    return true;
}

/* The canonical form of what the operations made, when it is allowed: new. */
static json_t *finish(const struct patch *p, const json_t *current)
{
    json_t *result = scim_canonical(p->type, p->resource);
    if (result == NULL)
        (void)patch_memory(p);
    if (result == NULL || scim_resource_check(p->type, result, p->reader.err) ||
        was_so(p, current))
        return result;
    json_decref(result);
    return NULL;
}

json_t *scim_patch(const struct scim_type *type, const json_t *current,
                   const json_t *body, const struct scim_tolerance *tolerance,
                   struct scim_error *err)
{
    struct patch p = {.type = type,
                      .reader = {.source = SCIM_FROM_PATCH,
                                 .tolerance = tolerance,
                                 .err = err}};
    json_t *result = NULL;
    const json_t *operations = read_operations(&p, body);
    if (operations == NULL)
        return NULL;
    p.resource = scim_canonical(type, current); /* a copy */
    if (p.resource == NULL)
        (void)patch_memory(&p);
    else if (operate_all(&p, operations))
        result = finish(&p, current);
    json_decref(p.set.places);
    json_decref(p.resource);
    return result;
}
