/*
 * test/fuzz/fuzz_body.c - any bytes as a request body
 *
 * Rooms: scim base
 *
 * What stands before a NUL is the body, what stands behind it the parameter
 * `attributes`. Beyond not breaking, the properties that hold for every body
 * are checked: what was created is canonical, PUT of what GET gave changes
 * nothing, a representation never shows a secret.
 */
#include "scim/project.h"
#include "scim/resource.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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

static void show(const struct scim_type *type, const json_t *r,
                 const char *attributes)
{
    struct scim_error err = {0};
    struct scim_projection *p = NULL;
    must(scim_projection_parse(type, attributes, NULL, &p, &err), "parameter");
    json_t *shown = scim_project(type, r, p);
    must(shown != NULL, "projection");
    must(json_object_get(shown, "password") == NULL, "no password");
    json_decref(shown);
    scim_projection_free(p);
}

static void put_back(const struct scim_type *type, const json_t *r)
{
    struct scim_error err = {0};
    json_t *again = scim_replace(type, r, r, NULL, &err);
    must(again != NULL, err.detail);
    must_be_same_text(r, again, "PUT of what GET gave changes nothing");
    must(scim_equal(type, r, again), "a resource equals itself");
    json_decref(again);
}

static void try_type(const struct scim_type *type, const json_t *body,
                     bool strict, const char *attributes)
{
    const struct scim_tolerance tolerance = {.unknown_refused = strict};
    struct scim_error err = {0};
    json_t *told = scim_canonical(type, body);
    must(told != NULL, "what a helpdesk tells is never an error");
    json_t *again = scim_canonical(type, told);
    must_be_same_text(told, again, "canonical form is idempotent");
    show(type, told, attributes);
    json_decref(again);
    json_decref(told);
    json_t *r = scim_create(type, body, &tolerance, &err);
    must((r == NULL) == (err.status != 0), "an error has its status");
    if (r != NULL) {
        put_back(type, r);
        scim_strip_secrets(type, r);
        show(type, r, attributes);
    }
    json_decref(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    if (text == NULL)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    size_t len = strlen(text);
    struct scim_error err = {0};
    json_t *body = scim_body_parse(text, len, &err);
    must((body == NULL) == (err.status == 400), "a refusal is a 400");
    size_t count;
    const struct scim_type *types = scim_model_types(model(), &count);
    for (size_t i = 0; body != NULL && i < count; i++)
        try_type(&types[i], body, size % 2 == 0,
                 len < size ? text + len + 1 : NULL);
    json_decref(body);
    free(text);
    return 0;
}
