/*
 * test/sim/index.h - from a text to the numbers of the rows that have it
 *
 * A hash table of keys, each with its row numbers in ascending order. A zeroed
 * struct index is empty and valid. Adding a pair twice changes nothing.
 */
#ifndef SIM_INDEX_H
#define SIM_INDEX_H

#include <stddef.h>
#include <stdint.h>

struct index_entry;

struct index {
    struct index_entry **slots;
    size_t slot_count, entry_count;
};

void index_add(struct index *ix, const char *key, int64_t id);
void index_remove(struct index *ix, const char *key, int64_t id);

/* The rows of `key`, `*count` of them; borrowed until the next change. */
const int64_t *index_ids(const struct index *ix, const char *key,
                         size_t *count);

/* Frees what `ix` owns and zeroes it. */
void index_clear(struct index *ix);

#endif
