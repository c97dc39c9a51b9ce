/*
 * scim/schema.h - what the schema documents say about attributes
 *
 * A model is made of schema documents (RFC 7643 section 7), the files of
 * schema/, and holds for one target: the same documents, plus the attributes
 * that its helpdesk adds to the bridge's extension. All of scim/ asks a model
 * for types, spelling, case, mutability, returned and uniqueness; no code
 * below names an attribute of a schema, but for the common ones of RFC 7643
 * section 3.1 (id, externalId, schemas, meta), which stand behind every type.
 *
 * A model never changes after scim_model_new; threads share it freely.
 */
#ifndef SCIM_SCHEMA_H
#define SCIM_SCHEMA_H

#include "scim/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define SCIM_URN_USER  "urn:ietf:params:scim:schemas:core:2.0:User"
#define SCIM_URN_GROUP "urn:ietf:params:scim:schemas:core:2.0:Group"
#define SCIM_URN_ENTERPRISE                                                    \
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

enum scim_kind {
    SCIM_STRING,
    SCIM_BOOLEAN,
    SCIM_DECIMAL,
    SCIM_INTEGER,
    SCIM_DATETIME,
    SCIM_BINARY,
    SCIM_REFERENCE,
    SCIM_COMPLEX,
};
enum scim_mutability {
    SCIM_READ_WRITE,
    SCIM_READ_ONLY,
    SCIM_IMMUTABLE,
    SCIM_WRITE_ONLY,
};
enum scim_returned {
    SCIM_RETURNED_DEFAULT,
    SCIM_RETURNED_ALWAYS,
    SCIM_RETURNED_NEVER,
    SCIM_RETURNED_REQUEST,
};
enum scim_uniqueness {
    SCIM_UNIQUE_NONE,
    SCIM_UNIQUE_SERVER,
    SCIM_UNIQUE_GLOBAL
};

struct scim_schema;

struct scim_attr {
    const char *name; /* as the schema spells it */
    /* "userName", "name.givenName", "emails.value", or with the URN and ':'
     * before it in an extension: unique in a type, used as a key. */
    const char *path;
    enum scim_kind kind;
    bool multi, required, case_exact;
    enum scim_mutability mutability;
    enum scim_returned returned;
    enum scim_uniqueness uniqueness;
    const struct scim_attr *parent;   /* NULL at the top */
    const struct scim_schema *schema; /* NULL for a common attribute */
    const struct scim_attr *subs;
    size_t sub_count;
    const json_t *canonical; /* array of strings, or NULL */
    /* What the attribute is while nobody has said: set on create, kept by a
     * PUT that omits it, never unassigned. The documents' member "x-preset"
     * (not published): `active` is true. NULL: none. */
    const json_t *preset;
    size_t index; /* its number in its type, below attr_total */
};

struct scim_schema {
    const char *urn, *name;
    const char *extends; /* the type that it extends; NULL for a core schema */
    const struct scim_attr *attrs; /* in the document's order */
    size_t attr_count;
    const json_t *document; /* as published, without meta */
    bool required;          /* an extension that every resource must carry */
};

struct scim_type {
    const char *name;     /* "User" */
    const char *endpoint; /* "/Users" */
    const char *description;
    const struct scim_schema *core;
    const struct scim_schema *extensions; /* in the order of their listing */
    size_t extension_count;
    const struct scim_attr *common; /* schemas, id, externalId, meta */
    size_t common_count;
    size_t attr_total; /* of all its attributes and their sub-attributes */
};

/* What kind of client speaks: the few tolerances of identity-providers that
 * contradict the RFC, or are a matter of taste (INI key `client`). */
struct scim_tolerance {
    bool create_on_replace; /* replace emails[type eq "x"].value makes it */
    bool empty_operations;  /* "Operations": [] is a no-op */
    bool unknown_refused;   /* unknown attributes are 400, not dropped */
};

struct scim_model;

/* The Schema documents that are compiled in (schema/): a new array, which the
 * caller may change before it makes a model of it; NULL: memory ran out. */
json_t *scim_schema_shipped(void);

/*
 * Makes a model. `documents` is an array of Schema documents, borrowed only
 * during the call; among them the core schemas of User and Group, and any
 * extensions, each of which says by the member "x-extends" ("User" or
 * "Group"; not published) what it extends, and by "x-required" whether every
 * resource carries it. The documents of Schema, ResourceType and
 * ServiceProviderConfig may be among them; else the shipped ones count. NULL
 * and *err on a document that cannot be used: the sentence names the schema and
 * the attribute. The caller frees with scim_model_free.
 */
struct scim_model *scim_model_new(const json_t *documents,
                                  struct scim_error *err);
void scim_model_free(struct scim_model *m);

/* The types, "User" first: *count is set. Borrowed from the model. */
const struct scim_type *scim_model_types(const struct scim_model *m,
                                         size_t *count);
/* By name ("User") or endpoint ("/Users", also without case); NULL: none. */
const struct scim_type *scim_model_type(const struct scim_model *m,
                                        const char *name);
/* By URN, without case; NULL: the model has none. */
const struct scim_schema *scim_model_schema(const struct scim_model *m,
                                            const char *urn);
/* An array with every published Schema document: the model's, and those of
 * Schema, ResourceType and ServiceProviderConfig (RFC 7643 section 8.7.2). */
json_t *scim_model_documents(const struct scim_model *m);

/*
 * Finds an attribute by its notation (RFC 7644 section 3.10), without case:
 * `name`, `name.sub`, `urn:name`, `urn:name.sub`; an extension's attribute
 * also without the URN when the core has none of that name. A whole extension
 * (`text` is its URN) gives *attr NULL and *schema set. False: no such name.
 */
bool scim_attr_find(const struct scim_type *type, const char *text, size_t len,
                    const struct scim_attr **attr,
                    const struct scim_schema **schema);
/* A sub-attribute by name, without case; NULL: none. */
const struct scim_attr *scim_attr_sub(const struct scim_attr *attr,
                                      const char *name, size_t len);

/* The value of a top-level attribute (extensions included) in a canonical
 * resource, or of a sub-attribute of a single complex one; borrowed, NULL
 * when it has none. */
json_t *scim_value(const json_t *resource, const struct scim_attr *attr);

#endif
