/*
 * server/nearest.h - the name that was probably meant
 *
 * For sentences about a name that does not exist.
 */
#ifndef SERVER_NEAREST_H
#define SERVER_NEAREST_H

#include <stddef.h>

struct nearest {
    const char *word; /* borrowed; what was written */
    const char *best; /* borrowed; NULL: nothing is near enough */
    size_t distance;
};
struct nearest nearest_start(const char *word);
/* Offers one valid name; must outlive `n`. */
void nearest_offer(struct nearest *n, const char *name);

#endif
