/* Promises: every outcome of a call upstream has its status, and a sentence
 * that names the step and gives the helpdesk's own words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "bridge/outcome.h"

static const struct {
    enum up_rc rc;
    int status;
    enum scim_error_type type;
    bool retry, harmless;
} cases[] = {
    {UP_UNSUPPORTED, 501, SCIM_NONE, false, true},
    {UP_NOT_FOUND, 404, SCIM_NONE, false, true},
    {UP_CONFLICT, 409, SCIM_UNIQUENESS, false, true},
    {UP_INVALID, 400, SCIM_INVALID_VALUE, false, true},
    {UP_FORBIDDEN, 403, SCIM_NONE, false, true},
    {UP_PROTECTED, 403, SCIM_NONE, false, true},
    {UP_NO_SEAT, 403, SCIM_NONE, false, true},
    {UP_UNAUTHORIZED, 502, SCIM_NONE, false, true},
    {UP_THROTTLED, 429, SCIM_NONE, true, true},
    {UP_UNAVAILABLE, 503, SCIM_NONE, true, true},
    {UP_UNKNOWN, 504, SCIM_NONE, true, false},
    {UP_FAILED, 500, SCIM_NONE, false, false},
};
#define CASES (sizeof cases / sizeof cases[0])

static void every_outcome_has_its_error(void **state)
{
    (void)state;
    for (size_t i = 0; i < CASES; i++) {
        struct up_error up = {.detail = "Own words."};
        struct scim_error err = {0};
        outcome_error(cases[i].rc, &up, "doing it", &err);
        if (err.status != cases[i].status || err.type != cases[i].type ||
            (err.retry_after > 0) != cases[i].retry ||
            strstr(err.detail, "doing it") == NULL ||
            strstr(err.detail, "Own words.") == NULL)
            fail_msg("outcome %d: %d %s", (int)cases[i].rc, err.status,
                     err.detail);
        assert_int_equal(outcome_harmless(cases[i].rc, &up), cases[i].harmless);
        assert_string_not_equal(outcome_word(cases[i].rc), "done");
    }
}

static void
several_steps_of_which_one_was_done_are_no_harmless_failure(void **state)
{
    (void)state;
    struct up_error up = {.changed = true};
    for (size_t i = 0; i < CASES; i++)
        assert_false(outcome_harmless(cases[i].rc, &up));
}

static void the_helpdesks_patience_is_passed_on(void **state)
{
    (void)state;
    struct up_error up = {.retry_after_s = 77};
    struct scim_error err = {0};
    outcome_error(UP_THROTTLED, &up, "doing it", &err);
    assert_int_equal(err.retry_after, 77);
    outcome_error(UP_INVALID, &up, "doing it", &err);
    assert_int_equal(err.retry_after, 0);
}

static void a_rejected_value_names_its_attribute(void **state)
{
    (void)state;
    struct up_error up = {.detail = "Too long.", .field = "nickName"};
    struct scim_error err = {0};
    outcome_error(UP_INVALID, &up, "checking", &err);
    assert_non_null(strstr(err.detail, "nickName"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_outcome_has_its_error),
        cmocka_unit_test(
            several_steps_of_which_one_was_done_are_no_harmless_failure),
        cmocka_unit_test(the_helpdesks_patience_is_passed_on),
        cmocka_unit_test(a_rejected_value_names_its_attribute),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
