/*
 * base/nearest.h - which name was probably meant
 */
#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

#include <stddef.h>

/* Names are offered one after the other; the nearest one is kept. */
#define NEAREST_MAX 63 /* longer names are never near */

struct nearest {
    const char *word;           /* what was written */
    char best[NEAREST_MAX + 1]; /* "" while none is near enough */
    size_t distance;
};
struct nearest nearest_to(const char *word);
void nearest_offer(struct nearest *n, const char *name);
/* Offers every word of a text with blanks between. */
void nearest_offer_words(struct nearest *n, const char *words);

/* How many letters must change, come, go, or be exchanged with their neighbour
 * to make one word of the other, without case; huge for long words. */
size_t nearest_distance(const char *a, size_t a_len, const char *b,
                        size_t b_len);

#endif
