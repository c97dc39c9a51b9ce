/* Promises: PUT replaces what a client may replace, keeps what is not its own,
 * and scim_equal tells whether it changed anything. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scim/resource.h"
#include "test/scim/given.h"

static struct scim_model *model;

/* clang-format off */
#define USER                                                                   \
    "{'schemas':['@U','@E','@H'],'id':'7','externalId':'Ext-1','userName':'bj'," \
    "'name':{'familyName':'Jensen','givenName':'Barbara'},'title':'Guide',"    \
    "'active':false,'emails':[{'value':'b@x.example','type':'work','primary':true}]," \
    "'groups':[{'value':'G1','display':'Guides'}],"                            \
    "'@E':{'department':'Sales','manager':{'value':'8','$ref':'https://h/Users/8','displayName':'Boss'}}," \
    "'@H':{'upstreamId':'u7','state':'linked','desk':{'shift':'late','lastLogin':'2024-01-01T00:00:00.000Z'}}," \
    "'meta':{'resourceType':'User','version':'W/1'}}"
#define KEPT_H "'@H':{'upstreamId':'u7','state':'linked','desk':{'lastLogin':'2024-01-01T00:00:00.000Z'}},'meta':{'resourceType':'User','version':'W/1'}"
#define GROUPS "'groups':[{'value':'G1','display':'Guides'}]"
#define GROUP                                                                  \
    "{'schemas':['@G','@J'],'id':'9','displayName':'Guides','members':["       \
    "{'value':'a','$ref':'https://h/scim/v2/Users/a','type':'User','display':'Ada'}," \
    "{'value':'b','$ref':'https://h/scim/v2/Users/b','type':'User','display':'Bob'}]," \
    "'@J':{'kind':'team'}}"

static const struct {
    const char *why, *type, *now, *body, *want;
} replaced[] = {
    {"what is left out is cleared, but for active", "User", USER, "{'schemas':['@U'],'userName':'bj'}",
     "{'schemas':['@U','@H'],'id':'7','userName':'bj','active':false," GROUPS "," KEPT_H "}"},
    {"readOnly members of the body are ignored", "User", USER,
     "{'schemas':['@U'],'id':'other','meta':{'version':'W/9'},'groups':[],'userName':'x','active':true,'@H':{'state':'waiting'}}",
     "{'schemas':['@U','@H'],'id':'7','userName':'x','active':true," GROUPS "," KEPT_H "}"},
    {"null clears, and active stays", "User", USER, "{'schemas':['@U'],'userName':'bj','title':null,'active':null,'emails':[]}",
     "{'schemas':['@U','@H'],'id':'7','userName':'bj','active':false," GROUPS "," KEPT_H "}"},
    {"name is replaced as a whole", "User", USER, "{'schemas':['@U'],'userName':'bj','name':{'givenName':'Babs'}}",
     "{'schemas':['@U','@H'],'id':'7','userName':'bj','name':{'givenName':'Babs'},'active':false," GROUPS "," KEPT_H "}"},
    {"the same manager keeps its name", "User", USER, "{'schemas':['@U'],'userName':'bj','@E':{'manager':{'value':'8','displayName':'X'}}}",
     "{'schemas':['@U','@E','@H'],'id':'7','userName':'bj','active':false," GROUPS ",'@E':{'manager':{'value':'8','displayName':'Boss'}}," KEPT_H "}"},
    {"another manager has not this name", "User", USER, "{'schemas':['@U'],'userName':'bj','@E':{'manager':'10'}}",
     "{'schemas':['@U','@E','@H'],'id':'7','userName':'bj','active':false," GROUPS ",'@E':{'manager':{'value':'10'}}," KEPT_H "}"},
    {"a helpdesk's own attribute is replaced", "User", USER, "{'schemas':['@U'],'userName':'bj','@H':{'desk':{'shift':'early'}}}",
     "{'schemas':['@U','@H'],'id':'7','userName':'bj','active':false," GROUPS ",'@H':{'upstreamId':'u7','state':'linked','desk':{'shift':'early','lastLogin':'2024-01-01T00:00:00.000Z'}},'meta':{'resourceType':'User','version':'W/1'}}"},
    {"password passes through", "User", USER, "{'schemas':['@U'],'userName':'bj','password':'n3w'}",
     "{'schemas':['@U','@H'],'id':'7','userName':'bj','active':false,'password':'n3w'," GROUPS "," KEPT_H "}"},
    {"no active so far", "User", "{'schemas':['@U'],'id':'7','userName':'a'}", "{'schemas':['@U'],'userName':'b'}",
     "{'schemas':['@U'],'id':'7','userName':'b','active':true}"},
    {"members are exactly those", "Group", GROUP, "{'schemas':['@G'],'displayName':'Guides','members':[{'value':'c'},{'value':'b'}]}",
     "{'schemas':['@G','@J'],'id':'9','displayName':'Guides','members':[{'value':'c'},{'value':'b','$ref':'https://h/scim/v2/Users/b','type':'User','display':'Bob'}],'@J':{'kind':'team'}}"},
    {"no members", "Group", GROUP, "{'schemas':['@G'],'displayName':'T'}",
     "{'schemas':['@G','@J'],'id':'9','displayName':'T','@J':{'kind':'team'}}"},
    {"a member sent back with another base address", "Group", GROUP, "{'schemas':['@G'],'displayName':'T','members':[{'value':'a','$ref':'../Users/a','type':'User','display':'No'}]}",
     "{'schemas':['@G','@J'],'id':'9','displayName':'T','members':[{'value':'a','$ref':'https://h/scim/v2/Users/a','type':'User','display':'Ada'}],'@J':{'kind':'team'}}"},
    {"Okta's group", "Group", GROUP, "{'schemas':['@G'],'id':'9','displayName':'T','members':[{'value':'a','display':null}]}",
     "{'schemas':['@G','@J'],'id':'9','displayName':'T','members':[{'value':'a','$ref':'https://h/scim/v2/Users/a','type':'User','display':'Ada'}],'@J':{'kind':'team'}}"},
};

static const struct {
    const char *why, *type, *now, *body;
    enum scim_error_type error;
    const char *fragment;
} refused[] = {
    {"no userName", "User", USER, "{'schemas':['@U'],'title':'x'}", SCIM_INVALID_VALUE, "userName"},
    {"no schemas", "User", USER, "{'userName':'x'}", SCIM_INVALID_SYNTAX, "schemas"},
    {"wrong type", "User", USER, "{'schemas':['@U'],'userName':'x','active':7}", SCIM_INVALID_VALUE, "active"},
    {"two primaries", "User", USER, "{'schemas':['@U'],'userName':'x','emails':[{'value':'a','primary':true},{'value':'b','primary':true}]}", SCIM_INVALID_VALUE, "primary"},
    {"a member changes its type", "Group", GROUP, "{'schemas':['@G'],'displayName':'T','members':[{'value':'a','type':'Group'}]}", SCIM_MUTABILITY, "members.type"},
    {"a member changes its reference", "Group", GROUP, "{'schemas':['@G'],'displayName':'T','members':[{'value':'a','$ref':'https://h/scim/v2/Users/b'}]}", SCIM_MUTABILITY, "members.$ref"},
};
/* clang-format on */

static void put_replaces_what_it_may(void **state)
{
    (void)state;
    size_t failed = 0;
    for (size_t i = 0; i < sizeof replaced / sizeof replaced[0]; i++) {
        struct scim_error err = {0};
        json_t *now = given(replaced[i].now), *body = given(replaced[i].body);
        json_t *before = json_deep_copy(now);
        const struct scim_type *type = given_type(model, replaced[i].type);
        json_t *r = scim_replace(type, now, body, NULL, &err);
        if (r == NULL)
            print_error("%s: %s\n", replaced[i].why, err.detail);
        failed += !given_same(replaced[i].why, r, replaced[i].want);
        /* The result shares nothing with the current resource. */
        scim_strip_read_only(type, r);
        assert_true(json_equal(now, before));
        json_decref(before);
        json_decref(now);
        json_decref(body);
        json_decref(r);
    }
    assert_int_equal(failed, 0);
}

static void put_refuses_what_does_not_fit(void **state)
{
    (void)state;
    size_t failed = 0;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct scim_error err = {0};
        json_t *now = given(refused[i].now), *body = given(refused[i].body);
        json_t *r = scim_replace(given_type(model, refused[i].type), now, body,
                                 NULL, &err);
        failed +=
            r != NULL || !given_refused(refused[i].why, &err, refused[i].error,
                                        refused[i].fragment);
        json_decref(now);
        json_decref(body);
        json_decref(r);
    }
    assert_int_equal(failed, 0);
}

static void put_of_what_get_gave_changes_nothing(void **state)
{
    (void)state;
    static const char *const rows[][2] = {{"User", USER}, {"Group", GROUP}};
    for (size_t i = 0; i < 2; i++) {
        struct scim_error err = {0};
        const struct scim_type *type = given_type(model, rows[i][0]);
        json_t *now = given(rows[i][1]);
        json_t *r = scim_replace(type, now, now, NULL, &err);
        assert_true(given_same(rows[i][0], r, rows[i][1]));
        assert_true(scim_equal(type, now, r));
        json_decref(now);
        json_decref(r);
    }
}

/* An extension with what RFC 7643 knows and the shipped documents lack. */
static struct scim_model *model_with_immutable(void)
{
    struct scim_error err = {0};
    json_t *documents = scim_schema_shipped();
    json_array_append_new(
        documents,
        given("{'id':'urn:t','name':'T','x-extends':'User','x-required':true,"
              "'attributes':[{'name':'badge','mutability':'immutable'},"
              "{'name':'grade','type':'integer','required':true},"
              "{'name':'ratio','type':'decimal'},"
              "{'name':'keys','type':'complex','multiValued':true,"
              "'subAttributes':[{'name':'value','mutability':'immutable'},"
              "{'name':'kind','mutability':'immutable'}]},"
              "{'name':'tags','multiValued':true},"
              "{'name':'box','type':'complex','subAttributes':["
              "{'name':'key','required':true},{'name':'note'}]}]}"));
    struct scim_model *m = scim_model_new(documents, &err);
    json_decref(documents);
    assert_non_null(m);
    return m;
}

/* clang-format off */
static const struct {
    const char *why, *now, *sent, *want, *fragment;
    enum scim_error_type error;
} extended[] = {
    {"an immutable value is set once", "{'grade':1}", "{'badge':'A','grade':1}", "{'badge':'A','grade':1}", NULL, SCIM_NONE},
    {"the same value passes", "{'badge':'A','grade':1}", "{'badge':'A','grade':2}", "{'badge':'A','grade':2}", NULL, SCIM_NONE},
    {"left out it stays", "{'badge':'A','grade':1}", "{'grade':2}", "{'badge':'A','grade':2}", NULL, SCIM_NONE},
    {"another value does not pass", "{'badge':'A','grade':1}", "{'badge':'B','grade':1}", NULL, "badge", SCIM_MUTABILITY},
    {"required in an extension", "{'grade':1}", "{'ratio':1}", NULL, "grade", SCIM_INVALID_VALUE},
    {"the extension is required", "{'grade':1}", NULL, NULL, "grade", SCIM_INVALID_VALUE},
    {"1.0 is no whole number", "{'grade':1}", "{'grade':1.0}", NULL, "whole number", SCIM_INVALID_VALUE},
    {"1e2 is no whole number", "{'grade':1}", "{'grade':1e2}", NULL, "whole number", SCIM_INVALID_VALUE},
    {"a text is no whole number", "{'grade':1}", "{'grade':'1'}", NULL, "grade", SCIM_INVALID_VALUE},
    {"decimals of both kinds", "{'grade':1}", "{'grade':1,'ratio':0.5}", "{'grade':1,'ratio':0.5}", NULL, SCIM_NONE},
    {"simple values are a set", "{'grade':1}", "{'grade':1,'tags':['a','b','a']}", "{'grade':1,'tags':['a','b']}", NULL, SCIM_NONE},
    {"a tag that is no text", "{'grade':1}", "{'grade':1,'tags':['a',7]}", NULL, "tags", SCIM_INVALID_VALUE},
    {"one tag without an array", "{'grade':1}", "{'grade':1,'tags':'a'}", NULL, "array", SCIM_INVALID_VALUE},
    {"an immutable part stays", "{'grade':1,'keys':[{'value':'a','kind':'x'}]}", "{'grade':1,'keys':[{'value':'b'},{'value':'a'}]}", "{'grade':1,'keys':[{'value':'b'},{'value':'a','kind':'x'}]}", NULL, SCIM_NONE},
    {"an immutable part is set once", "{'grade':1,'keys':[{'value':'a'}]}", "{'grade':1,'keys':[{'value':'a','kind':'x'}]}", "{'grade':1,'keys':[{'value':'a','kind':'x'}]}", NULL, SCIM_NONE},
    {"an immutable part cannot change", "{'grade':1,'keys':[{'value':'a','kind':'x'}]}", "{'grade':1,'keys':[{'value':'a','kind':'y'}]}", NULL, "keys.kind", SCIM_MUTABILITY},
    {"required sub-attribute", "{'grade':1}", "{'grade':1,'box':{'note':'x'}}", NULL, "box.key", SCIM_INVALID_VALUE},
    {"its parent may be absent", "{'grade':1}", "{'grade':1,'box':{}}", "{'grade':1}", NULL, SCIM_NONE},
};
/* clang-format on */

static json_t *with_extension(const char *text, const char *extension)
{
    json_t *r = given(text);
    if (extension != NULL)
        json_object_set_new(r, "urn:t", given(extension));
    return r;
}

static void every_kind_and_mutability_has_its_rule(void **state)
{
    (void)state;
    struct scim_model *m = model_with_immutable();
    const struct scim_type *type = given_type(m, "User");
    size_t failed = 0;
    for (size_t i = 0; i < sizeof extended / sizeof extended[0]; i++) {
        struct scim_error err = {0};
        json_t *now =
            with_extension("{'id':'1','userName':'n'}", extended[i].now);
        json_t *body = with_extension("{'schemas':['@U'],'userName':'n'}",
                                      extended[i].sent);
        json_t *r = scim_replace(type, now, body, NULL, &err);
        if (extended[i].want == NULL)
            failed += r != NULL ||
                      !given_refused(extended[i].why, &err, extended[i].error,
                                     extended[i].fragment);
        else
            failed += !given_same(extended[i].why, json_object_get(r, "urn:t"),
                                  extended[i].want);
        json_decref(now);
        json_decref(body);
        json_decref(r);
    }
    scim_model_free(m);
    assert_int_equal(failed, 0);
}

/* clang-format off */
static const struct {
    const char *why, *type, *a, *b;
    bool equal;
} pairs[] = {
    {"themselves", "User", USER, USER, true},
    {"order of members", "User", "{'userName':'a','title':'b'}", "{'title':'b','userName':'a'}", true},
    {"order of values", "User", "{'emails':[{'value':'a'},{'value':'b'}]}", "{'emails':[{'value':'b'},{'value':'a'}]}", true},
    {"order of both", "User", "{'emails':[{'value':'a','type':'x'},{'value':'b'}]}", "{'emails':[{'value':'b'},{'type':'x','value':'a'}]}", true},
    {"order in an extension", "Group", "{'displayName':'T','members':[{'value':'a'},{'value':'b'}]}", "{'members':[{'value':'b'},{'value':'a'}],'displayName':'T'}", true},
    {"meta and schemas do not count", "User", "{'userName':'a','schemas':['@U'],'meta':{'version':'1'}}", "{'userName':'a','schemas':[]}", true},
    {"an empty extension is none", "User", "{'userName':'a','@E':{}}", "{'userName':'a'}", true},
    {"a change of case", "User", "{'userName':'a'}", "{'userName':'A'}", false},
    {"one value more", "User", "{'emails':[{'value':'a'}]}", "{'emails':[{'value':'a'},{'value':'b'}]}", false},
    {"as many, but others", "User", "{'emails':[{'value':'a'},{'value':'a'}]}", "{'emails':[{'value':'a'},{'value':'b'}]}", false},
    {"one attribute more", "User", "{'userName':'a'}", "{'userName':'a','title':'x'}", false},
    {"in a complex value", "User", "{'name':{'givenName':'a'}}", "{'name':{'givenName':'b'}}", false},
    {"in an extension", "User", "{'@E':{'department':'a'}}", "{'@E':{'department':'b'}}", false},
    {"in the helpdesk's facts", "User", "{'@H':{'tombstone':{'openWorkMoved':1}}}", "{'@H':{'tombstone':{'openWorkMoved':2}}}", false},
    {"id", "User", "{'id':'a'}", "{'id':'b'}", false},
    {"externalId", "User", "{'externalId':'a'}", "{'externalId':'A'}", false},
    {"a boolean", "User", "{'active':true}", "{'active':false}", false},
    {"a boolean that is not there", "User", "{'active':true}", "{}", false},
};
/* clang-format on */

static void equality_is_that_of_sets(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        const struct scim_type *type = given_type(model, pairs[i].type);
        json_t *a = given(pairs[i].a), *b = given(pairs[i].b);
        if (scim_equal(type, a, b) != pairs[i].equal ||
            scim_equal(type, b, a) != pairs[i].equal)
            fail_msg("%s", pairs[i].why);
        json_decref(a);
        json_decref(b);
    }
}

static void decimals_are_equal_by_their_value(void **state)
{
    (void)state;
    struct scim_model *m = model_with_immutable();
    json_t *a = given("{'urn:t':{'ratio':1}}");
    json_t *b = given("{'urn:t':{'ratio':1.0}}");
    assert_true(scim_equal(given_type(m, "User"), a, b));
    json_decref(a);
    json_decref(b);
    scim_model_free(m);
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
        cmocka_unit_test(put_replaces_what_it_may),
        cmocka_unit_test(put_refuses_what_does_not_fit),
        cmocka_unit_test(put_of_what_get_gave_changes_nothing),
        cmocka_unit_test(every_kind_and_mutability_has_its_rule),
        cmocka_unit_test(equality_is_that_of_sets),
        cmocka_unit_test(decimals_are_equal_by_their_value),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
