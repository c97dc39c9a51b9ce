/*
 * scim/project.h - attributes and excludedAttributes (RFC 7644 section 3.9)
 */
#ifndef SCIM_PROJECT_H
#define SCIM_PROJECT_H

#include "scim/error.h"
#include "scim/schema.h"

struct scim_projection; /* NULL stands for the default set everywhere */

/*
 * Reads the two parameters: comma-separated attribute notations, NULL or ""
 * when not given. Unknown names are ignored; both at once: 400 invalidValue.
 * *out is NULL when neither was given. Freed with scim_projection_free.
 */
bool scim_projection_parse(const struct scim_type *type, const char *attributes,
                           const char *excluded, struct scim_projection **out,
                           struct scim_error *err);
void scim_projection_free(struct scim_projection *p);
/* True when a resource's groups, or members, can appear under `p`: lets the
 * caller leave out what would only be thrown away. */
bool scim_projection_wants(const struct scim_projection *p,
                           const struct scim_attr *attr);
/* True when no more than `schemas` and `id` can appear under `p`: clients that
 * only ask whether there is such a resource want that, and it needs no JSON. */
bool scim_projection_is_id(const struct scim_type *type,
                           const struct scim_projection *p);
/* The representation: a new object; NULL when memory ran out. */
json_t *scim_project(const struct scim_type *type, const json_t *resource,
                     const struct scim_projection *p);

#endif
