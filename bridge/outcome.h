/*
 * bridge/outcome.h - what became of a call upstream, as SCIM says it
 */
#ifndef BRIDGE_OUTCOME_H
#define BRIDGE_OUTCOME_H

#include "providers/provider.h"
#include "scim/error.h"

/*
 * The SCIM error of a call that failed: status, scimType, Retry-After, and a
 * sentence that names the step ("deactivating the user") and gives the
 * helpdesk's own words. `rc` is not UP_OK.
 */
void outcome_error(enum up_rc rc, const struct up_error *up, const char *step,
                   struct scim_error *err);
/* True when it is certain that the failed call changed nothing upstream. */
bool outcome_harmless(enum up_rc rc, const struct up_error *up);
/* The word for a log line and an audit row. Static. */
const char *outcome_word(enum up_rc rc);

#endif
