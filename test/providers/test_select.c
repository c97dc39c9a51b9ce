/* Promises: paths, conditions and answer rules read as docs/profiles.md says,
 * and never mistake what is unknown for what is not so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "providers/select.h"

static json_t *parse(const char *text)
{
    json_error_t e;
    json_t *value = json_loads(text, JSON_DECODE_ANY, &e);
    if (value == NULL)
        fail_msg("%s in %s", e.text, text);
    return value;
}

/* Compares a value with JSON text; NULL: there must be none. */
static void expect_json(const char *why, const json_t *value, const char *want)
{
    char *got = value == NULL
                    ? NULL
                    : json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    bool same =
        got == NULL || want == NULL ? got == want : strcmp(got, want) == 0;
    if (!same)
        fail_msg("%s: got %s, want %s", why, got == NULL ? "nothing" : got,
                 want == NULL ? "nothing" : want);
    free(got);
}

static const struct {
    const char *path, *root, *first, *all;
} walks[] = {
    {"a", "{\"a\":1}", "1", "[1]"},
    {"$", "{\"a\":1}", "{\"a\":1}", "[{\"a\":1}]"},
    {"$", "[1,2]", "[1,2]", "[[1,2]]"},
    {"$.a", "{\"a\":1}", "1", "[1]"},
    {"$[1]", "[1,2]", "2", "[2]"},
    {"a.b", "{\"a\":{\"b\":null}}", "null", "[null]"},
    {"a[0].b", "{\"a\":[{\"b\":1},{\"b\":2}]}", "1", "[1]"},
    {"a[*].b", "{\"a\":[{\"c\":1},{\"b\":2},{\"b\":3}]}", "2", "[2,3]"},
    {"a[*]", "{\"a\":[]}", NULL, "[]"},
    {"a[7]", "{\"a\":[1]}", NULL, "[]"},
    {"a.b", "{\"a\":[{\"b\":1}]}", NULL, "[]"},
    {"a.b", "{\"a\":\"text\"}", NULL, "[]"},
    {"a-b_c:d e", "{\"a-b_c:d e\":1}", "1", "[1]"},
};

static void a_path_finds_what_it_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof walks / sizeof walks[0]; i++) {
        json_t *root = parse(walks[i].root);
        expect_json(walks[i].path, select_path(root, walks[i].path),
                    walks[i].first);
        json_t *all = select_all(root, walks[i].path);
        expect_json(walks[i].path, all, walks[i].all);
        json_decref(all);
        json_decref(root);
    }
    expect_json("no root", select_path(NULL, "a"), NULL);
}

static void a_malformed_path_is_named_and_finds_nothing(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",      ".",    "a.",    "a..b", ".a",         "a[",
        "a[]",   "a[x]", "a[-1]", "a[0",  "a]",         "$a",
        "a[1]b", "a[*",  "a[ 1]", "a\n",  "a[9999999]",
    };
    json_t *root = parse("{\"a\":[1,{\"b\":2}]}");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const char *why = NULL;
        if (select_path_valid(bad[i], &why) || why == NULL)
            fail_msg("\"%s\" was taken", bad[i]);
        expect_json(bad[i], select_path(root, bad[i]), NULL);
    }
    char longest[400];
    const char *why;
    memset(longest, 'a', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    assert_false(select_path_valid(longest, &why));
    longest[256] = '\0';
    assert_true(select_path_valid(longest, &why));
    json_decref(root);
}

static void put_makes_objects_on_the_way(void **state)
{
    (void)state;
    json_t *root = parse("{\"a\":{\"x\":1},\"t\":\"text\",\"n\":null}");
    assert_true(select_put(root, "a.b.c", json_integer(2)));
    assert_true(select_put(root, "n.m", json_true()));
    assert_false(select_put(root, "t.u", json_true()));
    assert_false(select_put(root, "a[0]", json_true()));
    assert_false(select_put(root, "$", json_true()));
    expect_json("put", root,
                "{\"a\":{\"x\":1,\"b\":{\"c\":2}},\"t\":\"text\","
                "\"n\":{\"m\":true}}");
    json_decref(root);
}

static void scalars_have_a_text_and_nothing_else_has(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"1", "1"},       {"\"x\"", "x"},
        {"true", "true"}, {"false", "false"},
        {"0.0", "0"},     {"3.0", "3"},
        {"2.5", "2.5"},   {"null", NULL},
        {"[1]", NULL},    {"{}", NULL},
        {"\"\"", ""},     {"9007199254740993", "9007199254740993"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        json_t *value = parse(cases[i][0]);
        char *text = select_text(value);
        if ((text == NULL) != (cases[i][1] == NULL) ||
            (text != NULL && strcmp(text, cases[i][1]) != 0))
            fail_msg("%s: %s", cases[i][0], text == NULL ? "none" : text);
        free(text);
        json_decref(value);
    }
    assert_null(select_text(NULL));
}

/* clang-format off */
static const struct {
    const char *why, *when, *record, *assume;
    bool full;
    enum when_result want;
} conditions[] = {
    {"always", "{}", "{}", NULL, true, WHEN_TRUE},
    {"scalar", "{\"a\":1}", "{\"a\":1}", NULL, true, WHEN_TRUE},
    {"as text", "{\"a\":1}", "{\"a\":\"1\"}", NULL, true, WHEN_TRUE},
    {"as text, other way", "{\"a\":\"0\"}", "{\"a\":0}", NULL, true, WHEN_TRUE},
    {"other", "{\"a\":1}", "{\"a\":2}", NULL, true, WHEN_FALSE},
    {"how it begins", "{\"a\":{\"begins\":\"Ldap\"}}", "{\"a\":\"Ldap::3\"}", NULL, true, WHEN_TRUE},
    {"how it does not", "{\"a\":{\"begins\":\"Ldap\"}}", "{\"a\":\"LD\"}", NULL, true, WHEN_FALSE},
    {"nothing begins", "{\"a\":{\"begins\":\"Ldap\"}}", "{\"a\":null}", NULL, true, WHEN_FALSE},
    {"how one of them begins", "{\"a\":[1,{\"begins\":\"x\"}]}", "{\"a\":[\"y\",\"xy\"]}", NULL, true, WHEN_TRUE},
    {"a beginning that is not told", "{\"a\":{\"begins\":\"x\"}}", "{}", NULL, false, WHEN_UNKNOWN},
    {"any of", "{\"a\":[\"x\",\"y\"]}", "{\"a\":\"y\"}", NULL, true, WHEN_TRUE},
    {"null in any of", "{\"a\":[\"x\",null]}", "{}", NULL, true, WHEN_TRUE},
    {"element of a native list", "{\"a\":7}", "{\"a\":[1,7]}", NULL, true, WHEN_TRUE},
    {"no element", "{\"a\":7}", "{\"a\":[1]}", NULL, true, WHEN_FALSE},
    {"null matches null", "{\"a\":null}", "{\"a\":null}", NULL, true, WHEN_TRUE},
    {"null matches absent when full", "{\"a\":null}", "{}", NULL, true, WHEN_TRUE},
    {"null does not match a value", "{\"a\":null}", "{\"a\":\"\"}", NULL, true, WHEN_FALSE},
    {"absent is unknown in a row", "{\"a\":null}", "{}", NULL, false, WHEN_UNKNOWN},
    {"absent is unknown for a value too", "{\"a\":1}", "{}", NULL, false, WHEN_UNKNOWN},
    {"null is known in a row", "{\"a\":null}", "{\"a\":null}", NULL, false, WHEN_TRUE},
    {"a null parent is known", "{\"a.b\":null}", "{\"a\":null}", NULL, false, WHEN_TRUE},
    {"a parent without it is not", "{\"a.b\":1}", "{\"a\":{}}", NULL, false, WHEN_UNKNOWN},
    {"one false decides", "{\"a\":1,\"b\":2}", "{\"b\":3}", NULL, false, WHEN_FALSE},
    {"one unknown holds back", "{\"a\":1,\"b\":2}", "{\"b\":2}", NULL, false, WHEN_UNKNOWN},
    {"list is or", "[{\"a\":1},{\"a\":2}]", "{\"a\":2}", NULL, true, WHEN_TRUE},
    {"or with unknown", "[{\"a\":1},{\"b\":2}]", "{\"b\":3}", NULL, false, WHEN_UNKNOWN},
    {"or with unknown and true", "[{\"a\":1},{\"b\":2}]", "{\"b\":2}", NULL, false, WHEN_TRUE},
    {"empty or", "[]", "{}", NULL, true, WHEN_FALSE},
    {"assumed over the row", "{\"a\":1}", "{\"a\":2}", "{\"a\":1}", true, WHEN_TRUE},
    {"assumed for an unknown", "{\"a\":1}", "{}", "{\"a\":1}", false, WHEN_TRUE},
    {"assumed under its path", "{\"x.p\":\"live\"}", "{}", "{\"x.p\":\"live\"}", false, WHEN_TRUE},
    {"assumed null", "{\"a\":null}", "{\"a\":5}", "{\"a\":null}", false, WHEN_TRUE},
    {"false is not null", "{\"a\":null}", "{\"a\":false}", NULL, true, WHEN_FALSE},
    {"boolean", "{\"a\":false}", "{\"a\":false}", NULL, true, WHEN_TRUE},
};
/* clang-format on */

static void conditions_hold_fail_or_stay_open(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof conditions / sizeof conditions[0]; i++) {
        json_t *when = parse(conditions[i].when);
        json_t *record = parse(conditions[i].record);
        json_t *assume =
            conditions[i].assume == NULL ? NULL : parse(conditions[i].assume);
        enum when_result got =
            when_holds(when, record, assume, conditions[i].full);
        if (got != conditions[i].want)
            fail_msg("%s: got %d", conditions[i].why, (int)got);
        json_decref(when);
        json_decref(record);
        json_decref(assume);
    }
}

static void a_condition_tells_the_fields_it_reads(void **state)
{
    (void)state;
    json_t *when = parse("[{\"a.b\":1,\"$.c[0]\":2},{\"a.x\":1,\"d\":3}]");
    json_t *names = json_array(), *set = json_object();
    assert_true(when_fields(when, names));
    assert_true(when_fields(when, set));
    expect_json("names", names, "[\"a\",\"c\",\"d\"]");
    expect_json("set", set, "{\"a\":true,\"c\":true,\"d\":true}");
    json_decref(when);
    json_decref(names);
    json_decref(set);
}

static const char *content_type(void *ctx, const char *name)
{
    return strcmp(name, "Content-Type") == 0 ? ctx : NULL;
}

/* clang-format off */
static const struct {
    const char *why, *rule;
    int status;
    const char *body, *type;
    bool want;
} rules[] = {
    {"status alone", "{\"status\":[404]}", 404, NULL, NULL, true},
    {"other status", "{\"status\":[404]}", 400, NULL, NULL, false},
    {"any status", "{\"path\":\"e\",\"in\":[\"x\"]}", 200, "{\"e\":\"x\"}", NULL, true},
    {"in", "{\"status\":[409],\"path\":\"e.c\",\"in\":[\"a\",\"b\"]}", 409, "{\"e\":{\"c\":\"b\"}}", NULL, true},
    {"in is equality", "{\"status\":[409],\"path\":\"e\",\"in\":[\"ab\"]}", 409, "{\"e\":\"abc\"}", NULL, false},
    {"contains", "{\"status\":[422],\"path\":\"e\",\"contains\":[\"used\"]}", 422, "{\"e\":\"already used.\"}", NULL, true},
    {"contains minds case", "{\"status\":[422],\"path\":\"e\",\"contains\":[\"Used\"]}", 422, "{\"e\":\"already used.\"}", NULL, false},
    {"element of texts", "{\"path\":\"e\",\"contains\":[\"used\"]}", 422, "{\"e\":[\"x\",\"is used\"]}", NULL, true},
    {"any element by path", "{\"path\":\"e[*].c\",\"in\":[\"dup\"]}", 400, "{\"e\":[{\"c\":\"x\"},{\"c\":\"dup\"}]}", NULL, true},
    {"no body", "{\"status\":[400],\"path\":\"e\",\"in\":[\"x\"]}", 400, NULL, NULL, false},
    {"object at the path", "{\"path\":\"e\",\"contains\":[\"x\"]}", 400, "{\"e\":{}}", NULL, false},
    {"header", "{\"status\":[404],\"header\":\"Content-Type\",\"contains\":[\"vnd.error\"]}", 404, NULL, "application/vnd.error+json", true},
    {"header absent", "{\"status\":[404],\"header\":\"Content-Type\",\"contains\":[\"vnd.error\"]}", 404, NULL, NULL, false},
    {"header no UTF-8", "{\"status\":[404],\"header\":\"Content-Type\",\"contains\":[\"x\"]}", 404, NULL, "x\xff", false},
};
/* clang-format on */

static void rules_match_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        json_t *rule = parse(rules[i].rule);
        json_t *body = rules[i].body == NULL ? NULL : parse(rules[i].body);
        const struct answer a = {.status = rules[i].status,
                                 .body = body,
                                 .header = content_type,
                                 .ctx = (void *)rules[i].type};
        if (rule_matches(rule, &a) != rules[i].want)
            fail_msg("%s", rules[i].why);
        json_decref(rule);
        json_decref(body);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_finds_what_it_names),
        cmocka_unit_test(a_malformed_path_is_named_and_finds_nothing),
        cmocka_unit_test(put_makes_objects_on_the_way),
        cmocka_unit_test(scalars_have_a_text_and_nothing_else_has),
        cmocka_unit_test(conditions_hold_fail_or_stay_open),
        cmocka_unit_test(a_condition_tells_the_fields_it_reads),
        cmocka_unit_test(rules_match_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
