/* Promises: the operations of a bulk request are done in an order in which all
 * of them can be, each is answered, and what the bridge cannot begin in time
 * says so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "test/bridge/desk.h"

#define REQUEST                                                                \
    "{'schemas':['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],"        \
    "'Operations':[%s]}"
#define BULK(d, ...) desk_write(d, BRIDGE_BULK, "User", NULL, __VA_ARGS__)
#define USER(bulk_id, name, more)                                              \
    "{'method':'POST','path':'/Users','bulkId':'" bulk_id                      \
    "','data':{" USER_SCHEMAS ",'userName':'" name "@example.com',"            \
    "'emails':[{'value':'" name "@example.com','type':'work'}]" more "}}"
#define MANAGER(who)                                                           \
    ",'" SCIM_URN_ENTERPRISE "':{'manager':{'value':'" who "'}}"
#define GROUP(bulk_id, name, members)                                          \
    "{'method':'POST','path':'/Groups','bulkId':'" bulk_id                     \
    "','data':{" GROUP_SCHEMAS ",'displayName':'" name "','members':[" members \
    "]}}"

static int setup(void **state)
{
    static struct desk d;
    desk_open(&d, NULL);
    *state = &d;
    return 0;
}

static int teardown(void **state)
{
    desk_close(*state);
    return 0;
}

/* "201 201:b 400!invalidValue" of the last answer: status, bulkId, error. */
static const char *results(struct desk *d)
{
    static char text[2000];
    size_t i, len = 0;
    json_t *one;
    text[0] = '\0';
    json_array_foreach (json_object_get(d->body, "Operations"), i, one) {
        const char *id = json_string_value(json_object_get(one, "bulkId"));
        const char *why = json_string_value(
            json_object_get(json_object_get(one, "response"), "scimType"));
        len += (size_t)snprintf(
            text + len, sizeof text - len, "%s%s%s%s%s%s", i > 0 ? " " : "",
            json_string_value(json_object_get(one, "status")),
            id != NULL ? ":" : "", id != NULL ? id : "", why != NULL ? "!" : "",
            why != NULL ? why : "");
    }
    return text;
}

/* clang-format off */
static const struct {
    const char *why, *operations, *want;
} orders[] = {
    {"nothing", "", ""},
    {"a reference backwards",
     USER("a", "ann", "") "," GROUP("g", "G", "{'value':'bulkId:a'}"),
     "201:a 201:g"},
    {"a reference forwards",
     GROUP("g", "G", "{'value':'bulkId:a'}") "," USER("a", "ann", ""),
     "201:g 201:a"},
    {"a chain that stands on its head",
     USER("a", "ann", MANAGER("bulkId:b")) "," USER("b", "bob", MANAGER("bulkId:c"))
     "," USER("c", "cid", ""), "201:a 201:b 201:c"},
    {"a circle of one", USER("a", "ann", MANAGER("bulkId:a")), "201:a"},
    {"a circle, and somebody who looks at it",
     USER("x", "xen", MANAGER("bulkId:a")) "," USER("a", "ann", MANAGER("bulkId:b"))
     "," USER("b", "bob", MANAGER("bulkId:a")), "201:x 201:a 201:b"},
    {"groups in groups",
     GROUP("g", "G", "{'value':'bulkId:h'}") "," GROUP("h", "H", "{'value':'bulkId:g'}"),
     "400:g!invalidValue 400:h!invalidValue"},
    {"a circle that one of them breaks",
     USER("a", "ann", MANAGER("bulkId:b")) ","
     "{'method':'POST','path':'/Users','bulkId':'b','data':{'schemas':[],"
     "'manager':'bulkId:a'}}", "409:a 400:b!invalidSyntax"},
    {"a name that is nobody's", GROUP("g", "G", "{'value':'bulkId:z'}"),
     "400:g!invalidValue"},
    {"the same bulkId twice", USER("a", "ann", "") "," USER("a", "bob", ""),
     "201:a 400:a!invalidSyntax"},
    {"a DELETE of what is created behind it",
     "{'method':'DELETE','path':'/Users/bulkId:a'}," USER("a", "ann", ""),
     "204 201:a"},
    {"no operations at all", "1,null,[],{}",
     "400!invalidSyntax 400!invalidSyntax 400!invalidSyntax 400!invalidSyntax"},
};
/* clang-format on */

static void operations_find_their_order(void **state)
{
    struct desk *d = *state;
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
        desk_close(d);
        desk_open(d, NULL);
        int status = BULK(d, REQUEST, orders[i].operations);
        if (status != 200 || strcmp(results(d), orders[i].want) != 0)
            fail_msg("%s: %d %s", orders[i].why, status,
                     d->reply.body != NULL ? d->reply.body : "");
        assert_int_equal(desk_open_entries(d), 0);
    }
}

static void a_circle_is_closed(void **state)
{
    struct desk *d = *state;
    assert_int_equal(BULK(d, REQUEST,
                          USER("a", "ann",
                               MANAGER("bulkId:b") ",'title':'Boss'") //
                          "," USER("b", "bob", MANAGER("bulkId:a"))),
                     200);
    assert_int_equal(desk_count(d, "User", SCIM_URN_ENTERPRISE ":manager pr"),
                     2);
    assert_int_equal(desk_count(d, "User",
                                "title eq \"Boss\" and " SCIM_URN_ENTERPRISE
                                ":manager pr"),
                     1);
}

static void a_bridge_that_stops_begins_nothing(void **state)
{
    struct desk *d = *state;
    atomic_store(&d->bridge->stopping, true);
    assert_int_equal(BULK(d, REQUEST, USER("a", "ann", "")), 200);
    assert_string_equal(results(d), "503:a");
    atomic_store(&d->bridge->stopping, false);
    assert_int_equal(desk_count(d, "User", "userName sw \"ann\""), 0);
}

static void what_is_no_bulk_request_is_refused(void **state)
{
    static const char *const bodies[] = {
        "", "[]", "{}", "{'schemas':['x'],'Operations':[]}",
        "{'schemas':['urn:ietf:params:scim:api:messages:2.0:BulkRequest']}"};
    struct desk *d = *state;
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        assert_int_equal(BULK(d, "%s", bodies[i]), 400);
        assert_string_equal(desk_text(d, "scimType"), "invalidSyntax");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(operations_find_their_order, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_circle_is_closed, setup, teardown),
        cmocka_unit_test_setup_teardown(a_bridge_that_stops_begins_nothing,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_no_bulk_request_is_refused,
                                        setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
