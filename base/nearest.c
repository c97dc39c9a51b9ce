/*
 * base/nearest.c - edit distance, with two neighbours exchanged as one
 * error
 */
#include "base/nearest.h"

#include <string.h>

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

size_t nearest_distance(const char *a, size_t la, const char *b, size_t lb)
{
    size_t row[3][NEAREST_MAX + 2];
    if (la > NEAREST_MAX || lb > NEAREST_MAX)
        return (size_t)-1;
    for (size_t j = 0; j <= lb; j++)
        row[1][j] = j;
    for (size_t i = 1; i <= la; i++) {
        size_t *now = row[(i + 1) % 3], *last = row[i % 3];
        const size_t *older = row[(i + 2) % 3];
        now[0] = i;
        for (size_t j = 1; j <= lb; j++) {
            size_t cost = lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1;
            now[j] =
                least(least(last[j] + 1, now[j - 1] + 1), last[j - 1] + cost);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                now[j] = least(now[j], older[j - 2] + 1);
        }
    }
    return row[(la + 1) % 3][lb];
}

struct nearest nearest_to(const char *word)
{
    return (struct nearest){.word = word, .distance = (size_t)-1};
}

static void offer(struct nearest *n, const char *name, size_t len)
{
    size_t own = strlen(n->word);
    if (len == 0 || len > NEAREST_MAX || own > NEAREST_MAX)
        return;
    size_t d = nearest_distance(n->word, own, name, len);
    /* Half of a name wrong is another name. */
    if (d < n->distance && d <= (own > len ? own : len) / 2) {
        n->distance = d;
        memcpy(n->best, name, len);
        n->best[len] = '\0';
    }
}

void nearest_offer(struct nearest *n, const char *name)
{
    offer(n, name, strlen(name));
}

void nearest_offer_words(struct nearest *n, const char *words)
{
    while (*words != '\0') {
        size_t len = strcspn(words, " ");
        offer(n, words, len);
        words += len;
        words += strspn(words, " ");
    }
}
