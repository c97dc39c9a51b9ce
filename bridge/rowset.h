/*
 * bridge/rowset.h - a set of row numbers
 */
#ifndef BRIDGE_ROWSET_H
#define BRIDGE_ROWSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A zeroed struct is the empty set. Row numbers count from 1. */
struct rowset {
    int64_t *slots; /* owned; 0: free */
    size_t size, count;
};
/* False: memory ran out; the set is as before. */
bool rowset_add(struct rowset *s, int64_t n);
bool rowset_has(const struct rowset *s, int64_t n);
void rowset_clear(struct rowset *s);

#endif
