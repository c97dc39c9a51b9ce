/*
 * providers/breaker.h - stops asking a helpdesk that does not answer
 *
 *              a run of failures                 its time is over
 *     CLOSED ---------------------> OPEN ------------------------> TRYING
 *       ^                            ^  the one call that may try     |
 *       |                            +---------- fails ---------------+
 *       +----------------------------- succeeds ---------------------+
 *
 *   state    calls                              invariant
 *   CLOSED   all go through                     fewer failures than the limit
 *   OPEN     refused at once, with the time     until_ms is set
 *   TRYING   one goes through, others refused   exactly one call is out
 *
 * Threads: may be shared.
 */
#ifndef PROVIDERS_BREAKER_H
#define PROVIDERS_BREAKER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#define BREAKER_FAILURES 6
#define BREAKER_FIRST_MS 1000
#define BREAKER_LAST_MS  30000

enum breaker_state { BREAKER_CLOSED, BREAKER_OPEN, BREAKER_TRYING };

struct breaker {
    pthread_mutex_t lock;
    enum breaker_state state;
    int failures;     /* in a row */
    int64_t until_ms; /* OPEN: when one call may try */
    int64_t pause_ms; /* how long the next OPEN lasts; doubles */
};

void breaker_init(struct breaker *b);
void breaker_clear(struct breaker *b);
/* True: a call would be refused now, for *wait_ms more. Changes nothing. */
bool breaker_is_open(struct breaker *b, int64_t now_ms, int64_t *wait_ms);
/* True: go on, and report the end with exactly one of the three below. False:
 * the circuit is open for *wait_ms more. `now_ms` is on clock_span_ms(). */
bool breaker_enter(struct breaker *b, int64_t now_ms, int64_t *wait_ms);
/* The helpdesk answered sensibly. */
void breaker_succeeded(struct breaker *b);
/* It did not answer, or with a 5xx. */
void breaker_failed(struct breaker *b, int64_t now_ms);
/* Nothing was learnt (the call never left). */
void breaker_left(struct breaker *b, int64_t now_ms);

#endif
