/* Promises, held against thousands of random resources: canonical form is
 * idempotent, PUT of what GET gave changes nothing, order does not matter to
 * equality, and projection only ever takes away. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scim/project.h"
#include "scim/resource.h"
#include "test/scim/generate.h"
#include "test/scim/given.h"

#define ROUNDS 3000

static struct scim_model *model;

static char *dump(const json_t *v)
{
    return json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);
}

static void same_text(const json_t *a, const json_t *b, const char *why,
                      uint64_t seed)
{
    char *x = dump(a), *y = dump(b);
    if (x == NULL || y == NULL || strcmp(x, y) != 0)
        fail_msg("seed %llu: %s:\n%s\n%s", (unsigned long long)seed, why, x, y);
    free(x);
    free(y);
}

static const struct scim_type *type_of(uint64_t seed)
{
    return given_type(model, seed % 3 == 0 ? "Group" : "User");
}

/* No null, nothing empty, at any depth. */
static bool is_tidy(const json_t *v)
{
    const char *key;
    json_t *member;
    size_t i;
    if (json_is_null(v) || ((json_is_array(v) || json_is_object(v)) &&
                            json_array_size(v) + json_object_size(v) == 0))
        return false;
    json_object_foreach ((json_t *)(uintptr_t)v, key, member) {
        if (!is_tidy(member))
            return false;
    }
    json_array_foreach (v, i, member) {
        if (!is_tidy(member))
            return false;
    }
    return true;
}

static void canonical_form_is_idempotent(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
        struct generator g = {.state = seed, .oddness = 150};
        const struct scim_type *type = type_of(seed);
        json_t *body = generate_body(&g, type);
        json_t *once = scim_canonical(type, body);
        json_t *twice = scim_canonical(type, once);
        same_text(once, twice, "twice is not once", seed);
        assert_true(scim_equal(type, once, twice));
        if (!is_tidy(once))
            fail_msg("seed %llu: null or empty", (unsigned long long)seed);
        json_decref(body);
        json_decref(once);
        json_decref(twice);
    }
}

static void what_was_created_is_canonical(void **state)
{
    (void)state;
    size_t made = 0;
    for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
        struct generator g = {.state = seed, .oddness = 5};
        struct scim_error err = {0};
        const struct scim_type *type = type_of(seed);
        json_t *body = generate_body(&g, type);
        json_t *r = scim_create(type, body, NULL, &err);
        if (r == NULL) {
            assert_int_equal(err.status, 400);
            assert_true(err.detail[0] != '\0');
        } else {
            json_t *again = scim_canonical(type, r);
            same_text(r, again, "created is not canonical", seed);
            json_decref(again);
            made++;
        }
        json_decref(body);
        json_decref(r);
    }
    /* The generator is of no use when most of its bodies are refused. */
    assert_true(made > ROUNDS / 2);
}

static void put_of_what_get_gave_changes_nothing(void **state)
{
    (void)state;
    size_t done = 0;
    for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
        struct generator g = {.state = seed, .oddness = 0};
        struct scim_error err = {0};
        const struct scim_type *type = type_of(seed);
        json_t *body = generate_body(&g, type);
        json_t *now = scim_canonical(type, body);
        json_t *r = scim_replace(type, now, now, NULL, &err);
        if (r == NULL)
            fail_msg("seed %llu: %s", (unsigned long long)seed, err.detail);
        if (json_object_get(now, "active") != NULL) {
            same_text(now, r, "PUT changed it", seed);
            assert_true(scim_equal(type, now, r));
            done++;
        }
        json_decref(body);
        json_decref(now);
        json_decref(r);
    }
    assert_true(done > 100);
}

static void order_does_not_matter_to_equality(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
        struct generator g = {.state = seed, .oddness = 0};
        const struct scim_type *type = type_of(seed);
        json_t *body = generate_body(&g, type);
        json_t *r = scim_canonical(type, body);
        json_t *other = generate_shuffled(&g, r);
        if (!scim_equal(type, r, other) || !scim_equal(type, other, r))
            fail_msg("seed %llu", (unsigned long long)seed);
        json_decref(body);
        json_decref(r);
        json_decref(other);
    }
}

/* True when all of `part` is in `whole`; arrays may have lost elements. */
static bool is_part(const json_t *part, const json_t *whole)
{
    const char *key;
    json_t *member;
    if (!json_is_object(part) || !json_is_object(whole))
        return json_is_array(part)
                   ? json_array_size(part) <= json_array_size(whole)
                   : json_equal(part, whole) != 0;
    json_object_foreach ((json_t *)(uintptr_t)part, key, member) {
        if (!is_part(member, json_object_get(whole, key)))
            return false;
    }
    return true;
}

static void projection_only_takes_away(void **state)
{
    (void)state;
    static const char *const names[] = {
        "userName", "name.givenName", "emails",  "emails.value", "meta",
        "groups",   "manager",        "members", "displayName",  "password"};
    for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
        struct generator g = {.state = seed, .oddness = 0};
        struct scim_error err = {0};
        struct scim_projection *p = NULL;
        const struct scim_type *type = type_of(seed);
        json_t *body = generate_body(&g, type);
        json_t *r = scim_canonical(type, body);
        const char *name = names[generate_number(&g, 10)];
        bool exclude = generate_number(&g, 2) != 0;
        assert_true(scim_projection_parse(type, exclude ? NULL : name,
                                          exclude ? name : NULL, &p, &err));
        json_t *shown = scim_project(type, r, p);
        assert_true(is_part(shown, r) && is_tidy(shown));
        assert_null(json_object_get(shown, "password"));
        assert_true(json_equal(json_object_get(shown, "id"),
                               json_object_get(r, "id")) ||
                    json_object_get(r, "id") == NULL);
        json_t *again = scim_project(type, shown, p);
        same_text(shown, again, "projecting twice", seed);
        json_decref(again);
        json_decref(shown);
        json_decref(body);
        json_decref(r);
        scim_projection_free(p);
    }
}

static int set_up(void **state)
{
    (void)state;
    model = given_model();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    scim_model_free(model);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(canonical_form_is_idempotent),
        cmocka_unit_test(what_was_created_is_canonical),
        cmocka_unit_test(put_of_what_get_gave_changes_nothing),
        cmocka_unit_test(order_does_not_matter_to_equality),
        cmocka_unit_test(projection_only_takes_away),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
