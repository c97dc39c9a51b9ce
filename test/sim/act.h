/*
 * test/sim/act.h - what the acts of a person say, read
 */
#ifndef SIM_ACT_H
#define SIM_ACT_H

#include <stddef.h>

#include <jansson.h>

#include "test/sim/world.h"

const char *act_text(const json_t *args, const char *name);

/* Says why not, and returns NULL. */
json_t *act_sorry(char *why, size_t size, const char *text);

/* How an act names a record: by number, or by the text of an index. */
struct act_name {
    const char *arg;
    size_t table, index;
};

/* The record, a new reference; NULL: none, and `why` is said. */
json_t *act_record(const struct world *w, const json_t *args,
                   struct act_name name, char *why, size_t size);

#endif
