/* Promises: after a run of failures nobody is asked, one call tries again in
 * time, and its success closes the circuit; the backoff is jittered and capped.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "providers/breaker.h"
#include "providers/retry.h"
#include "test/providers/fake.h"

static void fail_until_open(struct breaker *b, int64_t now)
{
    int64_t wait;
    for (int i = 0; i < BREAKER_FAILURES; i++) {
        assert_true(breaker_enter(b, now, &wait));
        breaker_failed(b, now);
    }
    assert_false(breaker_enter(b, now, &wait));
}

static void a_run_of_failures_opens_and_one_try_closes(void **state)
{
    (void)state;
    struct breaker b;
    int64_t wait;
    breaker_init(&b);
    fail_until_open(&b, 1000);
    assert_true(breaker_is_open(&b, 1000, &wait));
    assert_int_equal(BREAKER_FIRST_MS, wait);
    assert_false(breaker_is_open(&b, 1000 + BREAKER_FIRST_MS, &wait));
    /* One may try; the next must wait for it. */
    assert_true(breaker_enter(&b, 1000 + BREAKER_FIRST_MS, &wait));
    assert_false(breaker_enter(&b, 1000 + BREAKER_FIRST_MS, &wait));
    assert_true(wait > 0);
    breaker_succeeded(&b);
    assert_int_equal(BREAKER_CLOSED, b.state);
    assert_true(breaker_enter(&b, 3000, &wait));
    breaker_failed(&b, 3000); /* one failure opens nothing */
    assert_true(breaker_enter(&b, 3000, &wait));
    breaker_clear(&b);
}

static void a_success_in_between_starts_the_count_anew(void **state)
{
    (void)state;
    struct breaker b;
    int64_t wait;
    breaker_init(&b);
    for (int i = 0; i < 50; i++) {
        assert_true(breaker_enter(&b, i, &wait));
        if (i % (BREAKER_FAILURES - 1) == 0)
            breaker_succeeded(&b);
        else
            breaker_failed(&b, i);
    }
    breaker_clear(&b);
}

static void each_failed_try_waits_longer_up_to_a_limit(void **state)
{
    (void)state;
    struct breaker b;
    int64_t wait, now = 1, last = 0;
    breaker_init(&b);
    fail_until_open(&b, now);
    for (int i = 0; i < 10; i++) {
        assert_true(breaker_is_open(&b, now, &wait));
        assert_true(wait >= last && wait <= BREAKER_LAST_MS);
        last = wait;
        now += wait;
        assert_true(breaker_enter(&b, now, &wait));
        breaker_failed(&b, now);
    }
    assert_int_equal(BREAKER_LAST_MS, last);
    breaker_clear(&b);
}

static void a_try_that_never_left_gives_its_place_away(void **state)
{
    (void)state;
    struct breaker b;
    int64_t wait, now = 1;
    breaker_init(&b);
    fail_until_open(&b, now);
    now += BREAKER_FIRST_MS;
    assert_true(breaker_enter(&b, now, &wait));
    breaker_left(&b, now);
    assert_true(breaker_enter(&b, now, &wait));
    breaker_clear(&b);
}

static void a_late_success_closes_an_open_circuit(void **state)
{
    (void)state;
    struct breaker b;
    int64_t wait;
    breaker_init(&b);
    assert_true(breaker_enter(&b, 1, &wait)); /* out for long */
    fail_until_open(&b, 1);
    breaker_succeeded(&b);
    assert_true(breaker_enter(&b, 1, &wait));
    breaker_clear(&b);
}

/* ---- backoff ------------------------------------------------------------- */

static void the_backoff_doubles_is_jittered_and_capped(void **state)
{
    (void)state;
    json_t *spec = fake_parse("{'max':9,'base_ms':100,'cap_ms':1000}");
    struct retry r;
    retry_read(&r, spec);
    const int64_t most[] = {100, 200, 400, 800, 1000, 1000};
    for (int attempt = 1; attempt <= 6; attempt++) {
        for (int random = 0; random < 256; random += 51) {
            int64_t wait;
            const struct retry_case c = {.rc = HTTP_ANSWERED,
                                         .status = 503,
                                         .method = "GET",
                                         .repeatable = true,
                                         .attempt = attempt,
                                         .told_ms = -1,
                                         .random = (unsigned char)random};
            assert_true(retry_again(&r, &c, &wait));
            assert_in_range(wait, most[attempt - 1] / 2, most[attempt - 1]);
        }
    }
    json_decref(spec);
}

static void what_the_helpdesk_says_wins(void **state)
{
    (void)state;
    struct retry r;
    int64_t wait;
    retry_read(&r, NULL);
    struct retry_case c = {.rc = HTTP_ANSWERED,
                           .status = 429,
                           .method = "POST",
                           .attempt = 1,
                           .told_ms = 12345};
    assert_true(retry_again(&r, &c, &wait));
    assert_int_equal(12345, wait);
    c.attempt = 3; /* two repeats by default */
    assert_false(retry_again(&r, &c, &wait));
}

static void statuses_may_depend_on_the_method(void **state)
{
    (void)state;
    json_t *spec = fake_parse("{'status':{'GET':[500],'PUT':[]},'max':1}");
    struct retry r;
    int64_t wait;
    retry_read(&r, spec);
    struct retry_case c = {.rc = HTTP_ANSWERED,
                           .status = 500,
                           .method = "GET",
                           .repeatable = true,
                           .attempt = 1,
                           .told_ms = -1};
    assert_true(retry_again(&r, &c, &wait));
    c.method = "PUT";
    assert_false(retry_again(&r, &c, &wait));
    c.method = "DELETE";
    assert_false(retry_again(&r, &c, &wait));
    json_decref(spec);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_of_failures_opens_and_one_try_closes),
        cmocka_unit_test(a_success_in_between_starts_the_count_anew),
        cmocka_unit_test(each_failed_try_waits_longer_up_to_a_limit),
        cmocka_unit_test(a_try_that_never_left_gives_its_place_away),
        cmocka_unit_test(a_late_success_closes_an_open_circuit),
        cmocka_unit_test(the_backoff_doubles_is_jittered_and_capped),
        cmocka_unit_test(what_the_helpdesk_says_wins),
        cmocka_unit_test(statuses_may_depend_on_the_method),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
