/*
 * scim/attr.h - the common attributes, and finding attributes by name
 *
 * For scim/ alone; what other rooms need is in scim/schema.h.
 */
#ifndef SCIM_ATTR_H
#define SCIM_ATTR_H

#include "scim/schema.h"

/* schemas, id, externalId, meta (RFC 7643 sections 3 and 3.1): *count is set.
 * Static. Their numbers are 0 to SCIM_COMMON_TOTAL - 1 in every type. */
#define SCIM_COMMON_TOTAL 9
const struct scim_attr *scim_attr_common(size_t *count);

/* The attribute named exactly so (but for case) among `attrs`; NULL: none. */
const struct scim_attr *scim_attr_among(const struct scim_attr *attrs,
                                        size_t count, const char *name,
                                        size_t len);
/* True when `text` is the schema's URN, without regard to case. */
bool scim_urn_equal(const struct scim_schema *schema, const char *text,
                    size_t len);
/* The type's core schema or extension with this URN; NULL: neither. */
const struct scim_schema *scim_type_schema(const struct scim_type *type,
                                           const char *urn, size_t len);
/* The object in which the attributes of `schema` stand: `resource` itself for
 * a core schema, else the extension's member; borrowed, NULL: none. */
json_t *scim_schema_object(const json_t *resource,
                           const struct scim_schema *schema);

#endif
