/* Promises: whom a PATCH of members names is found where it names them all,
 * and never where it says anything else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "bridge/group_delta.h"

/* clang-format off */
static const struct {
    const char *operations, *ids; /* NULL: all members count */
} cases[] = {
    {"{'op':'add','path':'members','value':[{'value':'a'},{'value':'b'}]}", "{'a':true,'b':true}"},
    {"{'op':'Add','path':'members','value':{'value':'a'}}", "{'a':true}"},
    {"{'op':'remove','path':'members','value':[{'value':'a'}]}", "{'a':true}"},
    {"{'op':'remove','path':'members[value eq \\\"a\\\"]'}", "{'a':true}"},
    {"{'op':'Remove','path':'Members[Value EQ \\\"a\\\"]'}", "{'a':true}"},
    {"{'op':'add','path':'members','value':[{'value':'a'}]},{'op':'remove','path':'members[value eq \\\"b\\\"]'}", "{'a':true,'b':true}"},
    {"{'op':'remove','path':'members'}", NULL},
    {"{'op':'remove','path':'members','value':null}", NULL},
    {"{'op':'remove','path':'members','value':[]}", NULL},
    {"{'op':'replace','path':'members','value':[{'value':'a'}]}", NULL},
    {"{'op':'add','value':{'members':[{'value':'a'}]}}", NULL},
    {"{'op':'add','path':'members','value':['a']}", NULL},
    {"{'op':'add','path':'members','value':[[{'value':'a'}]]}", NULL},
    {"{'op':'add','path':'members','value':[{'value':7}]}", NULL},
    {"{'op':'add','path':'members','value':[{'value':''}]}", NULL},
    {"{'op':'add','path':'members','value':'[]'}", NULL},
    {"{'op':'add','path':'displayName','value':'x'}", NULL},
    {"{'op':'add','path':'members','value':[{'value':'a'}]},{'op':'replace','path':'displayName','value':'x'}", NULL},
    {"{'op':'remove','path':'members[value eq \\\"a\\\" or display eq \\\"b\\\"]'}", NULL},
    {"{'op':'remove','path':'members[value ne \\\"a\\\"]'}", NULL},
    {"{'op':'remove','path':'members[value eq \\\"a\\\"].display'}", NULL},
    {"{'op':'add','path':'members[value eq \\\"a\\\"]','value':{'display':'x'}}", NULL},
    {"{'op':'remove','path':'members[value eq \\\"a\\\\\\\\\\\"]'}", NULL},
    {"'add'", NULL},
    {"", NULL},
};
/* clang-format on */

/* JSON from a text with single quotes. */
static json_t *parse(const char *before, const char *text, const char *after)
{
    char whole[1024];
    (void)snprintf(whole, sizeof whole, "%s%s%s", before, text, after);
    for (char *c = whole; *c != '\0'; c++)
        if (*c == '\'')
            *c = '"';
    json_t *value = json_loads(whole, 0, NULL);
    if (value == NULL)
        fail_msg("no JSON: %s", whole);
    return value;
}

static void names_are_found_where_all_are_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        json_t *body = parse("{'Operations':[", cases[i].operations, "]}");
        json_t *ids = group_delta_ids(body);
        json_t *want =
            cases[i].ids == NULL ? NULL : parse("", cases[i].ids, "");
        if ((ids == NULL) != (want == NULL) ||
            (ids != NULL && json_equal(ids, want) == 0))
            fail_msg("%s", cases[i].operations);
        json_decref(body);
        json_decref(ids);
        json_decref(want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_found_where_all_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
