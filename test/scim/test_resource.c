/* Promises: a body becomes exactly one canonical resource, or an error that
 * names what is wrong; what a helpdesk tells never becomes an error. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "scim/resource.h"
#include "test/scim/given.h"

static struct scim_model *model;

/* ---- parsing --------------------------------------------------------------
 */

static void bodies_that_are_no_json_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *why, *text, *fragment;
    } rows[] = {
        {"empty", "", "empty"},
        {"cut off", "{\"userName\":", "line 1"},
        {"an array", "[]", "object"},
        {"a text", "\"x\"", NULL},
        {"trailing bytes", "{} x", "line 1"},
        {"twice the same member", "{\"a\":1,\"a\":2}", "twice"},
        {"twice, deeper", "{\"a\":{\"b\":1,\"b\":2}}", "twice"},
        {"no UTF-8", "{\"a\":\"\xff\"}", "UTF-8"},
        {"half a character", "{\"a\":\"\xc3\"}", "UTF-8"},
        {"U+0000", "{\"a\":\"x\\u0000y\"}", NULL},
        {"U+0000 in a name", "{\"a\\u0000\":1}", NULL},
        {"lone surrogate", "{\"a\":\"\\ud800\"}", NULL},
        {"a number beyond 64 bits", "{\"a\":99999999999999999999}", NULL},
        {"single quotes", "{'a':1}", NULL},
        {"nothing but blanks", " \n ", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct scim_error err = {0};
        json_t *body =
            scim_body_parse(rows[i].text, strlen(rows[i].text), &err);
        if (body != NULL)
            fail_msg("%s: was taken", rows[i].why);
        assert_true(given_refused(rows[i].why, &err, SCIM_INVALID_SYNTAX,
                                  rows[i].fragment));
    }
}

/* `depth` arrays within an object: depth + 1 levels. */
static json_t *nested(size_t depth, struct scim_error *err)
{
    struct buf b = {0};
    buf_str(&b, "{\"a\":");
    for (size_t i = 0; i < depth; i++)
        buf_char(&b, '[');
    for (size_t i = 0; i < depth; i++)
        buf_char(&b, ']');
    buf_char(&b, '}');
    json_t *body = scim_body_parse(b.data, b.len, err);
    buf_clear(&b);
    return body;
}

static void nesting_is_bounded(void **state)
{
    (void)state;
    struct scim_error err = {0};
    json_t *body = nested(SCIM_MAX_DEPTH - 1, &err);
    assert_non_null(body);
    json_decref(body);
    assert_null(nested(SCIM_MAX_DEPTH, &err));
    assert_true(given_refused("33", &err, SCIM_INVALID_SYNTAX, "32"));
    assert_null(nested(1000000, &err));
    assert_true(given_refused("million", &err, SCIM_INVALID_SYNTAX, "32"));
}

static void brackets_in_texts_do_not_nest(void **state)
{
    (void)state;
    static const char text[] =
        "\xef\xbb\xbf{\"a\":\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[{{\\\\\","
        "\"b\":[{}]}";
    struct scim_error err = {0};
    json_t *body = scim_body_parse(text, sizeof text - 1, &err);
    assert_non_null(body);
    json_decref(body);
}

/* ---- creating --------------------------------------------------------------
 */

/* clang-format off */
static const struct {
    const char *why, *type, *body, *want;
} created[] = {
    {"the least user", "User", "{'schemas':['@U'],'userName':'new1'}",
     "{'schemas':['@U'],'userName':'new1','active':true}"},
    {"readOnly members are ignored", "User",
     "{'schemas':['@U'],'id':'mine','meta':{'created':5},'groups':[{'value':'G1'}],'userName':'n','@H':{'state':'linked','role':7}}",
     "{'schemas':['@U'],'userName':'n','active':true}"},
    {"foreign URNs are dropped", "User", "{'schemas':['urn:foreign:1','@U'],'userName':'n'}",
     "{'schemas':['@U'],'userName':'n','active':true}"},
    {"a URN in another case", "User", "{'schemas':['URN:ietf:params:scim:schemas:core:2.0:USER'],'userName':'n'}",
     "{'schemas':['@U'],'userName':'n','active':true}"},
    {"unknown attributes are dropped", "User", "{'schemas':['@U'],'userName':'n','shoeSize':44,'name':{'pet':'x'},'urn:x:y':{'a':1}}",
     "{'schemas':['@U'],'userName':'n','active':true}"},
    {"names in any case, spelled by the schema", "User",
     "{'SCHEMAS':['@U'],'USERNAME':'new2','Name':{'GIVENNAME':'Ada'},'EMAILS':[{'VALUE':'a@x.example','PRIMARY':true}]}",
     "{'schemas':['@U'],'userName':'new2','name':{'givenName':'Ada'},'active':true,'emails':[{'value':'a@x.example','primary':true}]}"},
    {"the schema's order", "User",
     "{'emails':[{'primary':true,'type':'work','value':'a@x.example'}],'active':false,'@E':{'manager':{'$ref':'../Users/7','value':'7'},'department':'R'},'title':'T','userName':'n','externalId':'e','schemas':['@E','@U']}",
     "{'schemas':['@U','@E'],'externalId':'e','userName':'n','title':'T','active':false,'emails':[{'value':'a@x.example','type':'work','primary':true}],'@E':{'department':'R','manager':{'value':'7','$ref':'../Users/7'}}}"},
    {"password is in the result", "User", "{'schemas':['@U'],'userName':'n','password':'S3cret!'}",
     "{'schemas':['@U'],'userName':'n','active':true,'password':'S3cret!'}"},
    {"extension that schemas forgot", "User", "{'schemas':['@U'],'userName':'n','@E':{'department':'R'}}",
     "{'schemas':['@U','@E'],'userName':'n','active':true,'@E':{'department':'R'}}"},
    {"extension listed but absent", "User", "{'schemas':['@U','@E'],'userName':'n'}",
     "{'schemas':['@U'],'userName':'n','active':true}"},
    {"empty extension", "User", "{'schemas':['@U','@E'],'userName':'n','@E':{}}",
     "{'schemas':['@U'],'userName':'n','active':true}"},
    {"extension that is null", "User", "{'schemas':['@U','@E'],'userName':'n','@E':null}",
     "{'schemas':['@U'],'userName':'n','active':true}"},
    {"extension key in another case", "User", "{'schemas':['@U'],'userName':'n','URN:ietf:params:scim:schemas:extension:enterprise:2.0:user':{'DEPARTMENT':'R'}}",
     "{'schemas':['@U','@E'],'userName':'n','active':true,'@E':{'department':'R'}}"},
    {"null and [] are no value", "User", "{'schemas':['@U'],'userName':'n','title':null,'emails':[],'name':{},'phoneNumbers':[null,{}],'addresses':[{'region':null}]}",
     "{'schemas':['@U'],'userName':'n','active':true}"},
    {"active is never unassigned", "User", "{'schemas':['@U'],'userName':'n','Active':null}",
     "{'schemas':['@U'],'userName':'n','active':true}"},
    {"an empty text is kept", "User", "{'schemas':['@U'],'userName':'n','title':''}",
     "{'schemas':['@U'],'userName':'n','title':'','active':true}"},
    {"values are kept as sent", "User", "{'schemas':['@U'],'userName':' Ünal@Example.COM ','locale':'en_US','phoneNumbers':[{'value':'(030) 12 34'}]}",
     "{'schemas':['@U'],'userName':' Ünal@Example.COM ','locale':'en_US','active':true,'phoneNumbers':[{'value':'(030) 12 34'}]}"},
    {"any type is accepted", "User", "{'schemas':['@U'],'userName':'n','emails':[{'value':'a','type':'boat'}]}",
     "{'schemas':['@U'],'userName':'n','active':true,'emails':[{'value':'a','type':'boat'}]}"},
    {"one value under two types", "User", "{'schemas':['@U'],'userName':'n','emails':[{'value':'a','type':'work'},{'value':'a','type':'home'}]}",
     "{'schemas':['@U'],'userName':'n','active':true,'emails':[{'value':'a','type':'work'},{'value':'a','type':'home'}]}"},
    {"one value under one type melts", "User", "{'schemas':['@U'],'userName':'n','emails':[{'value':'a','type':'work','primary':true},{'value':'b'},{'value':'a','type':'work','display':'A'}]}",
     "{'schemas':['@U'],'userName':'n','active':true,'emails':[{'value':'a','display':'A','type':'work','primary':true},{'value':'b'}]}"},
    {"booleans as text", "User", "{'schemas':['@U'],'userName':'n','active':'False','emails':[{'value':'a','primary':'True'}]}",
     "{'schemas':['@U'],'userName':'n','active':false,'emails':[{'value':'a','primary':true}]}"},
    {"manager as a text", "User", "{'schemas':['@U'],'userName':'n','@E':{'manager':'26118915'}}",
     "{'schemas':['@U','@E'],'userName':'n','active':true,'@E':{'manager':{'value':'26118915'}}}"},
    {"manager as an array", "User", "{'schemas':['@U'],'userName':'n','@E':{'manager':[{'$ref':null,'value':'26118915'}]}}",
     "{'schemas':['@U','@E'],'userName':'n','active':true,'@E':{'manager':{'value':'26118915'}}}"},
    {"manager as an array with a text", "User", "{'schemas':['@U'],'userName':'n','@E':{'manager':['26118915']}}",
     "{'schemas':['@U','@E'],'userName':'n','active':true,'@E':{'manager':{'value':'26118915'}}}"},
    {"manager empty", "User", "{'schemas':['@U'],'userName':'n','@E':{'manager':''}}",
     "{'schemas':['@U'],'userName':'n','active':true}"},
    {"manager.displayName is readOnly", "User", "{'schemas':['@U'],'userName':'n','@E':{'manager':{'value':'7','displayName':'X'}}}",
     "{'schemas':['@U','@E'],'userName':'n','active':true,'@E':{'manager':{'value':'7'}}}"},
    {"roles with displayName", "User", "{'schemas':['@U'],'userName':'n','roles':[{'primary':false,'displayName':'Admin','value':'Admin'}]}",
     "{'schemas':['@U'],'userName':'n','active':true,'roles':[{'value':'Admin','display':'Admin','primary':false}]}"},
    {"roles with both names", "User", "{'schemas':['@U'],'userName':'n','roles':[{'displayName':'X','display':'Y','value':'Admin'}]}",
     "{'schemas':['@U'],'userName':'n','active':true,'roles':[{'value':'Admin','display':'Y'}]}"},
    {"role that is JSON in a text", "User", "{'schemas':['@U'],'userName':'n','roles':[{'primary':'True','value':'{\\'id\\':\\'1\\',\\'value\\':\\'25\\',\\'displayName\\':\\'Admin\\'}'}]}",
     "{'schemas':['@U'],'userName':'n','active':true,'roles':[{'value':'25','display':'Admin','primary':true}]}"},
    {"a text that only looks like JSON", "User", "{'schemas':['@U'],'userName':'n','roles':[{'value':'{x}'},{'value':'{\\'a\\':1}'}]}",
     "{'schemas':['@U'],'userName':'n','active':true,'roles':[{'value':'{x}'},{'value':'{\\'a\\':1}'}]}"},
    {"base64 with and without padding", "User", "{'schemas':['@U'],'userName':'n','x509Certificates':[{'value':'QUI='},{'value':'QUI'},{'value':'QUJD'}]}",
     "{'schemas':['@U'],'userName':'n','active':true,'x509Certificates':[{'value':'QUI='},{'value':'QUI'},{'value':'QUJD'}]}"},
    {"an attribute that the helpdesk adds", "User", "{'schemas':['@U'],'userName':'n','@H':{'desk':{'shift':'late','lastLogin':'2024-01-01T00:00:00Z'}}}",
     "{'schemas':['@U','@H'],'userName':'n','active':true,'@H':{'desk':{'shift':'late'}}}"},
    {"Okta's create", "User", "{'schemas':['@U'],'userName':'ana@acme.example','name':{'givenName':'Ana','familyName':'Lopez'},'emails':[{'primary':true,'value':'ana@acme.example','type':'work'}],'displayName':'Ana Lopez','locale':'en-US','externalId':'00u1','groups':[],'password':'x','active':true}",
     "{'schemas':['@U'],'externalId':'00u1','userName':'ana@acme.example','name':{'familyName':'Lopez','givenName':'Ana'},'displayName':'Ana Lopez','locale':'en-US','active':true,'password':'x','emails':[{'value':'ana@acme.example','type':'work','primary':true}]}"},
    {"a group", "Group", "{'schemas':['@G'],'displayName':'New','members':[{'value':'U2'}]}",
     "{'schemas':['@G'],'displayName':'New','members':[{'value':'U2'}]}"},
    {"a group has no active", "Group", "{'schemas':['@G'],'displayName':'New','active':true}",
     "{'schemas':['@G'],'displayName':'New'}"},
    {"Microsoft's URN", "Group", "{'schemas':['@G','http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group'],'externalId':'8aa1','displayName':'T','meta':{'resourceType':'Group'}}",
     "{'schemas':['@G'],'externalId':'8aa1','displayName':'T'}"},
    {"members are a set", "Group", "{'schemas':['@G'],'displayName':'T','members':[{'value':'a'},{'value':'b','type':'User'},{'value':'a','type':'User'},{'value':'b','display':'B'}]}",
     "{'schemas':['@G'],'displayName':'T','members':[{'value':'a','type':'User'},{'value':'b','type':'User'}]}"},
    {"members know four things", "Group", "{'schemas':['@G'],'displayName':'T','members':[{'value':'a','$ref':null,'display':null,'displayName':'A','name':'x'}]}",
     "{'schemas':['@G'],'displayName':'T','members':[{'value':'a'}]}"},
    {"members as ids", "Group", "{'schemas':['@G'],'displayName':'T','members':['a',{'value':'b'}]}",
     "{'schemas':['@G'],'displayName':'T','members':[{'value':'a'},{'value':'b'}]}"},
};

static const struct {
    const char *why, *type, *body;
    enum scim_error_type error;
    const char *fragment;
} refused[] = {
    {"no schemas", "User", "{'userName':'n'}", SCIM_INVALID_SYNTAX, SCIM_URN_USER},
    {"schemas is null", "User", "{'schemas':null,'userName':'n'}", SCIM_INVALID_SYNTAX, "schemas"},
    {"schemas is empty", "User", "{'schemas':[],'userName':'n'}", SCIM_INVALID_SYNTAX, SCIM_URN_USER},
    {"schemas is a text", "User", "{'schemas':'@U','userName':'n'}", SCIM_INVALID_SYNTAX, "schemas"},
    {"schemas with a number", "User", "{'schemas':['@U',7],'userName':'n'}", SCIM_INVALID_SYNTAX, "2"},
    {"schemas of another type", "User", "{'schemas':['@G'],'userName':'n'}", SCIM_INVALID_SYNTAX, SCIM_URN_USER},
    {"schemas with the extension alone", "User", "{'schemas':['@E'],'userName':'n'}", SCIM_INVALID_SYNTAX, SCIM_URN_USER},
    {"no userName", "User", "{'schemas':['@U']}", SCIM_INVALID_VALUE, "userName"},
    {"userName null", "User", "{'schemas':['@U'],'userName':null}", SCIM_INVALID_VALUE, "userName"},
    {"userName empty", "User", "{'schemas':['@U'],'userName':''}", SCIM_INVALID_VALUE, "userName"},
    {"userName blank", "User", "{'schemas':['@U'],'userName':' \\t\\n'}", SCIM_INVALID_VALUE, "userName"},
    {"userName of wide blanks", "User", "{'schemas':['@U'],'userName':'\xe3\x80\x80\xc2\xa0'}", SCIM_INVALID_VALUE, "userName"},
    {"userName a number", "User", "{'schemas':['@U'],'userName':5}", SCIM_INVALID_VALUE, "userName"},
    {"userName an object", "User", "{'schemas':['@U'],'userName':{}}", SCIM_INVALID_VALUE, "object"},
    {"userName in an array", "User", "{'schemas':['@U'],'userName':['n']}", SCIM_INVALID_VALUE, "array"},
    {"twice in different case", "User", "{'schemas':['@U'],'userName':'n','USERNAME':'n'}", SCIM_INVALID_SYNTAX, "userName"},
    {"twice, deeper", "User", "{'schemas':['@U'],'userName':'n','emails':[{'value':'a','Value':'a'}]}", SCIM_INVALID_SYNTAX, "emails.value"},
    {"readOnly twice", "User", "{'schemas':['@U'],'userName':'n','id':'a','ID':'b'}", SCIM_INVALID_SYNTAX, "id"},
    {"schemas twice", "User", "{'schemas':['@U'],'Schemas':['@U'],'userName':'n'}", SCIM_INVALID_SYNTAX, "schemas"},
    {"an extension twice", "User", "{'schemas':['@U'],'userName':'n','@E':{},'URN:ietf:params:scim:schemas:extension:enterprise:2.0:User':{}}", SCIM_INVALID_SYNTAX, SCIM_URN_ENTERPRISE},
    {"active is a number", "User", "{'schemas':['@U'],'userName':'n','active':1}", SCIM_INVALID_VALUE, "active"},
    {"active is another text", "User", "{'schemas':['@U'],'userName':'n','active':'yes'}", SCIM_INVALID_VALUE, "true or false"},
    {"name is a text", "User", "{'schemas':['@U'],'userName':'n','name':'Ada'}", SCIM_INVALID_VALUE, "name"},
    {"name is an array", "User", "{'schemas':['@U'],'userName':'n','name':[{'givenName':'a'},{}]}", SCIM_INVALID_VALUE, "name"},
    {"sub-attribute of a wrong type", "User", "{'schemas':['@U'],'userName':'n','name':{'givenName':true}}", SCIM_INVALID_VALUE, "name.givenName"},
    {"emails as an object", "User", "{'schemas':['@U'],'userName':'n','emails':{'value':'a'}}", SCIM_INVALID_VALUE, "emails must be an array"},
    {"emails as a text", "User", "{'schemas':['@U'],'userName':'n','emails':'a'}", SCIM_INVALID_VALUE, "emails"},
    {"emails with texts", "User", "{'schemas':['@U'],'userName':'n','emails':['a']}", SCIM_INVALID_VALUE, "emails"},
    {"emails within emails", "User", "{'schemas':['@U'],'userName':'n','emails':[[{'value':'a'}]]}", SCIM_INVALID_VALUE, "emails"},
    {"two primaries", "User", "{'schemas':['@U'],'userName':'n','emails':[{'value':'a','primary':true},{'value':'b','primary':'true'}]}", SCIM_INVALID_VALUE, "primary"},
    {"no base64", "User", "{'schemas':['@U'],'userName':'n','x509Certificates':[{'value':'a b'}]}", SCIM_INVALID_VALUE, "base64"},
    {"base64 of impossible length", "User", "{'schemas':['@U'],'userName':'n','x509Certificates':[{'value':'QUJDR'}]}", SCIM_INVALID_VALUE, "x509"},
    {"base64 with padding within", "User", "{'schemas':['@U'],'userName':'n','x509Certificates':[{'value':'QQ==QQ=='}]}", SCIM_INVALID_VALUE, "x509"},
    {"base64 of the other alphabet", "User", "{'schemas':['@U'],'userName':'n','x509Certificates':[{'value':'-_-_'}]}", SCIM_INVALID_VALUE, "x509"},
    {"extension as a text", "User", "{'schemas':['@U'],'userName':'n','@E':'x'}", SCIM_INVALID_VALUE, SCIM_URN_ENTERPRISE},
    {"within an extension", "User", "{'schemas':['@U'],'userName':'n','@E':{'costCenter':4130}}", SCIM_INVALID_VALUE, "costCenter"},
    {"externalId a number", "User", "{'schemas':['@U'],'userName':'n','externalId':7}", SCIM_INVALID_VALUE, "externalId"},
    {"group without displayName", "Group", "{'schemas':['@G'],'members':[]}", SCIM_INVALID_VALUE, "displayName"},
    {"member that is a number", "Group", "{'schemas':['@G'],'displayName':'T','members':[7]}", SCIM_INVALID_VALUE, "members"},
    {"members as one object", "Group", "{'schemas':['@G'],'displayName':'T','members':{'value':'a'}}", SCIM_INVALID_VALUE, "members"},
};
/* clang-format on */

static void bodies_become_canonical(void **state)
{
    (void)state;
    size_t failed = 0;
    for (size_t i = 0; i < sizeof created / sizeof created[0]; i++) {
        struct scim_error err = {0};
        json_t *body = given(created[i].body);
        const struct scim_type *type = given_type(model, created[i].type);
        json_t *before = json_deep_copy(body);
        json_t *r = scim_create(type, body, NULL, &err);
        if (r == NULL)
            print_error("%s: %s\n", created[i].why, err.detail);
        failed += !given_same(created[i].why, r, created[i].want);
        assert_true(json_equal(body, before));
        json_decref(before);
        json_decref(body);
        json_decref(r);
    }
    assert_int_equal(failed, 0);
}

static void bodies_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    size_t failed = 0;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct scim_error err = {0};
        json_t *body = given(refused[i].body);
        json_t *r =
            scim_create(given_type(model, refused[i].type), body, NULL, &err);
        failed +=
            r != NULL || !given_refused(refused[i].why, &err, refused[i].error,
                                        refused[i].fragment);
        json_decref(body);
        json_decref(r);
    }
    assert_int_equal(failed, 0);
}

static void strictness_refuses_what_is_unknown(void **state)
{
    (void)state;
    static const struct scim_tolerance strict = {.unknown_refused = true};
    static const struct {
        const char *body, *fragment;
    } rows[] = {
        {"{'schemas':['@U'],'userName':'n','shoeSize':44}", "shoeSize"},
        {"{'schemas':['@U'],'userName':'n','dispalyName':'x'}", "displayName"},
        {"{'schemas':['@U'],'userName':'n','name':{'pet':'x'}}", "name.pet"},
        {"{'schemas':['@U'],'userName':'n','emails':[{'vlaue':'x'}]}",
         "emails.vlaue"},
        {"{'schemas':['@U'],'userName':'n','@E':{'shoeSize':1}}", "shoeSize"},
        {"{'schemas':['@U'],'userName':'n','name.givenName':'x'}",
         "name.givenName"},
        {"{'schemas':['@U'],'userName':'n','department':'x'}", "department"},
        {"{'schemas':['@U'],'userName':'n','urn:x:y':{}}", "urn:x:y"},
        {"{'schemas':['@U','urn:x:y'],'USERNAME':'n','id':'x','meta':{},"
         "'groups':[],'@E':{'department':'R'}}",
         NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct scim_error err = {0};
        json_t *body = given(rows[i].body);
        json_t *r = scim_create(given_type(model, "User"), body, &strict, &err);
        if (rows[i].fragment == NULL)
            assert_non_null(r);
        else if (r != NULL ||
                 !given_refused(rows[i].body, &err, SCIM_INVALID_VALUE,
                                rows[i].fragment))
            fail_msg("%s", rows[i].body);
        json_decref(body);
        json_decref(r);
    }
}

static void too_many_values_are_refused(void **state)
{
    (void)state;
    struct scim_error err = {0};
    json_t *body = given("{'schemas':['@G'],'displayName':'T','members':[]}");
    json_t *members = json_object_get(body, "members");
    for (int i = 0; i < SCIM_MAX_VALUES; i++) {
        char id[16];
        (void)snprintf(id, sizeof id, "u%d", i);
        json_array_append_new(members, json_pack("{s:s}", "value", id));
    }
    const struct scim_type *group = given_type(model, "Group");
    json_t *r = scim_create(group, body, NULL, &err);
    assert_int_equal(json_array_size(json_object_get(r, "members")),
                     SCIM_MAX_VALUES);
    json_array_append_new(members, json_pack("{s:s}", "value", "one more"));
    assert_null(scim_create(group, body, NULL, &err));
    assert_true(given_refused("100001", &err, SCIM_INVALID_VALUE, "members"));
    json_decref(body);
    json_decref(r);
}

/* ---- what a helpdesk tells --------------------------------------------------
 */

/* clang-format off */
static const struct {
    const char *why, *told, *want;
} told[] = {
    {"nothing at all", "{}", "{'schemas':['@U']}"},
    {"readOnly members stay", "{'meta':{'version':'W/x','created':'2024-05-13T04:42:34Z'},'id':'7','groups':[{'value':'g'}],'userName':'n','@H':{'tombstone':{'openWorkMoved':3},'state':'linked'}}",
     "{'schemas':['@U','@H'],'id':'7','userName':'n','groups':[{'value':'g'}],'@H':{'state':'linked','tombstone':{'openWorkMoved':3}},'meta':{'created':'2024-05-13T04:42:34.000Z','version':'W/x'}}"},
    {"oddities are dropped", "{'userName':5,'title':['x'],'name':'Ada','emails':[{'value':7,'type':'work'},5],'active':'maybe','@E':7,'meta':'x'}",
     "{'schemas':['@U'],'emails':[{'type':'work'}]}"},
    {"a double spelling: the first counts", "{'userName':'a','USERNAME':'b'}", "{'schemas':['@U'],'userName':'a'}"},
    {"one value for many", "{'emails':{'value':'a'}}", "{'schemas':['@U'],'emails':[{'value':'a'}]}"},
    {"whole numbers are whole", "{'@H':{'tombstone':{'openWorkFound':1.0,'openWorkMoved':100}}}", "{'schemas':['@U','@H'],'@H':{'tombstone':{'openWorkMoved':100}}}"},
    {"times in UTC", "{'@H':{'lastSeen':'2024-05-13T06:42:34.5+02:00','tombstone':{'since':'2024-05-13'}}}", "{'schemas':['@U','@H'],'@H':{'lastSeen':'2024-05-13T04:42:34.500Z'}}"},
    {"schemas are made anew", "{'schemas':['urn:x'],'userName':'n'}", "{'schemas':['@U'],'userName':'n'}"},
    {"no preset", "{'userName':'n','active':null}", "{'schemas':['@U'],'userName':'n'}"},
};
/* clang-format on */

static void what_a_helpdesk_tells_is_never_an_error(void **state)
{
    (void)state;
    size_t failed = 0;
    for (size_t i = 0; i < sizeof told / sizeof told[0]; i++) {
        json_t *in = given(told[i].told);
        json_t *r = scim_canonical(given_type(model, "User"), in);
        failed += !given_same(told[i].why, r, told[i].want);
        json_decref(in);
        json_decref(r);
    }
    assert_int_equal(failed, 0);
}

/* ---- stripping
 * --------------------------------------------------------------- */

#define FULL                                                                   \
    "{'schemas':['@U','@E','@H'],'id':'7','externalId':'e','userName':'n',"    \
    "'active':true,'password':'p','groups':[{'value':'g'}],"                   \
    "'@E':{'manager':{'value':'8','displayName':'M'}},"                        \
    "'@H':{'state':'linked','desk':{'shift':'late','lastLogin':"               \
    "'2024-01-01T00:00:00.000Z'}},'meta':{'version':'W/x'}}"

static void secrets_are_stripped(void **state)
{
    (void)state;
    json_t *r = given(FULL);
    json_t *want = json_deep_copy(r);
    (void)json_object_del(want, "password");
    scim_strip_secrets(given_type(model, "User"), r);
    assert_true(json_equal(r, want));
    json_decref(want);
    json_decref(r);
}

static void read_only_members_are_stripped_but_for_id(void **state)
{
    (void)state;
    json_t *r = given(FULL);
    scim_strip_read_only(given_type(model, "User"), r);
    assert_true(given_same(
        "stripped", r,
        "{'schemas':['@U','@E','@H'],'id':'7','externalId':'e','userName':'n',"
        "'active':true,'password':'p','@E':{'manager':{'value':'8'}},"
        "'@H':{'desk':{'shift':'late'}}}"));
    json_decref(r);
    r = given("{'schemas':['@U','@H'],'userName':'n','@H':{'state':'linked'}}");
    scim_strip_read_only(given_type(model, "User"), r);
    assert_true(
        given_same("empty extension", r, "{'schemas':['@U'],'userName':'n'}"));
    json_decref(r);
    r = given("{'schemas':['@G'],'displayName':'T','members':["
              "{'display':'x'},{'value':'a','display':'A'},{'display':'y'}]}");
    scim_strip_read_only(given_type(model, "Group"), r);
    assert_true(given_same(
        "elements", r,
        "{'schemas':['@G'],'displayName':'T','members':[{'value':'a'}]}"));
    json_decref(r);
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
        cmocka_unit_test(bodies_that_are_no_json_are_refused),
        cmocka_unit_test(nesting_is_bounded),
        cmocka_unit_test(brackets_in_texts_do_not_nest),
        cmocka_unit_test(bodies_become_canonical),
        cmocka_unit_test(bodies_that_do_not_fit_are_refused),
        cmocka_unit_test(strictness_refuses_what_is_unknown),
        cmocka_unit_test(too_many_values_are_refused),
        cmocka_unit_test(what_a_helpdesk_tells_is_never_an_error),
        cmocka_unit_test(secrets_are_stripped),
        cmocka_unit_test(read_only_members_are_stripped_but_for_id),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
