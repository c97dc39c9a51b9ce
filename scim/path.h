/*
 * scim/path.h - the place that a PATCH operation names
 *
 * RFC 7644 section 3.5.2, figure 7: an attribute path, perhaps with a value
 * filter, perhaps with a sub-attribute behind it.
 */
#ifndef SCIM_PATH_H
#define SCIM_PATH_H

#include "scim/error.h"
#include "scim/filter.h"
#include "scim/schema.h"

struct scim_path {
    const struct scim_schema *schema; /* set alone: a whole extension */
    const struct scim_attr *attr;     /* the attribute itself (a parent) */
    const struct scim_attr *sub;      /* NULL: the attribute as a whole */
    struct scim_filter *filter;       /* owned; NULL without brackets */
};

/*
 * Reads a path. 400 invalidPath: malformed, an unknown name, an index, or
 * brackets on a single-valued attribute. 400 invalidFilter: a bad filter
 * inside. The caller clears *out, in any case.
 */
bool scim_path_parse(const struct scim_type *type, const char *text, size_t len,
                     struct scim_path *out, struct scim_error *err);
void scim_path_clear(struct scim_path *p);

#endif
