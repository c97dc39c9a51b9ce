/* Promises: a filter finds whom RFC 7644 section 3.4.2.2 says, errors say where
 * and why, and no input is too deep or too long to be refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "test/scim/filter_cases.h"
#include "test/scim/given.h"

static struct scim_model *model;

/* "U1 U3": who of a type matches; false: the filter is refused. */
static bool found(const char *type_name, const char *text, struct buf *names,
                  struct scim_error *err)
{
    const struct scim_type *type = given_type(model, type_name);
    struct scim_filter *f =
        scim_filter_parse(type, text, strlen(text), true, err);
    if (f == NULL)
        return false;
    for (size_t i = 0; i < filter_people_count; i++) {
        if (strcmp(filter_people[i].type, type_name) != 0)
            continue;
        json_t *who = given(filter_people[i].json);
        if (scim_filter_match(f, who))
            buf_fmt(names, "%s%s", names->len > 0 ? " " : "",
                    filter_people[i].name);
        json_decref(who);
    }
    scim_filter_free(f);
    return true;
}

/* The case over Users, or over Groups when Users have no such attribute. */
static bool holds(const struct filter_case *c)
{
    struct scim_error err = {0}, other = {0};
    struct buf names = {0};
    char *text = filter_text(c->filter);
    bool parsed = found("User", text, &names, &err) ||
                  (c->want != NULL && found("Group", text, &names, &other));
    const char *is = names.data == NULL ? "" : names.data;
    bool ok = c->want == NULL
                  ? !parsed && given_refused(c->why, &err, SCIM_INVALID_FILTER,
                                             c->fragment)
                  : parsed && strcmp(is, c->want) == 0;
    if (!ok)
        print_error("%s: %s\n  is \"%s\", want \"%s\" %s\n", c->why, text, is,
                    c->want == NULL ? "(refused)" : c->want, err.detail);
    buf_clear(&names);
    free(text);
    return ok;
}

static void finds_whom_the_table_says(void **state)
{
    (void)state;
    size_t wrong = 0;
    for (size_t i = 0; i < filter_cases_count; i++)
        wrong += !holds(&filter_cases[i]);
    assert_int_equal(wrong, 0);
}

static struct scim_filter *parse(const char *type, struct buf *text,
                                 bool strict, struct scim_error *err)
{
    *err = (struct scim_error){0};
    return scim_filter_parse(given_type(model, type), text->data, text->len,
                             strict, err);
}

static void repeat(struct buf *b, const char *text, int times)
{
    for (int i = 0; i < times; i++)
        buf_str(b, text);
}

static bool accepts(struct buf *text)
{
    struct scim_error err;
    struct scim_filter *f = parse("User", text, true, &err);
    bool ok = f != NULL;
    if (!ok)
        (void)given_refused("limit", &err, SCIM_INVALID_FILTER, NULL);
    if (!ok && err.type != SCIM_INVALID_FILTER)
        fail_msg("%d %s", err.status, err.detail);
    scim_filter_free(f);
    buf_clear(text);
    return ok;
}

static void nesting_is_bounded(void **state)
{
    (void)state;
    static const struct {
        int deep;
        bool ok;
    } cases[] = {{50, true}, {64, true}, {65, false}, {4000, false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buf b = {0};
        repeat(&b, "(", cases[i].deep);
        buf_str(&b, "title pr");
        repeat(&b, ")", cases[i].deep);
        assert_int_equal(accepts(&b), cases[i].ok);
        repeat(&b, "not(", cases[i].deep);
        buf_str(&b, "title pr");
        repeat(&b, ")", cases[i].deep);
        assert_int_equal(accepts(&b), cases[i].ok);
    }
}

static void the_number_of_terms_is_bounded(void **state)
{
    (void)state;
    struct buf b = {0};
    buf_str(&b, "title pr");
    repeat(&b, " or title pr", SCIM_FILTER_MAX_TERMS - 1);
    assert_true(accepts(&b));
    buf_str(&b, "title pr");
    repeat(&b, " or title pr", SCIM_FILTER_MAX_TERMS);
    assert_false(accepts(&b));
}

static void the_length_is_bounded(void **state)
{
    (void)state;
    struct buf b = {0};
    buf_str(&b, "userName eq \"");
    repeat(&b, "a", SCIM_FILTER_MAX_LENGTH - 14);
    buf_str(&b, "\"");
    assert_int_equal(b.len, SCIM_FILTER_MAX_LENGTH);
    assert_true(accepts(&b));
    buf_str(&b, "userName eq \"");
    repeat(&b, "a", SCIM_FILTER_MAX_LENGTH - 13);
    buf_str(&b, "\"");
    assert_false(accepts(&b));
    repeat(&b, "(", 1000000);
    assert_false(accepts(&b));
}

/* in a query over several types, what a type lacks has no value. */
static void unknown_attributes_have_no_value_when_not_strict(void **state)
{
    (void)state;
    static const struct {
        const char *filter;
        bool group;
    } cases[] = {
        {"userName pr", false},
        {"displayName pr", true},
        {"userName eq \"x\"", false},
        {"userName ne \"x\"", true},
        {"userName eq null", true},
        {"userName ne null", false},
        {"not (userName pr)", true},
        {"emails[type eq \"work\"]", false},
        {"not (emails[type eq \"work\" and (value pr)].value co \"x\")", true},
        {"members[nonsense eq 5]", false},
        {"members[not (nonsense eq 5)]", true},
        {"nonsense.more gt \"x\" or displayName sw \"T\"", true},
    };
    json_t *group = given("{'displayName':'Tour Guides','members':"
                          "[{'value':'u'}]}");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct scim_error err;
        struct buf b = {0};
        buf_str(&b, cases[i].filter);
        struct scim_filter *f = parse("Group", &b, false, &err);
        if (f == NULL || scim_filter_match(f, group) != cases[i].group)
            fail_msg("%s: %s", cases[i].filter, err.detail);
        scim_filter_free(f);
        buf_clear(&b);
    }
    json_decref(group);
}

static void not_strict_is_no_excuse_for_bad_syntax(void **state)
{
    (void)state;
    static const char *const cases[] = {"userName eq", "userName regex \"x\"",
                                        "nonsense[type eq \"x\"",
                                        "nonsense eq bob", "@U"};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct scim_error err;
        struct buf b = {0};
        buf_str(&b, cases[i]);
        if (parse("Group", &b, false, &err) != NULL)
            fail_msg("%s", cases[i]);
        assert_int_equal(err.type, SCIM_INVALID_FILTER);
        buf_clear(&b);
    }
}

static void the_hot_path_is_one_node(void **state)
{
    (void)state;
    struct scim_error err;
    struct buf b = {0};
    buf_str(&b, "userName eq \"Jsmith\"");
    struct scim_filter *f = parse("User", &b, true, &err);
    assert_non_null(f);
    assert_int_equal(f->node, SCIM_NODE_COMPARE);
    assert_int_equal(f->op, SCIM_OP_EQ);
    assert_int_equal(f->literal, SCIM_LITERAL_TEXT);
    assert_string_equal(f->attr->path, "userName");
    assert_string_equal(f->text, "jsmith");
    assert_string_equal(f->given, "Jsmith");
    scim_filter_free(f);
    buf_clear(&b);
}

static void a_value_filter_matches_elements(void **state)
{
    (void)state;
    const struct scim_attr *emails = NULL;
    const struct scim_schema *schema = NULL;
    static const char text[] = "type eq \"Work\" and not (value co \"x\")";
    struct scim_error err = {0};
    assert_true(scim_attr_find(given_type(model, "User"), "emails", 6, &emails,
                               &schema));
    struct scim_filter *f =
        scim_filter_parse_values(emails, text, strlen(text), &err);
    assert_non_null(f);
    json_t *yes = given("{'type':'work','value':'a'}");
    json_t *no = given("{'type':'work','value':'ax'}");
    assert_true(scim_filter_match_value(f, yes));
    assert_false(scim_filter_match_value(f, no));
    json_decref(yes);
    json_decref(no);
    scim_filter_free(f);
    assert_null(scim_filter_parse_values(emails, "kind eq \"x\"", 11, &err));
    assert_true(
        given_refused("unknown part", &err, SCIM_INVALID_FILTER, "kind"));
}

static int setup(void **state)
{
    (void)state;
    model = given_model();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    scim_model_free(model);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_whom_the_table_says),
        cmocka_unit_test(nesting_is_bounded),
        cmocka_unit_test(the_number_of_terms_is_bounded),
        cmocka_unit_test(the_length_is_bounded),
        cmocka_unit_test(unknown_attributes_have_no_value_when_not_strict),
        cmocka_unit_test(not_strict_is_no_excuse_for_bad_syntax),
        cmocka_unit_test(the_hot_path_is_one_node),
        cmocka_unit_test(a_value_filter_matches_elements),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
