/* Promises: the command line does what its help says, with the exit codes that
 * scripts rely on, beside a running server too. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "server/command.h"
#include "server/table.h"
#include "test/server/client.h"
#include "test/server/fixture.h"

#define MOST_WORDS 16

struct outcome {
    int code;
    char out[16384], err[4096];
};

static void slurp(const char *path, char *out, size_t size)
{
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    out[fread(out, 1, size - 1, file)] = '\0';
    assert_int_equal(fclose(file), 0);
}

/* Sends one of the standard streams to a file; what it was before. */
static int divert(FILE *stream, int fd, const char *path)
{
    (void)fflush(stream);
    int old = dup(fd);
    int file = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
    assert_true(old >= 0 && file >= 0 && dup2(file, fd) == fd);
    (void)close(file);
    return old;
}

static void restore(FILE *stream, int fd, int old)
{
    (void)fflush(stream);
    (void)dup2(old, fd);
    (void)close(old);
}

/* Runs the words of `line`, parted by blanks; "@" is the configuration. */
static void run(const struct fixture *f, const char *line, struct outcome *o)
{
    char copy[1024], out[128], err[128];
    char *argv[MOST_WORDS + 1] = {(char *)(uintptr_t) "scim-bridge"};
    int argc = 1;
    (void)snprintf(copy, sizeof copy, "%s", line);
    for (char *at = copy; *at != '\0' && argc < MOST_WORDS;) {
        size_t len = strcspn(at, " ");
        bool last = at[len] == '\0';
        at[len] = '\0';
        argv[argc++] =
            strcmp(at, "@") == 0 ? (char *)(uintptr_t)f->config.path : at;
        at += len + (last ? 0 : 1);
    }
    (void)snprintf(out, sizeof out, "%s/out", f->folder);
    (void)snprintf(err, sizeof err, "%s/err", f->folder);
    int old_out = divert(stdout, 1, out);
    int old_err = divert(stderr, 2, err);
    o->code = command_main(argc, argv);
    restore(stdout, 1, old_out);
    restore(stderr, 2, old_err);
    slurp(out, o->out, sizeof o->out);
    slurp(err, o->err, sizeof o->err);
}

static int start(void **state)
{
    static struct fixture f;
    fixture_start(&f, "");
    *state = &f;
    return 0;
}

static int stop(void **state)
{
    fixture_stop(*state);
    return 0;
}

/* ---- the line itself ------------------------------------------------------
 */

static const struct {
    const char *line;
    int code;
    const char *out, *err; /* parts; NULL: nothing at all */
} lines[] = {
    {"--version", CODE_DONE, "scim-bridge 0.", NULL},
    {"serve --version", CODE_DONE, "scim-bridge 0.", NULL},
    {"--help", CODE_DONE, "  check ", NULL},
    {"help", CODE_DONE, "  serve ", NULL},
    {"serve --help", CODE_DONE, "--with-parent", NULL},
    {"check --help", CODE_DONE, "-c, --config FILE", NULL},
    {"probe --help", CODE_DONE, "[TARGET]", NULL},
    {"sync -h", CODE_DONE, "--dry-run", NULL},
    {"token --help", CODE_DONE, "create|list|revoke", NULL},
    {"token create --help", CODE_DONE, "--expires", NULL},
    {"users --help", CODE_DONE, "--json", NULL},
    {"groups --help", CODE_DONE, "exit codes", NULL},
    {"tasks --help", CODE_DONE, "--all", NULL},
    {"audit --help", CODE_DONE, "--resource", NULL},
    {"", CODE_USAGE, NULL, "A command is needed. Try --help."},
    {"srve", CODE_USAGE, NULL, "Did you mean serve?"},
    {"frobnicate", CODE_USAGE, NULL,
     "There is no command \"frobnicate\". Try --help"},
    {"check --cnfig x", CODE_USAGE, NULL, "Did you mean --config?"},
    {"check --all", CODE_USAGE, NULL, "check has no option --all."},
    {"check -c", CODE_USAGE, NULL, "--config needs a value"},
    {"check x", CODE_USAGE, NULL, "does not know what to do with \"x\""},
    {"token", CODE_USAGE, NULL, "token needs one of create|list|revoke"},
    {"token mint", CODE_USAGE, NULL, "token needs one of create|list|revoke"},
    {"check -c /nonexistent", CODE_USAGE, NULL, "cannot be opened"},
    {"check -c @", CODE_DONE, "the configuration is good", NULL},
    {"check --config=@ --json", CODE_USAGE, NULL, "cannot be opened"},
    {"check --json -c @", CODE_DONE, "\"capabilities\"", NULL},
    {"probe -c @", CODE_DONE, "main: main answers.", NULL},
    {"probe -c @ nobody", CODE_USAGE, NULL, "has no [target nobody]"},
    {"serve -c @", CODE_DATABASE, NULL, "is in use by"},
    {"sync -c @ nobody", CODE_USAGE, NULL, "has no [target nobody]"},
    {"sync -c @ --dry-run", CODE_USAGE, NULL, "dry run is not offered"},
    {"users -c @ --limit x", CODE_USAGE, NULL, "are whole numbers"},
    {"users -c @ --target x", CODE_USAGE, NULL, "has no [target x]"},
    {"users -c @", CODE_DONE, "USER NAME", NULL},
    {"groups -c @ -t other", CODE_DONE, "NAME", NULL},
    {"tasks -c @ --json", CODE_DONE, "\"items\": []", NULL},
    {"audit -c @ --cursor 5", CODE_DONE, "ACTION", NULL},
    {"token create -c @", CODE_USAGE, NULL, "--target is needed"},
    {"token create -c @ --target x", CODE_USAGE, NULL, "has no [target x]"},
    {"token create -c @ --target main --scope all", CODE_USAGE, NULL,
     "--scope is read, write or admin"},
    {"token create -c @ --target main --expires soon", CODE_USAGE, NULL,
     "--expires needs a duration"},
    {"token create -c @ --target main --name writer", CODE_USAGE, NULL,
     "A token named \"writer\" is in use"},
    {"token revoke -c @ nobody", CODE_USAGE, NULL, "No token in use is named"},
    {"token revoke -c @", CODE_USAGE, NULL, "revoke needs the token's name"},
    {"token list -c @", CODE_DONE, "reader", NULL},
};

static void every_line_has_its_answer_and_code(void **state)
{
    const struct fixture *f = *state;
    struct outcome o;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        run(f, lines[i].line, &o);
        bool out_ok = lines[i].out == NULL
                          ? o.out[0] == '\0'
                          : strstr(o.out, lines[i].out) != NULL;
        bool err_ok = lines[i].err == NULL
                          ? o.err[0] == '\0'
                          : strstr(o.err, lines[i].err) != NULL;
        if (o.code != lines[i].code || !out_ok || !err_ok)
            fail_msg("%s: code %d\nout: %s\nerr: %s", lines[i].line, o.code,
                     o.out, o.err);
    }
}

/* ---- beside the running server --------------------------------------------
 */

static int ask_with(const struct fixture *f, const char *token)
{
    struct answer a;
    char header[300];
    (void)snprintf(header, sizeof header, "Authorization: Bearer %.*s\r\n",
                   (int)strcspn(token, "\n"), token);
    client_ask(f->port, "GET", "/scim/v2/Users", header, NULL, &a);
    int status = a.status;
    client_clear(&a);
    return status;
}

static void a_new_token_works_and_a_revoked_one_does_not(void **state)
{
    struct fixture *f = *state;
    struct outcome made, revoked;
    run(f, "token create -c @ --target main --name fresh --expires 1h", &made);
    assert_int_equal(made.code, CODE_DONE);
    assert_non_null(strchr(made.out, '\n'));
    assert_string_equal(strchr(made.out, '\n'), "\n");
    /* The server's readers see another process's write a moment later. */
    int64_t limit = clock_span_ms() + 5000;
    while (ask_with(f, made.out) != 200 && clock_span_ms() < limit)
        (void)usleep(300000);
    assert_int_equal(ask_with(f, made.out), 200);
    run(f, "token revoke -c @ fresh", &revoked);
    assert_int_equal(revoked.code, CODE_DONE);
    limit = clock_span_ms() + 5000;
    while (ask_with(f, made.out) == 200 && clock_span_ms() < limit)
        (void)usleep(10000);
    assert_int_equal(ask_with(f, made.out), 401);
}

static void a_token_can_be_handed_in_and_kept(void **state)
{
    struct fixture *f = *state;
    struct outcome o;
    char path[256];
    fixture_write(f->folder, "token", "a-token-of-my-own-0123456789\n", path);
    for (int round = 0; round < 2; round++) {
        int file = open(path, O_RDONLY | O_CLOEXEC);
        int old = dup(0);
        assert_true(file >= 0 && old >= 0 && dup2(file, 0) == 0);
        clearerr(stdin);
        run(f,
            "token create -c @ --target main --name own --replace "
            "--from-stdin",
            &o);
        (void)dup2(old, 0);
        (void)close(old);
        (void)close(file);
        if (o.code != CODE_DONE)
            fail_msg("round %d: %s", round, o.err);
        assert_string_equal(o.out, "a-token-of-my-own-0123456789\n");
    }
}

static void a_sync_asks_the_server_that_runs(void **state)
{
    struct fixture *f = *state;
    struct outcome o;
    run(f, "sync -c @", &o);
    assert_int_equal(o.code, CODE_DONE);
    assert_string_equal(
        o.out, "main: seen=3 brake=false\nother: seen=3 brake=false\n");
    run(f, "sync -c @ other --json", &o);
    assert_string_equal(o.out, "{\"target\":\"other\",\"sync\":{\"seen\":3,"
                               "\"brake\":false}}\n");
    char *log = fixture_log(f);
    assert_non_null(strstr(log, "token=local"));
    free(log);
}

static void without_a_server_a_sync_runs_alone(void **state)
{
    struct fixture f = {.port = 0};
    struct outcome o;
    char path[256], folder[64];
    (void)state;
    fixture_folder(folder);
    fixture_write(folder, "c.ini",
                  "[server]\nlisten = 127.0.0.1:0\ndatabase = b.db\n"
                  "[target main]\nprofile = refdesk\n",
                  path);
    f.config.path = path;
    (void)snprintf(f.folder, sizeof f.folder, "%s", folder);
    run(&f, "sync -c @", &o);
    assert_int_equal(o.code, CODE_DONE);
    assert_string_equal(o.out, "main: seen=3 brake=false\n");
    fixture_remove(folder);
}

/* ---- tables ---------------------------------------------------------------
 */

static void a_cell_cannot_move_the_cursor(void **state)
{
    static const struct table_column columns[] = {{"a", "A"}, {NULL, NULL}};
    json_t *list =
        json_pack("{s:[{s:s}],s:s}", "items", "a", "x\x1b[2Jy", "next", "7");
    struct fixture *f = *state;
    char path[256], text[256];
    (void)snprintf(path, sizeof path, "%s/table", f->folder);
    int old = divert(stdout, 1, path);
    table_print(list, columns, false);
    restore(stdout, 1, old);
    slurp(path, text, sizeof text);
    assert_string_equal(text, "A\nx?[2Jy\nThere is more: go on with --cursor "
                              "7.\n");
    json_decref(list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_line_has_its_answer_and_code),
        cmocka_unit_test(a_new_token_works_and_a_revoked_one_does_not),
        cmocka_unit_test(a_token_can_be_handed_in_and_kept),
        cmocka_unit_test(a_sync_asks_the_server_that_runs),
        cmocka_unit_test(without_a_server_a_sync_runs_alone),
        cmocka_unit_test(a_cell_cannot_move_the_cursor),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
