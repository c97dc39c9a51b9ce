/*
 * test/sim/kustomer_rate.c - one budget for every key, and two smaller ones
 *
 * memory.rate holds "start" of the window, what was used of it, searches, and
 * updates by conversation. A refused call changes nothing and costs nothing.
 */
#include "test/sim/kustomer_internal.h"

#include <inttypes.h>
#include <string.h>

enum { SEARCHES = 100, UPDATES = 120 };

static long org_limit(const struct world *w)
{
    long own = KS_NUMBER(w, RATE);

    if (own > 0)
        return own;
    return KS_SET(w, PLAN, "professional") ? 300
           : KS_SET(w, PLAN, "business")   ? 500
           : KS_SET(w, PLAN, "enterprise") ? 1000
                                           : 2000;
}

/* A smaller limit: its own knob, else what everything has, else `usual`. */
static long limit_of(const struct world *w, long own, long usual)
{
    long all = KS_NUMBER(w, RATE);

    return own > 0 ? own : all > 0 ? all : usual;
}

static int64_t window(const struct world *w)
{
    long own = KS_NUMBER(w, WINDOW_S);

    return own > 0 ? own : 60;
}

static json_t *ledger(struct world *w)
{
    int64_t now = world_now(w), start = now - now % window(w);
    json_t *found = json_object_get(w->memory, "rate");

    if (found == NULL ||
        json_integer_value(json_object_get(found, "start")) != start) {
        found = json_pack("{s:I, s:{}}", "start", (json_int_t)start, "updates");
        json_object_set_new(w->memory, "rate", found);
    }
    return found;
}

static long used(const json_t *ledger, const char *what)
{
    return (long)json_integer_value(json_object_get(ledger, what));
}

static void use(json_t *ledger, const char *what, long more)
{
    json_object_set_new(ledger, what, json_integer(used(ledger, what) + more));
}

static bool over(struct world *w, struct answer *a)
{
    json_object_set_new(w->memory, "limited", json_true());
    ks_error(w, a, 429, "rate limit exceeded");
    return false;
}

bool ks_rate_admit(struct world *w, bool search, struct answer *a)
{
    json_t *book = ledger(w);
    long searches = limit_of(w, KS_NUMBER(w, SEARCH_RATE), SEARCHES);

    json_object_set_new(w->memory, "limited", json_false());
    if (used(book, "calls") >= org_limit(w))
        return over(w, a);
    if (search && used(book, "searches") >= searches)
        return over(w, a);
    use(book, "calls", 1);
    if (search)
        use(book, "searches", 1);
    return true;
}

bool ks_rate_update(struct world *w, const char *conversation, struct answer *a)
{
    json_t *updates = json_object_get(ledger(w), "updates");

    if (used(updates, conversation) >=
        limit_of(w, KS_NUMBER(w, UPDATE_RATE), UPDATES))
        return over(w, a);
    use(updates, conversation, 1);
    return true;
}

void ks_rate_finish(struct world *w, struct answer *a)
{
    json_t *book = ledger(w);
    bool limited = json_is_true(json_object_get(w->memory, "limited"));
    bool failed = a->status >= 400 && a->status != 429;

    if (a->status == 401 && strcmp(ks_caller(w), "") == 0)
        return;
    if (failed && KS_IS(w, COUNT_FAILED, "no"))
        use(book, "calls", -1);
    if (KS_IS(w, RATE_HEADERS, "never") ||
        (KS_IS(w, RATE_HEADERS, "random") && world_random(w, 2) == 0))
        return;
    long left = org_limit(w) - used(book, "calls");
    answer_header(a, "x-ratelimit-limit", "%ld", org_limit(w));
    answer_header(a, "x-ratelimit-remaining", "%ld",
                  limited || left < 0 ? 0 : left);
    answer_header(a, "x-ratelimit-reset", "%" PRId64,
                  (int64_t)json_integer_value(json_object_get(book, "start")) +
                      window(w));
}
