/*
 * bridge/policy.h - what an installation wants of a target
 *
 * The INI wins over the profile's `defaults`, which win over the built-in
 * values. A wish that the profile cannot fulfil is an error at start.
 */
#ifndef BRIDGE_POLICY_H
#define BRIDGE_POLICY_H

#include "bridge/target.h"

/* Fills *out; the caller clears it in any case. */
bool policy_read(const struct bridge_target_config *config,
                 const struct provider *up, struct bridge_policy *out,
                 struct error *err);
void policy_clear(struct bridge_policy *p);

#endif
