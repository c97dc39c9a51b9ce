/*
 * test/sim/index.c - from a text to the numbers of the rows that have it
 *
 * Most keys (an address) have one row and some (a team) fifty thousand, so an
 * entry keeps its first number inside itself and grows an array only then.
 */
#include "test/sim/index.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "test/sim/mem.h"

struct index_entry {
    struct index_entry *next;
    uint64_t hash;
    int64_t only;  /* the number, while many is NULL */
    int64_t *many; /* owned */
    size_t count, room;
    char key[];
};

static uint64_t hash_of(const char *key)
{
    uint64_t h = UINT64_C(14695981039346656037); /* FNV-1a */

    for (; *key != '\0'; key++)
        h = (h ^ (unsigned char)*key) * UINT64_C(1099511628211);
    return h ^ (h >> 29);
}

static struct index_entry **find(const struct index *ix, const char *key,
                                 uint64_t hash)
{
    if (ix->slot_count == 0)
        return NULL;
    struct index_entry **at = &ix->slots[hash & (ix->slot_count - 1)];
    while (*at != NULL && ((*at)->hash != hash || strcmp((*at)->key, key) != 0))
        at = &(*at)->next;
    return at;
}

static void widen(struct index *ix)
{
    size_t count = ix->slot_count ? ix->slot_count * 2 : 64;
    struct index_entry **slots = mem_new(count * sizeof(struct index_entry *));

    for (size_t i = 0; i < ix->slot_count; i++)
        for (struct index_entry *e = ix->slots[i], *next; e; e = next) {
            next = e->next;
            e->next = slots[e->hash & (count - 1)];
            slots[e->hash & (count - 1)] = e;
        }
    free(ix->slots);
    ix->slots = slots;
    ix->slot_count = count;
}

static struct index_entry *entry_for(struct index *ix, const char *key)
{
    uint64_t hash = hash_of(key);

    if (ix->entry_count >= ix->slot_count)
        widen(ix);
    struct index_entry **at = find(ix, key, hash);
    if (*at == NULL) {
        size_t len = strlen(key);
        struct index_entry *e = mem_new(sizeof(*e) + len + 1);
        memcpy(e->key, key, len + 1);
        e->hash = hash;
        *at = e;
        ix->entry_count++;
    }
    return *at;
}

static const int64_t *ids_of(const struct index_entry *e)
{
    return e->many ? e->many : &e->only;
}

/* Where `id` stands, or would stand. */
static size_t place_of(const struct index_entry *e, int64_t id)
{
    const int64_t *ids = ids_of(e);
    size_t low = 0, high = e->count;

    if (high > 0 && ids[high - 1] < id)
        return high;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (ids[mid] < id)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

void index_add(struct index *ix, const char *key, int64_t id)
{
    struct index_entry *e = entry_for(ix, key);
    size_t at = place_of(e, id);

    if (at < e->count && ids_of(e)[at] == id)
        return;
    if (e->count == 0) {
        e->only = id;
        e->count = 1;
        if (e->many)
            e->many[0] = id;
        return;
    }
    if (e->count >= e->room) {
        bool inside = e->many == NULL;
        e->room = e->room ? e->room * 2 : 4;
        e->many = mem_grow(e->many, e->room * sizeof(int64_t));
        if (inside)
            e->many[0] = e->only;
    }
    memmove(e->many + at + 1, e->many + at, (e->count - at) * sizeof(int64_t));
    e->many[at] = id;
    e->count++;
}

void index_remove(struct index *ix, const char *key, int64_t id)
{
    struct index_entry **slot = find(ix, key, hash_of(key));

    if (slot == NULL || *slot == NULL)
        return;
    struct index_entry *e = *slot;
    size_t at = place_of(e, id);
    if (at >= e->count || ids_of(e)[at] != id)
        return;
    e->count--;
    if (e->count == 0) {
        *slot = e->next;
        ix->entry_count--;
        free(e->many);
        free(e);
    } else {
        memmove(e->many + at, e->many + at + 1,
                (e->count - at) * sizeof(int64_t));
    }
}

const int64_t *index_ids(const struct index *ix, const char *key, size_t *count)
{
    struct index_entry **slot = find(ix, key, hash_of(key));

    *count = slot != NULL && *slot != NULL ? (*slot)->count : 0;
    return *count > 0 ? ids_of(*slot) : NULL;
}

void index_clear(struct index *ix)
{
    for (size_t i = 0; i < ix->slot_count; i++)
        for (struct index_entry *e = ix->slots[i], *next; e; e = next) {
            next = e->next;
            free(e->many);
            free(e);
        }
    free(ix->slots);
    *ix = (struct index){0};
}
