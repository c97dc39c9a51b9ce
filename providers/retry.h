/*
 * providers/retry.h - whether a call may be sent again, and when
 *
 *   what happened         read, PUT, PATCH, DELETE,   any other POST
 *                         POST marked repeatable
 *   never sent            again                       again
 *   429, in the list      again                       again
 *   other status listed   again                       no
 *   cut off, timed out    again                       no
 *   certificate, URL      no                          no
 *
 * Retry-After wins over our own backoff, which doubles and is jittered, so that
 * many callers that were refused together do not come back together.
 */
#ifndef PROVIDERS_RETRY_H
#define PROVIDERS_RETRY_H

#include "providers/http.h"

#include <jansson.h>

struct retry {
    const json_t *status; /* borrowed; array, or object of method -> array;
                             NULL: 429, 502, 503, 504 */
    int max;              /* repeats, so max + 1 calls */
    int64_t base_ms, cap_ms;
};

/* Reads `rate.retry` of a profile (may be NULL), with defaults. */
void retry_read(struct retry *r, const json_t *spec);

/* One call that ended. */
struct retry_case {
    enum http_rc rc;
    int status;
    bool hopeless;
    const char *method;
    bool repeatable;      /* the first column above */
    int attempt;          /* calls made so far, from 1 */
    int64_t told_ms;      /* Retry-After; < 0: none */
    unsigned char random; /* for the jitter */
};
/* True: again after *wait_ms. */
bool retry_again(const struct retry *r, const struct retry_case *c,
                 int64_t *wait_ms);

#endif
