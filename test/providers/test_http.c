/* Promises: an exchange ends in bounded time and size whatever the server does,
 * says whether the request can have arrived, and is never repeated in secret.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "providers/http.h"
#include "test/providers/desk.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

static struct http_client *client(int total_ms, size_t max)
{
    struct error err = {""};
    const struct http_config config = {.connect_ms = 1000,
                                       .total_ms = total_ms,
                                       .max_response = max,
                                       .user_agent = "bridge/1"};
    struct http_client *c = http_client_new(&config, &err);
    if (c == NULL)
        fail_msg("%s", err.text);
    return c;
}

static enum http_rc exchange(struct http_client *c, const char *method,
                             const char *url, const char *body, bool once,
                             struct http_response *r)
{
    struct http_header type = {(char *)"Content-Type",
                               (char *)"application/json"};
    const struct http_request q = {.method = method,
                                   .url = url,
                                   .headers = &type,
                                   .header_count = body != NULL,
                                   .body = body,
                                   .body_len = body == NULL ? 0 : strlen(body),
                                   .once = once};
    const struct http_transport t = http_client_transport(c);
    *r = (struct http_response){0};
    return t.send(t.ctx, &q, r);
}

static void url_of(const struct desk *d, const char *path, char out[128])
{
    (void)snprintf(out, 128, "%s%s", desk_url(d), path);
}

static void an_answer_comes_whole(void **state)
{
    (void)state;
    const struct desk_answer script[] = {
        {.status = 200, .headers = "X-A:  one \r\nX-Empty:\r\n", .body = "{}"},
        {.raw = "HTTP/1.1 100 Continue\r\nX-Interim: 1\r\n\r\n"
                "HTTP/1.1 201 Made\r\nContent-Length: 0\r\n\r\n"},
        {.status = 302, .headers = "Location: https://elsewhere.example/\r\n"},
        {.status = 500, .body = "<html>"},
    };
    struct desk *d = desk_new(script, 4);
    struct http_client *c = client(5000, 0);
    struct http_response r;
    char url[128];
    url_of(d, "/a/../b?q=1", url);
    assert_int_equal(HTTP_ANSWERED, exchange(c, "GET", url, NULL, false, &r));
    assert_int_equal(200, r.status);
    assert_string_equal("{}", r.body);
    assert_string_equal("one", http_response_header(&r, "x-a"));
    assert_string_equal("", http_response_header(&r, "X-EMPTY"));
    assert_null(http_response_header(&r, "X-B"));
    http_response_clear(&r);
    assert_int_equal(HTTP_ANSWERED, exchange(c, "POST", url, "{}", true, &r));
    assert_int_equal(201, r.status);
    assert_null(r.body);
    assert_null(http_response_header(&r, "X-Interim"));
    http_response_clear(&r);
    assert_int_equal(HTTP_ANSWERED, exchange(c, "GET", url, NULL, false, &r));
    assert_int_equal(302, r.status);
    http_response_clear(&r);
    assert_int_equal(HTTP_ANSWERED, exchange(c, "GET", url, NULL, false, &r));
    assert_int_equal(500, r.status);
    http_response_clear(&r);
    assert_int_equal(4, desk_requests(d));
    assert_int_equal(1, desk_connections(d));
    const char *first = desk_request(d, 0);
    assert_memory_equal("GET /a/../b?q=1 HTTP/1.1\r\n", first, 26);
    assert_non_null(strstr(first, "User-Agent: bridge/1\r\n"));
    http_client_free(c);
    desk_free(d);
}

static void each_method_goes_out_as_meant(void **state)
{
    (void)state;
    static const struct {
        const char *method, *body, *head;
    } cases[] = {
        {"GET", NULL, "GET /x HTTP/1.1\r\n"},
        {"DELETE", NULL, "DELETE /x HTTP/1.1\r\n"},
        {"DELETE", "{\"a\":1}", "DELETE /x HTTP/1.1\r\n"},
        {"POST", NULL, "POST /x HTTP/1.1\r\n"},
        {"POST", "{\"a\":1}", "POST /x HTTP/1.1\r\n"},
        {"PUT", "{\"a\":1}", "PUT /x HTTP/1.1\r\n"},
        {"PATCH", "{\"a\":1}", "PATCH /x HTTP/1.1\r\n"},
    };
    const struct desk_answer script[] = {{.status = 204}};
    struct desk *d = desk_new(script, 1);
    struct http_client *c = client(5000, 0);
    char url[128];
    size_t n = 0;
    url_of(d, "/x", url);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (int once = 0; once < 2; once++) {
            struct http_response r;
            assert_int_equal(HTTP_ANSWERED, exchange(c, cases[i].method, url,
                                                     cases[i].body, once, &r));
            http_response_clear(&r);
            const char *got = desk_request(d, n++);
            if (strncmp(got, cases[i].head, strlen(cases[i].head)) != 0 ||
                strstr(got, "Expect:") != NULL ||
                (cases[i].body != NULL && strstr(got, cases[i].body) == NULL) ||
                (cases[i].body == NULL && strstr(got, "Content-Type") != NULL))
                fail_msg("case %zu: %s", i, got);
        }
    http_client_free(c);
    desk_free(d);
}

static void an_answer_cut_anywhere_is_known_as_cut(void **state)
{
    (void)state;
    const char whole[] = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"
                         "{\"a\":123}";
    struct http_client *c = client(5000, 0);
    for (size_t n = 0; n < sizeof whole - 1; n++) {
        const struct desk_answer script[] = {{.raw = whole, .cut = n + 1}};
        struct desk *d = desk_new(script, 1);
        struct http_response r;
        enum http_rc rc = exchange(c, "POST", desk_url(d), "{}", true, &r);
        if (rc != HTTP_CUT_OFF || r.body != NULL || r.why[0] == '\0')
            fail_msg("after %zu bytes: %d", n, (int)rc);
        assert_int_equal(1, desk_requests(d));
        http_response_clear(&r);
        desk_free(d);
    }
    http_client_free(c);
}

static void a_write_is_not_sent_twice_on_a_dead_connection(void **state)
{
    (void)state;
    static const char *const bodies[] = {"{\"name\":\"Ann\"}", NULL};
    for (size_t i = 0; i < 2; i++) {
        const struct desk_answer script[] = {{.status = 200}, {.vanish = true}};
        struct desk *d = desk_new(script, 2);
        struct http_client *c = client(5000, 0);
        struct http_response r;
        assert_int_equal(HTTP_ANSWERED,
                         exchange(c, "GET", desk_url(d), NULL, false, &r));
        http_response_clear(&r);
        /* The server acts on this one and dies before it answers. */
        assert_int_equal(HTTP_CUT_OFF,
                         exchange(c, "POST", desk_url(d), bodies[i], true, &r));
        http_response_clear(&r);
        assert_int_equal(2, desk_requests(d));
        http_client_free(c);
        desk_free(d);
    }
}

static void a_write_reuses_the_connection(void **state)
{
    (void)state;
    const struct desk_answer script[] = {{.status = 200}};
    struct desk *d = desk_new(script, 1);
    struct http_client *c = client(5000, 0);
    for (int i = 0; i < 5; i++) {
        struct http_response r;
        assert_int_equal(HTTP_ANSWERED,
                         exchange(c, "POST", desk_url(d), "{}", true, &r));
        http_response_clear(&r);
    }
    assert_int_equal(1, desk_connections(d));
    http_client_free(c);
    desk_free(d);
}

static void time_and_size_are_bounded(void **state)
{
    (void)state;
    const struct {
        const char *why;
        struct desk_answer answer;
        enum http_rc want;
    } cases[] = {
        {"hangs", {.status = 200, .slow_ms = 600}, HTTP_CUT_OFF},
        {"endless body", {.endless = true}, HTTP_TOO_LARGE},
        {"one byte too long",
         {.status = 200, .body = "12345678901"},
         HTTP_TOO_LARGE},
        {"just fits", {.status = 200, .body = "1234567890"}, HTTP_ANSWERED},
        {"no HTTP",
         {.raw = "SSH-2.0-x\r\n\r\n\r\n", .close = true},
         HTTP_CUT_OFF},
        {"lies about its length",
         {.raw = "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n{}",
          .close = true},
         HTTP_CUT_OFF},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct desk *d = desk_new(&cases[i].answer, 1);
        struct http_client *c = client(300, 10);
        struct http_response r;
        int64_t from = clock_span_ms();
        enum http_rc rc = exchange(c, "GET", desk_url(d), NULL, false, &r);
        if (rc != cases[i].want || clock_span_ms() - from > 2000)
            fail_msg("%s: %d", cases[i].why, (int)rc);
        http_response_clear(&r);
        http_client_free(c);
        desk_free(d);
    }
}

static void a_header_bomb_is_too_large(void **state)
{
    (void)state;
    char *raw = malloc(200000);
    size_t n = (size_t)snprintf(raw, 200000, "HTTP/1.1 200 OK\r\n");
    while (n < 150000)
        n += (size_t)snprintf(raw + n, 200000 - n, "X-%zu: abcdefgh\r\n", n);
    (void)snprintf(raw + n, 200000 - n, "\r\n");
    const struct desk_answer script[] = {{.raw = raw}};
    struct desk *d = desk_new(script, 1);
    struct http_client *c = client(3000, 0);
    struct http_response r;
    assert_int_equal(HTTP_TOO_LARGE,
                     exchange(c, "GET", desk_url(d), NULL, false, &r));
    http_response_clear(&r);
    http_client_free(c);
    desk_free(d);
    free(raw);
}

/* A port of loopback where nobody listens. */
static int closed_port(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    (void)bind(fd, (struct sockaddr *)&at, sizeof at);
    (void)getsockname(fd, (struct sockaddr *)&at, &size);
    (void)close(fd);
    return ntohs(at.sin_port);
}

static void what_never_left_is_known(void **state)
{
    (void)state;
    const struct desk_answer script[] = {{.status = 200}};
    struct desk *d = desk_new(script, 1);
    struct http_client *c = client(3000, 0);
    char refused[64], tls[64];
    (void)snprintf(refused, sizeof refused, "http://127.0.0.1:%d/",
                   closed_port());
    (void)snprintf(tls, sizeof tls, "https://%s/", desk_url(d) + 7);
    const struct {
        const char *url;
        bool hopeless;
    } cases[] = {
        {refused, false},
        {"https://no-such-host.invalid/", false},
        {tls, false},
        {"http://desk.example/", true},
        {"http://127.0.0.1@desk.example/", true},
        {"http://127.1/", true},
        {"ftp://127.0.0.1/", true},
        {"file:///etc/passwd", true},
        {"http://127.0.0.1/a b", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct http_response r;
        enum http_rc rc = exchange(c, "POST", cases[i].url, "{}", true, &r);
        if (rc != HTTP_NOT_SENT || r.hopeless != cases[i].hopeless ||
            r.status != 0 || r.why[0] == '\0')
            fail_msg("%s: %d %s", cases[i].url, (int)rc, r.why);
        http_response_clear(&r);
    }
    assert_int_equal(0, desk_requests(d));
    http_client_free(c);
    desk_free(d);
}

static void a_deadline_passes_before_the_total(void **state)
{
    (void)state;
    const struct desk_answer script[] = {{.status = 200, .slow_ms = 1500}};
    struct desk *d = desk_new(script, 1);
    struct http_client *c = client(10000, 0);
    const struct http_transport t = http_client_transport(c);
    struct http_response r = {0};
    struct http_request q = {.method = "GET", .url = desk_url(d)};
    q.deadline_ms = clock_span_ms() + 200;
    int64_t from = clock_span_ms();
    assert_int_equal(HTTP_CUT_OFF, t.send(t.ctx, &q, &r));
    assert_in_range(clock_span_ms() - from, 100, 1200);
    http_response_clear(&r);
    q.deadline_ms = clock_span_ms() - 1;
    assert_int_equal(HTTP_NOT_SENT, t.send(t.ctx, &q, &r));
    http_response_clear(&r);
    http_client_free(c);
    desk_free(d);
}

static void a_line_break_leaves_no_header(void **state)
{
    (void)state;
    const struct desk_answer script[] = {{.status = 200}};
    struct desk *d = desk_new(script, 1);
    struct http_client *c = client(3000, 0);
    const struct http_transport t = http_client_transport(c);
    struct http_header bad = {(char *)"X", (char *)"a\r\nEvil: 1"};
    const struct http_request q = {.method = "GET",
                                   .url = desk_url(d),
                                   .headers = &bad,
                                   .header_count = 1};
    struct http_response r = {0};
    assert_int_equal(HTTP_NOT_SENT, t.send(t.ctx, &q, &r));
    assert_int_equal(0, desk_requests(d));
    http_response_clear(&r);
    http_client_free(c);
    desk_free(d);
}

struct worker {
    struct http_client *client;
    const char *url;
    int answered;
};

static void *work(void *ctx)
{
    struct worker *w = ctx;
    for (int i = 0; i < 20; i++) {
        struct http_response r;
        w->answered += exchange(w->client, "PUT", w->url, "{}", false, &r) ==
                       HTTP_ANSWERED;
        http_response_clear(&r);
    }
    return NULL;
}

static void threads_share_a_client(void **state)
{
    (void)state;
    const struct desk_answer script[] = {{.status = 200, .body = "[]"}};
    struct desk *d = desk_new(script, 1);
    struct http_client *c = client(5000, 0);
    struct worker workers[8];
    pthread_t threads[8];
    for (int i = 0; i < 8; i++) {
        workers[i] = (struct worker){c, desk_url(d), 0};
        (void)pthread_create(&threads[i], NULL, work, &workers[i]);
    }
    for (int i = 0; i < 8; i++) {
        (void)pthread_join(threads[i], NULL);
        assert_int_equal(20, workers[i].answered);
    }
    assert_in_range(desk_connections(d), 1, 8);
    http_client_free(c);
    desk_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_comes_whole),
        cmocka_unit_test(each_method_goes_out_as_meant),
        cmocka_unit_test(an_answer_cut_anywhere_is_known_as_cut),
        cmocka_unit_test(a_write_is_not_sent_twice_on_a_dead_connection),
        cmocka_unit_test(a_write_reuses_the_connection),
        cmocka_unit_test(time_and_size_are_bounded),
        cmocka_unit_test(a_header_bomb_is_too_large),
        cmocka_unit_test(what_never_left_is_known),
        cmocka_unit_test(a_deadline_passes_before_the_total),
        cmocka_unit_test(a_line_break_leaves_no_header),
        cmocka_unit_test(threads_share_a_client),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
