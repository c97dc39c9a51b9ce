/* Promises: each operation does what RFC 7644 section 3.5.2 says, or what the
 * client that sends it means; one error, and the resource is as before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "scim/patch.h"
#include "scim/resource.h"
#include "test/scim/chance.h"
#include "test/scim/given.h"
#include "test/scim/patch_cases.h"

static struct scim_model *model;

/* ---- the table ----------------------------------------------------------- */

static json_t *person(const char *name, const struct scim_type **type)
{
    size_t i = 0;
    while (strcmp(patch_people[i].name, name) != 0)
        i++;
    *type = given_type(model, patch_people[i].type);
    return given(patch_people[i].json);
}

static json_t *body_of(const char *operations)
{
    json_t *body = given("{'schemas':["
                         "'urn:ietf:params:scim:api:messages:2.0:PatchOp']}");
    json_object_set_new(body, "Operations", given(operations));
    return body;
}

static void show(const char *label, const json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    print_error("  %s %s\n", label, text == NULL ? "nothing" : text);
    free(text);
}

/* Every member of `want` is what the result says. */
static bool says(const struct scim_type *type, const json_t *result,
                 const json_t *want)
{
    const char *key = NULL;
    const json_t *value = NULL;
    bool ok = true;
    json_object_foreach ((json_t *)want, key, value) {
        const struct scim_attr *attr = NULL;
        const struct scim_schema *schema = NULL;
        assert_true(scim_attr_find(type, key, strlen(key), &attr, &schema));
        const json_t *is = scim_value(result, attr);
        if (json_is_null(value) ? is == NULL : json_equal(is, value))
            continue;
        ok = false;
        show(key, is);
    }
    return ok;
}

/* PATCH brings forth canonical form. */
static bool is_canonical(const struct scim_type *type, const json_t *result)
{
    json_t *again = scim_canonical(type, result);
    char *a = json_dumps(result, 0), *b = json_dumps(again, 0);
    bool same = strcmp(a, b) == 0;
    free(a);
    free(b);
    json_decref(again);
    return same;
}

static bool is_wanted(const struct patch_case *c, const struct scim_type *type,
                      const json_t *current, const json_t *result)
{
    char *text = given_text(c->want);
    bool same = strcmp(text, "=") == 0;
    free(text);
    if (scim_equal(type, current, result) != same || same)
        return same && scim_equal(type, current, result);
    json_t *want = given(c->want);
    bool ok = says(type, result, want);
    json_decref(want);
    return ok;
}

static bool holds(const struct patch_case *c,
                  const struct scim_tolerance *tolerance)
{
    const struct scim_type *type = NULL;
    struct scim_error err = {0};
    json_t *current = person(c->who, &type);
    json_t *before = json_deep_copy(current), *body = body_of(c->operations);
    json_t *result = scim_patch(type, current, body, tolerance, &err);
    bool ok = json_equal(before, current);
    if (c->want == NULL)
        ok = ok && result == NULL &&
             given_refused(c->why, &err, c->error, c->fragment);
    else
        ok = ok && result != NULL && is_wanted(c, type, current, result) &&
             is_canonical(type, result);
    if (!ok) {
        print_error("%s: %s\n", c->why, c->operations);
        show(err.detail, result);
    }
    json_decref(result);
    json_decref(body);
    json_decref(before);
    json_decref(current);
    return ok;
}

static void does_what_the_table_says(void **state)
{
    (void)state;
    size_t wrong = 0;
    for (size_t i = 0; i < patch_cases_count; i++)
        wrong += !holds(&patch_cases[i], NULL);
    assert_int_equal(wrong, 0);
}

static void some_clients_are_met_halfway(void **state)
{
    (void)state;
    static const struct scim_tolerance entra = {.create_on_replace = true,
                                                .empty_operations = true};
    static const struct scim_tolerance strict = {.unknown_refused = true};
    static const struct {
        const struct scim_tolerance *tolerance;
        struct patch_case c;
    } all[] = {
        {&entra, {"TQ-34", "U1", "[]", "=", SCIM_NONE, NULL}},
        {&entra,
         {"TQ-06", "U1",
          "[{'op':'Replace','path':'phoneNumbers[type eq \\\"fax\\\"].value',"
          "'value':'1'}]",
          "{'phoneNumbers':[{'value':'1','type':'fax'}]}", SCIM_NONE, NULL}},
        {&entra,
         {"TQ-06 with an object", "U1",
          "[{'op':'replace','path':'addresses[type eq \\\"work\\\"]',"
          "'value':{'locality':'Rome'}}]",
          "{'addresses':[{'locality':'Rome','type':'work'}]}", SCIM_NONE,
          NULL}},
        {&entra,
         {"TQ-06 null", "U1",
          "[{'op':'replace','path':'emails[type eq \\\"fax\\\"].value',"
          "'value':null}]",
          "=", SCIM_NONE, NULL}},
        {&strict,
         {"CR-11 strict", "U1", "[{'op':'replace','value':{'nonsense':1}}]",
          NULL, SCIM_INVALID_VALUE, "nonsense"}},
        {&strict,
         {"CR-11 strict within", "U1",
          "[{'op':'add','path':'emails','value':{'value':'x','kind':'y'}}]",
          NULL, SCIM_INVALID_VALUE, "kind"}},
    };
    size_t wrong = 0;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        wrong += !holds(&all[i].c, all[i].tolerance);
    assert_int_equal(wrong, 0);
}

/* ---- the body ------------------------------------------------------------ */

static void the_body_must_be_a_patch(void **state)
{
    (void)state;
#define PATCH_OP "urn:ietf:params:scim:api:messages:2.0:PatchOp"
    static const struct {
        const char *why, *body, *fragment; /* NULL: accepted */
    } bodies[] = {
        {"PA-003", "{'Operations':[{'op':'remove','path':'title'}]}",
         "\"schemas\""},
        {"another schema",
         "{'schemas':['@U'],'Operations':[{'op':'remove','path':'title'}]}",
         "\"schemas\""},
        {"schemas is a text",
         "{'schemas':'" PATCH_OP "','Operations':[{'op':'remove','path':"
         "'title'}]}",
         "\"schemas\""},
        {"TQ-02",
         "{'schemas':['" PATCH_OP "'],'operations':[{'op':'remove','path':"
         "'title'}]}",
         NULL},
        {"PA-16",
         "{'id':'x','schemas':['" PATCH_OP "'],'Operations':[{'op':"
         "'remove','path':'title'}]}",
         NULL},
        {"one operation alone",
         "{'schemas':['" PATCH_OP "'],'Operations':{'op':'remove'}}", "array"},
        {"none", "{'schemas':['" PATCH_OP "']}", "array"},
    };
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        const struct scim_type *type = NULL;
        struct scim_error err = {0};
        json_t *current = person("U1", &type), *body = given(bodies[i].body);
        json_t *result = scim_patch(type, current, body, NULL, &err);
        if (bodies[i].fragment == NULL)
            assert_non_null(result);
        else
            assert_true(given_refused(bodies[i].why, &err, SCIM_INVALID_SYNTAX,
                                      bodies[i].fragment));
        json_decref(result);
        json_decref(body);
        json_decref(current);
    }
}

static void too_many_operations_are_refused(void **state)
{
    (void)state;
    const struct scim_type *type = NULL;
    struct scim_error err = {0};
    json_t *current = person("U1", &type), *body = body_of("[]");
    json_t *one = given("{'op':'remove','path':'title'}");
    for (int i = 0; i <= SCIM_MAX_OPERATIONS; i++)
        json_array_append(json_object_get(body, "Operations"), one);
    assert_null(scim_patch(type, current, body, NULL, &err));
    assert_true(given_refused("many", &err, SCIM_INVALID_VALUE, "10001"));
    json_decref(one);
    json_decref(body);
    json_decref(current);
}

/* ---- large groups -------------------------------------------------------- */

static json_t *member(int i)
{
    char id[32];
    (void)snprintf(id, sizeof id, "member-%d", i);
    return json_pack("{s:s}", "value", id);
}

static json_t *group_of(int count)
{
    json_t *members = json_array();
    for (int i = 0; i < count; i++)
        json_array_append_new(members, member(i));
    json_t *group = given("{'schemas':['@G'],'id':'g','displayName':'Large'}");
    json_object_set_new(group, "members", members);
    return group;
}

static json_t *one_each(const char *op, int from, int to)
{
    json_t *body = body_of("[]");
    for (int i = from; i < to; i++) {
        json_t *m = member(i);
        json_array_append_new(
            json_object_get(body, "Operations"),
            strcmp(op, "add") == 0
                ? json_pack("{s:s,s:s,s:[O]}", "op", op, "path", "members",
                            "value", m)
                : json_pack(
                      "{s:s,s:o}", "op", op, "path",
                      json_sprintf("members[value eq \"member-%d\"]", i)));
        json_decref(m);
    }
    return body;
}

static size_t members_after(const json_t *group, json_t *body)
{
    struct scim_error err = {0};
    json_t *result =
        scim_patch(given_type(model, "Group"), group, body, NULL, &err);
    if (result == NULL)
        fail_msg("%s", err.detail);
    size_t n = json_array_size(json_object_get(result, "members"));
    json_decref(result);
    json_decref(body);
    return n;
}

/* Ten thousand operations on twenty thousand members: were each to look
 * through the list, this would take minutes. */
static void large_groups_take_no_square_of_time(void **state)
{
    (void)state;
    struct timespec start, end;
    (void)clock_gettime(CLOCK_MONOTONIC, &start);
    json_t *group = group_of(20000);
    assert_int_equal(members_after(group, one_each("add", 15000, 25000)),
                     25000);
    assert_int_equal(members_after(group, one_each("remove", 0, 10000)), 10000);
    json_t *body = body_of("[{'op':'add','path':'members'}]");
    json_t *many = group_of(30000);
    json_object_set(json_array_get(json_object_get(body, "Operations"), 0),
                    "value", json_object_get(many, "members"));
    assert_int_equal(members_after(group, json_incref(body)), 30000);
    json_object_set_new(json_array_get(json_object_get(body, "Operations"), 0),
                        "op", json_string("remove"));
    assert_int_equal(members_after(group, body), 0);
    json_decref(many);
    json_decref(group);
    (void)clock_gettime(CLOCK_MONOTONIC, &end);
    assert_true(end.tv_sec - start.tv_sec < 20);
}

/* PA-057, and the bound. */
static void values_are_bounded(void **state)
{
    (void)state;
    struct scim_error err = {0};
    json_t *group = group_of(1);
    assert_int_equal(members_after(group, one_each("add", 0, 1000)), 1000);
    json_decref(group);
    group = group_of(SCIM_MAX_VALUES);
    json_t *body = one_each("add", SCIM_MAX_VALUES, SCIM_MAX_VALUES + 1);
    assert_null(
        scim_patch(given_type(model, "Group"), group, body, NULL, &err));
    assert_true(given_refused("more", &err, SCIM_INVALID_VALUE, "members"));
    json_decref(body);
    json_decref(group);
}

/* ---- when memory runs out ------------------------------------------------ */

/* jansson's allocations until the one that fails; negative: none does. */
static int countdown = -1;
static bool starved, for_good;

static void *failing_malloc(size_t size)
{
    if (countdown == 0) {
        starved = true;
        countdown = for_good ? 0 : -1;
        return NULL;
    }
    if (countdown > 0)
        countdown--;
    return malloc(size);
}

/* Fails the first allocation, then the second, ... until none failed. */
static void starve(const char *who, const char *operations)
{
    const struct scim_type *type = NULL;
    struct scim_error none = {0};
    json_t *current = person(who, &type), *body = body_of(operations);
    json_t *want = scim_patch(type, current, body, NULL, &none);
    bool done = false;
    assert_non_null(want);
    for (int n = 0; !done; n++) {
        struct scim_error err = {0};
        starved = false;
        countdown = n;
        json_t *result = scim_patch(type, current, body, NULL, &err);
        countdown = -1;
        done = !starved;
        if (result == NULL ? err.status != 500 : !json_equal(result, want))
            fail_msg("%s, allocation %d: %d %s", operations, n, err.status,
                     err.detail);
        json_decref(result);
    }
    json_decref(want);
    json_decref(body);
    json_decref(current);
}

static void running_out_of_memory_is_an_error_and_no_more(void **state)
{
    (void)state;
    static const struct {
        const char *who, *operations;
    } all[] = {
        {"U1", "[{'op':'add','value':{'title':'x','name.givenName':'y','@E':"
               "{'department':'D'},'emails':[{'value':'a','primary':true}]}}]"},
        {"U1", "[{'op':'replace','path':'emails[type eq \\\"work\\\"]',"
               "'value':{'value':'x'}},{'op':'remove','path':'@E'}]"},
        {"U3", "[{'op':'add','path':'emails[type eq \\\"work\\\" and primary "
               "eq true].value','value':'x'},{'op':'add','path':'manager',"
               "'value':'u-1'}]"},
        {"U1", "[{'op':'replace','path':'emails[type eq \\\"home\\\"].primary',"
               "'value':true},{'op':'remove','path':'emails.display'}]"},
        {"G3", "[{'op':'add','path':'members','value':['u-3','u-1']},{'op':"
               "'remove','path':'members[value eq \\\"u-2\\\"]'}]"},
        {"G1", "[{'op':'replace','path':'members','value':[{'value':'u-1'},"
               "{'value':'u-5'}]}]"},
    };
    json_malloc_t old_malloc = NULL;
    json_free_t old_free = NULL;
    json_get_alloc_funcs(&old_malloc, &old_free);
    json_set_alloc_funcs(failing_malloc, free);
    for (size_t i = 0; i < 2 * (sizeof all / sizeof all[0]); i++) {
        for_good = i % 2 == 1;
        starve(all[i / 2].who, all[i / 2].operations);
    }
    json_set_alloc_funcs(old_malloc, old_free);
}

/* ---- by chance ----------------------------------------------------------- */

#define SEED   77u
#define ROUNDS 5000

static json_t *operation(const char *op, const char *path, json_t *value)
{
    json_t *o = json_pack("{s:s,s:s}", "op", op, "path", path);
    if (value != NULL)
        json_object_set_new(o, "value", value);
    return o;
}

static json_t *patched(const struct scim_type *type, const json_t *current,
                       json_t *op)
{
    struct scim_error err = {0};
    json_t *body = body_of("[]");
    json_array_append_new(json_object_get(body, "Operations"), op);
    json_t *result = scim_patch(type, current, body, NULL, &err);
    if (result == NULL)
        fail_msg("%s\n%s", err.detail, json_dumps(body, 0));
    json_decref(body);
    return result;
}

/* An attribute that can be unassigned. */
static const struct scim_attr *free_attr(struct chance *c,
                                         const struct scim_type *type)
{
    for (;;) {
        const struct scim_attr *a = chance_attr(c, type);
        if (a->mutability == SCIM_READ_WRITE && !a->required &&
            a->preset == NULL && strcmp(a->name, "schemas") != 0)
            return a;
    }
}

/* No part of it is told by the server, which a client cannot put back. */
static bool all_theirs(const struct scim_attr *a)
{
    for (size_t i = 0; i < a->sub_count; i++)
        if (a->subs[i].mutability == SCIM_READ_ONLY)
            return false;
    return true;
}

/* Adding to an attribute that had no value, and removing it, is no change; nor
 * is removing it and putting back what it was. */
static void add_and_remove_undo_each_other(void **state)
{
    (void)state;
    struct chance c = {SEED};
    size_t changes = 0;
    for (int i = 0; i < ROUNDS; i++) {
        const struct scim_type *type =
            given_type(model, chance_below(&c, 4) == 0 ? "Group" : "User");
        const struct scim_attr *a = free_attr(&c, type);
        json_t *start = chance_resource(&c, type, "x");
        json_t *empty =
            patched(type, start, operation("remove", a->path, NULL));
        assert_null(scim_value(empty, a));
        json_t *full = patched(type, empty,
                               operation("add", a->path, chance_value(&c, a)));
        changes += !scim_equal(type, empty, full);
        json_t *back = patched(type, full, operation("remove", a->path, NULL));
        if (!scim_equal(type, empty, back) || !is_canonical(type, full))
            fail_msg("seed %u round %d: %s", SEED, i, a->path);
        json_t *was = scim_value(start, a);
        json_t *same =
            patched(type, back,
                    operation("replace", a->path,
                              was == NULL ? json_null() : json_incref(was)));
        if (!scim_equal(type, start, same) && all_theirs(a))
            fail_msg("seed %u round %d: %s is not put back", SEED, i, a->path);
        json_decref(start);
        json_decref(empty);
        json_decref(full);
        json_decref(back);
        json_decref(same);
    }
    print_message("seed %u: %d rounds, %zu changes undone\n", SEED, ROUNDS,
                  changes);
    assert_true(changes > ROUNDS / 4);
}

static int setup(void **state)
{
    (void)state;
    model = given_model();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    scim_model_free(model);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(does_what_the_table_says),
        cmocka_unit_test(some_clients_are_met_halfway),
        cmocka_unit_test(the_body_must_be_a_patch),
        cmocka_unit_test(too_many_operations_are_refused),
        cmocka_unit_test(large_groups_take_no_square_of_time),
        cmocka_unit_test(values_are_bounded),
        cmocka_unit_test(running_out_of_memory_is_an_error_and_no_more),
        cmocka_unit_test(add_and_remove_undo_each_other),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
