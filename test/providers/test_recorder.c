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
        cmocka_unit_test(a_folder_that_is_none_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
