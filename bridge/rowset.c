#include "bridge/rowset.h"

#include <stdlib.h>

/* The slot that holds n, or the free one where it belongs. */
static size_t slot_of(const int64_t *slots, size_t size, int64_t n)
{
    size_t at = ((uint64_t)n * 0x9e3779b97f4a7c15U) & (size - 1);
    while (slots[at] != 0 && slots[at] != n)
        at = (at + 1) & (size - 1);
    return at;
}

static bool grow(struct rowset *s)
{
    size_t size = s->size == 0 ? 256 : s->size * 2;
    int64_t *slots = calloc(size, sizeof *slots);
    if (slots == NULL)
        return false;
    for (size_t i = 0; i < s->size; i++)
        if (s->slots[i] != 0)
            slots[slot_of(slots, size, s->slots[i])] = s->slots[i];
    free(s->slots);
    s->slots = slots;
    s->size = size;
    return true;
}

bool rowset_add(struct rowset *s, int64_t n)
{
    if (s->count * 2 >= s->size && !grow(s))
        return false;
    size_t at = slot_of(s->slots, s->size, n);
    s->count += s->slots[at] == 0;
    s->slots[at] = n;
    return true;
}

bool rowset_has(const struct rowset *s, int64_t n)
{
    return s->size > 0 && s->slots[slot_of(s->slots, s->size, n)] == n;
}

void rowset_clear(struct rowset *s)
{
    free(s->slots);
    *s = (struct rowset){0};
}
