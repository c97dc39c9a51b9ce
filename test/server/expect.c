#include "test/server/expect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

void expect_error(const char *why, const struct answer *a, int status)
{
    char text[8];
    json_t *body = client_json(a);
    char *type = client_header(a, "Content-Type");
    char *id = client_header(a, "X-Request-Id");
    (void)snprintf(text, sizeof text, "%d", status);
    const char *said = json_string_value(json_object_get(body, "status"));
    const char *urn =
        json_string_value(json_array_get(json_object_get(body, "schemas"), 0));
    if (a->status != status || said == NULL || strcmp(said, text) != 0 ||
        urn == NULL ||
        strcmp(urn, "urn:ietf:params:scim:api:messages:2.0:Error") != 0 ||
        json_string_value(json_object_get(body, "detail")) == NULL ||
        type == NULL || strcmp(type, "application/scim+json") != 0 ||
        id == NULL)
        fail_msg("%s: wanted %d, got %s", why, status,
                 a->text.data == NULL ? "nothing" : a->text.data);
    free(type);
    free(id);
    json_decref(body);
}

void expect_log(struct fixture *f, const char *why, const char *part)
{
    char *log = fixture_log(f);
    if (strstr(log, part) == NULL)
        fail_msg("%s: the log lacks \"%s\": %s", why, part, log);
    free(log);
}

void expect_works(struct fixture *f, const char *why)
{
    struct answer a;
    client_ask(f->port, "GET", "/scim/v2/Users", f->writer, NULL, &a);
    if (a.status != 200)
        fail_msg("after %s: %d", why, a.status);
    client_clear(&a);
}
