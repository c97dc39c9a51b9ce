/*
 * test/fuzz/fuzz_filter.c - any bytes as a filter
 *
 * Rooms: scim base test/scim/mirror.c
 *
 * Beyond not breaking: a refusal is a 400 with a position, and what is accepted
 * is SQL that SQLite takes and that finds the resources which the evaluation
 * says match.
 */
#include "scim/resource.h"
#include "test/scim/mirror.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct {
    const char *type, *json;
} given[] = {
    {"User",
     "{\"id\":\"u-1\",\"externalId\":\"E\",\"userName\":\"bj\",\"name\""
     ":{\"givenName\":\"B\"},\"displayName\":\"\\u00c5\",\"title\":\"t\""
     ",\"active\":true,\"profileUrl\":\"HTTP://H/v2/Users/1\",\"emails"
     "\":[{\"value\":\"b@x\",\"type\":\"work\",\"primary\":true},{"
     "\"value\":\"c@x\",\"type\":\"home\"}],\"meta\":{\"created\":"
     "\"2024-05-13T04:42:34Z\"}}"},
    {"User", "{\"id\":\"u-2\",\"userName\":\"js\",\"active\":false,\"nickName\""
             ":\"\",\"roles\":[{\"value\":\"A\",\"primary\":true}],"
             "\"addresses\":[{\"type\":\"work\",\"country\":\"NO\"}],\"urn:ietf"
             ":params:scim:schemas:extension:enterprise:2.0:User\":{"
             "\"department\":\"S\",\"manager\":{\"value\":\"u-1\"}},\"urn:"
             "scim-bridge:params:scim:schemas:extension:helpdesk:2.0:User\":{"
             "\"seat\":true,\"tombstone\":{\"openWorkFound\":3}}}"},
    {"User", "{\"id\":\"u-3\",\"userName\":\"mia\"}"},
    {"Group", "{\"id\":\"g-1\",\"displayName\":\"G\",\"members\":[{\"value\":"
              "\"u-1\",\"type\":\"User\"},{\"value\":\"u-2\"}]}"},
    {"Group", "{\"id\":\"g-2\",\"displayName\":\"H\"}"},
};
#define GIVEN (sizeof given / sizeof given[0])

/* Made once and reachable until the end. */
static struct {
    struct scim_model *model;
    sqlite3 *db;
    json_t *resources[GIVEN];
} world;

static void must(bool holds, const char *what)
{
    if (holds)
        return;
    (void)fprintf(stderr, "does not hold: %s\n", what);
    abort();
}

static void make_world(void)
{
    struct scim_error err = {0};
    json_t *documents = scim_schema_shipped();
    world.model = scim_model_new(documents, &err);
    json_decref(documents);
    must(world.model != NULL, err.detail);
    world.db = mirror_open();
    for (size_t i = 0; i < GIVEN; i++) {
        const struct scim_type *type =
            scim_model_type(world.model, given[i].type);
        json_t *told = json_loads(given[i].json, 0, NULL);
        must(told != NULL, given[i].json);
        world.resources[i] = scim_canonical(type, told);
        mirror_add(world.db, (int)i + 1, type, world.resources[i],
                   mirror_no_columns);
        json_decref(told);
    }
}

static void note(int n, void *ctx)
{
    bool *found = ctx;
    found[n - 1] = true;
}

static void hold_against_sql(const char *type, const struct scim_filter *f)
{
    struct scim_sql sql;
    bool found[GIVEN] = {false};
    must(scim_filter_sql(f, mirror_no_columns, &sql), "memory");
    mirror_find(world.db, type, &sql, NULL, note, found);
    for (size_t i = 0; i < GIVEN; i++)
        if (strcmp(given[i].type, type) == 0)
            must(found[i] == scim_filter_match(f, world.resources[i]),
                 sql.where.data);
    scim_sql_clear(&sql);
}

static void try_type(const char *name, const char *text, size_t size,
                     bool strict)
{
    struct scim_error err = {0};
    const struct scim_type *type = scim_model_type(world.model, name);
    struct scim_filter *f = scim_filter_parse(type, text, size, strict, &err);
    if (f != NULL)
        hold_against_sql(name, f);
    else
        must(err.type == SCIM_INVALID_FILTER && err.status == 400 &&
                 strncmp(err.detail, "At byte ", 8) == 0,
             "a refusal is an invalidFilter with its position");
    scim_filter_free(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (world.model == NULL)
        make_world();
    char *text = malloc(size > 0 ? size : 1); /* reading beyond it shows */
    if (text == NULL)
        return 0;
    memcpy(text, data, size);
    try_type("User", text, size, true);
    try_type("Group", text, size, true);
    try_type("Group", text, size, false);
    free(text);
    return 0;
}
