/* Promises: over a real connection, whatever a helpdesk does to one answer of a
 * walk ends either in the whole list or in a refusal, in bounded time; and a
 * create is never sent twice after it may have arrived. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "test/providers/desk.h"
#include "test/providers/fake.h"

#include <poll.h>

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

#define FIRST  "{\"d\":[{\"id\":1},{\"id\":2}],\"n\":2,\"t\":3}"
#define SECOND "{\"d\":[{\"id\":3}],\"n\":2,\"t\":3}"

static const char profile[] =
    "{'auth':{'type':'bearer','token':'{{secret.token}}'},"
    "'timeouts_ms':{'connect':500,'total':500},'max_response_bytes':4096,"
    "'rate':{'retry':{'max':1,'base_ms':1,'cap_ms':1}},"
    "'errors':[{'status':[404],'as':'not_found'}],"
    "'user':{'id':'id'},"
    "'paging':{'p':{'type':'page','page_param':'p',"
    "'stop':{'total_pages':'n'},'total':'t'}},"
    "'operations':{"
    "'users.list':{'method':'GET','path':'/u','paging':'p','records':'d'},"
    "'users.create':{'method':'POST','path':'/u','body':{'a':1},"
    "'record':'d'}}}";

/* An engine that talks to `d` by HTTP. */
struct rig {
    json_t *profile, *variables, *secrets;
    struct engine *engine;
};

static void rig_open(struct rig *r, const struct desk *d)
{
    struct error err = {""};
    r->profile = fake_parse(profile);
    r->variables = json_object();
    r->secrets = json_pack("{s:s}", "secret.token", "s3cret-token");
    const struct engine_config config = {.profile = r->profile,
                                         .base_url = desk_url(d),
                                         .variables = r->variables,
                                         .secrets = r->secrets};
    r->engine = engine_new(&config, &err);
    if (r->engine == NULL)
        fail_msg("%s", err.text);
}

static void rig_close(struct rig *r)
{
    engine_free(r->engine);
    json_decref(r->profile);
    json_decref(r->variables);
    json_decref(r->secrets);
}

static enum up_rc run(const struct desk *d, const char *op,
                      struct op_result *out, struct up_error *err)
{
    struct rig r;
    struct up_call call = {.deadline_ms = clock_span_ms() + 5000};
    rig_open(&r, d);
    enum up_rc rc = engine_run(r.engine, &call, op, NULL, out, err);
    rig_close(&r);
    return rc;
}

/* clang-format off */
static const struct {
    const char *why;
    struct desk_answer fault; /* in place of the second page, once */
    bool survived;            /* by asking again */
} faults[] = {
    {"vanishes", {.vanish = true}, true},
    {"reset amid the head", {.status = 200, .body = SECOND, .cut = 10}, true},
    {"reset amid the body", {.status = 200, .body = SECOND, .cut = 60}, true},
    {"hangs", {.status = 200, .body = SECOND, .slow_ms = 700}, true},
    {"throttled", {.status = 429, .headers = "Retry-After: 0\r\n"}, true},
    {"gateway", {.status = 502, .body = "<html>"}, true},
    {"empty before the end", {.status = 200, .body = "{\"d\":[],\"n\":2,\"t\":3}"}, true},
    {"the first page again", {.status = 200, .body = FIRST}, true},
    {"total grows", {.status = 200, .body = "{\"d\":[{\"id\":3}],\"n\":2,\"t\":9}"}, true},
    {"endless", {.endless = true}, false},
    {"HTML with 200", {.status = 200, .body = "<html>down for repair</html>"}, false},
    {"no JSON", {.status = 200, .body = "{\"d\":[{\"id\":3}"}, false},
    {"another type", {.status = 200, .body = "{\"d\":{\"id\":3},\"n\":2}"}, false},
    {"a redirect elsewhere", {.status = 302, .headers = "Location: https://elsewhere.example/\r\n"}, false},
    {"500", {.status = 500, .body = "oops"}, false},
    {"gone", {.status = 404, .body = "{}"}, true},
};
/* clang-format on */

static void a_walk_survives_or_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(faults); i++) {
        const struct desk_answer again = {.status = 200, .body = SECOND};
        const struct desk_answer first = {.status = 200, .body = FIRST};
        /* After a retry comes the page asked for; after a second reading of the
         * whole list, its first page. Answers are told apart by the request. */
        bool whole = strstr("empty before the end|the first page again|"
                            "total grows|gone",
                            faults[i].why) != NULL;
        const struct desk_answer script[] = {first, faults[i].fault,
                                             whole ? first : again, again};
        struct desk *d = desk_new(script, COUNT(script));
        struct op_result r;
        struct up_error err;
        enum up_rc rc = run(d, "users.list", &r, &err);
        if ((rc == UP_OK) != faults[i].survived ||
            (rc == UP_OK && json_array_size(r.records) != 3) ||
            (rc != UP_OK && r.records != NULL))
            fail_msg("%s: %d %s", faults[i].why, (int)rc, err.detail);
        op_result_clear(&r);
        desk_free(d);
    }
}

static void a_create_cut_anywhere_is_sent_once(void **state)
{
    (void)state;
    const char whole[] = "HTTP/1.1 201 Made\r\nContent-Length: 14\r\n\r\n"
                         "{\"d\":{\"id\":1}}";
    for (size_t n = 0; n < sizeof whole; n += n < 30 ? 5 : 1) {
        const struct desk_answer script[] = {{.raw = whole, .cut = n + 1},
                                             {.raw = whole}};
        struct desk *d = desk_new(script, 2);
        struct op_result r;
        struct up_error err;
        enum up_rc rc = run(d, "users.create", &r, &err);
        if (rc != (n == sizeof whole - 1 ? UP_OK : UP_UNKNOWN) ||
            desk_requests(d) != 1)
            fail_msg("cut after %zu: %d, sent %zu times", n, (int)rc,
                     desk_requests(d));
        op_result_clear(&r);
        desk_free(d);
    }
}

static void a_helpdesk_that_comes_back_is_asked_again(void **state)
{
    (void)state;
    struct desk_answer script[40];
    for (size_t i = 0; i < COUNT(script); i++)
        script[i] = (struct desk_answer){.status = 503};
    script[8] = (struct desk_answer){.status = 200,
                                     .body = "{\"d\":[],\"n\":0,\"t\":0}"};
    struct desk *d = desk_new(script, 9);
    struct op_result r;
    struct up_error err;
    struct rig rig;
    struct up_call call = {0};
    rig_open(&rig, d);
    int64_t until = clock_span_ms() + 30000;
    size_t refused = 0;
    enum up_rc rc;
    while ((rc = engine_run(rig.engine, &call, "users.list", NULL, &r, &err)) !=
               UP_OK &&
           clock_span_ms() < until) {
        assert_int_equal(UP_UNAVAILABLE, rc);
        assert_true(err.retry_after_s > 0);
        refused += err.status == 0; /* by the open circuit, without a call */
        (void)poll(NULL, 0, 20);
    }
    assert_int_equal(UP_OK, rc);
    assert_true(refused > 0);
    op_result_clear(&r);
    rig_close(&rig);
    desk_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_walk_survives_or_is_refused),
        cmocka_unit_test(a_create_cut_anywhere_is_sent_once),
        cmocka_unit_test(a_helpdesk_that_comes_back_is_asked_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
