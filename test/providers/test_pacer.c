/* Promises: the account's rate is kept, the helpdesk's own count is believed,
 * interactive calls do not wait behind a sync, and nobody waits past a deadline
 * only to be refused then. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "providers/pacer.h"
#include "test/providers/fake.h"

#include <pthread.h>

#define NOW_MS INT64_C(784111777000) /* Sun, 06 Nov 1994 08:49:37 GMT */

static int64_t fixed_now(void *ctx)
{
    (void)ctx;
    return NOW_MS;
}

/* A pacer whose profile lives as long as it does. */
struct bench {
    struct pacer p;
    json_t *rate;
};

static void begin(struct bench *b, const char *rate, int headroom)
{
    const struct clock clock = {.now_ms = fixed_now};
    b->rate = rate == NULL ? NULL : fake_parse(rate);
    pacer_init(&b->p, b->rate, headroom, clock);
}

static void end(struct bench *b)
{
    pacer_clear(&b->p);
    json_decref(b->rate);
}

/* Calls that go out at once, one after the other, up to `most`. */
static int burst(struct pacer *p, bool write, bool background, int most)
{
    int n = 0, retry;
    for (; n < most; n++) {
        const struct pacer_ask ask = {.write = write,
                                      .background = background,
                                      .deadline_ms = clock_span_ms() + 1};
        if (!pacer_enter(p, &ask, &retry))
            return n;
        pacer_leave(p, &ask, NULL);
    }
    return n;
}

/* One call whose answer has this header. */
static void answer(struct pacer *p, int status, const char *name,
                   const char *value)
{
    int retry;
    const struct pacer_ask ask = {0};
    struct http_header h = {(char *)name, (char *)value};
    const struct http_response r = {
        .status = status, .headers = &h, .header_count = 1};
    assert_true(pacer_enter(p, &ask, &retry));
    pacer_leave(p, &ask, &r);
}

static void the_budget_is_kept(void **state)
{
    (void)state;
    static const struct {
        const char *why, *rate;
        int headroom;
        bool write, background;
        int want;
    } cases[] = {
        {"no rate: no pacing", NULL, 0, false, false, 500},
        {"a quarter at once without headers", "{'max':400,'window_s':600}", 0,
         false, false, 100},
        {"all of it with headers",
         "{'max':400,'window_s':6000,'headers':{'remaining':'R'}}", 0, false,
         false, 400},
        {"headroom", "{'max':400,'window_s':6000,'headers':{'remaining':'R'}}",
         50, false, false, 200},
        {"writes cost more",
         "{'max':400,'window_s':6000,'write_cost':2,"
         "'headers':{'remaining':'R'}}",
         0, true, false, 200},
        {"a tenth is kept from a sync",
         "{'max':400,'window_s':6000,'headers':{'remaining':'R'}}", 0, false,
         true, 360},
        {"never less than one", "{'max':1,'window_s':600}", 99, false, true, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bench b;
        begin(&b, cases[i].rate, cases[i].headroom);
        int got = burst(&b.p, cases[i].write, cases[i].background, 500);
        if (got < cases[i].want || got > cases[i].want + 2)
            fail_msg("%s: %d", cases[i].why, got);
        end(&b);
    }
}

static void the_helpdesks_count_is_believed(void **state)
{
    (void)state;
    static const struct {
        const char *why, *rate, *name, *value;
        int headroom, want;
    } cases[] = {
        {"fewer remain than we thought",
         "{'max':400,'window_s':6000,'headers':{'remaining':'R'}}", "R", "5", 0,
         5},
        {"others need their share",
         "{'max':400,'window_s':6000,'headers':{'remaining':'R'}}", "R", "45",
         10, 5},
        {"used of limit",
         "{'max':400,'window_s':6000,'headers':{'used_of_limit':'U'}}", "U",
         "70/80", 0, 10},
        {"nonsense is ignored",
         "{'max':400,'window_s':6000,'headers':{'remaining':'R'}}", "R",
         "plenty", 0, 399},
        {"negative is ignored",
         "{'max':400,'window_s':6000,'headers':{'remaining':'R'}}", "R", "-5",
         0, 399},
        {"used of nothing is ignored",
         "{'max':400,'window_s':6000,'headers':{'used_of_limit':'U'}}", "U",
         "70/", 0, 399},
        {"a limit smaller than the profile's",
         "{'max':400,'window_s':6000,'headers':{'limit':'L',"
         "'remaining':'R'}}",
         "L", "100", 0, 100},
        {"what a call cost",
         "{'max':400,'window_s':6000,'headers':{'cost':'C'}}", "C", "50", 0,
         50},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bench b;
        begin(&b, cases[i].rate, cases[i].headroom);
        answer(&b.p, 200, cases[i].name, cases[i].value);
        int got = burst(&b.p, false, false, 500);
        if (got < cases[i].want || got > cases[i].want + 2)
            fail_msg("%s: %d", cases[i].why, got);
        end(&b);
    }
}

static void a_spent_window_waits_for_its_reset(void **state)
{
    (void)state;
    static const struct {
        const char *unit, *value;
        int want_s;
    } cases[] = {
        {"delta_s", "20", 20},
        {"epoch_s", "784111797", 20},
        {"epoch_ms", "784111797000", 20},
        {"http_date", "Sun, 06 Nov 1994 08:49:57 GMT", 20},
        {"delta_s", "999999", 3600},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bench b;
        char rate[256];
        (void)snprintf(rate, sizeof rate,
                       "{'max':100,'window_s':60,'headers':{'remaining':'R',"
                       "'reset':{'name':'X','unit':'%s'}}}",
                       cases[i].unit);
        begin(&b, rate, 0);
        int retry = 0;
        const struct pacer_ask ask = {.deadline_ms = clock_span_ms() + 500};
        struct http_header h[] = {{(char *)"R", (char *)"0"},
                                  {(char *)"X", (char *)cases[i].value}};
        const struct http_response r = {
            .status = 200, .headers = h, .header_count = 2};
        assert_true(pacer_enter(&b.p, &ask, &retry));
        pacer_leave(&b.p, &ask, &r);
        assert_false(pacer_enter(&b.p, &ask, &retry));
        if (retry < cases[i].want_s - 1 || retry > cases[i].want_s)
            fail_msg("%s %s: %d s", cases[i].unit, cases[i].value, retry);
        end(&b);
    }
}

static void every_form_of_retry_after_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *name, *value;
        int64_t want;
    } cases[] = {
        {"Retry-After", "7", 7000},
        {"retry-after", "0", 0},
        {"Retry-After", "1.5", 1500},
        {"Retry-After", "Sun, 06 Nov 1994 08:49:47 GMT", 10000},
        {"Retry-After", "Sunday, 06-Nov-94 08:49:47 GMT", 10000},
        {"Retry-After", "Sun Nov  6 08:49:47 1994", 10000},
        {"Retry-After", "Sun, 06 Nov 1994 08:00:00 GMT", 0},
        {"Retry-After", "99999999999999999999", 3600000},
        {"Retry-After", "soon", -1},
        {"Retry-After", "-5", -1},
        {"Retry-After", "", -1},
        {"Retry-After", "Sun, 99 Nov 1994 08:49:47 GMT", -1},
        {"X-Wait", "3", 3000},
        {"X-Other", "3", -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bench b;
        begin(&b, "{'headers':{'retry_after':'X-Wait'}}", 0);
        struct http_header h = {(char *)cases[i].name, (char *)cases[i].value};
        const struct http_response r = {
            .status = 429, .headers = &h, .header_count = 1};
        int64_t got = pacer_told_delay(&b.p, &r);
        if (got != cases[i].want)
            fail_msg("%s: %s: %lld", cases[i].name, cases[i].value,
                     (long long)got);
        end(&b);
    }
}

static void a_date_counts_from_the_servers_own(void **state)
{
    (void)state;
    struct bench b;
    begin(&b, NULL, 0);
    struct http_header h[] = {
        {(char *)"Date", (char *)"Mon, 07 Nov 1994 10:00:00 GMT"},
        {(char *)"Retry-After", (char *)"Mon, 07 Nov 1994 10:00:30 GMT"}};
    const struct http_response r = {
        .status = 503, .headers = h, .header_count = 2};
    assert_int_equal(30000, pacer_told_delay(&b.p, &r));
    end(&b);
}

/* ---- many at once -------------------------------------------------------- */

struct crowd {
    struct pacer *p;
    bool write, background;
    int out, most; /* under `lock` */
    pthread_mutex_t lock;
};

static void *visit(void *ctx)
{
    struct crowd *c = ctx;
    const struct pacer_ask ask = {.write = c->write,
                                  .background = c->background};
    for (int i = 0; i < 200; i++) {
        int retry;
        if (!pacer_enter(c->p, &ask, &retry))
            continue;
        pthread_mutex_lock(&c->lock);
        c->out++;
        c->most = c->out > c->most ? c->out : c->most;
        pthread_mutex_unlock(&c->lock);
        sched_yield();
        pthread_mutex_lock(&c->lock);
        c->out--;
        pthread_mutex_unlock(&c->lock);
        pacer_leave(c->p, &ask, NULL);
    }
    return NULL;
}

static void only_so_many_are_out(void **state)
{
    (void)state;
    for (int write = 0; write < 2; write++) {
        struct bench b;
        pthread_t threads[8];
        begin(&b, "{'concurrency':4,'write_concurrency':2}", 0);
        struct crowd c = {.p = &b.p, .write = write};
        (void)pthread_mutex_init(&c.lock, NULL);
        for (int i = 0; i < 8; i++)
            (void)pthread_create(&threads[i], NULL, visit, &c);
        for (int i = 0; i < 8; i++)
            (void)pthread_join(threads[i], NULL);
        assert_in_range(c.most, 1, write ? 2 : 4);
        assert_int_equal(0, b.p.out);
        assert_int_equal(0, b.p.writes_out);
        end(&b);
    }
}

static void a_busy_helpdesk_refuses_at_the_deadline(void **state)
{
    (void)state;
    struct bench b;
    int retry;
    const struct pacer_ask first = {0};
    const struct pacer_ask ask = {.deadline_ms = clock_span_ms() + 50};
    begin(&b, "{'concurrency':1}", 0);
    assert_true(pacer_enter(&b.p, &first, &retry));
    assert_false(pacer_enter(&b.p, &ask, &retry));
    assert_true(clock_span_ms() >= ask.deadline_ms);
    assert_int_equal(1, retry);
    pacer_leave(&b.p, &first, NULL);
    end(&b);
}

static void a_block_holds_everybody(void **state)
{
    (void)state;
    struct bench b;
    int retry;
    const struct pacer_ask ask = {.deadline_ms = clock_span_ms() + 20};
    begin(&b, NULL, 0);
    pacer_block(&b.p, 5000);
    pacer_block(&b.p, 100); /* a shorter one does not end a longer one */
    assert_false(pacer_enter(&b.p, &ask, &retry));
    assert_in_range(retry, 4, 5);
    end(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_budget_is_kept),
        cmocka_unit_test(the_helpdesks_count_is_believed),
        cmocka_unit_test(a_spent_window_waits_for_its_reset),
        cmocka_unit_test(every_form_of_retry_after_is_read),
        cmocka_unit_test(a_date_counts_from_the_servers_own),
        cmocka_unit_test(only_so_many_are_out),
        cmocka_unit_test(a_busy_helpdesk_refuses_at_the_deadline),
        cmocka_unit_test(a_block_holds_everybody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
