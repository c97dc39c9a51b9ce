/* Promises: each scimType goes with its status; bodies are as RFC 7644 section
 * 3.12 has them, however long or odd the sentence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "test/scim/given.h"

#define ERROR_URN "urn:ietf:params:scim:api:messages:2.0:Error"

static void each_type_has_its_status_and_word(void **state)
{
    (void)state;
    static const struct {
        enum scim_error_type type;
        int status;
        const char *word;
    } rows[] = {
        {SCIM_INVALID_FILTER, 400, "invalidFilter"},
        {SCIM_UNIQUENESS, 409, "uniqueness"},
        {SCIM_SENSITIVE, 403, "sensitive"},
        {SCIM_INVALID_VERS, 400, "invalidVers"},
        {SCIM_EXPIRED_CURSOR, 400, "expiredCursor"},
        {SCIM_NO_TARGET, 400, "noTarget"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct scim_error err = {.retry_after = 5};
        scim_error_set(&err, rows[i].type, "Value %d.", 7);
        assert_int_equal(err.status, rows[i].status);
        assert_int_equal(err.retry_after, 0);
        assert_string_equal(err.detail, "Value 7.");
        assert_string_equal(scim_error_type_text(err.type), rows[i].word);
    }
}

static void the_body_says_status_as_text(void **state)
{
    (void)state;
    struct scim_error err = {0};
    scim_error_set(&err, SCIM_UNIQUENESS, "Taken.");
    json_t *body = scim_error_json(&err);
    assert_true(given_same("uniqueness", body,
                           "{'schemas':['" ERROR_URN "'],'status':'409',"
                           "'scimType':'uniqueness','detail':'Taken.'}"));
    json_decref(body);
}

static void a_plain_status_has_no_scim_type(void **state)
{
    (void)state;
    struct scim_error err = {0};
    scim_error_status(&err, 404, "No user has the id %s.", "x");
    json_t *body = scim_error_json(&err);
    assert_true(given_same("404", body,
                           "{'schemas':['" ERROR_URN "'],'status':'404',"
                           "'detail':'No user has the id x.'}"));
    json_decref(body);
    scim_error_memory(&err);
    assert_int_equal(err.status, 500);
}

static void a_long_sentence_is_cut_between_characters(void **state)
{
    (void)state;
    static const char *const characters[] = {"a", "\xc3\xa5", "\xe2\x82\xac",
                                             "\xf0\x9f\x99\x82"};
    for (size_t c = 0; c < 4; c++) {
        for (size_t shift = 0; shift < 4; shift++) {
            char text[2000] = "xxx";
            text[shift] = '\0';
            while (strlen(text) < 1500)
                memcpy(text + strlen(text), characters[c],
                       strlen(characters[c]) + 1);
            struct scim_error err = {0};
            scim_error_set(&err, SCIM_INVALID_VALUE, "%s", text);
            assert_true(strlen(err.detail) > sizeof err.detail - 10);
            json_t *body = scim_error_json(&err);
            assert_string_equal(
                json_string_value(json_object_get(body, "detail")), err.detail);
            json_decref(body);
        }
    }
}

static void a_sentence_that_is_no_utf8_still_makes_a_body(void **state)
{
    (void)state;
    struct scim_error err = {0};
    scim_error_set(&err, SCIM_INVALID_VALUE, "bad byte \xff here");
    json_t *body = scim_error_json(&err);
    assert_non_null(json_object_get(body, "detail"));
    json_decref(body);
}

static void without_a_place_to_write_nothing_happens(void **state)
{
    (void)state;
    scim_error_set(NULL, SCIM_INVALID_VALUE, "x");
    scim_error_status(NULL, 404, "x");
    scim_error_memory(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_type_has_its_status_and_word),
        cmocka_unit_test(the_body_says_status_as_text),
        cmocka_unit_test(a_plain_status_has_no_scim_type),
        cmocka_unit_test(a_long_sentence_is_cut_between_characters),
        cmocka_unit_test(a_sentence_that_is_no_utf8_still_makes_a_body),
        cmocka_unit_test(without_a_place_to_write_nothing_happens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
