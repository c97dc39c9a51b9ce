/*
 * test/scim/generate.h - resources that nobody thought of
 *
 * Random bodies made from the model: every attribute, in any case and order,
 * with values of its type and now and then of another. The same seed makes the
 * same body, so a failure can be repeated.
 */
#ifndef TEST_SCIM_GENERATE_H
#define TEST_SCIM_GENERATE_H

#include "scim/schema.h"

#include <stdint.h>

struct generator {
    uint64_t state;   /* the seed; not 0 */
    unsigned oddness; /* of 1000 values, how many are of any type at all */
};

/* A number below `below` (not 0). */
unsigned generate_number(struct generator *g, unsigned below);
/* A body for POST or PUT: new; `schemas` and required attributes are there. */
json_t *generate_body(struct generator *g, const struct scim_type *type);
/* The same resource with members and values in another order: new. */
json_t *generate_shuffled(struct generator *g, const json_t *value);

#endif
