/* Promises: an operation sends what its templates say, believes an answer only
 * as far as the profile explains it, and never claims that nothing happened
 * when something may have. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "test/providers/fake.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* clang-format off */
#define HEAD                                                                    \
    "{'auth':{'type':'bearer','token':'{{secret.token}}'},"                     \
    "'rate':{'concurrency':4,'retry':{'max':2,'base_ms':1,'cap_ms':2}},"        \
    "'error_detail':['error.title','error.message'],"                           \
    "'errors':["                                                                \
    "{'status':[401],'as':'unauthorized'},"                                     \
    "{'status':[200],'path':'ok','in':['false'],'as':'forbidden'},"             \
    "{'status':[403],'as':'no_seat','only_ops':['users.create']},"              \
    "{'status':[403],'as':'forbidden'},"                                        \
    "{'status':[404],'header':'X-Gateway','contains':['y'],'as':'unsupported'}," \
    "{'status':[404],'as':'not_found'},"                                        \
    "{'status':[409],'as':'exists','existing_id':'error.id'},"                  \
    "{'status':[423],'as':'temporary'},"                                        \
    "{'status':[422],'as':'invalid','field':'error.field'}],"                   \
    "'user':{'id':'id'},'group':{'id':'gid'},"                                  \
    "'operations':{"                                                            \
    "'users.get':{'method':'GET','path':'/users/{{id}}','record':'data'},"
/* clang-format on */

static const char simple[] =
    HEAD "'users.update':{'method':'PATCH','path':'/users/{{id}}',"
         "'body':'{{changes}}','record':'data'},"
         "'users.create':{'method':'POST','path':'/users','success':[201],"
         "'id_from':['header:X-Id','location','made.id'],"
         "'query':{'role[]':['a','b'],'q':'{{q?}}'},"
         "'headers':{'X-Domain':'{{set.domain}}','X-Opt':'{{none?}}'},"
         "'body':{'name':'{{name}}','lang':'{{lang?}}'}},"
         "'users.delete':{'method':'DELETE','path':'/users/{{id}}',"
         "'success':[204],'ok_as':['not_found']},"
         "'form':{'method':'POST','path':'/f','body_type':'form',"
         "'body':{'a':'{{id}}','b':['x y','z']},'repeatable':true}}}";

static void templates_become_a_request(void **state)
{
    (void)state;
    const struct fake_answer answers[] = {
        {.status = 200, .body = "{'data':{'id':7}}"},
        {.status = 201, .headers = "X-Id: 9"},
        {.status = 200},
    };
    struct fake f;
    struct op_result r;
    struct up_error err;
    fake_open(&f, simple, answers, COUNT(answers));
    assert_int_equal(UP_OK,
                     fake_run(&f, "users.get", "{'id':'a/b'}", &r, &err));
    fake_json(r.record, "{'id':7}");
    assert_int_equal(200, r.status);
    op_result_clear(&r);
    assert_int_equal(UP_OK,
                     fake_run(&f, "users.create", "{'name':'Ann'}", &r, &err));
    assert_string_equal("9", r.created_id);
    op_result_clear(&r);
    assert_int_equal(UP_OK, fake_run(&f, "form", "{'id':5}", &r, &err));
    op_result_clear(&r);
    fake_sent(&f, "GET /users/a%2Fb",
              "POST /users?role%5B%5D=a&role%5B%5D=b {'name':'Ann'}",
              "POST /f a=5&b=x%20y&b=z", NULL);
    assert_string_equal("Bearer s3cret-token", f.proofs[0]);
    fake_close(&f);
}

static void a_missing_value_makes_no_call(void **state)
{
    (void)state;
    struct fake f;
    struct op_result r;
    struct up_error err;
    fake_open(&f, simple, NULL, 0);
    assert_int_equal(UP_INVALID, fake_run(&f, "users.get", NULL, &r, &err));
    assert_string_equal("id", err.field);
    assert_int_equal(UP_INVALID,
                     fake_run(&f, "users.create", "{'lang':'de'}", &r, &err));
    assert_string_equal("name", err.field);
    assert_int_equal(UP_UNSUPPORTED, fake_run(&f, "nope", NULL, &r, &err));
    assert_false(engine_can(f.engine, "nope"));
    assert_true(engine_can(f.engine, "users.get"));
    fake_close(&f);
}

static void an_id_is_found_where_the_profile_says(void **state)
{
    (void)state;
    static const struct {
        const char *headers, *body, *want;
    } cases[] = {
        {"X-Id: 9\nLocation: /u/3", "{'made':{'id':4}}", "9"},
        {"Location: /REST/2.0/user/34", NULL, "34"},
        {"Location: https://x.example/u/a%20b/?q#f", NULL, NULL},
        {"Location: https://x.example/u/a%2Bb/?q#f", NULL, "a+b"},
        {"Location: /", "{'made':{'id':4}}", "4"},
        {"X-Id: two words", "{'made':{'id':'x'}}", "x"},
        {NULL, "{'made':{}}", NULL},
        {NULL, "<html>", NULL},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct fake_answer answers[] = {{.status = 201,
                                               .headers = cases[i].headers,
                                               .body = cases[i].body}};
        struct fake f;
        struct op_result r;
        struct up_error err;
        fake_open(&f, simple, answers, 1);
        assert_int_equal(
            UP_OK, fake_run(&f, "users.create", "{'name':'A'}", &r, &err));
        if ((r.created_id == NULL) != (cases[i].want == NULL) ||
            (r.created_id != NULL && strcmp(r.created_id, cases[i].want) != 0))
            fail_msg("case %zu: %s", i,
                     r.created_id == NULL ? "none" : r.created_id);
        op_result_clear(&r);
        fake_close(&f);
    }
}

/* clang-format off */
static const struct {
    const char *why, *op;
    struct fake_answer answer;
    enum up_rc want;
    const char *field, *existing; /* NULL: empty */
} outcomes[] = {
    {"done", "users.delete", {.status = 204}, UP_OK, NULL, NULL},
    {"excused", "users.delete", {.status = 404}, UP_OK, NULL, NULL},
    {"200 is no success here", "users.delete", {.status = 200}, UP_FAILED, NULL, NULL},
    {"not found", "users.get", {.status = 404, .body = "{}"}, UP_NOT_FOUND, NULL, NULL},
    {"a gateway's page proves nothing", "users.get", {.status = 404, .headers = "Content-Type: text/html", .body = "<html>"}, UP_FAILED, NULL, NULL},
    {"401", "users.get", {.status = 401}, UP_UNAUTHORIZED, NULL, NULL},
    {"403", "users.get", {.status = 403}, UP_FORBIDDEN, NULL, NULL},
    {"only_ops", "users.create", {.status = 403}, UP_NO_SEAT, NULL, NULL},
    {"200 with a failure", "users.get", {.status = 200, .body = "{'ok':false}"}, UP_FORBIDDEN, NULL, NULL},
    {"exists", "users.create", {.status = 409, .body = "{'error':{'id':12}}"}, UP_CONFLICT, NULL, "12"},
    {"invalid", "users.update", {.status = 422, .body = "{'error':{'field':'email'}}"}, UP_INVALID, "email", NULL},
    {"pointer", "users.update", {.status = 422, .body = "{'error':{'field':'/data/email'}}"}, UP_INVALID, "email", NULL},
    {"field of a wrong type", "users.update", {.status = 422, .body = "{'error':{'field':{}}}"}, UP_INVALID, NULL, NULL},
    {"temporary", "users.update", {.status = 423, .headers = "Retry-After: 7"}, UP_UNAVAILABLE, NULL, NULL},
    {"read without its record", "users.get", {.status = 200, .body = "{'x':1}"}, UP_FAILED, NULL, NULL},
    {"read of a wrong type", "users.get", {.status = 200, .body = "{'data':[1]}"}, UP_FAILED, NULL, NULL},
    {"HTML with 200", "users.get", {.status = 200, .body = "<html>"}, UP_FAILED, NULL, NULL},
    {"invalid JSON", "users.get", {.status = 200, .body = "{'data':{"}, UP_FAILED, NULL, NULL},
    {"no body", "users.get", {.status = 200}, UP_FAILED, NULL, NULL},
    {"write without its record", "users.update", {.status = 200, .body = "{}"}, UP_UNKNOWN, NULL, NULL},
    {"redirect", "users.get", {.status = 302, .headers = "Location: https://evil.example/"}, UP_FAILED, NULL, NULL},
    {"500 is explained by nothing", "users.get", {.status = 500}, UP_FAILED, NULL, NULL},
    {"create, gateway timed out", "users.create", {.status = 504}, UP_UNKNOWN, NULL, NULL},
    {"create, not available", "users.create", {.status = 503}, UP_UNAVAILABLE, NULL, NULL},
    {"create, cut off", "users.create", {.rc = HTTP_CUT_OFF}, UP_UNKNOWN, NULL, NULL},
    {"create, answer too large", "users.create", {.status = 201, .rc = HTTP_TOO_LARGE}, UP_UNKNOWN, NULL, NULL},
    {"read, answer too large", "users.get", {.status = 200, .rc = HTTP_TOO_LARGE}, UP_FAILED, NULL, NULL},
    {"create, bad certificate", "users.create", {.rc = HTTP_NOT_SENT, .hopeless = true}, UP_UNAVAILABLE, NULL, NULL},
};
/* clang-format on */

static void an_answer_means_what_the_profile_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(outcomes); i++) {
        struct fake f;
        struct op_result r;
        struct up_error err;
        fake_open(&f, simple, &outcomes[i].answer, 1);
        enum up_rc rc =
            fake_run(&f, outcomes[i].op,
                     "{'id':1,'name':'A','changes':{'a':1}}", &r, &err);
        const char *field = outcomes[i].field, *id = outcomes[i].existing;
        if (rc != outcomes[i].want ||
            strcmp(err.field, field == NULL ? "" : field) != 0 ||
            strcmp(err.existing_id, id == NULL ? "" : id) != 0)
            fail_msg("%s: rc %d field \"%s\" id \"%s\": %s", outcomes[i].why,
                     (int)rc, err.field, err.existing_id, err.detail);
        op_result_clear(&r);
        fake_close(&f);
    }
}

/* clang-format off */
static const struct {
    const char *why, *op;
    struct fake_answer answers[4];
    size_t count;
    enum up_rc want;
} repeats[] = {
    {"a read, cut off", "users.get", {{.rc = HTTP_CUT_OFF}, {.status = 200, .body = "{'data':{}}"}}, 2, UP_OK},
    {"a read, unavailable to the end", "users.get", {{.status = 503}, {.status = 503}, {.status = 503}}, 3, UP_UNAVAILABLE},
    {"PATCH, cut off, then fine", "users.update", {{.rc = HTTP_CUT_OFF}, {.status = 200, .body = "{'data':{}}"}}, 2, UP_OK},
    {"PATCH, cut off, then refused to connect", "users.update", {{.rc = HTTP_CUT_OFF}, {.rc = HTTP_NOT_SENT}, {.rc = HTTP_NOT_SENT}}, 3, UP_UNKNOWN},
    {"PATCH, cut off, then 503", "users.update", {{.rc = HTTP_CUT_OFF}, {.status = 503}, {.status = 503}}, 3, UP_UNKNOWN},
    {"PATCH, cut off, then throttled", "users.update", {{.rc = HTTP_CUT_OFF}, {.status = 429}, {.status = 429}}, 3, UP_UNKNOWN},
    {"PATCH, cut off, then temporary", "users.update", {{.rc = HTTP_CUT_OFF}, {.status = 423}}, 2, UP_UNKNOWN},
    {"PATCH, never sent", "users.update", {{.rc = HTTP_NOT_SENT}, {.rc = HTTP_NOT_SENT}, {.rc = HTTP_NOT_SENT}}, 3, UP_UNAVAILABLE},
    {"DELETE, cut off, then gone", "users.delete", {{.rc = HTTP_CUT_OFF}, {.status = 404}}, 2, UP_OK},
    {"POST, refused, then fine", "users.create", {{.rc = HTTP_NOT_SENT}, {.status = 201}}, 2, UP_OK},
    {"POST, throttled, then fine", "users.create", {{.status = 429}, {.status = 201}}, 2, UP_OK},
    {"POST, throttled to the end", "users.create", {{.status = 429}, {.status = 429}, {.status = 429}}, 3, UP_THROTTLED},
    {"POST, 503: not again", "users.create", {{.status = 503}}, 1, UP_UNAVAILABLE},
    {"repeatable POST, 503", "form", {{.status = 503}, {.status = 200}}, 2, UP_OK},
    {"a static token is not renewed", "users.get", {{.status = 401}}, 1, UP_UNAUTHORIZED},
};
/* clang-format on */

static void only_what_is_safe_is_repeated(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(repeats); i++) {
        struct fake f;
        struct op_result r;
        struct up_error err;
        fake_open(&f, simple, repeats[i].answers, repeats[i].count);
        enum up_rc rc = fake_run(&f, repeats[i].op,
                                 "{'id':1,'name':'A','changes':{}}", &r, &err);
        if (rc != repeats[i].want || f.next != repeats[i].count)
            fail_msg("%s: rc %d after %zu calls", repeats[i].why, (int)rc,
                     f.next);
        op_result_clear(&r);
        fake_close(&f);
    }
}

static void retry_after_past_the_deadline_ends_at_once(void **state)
{
    (void)state;
    const struct fake_answer answers[] = {
        {.status = 429, .headers = "Retry-After: 30"}};
    struct fake f;
    struct op_result r;
    struct up_error err;
    json_t *scope = fake_parse("{'id':1}");
    const struct vars v = {.scope = {scope}, .count = 1};
    fake_open(&f, simple, answers, 1);
    struct up_call call = {.deadline_ms = clock_span_ms() + 2000};
    int64_t from = clock_span_ms();
    assert_int_equal(UP_THROTTLED,
                     engine_run(f.engine, &call, "users.get", &v, &r, &err));
    assert_int_equal(30, err.retry_after_s);
    /* And so does the next call, which is not even sent. */
    assert_int_equal(UP_THROTTLED,
                     engine_run(f.engine, &call, "users.get", &v, &r, &err));
    assert_in_range(err.retry_after_s, 28, 30);
    assert_true(clock_span_ms() - from < 1000);
    json_decref(scope);
    fake_close(&f);
}

static void errors_speak_but_tell_no_secret(void **state)
{
    (void)state;
    const struct fake_answer answers[] = {
        {.status = 422,
         .body = "{'error':{'title':'Sorry.','message':'No\\n\\tgood: "
                 "s3cret-token \\u0007 "
                 "caf\\u00e9'}}"}};
    struct fake f;
    struct op_result r;
    struct up_error err;
    json_t *scope = fake_parse("{'id':'ann@example.com','changes':{'p':'pw'}}");
    const struct vars v = {.scope = {scope}, .count = 1};
    struct up_call call = {.trace = json_array()};
    fake_open(&f, simple, answers, 1);
    assert_int_equal(UP_INVALID,
                     engine_run(f.engine, &call, "users.update", &v, &r, &err));
    assert_non_null(
        strstr(err.detail, "Sorry. No good: ************ caf\xc3\xa9"));
    assert_null(strstr(err.detail, "ann@"));
    assert_int_equal(1, json_array_size(call.trace));
    (void)json_object_del(json_array_get(call.trace, 0), "ms");
    fake_json(call.trace,
              "[{'method':'PATCH','path':'/api/users/-','status':422}]");
    json_decref(call.trace);
    json_decref(scope);
    fake_close(&f);
}

/* ---- steps, slices, items, jobs ------------------------------------------ */

static const char many[] = HEAD
    "'add':{'method':'POST','path':'/i','record':'identity',"
    "'body':{'v':'{{value}}','gone':'{{email?}}'}},"
    "'make':{'method':'PUT','path':'/u/{{id}}/i/{{iid}}'},"
    "'change':{'steps':["
    "{'op':'add','with':{'value':'{{email}}','email':null},"
    "'save':{'iid':'id'}},{'op':'make'}]},"
    "'list':{'method':'GET','path':'/l','records':'$',"
    "'missing_as':'exists',"
    "'verify':{'path':'v','equals':'{{value}}'}},"
    "'rest':{'method':'GET','path':'/l','records':'$',"
    "'verify':{'path':'v','equals':'{{value}}'}},"
    "'pick':{'steps':[{'op':'list','save':{'iid':'id'}},"
    "{'op':'make'},{'op':'rest','may_end':true,'with':{'value':'old'},"
    "'save':{'iid':'id'}},{'op':'make'}]},"
    "'pick2':{'steps':[{'op':'rest','save':{'iid':'id'}}]},"
    "'endless':{'steps':[{'op':'endless'}]},"
    "'tickets.assign':{'method':'PUT','path':'/t/{{ticket_id}}',"
    "'each':'ticket_ids','body':{'o':'{{to|null}}'}},"
    "'remove':{'method':'DELETE','path':'/g/{{id}}/m/{{user_id}}'},"
    "'put':{'method':'PUT','path':'/g/{{id}}','body':'{{ids}}',"
    "'batch':{'param':'ids','max':2}},"
    "'job':{'method':'POST','path':'/j','success':[202],'repeatable':true,"
    "'batch':{'param':'ids','max':2},'body':'{{ids}}',"
    "'job':{'id':'job.id','poll':'poll','state':'state','done':['done'],"
    "'failed':['failed'],'results':'rows','row_key':'id','row_error':'error',"
    "'interval_ms':1,'max_ms':50}},"
    "'poll':{'method':'GET','path':'/jobs/{{job_id}}'},"
    "'hooked':{'hook':'nobody_knows'},"
    "'invite':{'method':'POST','path':'/b','body_type':'multipart',"
    "'file':{'field':'file','name':'i.csv','csv':['email','teams']}}}}";

static void steps_pass_on_and_save(void **state)
{
    (void)state;
    const struct fake_answer answers[] = {
        {.status = 200, .body = "{'identity':{'id':55}}"},
        {.status = 200, .body = "{}"}};
    struct fake f;
    struct op_result r;
    struct up_error err;
    fake_open(&f, many, answers, 2);
    assert_int_equal(UP_OK,
                     fake_run(&f, "change", "{'id':1,'email':'x'}", &r, &err));
    op_result_clear(&r);
    fake_sent(&f, "POST /i {'v':'x'}", "PUT /u/1/i/55", NULL);
    assert_false(engine_can(f.engine, "endless"));
    assert_int_equal(UP_UNSUPPORTED, fake_run(&f, "endless", NULL, &r, &err));
    assert_int_equal(UP_UNSUPPORTED, fake_run(&f, "hooked", NULL, &r, &err));
    fake_close(&f);
}

static void a_list_is_a_step_by_its_first_row(void **state)
{
    (void)state;
    const struct fake_answer answers[] = {
        {.status = 200, .body = "[{'id':1,'v':'y'},{'id':2,'v':'x'}]"},
        {.status = 200, .body = "{}"},
        {.status = 200, .body = "[{'id':1,'v':'y'},{'id':2,'v':'x'}]"},
        {.status = 200, .body = "[]"},
        {.status = 200, .body = "[]"}};
    struct fake f;
    struct op_result r;
    struct up_error err;
    fake_open(&f, many, answers, 5);
    /* No row: the steps end there, and all is well. */
    assert_int_equal(UP_OK,
                     fake_run(&f, "pick", "{'id':7,'value':'x'}", &r, &err));
    op_result_clear(&r);
    fake_sent(&f, "GET /l", "PUT /u/7/i/2", "GET /l", NULL);
    /* No row: what the list says, else that the next step cannot be. */
    assert_int_equal(UP_CONFLICT,
                     fake_run(&f, "pick", "{'id':7,'value':'x'}", &r, &err));
    assert_non_null(strstr(err.detail, "list"));
    op_result_clear(&r);
    assert_int_equal(UP_FAILED,
                     fake_run(&f, "pick2", "{'id':7,'value':'x'}", &r, &err));
    op_result_clear(&r);
    fake_close(&f);
}

static void a_failing_step_tells_that_one_was_done(void **state)
{
    (void)state;
    const struct fake_answer answers[] = {
        {.status = 200, .body = "{'identity':{'id':55}}"}, {.status = 403}};
    struct fake f;
    struct op_result r;
    struct up_error err;
    fake_open(&f, many, answers, 2);
    assert_int_equal(UP_FORBIDDEN,
                     fake_run(&f, "change", "{'id':1,'email':'x'}", &r, &err));
    assert_true(err.changed);
    assert_null(r.body);
    fake_close(&f);
}

static void each_item_is_tried_and_refusals_are_named(void **state)
{
    (void)state;
    const struct fake_answer answers[] = {
        {.status = 200, .body = "{}"}, {.status = 422}, {.status = 200}};
    struct fake f;
    struct op_result r;
    struct up_error err;
    fake_open(&f, many, answers, 3);
    assert_int_equal(
        UP_INVALID,
        fake_run(&f, "tickets.assign", "{'ticket_ids':[1,'2',3]}", &r, &err));
    assert_true(err.changed);
    assert_int_equal(1, json_array_size(r.refused));
    fake_json(json_object_get(json_array_get(r.refused, 0), "item"), "'2'");
    op_result_clear(&r);
    fake_sent(&f, "PUT /t/1 {'o':null}", "PUT /t/2 {'o':null}",
              "PUT /t/3 {'o':null}", NULL);
    assert_int_equal(UP_INVALID,
                     fake_run(&f, "tickets.assign", NULL, &r, &err));
    assert_string_equal("ticket_ids", err.field);
    fake_close(&f);
}

static void items_stop_at_what_concerns_all(void **state)
{
    (void)state;
    const struct fake_answer answers[] = {{.status = 204}, {.status = 401}};
    struct fake f;
    struct op_result r;
    struct up_error err;
    fake_open(&f, many, answers, 2);
    /* `user_id` in the template and only `user_ids` given: one call each. */
    assert_int_equal(
        UP_UNAUTHORIZED,
        fake_run(&f, "remove", "{'id':9,'user_ids':[1,2,3]}", &r, &err));
    assert_true(err.changed);
    fake_sent(&f, "DELETE /g/9/m/1", "DELETE /g/9/m/2", NULL);
    fake_close(&f);
}

static void slices_are_as_large_as_allowed(void **state)
{
    (void)state;
    const struct fake_answer answers[] = {
        {.status = 200}, {.status = 200}, {.status = 200}, {.status = 403}};
    struct fake f;
    struct op_result r;
    struct up_error err;
    fake_open(&f, many, answers, 4);
    assert_int_equal(UP_OK,
                     fake_run(&f, "put", "{'id':1,'ids':[1,2,3]}", &r, &err));
    op_result_clear(&r);
    assert_int_equal(UP_OK, fake_run(&f, "put", "{'id':1,'ids':[]}", &r, &err));
    assert_int_equal(UP_FORBIDDEN,
                     fake_run(&f, "put", "{'id':1,'ids':[1,2,3]}", &r, &err));
    assert_true(err.changed);
    fake_sent(&f, "PUT /g/1 [1,2]", "PUT /g/1 [3]", "PUT /g/1 [1,2]",
              "PUT /g/1 [3]", NULL);
    fake_close(&f);
}

static void a_job_is_watched_to_its_end(void **state)
{
    (void)state;
    const struct fake_answer answers[] = {
        {.status = 202, .body = "{'job':{'id':'j1'}}"},
        {.status = 200, .body = "{'state':'running'}"},
        {.status = 200,
         .body = "{'state':'done','rows':[{'id':1,'error':null},"
                 "{'id':2,'error':'closed'}]}"},
        {.status = 202, .body = "{'job':{'id':'j2'}}"},
        {.status = 200, .body = "{'state':'done'}"},
    };
    struct fake f;
    struct op_result r;
    struct up_error err;
    fake_open(&f, many, answers, 5);
    assert_int_equal(UP_INVALID,
                     fake_run(&f, "job", "{'ids':[1,2,3]}", &r, &err));
    assert_true(err.changed);
    fake_json(r.refused, "[{'item':2,'rc':'invalid','detail':'closed'}]");
    op_result_clear(&r);
    fake_sent(&f, "POST /j [1,2]", "GET /jobs/j1", "GET /jobs/j1",
              "POST /j [3]", "GET /jobs/j2", NULL);
    fake_close(&f);
}

static void a_job_without_an_end_is_unknown(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        struct fake_answer answers[3];
        size_t count;
        enum up_rc want;
    } cases[] = {
        {"no id", {{.status = 202, .body = "{}"}}, 1, UP_UNKNOWN},
        {"done at once",
         {{.status = 202, .body = "{'state':'done'}"}},
         1,
         UP_OK},
        {"failed",
         {{.status = 202, .body = "{'job':{'id':1}}"},
          {.status = 200, .body = "{'state':'failed'}"}},
         2,
         UP_FAILED},
        {"cannot be asked",
         {{.status = 202, .body = "{'job':{'id':1}}"}, {.status = 404}},
         2,
         UP_UNKNOWN},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fake f;
        struct op_result r;
        struct up_error err;
        fake_open(&f, many, cases[i].answers, cases[i].count);
        enum up_rc rc = fake_run(&f, "job", "{'ids':[1]}", &r, &err);
        if (rc != cases[i].want)
            fail_msg("%s: %d", cases[i].why, (int)rc);
        op_result_clear(&r);
        fake_close(&f);
    }
}

static void a_csv_is_quoted_and_holds_no_formula(void **state)
{
    (void)state;
    const struct fake_answer answers[] = {{.status = 202}};
    struct fake f;
    struct op_result r;
    struct up_error err;
    fake_open(&f, many, answers, 1);
    assert_int_equal(
        UP_OK, fake_run(&f, "invite",
                        "{'rows':[{'email':'a@x.example','teams':['A','B']},"
                        "{'email':'a \\u0022b'}]}",
                        &r, &err));
    op_result_clear(&r);
    assert_int_equal(
        UP_INVALID,
        fake_run(&f, "invite", "{'rows':[{'email':'=cmd()'}]}", &r, &err));
    assert_string_equal("rows", err.field);
    assert_non_null(strstr(f.sent[0], "email,teams\r\n"
                                      "\"a@x.example\",\"A,B\"\r\n"
                                      "\"a \"\"b\",\"\"\r\n"));
    assert_non_null(strstr(f.sent[0], "; filename=\"i.csv\"\r\n"));
    fake_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(templates_become_a_request),
        cmocka_unit_test(a_missing_value_makes_no_call),
        cmocka_unit_test(an_id_is_found_where_the_profile_says),
        cmocka_unit_test(an_answer_means_what_the_profile_says),
        cmocka_unit_test(only_what_is_safe_is_repeated),
        cmocka_unit_test(retry_after_past_the_deadline_ends_at_once),
        cmocka_unit_test(errors_speak_but_tell_no_secret),
        cmocka_unit_test(steps_pass_on_and_save),
        cmocka_unit_test(a_list_is_a_step_by_its_first_row),
        cmocka_unit_test(a_failing_step_tells_that_one_was_done),
        cmocka_unit_test(each_item_is_tried_and_refusals_are_named),
        cmocka_unit_test(items_stop_at_what_concerns_all),
        cmocka_unit_test(slices_are_as_large_as_allowed),
        cmocka_unit_test(a_job_is_watched_to_its_end),
        cmocka_unit_test(a_job_without_an_end_is_unknown),
        cmocka_unit_test(a_csv_is_quoted_and_holds_no_formula),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
