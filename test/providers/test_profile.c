/* Promises: a profile loads only when every name in it is known, and every
 * mistake is named with the file, the JSON path and the nearest valid name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "providers/profile.h"
#include "providers/profile_check.h"
#include "providers/profile_schema.h"

static const char *const shipped[] = {
    "providers/refdesk.json", "providers/request-tracker.json",
    "providers/zendesk.json", "providers/freshdesk.json",
    "providers/zammad.json"};

static json_t *load(const char *path)
{
    json_error_t at;
    json_t *profile = json_load_file(path, 0, &at);
    if (profile == NULL)
        fail_msg("%s: %s", path, at.text);
    return profile;
}

/* All lines that the loader has for a profile; "" when it loads. */
static char *complaints(const json_t *profile)
{
    struct error err = {0};
    char *all = NULL, *text = json_dumps(profile, 0);
    json_t *read = profile_read("p.json", text, strlen(text), &err, &all);
    free(text);
    if (read != NULL) {
        json_decref(read);
        return strdup("");
    }
    return all != NULL ? all : strdup(err.text);
}

static void shipped_profiles_load(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof shipped / sizeof *shipped; i++) {
        json_t *profile = load(shipped[i]);
        char *lines = complaints(profile);
        if (*lines != '\0')
            fail_msg("%s:\n%s", shipped[i], lines);
        free(lines);
        json_decref(profile);
    }
}

/* ---- every key, one after the other -------------------------------------- */

/* What is done at each key of a shape: the object, the key, its path. */
typedef void at_key(json_t *profile, json_t *object,
                    const struct profile_key *key, const char *name,
                    struct check *where);

static void walk(json_t *profile, json_t *object,
                 const struct profile_shape *shape, struct check *where,
                 at_key *visit);

static void walk_value(json_t *profile, json_t *value,
                       const struct profile_key *key, struct check *where,
                       at_key *visit)
{
    size_t i, mark;
    json_t *one;
    const char *name;
    if (key->type == PT_SHAPE || key->type == PT_COUNTER)
        walk(profile, value, key->shape, where, visit);
    if (key->type == PT_SHAPES)
        json_array_foreach (value, i, one) {
            mark = check_index(where, i);
            walk(profile, one, key->shape, where, visit);
            check_up(where, mark);
        }
    if (key->type == PT_NAMED)
        json_object_foreach (value, name, one) {
            mark = check_key(where, name);
            walk(profile, one, key->shape, where, visit);
            check_up(where, mark);
        }
}

static void walk(json_t *profile, json_t *object,
                 const struct profile_shape *shape, struct check *where,
                 at_key *visit)
{
    const char *variant =
        shape->by == NULL
            ? NULL
            : json_string_value(json_object_get(object, shape->by));
    json_t *names = json_array(), *name;
    const char *key;
    json_t *value;
    size_t i;
    json_object_foreach (object, key, value) {
        json_array_append_new(names, json_string(key));
    }
    json_array_foreach (names, i, name) {
        key = json_string_value(name);
        const struct profile_key *k = profile_key_find(shape, variant, key);
        if (k == NULL)
            continue;
        size_t mark = check_key(where, key);
        visit(profile, object, k, key, where);
        walk_value(profile, json_object_get(object, key), k, where, visit);
        check_up(where, mark);
    }
    json_decref(names);
}

static size_t visited;

static void expect_line(const json_t *profile, const char *start,
                        const char *after, const char *what)
{
    char *lines = complaints(profile), want[512];
    (void)snprintf(want, sizeof want, "p.json: %s%s", start, after);
    if (strstr(lines, want) == NULL)
        fail_msg("%s: no line begins \"%s\" in:\n%s", what, want, lines);
    free(lines);
}

static void without_required(json_t *profile, json_t *object,
                             const struct profile_key *key, const char *name,
                             struct check *where)
{
    if (!key->required)
        return;
    json_t *value = json_incref(json_object_get(object, name));
    json_object_del(object, name);
    expect_line(profile, where->at.data, ": ", "removed");
    json_object_set_new(object, name, value);
    visited++;
}

static void misspelled(json_t *profile, json_t *object,
                       const struct profile_key *key, const char *name,
                       struct check *where)
{
    char wrong[128], path[512];
    size_t len = where->at.len - strlen(name);
    (void)key;
    (void)snprintf(wrong, sizeof wrong, "%sx", name);
    if (where->at.data[where->at.len - 1] == ']') /* a quoted name */
        (void)snprintf(path, sizeof path, "%.*sx\"]", (int)(where->at.len - 2),
                       where->at.data);
    else
        (void)snprintf(path, sizeof path, "%.*s%s", (int)len, where->at.data,
                       wrong);
    json_t *value = json_incref(json_object_get(object, name));
    json_object_del(object, name);
    json_object_set(object, wrong, value);
    expect_line(profile, path, ": ", "misspelled");
    json_object_del(object, wrong);
    json_object_set_new(object, name, value);
    visited++;
}

static void wrong_type(json_t *profile, json_t *object,
                       const struct profile_key *key, const char *name,
                       struct check *where)
{
    if (key->type == PT_ANY || key->type == PT_JSON || key->type == PT_SETS)
        return;
    json_t *value = json_incref(json_object_get(object, name));
    /* Fails at the value or, where a list may be, at its first element. */
    json_object_set_new(object, name, json_pack("[[[]]]"));
    expect_line(profile, where->at.data, "", "of a wrong type");
    json_object_set_new(object, name, value);
    visited++;
}

static void over_all(at_key *visit, size_t at_least)
{
    for (size_t i = 0; i < sizeof shipped / sizeof *shipped; i++) {
        json_t *profile = load(shipped[i]);
        struct check where = {.profile = profile, .file = "p.json"};
        visited = 0;
        walk(profile, profile, &profile_schema, &where, visit);
        assert_true(visited >= at_least);
        buf_clear(&where.at);
        json_decref(profile);
    }
}

static void a_removed_required_key_is_named(void **state)
{
    (void)state;
    over_all(without_required, 40);
}

static void a_misspelled_key_is_named(void **state)
{
    (void)state;
    over_all(misspelled, 200);
}

static void a_value_of_a_wrong_type_is_named(void **state)
{
    (void)state;
    over_all(wrong_type, 150);
}

/* ---- single mistakes ----------------------------------------------------- */

/* `at`: a dotted path of object keys and list indices from the root; `value`:
 * JSON text put there, or NULL to remove it. */
static const struct {
    const char *why, *at, *value, *line;
} mistakes[] = {
    {"a kind of task that there is not", "manual",
     "{\"deactivte\":{\"where\":\"x\"}}",
     "manual.deactivte: unknown key in manual; did you mean \"deactivate\"?"},
    {"a variable that no address has", "manual",
     "{\"role\":{\"url\":\"https://d/{{ix}}\"}}",
     "manual.role.url: unknown variable \"ix\"; did you mean \"id\"?"},
    {"another format", "format", "\"helpdesk-provider/2\"", "format: "},
    {"an operation that no key names", "operations/users.lsit",
     "{\"method\":\"GET\",\"path\":\"/x\"}",
     "operations[\"users.lsit\"]: unknown operation, which no key names, "
     "\"users.lsit\"; did you mean \"users.list\"?"},
    {"a required operation", "operations/users.get", NULL,
     "operations[\"users.get\"]: missing"},
    {"a variable of another operation", "operations/users.get/path",
     "\"/users/{{changes}}\"",
     "operations[\"users.get\"].path: unknown variable \"changes\""},
    {"a misspelled variable", "operations/users.invite/body/email",
     "\"{{emial}}\"",
     "operations[\"users.invite\"].body: unknown variable \"emial\"; did you "
     "mean \"email\"?"},
    {"a secret outside auth", "operations/users.get/path",
     "\"/users/{{id}}/{{secret.token}}\"",
     "operations[\"users.get\"].path: secrets may be used in \"auth\" only"},
    {"an undeclared secret", "auth/token", "\"{{secret.tokn}}\"",
     "auth: unknown secret \"tokn\"; did you mean \"token\"?"},
    {"an undeclared variable", "headers", "{\"X\": \"{{set.org}}\"}",
     "headers: unknown variable of \"vars\" \"org\""},
    {"a broken template", "operations/users.get/path", "\"/users/{{id\"",
     "operations[\"users.get\"].path: "},
    {"a broken path", "user/id", "\"a..b\"", "user.id: not a path: "},
    {"a broken regex", "user/map/0/pattern", "\"(\"",
     "user.map[0].pattern: not a POSIX extended regular expression: "},
    {"a condition with an object", "user/states/0/when",
     "{\"status\": {\"x\": 1}}", "user.states[0].when.status: "},
    {"a misspelled state", "user/states/0/is", "\"actve\"",
     "user.states[0].is: unknown value \"actve\"; did you mean \"active\"?"},
    {"no default role", "user/roles/values/2/default", "false",
     "user.roles.values: 0 roles are marked"},
    {"two roles of one name", "user/roles/values/1/scim", "\"agent\"",
     "user.roles.values[2].scim: another role"},
    {"a role of nothing", "user/roles/values/1/set", NULL,
     "user.roles.values[1]: a role needs either"},
    {"an unknown role", "user/map/8/only_for_roles", "[\"agnet\"]",
     "user.map[8].only_for_roles: unknown role \"agnet\"; did you mean "
     "\"agent\"?"},
    {"an unknown role to invite as", "user/roles/values/3/invite_as",
     "\"owner\"", "user.roles.values[3].invite_as: "},
    {"a look-up that is not described", "user/roles/values/1/set/role",
     "\"@Admin\"", "user.roles.values[1].set: \"@NAME\" needs"},
    {"an unknown attribute", "user/map/2/scim", "\"displayNam\"",
     "user.map[2].scim: no SCIM attribute that can be mapped; did you mean "
     "\"displayName\"?"},
    {"an attribute with a key of its own", "user/map/2/scim", "\"active\"",
     "user.map[2].scim: \"active\" has a key of its own"},
    {"an extra attribute with a wrong name", "user/map/2/scim",
     "\"$ext.desk.Last\"", "user.map[2].scim: an extra attribute is"},
    {"another part of the extension", "user/map/2/scim", "\"$ext.state\"",
     "user.map[2].scim: an extra attribute is"},
    {"an attribute mapped twice", "user/map/3/scim", "\"displayName\"",
     "user.map[3].scim: another row maps"},
    {"a value filter that is none", "user/map/1/scim",
     "\"emails[type ne 1].value\"", "user.map[1].scim: the brackets must"},
    {"paging that is not there", "operations/users.list/paging", "\"page\"",
     "operations[\"users.list\"].paging: unknown paging style \"page\"; did "
     "you mean \"pages\"?"},
    {"an operation that is not there", "user/roles/op", "\"users.set_rle\"",
     "user.roles.op: unknown operation \"users.set_rle\"; did you mean "
     "\"users.set_role\"?"},
    {"an unknown hook", "operations/users.delete", "{\"hook\": \"x\"}",
     "operations[\"users.delete\"].hook: unknown value \"x\""},
    {"a request without a path", "operations/users.get/path", NULL,
     "operations[\"users.get\"].path: missing"},
    {"two ways at once", "operations/users.get/steps", "[]",
     "operations[\"users.get\"]: needs"},
    {"steps that lead back", "operations/tickets.assign_team/steps/0/op",
     "\"tickets.assign_team\"",
     "operations[\"tickets.assign_team\"].steps[0]: steps lead back"},
    {"paging of no list", "operations/users.get/paging", "\"pages\"",
     "operations[\"users.get\"].paging: only for a list"},
    {"two ends of a list", "paging/pages/stop/short_page", "true",
     "paging.pages.stop: needs exactly one"},
    {"a rule that compares with nothing", "errors/1/in", NULL,
     "errors[1]: \"path\" and \"header\" need"},
    {"a key of another kind of login", "auth/user", "\"x\"",
     "auth.user: unknown key in auth"},
    {"members from nowhere", "group/members/list", NULL,
     "group.members: needs \"list\""},
    {"required with a default", "user/map/0/default", "\"x\"",
     "user.map[0].default: "},
    {"a joined list without a joint", "user/map/2/native", "[\"a\", \"b\"]",
     "user.map[2].join: missing"},
    {"a status that is none", "errors/0/status", "[42]",
     "errors[0].status[0]: must be an HTTP status"},
    {"a number out of range", "rate/max", "0", "rate.max: must be a whole"},
    {"no list of users", "operations/users.list/records", NULL,
     "operations[\"users.list\"].records: missing"},
    {"a batch of nothing known", "operations/users.bulk_update/batch/param",
     "\"idz\"",
     "operations[\"users.bulk_update\"].batch.param: unknown variable "
     "\"idz\"; did you mean \"ids\"?"},
};

/* The container of the last name of `path`; *name gets that name. */
static json_t *parent(json_t *root, const char *path, const char **name)
{
    json_t *at = root;
    for (const char *slash; (slash = strchr(path, '/')) != NULL;
         path = slash + 1) {
        size_t len = (size_t)(slash - path);
        at = json_is_array(at)
                 ? json_array_get(at, (size_t)strtoul(path, NULL, 10))
                 : json_object_getn(at, path, len);
        assert_non_null(at);
    }
    *name = path;
    return at;
}

static void each_mistake_is_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        json_t *profile = load(shipped[0]);
        const char *name;
        json_t *home = parent(profile, mistakes[i].at, &name);
        if (mistakes[i].value == NULL)
            json_object_del(home, name);
        else
            json_object_set_new(
                home, name,
                json_loads(mistakes[i].value, JSON_DECODE_ANY, NULL));
        char *lines = complaints(profile), want[512];
        (void)snprintf(want, sizeof want, "p.json: %s", mistakes[i].line);
        if (strstr(lines, want) == NULL)
            fail_msg("%s: no line begins \"%s\" in:\n%s", mistakes[i].why, want,
                     lines);
        free(lines);
        json_decref(profile);
    }
}

static void several_mistakes_are_told_at_once(void **state)
{
    (void)state;
    struct error err = {0};
    static const char text[] = "{\"format\": \"x\", \"nmae\": 1}";
    assert_null(profile_read("p.json", text, strlen(text), &err, NULL));
    assert_non_null(strstr(err.text, "p.json: format: "));
    assert_non_null(strstr(err.text, "p.json: nmae: unknown key in a profile; "
                                     "did you mean \"name\"?"));
    assert_non_null(strstr(err.text, "p.json: user: missing"));
}

static void what_is_no_json_is_refused_with_its_line(void **state)
{
    (void)state;
    struct error err = {0};
    assert_null(profile_read("p.json", "{\n,", 3, &err, NULL));
    assert_non_null(strstr(err.text, "p.json: line 2, column"));
    static const char twice[] = "{\"name\": 1, \"name\": 2}";
    assert_null(profile_read("p.json", twice, strlen(twice), &err, NULL));
    assert_non_null(strstr(err.text, "duplicate"));
}

static void depth_is_bounded(void **state)
{
    (void)state;
    struct error err = {0};
    char deep[512];
    size_t n = 0;
    n += (size_t)snprintf(deep, sizeof deep, "{\"note\":");
    memset(deep + n, '[', 40);
    memset(deep + n + 40, ']', 40);
    deep[n + 80] = '}';
    assert_null(profile_read("p.json", deep, n + 81, &err, NULL));
    assert_non_null(strstr(err.text, "nested deeper"));
}

static void a_file_that_others_may_write_is_refused(void **state)
{
    (void)state;
    char path[] = "/tmp/profile-test-XXXXXX";
    struct error err = {0};
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "{}", 2), 2);
    static const mode_t bad[] = {0620, 0602, 0666};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(fchmod(fd, bad[i]), 0);
        assert_null(profile_file(path, &err));
        assert_non_null(strstr(err.text, "chmod go-w"));
    }
    assert_int_equal(fchmod(fd, 0644), 0);
    char *text = profile_file(path, &err);
    assert_string_equal(text, "{}");
    free(text);
    close(fd);
    unlink(path);
    assert_null(profile_file(path, &err));
    assert_null(profile_file("/tmp", &err));
}

/* ---- the account --------------------------------------------------------- */

static const char tiny[] =
    "{\"base_url\": \"https://{{set.org}}.example.com/api/\","
    " \"secrets\": {\"token\": \"the API token\"},"
    " \"vars\": {\"org\": {}, \"fast\": {\"type\": \"boolean\", "
    "\"default\": true}, \"n\": {\"type\": \"integer\", \"default\": 3}}}";

static const struct {
    const char *why, *url, *token, *org, *extra, *line;
} accounts[] = {
    {"all is there", NULL, "t", "acme", NULL, NULL},
    {"no secret", NULL, NULL, "acme", NULL,
     "p.json: secrets.token: missing; add secret.token to the target: the API "
     "token"},
    {"no value", NULL, "t", NULL, NULL,
     "p.json: vars.org: has no default and no value"},
    {"an unknown setting", NULL, "t", "acme", "fsat",
     "p.json: set.fsat: the profile asks for no such name; did you mean "
     "\"set.fast\"?"},
    {"not a boolean", NULL, "t", "acme", "fast",
     "p.json: vars.fast: must be true or false"},
    {"not a number", NULL, "t", "acme", "n",
     "p.json: vars.n: must be a whole number"},
    {"plain HTTP to elsewhere", "http://desk.example.com", "t", "acme", NULL,
     "p.json: base_url: must begin with https://"},
    {"a name that only begins like loopback", "http://localhost.example.com",
     "t", "acme", NULL, "p.json: base_url: must begin with https://"},
    {"plain HTTP to this machine", "http://127.0.0.1:8081/api/v1", "t", "acme",
     NULL, NULL},
    {"a user in the URL", "https://a@b.example.com", "t", "acme", NULL,
     "p.json: base_url: must not hold"},
    {"an empty name of the host", NULL, "t", "", NULL,
     "p.json: base_url: begins with a dot"},
};

static void an_account_is_bound_or_refused(void **state)
{
    (void)state;
    json_t *profile = json_loads(tiny, 0, NULL);
    for (size_t i = 0; i < sizeof accounts / sizeof *accounts; i++) {
        struct up_setting secrets[] = {{"secret.token", accounts[i].token},
                                       {NULL, NULL}};
        struct up_setting variables[] = {{"org", accounts[i].org},
                                         {accounts[i].extra, "maybe"},
                                         {NULL, NULL}};
        struct up_setting *first = variables;
        if (accounts[i].token == NULL)
            secrets[0].name = NULL;
        if (accounts[i].org == NULL)
            first++;
        struct up_config config = {.profile = "p.json",
                                   .base_url = accounts[i].url,
                                   .secrets = secrets,
                                   .variables = first};
        struct profile_account account;
        struct error err = {0};
        bool ok = profile_account_bind(profile, &config, &account, &err);
        if (ok != (accounts[i].line == NULL) ||
            (!ok && strstr(err.text, accounts[i].line) == NULL))
            fail_msg("%s: %s", accounts[i].why, err.text);
        if (ok && accounts[i].url == NULL) {
            assert_string_equal(account.base_url,
                                "https://acme.example.com/api");
            assert_true(
                json_is_true(json_object_get(account.variables, "set.fast")));
            assert_int_equal(
                json_integer_value(json_object_get(account.variables, "set.n")),
                3);
        }
        profile_account_clear(&account);
    }
    json_decref(profile);
}

/* What of the rate limit is left to others: the installation's word, else the
 * profile's own wish. */
static void the_installation_outvotes_the_profile(void **state)
{
    (void)state;
    static const struct up_setting secrets[] = {{"token", "x"}, {NULL, NULL}};
    static const struct {
        int headroom;
        const char *says;
    } wishes[] = {{-1, "  10% of the rate limit"}, {35, "  35% of the rate"}};
    for (size_t i = 0; i < sizeof wishes / sizeof *wishes; i++) {
        const struct up_config config = {.profile = "providers/refdesk.json",
                                         .base_url = "https://desk.example",
                                         .secrets = secrets,
                                         .rate_headroom = wishes[i].headroom};
        struct error err = {""};
        struct provider *p = up_new(&config, &err);
        char *text = p == NULL ? NULL : up_describe(p);
        if (text == NULL || strstr(text, wishes[i].says) == NULL)
            fail_msg("%s%s", err.text, text == NULL ? "" : text);
        free(text);
        up_free(p);
    }
}

/* ---- the tables and the page --------------------------------------------- */

static void find_keys(const struct profile_key *keys, const char *page)
{
    for (; keys != NULL && keys->name != NULL; keys++) {
        char want[80];
        (void)snprintf(want, sizeof want, "`%s`", keys->name);
        if (strstr(page, want) == NULL)
            fail_msg("docs/profiles.md does not describe %s", want);
        if (keys->shape == NULL)
            continue;
        find_keys(keys->shape->keys, page);
        const struct profile_variant *v = keys->shape->variants;
        for (; v != NULL && v->value != NULL; v++)
            find_keys(v->keys, page);
    }
}

static void the_documentation_names_every_key(void **state)
{
    (void)state;
    struct error err = {0};
    char *page = profile_file("docs/profiles.md", &err);
    if (page == NULL)
        fail_msg("%s", err.text);
    find_keys(profile_schema.keys, page);
    free(page);
}

static void the_first_example_of_the_documentation_loads(void **state)
{
    (void)state;
    static const char fence[] = "```json\n";
    struct error err = {0};
    char *page = profile_file("docs/profiles.md", &err);
    assert_non_null(page);
    const char *from = strstr(page, fence) + strlen(fence);
    size_t len = (size_t)(strstr(from, "```") - from);
    json_t *profile = profile_read("example", from, len, &err, NULL);
    if (profile == NULL)
        fail_msg("%s", err.text);
    json_decref(profile);
    free(page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_installation_outvotes_the_profile),
        cmocka_unit_test(shipped_profiles_load),
        cmocka_unit_test(a_removed_required_key_is_named),
        cmocka_unit_test(a_misspelled_key_is_named),
        cmocka_unit_test(a_value_of_a_wrong_type_is_named),
        cmocka_unit_test(each_mistake_is_named),
        cmocka_unit_test(several_mistakes_are_told_at_once),
        cmocka_unit_test(what_is_no_json_is_refused_with_its_line),
        cmocka_unit_test(depth_is_bounded),
        cmocka_unit_test(a_file_that_others_may_write_is_refused),
        cmocka_unit_test(an_account_is_bound_or_refused),
        cmocka_unit_test(the_documentation_names_every_key),
        cmocka_unit_test(the_first_example_of_the_documentation_loads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
