/*
 * bridge/difference.h - what changed between two resources, for the audit
 */
#ifndef BRIDGE_DIFFERENCE_H
#define BRIDGE_DIFFERENCE_H

#include <jansson.h>

/* The members of `a` that `b` lacks or has otherwise, as JSON text, without
 * `meta`, `schemas` and `members`; new. NULL: nothing, or memory ran out. */
char *difference(const json_t *a, const json_t *b);

#endif
