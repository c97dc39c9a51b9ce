/* Promises: one of several ways is chosen by settings and by what the account
 * has; an account of its own goes to its own address with its own proof; what
 * was found is told, taken up again, and outvoted by the operator. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "test/providers/fake.h"

#define HEAD                                                                   \
    "'errors':[{'status':[404],'as':'not_found','only_ops':['users.get'],"     \
    "'confirm':'probe'},{'status':[404,405],'as':'unsupported'}],"             \
    "'auth':{'type':'bearer','token':'{{secret.token}}'},'user':{'id':'id'},"
#define OPERATIONS                                                             \
    "'operations':{"                                                           \
    "'probe':{'method':'GET','path':'/me'},"                                   \
    "'users.get':{'method':'GET','path':'/u/{{id}}','record':'$'},"            \
    "'users.delete':{'choose':["                                               \
    "{'when':{'domain':'other'},'op':'never'},"                                \
    "{'when':{'domain':['acme','b']},'op':'delete.rest'},"                     \
    "{'op':'delete.side'}]},"                                                  \
    "'never':{'method':'DELETE','path':'/never'},"                             \
    "'delete.rest':{'needs':['rest'],'method':'DELETE','path':'/u/{{id}}'},"   \
    "'delete.side':{'account':'side','method':'DELETE','path':'/s/{{id}}'},"   \
    "'lost.side':{'account':'none','method':'GET','path':'/s'},"               \
    "'ask':{'method':'GET','path':'/ask'},"                                    \
    "'shut':{'needs':['shut'],'method':'GET','path':'/shut'},"                 \
    "'find':{'method':'GET','path':'/f','records':'rows',"                     \
    "'verify':{'path':'mail','equals_ci':'{{mail}}'},"                         \
    "'missing_as':'unsupported'},"                                             \
    "'mark':{'method':'PUT','path':'/m/{{found}}'},"                           \
    "'mark.all':{'each':'user_ids','steps':["                                  \
    "{'op':'find','with':{'mail':'{{user_id}}@x'},'save':{'found':'id'}},"     \
    "{'op':'mark'}]}}}"
#define PROFILE                                                                \
    "{" HEAD "'accounts':{"                                                    \
    "'side':{'base_url':'https://side.example','secrets':{'key':'a key'},"     \
    "'auth':{'type':'bearer','token':'{{secret.key}}'},"                       \
    "'headers':{'Accept':'application/x'}},"                                   \
    "'none':{'secrets':{'absent':'a key'},'auth':{'type':'none'}}},"           \
    "'capabilities':{"                                                         \
    "'rest':{'op':'ask','asks':'nothing','recheck_s':1000,"                    \
    "'present':[{'status':[200]}],'absent':[{'status':[404]}]},"               \
    "'shut':{'op':'lost.side','unknown':'absent','present':[{'status':[200]}]" \
    "}}," OPERATIONS

static enum up_rc run(struct fake *f, const char *op, const char *vars)
{
    struct op_result r;
    struct up_error err;
    enum up_rc rc = fake_run(f, op, vars, &r, &err);
    op_result_clear(&r);
    return rc;
}

static void a_way_is_chosen_by_what_the_account_has(void **state)
{
    (void)state;
    const struct fake_answer answers[] = {{.status = 200}, {.status = 200},
                                          {.status = 405}, {.status = 200},
                                          {.status = 404}, {.status = 200}};
    struct fake f;
    fake_open(&f, PROFILE, answers, 6);
    assert_string_equal("delete.rest", engine_chosen(f.engine, "users.delete"));
    /* Asked first; then done. */
    assert_int_equal(UP_OK, run(&f, "users.delete", "{'id':1}"));
    /* It turns out to be missing: the next way, with its own proof. */
    assert_int_equal(UP_OK, run(&f, "users.delete", "{'id':2}"));
    /* What contradicted is asked about again before it is believed. */
    assert_int_equal(UP_OK, run(&f, "users.delete", "{'id':3}"));
    assert_string_equal("delete.side", engine_chosen(f.engine, "users.delete"));
    fake_sent(&f, "GET /ask", "DELETE /u/1", "DELETE /u/2",
              "DELETE https://side.example/s/2", "GET /ask",
              "DELETE https://side.example/s/3", NULL);
    assert_string_equal("Bearer s3cret-token", f.proofs[2]);
    assert_string_equal("Bearer client-key-1", f.proofs[3]);
    fake_close(&f);
}

static void an_account_without_secrets_is_not_there(void **state)
{
    (void)state;
    struct fake f;
    fake_open(&f, PROFILE, NULL, 0);
    assert_false(engine_can(f.engine, "lost.side"));
    assert_int_equal(UP_UNSUPPORTED, run(&f, "lost.side", NULL));
    /* What is unknown may count as absent. */
    assert_false(engine_can(f.engine, "shut"));
    json_t *known = engine_capabilities(f.engine);
    const json_t *shut = json_object_get(known, "shut");
    assert_string_equal("absent",
                        json_string_value(json_object_get(shut, "verdict")));
    json_decref(known);
    fake_close(&f);
}

struct news {
    char name[32], verdict[32], evidence[200];
    int count;
};

static void told(void *ctx, const struct up_capability *c)
{
    struct news *n = ctx;
    n->count++;
    (void)snprintf(n->name, sizeof n->name, "%s", c->name);
    (void)snprintf(n->verdict, sizeof n->verdict, "%s", c->verdict);
    (void)snprintf(n->evidence, sizeof n->evidence, "%s", c->evidence);
}

/* The fake's engine anew, with more of a configuration. */
static void reopen(struct fake *f, const struct up_setting *forced,
                   struct news *news)
{
    struct error err = {""};
    const struct engine_config config = {.profile = f->profile,
                                         .base_url = "https://desk.example/api",
                                         .variables = f->variables,
                                         .secrets = f->secrets,
                                         .transport = &f->transport,
                                         .forced = forced,
                                         .learned = told,
                                         .ctx = news};
    engine_free(f->engine);
    f->engine = engine_new(&config, &err);
    assert_non_null(f->engine);
}

static void what_is_found_is_told_and_taken_up_again(void **state)
{
    (void)state;
    const struct fake_answer answers[] = {{.status = 404}, {.status = 200}};
    struct news news = {.count = 0};
    struct up_call call = {0};
    struct fake f;
    fake_open(&f, PROFILE, answers, 2);
    reopen(&f, NULL, &news);
    engine_ask(f.engine, &call);
    assert_int_equal(1, news.count);
    assert_string_equal("rest", news.name);
    assert_string_equal("absent", news.verdict);
    assert_string_equal("To nothing (GET /api/ask) the helpdesk answered 404: "
                        "it is not offered.",
                        news.evidence);
    /* The next life: nothing is asked, and it is not tried. */
    const struct up_capability known = {news.name, news.verdict, news.evidence,
                                        INT64_C(4000000000000)};
    const struct up_capability odd = {"no such name", "absent", "", 1};
    reopen(&f, NULL, &news);
    engine_remember(f.engine, &known);
    engine_remember(f.engine, &odd);
    engine_ask(f.engine, &call);
    assert_string_equal("delete.side", engine_chosen(f.engine, "users.delete"));
    json_t *all = engine_capabilities(f.engine);
    assert_null(json_object_get(all, "no such name"));
    json_decref(all);
    assert_int_equal(1, f.next);
    /* Long ago: asked again. */
    const struct up_capability old = {"rest", "absent", "", 1};
    reopen(&f, NULL, &news);
    engine_remember(f.engine, &old);
    engine_ask(f.engine, &call);
    assert_string_equal("present", news.verdict);
    fake_close(&f);
}

static void the_operator_outvotes_all_answers(void **state)
{
    (void)state;
    const struct fake_answer answers[] = {
        {.status = 200}, {.status = 405}, {.status = 200}};
    const struct up_setting off[] = {{"rest", "off"}, {NULL, NULL}},
                            on[] = {{"rest", "on"}, {NULL, NULL}};
    struct news news = {.count = 0};
    struct up_call call = {0};
    struct fake f;
    fake_open(&f, PROFILE, answers, 3);
    reopen(&f, off, &news);
    engine_ask(f.engine, &call);
    assert_int_equal(UP_OK, run(&f, "users.delete", "{'id':1}"));
    reopen(&f, on, &news);
    engine_ask(f.engine, &call);
    assert_int_equal(UP_UNSUPPORTED, run(&f, "delete.rest", "{'id':2}"));
    assert_string_equal("delete.rest", engine_chosen(f.engine, "users.delete"));
    fake_sent(&f, "DELETE https://side.example/s/1", "DELETE /u/2", NULL);
    assert_int_equal(0, news.count);
    fake_close(&f);
}

static void
steps_run_once_an_item_and_a_search_without_a_hit_says_so(void **state)
{
    (void)state;
    const struct fake_answer answers[] = {
        {.status = 200, .body = "{'rows':[{'id':7,'mail':'A@x'}]}"},
        {.status = 200},
        {.status = 200, .body = "{'rows':[{'id':8,'mail':'c@x'}]}"}};
    struct fake f;
    fake_open(&f, PROFILE, answers, 3);
    assert_int_equal(UP_UNSUPPORTED,
                     run(&f, "mark.all", "{'user_ids':['a','b']}"));
    fake_sent(&f, "GET /f", "PUT /m/7", "GET /f", NULL);
    fake_close(&f);
}

static void a_rule_may_need_to_be_confirmed(void **state)
{
    (void)state;
    const struct fake_answer answers[] = {
        {.status = 404}, {.status = 200}, {.status = 404}, {.status = 500}};
    struct fake f;
    fake_open(&f, PROFILE, answers, 4);
    assert_int_equal(UP_NOT_FOUND, run(&f, "users.get", "{'id':1}"));
    assert_int_equal(UP_UNSUPPORTED, run(&f, "users.get", "{'id':1}"));
    fake_sent(&f, "GET /u/1", "GET /me", "GET /u/1", "GET /me", NULL);
    fake_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_way_is_chosen_by_what_the_account_has),
        cmocka_unit_test(an_account_without_secrets_is_not_there),
        cmocka_unit_test(what_is_found_is_told_and_taken_up_again),
        cmocka_unit_test(the_operator_outvotes_all_answers),
        cmocka_unit_test(
            steps_run_once_an_item_and_a_search_without_a_hit_says_so),
        cmocka_unit_test(a_rule_may_need_to_be_confirmed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
