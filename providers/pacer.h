/*
 * providers/pacer.h - how fast, and how many at once
 *
 * A bucket of tokens: it holds what the account may spend at once and refills
 * to the rate of the profile, less the share that is left to the account's
 * other users. What the helpdesk's own headers say about the limit and the
 * remainder wins over our own count. Beside it, a number of calls and of
 * writes that may be out at the same time.
 *
 * Who waits: background calls leave a share of the tokens and, while
 * interactive calls wait, a slot to those; among equals it is whoever asks when
 * there is room. A wait that would pass the deadline is refused at once, with
 * the time after which it is worth asking again.
 *
 * Threads: may be shared.
 */
#ifndef PROVIDERS_PACER_H
#define PROVIDERS_PACER_H

#include "base/clock.h"
#include "providers/http.h"

#include <stdatomic.h>
#include <jansson.h>
#include <pthread.h>

enum pacer_unit {
    PACER_DELTA_S,
    PACER_EPOCH_S,
    PACER_EPOCH_MS,
    PACER_HTTP_DATE,
};

struct pacer {
    pthread_mutex_t lock;
    pthread_cond_t changed; /* on the monotonic clock */
    struct clock clock;     /* wall clock, for absolute resets */

    /* From the profile; names are borrowed from it. */
    const char *limit, *remaining, *cost, *reset, *retry_after, *used_of_limit;
    enum pacer_unit reset_unit;
    int headroom; /* percent left to others */
    int64_t window_ms;
    int concurrency, write_concurrency;
    double write_cost;
    bool paced; /* false: no rate known, only concurrency holds */

    /* Guarded by lock. */
    double max;               /* calls a window, as last told */
    double tokens;            /* may fall below 0 when a call cost more */
    int64_t refilled_ms;      /* when `tokens` was last brought up to date */
    int64_t blocked_until_ms; /* nothing goes before; 0: free */
    int out, writes_out, waiting_interactive;
};

/* Reads `rate` of a profile (may be NULL: two at a time, no pacing). */
void pacer_init(struct pacer *p, const json_t *rate, int headroom,
                struct clock clock);
void pacer_clear(struct pacer *p);

struct pacer_ask {
    bool write, background;
    int64_t deadline_ms; /* on clock_span_ms(); 0: waits as long as it takes */
    const atomic_bool *stop; /* NULL, or: once true, waits no more */
};
/* True: a call may go out now, and pacer_leave() must follow. False: it would
 * have to wait past its deadline; *retry_after_s says how long it would be. */
bool pacer_enter(struct pacer *p, const struct pacer_ask *ask,
                 int *retry_after_s);
/* The call is over; `response` may be NULL when there was no answer. */
void pacer_leave(struct pacer *p, const struct pacer_ask *ask,
                 const struct http_response *response);
/* Nothing goes out for `delay_ms`: the helpdesk said so. */
void pacer_block(struct pacer *p, int64_t delay_ms);
/* The limit as last told, and what is left of it now: up_rate() of provider.h
 * says the members. NULL: no rate is known. */
json_t *pacer_state(struct pacer *p);
/* The delay that an answer asks for (Retry-After or the profile's name for
 * it); < 0: none. */
int64_t pacer_told_delay(const struct pacer *p,
                         const struct http_response *response);

#endif
