/*
 * bridge/model.h - the SCIM schemas of one target
 *
 * The documents of schema/, with what this helpdesk adds: the `desk`
 * attributes of its profile, and the only values that it takes. What no client
 * can set is published as readOnly, or, of a role, not at all.
 */
#ifndef BRIDGE_MODEL_H
#define BRIDGE_MODEL_H

#include "base/error.h"
#include "providers/provider.h"
#include "scim/schema.h"

struct bridge_policy; /* bridge/target.h */

/* NULL and a sentence when a document cannot be used. */
struct scim_model *model_new(const struct provider *up,
                             const struct bridge_policy *policy,
                             struct error *err);

#endif
