/* Promises: when memory runs out at any point of the way, the answer is an
 * error or the right result, and nothing leaks or breaks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scim/discovery.h"
#include "scim/project.h"
#include "scim/resource.h"
#include "test/scim/given.h"

/* jansson's allocations until the one that fails; negative: none does. */
static int countdown = -1;
static bool once; /* the ones after it succeed again */
static bool failed;

static void *failing_malloc(size_t size)
{
    if (countdown == 0) {
        failed = true;
        countdown = once ? -1 : 0;
        return NULL;
    }
    if (countdown > 0)
        countdown--;
    return malloc(size);
}

/* clang-format off */
#define BODY                                                                   \
    "{'schemas':['@U'],'userName':'n','active':'True','name':{'givenName':'a'}," \
    "'emails':[{'value':'a','type':'work'},{'value':'a','type':'work','display':'A'}]," \
    "'roles':[{'value':'{\\'value\\':\\'25\\',\\'displayName\\':\\'Admin\\'}'},{'displayName':'x','value':'y'}]," \
    "'@E':{'manager':['7']},'@H':{'desk':{'shift':'late'}}}"
#define CURRENT                                                                \
    "{'schemas':['@U','@H'],'id':'1','userName':'n','active':true,"            \
    "'emails':[{'value':'a'},{'value':'b'}],'groups':[{'value':'g'}],"         \
    "'@E':{'manager':{'value':'7','displayName':'M'}},'@H':{'state':'linked'},'meta':{'version':'1'}}"
/* clang-format on */

enum step {
    CREATE,
    REPLACE,
    REPLACE_GROUP,
    CANONICAL,
    PROJECT,
    CONFIG,
    TYPES,
    SCHEMAS,
    STEPS
};

struct given_things {
    const struct scim_model *model;
    const struct scim_type *user, *group;
    json_t *body, *current, *team;
    struct scim_projection *projection;
};

static json_t *take(enum step step, const struct given_things *g,
                    struct scim_error *err)
{
    static const struct scim_service service = {.cursor = true,
                                                .documentation = "https://x"};
    switch (step) {
    case CREATE:
        return scim_create(g->user, g->body, NULL, err);
    case REPLACE:
        return scim_replace(g->user, g->current, g->body, NULL, err);
    case REPLACE_GROUP:
        return scim_replace(g->group, g->team, g->team, NULL, err);
    case CANONICAL:
        return scim_canonical(g->user, g->current);
    case PROJECT:
        return scim_project(g->user, g->current, g->projection);
    case CONFIG:
        return scim_service_config(&service, "https://x");
    case TYPES:
        return scim_resource_types(g->model, "https://x");
    case SCHEMAS:
        return scim_schemas(g->model, "https://x");
    case STEPS:
        break;
    }
    return NULL;
}

static bool reports_errors(enum step step)
{
    return step == CREATE || step == REPLACE || step == REPLACE_GROUP;
}

/* Fails the first allocation, then the second, ... until none failed. */
static void starve(enum step step, const struct given_things *g)
{
    struct scim_error none = {0};
    json_t *want = take(step, g, &none);
    assert_non_null(want);
    bool done = false;
    for (int n = 0; !done; n++) {
        struct scim_error err = {0};
        assert_true(n < 100000);
        failed = false;
        countdown = n;
        json_t *r = take(step, g, &err);
        done = !failed;
        countdown = -1;
        if (r == NULL && reports_errors(step))
            assert_int_equal(err.status, 500);
        if ((done || r != NULL) && !json_equal(r, want))
            fail_msg("step %d, allocation %d: another result", (int)step, n);
        json_decref(r);
    }
    json_decref(want);
}

static void running_out_of_memory_is_an_error_and_no_more(void **state)
{
    (void)state;
    struct scim_error err = {0};
    json_set_alloc_funcs(failing_malloc, free);
    struct scim_model *m = given_model();
    struct given_things g = {
        .model = m,
        .user = given_type(m, "User"),
        .group = given_type(m, "Group"),
        .body = given(BODY),
        .current = given(CURRENT),
        .team = given("{'schemas':['@G'],'id':'9','displayName':'T','members':["
                      "{'value':'a','display':'A'},{'value':'b'}]}"),
    };
    assert_true(scim_projection_parse(g.user, "name,emails.value,manager.value",
                                      NULL, &g.projection, &err));
    for (int step = 0; step < STEPS * 2; step++) {
        if (step == STEPS) {
            once = true;
            /* jansson's parser cannot tell want of memory from a text that is
             * no JSON, so a text that may be JSON is left out here. */
            json_object_del(g.body, "roles");
        }
        starve((enum step)(step % STEPS), &g);
    }
    once = false;
    scim_projection_free(g.projection);
    json_decref(g.body);
    json_decref(g.current);
    json_decref(g.team);
    scim_model_free(m);
    json_set_alloc_funcs(malloc, free);
}

static void a_model_without_memory_is_none(void **state)
{
    (void)state;
    json_set_alloc_funcs(failing_malloc, free);
    json_t *documents = scim_schema_shipped();
    bool done = false;
    /* Every 7th only: there are thousands of allocations. */
    for (int n = 0; !done; n += 7) {
        struct scim_error err = {0};
        failed = false;
        countdown = n;
        struct scim_model *m = scim_model_new(documents, &err);
        done = !failed;
        countdown = -1;
        assert_true(m != NULL ? done : err.status == 500);
        scim_model_free(m);
    }
    json_decref(documents);
    json_set_alloc_funcs(malloc, free);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(running_out_of_memory_is_an_error_and_no_more),
        cmocka_unit_test(a_model_without_memory_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
