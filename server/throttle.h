/*
 * server/throttle.h - failed logins are slowed, address by address
 *
 * The first failures of an address are answered a little later each time, at
 * most by two seconds; after many in a row come 429 and a time to wait. A
 * minute of quiet forgives all. Only failures are ever asked about here: a
 * request with a good token, or with none, is no failure.
 *
 * Threads: may be shared.
 */
#ifndef SERVER_THROTTLE_H
#define SERVER_THROTTLE_H

#include <stdint.h>

#define THROTTLE_MAX_DELAY   2000 /* ms */
#define THROTTLE_REFUSE_FROM 16   /* failures in a row */
#define THROTTLE_QUIET       60   /* seconds without one that forgive all */

struct throttle;
struct throttle *throttle_new(void);
void throttle_free(struct throttle *t);

struct throttle_verdict {
    int delay_ms;    /* answer that much later */
    int retry_after; /* seconds; not 0: answer 429 */
};
/* Counts one failure of `address` at `now_ms` (monotonic). */
struct throttle_verdict throttle_failure(struct throttle *t,
                                         const char *address, int64_t now_ms);

#endif
