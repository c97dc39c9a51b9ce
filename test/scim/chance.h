/*
 * test/scim/chance.h - resources, filters and values by chance
 *
 * The same seed gives the same things on every machine. Values come from a
 * small stock, so that they meet.
 */
#ifndef TEST_SCIM_CHANCE_H
#define TEST_SCIM_CHANCE_H

#include "base/buf.h"
#include "scim/schema.h"

#include <stdint.h>

struct chance {
    uint64_t state;
};

/* From 0 to below `n`. */
unsigned chance_below(struct chance *c, unsigned n);
/* A value of the attribute, one element where it is multi-valued: new. */
json_t *chance_value(struct chance *c, const struct scim_attr *attr);
/* A canonical resource with this id: new. */
json_t *chance_resource(struct chance *c, const struct scim_type *type,
                        const char *id);
/* A top-level attribute that is not writeOnly. */
const struct scim_attr *chance_attr(struct chance *c,
                                    const struct scim_type *type);
/* Appends a filter that is right in every way, `deep` levels at most. */
void chance_filter(struct chance *c, const struct scim_type *type, int deep,
                   struct buf *out);
/* The same for the brackets of an attribute. */
void chance_value_filter(struct chance *c, const struct scim_attr *attr,
                         int deep, struct buf *out);

#endif
