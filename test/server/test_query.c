/* Promises: parameters arrive decoded and whole, or are refused; media types
 * are negotiated as RFC 7644 section 3.8 and its clients need it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "server/media.h"
#include "server/percent.h"
#include "server/query.h"

static bool same(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static const struct {
    const char *text, *filter, *cursor, *attributes, *count;
} good[] = {
    {"", NULL, NULL, NULL, NULL},
    {"foo=bar&x", NULL, NULL, NULL, NULL},
    {"filter=a%20eq%20%22b%22", "a eq \"b\"", NULL, NULL, NULL},
    {"filter=a+eq+%2Bb", "a eq +b", NULL, NULL, NULL},
    {"filter=%zz%4", "%zz%4", NULL, NULL, NULL},
    {"filter=%C3%A5", "\xc3\xa5", NULL, NULL, NULL},
    {"filter=a=b", "a=b", NULL, NULL, NULL},
    {"FILTER=x", "x", NULL, NULL, NULL},
    {"cursor", NULL, "", NULL, NULL},
    {"cursor=&count=2", NULL, "", NULL, "2"},
    {"&&cursor=ab&", NULL, "ab", NULL, NULL},
    {"attributes=a&attributes=b,c", NULL, NULL, "a,b,c", NULL},
    {"attributes=", NULL, NULL, "", NULL},
};

static void parameters_arrive_decoded_and_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct query q;
        struct scim_error err = {0};
        bool ok = query_parse(good[i].text, strlen(good[i].text), &q, &err);
        if (!ok || !same(q.filter, good[i].filter) ||
            !same(q.cursor, good[i].cursor) || !same(q.count, good[i].count) ||
            !same(q.attributes, good[i].attributes))
            fail_msg("\"%s\": filter %s cursor %s attributes %s", good[i].text,
                     q.filter, q.cursor, q.attributes);
        query_clear(&q);
    }
}

static const struct {
    const char *text;
    enum scim_error_type want;
} bad[] = {
    {"filter=a%00b", SCIM_INVALID_FILTER},
    {"filter=%FF", SCIM_INVALID_FILTER},
    {"filter=a&filter=a", SCIM_INVALID_FILTER},
    {"cursor=%00", SCIM_INVALID_CURSOR},
    {"count=1&count=2", SCIM_INVALID_VALUE},
    {"attributes=a%00", SCIM_INVALID_VALUE},
};

static void what_is_no_text_or_stands_twice_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct query q;
        struct scim_error err = {0};
        if (query_parse(bad[i].text, strlen(bad[i].text), &q, &err) ||
            err.status != 400 || err.type != bad[i].want)
            fail_msg("\"%s\": %d %s", bad[i].text, err.status, err.detail);
        query_clear(&q);
    }
}

static void a_plus_is_a_blank_in_queries_only(void **state)
{
    char out[8];
    (void)state;
    assert_int_equal(percent_decode("a+b", 3, true, out), 3);
    assert_memory_equal(out, "a b", 3);
    assert_int_equal(percent_decode("a+b", 3, false, out), 3);
    assert_memory_equal(out, "a+b", 3);
    assert_int_equal(percent_decode("%4", 2, false, out), 2);
    assert_int_equal(percent_decode("%", 1, false, out), 1);
    assert_int_equal(percent_decode("%41", 3, false, out), 1);
    assert_int_equal(out[0], 'A');
}

static const struct {
    const char *type;
    bool taken;
} types[] = {
    {NULL, true},
    {"", true},
    {"application/scim+json", true},
    {"application/json", true},
    {"Application/JSON; charset=utf-8", true},
    {" application/json ;charset=UTF-8", true},
    {"text/xml", false},
    {"application/jsonp", false},
    {"application/x-www-form-urlencoded", false},
    {"json", false},
};

static const struct {
    const char *accept;
    bool plain;
} accepts[] = {
    {NULL, false},
    {"", false},
    {"application/json", true},
    {"application/json;q=0.9", true},
    {"text/html, application/json", true},
    {"application/json, */*", false},
    {"application/json, */*;q=0", true},
    {"application/json, application/scim+json;q=0.0", true},
    {"application/*", false},
    {"application/json, application/scim+json", false},
    {"text/html", false},
    {"application/json;q=0", false},
    {",,;,", false},
};

static void media_types_are_negotiated(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (media_is_json(types[i].type) != types[i].taken)
            fail_msg("Content-Type: %s", types[i].type);
    for (size_t i = 0; i < sizeof accepts / sizeof accepts[0]; i++)
        if (media_wants_plain(accepts[i].accept) != accepts[i].plain)
            fail_msg("Accept: %s", accepts[i].accept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameters_arrive_decoded_and_whole),
        cmocka_unit_test(what_is_no_text_or_stands_twice_is_refused),
        cmocka_unit_test(a_plus_is_a_blank_in_queries_only),
        cmocka_unit_test(media_types_are_negotiated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
