/*
 * test/sim/sim.h - one running simulator: its world, faults, calls and waiters
 *
 * The faults and calls are under the world's lock.
 */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include "test/sim/calls.h"
#include "test/sim/fault.h"
#include "test/sim/message.h"
#include "test/sim/pause.h"
#include "test/sim/world.h"

struct sim {
    struct world *world; /* owned */
    struct faults faults;
    struct calls calls;
    struct pause pause;
};

/* Answers a call to the helpdesk; `context` is the struct sim. */
void sim_desk_serve(void *context, struct request *r, struct answer *a);

/* Answers a call to the control port; `context` is the struct sim. */
void sim_control_serve(void *context, struct request *r, struct answer *a);

#endif
