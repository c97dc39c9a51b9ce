/*
 * providers/nearest.h - which name was probably meant
 */
#ifndef PROVIDERS_NEAREST_H
#define PROVIDERS_NEAREST_H

#include <stddef.h>

/* Names are offered one after the other; the nearest one is kept. */
struct nearest {
    const char *word; /* what was written */
    char best[64];    /* "" while none is near enough */
    size_t distance;
};
struct nearest nearest_to(const char *word);
void nearest_offer(struct nearest *n, const char *name);
/* Offers every word of a text with blanks between. */
void nearest_offer_words(struct nearest *n, const char *words);

#endif
