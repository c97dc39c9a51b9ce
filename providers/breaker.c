#include "providers/breaker.h"

#include <assert.h>

static const bool may_move[3][3] = {
    [BREAKER_CLOSED] = {[BREAKER_OPEN] = true},
    [BREAKER_OPEN] = {[BREAKER_TRYING] = true, [BREAKER_CLOSED] = true},
    [BREAKER_TRYING] = {[BREAKER_CLOSED] = true, [BREAKER_OPEN] = true},
};

static void move(struct breaker *b, enum breaker_state to)
{
    assert(may_move[b->state][to]);
    b->state = to;
    assert(to != BREAKER_OPEN || b->until_ms > 0);
    assert(to != BREAKER_CLOSED || b->failures == 0);
}

static void open_circuit(struct breaker *b, int64_t now_ms)
{
    b->until_ms = now_ms + b->pause_ms;
    b->pause_ms *= 2;
    if (b->pause_ms > BREAKER_LAST_MS)
        b->pause_ms = BREAKER_LAST_MS;
    move(b, BREAKER_OPEN);
}

void breaker_init(struct breaker *b)
{
    *b = (struct breaker){.pause_ms = BREAKER_FIRST_MS};
    (void)pthread_mutex_init(&b->lock, NULL);
}

void breaker_clear(struct breaker *b)
{
    (void)pthread_mutex_destroy(&b->lock);
}

/* Under the lock: how long a call is refused; 0: it may go. */
static int64_t refused_for(const struct breaker *b, int64_t now_ms)
{
    if (b->state == BREAKER_CLOSED ||
        (b->state == BREAKER_OPEN && now_ms >= b->until_ms))
        return 0;
    return b->until_ms > now_ms ? b->until_ms - now_ms : 1000;
}

bool breaker_is_open(struct breaker *b, int64_t now_ms, int64_t *wait_ms)
{
    pthread_mutex_lock(&b->lock);
    *wait_ms = refused_for(b, now_ms);
    pthread_mutex_unlock(&b->lock);
    return *wait_ms > 0;
}

bool breaker_enter(struct breaker *b, int64_t now_ms, int64_t *wait_ms)
{
    pthread_mutex_lock(&b->lock);
    *wait_ms = refused_for(b, now_ms);
    if (*wait_ms == 0 && b->state == BREAKER_OPEN)
        move(b, BREAKER_TRYING);
    pthread_mutex_unlock(&b->lock);
    return *wait_ms == 0;
}

void breaker_succeeded(struct breaker *b)
{
    pthread_mutex_lock(&b->lock);
    b->failures = 0;
    b->pause_ms = BREAKER_FIRST_MS;
    /* A call that was out before the circuit opened proves as much as the one
     * that tries. */
    if (b->state != BREAKER_CLOSED)
        move(b, BREAKER_CLOSED);
    pthread_mutex_unlock(&b->lock);
}

void breaker_failed(struct breaker *b, int64_t now_ms)
{
    pthread_mutex_lock(&b->lock);
    if (b->failures < BREAKER_FAILURES)
        b->failures++;
    if (b->state == BREAKER_TRYING ||
        (b->state == BREAKER_CLOSED && b->failures >= BREAKER_FAILURES))
        open_circuit(b, now_ms);
    pthread_mutex_unlock(&b->lock);
}

void breaker_left(struct breaker *b, int64_t now_ms)
{
    pthread_mutex_lock(&b->lock);
    if (b->state == BREAKER_TRYING) {
        b->until_ms = now_ms; /* the next call may try */
        move(b, BREAKER_OPEN);
    }
    pthread_mutex_unlock(&b->lock);
}
