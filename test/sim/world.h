/*
 * test/sim/world.h - everything that a simulated helpdesk knows
 *
 * Tables, knobs, the movable clock and a small memory for what is no table. One
 * lock, held by whoever reads or changes any of it; functions here expect it
 * to be held, apart from world_new() and world_free().
 */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "test/sim/knob.h"
#include "test/sim/table.h"

struct desk;

enum { WORLD_TABLES = 10, TIME_TEXT = 24 };

struct world {
    const struct desk *desk;
    pthread_mutex_t lock;
    struct knobs knobs;
    struct table tables[WORLD_TABLES]; /* as the desk numbers them */
    struct undo undo;
    json_t *memory;  /* an object, saved with the world; the desk's own */
    int64_t shift_s; /* the world's clock minus the real one */
    uint64_t seed, random;
    int64_t rate_from; /* the running window of the rate limit, and its use */
    long rate_used;
    long writes; /* counted for the knob lost_every */
};

/* An empty world of `desk`; world_seed() fills it. */
struct world *world_new(const struct desk *desk, uint64_t seed);
void world_free(struct world *w);

/* Empties the world, sets the clock right and lets the desk fill it. */
void world_seed(struct world *w);

/* The world's time in seconds since 1970, and as 2026-01-31T08:00:00Z. */
int64_t world_now(const struct world *w);
const char *world_time_text(int64_t when, char text[TIME_TEXT]);
json_t *world_time_json(int64_t when);

/* A number below `below`, the same sequence for the same seed. */
uint64_t world_random(struct world *w, uint64_t below);

/* Counts every change of every table. */
uint64_t world_changes(const struct world *w);

/*
 * The world as JSON text, owned by the caller: knobs, time, and each table as
 * a plain list; `only` (may be NULL) names the one table that is wanted.
 */
char *world_text(const struct world *w, const char *only);

/*
 * The same so that world_load() can read it, and the way back. world_load():
 * false when the text is not a world of this desk; `w` is then seeded anew.
 */
char *world_save(const struct world *w);
bool world_load(struct world *w, const json_t *saved);

#endif
