/* Promises: over a real socket sizes and times are bounded, each with its own
 * refusal, and what is well-formed reaches the bridge whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "test/server/client.h"
#include "test/server/expect.h"
#include "test/server/fake_bridge.h"
#include "test/server/fixture.h"

#define WRONG "Authorization: Bearer scimb_wrong\r\n"
#define MORE  "request_timeout = 1s\nmax_body = 64k\n"

static int start(void **state)
{
    static struct fixture f;
    fixture_start(&f, MORE);
    *state = &f;
    return 0;
}

static int stop(void **state)
{
    fixture_stop(*state);
    return 0;
}

/* ---- sizes ----------------------------------------------------------------
 */

static void send_big_body(struct fixture *f, const char *who, bool chunked,
                          struct answer *out)
{
    static char mega[65536];
    struct buf head = {0};
    int fd = client_dial(f->port);
    memset(mega, 'x', sizeof mega);
    buf_fmt(&head,
            "POST /scim/v2/Users HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
            "%sContent-Type: application/json\r\n%s\r\n",
            who,
            chunked ? "Transfer-Encoding: chunked\r\n"
                    : "Content-Length: 10485760\r\n");
    client_send(fd, head.data, head.len);
    for (int i = 0; i < 160; i++) {
        if (chunked)
            client_say(fd, "10000\r\n");
        client_send(fd, mega, sizeof mega);
        if (chunked)
            client_say(fd, "\r\n");
    }
    if (chunked)
        client_say(fd, "0\r\n\r\n");
    client_read(fd, out);
    buf_clear(&head);
}

static void a_body_of_10_megabytes_is_refused(void **state)
{
    struct fixture *f = *state;
    struct answer a;
    for (int chunked = 0; chunked < 2; chunked++) {
        send_big_body(f, f->writer, chunked != 0, &a);
        expect_error("10 MiB", &a, 413);
        client_clear(&a);
        expect_log(f, "10 MiB", "reason=\"body too large\"");
        expect_works(f, "10 MiB");
    }
    send_big_body(f, "", false, &a);
    expect_error("10 MiB of nobody", &a, 401);
    client_clear(&a);
}

static void a_client_that_waits_for_leave_hears_no_at_once(void **state)
{
    struct fixture *f = *state;
    struct answer a;
    struct buf head = {0};
    int fd = client_dial(f->port);
    buf_fmt(&head,
            "POST /scim/v2/Users HTTP/1.1\r\nHost: x\r\n%s"
            "Content-Type: application/json\r\nContent-Length: 10485760\r\n"
            "Expect: 100-continue\r\n\r\n",
            f->writer);
    client_send(fd, head.data, head.len);
    client_read(fd, &a);
    expect_error("Expect", &a, 413);
    client_clear(&a);
    buf_clear(&head);
    expect_works(f, "Expect");
}

static void ask_long(struct fixture *f, size_t target, size_t header,
                     struct answer *out)
{
    struct buf b = {0};
    char *fill = malloc(target + header + 1);
    assert_non_null(fill);
    memset(fill, 'a', target + header);
    buf_fmt(&b,
            "GET /scim/v2/Users?filter=%.*s HTTP/1.1\r\nHost: x\r\n%s"
            "Connection: close\r\nX-Long: %.*s\r\n\r\n",
            (int)target, fill, f->writer, (int)header, fill);
    int fd = client_dial(f->port);
    client_send(fd, b.data, b.len);
    client_read(fd, out);
    free(fill);
    buf_clear(&b);
}

static void long_filters_work_and_longer_ones_are_refused(void **state)
{
    struct fixture *f = *state;
    struct answer a;
    ask_long(f, 30000, 1, &a);
    assert_int_equal(a.status, 200);
    client_clear(&a);
    ask_long(f, 40000, 1, &a);
    expect_error("long address", &a, 414);
    client_clear(&a);
    ask_long(f, 1, 60000, &a);
    expect_error("long header", &a, 431);
    client_clear(&a);
    /* Beyond the library's own memory the body is no longer ours. */
    ask_long(f, 500000, 1, &a);
    assert_int_equal(a.status, 414);
    client_clear(&a);
    expect_works(f, "long header");
}

/* ---- time -----------------------------------------------------------------
 */

static void half_a_request_is_answered_408(void **state)
{
    struct fixture *f = *state;
    static const char *const halves[] = {
        "GET /scim/v2/Us",
        "GET /scim/v2/Users HTTP/1.1\r\nHost: x\r\n",
    };
    struct answer a[3];
    struct buf post = {0};
    int fd[3];
    for (size_t i = 0; i < 2; i++) {
        fd[i] = client_dial(f->port);
        client_say(fd[i], halves[i]);
    }
    buf_fmt(&post,
            "POST /scim/v2/Users HTTP/1.1\r\nHost: x\r\n%s"
            "Content-Type: application/json\r\nContent-Length: 9\r\n\r\n{\"a",
            f->writer);
    fd[2] = client_dial(f->port);
    client_send(fd[2], post.data, post.len);
    /* While they are held open, others are served. */
    expect_works(f, "three halves");
    for (size_t i = 0; i < 3; i++) {
        client_read(fd[i], &a[i]);
        expect_error("half a request", &a[i], 408);
        client_clear(&a[i]);
    }
    expect_log(f, "half", "path=/scim/v2/Users status=408");
    expect_works(f, "half");
    buf_clear(&post);
}

static void silence_is_closed_without_a_word(void **state)
{
    struct fixture *f = *state;
    struct answer a;
    int fd = client_dial(f->port);
    client_read(fd, &a);
    assert_int_equal(a.text.len, 0);
    client_clear(&a);
}

static void a_hundred_connections_of_one_address_are_served(void **state)
{
    struct fixture *f = *state;
    int fd[150];
    for (size_t i = 0; i < 150; i++) {
        fd[i] = client_dial(f->port);
        client_say(fd[i], "GET /");
    }
    expect_works(f, "150 half requests");
    for (size_t i = 0; i < 150; i++)
        (void)close(fd[i]);
    expect_works(f, "150 closed connections");
}

static void bad_tokens_are_slowed_and_good_ones_are_not(void **state)
{
    struct fixture *f = *state;
    struct answer a;
    int64_t before = clock_span_ms();
    for (int i = 0; i < 3; i++) {
        client_ask(f->port, "GET", "/scim/v2/Users", WRONG, NULL, &a);
        expect_error("wrong token", &a, 401);
        client_clear(&a);
    }
    assert_true(clock_span_ms() - before >= 400);
    before = clock_span_ms();
    expect_works(f, "wrong tokens");
    client_ask(f->port, "GET", "/scim/v2/Users", NULL, NULL, &a);
    expect_error("no token", &a, 401);
    client_clear(&a);
    assert_true(clock_span_ms() - before < 300);
}

static void many_bad_tokens_at_once_are_told_to_wait(void **state)
{
    struct fixture *f = *state;
    enum { MANY = 24 };
    struct answer a;
    struct buf b = {0};
    int fd[MANY], waits = 0;
    buf_fmt(&b,
            "GET /scim/v2/Users HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
            "%s\r\n",
            WRONG);
    for (size_t i = 0; i < MANY; i++) {
        fd[i] = client_dial(f->port);
        client_send(fd[i], b.data, b.len);
    }
    /* Neither waits for the slowed ones. */
    int64_t before = clock_span_ms();
    expect_works(f, "many wrong tokens");
    assert_true(clock_span_ms() - before < 500);
    for (size_t i = 0; i < MANY; i++) {
        client_read(fd[i], &a);
        char *wait = client_header(&a, "Retry-After");
        if (a.status == 429 && wait != NULL)
            waits++;
        else
            expect_error("wrong token", &a, 401);
        free(wait);
        client_clear(&a);
    }
    assert_true(waits > 0);
    expect_works(f, "many wrong tokens");
    buf_clear(&b);
}

/* ---- what works -----------------------------------------------------------
 */

static void expect_member(const struct answer *a, const char *key,
                          const char *want)
{
    json_t *body = client_json(a);
    const char *got = json_string_value(json_object_get(body, key));
    if (got == NULL || strcmp(got, want) != 0)
        fail_msg("%s is not \"%s\": %s", key, want, a->body);
    json_decref(body);
}

static void a_request_reaches_the_bridge_whole(void **state)
{
    struct fixture *f = *state;
    struct answer a;
    char headers[300];
    (void)snprintf(headers, sizeof headers,
                   "%sIf-Match: W/\"7\"\r\nX-Request-Id: from-client.1\r\n",
                   f->writer);
    client_ask(f->port, "PATCH",
               "/main/scim/v2/Groups/g%2F1?attributes=a&attributes=b", headers,
               "{\"x\":1}", &a);
    assert_int_equal(a.status, 200);
    expect_member(&a, "op", "patch");
    expect_member(&a, "type", "Group");
    expect_member(&a, "id", "g/1");
    expect_member(&a, "attributes", "a,b");
    expect_member(&a, "ifMatch", "W/\"7\"");
    expect_member(&a, "actor", "writer");
    expect_member(&a, "requestId", "from-client.1");
    char *id = client_header(&a, "X-Request-Id");
    assert_string_equal(id, "from-client.1");
    free(id);
    client_clear(&a);
}

static void a_harmful_request_id_is_replaced(void **state)
{
    struct fixture *f = *state;
    struct answer a;
    char headers[300];
    (void)snprintf(headers, sizeof headers, "%sX-Request-Id: a b\r\n",
                   f->writer);
    client_ask(f->port, "GET", "/scim/v2/Users", headers, NULL, &a);
    char *id = client_header(&a, "X-Request-Id");
    assert_true(id_valid(id));
    free(id);
    client_clear(&a);
}

static void created_and_deleted_have_their_headers(void **state)
{
    struct fixture *f = *state;
    struct answer a;
    client_ask(f->port, "POST", "/scim/v2/Users", f->writer, "{}", &a);
    assert_int_equal(a.status, 201);
    char *location = client_header(&a, "Location");
    char *etag = client_header(&a, "ETag");
    assert_non_null(location);
    assert_string_equal(etag, "W/\"1\"");
    free(location);
    free(etag);
    client_clear(&a);
    client_ask(f->port, "DELETE", "/scim/v2/Users/1", f->writer, NULL, &a);
    assert_int_equal(a.status, 204);
    assert_string_equal(a.body, "");
    client_clear(&a);
    client_ask(f->port, "HEAD", "/scim/v2/Users/1", f->writer, NULL, &a);
    assert_int_equal(a.status, 200);
    assert_string_equal(a.body, "");
    client_clear(&a);
    client_ask(f->port, "OPTIONS", "/scim/v2/Users", NULL, NULL, &a);
    assert_int_equal(a.status, 204);
    client_clear(&a);
}

static void plain_json_is_answered_when_only_that_is_taken(void **state)
{
    struct fixture *f = *state;
    struct answer a;
    char headers[300];
    (void)snprintf(headers, sizeof headers, "%sAccept: application/json\r\n",
                   f->writer);
    client_ask(f->port, "GET", "/scim/v2/Users", headers, NULL, &a);
    char *type = client_header(&a, "Content-Type");
    assert_string_equal(type, "application/json");
    free(type);
    client_clear(&a);
}

static void discovery_works_before_the_first_sync(void **state)
{
    struct fixture *f = *state;
    struct answer a;
    fake_bridge_set_ready(f->server->bridge, false);
    client_ask(f->port, "GET", "/scim/v2/ServiceProviderConfig", NULL, NULL,
               &a);
    assert_int_equal(a.status, 200);
    client_clear(&a);
    client_ask(f->port, "GET", "/scim/v2/Schemas", f->reader, NULL, &a);
    assert_int_equal(a.status, 200);
    client_clear(&a);
    client_ask(f->port, "GET", "/scim/v2/Users", f->writer, NULL, &a);
    expect_error("before the first sync", &a, 503);
    char *wait = client_header(&a, "Retry-After");
    assert_non_null(wait);
    free(wait);
    client_clear(&a);
    client_ask(f->port, "GET", "/readyz", NULL, NULL, &a);
    assert_int_equal(a.status, 503);
    client_clear(&a);
    client_ask(f->port, "GET", "/healthz", NULL, NULL, &a);
    assert_int_equal(a.status, 200);
    client_clear(&a);
}

static void operators_have_their_lists(void **state)
{
    struct fixture *f = *state;
    static const char *const lists[] = {
        "/admin/api/targets", "/admin/api/tasks?state=all",
        "/admin/api/tombstones?limit=5&cursor=2",
        "/admin/api/audit?target=other", "/admin/api/syncs"};
    struct answer a;
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        client_ask(f->port, "GET", lists[i], f->admin, NULL, &a);
        json_t *body = client_json(&a);
        if (a.status != 200 || !json_is_array(json_object_get(body, "items")) ||
            json_object_get(body, "next") == NULL)
            fail_msg("%s: %s", lists[i], a.text.data);
        json_decref(body);
        client_clear(&a);
    }
    client_ask(f->port, "GET", "/admin/api/tasks?limit=x", f->admin, NULL, &a);
    expect_error("limit", &a, 400);
    client_clear(&a);
    client_ask(f->port, "POST", "/admin/api/targets/other/sync", f->admin, "",
               &a);
    assert_int_equal(a.status, 200);
    client_clear(&a);
    client_ask(f->port, "POST", "/admin/api/targets/none/sync", f->admin, "",
               &a);
    expect_error("sync of no target", &a, 404);
    client_clear(&a);
}

/* ---- the end --------------------------------------------------------------
 */

static void a_stop_lets_writes_finish(void **state)
{
    struct fixture f;
    struct answer a;
    struct buf b = {0};
    (void)state;
    fixture_start(&f, MORE);
    fake_bridge_set_delay(f.server->bridge, 300);
    buf_fmt(&b,
            "POST /scim/v2/Users HTTP/1.1\r\nHost: x\r\n%s"
            "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
            f.writer);
    int fd = client_dial(f.port);
    client_send(fd, b.data, b.len);
    while (atomic_load(&f.server->pending) == 0)
        (void)usleep(1000);
    fixture_stop(&f);
    client_read(fd, &a);
    assert_int_equal(a.status, 201);
    client_clear(&a);
    buf_clear(&b);
}

static void a_stop_does_not_wait_for_slowed_logins(void **state)
{
    struct fixture f;
    struct answer a;
    int fd[8];
    (void)state;
    fixture_start(&f, MORE);
    for (size_t i = 0; i < 8; i++) {
        fd[i] = client_dial(f.port);
        client_say(fd[i], "GET /scim/v2/Users HTTP/1.1\r\nHost: x\r\n"
                          "Authorization: Bearer wrong\r\n\r\n");
    }
    client_ask(f.port, "GET", "/healthz", NULL, NULL, &a);
    client_clear(&a);
    fixture_stop(&f);
    for (size_t i = 0; i < 8; i++)
        (void)close(fd[i]);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, start, stop)
    const struct CMUnitTest tests[] = {
        T(a_body_of_10_megabytes_is_refused),
        T(a_client_that_waits_for_leave_hears_no_at_once),
        T(long_filters_work_and_longer_ones_are_refused),
        T(half_a_request_is_answered_408),
        T(silence_is_closed_without_a_word),
        T(a_hundred_connections_of_one_address_are_served),
        T(bad_tokens_are_slowed_and_good_ones_are_not),
        T(many_bad_tokens_at_once_are_told_to_wait),
        T(a_request_reaches_the_bridge_whole),
        T(a_harmful_request_id_is_replaced),
        T(created_and_deleted_have_their_headers),
        T(plain_json_is_answered_when_only_that_is_taken),
        T(discovery_works_before_the_first_sync),
        T(operators_have_their_lists),
        cmocka_unit_test(a_stop_lets_writes_finish),
        cmocka_unit_test(a_stop_does_not_wait_for_slowed_logins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
