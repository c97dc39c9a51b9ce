/*
 * test/fuzz/fuzz_patch.c - any bytes as the body of a PATCH
 *
 * Rooms: scim base
 *
 * What holds for every PATCH: the resource that it starts from is as before;
 * the result is canonical, keeps what only the server tells, and has what is
 * required; a refusal is a 400 with a scimType.
 */
#include "scim/patch.h"
#include "scim/resource.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct {
    const char *type, *name, *json;
} given[] = {
    {"User", "userName",
     "{\"id\":\"u-1\",\"userName\":\"bj\",\"name\":{\"givenName\":\"B\"},"
     "\"title\":\"t\",\"active\":true,\"emails\":[{\"value\":\"b@x\",\"type\":"
     "\"work\",\"primary\":true},{\"value\":\"c@x\",\"type\":\"home\"}],"
     "\"addresses\":[{\"type\":\"home\",\"locality\":\"Reno\"}],\"groups\":[{"
     "\"value\":\"g-1\"}],\"urn:ietf:params:scim:schemas:extension:enterprise:"
     "2.0:User\":{\"department\":\"S\",\"manager\":{\"value\":\"u-2\",\"$ref\":"
     "\"../Users/u-2\",\"displayName\":\"J\"}},\"meta\":{\"created\":\"2024-05-"
     "13T04:42:34Z\"}}"},
    {"Group", "displayName",
     "{\"id\":\"g-1\",\"displayName\":\"G\",\"members\":[{\"value\":\"u-1\","
     "\"type\":\"User\",\"display\":\"B\"},{\"value\":\"u-2\"}]}"},
};

static void must(bool holds, const char *what)
{
    if (holds)
        return;
    (void)fprintf(stderr, "does not hold: %s\n", what);
    abort();
}

/* Made once and reachable until the end. */
static const struct scim_model *model(void)
{
    static struct scim_model *made;
    struct scim_error err = {0};
    if (made == NULL) {
        json_t *documents = scim_schema_shipped();
        made = scim_model_new(documents, &err);
        json_decref(documents);
        must(made != NULL, err.detail);
    }
    return made;
}

static void must_be_same_text(const json_t *a, const json_t *b,
                              const char *what)
{
    char *x = json_dumps(a, JSON_COMPACT), *y = json_dumps(b, JSON_COMPACT);
    must(x != NULL && y != NULL && strcmp(x, y) == 0, what);
    free(x);
    free(y);
}

static void must_keep(const json_t *before, const json_t *after,
                      const char *name)
{
    const json_t *was = json_object_get(before, name);
    must(was == NULL || json_equal(was, json_object_get(after, name)), name);
}

static void check(const struct scim_type *type, const json_t *current,
                  const json_t *result, const char *name)
{
    json_t *again = scim_canonical(type, result);
    must_be_same_text(result, again, "the result is canonical");
    json_decref(again);
    must_keep(current, result, "id");
    must_keep(current, result, "meta");
    must_keep(current, result, "groups");
    must(json_string_length(json_object_get(result, name)) > 0, name);
}

static void try_type(size_t n, const json_t *body,
                     const struct scim_tolerance *tolerance)
{
    struct scim_error err = {0};
    const struct scim_type *type = scim_model_type(model(), given[n].type);
    json_t *told = json_loads(given[n].json, 0, NULL);
    json_t *current = scim_canonical(type, told);
    json_t *before = json_deep_copy(current);
    json_t *result = scim_patch(type, current, body, tolerance, &err);
    must_be_same_text(before, current, "what it starts from stays");
    if (result != NULL)
        check(type, current, result, given[n].name);
    else
        must(err.status == 400 && err.type != SCIM_NONE &&
                 err.detail[0] != '\0',
             "a refusal is a 400 with a scimType");
    json_decref(result);
    json_decref(before);
    json_decref(current);
    json_decref(told);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct scim_tolerance all[] = {
        {0},
        {.create_on_replace = true, .empty_operations = true},
        {.unknown_refused = true},
    };
    struct scim_error err = {0};
    json_t *body = scim_body_parse((const char *)data, size, &err);
    for (size_t i = 0; body != NULL && i < sizeof given / sizeof given[0]; i++)
        try_type(i, body, &all[size % 3]);
    json_decref(body);
    return 0;
}
