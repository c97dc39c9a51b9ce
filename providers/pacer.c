/*
 * providers/pacer.c - the bucket, the slots, and who goes first
 *
 *   capacity   with rate headers: the whole budget of a window, as the headers
 *              correct us at once; without: a quarter, and three quarters
 *              refill in a window, so that no window ever sees more than `max`
 *   reserve    a tenth of the capacity is kept for interactive calls, so that
 *              a sync that spends all it can never makes a write wait
 */
#include "providers/pacer.h"

#include "providers/http_date.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- reading the profile ------------------------------------------------- */

static double number(const json_t *object, const char *key, double otherwise)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) && json_number_value(value) > 0
               ? json_number_value(value)
               : otherwise;
}

static const char *text(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static void read_headers(struct pacer *p, const json_t *headers)
{
    static const struct {
        const char *name;
        enum pacer_unit unit;
    } units[] = {
        {"delta_s", PACER_DELTA_S},
        {"epoch_s", PACER_EPOCH_S},
        {"epoch_ms", PACER_EPOCH_MS},
        {"http_date", PACER_HTTP_DATE},
    };
    const json_t *reset = json_object_get(headers, "reset");
    const char *unit = text(reset, "unit");
    p->limit = text(headers, "limit");
    p->remaining = text(headers, "remaining");
    p->cost = text(headers, "cost");
    p->retry_after = text(headers, "retry_after");
    p->used_of_limit = text(headers, "used_of_limit");
    p->reset =
        json_is_string(reset) ? json_string_value(reset) : text(reset, "name");
    for (size_t i = 0; unit != NULL && i < sizeof units / sizeof units[0]; i++)
        if (strcmp(units[i].name, unit) == 0)
            p->reset_unit = units[i].unit;
}

void pacer_init(struct pacer *p, const json_t *rate, int headroom,
                struct clock clock)
{
    *p = (struct pacer){.clock = clock, .headroom = headroom};
    if (p->headroom < 0 || p->headroom > 99)
        p->headroom = p->headroom < 0 ? 0 : 99;
    read_headers(p, json_object_get(rate, "headers"));
    p->concurrency = (int)number(rate, "concurrency", 2);
    p->write_concurrency =
        (int)number(rate, "write_concurrency", p->concurrency);
    p->write_cost = number(rate, "write_cost", 1);
    p->window_ms = (int64_t)(number(rate, "window_s", 60) * 1000);
    p->max = number(rate, "max", 0);
    p->paced = p->max > 0;
    p->refilled_ms = clock_span_ms();
    p->tokens = HUGE_VAL; /* full; cut to the capacity when first looked at */
    pthread_condattr_t attr;
    (void)pthread_condattr_init(&attr);
    (void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&p->changed, &attr);
    (void)pthread_condattr_destroy(&attr);
    (void)pthread_mutex_init(&p->lock, NULL);
}

void pacer_clear(struct pacer *p)
{
    (void)pthread_cond_destroy(&p->changed);
    (void)pthread_mutex_destroy(&p->lock);
}

/* ---- the bucket (all under the lock) ------------------------------------- */

static bool told_remaining(const struct pacer *p)
{
    return p->remaining != NULL || p->used_of_limit != NULL;
}

/* What a window has for us. */
static double budget(const struct pacer *p)
{
    double share = p->max * (100 - p->headroom) / 100;
    return share < 1 ? 1 : share;
}

static double capacity(const struct pacer *p)
{
    double most = told_remaining(p) ? budget(p) : budget(p) / 4;
    return most < p->write_cost ? p->write_cost : most;
}

static double per_ms(const struct pacer *p)
{
    double share = told_remaining(p) ? budget(p) : budget(p) * 3 / 4;
    return share / (double)p->window_ms;
}

static void refill(struct pacer *p, int64_t now)
{
    if (now > p->refilled_ms)
        p->tokens += (double)(now - p->refilled_ms) * per_ms(p);
    p->refilled_ms = now;
    if (p->tokens > capacity(p))
        p->tokens = capacity(p);
}

/* How long until a call of this kind has its tokens; 0: now. */
static int64_t wait_for_tokens(struct pacer *p, const struct pacer_ask *ask,
                               int64_t now)
{
    if (p->blocked_until_ms > now)
        return p->blocked_until_ms - now;
    if (!p->paced)
        return 0;
    refill(p, now);
    double need = ask->write ? p->write_cost : 1;
    if (ask->background && capacity(p) >= 10 + need)
        need += capacity(p) / 10;
    if (p->tokens >= need)
        return 0;
    return (int64_t)ceil((need - p->tokens) / per_ms(p));
}

/* Background calls leave a slot free while interactive ones wait; they are not
 * shut out, as those may wait for each other's writes. */
static bool has_slot(const struct pacer *p, const struct pacer_ask *ask)
{
    int kept = ask->background && p->waiting_interactive > 0 ? 1 : 0;
    return p->out + kept < p->concurrency &&
           (!ask->write || p->writes_out < p->write_concurrency);
}

/* ---- entering and leaving ------------------------------------------------ */

static int seconds(int64_t ms)
{
    return ms <= 0 ? 1 : (int)((ms + 999) / 1000);
}

#define STOP_LOOK_MS 200 /* how often a wait looks whether the program ends */

static void wait_until(struct pacer *p, int64_t at_ms)
{
    struct timespec t = {.tv_sec = (time_t)(at_ms / 1000),
                         .tv_nsec = (long)(at_ms % 1000) * 1000000};
    (void)pthread_cond_timedwait(&p->changed, &p->lock, &t);
}

/* Waits for tokens and a slot; false: past the deadline. */
static bool wait_turn(struct pacer *p, const struct pacer_ask *ask,
                      int *retry_after_s)
{
    for (;;) {
        int64_t now = clock_span_ms();
        int64_t wait = wait_for_tokens(p, ask, now);
        if (wait == 0 && has_slot(p, ask))
            return true;
        bool late = ask->deadline_ms != 0 && now + wait >= ask->deadline_ms;
        if (late || (ask->stop != NULL && atomic_load(ask->stop))) {
            *retry_after_s = seconds(wait);
            return false;
        }
        /* A slot comes free by a signal; the minute is only a safeguard. */
        int64_t until = now + (wait > 0 ? wait : 60000);
        if (ask->deadline_ms != 0 && until > ask->deadline_ms)
            until = ask->deadline_ms;
        if (ask->stop != NULL && until > now + STOP_LOOK_MS)
            until = now + STOP_LOOK_MS;
        wait_until(p, until);
    }
}

bool pacer_enter(struct pacer *p, const struct pacer_ask *ask,
                 int *retry_after_s)
{
    *retry_after_s = 0;
    pthread_mutex_lock(&p->lock);
    p->waiting_interactive += !ask->background;
    bool go = wait_turn(p, ask, retry_after_s);
    p->waiting_interactive -= !ask->background;
    if (go) {
        p->out++;
        p->writes_out += ask->write;
        p->tokens -= ask->write ? p->write_cost : 1;
    }
    pthread_cond_broadcast(&p->changed);
    pthread_mutex_unlock(&p->lock);
    return go;
}

/* A header's number; false: absent, or no number. */
static bool header_number(const struct http_response *r, const char *name,
                          double *out)
{
    const char *value = name == NULL ? NULL : http_response_header(r, name);
    char *end = NULL;
    if (value == NULL)
        return false;
    *out = strtod(value, &end);
    return end != value && isfinite(*out) && *out >= 0 && *out < 1e15;
}

/* When the window begins anew, from now; < 0: not told. */
static int64_t told_reset(const struct pacer *p, const struct http_response *r)
{
    double value;
    int64_t date, delta = -1, now = clock_now(&p->clock);
    const char *header =
        p->reset == NULL ? NULL : http_response_header(r, p->reset);
    if (header == NULL)
        return -1;
    if (p->reset_unit == PACER_HTTP_DATE) {
        if (http_date_parse(header, &date))
            delta = date - now;
    } else if (header_number(r, p->reset, &value)) {
        delta =
            (int64_t)(p->reset_unit == PACER_EPOCH_MS ? value : value * 1000);
        if (p->reset_unit != PACER_DELTA_S)
            delta -= now;
    }
    return delta > HTTP_DELAY_MAX_MS ? HTTP_DELAY_MAX_MS : delta;
}

/* "10/80": ten used of eighty. */
static bool used_of_limit(const struct pacer *p, const struct http_response *r,
                          double *limit, double *left)
{
    const char *value = p->used_of_limit == NULL
                            ? NULL
                            : http_response_header(r, p->used_of_limit);
    char *end = NULL;
    if (value == NULL)
        return false;
    double used = strtod(value, &end);
    if (end == value || *end != '/')
        return false;
    const char *second = end + 1;
    *limit = strtod(second, &end);
    if (end == second || !(used >= 0) || !(*limit >= 1) || *limit > 1e9)
        return false;
    *left = used > *limit ? 0 : *limit - used;
    return true;
}

/* Believes the helpdesk's own count. */
static void learn(struct pacer *p, const struct http_response *r)
{
    double limit = 0, left = 0, cost = 0;
    bool both = used_of_limit(p, r, &limit, &left);
    if (!both && !header_number(r, p->limit, &limit))
        limit = 0;
    if (limit >= 1) {
        p->max = limit;
        p->paced = true;
    }
    if (!both && !header_number(r, p->remaining, &left)) {
        if (header_number(r, p->cost, &cost) && cost > 1)
            p->tokens -= cost - 1;
        return;
    }
    if (!p->paced)
        return;
    /* Calls that are out are not in the count yet. */
    double ours = left - p->max * p->headroom / 100 - p->out;
    p->tokens = ours < capacity(p) ? ours : capacity(p);
    p->refilled_ms = clock_span_ms();
    int64_t reset = told_reset(p, r);
    if (ours < 1 && reset > 0) {
        /* The window is spent: wait for the next one, then try one call; its
         * answer says how much there is. */
        p->tokens = p->write_cost;
        p->blocked_until_ms = p->refilled_ms + reset;
    }
}

void pacer_leave(struct pacer *p, const struct pacer_ask *ask,
                 const struct http_response *response)
{
    pthread_mutex_lock(&p->lock);
    p->out--;
    p->writes_out -= ask->write;
    if (response != NULL && response->status != 0)
        learn(p, response);
    pthread_cond_broadcast(&p->changed);
    pthread_mutex_unlock(&p->lock);
}

void pacer_block(struct pacer *p, int64_t delay_ms)
{
    int64_t until = clock_span_ms() + delay_ms;
    pthread_mutex_lock(&p->lock);
    if (until > p->blocked_until_ms)
        p->blocked_until_ms = until;
    pthread_mutex_unlock(&p->lock);
}

int64_t pacer_told_delay(const struct pacer *p,
                         const struct http_response *response)
{
    /* The server's own clock, when it tells it, makes a date a span. */
    int64_t delay, now = clock_now(&p->clock);
    const char *date = http_response_header(response, "Date");
    if (date != NULL)
        (void)http_date_parse(date, &now);
    const char *value = http_response_header(response, "Retry-After");
    if (value == NULL && p->retry_after != NULL)
        value = http_response_header(response, p->retry_after);
    if (value != NULL && http_delay_parse(value, now, &delay))
        return delay;
    if (response->status == 429)
        return told_reset(p, response);
    return -1;
}

json_t *pacer_state(struct pacer *p)
{
    int64_t now = clock_span_ms();
    json_t *state = NULL;
    pthread_mutex_lock(&p->lock);
    int64_t blocked = p->blocked_until_ms > now ? p->blocked_until_ms - now : 0;
    if (p->paced) {
        refill(p, now);
        state = json_pack("{s:I, s:I, s:I, s:I}", "limit", (json_int_t)p->max,
                          "window", (json_int_t)(p->window_ms / 1000), "left",
                          (json_int_t)(p->tokens > 0 ? p->tokens : 0),
                          "blockedFor", (json_int_t)((blocked + 999) / 1000));
    }
    pthread_mutex_unlock(&p->lock);
    return state;
}
