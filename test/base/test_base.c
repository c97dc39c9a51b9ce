/* Promises: base/ writes and reads times, texts and ids exactly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/fold.h"
#include "base/id.h"
#include "base/log.h"
#include "base/nearest.h"
#include "base/quantity.h"

#include <fcntl.h>
#include <unistd.h>

static const struct {
    const char *in;
    bool ok;
    int64_t ms;
} times[] = {
    {"1970-01-01T00:00:00Z", true, 0},
    {"2024-05-13T04:42:34Z", true, 1715575354000},
    {"2024-05-13T06:42:34+02:00", true, 1715575354000},
    {"2024-05-13T04:42:34.5Z", true, 1715575354500},
    {"2024-05-13T04:42:34.123456Z", true, 1715575354123},
    {"2024-05-13T04:42:34", true, 1715575354000},
    {"2024-02-29T00:00:00Z", true, 1709164800000},
    {"1969-12-31T23:59:59Z", true, -1000},
    {"2023-02-29T00:00:00Z", false, 0},
    {"2024-13-01T00:00:00Z", false, 0},
    {"2024-05-13", false, 0},
    {"2024-05-13 04:42:34Z", false, 0},
    {"2024-05-13T04:42:34.Z", false, 0},
    {"2024-05-13T04:42:34Zz", false, 0},
    {"yesterday", false, 0},
    {"", false, 0},
};

static void reads_exactly_xsd_date_times(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        int64_t ms = 0;
        bool ok = clock_parse(times[i].in, strlen(times[i].in), &ms);
        if (ok != times[i].ok || (ok && ms != times[i].ms))
            fail_msg("\"%s\" gave %d, %lld", times[i].in, ok, (long long)ms);
    }
}

static void writes_what_it_reads(void **state)
{
    (void)state;
    for (int64_t ms = -62135596800000; ms < 253402300800000;
         ms += 86400000LL * 97 + 12345678) {
        char text[CLOCK_TEXT_SIZE];
        int64_t back = 0;
        clock_format(ms, text);
        assert_true(clock_parse(text, strlen(text), &back));
        if (back != ms)
            fail_msg("%lld became %s", (long long)ms, text);
    }
}

static void escapes_every_control_character_in_json(void **state)
{
    (void)state;
    struct buf b = {0};
    buf_json(&b,
             "a\"\\\n\x01\x7f"
             "\xc3\xa4",
             8);
    assert_string_equal(b.data, "\"a\\\"\\\\\\n\\u0001\\u007f\xc3\xa4\"");
    buf_reset(&b);
    buf_percent(&b, "a/b c%\xc3\xa4", 8);
    assert_string_equal(b.data, "a%2Fb%20c%25%C3%A4");
    buf_clear(&b);
}

static void grows_without_losing_a_byte(void **state)
{
    (void)state;
    struct buf b = {0};
    for (int i = 0; i < 10000; i++)
        buf_fmt(&b, "%d,", i);
    assert_true(buf_ok(&b));
    assert_int_equal(b.len, 48890);
    assert_memory_equal(b.data + b.len - 5, "9999,", 6);
    char *taken = buf_take(&b);
    assert_non_null(taken);
    assert_null(b.data);
    free(taken);
    taken = buf_take(&b);
    assert_string_equal(taken, "");
    free(taken);
}

static void folds_case_and_composition(void **state)
{
    (void)state;
    assert_true(fold_equal("BJensen@Example.COM", "bjensen@example.com"));
    assert_true(fold_equal("\xc3\x85sa", "\xc3\xa5SA"));
    assert_true(fold_equal("\xc3\x85sa", "A\xcc\x8asa")); /* composed or not */
    assert_true(fold_equal("Stra\xc3\x9f"
                           "e",
                           "STRASSE"));
    assert_false(fold_equal("asa", "\xc3\xa5sa"));
    char *bad = fold_key("\xff\xfe", 2);
    assert_string_equal(bad, "\xff\xfe");
    free(bad);
}

static void makes_ids_that_are_valid_and_new(void **state)
{
    (void)state;
    struct id_source source = id_system();
    char a[ID_SIZE], b[ID_SIZE];
    assert_true(id_new(&source, a));
    assert_true(id_new(&source, b));
    assert_true(id_valid(a));
    assert_string_not_equal(a, b);
    assert_int_equal(a[14], '4');
    assert_false(id_valid("2819c223-7f76-453a-919d-41386190464"));
    assert_false(id_valid("2819C223-7f76-453a-919d-413861904646"));
    assert_false(id_valid(""));
}

static void digests_as_the_standard_says(void **state)
{
    (void)state;
    char text[DIGEST_TEXT_SIZE];
    assert_true(digest_sha256("abc", 3, text));
    assert_string_equal(text, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9c"
                              "b410ff61f20015ad");
    assert_true(digest_equal("abc", "abc", 3));
    assert_false(digest_equal("abc", "abd", 3));
}

static const struct {
    const char *word, *want;
} misspelled[] = {
    {"usrName", "userName"}, {"suerName", "userName"}, {"ACTIVE", "active"},
    {"title", "title"},      {"shoeSize", ""},         {"", ""},
};

static void finds_the_name_that_was_meant(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof misspelled / sizeof misspelled[0]; i++) {
        struct nearest n = nearest_to(misspelled[i].word);
        nearest_offer_words(&n, "userName active title emails");
        if (strcmp(n.best, misspelled[i].want) != 0)
            fail_msg("%s: \"%s\"", misspelled[i].word, n.best);
    }
}

static const struct {
    bool (*read)(const char *text, int64_t *value);
    const char *text;
    int64_t want; /* -1: refused */
} quantities[] = {
    {quantity_duration, "30s", 30000},
    {quantity_duration, "90d", 7776000000},
    {quantity_duration, "0m", 0},
    {quantity_duration, "90", -1},
    {quantity_duration, "1w", -1},
    {quantity_duration, "-1s", -1},
    {quantity_duration, "1s ", -1},
    {quantity_duration, "", -1},
    {quantity_duration, "999999999999999d", -1},
    {quantity_size, "65536", 65536},
    {quantity_size, "64k", 65536},
    {quantity_size, "1g", -1},
    {quantity_share, "20%", 20},
    {quantity_share, "101%", -1},
    {quantity_share, "20", -1},
    {quantity_number, "1234567890123456", -1},
};

static void reads_quantities_as_people_write_them(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof quantities / sizeof quantities[0]; i++) {
        int64_t value = -1;
        bool ok = quantities[i].read(quantities[i].text, &value);
        if (ok != (quantities[i].want >= 0) ||
            (ok && value != quantities[i].want))
            fail_msg("\"%s\" gave %d, %lld", quantities[i].text, ok,
                     (long long)value);
    }
    int64_t share, count;
    assert_true(quantity_brake("20%, 5", &share, &count));
    assert_true(share == 20 && count == 5);
    assert_false(quantity_brake("20% 5", &share, &count));
    assert_false(quantity_brake("20%, x", &share, &count));
}

static int64_t noon(void *ctx)
{
    (void)ctx;
    return 43200000;
}

/* One line through a pipe. */
static void line_of(bool json, char *out, size_t size)
{
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    struct log log = {.clock = {.now_ms = noon}, .fd = fds[1], .json = json};
    atomic_store(&log.level, LOG_INFO);
    log_line(&log, LOG_DEBUG, "dropped", NULL);
    log_line(&log, LOG_WARN, "sync.done", "target", "desk", "error",
             "two\nlines \"x\"", "none", NULL, NULL);
    ssize_t n = read(fds[0], out, size - 1);
    assert_true(n > 0);
    out[n] = '\0';
    (void)close(fds[0]);
    (void)close(fds[1]);
}

static void keeps_each_event_on_one_line(void **state)
{
    (void)state;
    char out[512];
    line_of(false, out, sizeof out);
    assert_string_equal(out, "1970-01-01T12:00:00.000Z warn sync.done "
                             "target=desk error=\"two\\nlines \\\"x\\\"\"\n");
    line_of(true, out, sizeof out);
    assert_string_equal(out,
                        "{\"time\":\"1970-01-01T12:00:00.000Z\",\"level\":"
                        "\"warn\",\"event\":\"sync.done\",\"target\":\"desk\","
                        "\"error\":\"two\\nlines \\\"x\\\"\"}\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_exactly_xsd_date_times),
        cmocka_unit_test(writes_what_it_reads),
        cmocka_unit_test(escapes_every_control_character_in_json),
        cmocka_unit_test(grows_without_losing_a_byte),
        cmocka_unit_test(folds_case_and_composition),
        cmocka_unit_test(makes_ids_that_are_valid_and_new),
        cmocka_unit_test(digests_as_the_standard_says),
        cmocka_unit_test(finds_the_name_that_was_meant),
        cmocka_unit_test(reads_quantities_as_people_write_them),
        cmocka_unit_test(keeps_each_event_on_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
