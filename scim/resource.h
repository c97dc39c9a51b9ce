/*
 * scim/resource.h - bodies become canonical resources
 *
 * A canonical resource has the schema's spelling, in the schema's order, no
 * null, no empty array, no unknown and no readOnly member that the client may
 * not set, and a `schemas` that lists exactly what it holds (RFC 7643 section
 * 3). Canonical form is idempotent.
 *
 * What only the bridge knows (id, meta, groups, its own extension) is added by
 * bridge/; in these functions readOnly values come from `current` alone.
 *
 * Pure: the same input gives the same output. All results are new references.
 */
#ifndef SCIM_RESOURCE_H
#define SCIM_RESOURCE_H

#include "scim/error.h"
#include "scim/schema.h"

/* Limits of any body from outside (RFC 7644 section 7.7). */
#define SCIM_MAX_DEPTH      32     /* JSON nesting */
#define SCIM_MAX_VALUES     100000 /* values of one multi-valued attribute */
#define SCIM_MAX_OPERATIONS 10000  /* operations of one PATCH */

/*
 * Reads a request body: bounded depth, UTF-8, no duplicate members (RFC 7644
 * section 3.12: 400 invalidSyntax). The result is an object, new.
 */
json_t *scim_body_parse(const char *text, size_t len, struct scim_error *err);

/* Whether the body's `schemas` is as it must be: an array of URNs, the type's
 * own among them; others are nobody's business. False: 400 invalidSyntax. */
bool scim_body_schemas(const struct scim_type *type, const json_t *body,
                       struct scim_error *err);

/*
 * POST (RFC 7644 section 3.3): the canonical resource that `body` asks for;
 * readOnly members are dropped, and `active` is true when the body is silent
 * (the schema's presets; they count for null as well, since a user is active or
 * not). writeOnly values (password) are in the result: the caller
 * passes them on and must not store them (see scim_strip_secrets).
 * 400 invalidSyntax: `schemas` is missing or lacks the type's URN.
 * 400 invalidValue: a required value is missing or a value has a wrong type.
 */
json_t *scim_create(const struct scim_type *type, const json_t *body,
                    const struct scim_tolerance *tolerance,
                    struct scim_error *err);

/*
 * PUT (RFC 7644 section 3.5.1) on `current` (canonical, with id and readOnly
 * members, which the result keeps). Omitted attributes are cleared, but for
 * presets (`active`) and immutable ones. A readOnly sub-attribute is kept as
 * long as the `value` beside it stays the same. The result shares nothing with
 * `current`. 400 mutability: an immutable value would change.
 */
json_t *scim_replace(const struct scim_type *type, const json_t *current,
                     const json_t *body, const struct scim_tolerance *tolerance,
                     struct scim_error *err);

/*
 * The canonical form of a resource that the helpdesk told us, SCIM-shaped:
 * unknown members dropped, values that do not fit their type dropped too (an
 * upstream oddity must not stop a sync), readOnly members kept.
 */
json_t *scim_canonical(const struct scim_type *type, const json_t *resource);

/* Removes, in place, every attribute that is writeOnly or returned never. */
void scim_strip_secrets(const struct scim_type *type, json_t *resource);
/* Removes, in place, every readOnly member but id, and `meta`. */
void scim_strip_read_only(const struct scim_type *type, json_t *resource);

/*
 * True when two canonical resources say the same (RFC 7643 section 2.5): order
 * of members and of the values of a multi-valued attribute does not matter,
 * nor do `meta` and `schemas`. Spelling does: a change of case is a change.
 */
bool scim_equal(const struct scim_type *type, const json_t *a, const json_t *b);

#endif
