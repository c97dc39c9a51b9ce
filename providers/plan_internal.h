/*
 * providers/plan_internal.h - a plan from the inside
 */
#ifndef PROVIDERS_PLAN_INTERNAL_H
#define PROVIDERS_PLAN_INTERNAL_H

#include "providers/operation_internal.h"
#include "providers/plan.h"

struct up_plan {
    json_t *steps; /* owned */
    json_t *users; /* owned; id -> {"record"?, "state"?, "role"?} */
    json_t *teams; /* owned; id -> {"record"?, "members"?, "gone"?} */
    json_t *moved; /* owned; set of ticket ids */
    char why[320]; /* the sentence of the next steps */
};

/* True: the request changes something, and was written down. */
bool plan_takes(const struct op_run *run, const struct op_request *q);

#endif
