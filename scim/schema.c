/*
 * scim/schema.c - Schema documents become a model
 *
 *   1 every document is copied, and sorted: the core schema of each type, its
 *     extensions in their order, then the documents of discovery itself
 *   2 the members that are for us alone ("x-...") are read and cut off, since
 *     what remains is what /Schemas publishes
 *   3 each attribute becomes a struct scim_attr, whose texts are borrowed from
 *     the copy
 */
#include "scim/schema.h"

#include "base/fold.h"
#include "schema/embedded.h"
#include "scim/attr.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name, *endpoint, *urn;
} type_table[] = {
    {"User", "/Users", SCIM_URN_USER},
    {"Group", "/Groups", SCIM_URN_GROUP},
};
#define TYPE_COUNT (sizeof type_table / sizeof type_table[0])

/* Published, but no resource that clients write is made of them (RFC 7643
 * section 8.7.2). */
static const char *const meta_urns[] = {
    "urn:ietf:params:scim:schemas:core:2.0:Schema",
    "urn:ietf:params:scim:schemas:core:2.0:ResourceType",
    "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig",
};
#define META_COUNT (sizeof meta_urns / sizeof meta_urns[0])

struct scim_model {
    struct scim_type types[TYPE_COUNT];
    struct scim_schema *schemas; /* grouped by type, the core first */
    size_t schema_count;
    json_t *source;    /* our copy of what was given: texts point into it */
    json_t *documents; /* what is published of it, in publishing order */
};

/* ---- the characteristics of one attribute -------------------------------- */

/* clang-format off */
struct word { const char *text; int value; };
/* The words of RFC 7643 section 7, each list's default first. */
static const struct word kinds[] = {
    {"string", SCIM_STRING},   {"boolean", SCIM_BOOLEAN},
    {"decimal", SCIM_DECIMAL}, {"integer", SCIM_INTEGER},
    {"dateTime", SCIM_DATETIME}, {"binary", SCIM_BINARY},
    {"reference", SCIM_REFERENCE}, {"complex", SCIM_COMPLEX}, {NULL, 0},
};
static const struct word mutabilities[] = {
    {"readWrite", SCIM_READ_WRITE}, {"readOnly", SCIM_READ_ONLY},
    {"immutable", SCIM_IMMUTABLE}, {"writeOnly", SCIM_WRITE_ONLY}, {NULL, 0},
};
static const struct word returneds[] = {
    {"default", SCIM_RETURNED_DEFAULT}, {"always", SCIM_RETURNED_ALWAYS},
    {"never", SCIM_RETURNED_NEVER}, {"request", SCIM_RETURNED_REQUEST},
    {NULL, 0},
};
static const struct word uniquenesses[] = {
    {"none", SCIM_UNIQUE_NONE}, {"server", SCIM_UNIQUE_SERVER},
    {"global", SCIM_UNIQUE_GLOBAL}, {NULL, 0},
};
/* clang-format on */

/* What is at hand while one document is read. */
struct reading {
    const char *urn;
    const char *attr; /* the attribute being read, or NULL */
    size_t next;      /* the number of the next attribute of the type */
    struct scim_error *err;
};

static bool refuse(struct reading *r, const char *why)
{
    scim_error_status(
        r->err, 500, "The schema document %s cannot be used: %s%s%s.", r->urn,
        r->attr == NULL ? "" : r->attr, r->attr == NULL ? "" : ": ", why);
    return false;
}

static bool out_of_memory(struct reading *r)
{
    scim_error_memory(r->err);
    return false;
}

/* The value of a word's member; the first word of the list when absent. */
static bool read_word(struct reading *r, const json_t *doc, const char *member,
                      const struct word *words, int *out)
{
    const json_t *v = json_object_get(doc, member);
    *out = words[0].value;
    if (v == NULL)
        return true;
    for (; words->text != NULL; words++) {
        if (json_is_string(v) &&
            strcmp(json_string_value(v), words->text) == 0) {
            *out = words->value;
            return true;
        }
    }
    scim_error_status(r->err, 500,
                      "The schema document %s cannot be used: %s: \"%s\" is "
                      "not one of the words of RFC 7643 section 7.",
                      r->urn, r->attr, member);
    return false;
}

static bool read_flag(struct reading *r, const json_t *doc, const char *member,
                      bool by_default, bool *out)
{
    const json_t *v = json_object_get(doc, member);
    *out = v == NULL ? by_default : json_is_true(v);
    if (v != NULL && !json_is_boolean(v))
        return refuse(r, "a flag is neither true nor false");
    return true;
}

/* RFC 7643 section 2.1: a letter, then letters, digits, '-' and '_'; and the
 * `$ref` that both RFCs use in spite of it. */
static bool name_valid(const char *name)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    static const char more[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    if (strcmp(name, "$ref") == 0)
        return true;
    return strspn(name, letters) > 0 && name[strspn(name, more)] == '\0';
}

static bool read_characteristics(struct reading *r, const json_t *doc,
                                 struct scim_attr *a)
{
    int kind, mutability, returned, uniqueness;
    if (!read_word(r, doc, "type", kinds, &kind) ||
        !read_word(r, doc, "mutability", mutabilities, &mutability) ||
        !read_word(r, doc, "returned", returneds, &returned) ||
        !read_word(r, doc, "uniqueness", uniquenesses, &uniqueness))
        return false;
    a->kind = (enum scim_kind)kind;
    a->mutability = (enum scim_mutability)mutability;
    a->returned = (enum scim_returned)returned;
    a->uniqueness = (enum scim_uniqueness)uniqueness;
    /* References and binaries are exact by their type (sections 2.3.6, 7). */
    bool exact = a->kind == SCIM_REFERENCE || a->kind == SCIM_BINARY;
    a->canonical = json_object_get(doc, "canonicalValues");
    a->preset = json_object_get(doc, "x-preset");
    return read_flag(r, doc, "multiValued", false, &a->multi) &&
           read_flag(r, doc, "required", false, &a->required) &&
           read_flag(r, doc, "caseExact", exact, &a->case_exact);
}

/* "name", "parent.name", "urn:name" or "urn:parent.name": owned. */
static char *make_path(const struct scim_attr *a, bool core)
{
    const char *front = a->parent != NULL ? a->parent->path
                        : core            ? ""
                                          : a->schema->urn;
    const char *joint = a->parent != NULL ? "." : core ? "" : ":";
    size_t size = strlen(front) + strlen(joint) + strlen(a->name) + 1;
    char *path = malloc(size);
    if (path != NULL) {
        char *end = stpcpy(stpcpy(path, front), joint);
        memcpy(end, a->name, strlen(a->name) + 1);
    }
    return path;
}

static void free_attrs(const struct scim_attr *attrs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free_attrs(attrs[i].subs, attrs[i].sub_count);
        free((void *)(uintptr_t)attrs[i].path);
    }
    free((void *)(uintptr_t)attrs);
}

static bool read_attrs(struct reading *r, const json_t *docs,
                       const struct scim_schema *schema,
                       const struct scim_attr *parent,
                       const struct scim_attr **out, size_t *count);

static bool read_subs(struct reading *r, const json_t *doc, struct scim_attr *a)
{
    const json_t *subs = json_object_get(doc, "subAttributes");
    if (a->kind != SCIM_COMPLEX)
        return subs == NULL ||
               refuse(r, "only a complex attribute has subAttributes");
    if (a->parent != NULL)
        return refuse(r, "a sub-attribute cannot be complex itself");
    if (json_array_size(subs) == 0)
        return refuse(r, "a complex attribute needs subAttributes");
    return read_attrs(r, subs, a->schema, a, &a->subs, &a->sub_count);
}

/* Fills a zeroed `a`, whose schema and parent are set. */
static bool read_attr(struct reading *r, const json_t *doc, struct scim_attr *a)
{
    const char *outer = r->attr;
    a->name = json_string_value(json_object_get(doc, "name"));
    if (a->name == NULL)
        return refuse(r, "an attribute has no name");
    r->attr = a->name;
    if (!name_valid(a->name))
        return refuse(r, "the name is not a letter followed by letters, "
                         "digits, '-' and '_'");
    a->path = make_path(a, a->schema->extends == NULL);
    if (a->path == NULL)
        return out_of_memory(r);
    r->attr = a->path;
    a->index = r->next++;
    if (!read_characteristics(r, doc, a) || !read_subs(r, doc, a))
        return false;
    r->attr = outer;
    return true;
}

/* On failure too, *out and *count are what the caller must free. */
static bool read_attrs(struct reading *r, const json_t *docs,
                       const struct scim_schema *schema,
                       const struct scim_attr *parent,
                       const struct scim_attr **out, size_t *count)
{
    size_t n = json_array_size(docs);
    struct scim_attr *attrs = calloc(n == 0 ? 1 : n, sizeof *attrs);
    *out = attrs;
    *count = 0;
    if (attrs == NULL)
        return out_of_memory(r);
    for (size_t i = 0; i < n; i++) {
        attrs[i].schema = schema;
        attrs[i].parent = parent;
        *count = i + 1;
        if (!read_attr(r, json_array_get(docs, i), &attrs[i]))
            return false;
        if (scim_attr_among(attrs, i, attrs[i].name, strlen(attrs[i].name))) {
            r->attr = attrs[i].path;
            return refuse(r, "the name stands there twice");
        }
    }
    return true;
}

/* ---- documents ----------------------------------------------------------- */

static const char *urn_of(const json_t *document)
{
    const char *urn = json_string_value(json_object_get(document, "id"));
    return urn == NULL ? "" : urn;
}

static bool same_urn(const char *a, const char *b)
{
    return fold_ascii_equal(a, strlen(a), b, strlen(b));
}

json_t *scim_schema_shipped(void)
{
    json_t *all = json_array();
    if (all == NULL)
        return NULL;
    for (const struct embedded *e = embedded_files; e->name != NULL; e++) {
        size_t len = strlen(e->name);
        if (strncmp(e->name, "schema/", 7) != 0 || len < 5 ||
            strcmp(e->name + len - 5, ".json") != 0)
            continue;
        if (json_array_append_new(all, json_loadb(e->text, e->len,
                                                  JSON_REJECT_DUPLICATES,
                                                  NULL)) != 0) {
            json_decref(all);
            return NULL;
        }
    }
    return all;
}

/* The document of that URN in `documents`; borrowed, NULL: none. */
static json_t *document_of(const json_t *documents, const char *urn)
{
    size_t i;
    json_t *d;
    json_array_foreach (documents, i, d) {
        if (same_urn(urn_of(d), urn))
            return d;
    }
    return NULL;
}

static bool is_meta(const char *urn)
{
    for (size_t i = 0; i < META_COUNT; i++)
        if (same_urn(urn, meta_urns[i]))
            return true;
    return false;
}

static bool is_core(const char *urn)
{
    for (size_t i = 0; i < TYPE_COUNT; i++)
        if (same_urn(urn, type_table[i].urn))
            return true;
    return false;
}

/* What an extension extends; NULL for other documents. */
static const char *extends_of(const json_t *document)
{
    return json_string_value(json_object_get(document, "x-extends"));
}

static bool check_document(const json_t *documents, size_t i,
                           struct scim_error *err)
{
    const json_t *d = json_array_get(documents, i);
    struct reading r = {.urn = urn_of(d), .err = err};
    if (*r.urn == '\0')
        return refuse(&r, "it is no object with a text as its \"id\"");
    if (document_of(documents, r.urn) != d)
        return refuse(&r, "the URN stands there twice");
    if (!json_is_string(json_object_get(d, "name")))
        return refuse(&r, "it has no \"name\"");
    if (!json_is_array(json_object_get(d, "attributes")))
        return refuse(&r, "it has no array of \"attributes\"");
    if (is_core(r.urn) || is_meta(r.urn))
        return true;
    const char *extends = extends_of(d);
    for (size_t t = 0; extends != NULL && t < TYPE_COUNT; t++)
        if (strcmp(extends, type_table[t].name) == 0)
            return true;
    return refuse(&r, "\"x-extends\" must say \"User\" or \"Group\"");
}

/* A copy without members that begin with "x-", at any depth; new. */
static json_t *published(const json_t *v)
{
    json_t *copy = NULL;
    if (json_is_object(v)) {
        copy = json_object();
        const char *key;
        json_t *member;
        json_object_foreach ((json_t *)(uintptr_t)v, key, member) {
            if (strncmp(key, "x-", 2) != 0 && !json_is_null(member) &&
                json_object_set_new(copy, key, published(member)) != 0) {
                json_decref(copy);
                return NULL;
            }
        }
    } else if (json_is_array(v)) {
        copy = json_array();
        size_t i;
        json_t *element;
        json_array_foreach (v, i, element) {
            if (json_array_append_new(copy, published(element)) != 0) {
                json_decref(copy);
                return NULL;
            }
        }
    } else {
        copy = json_deep_copy(v);
    }
    return copy;
}

/* ---- the model ----------------------------------------------------------- */

/* Reads `own` (our copy, with its x- members) into the next schema. */
static bool add_schema(struct scim_model *m, struct scim_type *type,
                       const json_t *own, struct scim_error *err)
{
    struct scim_schema *s = &m->schemas[m->schema_count++];
    struct reading r = {
        .urn = urn_of(own), .next = type->attr_total, .err = err};
    json_t *shown = published(own);
    if (shown == NULL || json_array_append_new(m->documents, shown) != 0)
        return out_of_memory(&r);
    *s = (struct scim_schema){
        .urn = urn_of(own),
        .name = json_string_value(json_object_get(own, "name")),
        .extends = extends_of(own),
        .document = shown,
        .required = json_is_true(json_object_get(own, "x-required")),
    };
    bool ok = read_attrs(&r, json_object_get(own, "attributes"), s, NULL,
                         &s->attrs, &s->attr_count);
    type->attr_total = r.next;
    return ok;
}

static bool add_type(struct scim_model *m, size_t t, struct scim_error *err)
{
    const json_t *own = m->source;
    struct scim_type *type = &m->types[t];
    json_t *core = document_of(own, type_table[t].urn);
    if (core == NULL) {
        scim_error_status(err, 500, "The schema document %s is missing.",
                          type_table[t].urn);
        return false;
    }
    type->name = type_table[t].name;
    type->endpoint = type_table[t].endpoint;
    type->common = scim_attr_common(&type->common_count);
    type->attr_total = SCIM_COMMON_TOTAL;
    type->description = json_string_value(json_object_get(core, "description"));
    if (type->description == NULL)
        type->description = type->name;
    type->core = &m->schemas[m->schema_count];
    type->extensions = type->core + 1;
    if (!add_schema(m, type, core, err))
        return false;
    size_t i;
    json_t *d;
    json_array_foreach (own, i, d) {
        const char *extends = extends_of(d);
        if (extends == NULL || strcmp(extends, type->name) != 0 || d == core)
            continue;
        type->extension_count++;
        if (!add_schema(m, type, d, err))
            return false;
    }
    return true;
}

/* The documents of discovery itself: the caller's, else the shipped ones. */
static bool add_meta(struct scim_model *m)
{
    json_t *shipped = scim_schema_shipped();
    bool ok = shipped != NULL;
    for (size_t i = 0; ok && i < META_COUNT; i++) {
        const json_t *d = document_of(m->source, meta_urns[i]);
        if (d == NULL)
            d = document_of(shipped, meta_urns[i]);
        ok =
            d != NULL && json_array_append_new(m->documents, published(d)) == 0;
    }
    json_decref(shipped);
    return ok;
}

struct scim_model *scim_model_new(const json_t *documents,
                                  struct scim_error *err)
{
    for (size_t i = 0; i < json_array_size(documents); i++)
        if (!check_document(documents, i, err))
            return NULL;
    struct scim_model *m = calloc(1, sizeof *m);
    if (m == NULL) {
        scim_error_memory(err);
        return NULL;
    }
    m->source = json_deep_copy(documents);
    m->documents = json_array();
    m->schemas =
        calloc(json_array_size(documents) + TYPE_COUNT, sizeof *m->schemas);
    bool ok = m->source != NULL && m->documents != NULL && m->schemas != NULL;
    if (!ok)
        scim_error_memory(err);
    for (size_t t = 0; ok && t < TYPE_COUNT; t++)
        ok = add_type(m, t, err);
    if (ok && !add_meta(m)) {
        scim_error_memory(err);
        ok = false;
    }
    if (ok)
        return m;
    scim_model_free(m);
    return NULL;
}

void scim_model_free(struct scim_model *m)
{
    if (m == NULL)
        return;
    for (size_t i = 0; i < m->schema_count; i++)
        free_attrs(m->schemas[i].attrs, m->schemas[i].attr_count);
    free(m->schemas);
    json_decref(m->documents);
    json_decref(m->source);
    free(m);
}

const struct scim_type *scim_model_types(const struct scim_model *m,
                                         size_t *count)
{
    *count = TYPE_COUNT;
    return m->types;
}

const struct scim_type *scim_model_type(const struct scim_model *m,
                                        const char *name)
{
    for (size_t t = 0; t < TYPE_COUNT; t++)
        if (same_urn(m->types[t].name, name) ||
            same_urn(m->types[t].endpoint, name))
            return &m->types[t];
    return NULL;
}

const struct scim_schema *scim_model_schema(const struct scim_model *m,
                                            const char *urn)
{
    for (size_t i = 0; i < m->schema_count; i++)
        if (same_urn(m->schemas[i].urn, urn))
            return &m->schemas[i];
    return NULL;
}

json_t *scim_model_documents(const struct scim_model *m)
{
    json_t *copy = json_array();
    if (json_array_extend(copy, m->documents) == 0)
        return copy;
    json_decref(copy);
    return NULL;
}
