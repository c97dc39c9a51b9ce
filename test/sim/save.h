/*
 * test/sim/save.h - the world in a file, so that a later run goes on with it
 *
 * A thread of its own writes the file at most every 200 ms, and only after a
 * change; the new file takes the old one's place at once (rename), so that a
 * crash leaves one of the two.
 */
#ifndef SIM_SAVE_H
#define SIM_SAVE_H

#include <stdbool.h>

#include "test/sim/pause.h"
#include "test/sim/world.h"

struct save;

/*
 * Loads `file` into `w`, or seeds `w` when there is no such file, and saves
 * from then on. NULL: the file is no world of this desk or cannot be written;
 * one sentence was printed. `pause` is where its thread waits.
 */
struct save *save_start(struct world *w, const char *file, struct pause *pause);

/* Saves a last time and ends the thread; pause_end() comes first. */
void save_stop(struct save *s);

#endif
