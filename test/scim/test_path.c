/* Promises: a path names what RFC 7644 figure 7 says, and what is wrong with a
 * bad one is said: the path (invalidPath) or the filter in it (invalidFilter).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "scim/path.h"
#include "test/scim/filter_cases.h"
#include "test/scim/given.h"

static struct scim_model *model;

/* clang-format off */
static const struct {
    const char *why, *type, *path;
    const char *attr, *sub; /* the attribute's path and the sub's; "" none */
    bool filter;
} good[] = {
    {"plain", "User", "userName", "userName", "", false},
    {"any case", "User", "USERNAME", "userName", "", false},
    {"sub-attribute", "User", "name.givenName", "name", "name.givenName", false},
    {"of a multi-valued", "User", "emails.value", "emails", "emails.value", false},
    {"core URN", "User", "@U:name.familyName", "name", "name.familyName", false},
    {"extension", "User", "@E:department", "@E:department", "", false},
    {"sub of an extension", "User", "@E:manager.value", "@E:manager", "@E:manager.value", false},
    {"extension without URN", "User", "manager", "@E:manager", "", false},
    {"whole extension", "User", "@E", "", "", false},
    {"whole extension, capitals", "User", "URN:IETF:params:scim:schemas:extension:enterprise:2.0:USER", "", "", false},
    {"brackets", "User", "emails[type eq \"work\"]", "emails", "", true},
    {"and a sub-attribute", "User", "emails[type eq \"work\"].value", "emails", "emails.value", true},
    {"a bracket in quotes", "User", "emails[value eq \"a]\\\"]b\"].type", "emails", "emails.type", true},
    {"$ref", "Group", "members.$ref", "members", "members.$ref", false},
    {"URN and brackets", "User", "@U:emails[not (type eq \"work\")].Display", "emails", "emails.display", true},
    {"spaces around", "User", " title ", "title", "", false},
    {"primary as Entra ID has it", "User", "roles[primary eq \"True\"].value", "roles", "roles.value", true},
};

static const struct {
    const char *why, *type, *path;
    enum scim_error_type error;
    const char *fragment;
} bad[] = {
    {"PA-035 an index", "User", "emails[0].value", SCIM_INVALID_PATH, "counts"},
    {"PA-036", "User", "emails[type eq", SCIM_INVALID_PATH, "never closes"},
    {"PA-037", "User", "emails[type regex \"w\"]", SCIM_INVALID_FILTER, "At byte 13 of the filter: \"regex\""},
    {"PA-038", "User", "nonsense", SCIM_INVALID_PATH, "nonsense"},
    {"PA-038 with a suggestion", "User", "displayNam", SCIM_INVALID_PATH, "\"displayName\""},
    {"PA-039", "User", "name[givenName eq \"x\"]", SCIM_INVALID_PATH, "one value"},
    {"brackets on a text", "User", "title[value eq \"x\"]", SCIM_INVALID_PATH, "parts"},
    {"brackets on a sub-attribute", "User", "emails.value[type eq \"x\"]", SCIM_INVALID_PATH, "parts"},
    {"brackets on an extension", "User", "@E[department eq \"x\"]", SCIM_INVALID_PATH, "parts"},
    {"RFC figure 8", "Group", "members[value eq \"x\"].displayName", SCIM_INVALID_PATH, "\"display\""},
    {"no sub-attribute", "User", "emails[type eq \"work\"].", SCIM_INVALID_PATH, "sub-attribute"},
    {"rubbish behind", "User", "emails[type eq \"work\"]value", SCIM_INVALID_PATH, "behind"},
    {"two brackets", "User", "emails[type eq \"work\"][value pr]", SCIM_INVALID_PATH, "behind"},
    {"unknown name in the filter", "User", "emails[kind eq \"work\"]", SCIM_INVALID_FILTER, "kind"},
    {"empty brackets", "User", "emails[]", SCIM_INVALID_FILTER, "empty"},
    {"empty", "User", "", SCIM_INVALID_PATH, "empty"},
    {"only brackets", "User", "[type eq \"work\"]", SCIM_INVALID_PATH, "names no"},
    {"unknown URN", "User", "urn:example:x:title", SCIM_INVALID_PATH, "names no"},
    {"too many dots", "User", "name.givenName.x", SCIM_INVALID_PATH, "names no"},
    {"a slash", "User", "/emails", SCIM_INVALID_PATH, "\"emails\""},
    {"an attribute of another type", "Group", "userName", SCIM_INVALID_PATH, "Group"},
    {"brackets within", "User", "emails[value[type eq \"x\"]]", SCIM_INVALID_FILTER, "brackets"},
    {"quote that stays open", "User", "emails[type eq \"work]", SCIM_INVALID_PATH, "never closes"},
};
/* clang-format on */

static bool same(const struct scim_attr *attr, const char *want)
{
    char *path = given_text(want);
    bool equal = attr == NULL ? *path == '\0' : strcmp(attr->path, path) == 0;
    free(path);
    return equal;
}

static void good_paths_name_what_they_say(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct scim_error err = {0};
        struct scim_path p;
        char *text = filter_text(good[i].path);
        bool ok = scim_path_parse(given_type(model, good[i].type), text,
                                  strlen(text), &p, &err);
        if (!ok || !same(p.attr, good[i].attr) || !same(p.sub, good[i].sub) ||
            (p.filter != NULL) != good[i].filter ||
            (p.attr == NULL && p.schema == NULL))
            fail_msg("%s: %s %s", good[i].why, text, err.detail);
        scim_path_clear(&p);
        free(text);
    }
}

static void bad_paths_are_refused_with_the_reason(void **state)
{
    (void)state;
    size_t wrong = 0;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct scim_error err = {0};
        struct scim_path p;
        char *text = filter_text(bad[i].path);
        bool ok = scim_path_parse(given_type(model, bad[i].type), text,
                                  strlen(text), &p, &err);
        wrong += ok || !given_refused(bad[i].why, &err, bad[i].error,
                                      bad[i].fragment);
        scim_path_clear(&p);
        free(text);
    }
    assert_int_equal(wrong, 0);
}

static void long_paths_are_refused(void **state)
{
    (void)state;
    struct buf b = {0};
    struct scim_error err = {0};
    struct scim_path p;
    buf_str(&b, "emails[type eq \"");
    for (int i = 0; i < 100000; i++)
        buf_char(&b, 'a');
    buf_str(&b, "\"]");
    assert_false(
        scim_path_parse(given_type(model, "User"), b.data, b.len, &p, &err));
    assert_true(given_refused("long", &err, SCIM_INVALID_PATH, "long"));
    scim_path_clear(&p);
    buf_clear(&b);
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
        cmocka_unit_test(good_paths_name_what_they_say),
        cmocka_unit_test(bad_paths_are_refused_with_the_reason),
        cmocka_unit_test(long_paths_are_refused),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
