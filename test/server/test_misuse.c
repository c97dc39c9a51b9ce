/* Promises: over a real socket every request gets its right status, the SCIM
 * error body, a request id and a log line, whatever was wrong with it; and the
 * next request works. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "test/server/client.h"
#include "test/server/expect.h"
#include "test/server/fixture.h"

static int start(void **state)
{
    static struct fixture f;
    fixture_start(&f, "");
    *state = &f;
    return 0;
}

static int stop(void **state)
{
    fixture_stop(*state);
    return 0;
}

/* ---- misuse ---------------------------------------------------------------
 */

enum who { NOBODY, WRITER, READER, OTHER, EXPIRED, ADMIN, WRONG, BASIC };

static const char *header_of(const struct fixture *f, enum who who)
{
    switch (who) {
    case WRITER:
        return f->writer;
    case READER:
        return f->reader;
    case OTHER:
        return f->other;
    case EXPIRED:
        return f->expired;
    case ADMIN:
        return f->admin;
    case WRONG:
        return "Authorization: Bearer scimb_wrong\r\n";
    case BASIC:
        return "Authorization: Basic YTpi\r\n";
    case NOBODY:
        break;
    }
    return "";
}

static const struct {
    const char *why;
    enum who who;
    const char *method, *target, *body;
    int status;
    const char *header, *value; /* the answer has it; NULL: not looked at */
    const char *logged;
} misuse[] = {
    {"no token", NOBODY, "GET", "/scim/v2/Users", NULL, 401, "WWW-Authenticate",
     "Bearer realm=\"scim\"", "reason=\"no token\""},
    {"wrong token", WRONG, "GET", "/scim/v2/Users", NULL, 401,
     "WWW-Authenticate", "Bearer realm=\"scim\", error=\"invalid_token\"",
     "reason=\"token unknown\""},
    {"basic", BASIC, "GET", "/scim/v2/Users", NULL, 401, "WWW-Authenticate",
     "Bearer realm=\"scim\"", "status=401"},
    {"expired token", EXPIRED, "GET", "/scim/v2/Users", NULL, 401,
     "WWW-Authenticate", "Bearer realm=\"scim\", error=\"invalid_token\"",
     "reason=\"token expired\""},
    {"read-only token", READER, "POST", "/scim/v2/Users", "{}", 403, NULL, NULL,
     "reason=\"read-only token\""},
    {"read-only token deletes", READER, "DELETE", "/scim/v2/Users/1", NULL, 403,
     NULL, NULL, "token=reader"},
    {"unknown target", WRITER, "GET", "/nobody/scim/v2/Users", NULL, 404, NULL,
     NULL, "reason=\"unknown target\""},
    {"another's target", OTHER, "GET", "/scim/v2/Users", NULL, 404, NULL, NULL,
     "reason=\"token of another target\""},
    {"unknown path", WRITER, "GET", "/scim/v2/nowhere", NULL, 404, NULL, NULL,
     "reason=\"unknown path\""},
    {"no such place", NOBODY, "GET", "/nowhere", NULL, 404, NULL, NULL,
     "path=/nowhere status=404"},
    {"unknown path without token", NOBODY, "GET", "/scim/v2/nowhere", NULL, 401,
     NULL, NULL, "status=401"},
    {"wrong method", WRITER, "DELETE", "/scim/v2/Users", NULL, 405, "Allow",
     "GET, HEAD, POST, OPTIONS", "reason=\"method not allowed\""},
    {"discovery is read only", WRITER, "DELETE", "/scim/v2/Schemas", NULL, 405,
     "Allow", "GET, HEAD, OPTIONS", "status=405"},
    {"version 1", WRITER, "GET", "/scim/v1/Users", NULL, 400, NULL, NULL,
     "reason=\"unknown version\""},
    {"Me", WRITER, "GET", "/scim/v2/Me", NULL, 501, NULL, NULL, "status=501"},
    {"Bulk by a reader", READER, "POST", "/scim/v2/Bulk", "{}", 403, NULL, NULL,
     "reason=\"read-only token\""},
    {"NUL in the query", WRITER, "GET", "/scim/v2/Users?filter=a%00", NULL, 400,
     NULL, NULL, "status=400"},
    {"NUL in the path", WRITER, "GET", "/scim/v2/Users/%00", NULL, 400, NULL,
     NULL, "status=400"},
    {"filter on discovery", WRITER, "GET", "/scim/v2/Schemas?filter=a", NULL,
     403, NULL, NULL, "status=403"},
    {"no such schema", WRITER, "GET", "/scim/v2/Schemas/urn:x:y", NULL, 404,
     NULL, NULL, "status=404"},
    {"console without admin token", WRITER, "GET", "/admin/api/targets", NULL,
     403, NULL, NULL, "reason=\"not an admin token\""},
    {"console without token", NOBODY, "GET", "/admin/api/tasks", NULL, 401,
     NULL, NULL, "status=401"},
};

static void misuse_is_answered_logged_and_survived(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof misuse / sizeof misuse[0]; i++) {
        struct answer a;
        client_ask(f->port, misuse[i].method, misuse[i].target,
                   header_of(f, misuse[i].who), misuse[i].body, &a);
        expect_error(misuse[i].why, &a, misuse[i].status);
        if (misuse[i].header != NULL) {
            char *value = client_header(&a, misuse[i].header);
            if (value == NULL || strcmp(value, misuse[i].value) != 0)
                fail_msg("%s: %s: %s", misuse[i].why, misuse[i].header, value);
            free(value);
        }
        client_clear(&a);
        expect_log(f, misuse[i].why, misuse[i].logged);
        expect_works(f, misuse[i].why);
        free(fixture_log(f));
    }
}

static void other_content_types_are_refused(void **state)
{
    struct fixture *f = *state;
    struct answer a;
    char head[256];
    (void)snprintf(head, sizeof head,
                   "%sContent-Type: text/xml\r\nContent-Length: 3\r\n",
                   f->writer);
    int fd = client_dial(f->port);
    client_say(fd, "POST /scim/v2/Users HTTP/1.1\r\nHost: x\r\n");
    client_say(fd, head);
    client_say(fd, "Connection: close\r\n\r\n<a>");
    client_read(fd, &a);
    expect_error("text/xml", &a, 415);
    client_clear(&a);
    expect_works(f, "text/xml");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(misuse_is_answered_logged_and_survived),
        cmocka_unit_test(other_content_types_are_refused),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
