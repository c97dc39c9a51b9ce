/* Promises: the model says of every attribute what RFC 7643 says, finds it by
 * every notation, and refuses documents that cannot be used. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "test/scim/given.h"

static struct scim_model *model;

/* clang-format off */
/* RFC 7643 section 7's letters: MV, required, caseExact; rW, rO, im, wO. */
static const struct {
    const char *type, *name;
    enum scim_kind kind;
    const char *flags;
    enum scim_mutability mutability;
} facts[] = {
    {"User", "id", SCIM_STRING, "--E", SCIM_READ_ONLY},
    {"User", "externalId", SCIM_STRING, "--E", SCIM_READ_WRITE},
    {"User", "schemas", SCIM_REFERENCE, "MR-", SCIM_READ_WRITE},
    {"User", "meta", SCIM_COMPLEX, "---", SCIM_READ_ONLY},
    {"User", "meta.created", SCIM_DATETIME, "---", SCIM_READ_ONLY},
    {"User", "meta.resourceType", SCIM_STRING, "--E", SCIM_READ_ONLY},
    {"User", "meta.location", SCIM_REFERENCE, "--E", SCIM_READ_ONLY},
    {"User", "userName", SCIM_STRING, "-R-", SCIM_READ_WRITE},
    {"User", "name", SCIM_COMPLEX, "---", SCIM_READ_WRITE},
    {"User", "name.givenName", SCIM_STRING, "---", SCIM_READ_WRITE},
    {"User", "profileUrl", SCIM_REFERENCE, "--E", SCIM_READ_WRITE},
    {"User", "active", SCIM_BOOLEAN, "---", SCIM_READ_WRITE},
    {"User", "password", SCIM_STRING, "---", SCIM_WRITE_ONLY},
    {"User", "emails", SCIM_COMPLEX, "M--", SCIM_READ_WRITE},
    {"User", "emails.value", SCIM_STRING, "---", SCIM_READ_WRITE},
    {"User", "emails.primary", SCIM_BOOLEAN, "---", SCIM_READ_WRITE},
    {"User", "photos.value", SCIM_REFERENCE, "--E", SCIM_READ_WRITE},
    {"User", "addresses.country", SCIM_STRING, "---", SCIM_READ_WRITE},
    {"User", "addresses.primary", SCIM_BOOLEAN, "---", SCIM_READ_WRITE},
    {"User", "groups", SCIM_COMPLEX, "M--", SCIM_READ_ONLY},
    {"User", "groups.value", SCIM_STRING, "--E", SCIM_READ_ONLY},
    {"User", "groups.$ref", SCIM_REFERENCE, "--E", SCIM_READ_ONLY},
    {"User", "x509Certificates.value", SCIM_BINARY, "--E", SCIM_READ_WRITE},
    {"User", "employeeNumber", SCIM_STRING, "---", SCIM_READ_WRITE},
    {"User", "manager.value", SCIM_STRING, "--E", SCIM_READ_WRITE},
    {"User", "manager.$ref", SCIM_REFERENCE, "--E", SCIM_READ_WRITE},
    {"User", "manager.displayName", SCIM_STRING, "---", SCIM_READ_ONLY},
    {"User", "upstreamId", SCIM_STRING, "--E", SCIM_READ_ONLY},
    {"User", "tombstone.openWorkMoved", SCIM_INTEGER, "---", SCIM_READ_ONLY},
    {"User", "tasks.due", SCIM_DATETIME, "---", SCIM_READ_ONLY},
    {"User", "desk.shift", SCIM_STRING, "---", SCIM_READ_WRITE},
    {"Group", "displayName", SCIM_STRING, "-R-", SCIM_READ_WRITE},
    {"Group", "members", SCIM_COMPLEX, "M--", SCIM_READ_WRITE},
    {"Group", "members.value", SCIM_STRING, "--E", SCIM_IMMUTABLE},
    {"Group", "members.$ref", SCIM_REFERENCE, "--E", SCIM_IMMUTABLE},
    {"Group", "members.type", SCIM_STRING, "---", SCIM_IMMUTABLE},
    {"Group", "members.display", SCIM_STRING, "---", SCIM_READ_ONLY},
    {"Group", "kind", SCIM_STRING, "--E", SCIM_READ_ONLY},
};
/* clang-format on */

static const struct scim_attr *find(const char *type, const char *name)
{
    const struct scim_attr *attr;
    const struct scim_schema *schema;
    char *text = given_text(name);
    bool found = scim_attr_find(given_type(model, type), text, strlen(text),
                                &attr, &schema);
    free(text);
    return found ? attr : NULL;
}

static void every_attribute_has_its_characteristics(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        const struct scim_attr *a = find(facts[i].type, facts[i].name);
        if (a == NULL)
            fail_msg("%s is not there", facts[i].name);
        char flags[4] = {a->multi ? 'M' : '-', a->required ? 'R' : '-',
                         a->case_exact ? 'E' : '-', '\0'};
        if (a->kind != facts[i].kind || a->mutability != facts[i].mutability ||
            strcmp(flags, facts[i].flags) != 0)
            fail_msg("%s is %s, kind %d, mutability %d", a->path, flags,
                     (int)a->kind, (int)a->mutability);
    }
}

static void returned_uniqueness_and_presets(void **state)
{
    (void)state;
    assert_int_equal(find("User", "password")->returned, SCIM_RETURNED_NEVER);
    assert_int_equal(find("User", "id")->returned, SCIM_RETURNED_ALWAYS);
    assert_int_equal(find("User", "title")->returned, SCIM_RETURNED_DEFAULT);
    assert_int_equal(find("User", "userName")->uniqueness, SCIM_UNIQUE_SERVER);
    assert_int_equal(find("User", "title")->uniqueness, SCIM_UNIQUE_NONE);
    assert_true(json_is_true(find("User", "active")->preset));
    assert_null(find("User", "title")->preset);
    assert_int_equal(json_array_size(find("User", "emails.type")->canonical),
                     3);
}

static void notations_find_attributes(void **state)
{
    (void)state;
    static const struct {
        const char *why, *type, *text, *path, *schema;
    } rows[] = {
        {"any case", "User", "USERNAME", "userName", "@U"},
        {"sub-attribute", "User", "Name.GIVENNAME", "name.givenName", "@U"},
        {"core URN", "User", "@U:userName", "userName", "@U"},
        {"core URN and sub", "User", "@U:name.givenName", "name.givenName",
         "@U"},
        {"common behind the URN", "User", "@U:id", "id", "@U"},
        {"common", "Group", "META.lastmodified", "meta.lastModified", NULL},
        {"extension", "User", "@E:department", "@E:department", "@E"},
        {"extension without URN", "User", "department", "@E:department", "@E"},
        {"its sub-attribute", "User", "manager.value", "@E:manager.value",
         "@E"},
        {"the URN in capitals", "User",
         "URN:IETF:PARAMS:SCIM:SCHEMAS:EXTENSION:ENTERPRISE:2.0:USER:MANAGER",
         "@E:manager", "@E"},
        {"$ref", "User", "groups.$ref", "groups.$ref", "@U"},
        {"whole extension", "User", "@E", NULL, "@E"},
        {"core before extension", "Group", "displayName", "displayName", "@G"},
        {"own extension", "Group", "upstreamId", "@J:upstreamId", "@J"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct scim_attr *attr;
        const struct scim_schema *schema;
        char *text = given_text(rows[i].text);
        char *path = given_text(rows[i].path == NULL ? "" : rows[i].path);
        char *urn = given_text(rows[i].schema == NULL ? "" : rows[i].schema);
        if (!scim_attr_find(given_type(model, rows[i].type), text, strlen(text),
                            &attr, &schema))
            fail_msg("%s: %s is not found", rows[i].why, text);
        assert_string_equal(attr == NULL ? "" : attr->path, path);
        assert_string_equal(schema == NULL ? "" : schema->urn, urn);
        free(text);
        free(path);
        free(urn);
    }
}

static void what_is_no_notation_finds_nothing(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "nonsense",
        "name.nonsense",
        "name.givenName.x",
        "userName.value",
        "name.",
        ".givenName",
        "urn:x:y:userName",
        "@U:",
        "@U:nonsense",
        "@E:userName",
        "@E.department",
        "@Ex:department",
        "emails[0]",
        "members",
        "user Name",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const struct scim_attr *attr;
        const struct scim_schema *schema;
        char *text = given_text(texts[i]);
        if (scim_attr_find(given_type(model, "User"), text, strlen(text), &attr,
                           &schema))
            fail_msg("\"%s\" was found", text);
        free(text);
    }
}

static void number_all(const struct scim_attr *attrs, size_t count,
                       unsigned char *seen, size_t total)
{
    for (size_t i = 0; i < count; i++) {
        assert_true(attrs[i].index < total);
        assert_int_equal(seen[attrs[i].index]++, 0);
        number_all(attrs[i].subs, attrs[i].sub_count, seen, total);
    }
}

static void every_attribute_of_a_type_has_its_own_number(void **state)
{
    (void)state;
    size_t count;
    const struct scim_type *types = scim_model_types(model, &count);
    assert_int_equal(count, 2);
    assert_string_equal(types[0].name, "User");
    for (size_t t = 0; t < count; t++) {
        unsigned char seen[500] = {0};
        number_all(types[t].common, types[t].common_count, seen,
                   types[t].attr_total);
        number_all(types[t].core->attrs, types[t].core->attr_count, seen,
                   types[t].attr_total);
        for (size_t i = 0; i < types[t].extension_count; i++)
            number_all(types[t].extensions[i].attrs,
                       types[t].extensions[i].attr_count, seen,
                       types[t].attr_total);
        for (size_t i = 0; i < types[t].attr_total; i++)
            assert_int_equal(seen[i], 1);
    }
}

static void types_and_schemas_are_found_in_any_case(void **state)
{
    (void)state;
    assert_string_equal(scim_model_type(model, "user")->name, "User");
    assert_string_equal(scim_model_type(model, "/GROUPS")->name, "Group");
    assert_null(scim_model_type(model, "Users"));
    assert_null(scim_model_type(model, ""));
    char *urn = given_text("@E");
    for (char *c = urn; *c != '\0'; c++)
        *c = (char)(*c >= 'a' && *c <= 'z' ? *c - 32 : *c);
    assert_string_equal(scim_model_schema(model, urn)->name, "Enterprise User");
    assert_null(scim_model_schema(model, "urn:x:y"));
    free(urn);
}

static void values_are_found_in_a_resource(void **state)
{
    (void)state;
    json_t *r = given("{'userName':'ada','name':{'givenName':'Ada'},"
                      "'@E':{'department':'R','manager':{'value':'7'}}}");
    static const struct {
        const char *name, *value;
    } rows[] = {
        {"userName", "ada"},    {"name.givenName", "Ada"},
        {"department", "R"},    {"manager.value", "7"},
        {"title", NULL},        {"name.familyName", NULL},
        {"desk.shift", NULL},   {"manager.$ref", NULL},
        {"emails.value", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const json_t *v = scim_value(r, find("User", rows[i].name));
        assert_true(rows[i].value == NULL
                        ? v == NULL
                        : strcmp(json_string_value(v), rows[i].value) == 0);
    }
    json_decref(r);
}

/* clang-format off */
static const struct {
    const char *why, *doc, *fragment;
} bad[] = {
    {"no id", "{'name':'X','attributes':[]}", "\"id\""},
    {"not an object", "7", "\"id\""},
    {"no name", "{'id':'urn:x','attributes':[]}", "name"},
    {"no attributes", "{'id':'urn:x','name':'X','x-extends':'User'}", "attributes"},
    {"extends nothing", "{'id':'urn:x','name':'X','attributes':[]}", "x-extends"},
    {"extends what is not there", "{'id':'urn:x','name':'X','x-extends':'Device','attributes':[]}", "x-extends"},
    {"a document twice", "{'id':'@U','name':'X','attributes':[]}", "twice"},
    {"no attribute name", "{'id':'urn:x','name':'X','x-extends':'User','attributes':[{}]}", "name"},
    {"bad attribute name", "{'id':'urn:x','name':'X','x-extends':'User','attributes':[{'name':'a b'}]}", "a b"},
    {"name begins with a digit", "{'id':'urn:x','name':'X','x-extends':'User','attributes':[{'name':'1a'}]}", "1a"},
    {"unknown type", "{'id':'urn:x','name':'X','x-extends':'User','attributes':[{'name':'a','type':'text'}]}", "urn:x:a"},
    {"unknown mutability", "{'id':'urn:x','name':'X','x-extends':'User','attributes':[{'name':'a','mutability':'rw'}]}", "mutability"},
    {"unknown returned", "{'id':'urn:x','name':'X','x-extends':'User','attributes':[{'name':'a','returned':7}]}", "returned"},
    {"flag is a text", "{'id':'urn:x','name':'X','x-extends':'User','attributes':[{'name':'a','required':'yes'}]}", "flag"},
    {"same name twice", "{'id':'urn:x','name':'X','x-extends':'User','attributes':[{'name':'a'},{'name':'A'}]}", "twice"},
    {"complex without subs", "{'id':'urn:x','name':'X','x-extends':'User','attributes':[{'name':'a','type':'complex'}]}", "subAttributes"},
    {"subs of a string", "{'id':'urn:x','name':'X','x-extends':'User','attributes':[{'name':'a','subAttributes':[{'name':'b'}]}]}", "complex"},
    {"complex in complex", "{'id':'urn:x','name':'X','x-extends':'User','attributes':[{'name':'a','type':'complex','subAttributes':[{'name':'b','type':'complex','subAttributes':[{'name':'c'}]}]}]}", "a.b"},
};
/* clang-format on */

static void documents_that_cannot_be_used_are_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct scim_error err = {0};
        json_t *documents = scim_schema_shipped();
        json_array_append_new(documents, given(bad[i].doc));
        if (scim_model_new(documents, &err) != NULL)
            fail_msg("%s: was taken", bad[i].why);
        if (strstr(err.detail, bad[i].fragment) == NULL || err.status != 500)
            fail_msg("%s: %s", bad[i].why, err.detail);
        json_decref(documents);
    }
}

static void a_model_needs_both_core_schemas(void **state)
{
    (void)state;
    struct scim_error err = {0};
    json_t *documents = json_array();
    assert_null(scim_model_new(documents, &err));
    assert_non_null(strstr(err.detail, SCIM_URN_USER));
    json_array_append_new(documents,
                          given("{'id':'@U','name':'User','attributes':[]}"));
    assert_null(scim_model_new(documents, &err));
    assert_non_null(strstr(err.detail, SCIM_URN_GROUP));
    json_array_append_new(documents,
                          given("{'id':'@G','name':'Group','attributes':[]}"));
    struct scim_model *m = scim_model_new(documents, &err);
    assert_non_null(m);
    json_t *all = scim_model_documents(m);
    assert_int_equal(json_array_size(all), 5);
    json_decref(all);
    scim_model_free(m);
    scim_model_free(NULL);
    json_decref(documents);
}

/* The characters of style that a document is published in: no null, nothing
 * that begins with x-, and the members that go with each type. */
static void check_published(const json_t *v, const char *where)
{
    const char *key;
    json_t *member;
    size_t i;
    if (json_is_null(v))
        fail_msg("null in %s", where);
    json_object_foreach ((json_t *)(uintptr_t)v, key, member) {
        if (strncmp(key, "x-", 2) == 0)
            fail_msg("%s in %s", key, where);
        check_published(member, where);
    }
    json_array_foreach (v, i, member) {
        check_published(member, where);
    }
}

static bool is(const json_t *a, const char *member, const char *text)
{
    const char *s = json_string_value(json_object_get(a, member));
    return s != NULL && strcmp(s, text) == 0;
}

static void check_attribute(const json_t *a)
{
    static const char *const all[] = {"name",       "type",       "multiValued",
                                      "required",   "mutability", "returned",
                                      "description"};
    const char *name = json_string_value(json_object_get(a, "name"));
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (json_object_get(a, all[i]) == NULL)
            fail_msg("%s has no %s", name, all[i]);
    if ((is(a, "type", "string") || is(a, "type", "reference")) !=
            (json_object_get(a, "caseExact") != NULL) &&
        !is(a, "type", "binary"))
        fail_msg("%s: caseExact", name);
    if (is(a, "type", "reference") !=
        (json_array_size(json_object_get(a, "referenceTypes")) > 0))
        fail_msg("%s: referenceTypes", name);
    if (is(a, "type", "complex") !=
        (json_array_size(json_object_get(a, "subAttributes")) > 0))
        fail_msg("%s: subAttributes", name);
    size_t i;
    json_t *sub;
    json_array_foreach (json_object_get(a, "subAttributes"), i, sub) {
        check_attribute(sub);
    }
}

static void published_documents_are_complete(void **state)
{
    (void)state;
    struct scim_error err = {0};
    json_t *shipped = scim_schema_shipped();
    struct scim_model *m = scim_model_new(shipped, &err);
    json_t *all = scim_model_documents(m);
    size_t i, k;
    json_t *d, *a;
    assert_int_equal(json_array_size(all), 8);
    json_array_foreach (all, i, d) {
        const char *id = json_string_value(json_object_get(d, "id"));
        assert_null(strstr(id, ":messages:"));
        check_published(d, id);
        json_array_foreach (json_object_get(d, "attributes"), k, a) {
            check_attribute(a);
        }
    }
    json_decref(all);
    json_decref(shipped);
    scim_model_free(m);
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
        cmocka_unit_test(every_attribute_has_its_characteristics),
        cmocka_unit_test(returned_uniqueness_and_presets),
        cmocka_unit_test(notations_find_attributes),
        cmocka_unit_test(what_is_no_notation_finds_nothing),
        cmocka_unit_test(every_attribute_of_a_type_has_its_own_number),
        cmocka_unit_test(types_and_schemas_are_found_in_any_case),
        cmocka_unit_test(values_are_found_in_a_resource),
        cmocka_unit_test(documents_that_cannot_be_used_are_named),
        cmocka_unit_test(a_model_needs_both_core_schemas),
        cmocka_unit_test(published_documents_are_complete),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
