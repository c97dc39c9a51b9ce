#include "server/nearest.h"

#include <string.h>

#define LONGEST 64

static size_t least(size_t a, size_t b, size_t c)
{
    size_t ab = a < b ? a : b;
    return ab < c ? ab : c;
}

/* Levenshtein's distance of two short words. */
static size_t distance(const char *a, const char *b)
{
    size_t row[LONGEST + 1];
    size_t width = strlen(b);
    for (size_t j = 0; j <= width; j++)
        row[j] = j;
    for (size_t i = 0; a[i] != '\0'; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < width; j++) {
            size_t above = row[j + 1];
            row[j + 1] =
                least(above + 1, row[j] + 1, diagonal + (a[i] == b[j] ? 0 : 1));
            diagonal = above;
        }
    }
    return row[width];
}

struct nearest nearest_start(const char *word)
{
    /* A word is near when at most about a third of it is wrong. */
    return (struct nearest){
        .word = word, .best = NULL, .distance = strlen(word) / 3 + 1};
}

void nearest_offer(struct nearest *n, const char *name)
{
    if (strlen(name) > LONGEST || strlen(n->word) > LONGEST)
        return;
    size_t d = distance(n->word, name);
    if (d < n->distance && d < strlen(name)) {
        n->distance = d;
        n->best = name;
    }
}
