/* Promises: the WAL stays bounded while writes and reads go on without a
 * break, an idle reader does not hold it up, and a long read only delays it. */
#include "test/store/fixture.h"

#include "store/checkpoint_internal.h"
#include "store/store_internal.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TEXT = 250000 };

static char *long_text(char fill)
{
    char *text = malloc(TEXT + 1);
    assert_non_null(text);
    memset(text, fill, TEXT);
    text[TEXT] = '\0';
    return text;
}

static enum store_rc set_long(struct store_db *db, void *ctx)
{
    return store_fact_set(db, "long", ctx);
}

static int64_t wal_size(const struct fixture *f)
{
    char name[128];
    struct stat info;
    (void)snprintf(name, sizeof name, "%s-wal", f->path);
    assert_int_equal(stat(name, &info), 0);
    return info.st_size;
}

struct reading {
    struct fixture *f;
    atomic_bool stop;
};

static void *read_on(void *arg)
{
    struct reading *r = arg;
    struct store_db *db = store_reader_open(r->f->store, NULL);
    bool ok = db != NULL;
    while (ok && !atomic_load(&r->stop)) {
        char *value = NULL;
        ok = store_fact_get(db, "long", &value) != STORE_FAILED;
        free(value);
    }
    if (!ok && db != NULL)
        (void)fprintf(stderr, "%s\n", store_db_error(db));
    store_reader_close(db);
    return (void *)(intptr_t)!ok;
}

/* Some 25 MiB at a time through the WAL. */
static void write_much(struct fixture *f, int rounds)
{
    char *texts[2] = {long_text('a'), long_text('b')};
    for (int i = 0; i < rounds * 100; i++)
        fixture_write(f, set_long, texts[i % 2], STORE_OK);
    free(texts[0]);
    free(texts[1]);
}

static void the_wal_stays_bounded_under_load(void **state)
{
    struct fixture *f = *state;
    struct reading reading = {.f = f};
    pthread_t threads[3];
    char *value = NULL;
    /* A reader that has read once and then never again. */
    assert_int_equal(store_fact_get(f->reader, "long", &value), STORE_NONE);
    for (int i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, read_on, &reading),
                         0);
    write_much(f, 8); /* 200 MiB */
    atomic_store(&reading.stop, true);
    for (int i = 0; i < 3; i++) {
        void *wrong = NULL;
        assert_int_equal(pthread_join(threads[i], &wrong), 0);
        assert_null(wrong);
    }
    int64_t size = wal_size(f);
    if (size > 100 * 1024 * 1024)
        fail_msg("the WAL has %lld bytes", (long long)size);
    assert_string_equal(fixture_value(f, "PRAGMA integrity_check"), "ok");
}

static void a_long_read_delays_it_and_sees_its_state(void **state)
{
    struct fixture *f = *state;
    char *value = NULL, *text = long_text('z');
    fixture_write(f, set_long, text, STORE_OK);
    assert_int_equal(store_read_begin(f->reader), STORE_OK);
    assert_int_equal(store_fact_get(f->reader, "long", &value), STORE_OK);
    free(value);
    write_much(f, 1);
    assert_int_equal(store_fact_get(f->reader, "long", &value), STORE_OK);
    assert_string_equal(value, text);
    free(value);
    free(text);
    store_read_end(f->reader);
    /* Now nothing is in its way: the count of frames goes back. */
    write_much(f, 1);
    struct checkpoint *c = &f->store->checkpoint;
    for (int i = 0; i < 1000 && atomic_load(&c->frames) > 8000; i++) {
        write_much(f, 1);
        (void)usleep(1000);
    }
    assert_true(atomic_load(&c->frames) <= 8000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name)                                                                \
    cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
        T(the_wal_stays_bounded_under_load),
        T(a_long_read_delays_it_and_sees_its_state),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
