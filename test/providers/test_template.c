/* Promises: a template gives exactly what was meant, keeps JSON types, leaves
 * out what is absent, and no value can break out of its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "providers/template.h"

static const char values[] =
    "{\"id\":7,\"email\":\"ann@example.com\",\"on\":true,\"none\":null,"
    "\"empty\":\"\",\"list\":[1,\"b\",3],\"obj\":{\"a\":1},\"set.x\":\"dot\","
    "\"path\":\"a/b c?d#e%f\",\"up\":\"..\",\"line\":\"a\\r\\nX: y\"}";

static json_t *parse(const char *text)
{
    json_error_t e;
    json_t *value = json_loads(text, JSON_DECODE_ANY, &e);
    if (value == NULL)
        fail_msg("%s in %s", e.text, text);
    return value;
}

/* clang-format off */
static const struct {
    const char *why, *template, *want; /* want NULL: fails, */
    const char *missing;               /* naming this */
} fills[] = {
    {"type is kept", "\"{{id}}\"", "7", NULL},
    {"boolean", "{\"a\":\"{{on}}\"}", "{\"a\":true}", NULL},
    {"list is kept", "\"{{list}}\"", "[1,\"b\",3]", NULL},
    {"object as whole body", "\"{{obj}}\"", "{\"a\":1}", NULL},
    {"amid text", "\"n{{id}}.\"", "\"n7.\"", NULL},
    {"two", "\"{{id}}{{id}}\"", "\"77\"", NULL},
    {"dots are one name", "\"{{set.x}}\"", "\"dot\"", NULL},
    {"required absent", "{\"a\":[\"{{gone}}\"]}", NULL, "gone"},
    {"null counts as absent", "\"{{none}}\"", NULL, "none"},
    {"member drops", "{\"a\":\"{{gone?}}\",\"b\":1}", "{\"b\":1}", NULL},
    {"element drops", "[\"{{gone?}}\",2]", "[2]", NULL},
    {"all elements drop", "{\"a\":[\"{{gone?}}\"]}", "{\"a\":[]}", NULL},
    {"amid text drops too", "{\"a\":\"x{{gone?}}\"}", "{}", NULL},
    {"whole drops", "\"{{gone?}}\"", "null", NULL},
    {"empty is a value", "{\"a\":\"{{empty?}}\"}", "{\"a\":\"\"}", NULL},
    {"literal null", "{\"a\":\"{{gone|null}}\"}", "{\"a\":null}", NULL},
    {"literal text", "\"{{gone|\\\"x}}y\\\"}}\"", "\"x}}y\"", NULL},
    {"literal number", "\"{{gone|1}}\"", "1", NULL},
    {"literal list", "\"{{gone|[]}}\"", "[]", NULL},
    {"literal not used", "\"{{id|1}}\"", "7", NULL},
    {"csv", "\"{{list|csv}}\"", "\"1,b,3\"", NULL},
    {"csv amid text", "\"ids={{list|csv}}\"", "\"ids=1,b,3\"", NULL},
    {"csv of a scalar", "\"{{id|csv}}\"", "7", NULL},
    {"csv absent", "\"{{gone|csv}}\"", NULL, "gone"},
    {"list amid text", "\"x{{list}}\"", NULL, "list"},
    {"no template", "{\"a\":[1,null,true,\"}} {\"]}", "{\"a\":[1,null,true,\"}} {\"]}", NULL},
};
/* clang-format on */

static void a_template_gives_what_was_meant(void **state)
{
    (void)state;
    json_t *scope = parse(values);
    const struct vars v = {.scope = {scope}, .count = 1};
    for (size_t i = 0; i < sizeof fills / sizeof fills[0]; i++) {
        char missing[128];
        json_t *template = parse(fills[i].template);
        json_t *got = template_fill(template, &v, missing);
        char *text = got == NULL
                         ? NULL
                         : json_dumps(got, JSON_COMPACT | JSON_ENCODE_ANY);
        if ((text == NULL) != (fills[i].want == NULL) ||
            (text != NULL && strcmp(text, fills[i].want) != 0) ||
            (text == NULL && strcmp(missing, fills[i].missing) != 0))
            fail_msg("%s: got %s, missing \"%s\"", fills[i].why,
                     text == NULL ? "nothing" : text, missing);
        free(text);
        json_decref(got);
        json_decref(template);
    }
    json_decref(scope);
}

static void a_filled_template_is_nobody_elses(void **state)
{
    (void)state;
    json_t *scope = parse(values), *template = parse("{\"o\":\"{{obj}}\"}");
    const struct vars v = {.scope = {scope}, .count = 1};
    char missing[128];
    json_t *got = template_fill(template, &v, missing);
    json_object_set_new(json_object_get(got, "o"), "b", json_true());
    assert_int_equal(1, json_object_size(json_object_get(scope, "obj")));
    json_decref(got);
    json_decref(template);
    json_decref(scope);
}

static void earlier_scopes_win_and_null_hides(void **state)
{
    (void)state;
    json_t *near = parse("{\"a\":1,\"b\":null}");
    json_t *far = parse("{\"a\":2,\"b\":2,\"c\":2}");
    const struct vars v = {.scope = {near, far}, .count = 2};
    assert_int_equal(1, json_integer_value(vars_get(&v, "a")));
    assert_null(vars_get(&v, "b"));
    assert_int_equal(2, json_integer_value(vars_get(&v, "c")));
    assert_null(vars_get(&v, "d"));
    json_decref(near);
    json_decref(far);
}

static void a_value_stays_in_its_segment_of_a_path(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"/users/{{id}}", "/users/7"},
        {"/users/{{email}}/x", "/users/ann%40example.com/x"},
        {"/u/{{path}}", "/u/a%2Fb%20c%3Fd%23e%25f"},
        {"/u/{{gone|\"me\"}}", "/u/me"},
        {"/u/{{up}}/x", NULL},
        {"/u/{{empty}}", NULL},
        {"/u/{{gone?}}", NULL},
        {"/u/{{list}}", NULL},
        {"/u/{{line}}", "/u/a%0D%0AX%3A%20y"},
    };
    json_t *scope = parse(values);
    const struct vars v = {.scope = {scope}, .count = 1};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char missing[128];
        char *got = template_path(cases[i][0], &v, missing);
        if ((got == NULL) != (cases[i][1] == NULL) ||
            (got != NULL && strcmp(got, cases[i][1]) != 0))
            fail_msg("%s: %s", cases[i][0], got == NULL ? "none" : got);
        assert_int_equal(got == NULL, missing[0] != '\0');
        free(got);
    }
    json_decref(scope);
}

static void a_header_takes_no_line_break(void **state)
{
    (void)state;
    char missing[128];
    json_t *scope = parse(values);
    const struct vars v = {.scope = {scope}, .count = 1};
    char *text = template_text("Token token={{email}}", &v, missing);
    assert_string_equal("Token token=ann@example.com", text);
    free(text);
    assert_null(template_text("x {{line}}", &v, missing));
    assert_string_equal("line", missing);
    assert_null(template_text("{{gone?}}", &v, missing));
    assert_string_equal("", missing);
    json_decref(scope);
}

static bool collect(const char *name, bool optional, void *ctx)
{
    char *text = ctx;
    strncat(text, name, 200 - strlen(text));
    strncat(text, optional ? "? " : " ", 200 - strlen(text));
    return strcmp(name, "stop") != 0;
}

static void variables_are_named(void **state)
{
    (void)state;
    char names[256] = "";
    const char *why = NULL;
    json_t *t = parse("{\"a\":[\"{{x}} {{y?}}\"],\"b\":{\"c\":\"{{z|1}}\"},"
                      "\"d\":\"{{l|csv}}\"}");
    assert_true(template_variables(t, collect, names, &why));
    assert_string_equal("x y? z? l ", names);
    json_decref(t);
    t = parse("[\"{{stop}}\",\"{{\"]");
    assert_false(template_variables(t, collect, names, &why));
    assert_null(why);
    json_decref(t);
}

static void malformed_templates_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "{{",       "{{}}",      "{{a",       "{{a b}}",
        "{{a?b}}",  "{{a|}}",    "{{a|x}}",   "{{-}}",
        "{{ a}}",   "{{a|[1]}}", "{{a|{}}}",  "x{{y",
        "{{a|\"}}", "{{a??}}",   "{{a|1|2}}", "{{\xc3\xa4}}",
    };
    char missing[128], names[256];
    const struct vars v = {.count = 0};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const char *why = NULL;
        json_t *t = json_string(bad[i]);
        names[0] = '\0';
        if (template_variables(t, collect, names, &why) || why == NULL)
            fail_msg("%s was taken", bad[i]);
        assert_null(template_fill(t, &v, missing));
        json_decref(t);
    }
}

static void depth_is_bounded(void **state)
{
    (void)state;
    char missing[128], names[256] = "";
    const char *why = NULL;
    const struct vars v = {.count = 0};
    json_t *t = json_string("x");
    for (int i = 0; i < 100; i++)
        t = json_pack("[o]", t);
    assert_false(template_variables(t, collect, names, &why));
    assert_non_null(why);
    assert_null(template_fill(t, &v, missing));
    json_decref(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_template_gives_what_was_meant),
        cmocka_unit_test(a_filled_template_is_nobody_elses),
        cmocka_unit_test(earlier_scopes_win_and_null_hides),
        cmocka_unit_test(a_value_stays_in_its_segment_of_a_path),
        cmocka_unit_test(a_header_takes_no_line_break),
        cmocka_unit_test(variables_are_named),
        cmocka_unit_test(malformed_templates_are_refused),
        cmocka_unit_test(depth_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
