/* Promises: one server a file, whose name the second is told; a file that is
 * not ours, newer or damaged is refused with advice; what was acknowledged
 * survives any end of the process; commands work beside a server. */
#include "test/store/fixture.h"

#include "store/target.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void assert_says(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", text, part);
}

static void assert_refused(const char *path, const char *part)
{
    struct error err = {0};
    struct store *s = store_open(path, &err);
    assert_null(s);
    assert_says(err.text, part);
}

static void the_files_are_for_their_owner_alone(void **state)
{
    struct fixture *f = *state;
    static const char *const suffixes[] = {"", "-wal", "-shm", ".lock"};
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        char name[128];
        struct stat info;
        (void)snprintf(name, sizeof name, "%s%s", f->path, suffixes[i]);
        assert_int_equal(stat(name, &info), 0);
        assert_int_equal(info.st_mode & 0777, 0600);
    }
}

static void a_second_process_is_told_who_holds_the_file(void **state)
{
    struct fixture *f = *state;
    int pipe_fds[2];
    char said[1024] = "", holder[32];
    assert_int_equal(pipe(pipe_fds), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct error err = {0};
        struct store *s = store_open(f->path, &err);
        ssize_t sent = write(pipe_fds[1], err.text, strlen(err.text));
        _exit(s == NULL && sent > 0 ? 0 : 1);
    }
    int status = 1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_true(read(pipe_fds[0], said, sizeof said - 1) > 0);
    (void)close(pipe_fds[0]);
    (void)close(pipe_fds[1]);
    (void)snprintf(holder, sizeof holder, "pid %ld since 20", (long)getpid());
    assert_says(said, holder);
    assert_says(said, f->path);
}

static void the_file_can_be_opened_again_after_closing(void **state)
{
    struct fixture *f = *state;
    int64_t n = fixture_user(f, 1, "ada");
    fixture_close(f);
    fixture_open(f);
    struct store_resource r = fixture_get(f, n);
    assert_string_equal(r.name_key, "ada");
    store_resource_clear(&r);
}

static void a_newer_file_is_refused(void **state)
{
    struct fixture *f = *state;
    fixture_close(f);
    fixture_sql(f, "PRAGMA user_version = 9999");
    assert_refused(f->path, "newer scim-bridge (its version is 9999");
    fixture_sql(f, "PRAGMA user_version = 1");
    fixture_open(f);
}

static void a_file_of_another_program_is_refused(void **state)
{
    struct fixture *f = *state;
    fixture_close(f);
    fixture_sql(f, "PRAGMA application_id = 5");
    assert_refused(f->path, "another program");
}

static void overwrite(const char *path, long at, size_t count)
{
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, at, SEEK_SET), 0);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(fputc(0xa5, file), 0xa5);
    assert_int_equal(fclose(file), 0);
}

static void a_damaged_file_is_refused_with_advice(void **state)
{
    struct fixture *f = *state;
    fixture_close(f);
    overwrite(f->path, 100, 2000); /* the tree of the schema */
    assert_refused(f->path, "put back a backup");
    overwrite(f->path, 0, 100);
    assert_refused(f->path, "put back a backup");
}

static void a_missing_folder_is_named(void **state)
{
    (void)state;
    assert_refused("/tmp/there/is/no/such/bridge.db", "folder exists");
}

static enum store_rc set_fact(struct store_db *db, void *ctx)
{
    return store_fact_set(db, "key", ctx);
}

static void facts_are_kept_and_replaced(void **state)
{
    struct fixture *f = *state;
    char *value = NULL;
    assert_int_equal(store_fact_get(f->reader, "key", &value), STORE_NONE);
    assert_null(value);
    fixture_write(f, set_fact, (char *)"one", STORE_OK);
    fixture_write(f, set_fact, (char *)"two", STORE_OK);
    assert_int_equal(store_fact_get(f->reader, "key", &value), STORE_OK);
    assert_string_equal(value, "two");
    free(value);
}

/* ---- commands beside a server ----------------------------------------------
 */

static void a_command_works_beside_a_server(void **state)
{
    struct fixture *f = *state;
    struct error err = {0};
    char *value = NULL;
    assert_int_equal(store_fact_get(f->reader, "key", &value), STORE_NONE);
    struct store *s = store_open_shared(f->path, &err);
    if (s == NULL)
        fail_msg("%s", err.text);
    assert_int_equal(store_write(s, set_fact, (char *)"beside", &err),
                     STORE_OK);
    store_close(s);

    /* The server's reader, which kept its snapshot, notices by itself. */
    enum store_rc rc = STORE_NONE;
    for (int i = 0; i < 500 && rc == STORE_NONE; i++) {
        rc = store_fact_get(f->reader, "key", &value);
        (void)usleep(10000);
    }
    assert_int_equal(rc, STORE_OK);
    assert_string_equal(value, "beside");
    free(value);
    fixture_write(f, set_fact, (char *)"server goes on", STORE_OK);
}

static void a_command_neither_makes_nor_migrates_a_file(void **state)
{
    struct fixture *f = *state;
    struct error err = {0};
    fixture_close(f);
    fixture_sql(f, "PRAGMA user_version = 0");
    assert_null(store_open_shared(f->path, &err));
    assert_says(err.text, "older shape");
    fixture_sql(f, "PRAGMA user_version = 9999");
    assert_null(store_open_shared(f->path, &err));
    assert_says(err.text, "newer");
    assert_int_equal(remove(f->path), 0);
    assert_null(store_open_shared(f->path, &err));
    assert_says(err.text, "There is no database");
}

static void a_command_may_be_the_first_to_run(void **state)
{
    struct fixture *f = *state;
    struct error err = {0};
    assert_true(store_prepare(f->path, &err)); /* held: nothing to do */
    fixture_close(f);
    assert_int_equal(remove(f->path), 0);
    assert_true(store_prepare(f->path, &err));
    struct store *s = store_open_shared(f->path, &err);
    if (s == NULL)
        fail_msg("%s", err.text);
    store_close(s);
    fixture_open(f);
}

/* ---- sudden ends ------------------------------------------------------------
 */

struct numbered {
    int64_t target;
    int number;
};

/* A user, and a member row and an audit-like fact beside it: all or nothing. */
static enum store_rc add_numbered(struct store_db *db, void *ctx)
{
    const struct numbered *w = ctx;
    char name[32], body[128];
    (void)snprintf(name, sizeof name, "user-%d", w->number);
    struct store_resource r =
        fixture_row(w->target, STORE_USER, w->number, name, body, sizeof body);
    const struct store_attr attr = {"title", 0, name, 0, true};
    enum store_rc rc = store_resource_put(db, &r, &attr, 1);
    return rc == STORE_OK ? store_fact_set(db, name, name) : rc;
}

/* Writes until it is killed, and tells each number that is durable. */
static void write_until_killed(const struct fixture *f, int first, int out)
{
    struct error err = {0};
    struct numbered w = {f->target, first};
    struct store *s = store_open(f->path, &err);
    for (; s != NULL; w.number++) {
        if (store_write(s, add_numbered, &w, &err) != STORE_OK ||
            write(out, &w.number, sizeof w.number) != sizeof w.number)
            break;
    }
    _exit(1);
}

/* Kills a child after it has told `count` numbers; the last that it told. */
static int kill_in_mid_write(const struct fixture *f, int first, int count)
{
    int pipe_fds[2], status, number = 0, last = 0;
    assert_int_equal(pipe(pipe_fds), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        write_until_killed(f, first, pipe_fds[1]);
    (void)close(pipe_fds[1]);
    for (int i = 0; i < count; i++) {
        assert_int_equal(read(pipe_fds[0], &number, sizeof number),
                         sizeof number);
        last = number;
    }
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    while (read(pipe_fds[0], &number, sizeof number) == sizeof number)
        last = number;
    (void)close(pipe_fds[0]);
    return last;
}

static void what_was_acknowledged_survives_a_kill(void **state)
{
    struct fixture *f = *state;
    int next = 1;
    fixture_close(f);
    for (int round = 0; round < 8; round++) {
        int last = kill_in_mid_write(f, next, 5 + 7 * round);
        fixture_open(f);
        char sql[256];
        (void)snprintf(sql, sizeof sql,
                       "SELECT count(*) FROM resource r JOIN fact f ON f.key = "
                       "r.name_key JOIN attr a ON a.resource = r.n AND a.key = "
                       "f.value WHERE CAST(substr(r.name_key, 6) AS INTEGER) "
                       "<= %d",
                       last);
        assert_int_equal(strtoll(fixture_value(f, sql), NULL, 10), last);
        assert_string_equal(fixture_value(f, "PRAGMA integrity_check"), "ok");
        assert_string_equal(
            fixture_value(f, "SELECT (SELECT count(*) FROM resource) = "
                             "(SELECT count(*) FROM fact) AND (SELECT count(*) "
                             "FROM resource) = (SELECT living FROM tally "
                             "WHERE block = -1)"),
            "1");
        next = (int)strtoll(
            fixture_value(f, "SELECT 1 + max(CAST(substr(name_key, 6) AS "
                             "INTEGER)) FROM resource"),
            NULL, 10);
        fixture_close(f);
    }
    fixture_open(f);
}

/* No file of the process may grow, as on a full disk. */
static void let_files_grow(bool yes)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = yes ? limit.rlim_max : 1;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void a_full_disk_fails_the_write_and_no_more(void **state)
{
    struct fixture *f = *state;
    struct error err = {0};
    struct numbered w = {f->target, 1};
    (void)signal(SIGXFSZ, SIG_IGN);
    fixture_write(f, add_numbered, &w, STORE_OK);
    let_files_grow(false);
    w.number = 2;
    enum store_rc rc = store_write(f->store, add_numbered, &w, &err);
    let_files_grow(true);
    assert_int_equal(rc, STORE_FAILED);
    assert_says(err.text, "try again");

    assert_string_equal(fixture_value(f, "SELECT count(*) FROM resource"), "1");
    w.number = 3;
    fixture_write(f, add_numbered, &w, STORE_OK);
    assert_string_equal(fixture_value(f, "SELECT count(*) FROM resource"), "2");
    assert_string_equal(fixture_value(f, "PRAGMA integrity_check"), "ok");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name)                                                                \
    cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
        T(the_files_are_for_their_owner_alone),
        T(a_second_process_is_told_who_holds_the_file),
        T(the_file_can_be_opened_again_after_closing),
        T(a_newer_file_is_refused),
        T(a_file_of_another_program_is_refused),
        T(a_damaged_file_is_refused_with_advice),
        T(a_missing_folder_is_named),
        T(facts_are_kept_and_replaced),
        T(a_command_works_beside_a_server),
        T(a_command_neither_makes_nor_migrates_a_file),
        T(a_command_may_be_the_first_to_run),
        T(what_was_acknowledged_survives_a_kill),
        T(a_full_disk_fails_the_write_and_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
