/* Promises: what was recorded is answered again without a network, holds
 * nothing that the profile does not name, and what was not recorded fails. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "providers/keep.h"
#include "providers/scrub.h"
#include "test/providers/fake.h"

#include <dirent.h>
#include <unistd.h>

static const char profile[] =
    "{'auth':{'type':'query','name':'key','value':'{{secret.token}}'},"
    "'errors':[{'status':[404],'as':'not_found'}],"
    "'user':{'id':'id','map':[{'scim':'userName','native':'mail.main'},"
    "{'scim':'password','native':'pin','read':'never'}]},"
    "'operations':{"
    "'users.get':{'method':'GET','path':'/u/{{id}}','record':'$',"
    "'note':'unnoted'},"
    "'users.create':{'method':'POST','path':'/u','id_from':['header:X-Id'],"
    "'body':{'mail':'{{mail}}','pin':'{{pin?}}'}}}}";

/* An engine of the same profile on a folder. */
static struct engine *engine(struct fake *f, const char *record,
                             const char *play)
{
    struct error err = {""};
    const struct engine_config config = {
        .profile = f->profile,
        .base_url = "https://desk.example/api",
        .variables = f->variables,
        .secrets = f->secrets,
        .record = record,
        .replay = play,
        .transport = play == NULL ? &f->transport : NULL};
    struct engine *e = engine_new(&config, &err);
    if (e == NULL)
        fail_msg("%s", err.text);
    return e;
}

static enum up_rc run(struct engine *e, const char *op, const char *vars,
                      struct op_result *r, struct up_error *err)
{
    struct up_call call = {0};
    json_t *scope = fake_parse(vars);
    const struct vars v = {.scope = {scope}, .count = 1};
    enum up_rc rc = engine_run(e, &call, op, &v, r, err);
    json_decref(scope);
    return rc;
}

/* All recordings as one text; the folder is emptied. New text. */
static char *take_all(const char *folder)
{
    char *all = calloc(1, 65536);
    DIR *d = opendir(folder);
    for (struct dirent *e; (e = readdir(d)) != NULL;) {
        char path[512];
        (void)snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        FILE *f = e->d_name[0] == '.' ? NULL : fopen(path, "r");
        if (f == NULL)
            continue;
        size_t used = strlen(all);
        (void)!fread(all + used, 1, 65535 - used, f);
        (void)fclose(f);
        (void)unlink(path);
    }
    (void)closedir(d);
    (void)rmdir(folder);
    return all;
}

static void a_recording_answers_again(void **state)
{
    (void)state;
    const struct fake_answer answers[] = {
        {.status = 404, .body = "{}"},
        {.status = 201, .headers = "X-Id: 7\nSet-Cookie: abc"},
        {.status = 200,
         .body = "{'id':7,'mail':{'main':'ann@x.example','key':'k1'},"
                 "'pin':'1234','api_key':'k2','unnoted':1,'password':'p'}"},
    };
    char folder[] = "/tmp/recording-XXXXXX";
    assert_non_null(mkdtemp(folder));
    struct fake f;
    struct op_result r;
    struct up_error err;
    fake_open(&f, profile, answers, 3);
    struct engine *e = engine(&f, folder, NULL);
    const char *ann = "{'id':'7','mail':'ann@x.example','pin':'1234'}";
    assert_int_equal(UP_NOT_FOUND, run(e, "users.get", ann, &r, &err));
    assert_int_equal(UP_OK, run(e, "users.create", ann, &r, &err));
    op_result_clear(&r);
    assert_int_equal(UP_OK, run(e, "users.get", ann, &r, &err));
    op_result_clear(&r);
    engine_free(e);
    assert_non_null(strstr(f.sent[0], "?key=s3cret-token"));

    e = engine(&f, NULL, folder);
    assert_int_equal(UP_NOT_FOUND, run(e, "users.get", ann, &r, &err));
    assert_int_equal(UP_OK, run(e, "users.create", ann, &r, &err));
    assert_string_equal("7", r.created_id);
    op_result_clear(&r);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(UP_OK, run(e, "users.get", ann, &r, &err));
        fake_json(r.record, "{'id':7,'mail':{'main':'ann@x.example'}}");
        op_result_clear(&r);
    }
    assert_int_equal(UP_UNAVAILABLE,
                     run(e, "users.get", "{'id':'8'}", &r, &err));
    assert_non_null(strstr(err.detail, "no answer for GET /api/u/8"));
    engine_free(e);
    assert_int_equal(3, f.next);

    char *all = take_all(folder);
    static const char *const absent[] = {"s3cret", "1234", "k1",    "k2",
                                         "abc",    "pin",  "\"p\"", "unnoted"};
    for (size_t i = 0; i < sizeof absent / sizeof absent[0]; i++)
        if (strstr(all, absent[i]) != NULL)
            fail_msg("%s was written down: %s", absent[i], all);
    free(all);
    fake_close(&f);
}

/* ---- pseudonyms ---------------------------------------------------------- */

static const char people[] =
    "{'user':{'id':'id','map':[{'scim':'userName','native':'mail'},"
    "{'scim':'displayName','native':'name'},"
    "{'scim':'name.givenName','native':['who.first','who.last']}]}}";

static char *scrubbed(struct scrub *s, const char *text)
{
    char *out = scrub_text(s, text, strlen(text));
    assert_non_null(out);
    return out;
}

static const char *at(const json_t *value, const char *key)
{
    return json_string_value(json_object_get(value, key));
}

static void people_become_pseudonyms(void **state)
{
    (void)state;
    json_t *map = fake_parse(people);
    json_t *secrets = fake_parse("{'secret.token':'abc'}");
    struct scrub *s = scrub_new(map, secrets);
    static const char *const kept[] = {"GET /users?q=email:ann@x.example&n=1",
                                       "a@b",
                                       "@",
                                       "x@",
                                       "%40",
                                       "",
                                       "who@where",
                                       "ann@example.com",
                                       "no address at all, 5 @ 3.50"};
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        char *same = scrubbed(s, kept[i]);
        assert_string_equal(kept[i], same);
        free(same);
    }
    char *url =
        scrubbed(s, "/users?email=Ann.Ash%40acme.com&x=ann.ash@ACME.com");
    assert_null(strcasestr(url, "acme"));
    assert_null(strcasestr(url, "ann"));
    assert_non_null(strstr(url, "%40person.example&x=u"));
    assert_memory_equal(url + 13, strstr(url, "&x=") + 3, 11);
    char *again = scrubbed(s, url);
    assert_string_equal(url, again);
    free(again);
    free(url);
    scrub_free(s);
    json_decref(secrets);
    json_decref(map);
}

static void names_beside_an_address_become_pseudonyms(void **state)
{
    (void)state;
    json_t *map = fake_parse(people);
    struct scrub *s = scrub_new(map, NULL);
    json_t *body = fake_parse("[{'mail':'ann.ash@acme.com','name':'Ann Ash',"
                              "'who':{'first':'Ann','x@acme.com':1},'id':5},"
                              "{'name':'Support','by':'Ann Ash'},"
                              "{'mail':'bo@b.example','name':'Bo Burg'}]");
    json_t *out = scrub_json(s, body);
    const json_t *ann = json_array_get(out, 0), *team = json_array_get(out, 1);
    char *text = json_dumps(out, 0);
    assert_null(strstr(text, "Ann"));
    assert_null(strstr(text, "acme"));
    assert_int_equal(17, strlen(at(ann, "name")));
    assert_string_equal("Support", at(team, "name"));
    assert_string_equal(at(ann, "name"), at(team, "by"));
    assert_string_equal("Bo Burg", at(json_array_get(out, 2), "name"));
    json_t *twice = scrub_json(s, out);
    assert_true(json_equal(out, twice));
    free(text);
    json_decref(twice);
    json_decref(out);
    json_decref(body);
    scrub_free(s);
    json_decref(map);
}

static void a_folder_that_is_none_is_refused(void **state)
{
    (void)state;
    struct fake f;
    struct error err = {""};
    fake_open(&f, profile, NULL, 0);
    const struct engine_config config = {.profile = f.profile,
                                         .base_url = "https://desk.example",
                                         .variables = f.variables,
                                         .secrets = f.secrets,
                                         .replay = "/nowhere/at/all"};
    assert_null(engine_new(&config, &err));
    assert_non_null(strstr(err.text, "/nowhere/at/all"));
    fake_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_recording_answers_again),
        cmocka_unit_test(people_become_pseudonyms),
        cmocka_unit_test(names_beside_an_address_become_pseudonyms),
        cmocka_unit_test(a_folder_that_is_none_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
