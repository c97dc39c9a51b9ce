/*
 * bridge/claims.h - one writer at a time for each thing
 *
 * A claim is a text key: a SCIM id, "name:" and a folded userName or group
 * name, "match:" and a folded match key, "up:" and an upstream id. Writes and
 * the sync take claims before they act, in that order (ids, then names and
 * matches, then upstream ids), so that waiting never makes a circle.
 */
#ifndef BRIDGE_CLAIMS_H
#define BRIDGE_CLAIMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct claims;

struct claims *claims_new(void);
void claims_free(struct claims *c);
/* Takes a key, waiting until clock_span_ms() passes `until`. False: it did, or
 * memory ran out. A key may be taken once only by one holder. */
bool claims_take(struct claims *c, const char *key, int64_t until);
/* Takes it only when it is free. */
bool claims_try(struct claims *c, const char *key);
/* True when somebody waits, or waited, for a key that is taken: work that can
 * be taken up later lets go of it. */
bool claims_wanted(struct claims *c, const char *key);
void claims_drop(struct claims *c, const char *key);

#endif
