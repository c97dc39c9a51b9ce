/* Promises: attributes and excludedAttributes show what RFC 7644 section 3.9
 * says, and `schemas` lists what is left. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scim/project.h"
#include "test/scim/given.h"

static struct scim_model *model;

/* clang-format off */
#define USER                                                                   \
    "{'schemas':['@U','@E'],'id':'7','externalId':'e','userName':'bj',"        \
    "'name':{'familyName':'Jensen','givenName':'Barbara'},"                    \
    "'password':'secret',"                                                     \
    "'emails':[{'value':'b@x.example','display':'B','type':'work'},{'display':'only'}]," \
    "'@E':{'employeeNumber':'7','department':'Sales'},"                        \
    "'meta':{'resourceType':'User','version':'W/1'}}"
#define MINIMUM "'schemas':['@U'],'id':'7'"
#define NAME "'name':{'familyName':'Jensen','givenName':'Barbara'}"
#define EMAILS "'emails':[{'value':'b@x.example','display':'B','type':'work'},{'display':'only'}]"
#define EXT "'@E':{'employeeNumber':'7','department':'Sales'}"
#define META "'meta':{'resourceType':'User','version':'W/1'}"
#define ALL "{'schemas':['@U','@E'],'id':'7','externalId':'e','userName':'bj'," NAME "," EMAILS "," EXT "," META "}"

static const struct {
    const char *why, *attributes, *excluded, *want;
} rows[] = {
    {"neither", NULL, NULL, ALL},
    {"both empty", "", "", ALL},
    {"nothing but commas", " , ,", NULL, ALL},
    {"one name", "userName", NULL, "{" MINIMUM ",'userName':'bj'}"},
    {"any case", "USERNAME", NULL, "{" MINIMUM ",'userName':'bj'}"},
    {"blanks around commas", " userName , externalId ", NULL, "{" MINIMUM ",'externalId':'e','userName':'bj'}"},
    {"sub-attribute", "NAME.givenname", NULL, "{" MINIMUM ",'name':{'givenName':'Barbara'}}"},
    {"two sub-attributes", "name.givenName,name.familyName", NULL, "{" MINIMUM "," NAME "}"},
    {"whole and part", "name,name.givenName", NULL, "{" MINIMUM "," NAME "}"},
    {"sub-attribute of each value", "emails.value", NULL, "{" MINIMUM ",'emails':[{'value':'b@x.example'}]}"},
    {"a sub-attribute that is absent", "name.middleName", NULL, "{" MINIMUM "}"},
    {"password stays hidden", "password", NULL, "{" MINIMUM "}"},
    {"unknown name", "nonsense", NULL, "{" MINIMUM "}"},
    {"unknown and known", "nonsense,userName,name.nonsense", NULL, "{" MINIMUM ",'userName':'bj'}"},
    {"meta", "meta", NULL, "{" MINIMUM "," META "}"},
    {"part of meta", "meta.version", NULL, "{" MINIMUM ",'meta':{'version':'W/1'}}"},
    {"id and schemas", "id,schemas", NULL, "{" MINIMUM "}"},
    {"whole extension", "@E", NULL, "{'schemas':['@U','@E'],'id':'7'," EXT "}"},
    {"whole core", "@U", NULL, "{" MINIMUM ",'userName':'bj'," NAME "," EMAILS "}"},
    {"attribute of an extension", "@E:department", NULL, "{'schemas':['@U','@E'],'id':'7','@E':{'department':'Sales'}}"},
    {"without the URN", "department", NULL, "{'schemas':['@U','@E'],'id':'7','@E':{'department':'Sales'}}"},
    {"with the core URN", "@U:userName,@U:name.givenName", NULL, "{" MINIMUM ",'userName':'bj','name':{'givenName':'Barbara'}}"},
    {"brackets are cut", "emails[type eq 'work']", NULL, "{" MINIMUM "," EMAILS "}"},
    {"brackets with a comma, a bracket and a part", "emails[type eq 'a,]b'].value,userName", NULL, "{" MINIMUM ",'userName':'bj','emails':[{'value':'b@x.example'}]}"},
    {"brackets with a quote within a text", "emails[value eq 'a\\'],name,'].value,userName", NULL, "{" MINIMUM ",'userName':'bj','emails':[{'value':'b@x.example'}]}"},
    {"brackets that do not end", "emails[type eq", NULL, "{" MINIMUM "," EMAILS "}"},
    {"excluding", NULL, "id,userName", "{'schemas':['@U','@E'],'id':'7','externalId':'e'," NAME "," EMAILS "," EXT "," META "}"},
    {"excluding parts", NULL, "emails.display,meta", "{'schemas':['@U','@E'],'id':'7','externalId':'e','userName':'bj'," NAME ",'emails':[{'value':'b@x.example','type':'work'}]," EXT "}"},
    {"excluding all parts", NULL, "name.givenName,name.familyName", "{'schemas':['@U','@E'],'id':'7','externalId':'e','userName':'bj'," EMAILS "," EXT "," META "}"},
    {"excluding an extension", NULL, "@E", "{'schemas':['@U'],'id':'7','externalId':'e','userName':'bj'," NAME "," EMAILS "," META "}"},
    {"excluding all of an extension", NULL, "@E:employeeNumber,@E:department", "{'schemas':['@U'],'id':'7','externalId':'e','userName':'bj'," NAME "," EMAILS "," META "}"},
    {"excluding what is unknown", NULL, "nonsense", ALL},
    {"excluding password", NULL, "password", ALL},
    {"excluding schemas", NULL, "schemas", ALL},
    {"excluding the core", NULL, "@U", "{'schemas':['@U','@E'],'id':'7','externalId':'e'," EXT "," META "}"},
};
/* clang-format on */

static void check_row(size_t i, size_t *failed)
{
    const struct scim_type *type = given_type(model, "User");
    struct scim_error err = {0};
    struct scim_projection *p = NULL;
    char *attributes =
        rows[i].attributes == NULL ? NULL : given_text(rows[i].attributes);
    char *excluded =
        rows[i].excluded == NULL ? NULL : given_text(rows[i].excluded);
    assert_true(scim_projection_parse(type, attributes, excluded, &p, &err));
    json_t *user = given(USER), *before = json_deep_copy(user);
    json_t *shown = scim_project(type, user, p);
    *failed += !given_same(rows[i].why, shown, rows[i].want);
    assert_true(json_equal(user, before));
    json_decref(before);
    json_decref(user);
    json_decref(shown);
    scim_projection_free(p);
    free(attributes);
    free(excluded);
}

static void projections_show_what_is_asked_for(void **state)
{
    (void)state;
    size_t failed = 0;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        check_row(i, &failed);
    assert_int_equal(failed, 0);
}

/* Where it says so, the short form is what the whole way makes. */
static void id_alone_is_known_by_its_names(void **state)
{
    static const struct {
        const char *attributes, *excluded;
        bool is;
    } cases[] = {
        {"id", NULL, true},        {"ID,schemas", NULL, true},
        {"nonsense", NULL, true},  {"password", NULL, true},
        {"userName", NULL, false}, {"id,name.givenName", NULL, false},
        {"meta", NULL, false},     {"department", NULL, false},
        {NULL, "id", false},       {NULL, "userName", false},
        {NULL, NULL, false},
    };
    const struct scim_type *type = given_type(model, "User");
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct scim_error err = {0};
        struct scim_projection *p = NULL;
        assert_true(scim_projection_parse(type, cases[i].attributes,
                                          cases[i].excluded, &p, &err));
        if (scim_projection_is_id(type, p) != cases[i].is)
            fail_msg("case %zu", i);
        if (cases[i].is) {
            json_t *user = given(USER), *got = scim_project(type, user, p);
            assert_true(given_same("id alone", got, "{" MINIMUM "}"));
            json_decref(user);
            json_decref(got);
        }
        scim_projection_free(p);
    }
}

static void both_at_once_are_refused(void **state)
{
    (void)state;
    struct scim_error err = {0};
    struct scim_projection *p = NULL;
    assert_false(scim_projection_parse(given_type(model, "User"), "userName",
                                       "emails", &p, &err));
    assert_true(given_refused("both", &err, SCIM_INVALID_VALUE, "combined"));
    assert_null(p);
    assert_true(scim_projection_parse(given_type(model, "User"), "userName", "",
                                      &p, &err));
    assert_non_null(p);
    scim_projection_free(p);
    scim_projection_free(NULL);
}

/* A returned word of its own: an extension that the shipped documents lack. */
static void returned_always_and_request_are_obeyed(void **state)
{
    (void)state;
    struct scim_error err = {0};
    json_t *documents = scim_schema_shipped();
    json_array_append_new(
        documents, given("{'id':'urn:t','name':'T','x-extends':'User',"
                         "'attributes':[{'name':'must','returned':'always'},"
                         "{'name':'ask','returned':'request'},"
                         "{'name':'box','type':'complex','subAttributes':["
                         "{'name':'key','returned':'always'},{'name':'note'},"
                         "{'name':'ask','returned':'request'},"
                         "{'name':'pin','returned':'never'}]}]}"));
    struct scim_model *m = scim_model_new(documents, &err);
    assert_non_null(m);
    json_decref(documents);
    static const struct {
        const char *attributes, *excluded, *want;
    } wanted[] = {
        {NULL, NULL, "{'must':'m','box':{'key':'k','note':'n'}}"},
        {"userName", NULL, "{'must':'m'}"},
        {"ask", NULL, "{'must':'m','ask':'a'}"},
        {"box.note", NULL, "{'must':'m','box':{'key':'k','note':'n'}}"},
        {"box.ask", NULL, "{'must':'m','box':{'key':'k','ask':'b'}}"},
        {"box", NULL, "{'must':'m','box':{'key':'k','note':'n'}}"},
        {"box.pin", NULL, "{'must':'m','box':{'key':'k'}}"},
        {"urn:t", NULL, "{'must':'m','ask':'a','box':{'key':'k','note':'n'}}"},
        {NULL, "urn:t", "{'must':'m'}"},
        {NULL, "box.note,box.key", "{'must':'m','box':{'key':'k'}}"},
        {NULL, "must", "{'must':'m','box':{'key':'k','note':'n'}}"},
    };
    json_t *r = given("{'id':'1','userName':'u','urn:t':{'must':'m','ask':'a',"
                      "'box':{'key':'k','note':'n','ask':'b','pin':'p'}}}");
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        struct scim_projection *p = NULL;
        const struct scim_type *type = given_type(m, "User");
        assert_true(scim_projection_parse(type, wanted[i].attributes,
                                          wanted[i].excluded, &p, &err));
        json_t *shown = scim_project(type, r, p);
        assert_true(given_same("returned", json_object_get(shown, "urn:t"),
                               wanted[i].want));
        json_decref(shown);
        scim_projection_free(p);
    }
    json_decref(r);
    scim_model_free(m);
}

static void what_cannot_appear_need_not_be_fetched(void **state)
{
    (void)state;
    static const struct {
        const char *attributes, *excluded;
        bool members, value;
    } wanted[] = {
        {NULL, NULL, true, true},
        {"displayName", NULL, false, false},
        {"members", NULL, true, true},
        {"members.value", NULL, true, true},
        {"members.display", NULL, true, false},
        {NULL, "members", false, false},
        {NULL, "members.value", true, false},
        {NULL, "displayName", true, true},
    };
    const struct scim_type *group = given_type(model, "Group");
    const struct scim_attr *members, *value;
    const struct scim_schema *schema;
    assert_true(scim_attr_find(group, "members", 7, &members, &schema));
    assert_true(scim_attr_find(group, "members.value", 13, &value, &schema));
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        struct scim_error err = {0};
        struct scim_projection *p = NULL;
        assert_true(scim_projection_parse(group, wanted[i].attributes,
                                          wanted[i].excluded, &p, &err));
        assert_int_equal(scim_projection_wants(p, members), wanted[i].members);
        assert_int_equal(scim_projection_wants(p, value), wanted[i].value);
        scim_projection_free(p);
    }
}

static void long_and_odd_parameters_do_no_harm(void **state)
{
    (void)state;
    struct scim_error err = {0};
    const struct scim_type *type = given_type(model, "User");
    char *text = malloc(200001);
    assert_non_null(text);
    static const char *const patterns[] = {"a", ",", "userName,", "[",
                                           "]", ".", "[\"",       "\"\\"};
    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
        size_t n = strlen(patterns[i]), len = 0;
        for (; len + n < 200000; len += n)
            memcpy(text + len, patterns[i], n);
        text[len] = '\0';
        struct scim_projection *p = NULL;
        assert_true(scim_projection_parse(type, text, NULL, &p, &err));
        json_t *user = given(USER), *shown = scim_project(type, user, p);
        assert_non_null(json_object_get(shown, "id"));
        json_decref(user);
        json_decref(shown);
        scim_projection_free(p);
    }
    free(text);
}

static int set_up(void **state)
{
    (void)state;
    model = given_model();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    scim_model_free(model);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(projections_show_what_is_asked_for),
        cmocka_unit_test(id_alone_is_known_by_its_names),
        cmocka_unit_test(both_at_once_are_refused),
        cmocka_unit_test(returned_always_and_request_are_obeyed),
        cmocka_unit_test(what_cannot_appear_need_not_be_fetched),
        cmocka_unit_test(long_and_odd_parameters_do_no_harm),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
