/*
 * bridge/capability.h - what an account can do, kept from one start to the next
 *
 * A provider finds out what its account has or lacks (providers/provider.h);
 * here that is written down with its evidence, and handed back at the start.
 */
#ifndef BRIDGE_CAPABILITY_H
#define BRIDGE_CAPABILITY_H

#include "bridge/target.h"

/* What the store knows goes to the target's provider. Needs t->row. */
bool capability_recall(struct bridge_target *t, struct error *err);
/* An up_learned: `ctx` is the target. Durable when it returns; a database that
 * fails is logged, and the provider knows all the same. */
void capability_learned(void *ctx, const struct up_capability *news);

#endif
