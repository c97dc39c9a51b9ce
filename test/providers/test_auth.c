/* Promises: each kind of proof is sent as the vendor wants it, a token is
 * fetched once and renewed once, no secret shows, and what an account lacks is
 * found out and remembered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "providers/auth.h"
#include "providers/trace.h"
#include "test/providers/fake.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

#define REST                                                                   \
    "'errors':[{'status':[401],'as':'unauthorized'},"                          \
    "{'status':[404],'as':'unsupported'}],"                                    \
    "'user':{'id':'id'},'operations':{"                                        \
    "'probe':{'method':'GET','path':'/me'},"                                   \
    "'users.get':{'method':'GET','path':'/u'},"                                \
    "'users.away':{'method':'PUT','path':'/away'},"                            \
    "'users.create':{'method':'POST','path':'/u'},"                            \
    "'ask':{'method':'POST','path':'/ask','body':{}}}}"

static void each_kind_proves_itself(void **state)
{
    (void)state;
    static const struct {
        const char *auth, *header, *sent;
    } cases[] = {
        {"{'type':'none'}", "", "GET /me"},
        {"{'type':'bearer','token':'{{secret.token}}'}", "Bearer s3cret-token",
         "GET /me"},
        {"{'type':'basic','user':'{{secret.id}}/token','password':'X'}",
         "Basic Y2xpZW50LWlkLTEvdG9rZW46WA==", "GET /me"},
        {"{'type':'basic','user':'a','password':''}", "Basic YTo=", "GET /me"},
        {"{'type':'header','name':'Authorization','value':'token "
         "{{secret.token}}'}",
         "token s3cret-token", "GET /me"},
        {"{'type':'query','name':'api key','value':'a&b'}", "",
         "GET /me?api%20key=a%26b"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct fake_answer answers[] = {{.status = 200}};
        char profile[2048];
        struct fake f;
        struct op_result r;
        struct up_error err;
        (void)snprintf(profile, sizeof profile, "{'auth':%s," REST,
                       cases[i].auth);
        fake_open(&f, profile, answers, 1);
        assert_int_equal(UP_OK, fake_run(&f, "probe", NULL, &r, &err));
        fake_sent(&f, cases[i].sent, NULL);
        assert_string_equal(cases[i].header, f.proofs[0]);
        op_result_clear(&r);
        fake_close(&f);
    }
}

#define OAUTH(kind, more)                                                      \
    "{'auth':{'type':'" kind "',"                                              \
    "'token_url':'https://id.example/token','client_id':'{{secret.id}}',"      \
    "'client_secret':'{{secret.key}}'" more "}," REST

static void a_token_is_fetched_once_and_renewed_once(void **state)
{
    (void)state;
    const struct fake_answer answers[] = {
        {.status = 200, .body = "{'access_token':'tok-A','expires_in':3600}"},
        {.status = 200},
        {.status = 200},
        {.status = 401},
        {.status = 200, .body = "{'access_token':'tok-B','expires_in':'3600'}"},
        {.status = 200},
        {.status = 401},
        {.status = 200, .body = "{'access_token':'tok-C'}"},
        {.status = 401},
    };
    struct fake f;
    struct op_result r;
    struct up_error err;
    fake_open(&f, OAUTH("oauth2_client_credentials", ",'scope':'a b'"), answers,
              COUNT(answers));
    for (int i = 0; i < 3; i++)
        assert_int_equal(UP_OK, fake_run(&f, "probe", NULL, &r, &err));
    assert_int_equal(UP_UNAUTHORIZED, fake_run(&f, "probe", NULL, &r, &err));
    fake_sent(&f,
              "POST https://id.example/token grant_type=client_credentials&"
              "client_id=client-id-1&client_secret=client-key-1&scope=a%20b",
              "GET /me", "GET /me", "GET /me",
              "POST https://id.example/token grant_type=client_credentials&"
              "client_id=client-id-1&client_secret=client-key-1&scope=a%20b",
              "GET /me", "GET /me",
              "POST https://id.example/token grant_type=client_credentials&"
              "client_id=client-id-1&client_secret=client-key-1&scope=a%20b",
              "GET /me", NULL);
    assert_string_equal("Bearer tok-A", f.proofs[3]);
    assert_string_equal("Bearer tok-B", f.proofs[5]);
    fake_close(&f);
}

static void a_refresh_token_may_be_replaced(void **state)
{
    (void)state;
    const struct fake_answer answers[] = {
        {.status = 200,
         .body = "{'a':{'t':'tok-A'},'e':1,'refresh_token':'next-refresh'}"},
        {.status = 200},
        {.status = 401},
        {.status = 200, .body = "{'a':{'t':'tok-B'}}"},
        {.status = 200},
    };
    struct fake f;
    struct op_result r;
    struct up_error err;
    fake_open(&f,
              OAUTH("oauth2_refresh_token",
                    ",'refresh_token':'first','token_path':'a.t',"
                    "'expires_path':'gone'"),
              answers, COUNT(answers));
    assert_int_equal(UP_OK, fake_run(&f, "probe", NULL, &r, &err));
    assert_int_equal(UP_OK, fake_run(&f, "probe", NULL, &r, &err));
    assert_non_null(strstr(f.sent[0], "&refresh_token=first&"));
    assert_non_null(strstr(f.sent[3], "&refresh_token=next-refresh&"));
    assert_string_equal("Bearer tok-B", f.proofs[4]);
    fake_close(&f);
}

static void without_a_token_no_call_is_made(void **state)
{
    (void)state;
    static const struct {
        struct fake_answer answer;
        enum up_rc want;
    } cases[] = {
        {{.status = 401, .body = "{}"}, UP_UNAUTHORIZED},
        {{.status = 400, .body = "{'error':'client-key-1'}"}, UP_UNAUTHORIZED},
        {{.status = 500}, UP_UNAVAILABLE},
        {{.status = 429}, UP_UNAVAILABLE},
        {{.rc = HTTP_CUT_OFF}, UP_UNAVAILABLE},
        {{.rc = HTTP_NOT_SENT}, UP_UNAVAILABLE},
        {{.status = 200, .body = "<html>"}, UP_FAILED},
        {{.status = 200, .body = "{'access_token':7}"}, UP_FAILED},
        {{.status = 200, .body = "{'access_token':''}"}, UP_FAILED},
        {{.status = 200, .body = "{'access_token':'a\\r\\nX: y'}"}, UP_FAILED},
        {{.status = 302}, UP_FAILED},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fake f;
        struct op_result r;
        struct up_error err;
        fake_open(&f, OAUTH("oauth2_client_credentials", ""), &cases[i].answer,
                  1);
        enum up_rc rc = fake_run(&f, "probe", NULL, &r, &err);
        if (rc != cases[i].want || strstr(err.detail, "client-key") != NULL)
            fail_msg("case %zu: %d %s", i, (int)rc, err.detail);
        fake_close(&f);
    }
}

static void a_wrong_account_is_refused_with_its_place(void **state)
{
    (void)state;
    static const struct {
        const char *auth, *place;
    } cases[] = {
        {"{'type':'magic'}", "auth.type"},
        {"{'type':'bearer'}", "auth.token"},
        {"{'type':'bearer','token':'{{secret.none}}'}", "secret.none"},
        {"{'type':'bearer','token':'{{secret.broken}}'}", "secret.broken"},
        {"{'type':'oauth2_client_credentials','client_id':'a',"
         "'client_secret':'b','token_url':'http://id.example/t'}",
         "auth.token_url"},
    };
    json_t *secrets = json_pack("{s:s}", "secret.broken", "a\r\nb");
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct error err = {""};
        json_t *spec = fake_parse(cases[i].auth);
        const struct vars v = {.scope = {secrets}, .count = 1};
        assert_null(auth_new(spec, &v, &err));
        if (strstr(err.text, cases[i].place) == NULL)
            fail_msg("case %zu: %s", i, err.text);
        json_decref(spec);
    }
    json_decref(secrets);
}

/* ---- what an account lacks ----------------------------------------------- */

#define CAPABLE                                                                \
    "{'auth':{'type':'none'},'capabilities':{"                                 \
    "'users.create':{'op':'ask','present':[{'status':[400]}],"                 \
    "'absent':[{'status':[405]}],'recheck_s':3600},"                           \
    "'users.away':{'absent':[{'status':[405]}],'recheck_s':1}}," REST

static void a_harmless_call_asks_first(void **state)
{
    (void)state;
    const struct fake_answer answers[] = {{.status = 405}, {.status = 200}};
    struct fake f;
    struct op_result r;
    struct up_error err;
    fake_open(&f, CAPABLE, answers, 2);
    assert_true(engine_can(f.engine, "users.create"));
    assert_int_equal(UP_UNSUPPORTED,
                     fake_run(&f, "users.create", NULL, &r, &err));
    assert_false(engine_can(f.engine, "users.create"));
    assert_int_equal(UP_UNSUPPORTED,
                     fake_run(&f, "users.create", NULL, &r, &err));
    fake_sent(&f, "POST /ask {}", NULL);
    json_t *known = engine_capabilities(f.engine);
    const json_t *one = json_object_get(known, "users.create");
    assert_string_equal("absent",
                        json_string_value(json_object_get(one, "verdict")));
    assert_int_equal(405, json_integer_value(json_object_get(one, "status")));
    assert_string_equal("To POST /api/ask the helpdesk answered 405: it is not "
                        "offered.",
                        json_string_value(json_object_get(one, "evidence")));
    json_decref(known);
    fake_close(&f);
}

static void what_is_present_or_unclear_is_tried(void **state)
{
    (void)state;
    static const int asked[] = {400, 200};
    for (size_t i = 0; i < COUNT(asked); i++) {
        const struct fake_answer answers[] = {
            {.status = asked[i]}, {.status = 200}, {.status = 200}};
        struct fake f;
        struct op_result r;
        struct up_error err;
        struct up_call call = {0};
        fake_open(&f, CAPABLE, answers, 3);
        engine_ask(f.engine, &call);
        assert_int_equal(UP_OK, fake_run(&f, "users.create", NULL, &r, &err));
        op_result_clear(&r);
        assert_int_equal(UP_OK, fake_run(&f, "users.create", NULL, &r, &err));
        op_result_clear(&r);
        fake_sent(&f, "POST /ask {}", "POST /u", "POST /u", NULL);
        fake_close(&f);
    }
}

static void a_real_call_teaches_too(void **state)
{
    (void)state;
    const struct fake_answer answers[] = {
        {.status = 405}, {.status = 404}, {.status = 404}};
    struct fake f;
    struct op_result r;
    struct up_error err;
    fake_open(&f, CAPABLE, answers, 3);
    assert_int_equal(UP_UNSUPPORTED,
                     fake_run(&f, "users.away", NULL, &r, &err));
    assert_false(engine_can(f.engine, "users.away"));
    /* What no helpdesk can lack stays, whatever a gateway says. */
    assert_int_equal(UP_UNSUPPORTED, fake_run(&f, "users.get", NULL, &r, &err));
    assert_true(engine_can(f.engine, "users.get"));
    /* "Unsupported" by an error rule. */
    assert_int_equal(UP_UNSUPPORTED, fake_run(&f, "ask", NULL, &r, &err));
    assert_false(engine_can(f.engine, "ask"));
    fake_close(&f);
}

/* ---- an unhealthy helpdesk ----------------------------------------------- */

static void a_dead_helpdesk_is_not_asked_on_and_on(void **state)
{
    (void)state;
    struct fake_answer answers[64];
    for (size_t i = 0; i < COUNT(answers); i++)
        answers[i] = (struct fake_answer){.rc = HTTP_NOT_SENT};
    struct fake f;
    struct op_result r;
    struct up_error err;
    fake_open(&f,
              "{'auth':{'type':'none'},'rate':{'retry':{'base_ms':0}}," REST,
              answers, COUNT(answers));
    for (int i = 0; i < 10; i++) {
        assert_int_equal(UP_UNAVAILABLE, fake_run(&f, "probe", NULL, &r, &err));
        assert_true(err.retry_after_s > 0);
    }
    assert_in_range(f.next, 1, 10);
    fake_close(&f);
}

static void a_foreign_text_becomes_one_line(void **state)
{
    (void)state;
    static const struct {
        const char *in, *want;
    } cases[] = {
        {"a\r\n\tb", "a b"},
        {"  a  ", "a"},
        {"\x1b[31mred\x07", "[31mred"},
        {"caf\xc3\xa9", "caf\xc3\xa9"},
        {"bad\xff\xfe bytes", "bad bytes"},
        {"\xc2\x85next", "next"},
        {"12345678901234567890", "123456789012345"},
        {"12345678901234\xc3\xa9", "12345678901234"},
        {"", ""},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char out[16];
        trace_line(out, sizeof out, cases[i].in);
        if (strcmp(out, cases[i].want) != 0)
            fail_msg("case %zu: \"%s\"", i, out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_proves_itself),
        cmocka_unit_test(a_token_is_fetched_once_and_renewed_once),
        cmocka_unit_test(a_refresh_token_may_be_replaced),
        cmocka_unit_test(without_a_token_no_call_is_made),
        cmocka_unit_test(a_wrong_account_is_refused_with_its_place),
        cmocka_unit_test(a_harmless_call_asks_first),
        cmocka_unit_test(what_is_present_or_unclear_is_tried),
        cmocka_unit_test(a_real_call_teaches_too),
        cmocka_unit_test(a_dead_helpdesk_is_not_asked_on_and_on),
        cmocka_unit_test(a_foreign_text_becomes_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
