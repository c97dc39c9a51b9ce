/*
 * bridge/bulk_refs.c - values that say bulkId:...
 *
 *   where                         what is a reference
 *   a whole text                  bulkId:x
 *   in a filter, or after a /     "bulkId:x"   /bulkId:x
 *
 * A whole text, and any in a `path`, must name an operation of the request.
 * Elsewhere an unknown name is somebody's prose, and left as it is.
 */
#include "bridge/bulk_internal.h"

#include <stdlib.h>
#include <string.h>

#define PREFIX     "bulkId:"
#define PREFIX_LEN (sizeof PREFIX - 1)

struct span {
    size_t start, end; /* of the reference, with its prefix */
    bool strict;
};

struct resolving {
    const struct bulk *b;
    bool prune, pruned; /* pruned: something fell out of the value at hand */
    struct scim_error *err;
};

/* ---- one text -------------------------------------------------------------
 */

static bool next_span(const char *text, const char *name, size_t from,
                      struct span *out)
{
    const char *at = text + from;
    while ((at = strstr(at, PREFIX)) != NULL) {
        char before = at == text ? '\0' : at[-1];
        if (before == '\0' || before == '"' || before == '/') {
            const char *ends = before == '/' ? "/?\"" : before ? "\"" : "";
            out->start = (size_t)(at - text);
            out->end = out->start + strcspn(at, ends);
            out->strict =
                before == '\0' || (name != NULL && strcmp(name, "path") == 0);
            return true;
        }
        at += PREFIX_LEN;
    }
    return false;
}

/* The operation that a reference names; NULL: none. */
static struct bulk_op *named(const struct bulk *b, const char *text,
                             const struct span *s)
{
    char *name =
        strndup(text + s->start + PREFIX_LEN, s->end - s->start - PREFIX_LEN);
    const json_t *index = name == NULL ? NULL : json_object_get(b->ids, name);
    free(name);
    return index == NULL ? NULL : &b->ops[json_integer_value(index)];
}

/* ---- whom an operation waits for ------------------------------------------
 */

static bool note(struct bulk_op *op, size_t index)
{
    for (size_t i = 0; i < op->waits_count; i++)
        if (op->waits_for[i] == index)
            return true;
    size_t *more = realloc(op->waits_for, (op->waits_count + 1) * sizeof *more);
    if (more == NULL)
        return false;
    op->waits_for = more;
    op->waits_for[op->waits_count++] = index;
    return true;
}

static bool note_text(struct bulk *b, struct bulk_op *op, const char *text,
                      const char *name)
{
    struct span s = {0};
    while (next_span(text, name, s.end, &s)) {
        const struct bulk_op *other = named(b, text, &s);
        if (other == NULL)
            continue;
        if (op->type == b->t->group && other->type == b->t->group &&
            text != op->key)
            op->nests = true;
        if (!note(op, (size_t)(other - b->ops)))
            return false;
    }
    return true;
}

static bool note_value(struct bulk *b, struct bulk_op *op, const json_t *value,
                       const char *name)
{
    const char *key;
    json_t *part;
    size_t i;
    if (json_is_string(value))
        return note_text(b, op, json_string_value(value), name);
    json_array_foreach (value, i, part) {
        if (!note_value(b, op, part, name))
            return false;
    }
    json_object_foreach ((json_t *)(uintptr_t)value, key, part) {
        if (!note_value(b, op, part, key))
            return false;
    }
    return true;
}

bool bulk_refs_note(struct bulk *b, struct bulk_op *op)
{
    if (op->op != BRIDGE_CREATE && op->key != NULL &&
        !note_text(b, op, op->key, NULL))
        return false;
    return op->op == BRIDGE_DELETE || note_value(b, op, op->data, NULL);
}

/* ---- ids for references ---------------------------------------------------
 */

static bool refuse(struct scim_error *err, const char *text,
                   const struct span *s, const char *why)
{
    scim_error_set(err, SCIM_INVALID_VALUE, "%.*s: %s",
                   (int)(s->end - s->start < 80 ? s->end - s->start : 80),
                   text + s->start, why);
    return false;
}

/* False: unknown, failed, or (pruned) not there yet. */
static bool resolve_span(struct resolving *r, const char *text,
                         const struct span *s, struct buf *out)
{
    const struct bulk_op *other = named(r->b, text, s);
    if (other == NULL && s->strict)
        return refuse(r->err, text, s,
                      "no POST of this request has that bulkId.");
    if (other == NULL) {
        buf_add(out, text + s->start, s->end - s->start);
    } else if (other->id[0] != '\0') {
        buf_str(out, other->id);
    } else if (other->state == BULK_DONE) {
        return refuse(r->err, text, s,
                      "the operation that should create it has failed.");
    } else if (r->prune) {
        r->pruned = true;
    } else {
        return refuse(r->err, text, s,
                      "it names a resource that names this one.");
    }
    return true;
}

/* A new text; NULL with r->pruned or *r->err set. */
static json_t *resolve_text(struct resolving *r, const char *text,
                            const char *name)
{
    struct span s = {0};
    struct buf out = {0};
    size_t done = 0;
    bool ok = true;
    r->pruned = false;
    while (ok && !r->pruned && next_span(text, name, done, &s)) {
        buf_add(&out, text + done, s.start - done);
        ok = resolve_span(r, text, &s, &out);
        done = s.end;
    }
    buf_str(&out, text + done);
    json_t *value = ok && !r->pruned && buf_ok(&out)
                        ? json_string(out.len > 0 ? out.data : "")
                        : NULL;
    if (ok && !r->pruned && value == NULL)
        scim_error_memory(r->err);
    buf_clear(&out);
    return value;
}

static json_t *resolve_value(struct resolving *r, const json_t *value,
                             const char *name);

static json_t *resolve_array(struct resolving *r, const json_t *list,
                             const char *name)
{
    json_t *out = json_array(), *part;
    bool pruned = false;
    size_t i;
    json_array_foreach (list, i, part) {
        json_t *one = resolve_value(r, part, name);
        bool gone = one == NULL && r->pruned;
        pruned = pruned || r->pruned;
        if (!gone && json_array_append_new(out, one) != 0) {
            json_decref(out);
            return NULL;
        }
    }
    r->pruned = pruned;
    return out;
}

/* A value that lost its `value` or `$ref` means nothing without it. */
static bool is_core(const char *name)
{
    return strcmp(name, "value") == 0 || strcmp(name, "$ref") == 0;
}

static json_t *resolve_object(struct resolving *r, const json_t *object)
{
    json_t *out = json_object(), *part;
    bool pruned = false, gone = false;
    const char *key;
    json_object_foreach ((json_t *)(uintptr_t)object, key, part) {
        json_t *one = resolve_value(r, part, key);
        bool lacks = one == NULL && r->pruned;
        pruned = pruned || r->pruned;
        gone = gone || (lacks && is_core(key));
        if (!lacks && json_object_set_new(out, key, one) != 0) {
            json_decref(out);
            r->pruned = false;
            return NULL;
        }
    }
    r->pruned = pruned;
    if (!gone)
        return out;
    json_decref(out);
    return NULL;
}

/* NULL: left out (r->pruned), or *r->err is set. */
static json_t *resolve_value(struct resolving *r, const json_t *value,
                             const char *name)
{
    r->pruned = false;
    if (json_is_string(value))
        return resolve_text(r, json_string_value(value), name);
    if (json_is_array(value))
        return resolve_array(r, value, name);
    if (json_is_object(value))
        return resolve_object(r, value);
    return json_incref((json_t *)(uintptr_t)value);
}

json_t *bulk_refs_resolve(const struct bulk *b, const struct bulk_op *op,
                          json_t **pruned, struct scim_error *err)
{
    struct resolving r = {.b = b, .prune = pruned != NULL, .err = err};
    json_t *out = json_object(), *part;
    const char *key;
    if (pruned != NULL)
        *pruned = json_object();
    json_object_foreach ((json_t *)(uintptr_t)op->data, key, part) {
        json_t *one = resolve_value(&r, part, key);
        if (r.pruned && pruned != NULL)
            (void)json_object_set_new(*pruned, key, json_true());
        if (one == NULL && r.pruned)
            continue;
        if (json_object_set_new(out, key, one) != 0) {
            json_decref(out);
            out = NULL;
            break;
        }
    }
    if (out == NULL && err->status == 0)
        scim_error_memory(err);
    return out;
}

const char *bulk_refs_id(const struct bulk *b, const char *key,
                         struct scim_error *err)
{
    struct span s = {0};
    if (strncmp(key, PREFIX, PREFIX_LEN) != 0 || !next_span(key, NULL, 0, &s))
        return key;
    const struct bulk_op *other = named(b, key, &s);
    if (other != NULL && other->id[0] != '\0')
        return other->id;
    (void)refuse(err, key, &s,
                 other == NULL
                     ? "no POST of this request has that bulkId."
                     : "the operation that should create it has failed.");
    return NULL;
}
