/*
 * scim/canonical.h - the steps that bodies and PATCH share
 *
 * For scim/ alone; the results that others use are in scim/resource.h.
 */
#ifndef SCIM_CANONICAL_H
#define SCIM_CANONICAL_H

#include "scim/value.h"

/*
 * Reads a whole resource: a new object in canonical order, `schemas` included.
 * NULL and *err: as scim_value_read. Required attributes are not looked for.
 */
json_t *scim_resource_read(const struct scim_reader *r,
                           const struct scim_type *type, const json_t *in);
/*
 * Checks a canonical resource that a client asks for: every required attribute
 * and sub-attribute that is not readOnly has a value, and at most one value of
 * an attribute is primary. False: 400 invalidValue naming the attribute.
 */
bool scim_resource_check(const struct scim_type *type, const json_t *resource,
                         struct scim_error *err);
/* Removes extension objects that are empty, and makes `schemas` list what the
 * resource holds. False: memory ran out. */
bool scim_schemas_update(const struct scim_type *type, json_t *resource);

#endif
