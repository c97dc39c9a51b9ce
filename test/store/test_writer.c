/* Promises: many threads write at once, each is told its own result, what one
 * does wrong stays with that one, and all that was told done is on disk. */
#include "test/store/fixture.h"

#include "store/target.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS = 16, EACH = 40 };

struct job {
    struct fixture *f;
    int thread, number;
    bool fails;
};

static enum store_rc add_one(struct store_db *db, void *ctx)
{
    const struct job *j = ctx;
    char name[32], path[32], body[128];
    int number = j->thread * EACH + j->number;
    (void)snprintf(name, sizeof name, "user-%d", number);
    (void)snprintf(path, sizeof path, "path.%d", number % 7);
    struct store_resource r =
        fixture_row(j->f->target, STORE_USER, number, name, body, sizeof body);
    const struct store_attr attr = {path, 0, name, 0, true};
    enum store_rc rc = store_resource_put(db, &r, &attr, 1);
    /* A name that only a failing item makes must be made anew by the next. */
    return rc == STORE_OK && j->fails ? STORE_NONE : rc;
}

static void *add_many(void *arg)
{
    struct job j = *(struct job *)arg;
    intptr_t wrong = 0;
    for (j.number = 0; j.number < EACH; j.number++) {
        j.fails = j.number % 5 == 0;
        enum store_rc rc = store_write(j.f->store, add_one, &j, NULL);
        wrong += rc != (j.fails ? STORE_NONE : STORE_OK);
    }
    return (void *)wrong;
}

static void one_failing_item_leaves_the_others(void **state)
{
    struct fixture *f = *state;
    pthread_t threads[THREADS];
    struct job jobs[THREADS];
    char want[16];
    for (int i = 0; i < THREADS; i++) {
        jobs[i] = (struct job){.f = f, .thread = i};
        assert_int_equal(pthread_create(&threads[i], NULL, add_many, &jobs[i]),
                         0);
    }
    for (int i = 0; i < THREADS; i++) {
        void *wrong = NULL;
        assert_int_equal(pthread_join(threads[i], &wrong), 0);
        assert_null(wrong);
    }
    (void)snprintf(want, sizeof want, "%d", THREADS * EACH * 4 / 5);
    assert_string_equal(fixture_value(f, "SELECT count(*) FROM resource"),
                        want);
    assert_string_equal(
        fixture_value(f, "SELECT count(*) FROM resource r JOIN attr a ON "
                         "a.resource = r.n AND a.key = r.name_key JOIN "
                         "attr_name p ON p.n = a.path AND p.path = 'path.' || "
                         "(CAST(substr(r.name_key, 6) AS INTEGER) % 7)"),
        want);
    assert_string_equal(fixture_value(f, "PRAGMA foreign_key_check"), "");
}

static enum store_rc broken(struct store_db *db, void *ctx)
{
    struct store_resource r = {.target = 4711, .body = (char *)"{}"};
    (void)ctx;
    return store_resource_put(db, &r, NULL, 0);
}

static void a_failure_comes_with_its_sentence(void **state)
{
    struct fixture *f = *state;
    struct error err = {0};
    assert_int_equal(store_write(f->store, broken, NULL, &err), STORE_FAILED);
    assert_non_null(strstr(err.text, "FOREIGN KEY"));
}

static enum store_rc clash(struct store_db *db, void *ctx)
{
    const struct fixture *f = ctx;
    char body[64];
    struct store_resource a = fixture_row(f->target, STORE_USER, 1, "same",
                                          body, sizeof body),
                          b = fixture_row(f->target, STORE_USER, 2, "same",
                                          body, sizeof body);
    enum store_rc rc = store_resource_put(db, &a, NULL, 0);
    return rc == STORE_OK ? store_resource_put(db, &b, NULL, 0) : rc;
}

static void a_clash_undoes_all_of_its_item(void **state)
{
    struct fixture *f = *state;
    fixture_write(f, clash, f, STORE_CLASH);
    assert_string_equal(fixture_value(f, "SELECT count(*) FROM resource"), "0");
    assert_string_equal(
        fixture_value(f, "SELECT coalesce(sum(living), 0) FROM tally"), "0");
}

static enum store_rc write_again(struct store_db *db, void *ctx)
{
    (void)db;
    struct fixture *f = ctx;
    struct error err = {0};
    enum store_rc rc = store_write(f->store, broken, NULL, &err);
    return rc == STORE_FAILED && strstr(err.text, "inside") ? STORE_OK
                                                            : STORE_FAILED;
}

static void a_write_inside_a_write_is_refused(void **state)
{
    struct fixture *f = *state;
    fixture_write(f, write_again, f, STORE_OK);
}

static enum store_rc see_own_rows(struct store_db *db, void *ctx)
{
    struct fixture *f = ctx;
    struct store_resource got;
    char body[64];
    struct store_resource r =
        fixture_row(f->target, STORE_USER, 1, "own", body, sizeof body);
    enum store_rc rc = store_resource_put(db, &r, NULL, 0);
    if (rc == STORE_OK)
        rc = store_resource_by_name(db, f->target, STORE_USER, "own", &got);
    if (rc == STORE_OK)
        store_resource_clear(&got);
    return rc;
}

static void a_work_sees_what_it_has_written(void **state)
{
    struct fixture *f = *state;
    fixture_write(f, see_own_rows, f, STORE_OK);
}

static enum store_rc write_with(struct store_db *db, void *ctx)
{
    (void)ctx;
    return store_fact_set(db, "a", "b");
}

static void a_reader_cannot_write(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(write_with(f->reader, NULL), STORE_FAILED);
    assert_non_null(strstr(store_db_error(f->reader), "readonly"));
}

/* ---- readers while writes go on -------------------------------------------
 */

struct race {
    struct fixture *f;
    int64_t users[2];
    int version;
    atomic_bool stop;
    atomic_int reads;
};

/* Both users get the same version, one after the other. */
static enum store_rc raise_both(struct store_db *db, void *ctx)
{
    struct race *race = ctx;
    enum store_rc rc = STORE_OK;
    for (int i = 0; rc == STORE_OK && i < 2; i++) {
        struct store_resource r;
        rc = store_resource_get_row(db, race->users[i], &r);
        if (rc != STORE_OK)
            break;
        r.version = race->version;
        rc = store_resource_put(db, &r, NULL, 0);
        store_resource_clear(&r);
    }
    return rc;
}

static int64_t version_of(struct store_db *db, int64_t n)
{
    struct store_resource r;
    if (store_resource_get_row(db, n, &r) != STORE_OK)
        return -1;
    int64_t version = r.version;
    store_resource_clear(&r);
    return version;
}

static void *read_both(void *arg)
{
    struct race *race = arg;
    intptr_t wrong = 0;
    int64_t last = 0;
    struct store_db *db = store_reader_open(race->f->store, NULL);
    while (db != NULL && !atomic_load(&race->stop)) {
        wrong += store_read_begin(db) != STORE_OK;
        int64_t one = version_of(db, race->users[0]);
        int64_t other = version_of(db, race->users[1]);
        store_read_end(db);
        wrong += one != other || one < last;
        last = one;
        atomic_fetch_add(&race->reads, 1);
    }
    store_reader_close(db);
    return (void *)(db == NULL ? 1 : wrong);
}

static void readers_see_all_of_a_write_or_nothing(void **state)
{
    struct fixture *f = *state;
    pthread_t threads[4];
    struct race race = {
        .f = f, .users = {fixture_user(f, 1, "a"), fixture_user(f, 2, "b")}};
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, read_both, &race),
                         0);
    for (race.version = 2; race.version < 200; race.version++) {
        fixture_write(f, raise_both, &race, STORE_OK);
        /* What was told done is in the next read, whatever it kept open. */
        assert_int_equal(version_of(f->reader, race.users[0]), race.version);
    }
    while (atomic_load(&race.reads) < 100)
        (void)sched_yield();
    atomic_store(&race.stop, true);
    for (int i = 0; i < 4; i++) {
        void *wrong = NULL;
        assert_int_equal(pthread_join(threads[i], &wrong), 0);
        assert_null(wrong);
    }
}

static void a_snapshot_stays_as_it_is_until_its_end(void **state)
{
    struct fixture *f = *state;
    struct race race = {
        .f = f,
        .users = {fixture_user(f, 1, "a"), fixture_user(f, 2, "b")},
        .version = 5};
    assert_int_equal(store_read_begin(f->reader), STORE_OK);
    assert_int_equal(version_of(f->reader, race.users[0]), 1);
    fixture_write(f, raise_both, &race, STORE_OK);
    assert_int_equal(version_of(f->reader, race.users[1]), 1);
    store_read_end(f->reader);
    assert_int_equal(version_of(f->reader, race.users[1]), 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name)                                                                \
    cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
        T(one_failing_item_leaves_the_others),
        T(a_failure_comes_with_its_sentence),
        T(a_clash_undoes_all_of_its_item),
        T(a_write_inside_a_write_is_refused),
        T(a_work_sees_what_it_has_written),
        T(a_reader_cannot_write),
        T(readers_see_all_of_a_write_or_nothing),
        T(a_snapshot_stays_as_it_is_until_its_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
