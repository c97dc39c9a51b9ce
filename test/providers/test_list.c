/* Promises: a list comes whole and without doubles, or not at all; a list that
 * shrinks, repeats, ends early or lies about its total teaches nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "providers/paging.h"
#include "providers/url.h"
#include "test/providers/fake.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define NEXT        "https://desk.example"

static const char profile[] =
    "{'auth':{'type':'none'},"
    "'rate':{'retry':{'max':1,'base_ms':1,'cap_ms':1}},"
    "'errors':[{'status':[404],'as':'not_found'}],"
    "'user':{'id':'id'},'group':{'id':'gid'},"
    "'paging':{"
    "'pages':{'type':'page','page_param':'page','size_param':'per[x]',"
    "'size':2,'stop':{'total_pages':'pages'},'total':'total'},"
    "'count':{'type':'page','page_param':'p','first':0,"
    "'stop':{'total_count':'total'}},"
    "'short':{'type':'page','page_param':'p','size_param':'n','size':2,"
    "'stop':{'short_page':true}},"
    "'empty':{'type':'offset','offset_param':'o','first':1,"
    "'stop':{'empty_page':true},'max_pages':3},"
    "'cursor':{'type':'cursor','cursor_param':'after','size_param':'n',"
    "'size':2,'next':'next','more':'more'},"
    "'url':{'type':'next_url','next':'links.next','more':'more'},"
    "'some':{'type':'next_url','next':'next','total':'total','max_pages':2,"
    "'partial':true},"
    "'link':{'type':'link_header','size_param':'n','size':2}},"
    "'operations':{"
    "'users.list':{'method':'GET','path':'/u','query':{'s':'all'},"
    "'paging':'pages','records':'data','sorted_by':'id'},"
    "'count':{'method':'GET','path':'/u','paging':'count','records':'d'},"
    "'short':{'method':'GET','path':'/u','paging':'short','records':'$'},"
    "'empty':{'method':'GET','path':'/u','paging':'empty','records':'$'},"
    "'cursor':{'method':'GET','path':'/u','paging':'cursor','records':'d'},"
    "'url':{'method':'POST','path':'/u','paging':'url','records':'d',"
    "'body':{'q':'{{q}}'}},"
    "'link':{'method':'GET','path':'/u','paging':'link','records':'$'},"
    "'some':{'method':'GET','path':'/u','paging':'some','records':'d'},"
    "'maybe':{'method':'GET','path':'/u','records':'d.r',"
    "'empty_when':{'d.n':0}},"
    "'ids':{'method':'GET','path':'/u','records':'$','id':'$'},"
    "'shaped':{'method':'GET','path':'/u','records':'$',"
    "'reshape':{'id':'n.id','who.mail':'mail'}},"
    "'users.find_by_email':{'method':'GET','path':'/f',"
    "'query':{'e':'{{email?}}','x':'{{x?}}'},'records':'$',"
    "'verify':{'path':'mail','equals_ci':'{{email}}'},"
    "'passes':[{'with':{'email':null,'x':'1'},'assume':{'p':'gone'}},"
    "{'with':{}}]},"
    "'teams.list':{'method':'GET','path':'/g','records':'$',"
    "'include':[{'kind':['a',null]},{'extra':1}]}}}";

/* clang-format off */
static const struct {
    const char *why, *op;
    struct fake_answer answers[6];
    size_t count;
    const char *want; /* NULL: UP_FAILED */
    const char *last; /* the last request; NULL: not looked at */
} walks[] = {
    {"two pages", "users.list", {
        {.status = 200, .body = "{'data':[{'id':1},{'id':2}],'pages':2,'total':3}"},
        {.status = 200, .body = "{'data':[{'id':3}],'pages':2,'total':3}"}}, 2,
        "[{'id':1},{'id':2},{'id':3}]", "GET /u?s=all&per%5Bx%5D=2&page=2"},
    {"as many pages as are told", "some", {
        {.status = 200, .body = "{'d':[{'id':1}],'total':9,'next':'/u?p=2'}"},
        {.status = 200, .body = "{'d':[{'id':2}],'total':9,'next':'/u?p=3'}"}}, 2,
        "[{'id':1},{'id':2}]", "GET https://desk.example/u?p=2"},
    {"none at all", "users.list", {{.status = 200, .body = "{'data':[],'pages':0.0,'total':0}"}}, 1, "[]", NULL},
    {"a double across pages", "users.list", {
        {.status = 200, .body = "{'data':[{'id':1},{'id':2}],'pages':2,'total':3}"},
        {.status = 200, .body = "{'data':[{'id':'2'},{'id':3}],'pages':2,'total':3}"}}, 2,
        "[{'id':1},{'id':2},{'id':3}]", NULL},
    {"total too high, then right", "users.list", {
        {.status = 200, .body = "{'data':[{'id':1}],'pages':1,'total':2}"},
        {.status = 200, .body = "{'data':[{'id':1}],'pages':1,'total':1}"}}, 2, "[{'id':1}]", NULL},
    {"total too high, twice", "users.list", {
        {.status = 200, .body = "{'data':[{'id':1}],'pages':1,'total':2}"},
        {.status = 200, .body = "{'data':[{'id':1}],'pages':1,'total':2}"}}, 2, NULL, NULL},
    {"total too low, twice", "users.list", {
        {.status = 200, .body = "{'data':[{'id':1}],'pages':1,'total':0}"},
        {.status = 200, .body = "{'data':[{'id':1}],'pages':1,'total':0}"}}, 2, NULL, NULL},
    {"a page repeats", "users.list", {
        {.status = 200, .body = "{'data':[{'id':1}],'pages':2,'total':1}"},
        {.status = 200, .body = "{'data':[{'id':1}],'pages':2,'total':1}"},
        {.status = 200, .body = "{'data':[{'id':1}],'pages':2,'total':1}"},
        {.status = 200, .body = "{'data':[{'id':1}],'pages':2,'total':1}"}}, 4, NULL, NULL},
    {"empty before the end", "users.list", {
        {.status = 200, .body = "{'data':[{'id':1}],'pages':2}"},
        {.status = 200, .body = "{'data':[],'pages':3}"},
        {.status = 200, .body = "{'data':[{'id':1}],'pages':2}"},
        {.status = 200, .body = "{'data':[],'pages':3}"}}, 4, NULL, NULL},
    {"out of order", "users.list", {
        {.status = 200, .body = "{'data':[{'id':1},{'id':9},{'id':3}],'pages':1,'total':3}"},
        {.status = 200, .body = "{'data':[{'id':1},{'id':9},{'id':3}],'pages':1,'total':3}"}}, 2, NULL, NULL},
    {"numbers are ordered as numbers", "users.list", {
        {.status = 200, .body = "{'data':[{'id':'9'},{'id':'10'}],'pages':1,'total':2}"}}, 1, "[{'id':'9'},{'id':'10'}]", NULL},
    {"pages is a word", "users.list", {
        {.status = 200, .body = "{'data':[],'pages':'many'}"}, {.status = 200, .body = "{'data':[],'pages':'many'}"}}, 2, NULL, NULL},
    {"total is an object", "users.list", {
        {.status = 200, .body = "{'data':[],'pages':0,'total':{}}"}, {.status = 200, .body = "{'data':[],'pages':0,'total':{}}"}}, 2, NULL, NULL},
    {"a row without id", "users.list", {
        {.status = 200, .body = "{'data':[{'x':1}],'pages':1,'total':1}"}, {.status = 200, .body = "{'data':[{'x':1}],'pages':1,'total':1}"}}, 2, NULL, NULL},
    {"rows are no list", "users.list", {{.status = 200, .body = "{'data':{'id':1}}"}}, 1, NULL, NULL},
    {"rows are missing", "users.list", {{.status = 200, .body = "{}"}}, 1, NULL, NULL},
    {"HTML", "users.list", {{.status = 200, .body = "<html>"}}, 1, NULL, NULL},
    {"breaks off", "users.list", {
        {.status = 200, .body = "{'data':[{'id':1}],'pages':2}"}, {.status = 500}}, 2, NULL, NULL},
    {"a later page is gone", "users.list", {
        {.status = 200, .body = "{'data':[{'id':1}],'pages':2}"}, {.status = 404},
        {.status = 200, .body = "{'data':[{'id':1}],'pages':2}"}, {.status = 404}}, 4, NULL, NULL},
    {"counted from 0", "count", {
        {.status = 200, .body = "{'d':[{'id':1},{'id':2}],'total':3}"},
        {.status = 200, .body = "{'d':[{'id':3}],'total':3}"}}, 2,
        "[{'id':1},{'id':2},{'id':3}]", "GET /u?p=1"},
    {"short page ends", "short", {
        {.status = 200, .body = "[{'id':1},{'id':2}]"}, {.status = 200, .body = "[{'id':3}]"}}, 2,
        "[{'id':1},{'id':2},{'id':3}]", "GET /u?n=2&p=2"},
    {"offset until empty", "empty", {
        {.status = 200, .body = "[{'id':1},{'id':2}]"}, {.status = 200, .body = "[{'id':3}]"}, {.status = 200, .body = "[]"}}, 3,
        "[{'id':1},{'id':2},{'id':3}]", "GET /u?o=4"},
    {"more pages than allowed", "empty", {
        {.status = 200, .body = "[{'id':1}]"}, {.status = 200, .body = "[{'id':2}]"}, {.status = 200, .body = "[{'id':3}]"},
        {.status = 200, .body = "[{'id':1}]"}, {.status = 200, .body = "[{'id':2}]"}, {.status = 200, .body = "[{'id':3}]"}}, 6, NULL, NULL},
    {"cursor", "cursor", {
        {.status = 200, .body = "{'d':[{'id':1}],'next':'a/b','more':true}"}, {.status = 200, .body = "{'d':[{'id':2}],'next':'c','more':false}"}}, 2,
        "[{'id':1},{'id':2}]", "GET /u?n=2&after=a%2Fb"},
    {"cursor null", "cursor", {{.status = 200, .body = "{'d':[{'id':1}],'next':null}"}}, 1, "[{'id':1}]", NULL},
    {"cursor that turns in a circle", "cursor", {
        {.status = 200, .body = "{'d':[{'id':1}],'next':'a'}"}, {.status = 200, .body = "{'d':[{'id':2}],'next':'a'}"},
        {.status = 200, .body = "{'d':[{'id':1}],'next':'a'}"}, {.status = 200, .body = "{'d':[{'id':2}],'next':'a'}"}}, 4, NULL, NULL},
    {"more, but not where", "cursor", {
        {.status = 200, .body = "{'d':[{'id':1}],'more':true}"}, {.status = 200, .body = "{'d':[{'id':1}],'more':true}"}}, 2, NULL, NULL},
    {"next is an object", "cursor", {
        {.status = 200, .body = "{'d':[{'id':1}],'next':{}}"}, {.status = 200, .body = "{'d':[{'id':1}],'next':{}}"}}, 2, NULL, NULL},
    {"absolute next", "url", {
        {.status = 200, .body = "{'d':[{'id':1}],'links':{'next':'" NEXT "/api/u?c=2'}}"}, {.status = 200, .body = "{'d':[{'id':2}],'links':{'next':false}}"}}, 2,
        "[{'id':1},{'id':2}]", "POST /u?c=2 {'q':1}"},
    {"bare path as next", "url", {
        {.status = 200, .body = "{'d':[{'id':1}],'links':{'next':'/v1/u?c=2'}}"}, {.status = 200, .body = "{'d':[{'id':2}]}"}}, 2,
        "[{'id':1},{'id':2}]", "POST https://desk.example/v1/u?c=2 {'q':1}"},
    {"next on another host", "url", {
        {.status = 200, .body = "{'d':[{'id':1}],'links':{'next':'https://evil.example/u'}}"},
        {.status = 200, .body = "{'d':[{'id':1}],'links':{'next':'https://evil.example/u'}}"}}, 2, NULL, NULL},
    {"next without TLS", "url", {
        {.status = 200, .body = "{'d':[{'id':1}],'links':{'next':'http://desk.example/u'}}"},
        {.status = 200, .body = "{'d':[{'id':1}],'links':{'next':'//evil.example/u'}}"}}, 2, NULL, NULL},
    {"more false beats next", "url", {{.status = 200, .body = "{'d':[{'id':1}],'more':false,'links':{'next':'/v1/x'}}"}}, 1, "[{'id':1}]", NULL},
    {"link header", "link", {
        {.status = 200, .body = "[{'id':1}]", .headers = "Link: <" NEXT "/api/u?n=2&page=2>; rel=\"next\""},
        {.status = 200, .body = "[{'id':2}]", .headers = "Link: <" NEXT "/api/u?page=1>; rel=\"prev\""}}, 2,
        "[{'id':1},{'id':2}]", "GET /u?n=2&page=2"},
    {"link to itself", "link", {
        {.status = 200, .body = "[{'id':1}]", .headers = "Link: <" NEXT "/api/u?n=2>; rel=next"},
        {.status = 200, .body = "[{'id':1}]", .headers = "Link: <" NEXT "/api/u?n=2>; rel=next"}}, 2, NULL, NULL},
    {"empty by its condition", "maybe", {{.status = 200, .body = "{'d':{'n':0}}"}}, 1, "[]", NULL},
    {"not empty by its condition", "maybe", {{.status = 200, .body = "{'d':{'n':1}}"}}, 1, NULL, NULL},
    {"plain ids", "ids", {{.status = 200, .body = "[3,'4',3]"}}, 1, "[3,'4']", NULL},
    {"rows of another shape", "shaped", {{.status = 200, .body = "[{'n':{'id':1},'mail':'a','x':1},{'n':{'id':2}}]"}}, 1, "[{'id':1,'who':{'mail':'a'}},{'id':2}]", NULL},
    {"only rows to keep", "teams.list", {{.status = 200, .body = "[{'gid':1,'kind':'a'},{'gid':2,'kind':'b'},{'gid':3,'kind':null},{'gid':4},{'gid':5,'extra':1}]"}}, 1,
        "[{'gid':1,'kind':'a'},{'gid':3,'kind':null},{'gid':5,'extra':1}]", NULL},
};
/* clang-format on */

static void a_list_is_whole_or_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(walks); i++) {
        struct fake f;
        struct op_result r;
        struct up_error err;
        fake_open(&f, profile, walks[i].answers, walks[i].count);
        enum up_rc rc = fake_run(&f, walks[i].op, "{'q':1}", &r, &err);
        if (rc != (walks[i].want == NULL ? UP_FAILED : UP_OK) ||
            f.next != walks[i].count)
            fail_msg("%s: rc %d after %zu calls: %s", walks[i].why, (int)rc,
                     f.next, err.detail);
        if (walks[i].want != NULL)
            fake_json(r.records, walks[i].want);
        else
            assert_null(r.records);
        if (walks[i].last != NULL) {
            json_t *last = json_string(f.sent[f.next - 1]);
            for (char *at = (char *)json_string_value(last); *at != '\0'; at++)
                *at = *at == '"' ? '\'' : *at;
            assert_string_equal(walks[i].last, json_string_value(last));
            json_decref(last);
        }
        op_result_clear(&r);
        fake_close(&f);
    }
}

static void passes_are_united_and_hits_verified(void **state)
{
    (void)state;
    const struct fake_answer answers[] = {
        {.status = 200,
         .body = "[{'id':1,'mail':'ANN@x.example'},{'id':2,'mail':'b@x'}]"},
        {.status = 200,
         .body = "[{'id':1,'mail':'ann@x.example'},"
                 "{'id':3,'mail':'ann@X.example'},{'id':4}]"},
    };
    struct fake f;
    struct op_result r;
    struct up_error err;
    fake_open(&f, profile, answers, 2);
    assert_int_equal(UP_OK, fake_run(&f, "users.find_by_email",
                                     "{'email':'ann@x.example'}", &r, &err));
    fake_json(r.records, "[{'id':1,'mail':'ANN@x.example'},"
                         "{'id':3,'mail':'ann@X.example'}]");
    fake_json(r.assumed, "[{'p':'gone'},null]");
    op_result_clear(&r);
    fake_sent(&f, "GET /f?x=1", "GET /f?e=ann%40x.example", NULL);
    assert_int_equal(UP_INVALID,
                     fake_run(&f, "users.find_by_email", NULL, &r, &err));
    assert_string_equal("email", err.field);
    fake_close(&f);
}

static void a_list_of_nobody_is_not_found(void **state)
{
    (void)state;
    const struct fake_answer answers[] = {{.status = 404}};
    struct fake f;
    struct op_result r;
    struct up_error err;
    fake_open(&f, profile, answers, 1);
    assert_int_equal(UP_NOT_FOUND, fake_run(&f, "users.list", NULL, &r, &err));
    fake_close(&f);
}

static void a_link_header_is_read_with_care(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"<https://a/2>; rel=next", "https://a/2"},
        {"<https://a/2>; rel=\"next\"", "https://a/2"},
        {"<https://a/2>;rel=\"prev next\"", "https://a/2"},
        {"<https://a/1>; rel=prev, <https://a/3>; rel=NEXT", "https://a/3"},
        {"<https://a/1>; title=\"x, <y>; rel=next\"; rel=prev", NULL},
        {"<https://a/1>; rel=\"nextish\"", NULL},
        {"<https://a/1>; relx=next", NULL},
        {"<https://a/1", NULL},
        {"", NULL},
        {"next", NULL},
        {"<https://a/a,b>; rel=next", "https://a/a,b"},
        {"<https://a/1>; rel=\"next", "https://a/1"},
        {"<>; rel=next", ""},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *got = paging_link_next(cases[i][0]);
        if ((got == NULL) != (cases[i][1] == NULL) ||
            (got != NULL && strcmp(got, cases[i][1]) != 0))
            fail_msg("%s: %s", cases[i][0], got == NULL ? "none" : got);
        free(got);
    }
}

static void a_url_stays_at_home(void **state)
{
    (void)state;
    static const struct {
        const char *base, *next, *want;
    } cases[] = {
        {"https://a.example/v1", "https://A.example/x", "https://A.example/x"},
        {"https://a.example/v1", "https://a.example:443/x",
         "https://a.example:443/x"},
        {"https://a.example/v1", "/x", "https://a.example/x"},
        {"https://a.example:8443/v1", "/x", "https://a.example:8443/x"},
        {"https://a.example/v1", "?p=2", "https://a.example/v1/u?p=2"},
        {"https://a.example/v1", "/x#f", "https://a.example/x"},
        {"https://a.example/v1", "//b.example/x", NULL},
        {"https://a.example/v1", "https://a.example.evil/x", NULL},
        {"https://a.example/v1", "https://a.example@evil.example/x", NULL},
        {"https://a.example/v1", "https://a.example:444/x", NULL},
        {"https://a.example/v1", "http://a.example/x", NULL},
        {"https://a.example/v1", "https://a.example\\@b.example/", NULL},
        {"https://a.example/v1", "x", NULL},
        {"https://a.example/v1", "javascript:1", NULL},
        {"https://a.example/v1", "/a b", NULL},
        {"https://[::1]:80/v1", "https://[::1]:80/x", "https://[::1]:80/x"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *got = url_follow(cases[i].base, "https://a.example/v1/u?p=1",
                               cases[i].next);
        if ((got == NULL) != (cases[i].want == NULL) ||
            (got != NULL && strcmp(got, cases[i].want) != 0))
            fail_msg("%s: %s", cases[i].next, got == NULL ? "none" : got);
        free(got);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_is_whole_or_refused),
        cmocka_unit_test(passes_are_united_and_hits_verified),
        cmocka_unit_test(a_list_of_nobody_is_not_found),
        cmocka_unit_test(a_link_header_is_read_with_care),
        cmocka_unit_test(a_url_stays_at_home),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
