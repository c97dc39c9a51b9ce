/* Promises: the lane works everything off in its order, also when it is
 * stopped, and has an end to its places. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "server/lane.h"

#include <pthread.h>

enum { MANY = 1000 };

struct job {
    pthread_mutex_t *gate; /* NULL: none */
    int number;
};

static int done[MANY], *next_done = done;

static void work(void *item)
{
    struct job *job = item;
    if (job->gate != NULL) {
        (void)pthread_mutex_lock(job->gate);
        (void)pthread_mutex_unlock(job->gate);
    }
    *next_done++ = job->number;
}

static struct lane *start(void)
{
    struct error err = {{0}};
    struct lane *l = lane_start(work, &err);
    if (l == NULL)
        fail_msg("%s", err.text);
    next_done = done;
    return l;
}

static void works_off_in_order_until_it_is_stopped(void **state)
{
    (void)state;
    static struct job jobs[MANY];
    struct lane *l = start();
    int added = 0;
    for (int i = 0; i < MANY; i++) {
        jobs[i].number = i;
        if (!lane_reserve(l))
            continue;
        lane_add(l, &jobs[i]);
        added++;
    }
    lane_stop(l);
    assert_int_equal(next_done - done, added);
    for (int i = 1; i < added; i++)
        assert_true(done[i] > done[i - 1]);
}

static void has_an_end_to_its_places(void **state)
{
    (void)state;
    static struct job jobs[MANY];
    pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
    struct lane *l = start();
    int added = 0;
    (void)pthread_mutex_lock(&gate);
    while (added < MANY && lane_reserve(l)) {
        jobs[added] = (struct job){.gate = &gate, .number = added};
        lane_add(l, &jobs[added++]);
    }
    (void)pthread_mutex_unlock(&gate);
    assert_in_range(added, 2, 100);
    lane_stop(l);
    assert_int_equal(next_done - done, added);
}

static void nothing_is_stopped_at_once(void **state)
{
    (void)state;
    lane_stop(start());
    lane_stop(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(works_off_in_order_until_it_is_stopped),
        cmocka_unit_test(has_an_end_to_its_places),
        cmocka_unit_test(nothing_is_stopped_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
