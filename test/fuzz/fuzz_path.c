/*
 * test/fuzz/fuzz_path.c - any bytes as the path of a PATCH operation
 *
 * Rooms: scim base
 *
 * A path that is accepted names something; one that is not is an invalidPath or
 * an invalidFilter.
 */
#include "scim/path.h"

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

static void try_type(const struct scim_type *type, const char *text,
                     size_t size)
{
    struct scim_path p;
    struct scim_error err = {0};
    if (!scim_path_parse(type, text, size, &p, &err)) {
        must(err.type == SCIM_INVALID_PATH || err.type == SCIM_INVALID_FILTER,
             "a refusal is an invalidPath or invalidFilter");
        must(err.detail[0] != '\0', "a refusal has its sentence");
    } else {
        must(p.attr != NULL || p.schema != NULL, "a path names something");
        must(p.sub == NULL || p.sub->parent == p.attr, "sub is of attr");
        must(p.filter == NULL || p.attr->multi, "brackets mean many values");
        json_t *empty = json_object();
        if (p.filter != NULL)
            (void)scim_filter_match_value(p.filter, empty);
        json_decref(empty);
    }
    scim_path_clear(&p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t count = 0;
    const struct scim_type *types = scim_model_types(model(), &count);
    char *text = malloc(size > 0 ? size : 1); /* reading beyond it shows */
    if (text == NULL)
        return 0;
    memcpy(text, data, size);
    for (size_t i = 0; i < count; i++)
        try_type(&types[i], text, size);
    free(text);
    return 0;
}
