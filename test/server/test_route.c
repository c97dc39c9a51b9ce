/* Promises: every address leads where the table says, whatever the slashes,
 * and everything else has its own refusal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "server/route.h"

static const struct {
    const char *method, *path;
    enum route_id id;
    const char *target, *param;
    enum route_access access;
} found[] = {
    {"GET", "/healthz", ROUTE_HEALTH, "", NULL, ROUTE_OPEN},
    {"GET", "/scim/v2/Users", ROUTE_LIST, "", NULL, ROUTE_READ},
    {"HEAD", "/scim/v2/Users", ROUTE_LIST, "", NULL, ROUTE_READ},
    {"GET", "/scim/v2/Users/", ROUTE_LIST, "", NULL, ROUTE_READ},
    {"GET", "//scim//v2///Users//", ROUTE_LIST, "", NULL, ROUTE_READ},
    {"GET", "/scim/Users", ROUTE_LIST, "", NULL, ROUTE_READ},
    {"GET", "/scim/v2/users", ROUTE_LIST, "", NULL, ROUTE_READ},
    {"GET", "/sales/scim/v2/Users", ROUTE_LIST, "sales", NULL, ROUTE_READ},
    {"GET", "/sales/scim/Users", ROUTE_LIST, "sales", NULL, ROUTE_READ},
    {"POST", "/scim/v2/Users", ROUTE_CREATE, "", NULL, ROUTE_WRITE},
    {"GET", "/scim/v2/Users/abc", ROUTE_READ_ONE, "", "abc", ROUTE_READ},
    {"GET", "/scim/v2/Users/a%2Fb", ROUTE_READ_ONE, "", "a/b", ROUTE_READ},
    {"GET", "/scim/v2/Users/a+b%zz", ROUTE_READ_ONE, "", "a+b%zz", ROUTE_READ},
    {"PUT", "/scim/v2/Groups/g", ROUTE_REPLACE, "", "g", ROUTE_WRITE},
    {"PATCH", "/scim/v2/Groups/g", ROUTE_PATCH_ONE, "", "g", ROUTE_WRITE},
    {"DELETE", "/scim/v2/Groups/g", ROUTE_DELETE_ONE, "", "g", ROUTE_WRITE},
    {"POST", "/scim/v2/Users/.search", ROUTE_SEARCH, "", NULL, ROUTE_READ},
    {"POST", "/scim/v2/.search", ROUTE_ROOT_SEARCH, "", NULL, ROUTE_READ},
    {"GET", "/scim/v2", ROUTE_ROOT_LIST, "", NULL, ROUTE_READ},
    {"GET", "/scim/v2/", ROUTE_ROOT_LIST, "", NULL, ROUTE_READ},
    {"GET", "/scim/v2/ServiceProviderConfig", ROUTE_SERVICE_CONFIG, "", NULL,
     ROUTE_OPEN},
    {"GET", "/scim/v2/Schemas/urn:a:b", ROUTE_SCHEMA, "", "urn:a:b",
     ROUTE_READ},
    {"GET", "/scim/v2/ResourceTypes/User", ROUTE_RESOURCE_TYPE, "", "User",
     ROUTE_READ},
    {"GET", "/scim/v2/Me", ROUTE_NOT_OFFERED, "", NULL, ROUTE_READ},
    {"DELETE", "/scim/v2/Me", ROUTE_NOT_OFFERED, "", NULL, ROUTE_READ},
    {"POST", "/scim/v2/Bulk", ROUTE_BULK, "", NULL, ROUTE_WRITE},
    {"GET", "/admin/api/tasks", ROUTE_ADMIN_TASKS, "", NULL, ROUTE_ADMIN},
    {"GET", "/admin/api/tasks/t1", ROUTE_ADMIN_TASK, "", "t1", ROUTE_ADMIN},
    {"POST", "/admin/api/tasks/t1/done", ROUTE_ADMIN_TASK_DONE, "", "t1",
     ROUTE_ADMIN},
    {"POST", "/admin/api/tasks/t1/cancel", ROUTE_ADMIN_TASK_CANCEL, "", "t1",
     ROUTE_ADMIN},
    {"POST", "/admin/api/users/u1/resend", ROUTE_ADMIN_USER_RESEND, "", "u1",
     ROUTE_ADMIN},
    {"POST", "/admin/api/targets/sales/sync", ROUTE_ADMIN_SYNC, "", "sales",
     ROUTE_ADMIN},
};

static const struct {
    const char *method, *path;
    enum route_result want;
    const char *allow; /* NULL: not looked at */
} refused[] = {
    {"GET", "/", ROUTE_NO_PATH, NULL},
    {"GET", "/nowhere", ROUTE_NO_PATH, NULL},
    {"GET", "/scim/v2/nowhere", ROUTE_NO_PATH, NULL},
    {"GET", "/scim/v2/Users/a/b", ROUTE_NO_PATH, NULL},
    {"POST", "/scim/v2/Schemas/.search", ROUTE_NO_PATH, NULL},
    {"GET", "/a/b/c/d/e/f/g/h/i/j", ROUTE_NO_PATH, NULL},
    {"GET", "/scim/v1/Users", ROUTE_BAD_VERSION, NULL},
    {"GET", "/scim/v3", ROUTE_BAD_VERSION, NULL},
    {"GET", "/sales/scim/v1/Users", ROUTE_BAD_VERSION, NULL},
    {"GET", "/scim/v2/Users/a%00b", ROUTE_BAD_PATH, NULL},
    {"GET", "/scim/v2/Users/%ff", ROUTE_BAD_PATH, NULL},
    {"DELETE", "/scim/v2/Users", ROUTE_NO_METHOD, "GET, HEAD, POST, OPTIONS"},
    {"POST", "/scim/v2/Users/1", ROUTE_NO_METHOD,
     "GET, HEAD, PUT, PATCH, DELETE, OPTIONS"},
    {"GET", "/scim/v2/Users/.search", ROUTE_NO_METHOD, "POST, OPTIONS"},
    {"POST", "/scim/v2/Schemas", ROUTE_NO_METHOD, "GET, HEAD, OPTIONS"},
    {"GET", "/scim/v2/Bulk", ROUTE_NO_METHOD, "POST, OPTIONS"},
    {"BREW", "/scim/v2/Users", ROUTE_NO_METHOD, "GET, HEAD, POST, OPTIONS"},
    {"OPTIONS", "/scim/v2/Users", ROUTE_ASKED, "GET, HEAD, POST, OPTIONS"},
    {"OPTIONS", "/healthz", ROUTE_ASKED, "GET, HEAD, OPTIONS"},
};

static void addresses_lead_where_the_table_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof found / sizeof found[0]; i++) {
        struct route_match m;
        enum route_result got = route_find(found[i].method, found[i].path,
                                           strlen(found[i].path), &m);
        bool same_param =
            found[i].param == NULL
                ? m.param == NULL
                : m.param != NULL && strcmp(m.param, found[i].param) == 0;
        if (got != ROUTE_FOUND || m.id != found[i].id ||
            m.access != found[i].access ||
            strcmp(m.target, found[i].target) != 0 || !same_param)
            fail_msg("%s %s: result %d id %d target %s", found[i].method,
                     found[i].path, got, m.id, m.target);
    }
}

static void all_else_is_refused_each_in_its_way(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct route_match m;
        char allow[ROUTE_ALLOW_SIZE];
        enum route_result got = route_find(refused[i].method, refused[i].path,
                                           strlen(refused[i].path), &m);
        route_allow_text(m.allow, allow);
        if (got != refused[i].want ||
            (refused[i].allow != NULL && strcmp(allow, refused[i].allow) != 0))
            fail_msg("%s %s: result %d, Allow: %s", refused[i].method,
                     refused[i].path, got, allow);
    }
}

static void a_path_without_end_is_no_path(void **state)
{
    static char path[100000];
    struct route_match m;
    (void)state;
    memset(path, '/', sizeof path);
    assert_int_equal(route_find("GET", path, sizeof path, &m), ROUTE_NO_PATH);
    memset(path, 'a', sizeof path);
    assert_int_equal(route_find("GET", path, sizeof path, &m), ROUTE_NO_PATH);
    assert_int_equal(route_find("GET", path, ROUTE_MAX_PATH - 1, &m),
                     ROUTE_NO_PATH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_lead_where_the_table_says),
        cmocka_unit_test(all_else_is_refused_each_in_its_way),
        cmocka_unit_test(a_path_without_end_is_no_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
