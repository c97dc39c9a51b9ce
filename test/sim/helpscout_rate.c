/*
 * test/sim/helpscout_rate.c - one budget a minute for the whole account
 *
 * What was spent is kept by second in memory.spent, writes in memory.written,
 * so that both kinds of window are sums over it. A refused call costs nothing.
 */
#include "test/sim/helpscout_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BURST_S = 5, BURST_MAX = 12 };

static long limit(const struct world *w)
{
    long rate = HS_NUMBER(w, RATE);

    if (rate > 0)
        return rate;
    return HS_SET(w, PLAN, "standard") ? 200
           : HS_SET(w, PLAN, "pro")    ? 800
                                       : 400;
}

/* As long as a minute is wished to be. */
static int64_t minute(const struct world *w)
{
    long seconds = HS_NUMBER(w, MINUTE);

    return seconds > 0 ? seconds : 60;
}

static int64_t window_start(const struct world *w)
{
    int64_t now = world_now(w), size = minute(w);

    return HS_SET(w, WINDOW, "fixed") ? now - now % size : now - size + 1;
}

static json_t *ledger(struct world *w, const char *name)
{
    json_t *found = json_object_get(w->memory, name);

    if (found == NULL) {
        found = json_object();
        json_object_set_new(w->memory, name, found);
    }
    return found;
}

/* What was spent since `from`; older entries are forgotten. */
static long spent_since(const struct world *w, json_t *spent, int64_t from)
{
    const char *second = NULL;
    json_t *cost = NULL;
    void *next = NULL;
    long sum = 0;

    json_object_foreach_safe(spent, next, second, cost)
    {
        int64_t at = strtoll(second, NULL, 10);
        if (at >= from)
            sum += (long)json_integer_value(cost);
        else if (at < from - minute(w))
            json_object_del(spent, second);
    }
    return sum;
}

static void spend(const struct world *w, json_t *spent, long cost)
{
    char second[32];

    (void)snprintf(second, sizeof(second), "%" PRId64, world_now(w));
    json_object_set_new(
        spent, second,
        json_integer(json_integer_value(json_object_get(spent, second)) +
                     cost));
}

static void too_many(struct world *w, long wait, struct answer *a)
{
    const char *which = knob_text(&w->knobs, HS_RETRY_AFTER);

    hs_gateway(a, 429, "API rate limit exceeded");
    if (strcmp(which, "official") == 0 || strcmp(which, "both") == 0)
        answer_header(a, "X-RateLimit-Retry-After", "%ld", wait);
    if (strcmp(which, "standard") == 0 || strcmp(which, "both") == 0)
        answer_header(a, "Retry-After", "%ld", wait);
}

bool hs_rate_admit(struct world *w, const struct request *r, struct answer *a)
{
    json_t *spent = ledger(w, "spent"), *written = ledger(w, "written");
    bool write = strcmp(r->method, "GET") != 0;
    long cost = write ? 2 : 1;
    int64_t from = window_start(w), now = world_now(w);

    if (spent_since(w, spent, from) + cost > limit(w)) {
        too_many(
            w,
            (long)(HS_SET(w, WINDOW, "fixed") ? minute(w) - (now - from) : 1),
            a);
        return false;
    }
    if (write && HS_SET(w, BURST, "on") &&
        spent_since(w, written, now - BURST_S + 1) + 1 > BURST_MAX) {
        too_many(w, BURST_S, a);
        return false;
    }
    spend(w, spent, cost);
    if (write)
        spend(w, written, 1);
    json_object_set_new(w->memory, "cost", json_integer(cost));
    return true;
}

void hs_rate_finish(struct world *w, struct answer *a)
{
    long cost = (long)json_integer_value(json_object_get(w->memory, "cost"));
    bool gateway = a->status == 404 && a->type != NULL &&
                   strncmp(a->type, "application/json", 16) == 0;

    if (cost == 0 && a->status != 429)
        return; /* a token, or SCIM */
    if ((a->status == 401 || gateway) && HS_SET(w, COUNT_ERRORS, "no"))
        spend(w, ledger(w, "spent"), -cost);
    if (a->status == 401 || gateway)
        return;
    long left = limit(w) - spent_since(w, ledger(w, "spent"), window_start(w));
    answer_header(a, "X-RateLimit-Limit-Minute", "%ld", limit(w));
    answer_header(a, "X-RateLimit-Remaining-Minute", "%ld",
                  left > 0 ? left : 0);
}
