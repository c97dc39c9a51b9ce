/* Promises: a backup taken while others write is one whole state that a bridge
 * opens; it never takes another file's place nor leaves half of one; what is
 * wrong with a file is found, and mended where it can be made anew. */
#include "test/store/fixture.h"

#include "store/backup.h"
#include "store/health.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct aside {
    struct fixture *f;
    atomic_bool stop;
    int64_t group, users[2];
};

/* Two rows that always change together. */
static enum store_rc swap(struct store_db *db, void *ctx)
{
    struct aside *a = ctx;
    bool changed;
    enum store_rc rc = STORE_OK;
    int from = store_member_has(db, a->group, a->users[0]) == STORE_OK ? 0 : 1;
    rc = store_member_remove(db, a->group, a->users[from], 2, &changed);
    if (rc == STORE_OK)
        rc = store_member_add(db, a->group, a->users[1 - from], 2, &changed);
    return rc;
}

static void *write_on(void *ctx)
{
    struct aside *a = ctx;
    while (!atomic_load(&a->stop))
        (void)store_write(a->f->store, swap, a, NULL);
    return NULL;
}

static void path_in(const struct fixture *f, const char *name, char out[96])
{
    (void)snprintf(out, 96, "%.80s/%.12s", f->folder, name);
}

static void a_backup_is_one_state_while_others_write(void **state)
{
    struct fixture *f = *state;
    struct aside a = {.f = f};
    pthread_t thread;
    char to[96];
    struct stat info;
    path_in(f, "copy.db", to);
    a.group = fixture_group(f, 1, "G");
    for (int i = 0; i < 2000; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "u%d", i);
        a.users[i % 2] = fixture_user(f, 2 + i, name);
    }
    fixture_join(f, a.group, a.users[0], 1);
    assert_int_equal(pthread_create(&thread, NULL, write_on, &a), 0);
    struct error err = {{0}};
    bool ok = store_backup(f->reader, to, NULL, NULL, &err);
    atomic_store(&a.stop, true);
    (void)pthread_join(thread, NULL);
    if (!ok)
        fail_msg("%s", err.text);
    assert_int_equal(stat(to, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    struct fixture copy = *f;
    (void)memcpy(copy.path, to, sizeof to);
    assert_string_equal(fixture_value(&copy, "SELECT count(*) FROM member"),
                        "1");
    struct store *s = store_open(to, &err);
    assert_non_null(s);
    store_close(s);
    (void)unlink(to);
}

static bool refuse(int64_t done, int64_t all, void *ctx)
{
    (void)done;
    (void)all;
    (void)ctx;
    return false;
}

static void a_backup_takes_no_place_and_leaves_no_half(void **state)
{
    struct fixture *f = *state;
    char to[96], partial[112];
    struct error err = {{0}};
    assert_false(store_backup(f->reader, f->path, NULL, NULL, &err));
    assert_non_null(strstr(err.text, "exists already"));
    path_in(f, "copy.db", to);
    (void)snprintf(partial, sizeof partial, "%s.partial", to);
    assert_false(store_backup(f->reader, to, refuse, NULL, &err));
    assert_int_not_equal(access(to, F_OK), 0);
    assert_int_not_equal(access(partial, F_OK), 0);
    assert_false(store_backup(f->reader, "/nowhere/at/all", NULL, NULL, &err));
    assert_non_null(strstr(err.text, "cannot be made"));
}

/* ---- health ---------------------------------------------------------------
 */

struct seen {
    int count, repairable;
    char first[256];
};

static bool see(const char *sentence, bool repairable, void *ctx)
{
    struct seen *s = ctx;
    if (s->count++ == 0)
        (void)snprintf(s->first, sizeof s->first, "%s", sentence);
    s->repairable += repairable;
    return true;
}

static struct seen look(struct fixture *f)
{
    struct seen s = {0};
    assert_int_equal(store_health_check(f->reader, see, &s), STORE_OK);
    return s;
}

static enum store_rc repair(struct store_db *db, void *ctx)
{
    (void)ctx;
    return store_health_repair(db);
}

static const struct {
    const char *sql, *says;
    bool repairable;
} wrongs[] = {
    {"UPDATE tally SET living = living + 1 WHERE block = -1",
     "number of living", true},
    {"DELETE FROM tally", "number of living", true},
    {"INSERT INTO tally VALUES (1, 1, 77, 5)", "number of living", true},
    {"UPDATE shown SET version = version + 1", "that answers show", true},
    {"DELETE FROM shown", "that answers show", true},
    {"PRAGMA foreign_keys = OFF; DELETE FROM resource WHERE n = 1;"
     "DELETE FROM shown WHERE k & 1023 = 1;"
     "UPDATE tally SET living = living - 1 WHERE type = 1",
     "that is not there", false},
    {"DROP TRIGGER audit_keeps_all;"
     "INSERT INTO audit (n, at, target, hash) VALUES (1, 1, 1, 'x')",
     "audit was changed", false},
    /* An index that misses rows, as after a disk that lied. */
    {"PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, "
     "'WHERE external_id IS NOT NULL', '') WHERE name = 'resource_external'",
     "is damaged", true},
};

static void what_is_wrong_is_found_and_mended(void **state)
{
    for (size_t i = 0; i < sizeof wrongs / sizeof wrongs[0]; i++) {
        struct fixture *f = *state;
        int64_t group = fixture_group(f, 1, "G");
        fixture_join(f, group, fixture_user(f, 2, "u"), 1);
        assert_int_equal(look(f).count, 0);
        fixture_close(f);
        fixture_sql(f, wrongs[i].sql);
        fixture_open(f);
        struct seen s = look(f);
        if (s.count == 0 || strstr(s.first, wrongs[i].says) == NULL)
            fail_msg("%s: %d found, \"%s\"", wrongs[i].sql, s.count, s.first);
        if ((s.repairable > 0) != wrongs[i].repairable)
            fail_msg("%s: \"%s\"", wrongs[i].sql, s.first);
        if (wrongs[i].repairable) {
            fixture_write(f, repair, NULL, STORE_OK);
            assert_int_equal(look(f).count, 0);
        }
        (void)fixture_teardown(state);
        (void)fixture_setup(state);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name)                                                                \
    cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
        T(a_backup_is_one_state_while_others_write),
        T(a_backup_takes_no_place_and_leaves_no_half),
        T(what_is_wrong_is_found_and_mended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
