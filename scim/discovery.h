/*
 * scim/discovery.h - what the service says of itself (RFC 7644 section 4)
 *
 * All results are new objects, NULL when memory ran out. `base` is the URL of
 * the service, without a slash at its end ("https://host/scim/v2").
 */
#ifndef SCIM_DISCOVERY_H
#define SCIM_DISCOVERY_H

#include "scim/schema.h"

#include <stdint.h>

struct scim_service {
    bool patch, bulk, filter, sort, etag, change_password, cursor;
    int bulk_operations, bulk_payload; /* present even when bulk is off */
    int max_results, default_results;  /* of one page */
    int cursor_timeout;                /* seconds */
    const char *documentation;         /* URL or NULL */
};

json_t *scim_service_config(const struct scim_service *s, const char *base);
json_t *scim_resource_types(const struct scim_model *m, const char *base);
/* NULL also when there is none of that name. */
json_t *scim_resource_type(const struct scim_model *m, const char *name,
                           const char *base);
json_t *scim_schemas(const struct scim_model *m, const char *base);
json_t *scim_schema_document(const struct scim_model *m, const char *urn,
                             const char *base);
/* A ListResponse around `resources`, which it steals (also on failure; NULL
 * gives NULL). `start_index` 0: no startIndex, as in a page that was found by
 * a cursor (RFC 9865). */
json_t *scim_list(json_t *resources, int64_t total, int64_t start_index);

#endif
