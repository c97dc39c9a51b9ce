/* Promises: claims are held by one at a time; the queue keeps the order of one
 * resource, lets deactivations and deletions go first, is bounded, and answers
 * every request exactly once, also when it stops. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bridge/claims.h"
#include "bridge/queue.h"
#include "test/bridge/desk.h"

#define WAIT_MS 10000

/* ---- claims -------------------------------------------------------------- */

static void a_claim_has_one_holder(void **state)
{
    (void)state;
    struct claims *c = claims_new();
    assert_true(claims_try(c, "a"));
    assert_false(claims_try(c, "a"));
    assert_true(claims_try(c, "b"));
    assert_false(claims_take(c, "a", clock_span_ms() + 30));
    claims_drop(c, "a");
    assert_true(claims_try(c, "a"));
    claims_drop(c, "never taken");
    claims_free(c);
}

struct counter {
    struct claims *claims;
    int value;
};

static void *count_up(void *ctx)
{
    struct counter *n = ctx;
    for (int i = 0; i < 2000; i++) {
        if (!claims_take(n->claims, "n", clock_span_ms() + WAIT_MS))
            return ctx;
        n->value++;
        claims_drop(n->claims, "n");
    }
    return NULL;
}

static void waiters_get_it_in_turn(void **state)
{
    (void)state;
    struct counter n = {.claims = claims_new()};
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, count_up, &n), 0);
    for (int i = 0; i < 4; i++) {
        void *failed = NULL;
        (void)pthread_join(threads[i], &failed);
        assert_null(failed);
    }
    assert_int_equal(n.value, 8000);
    claims_free(n.claims);
}

/* ---- the queue ----------------------------------------------------------- */

/* Writes down who was answered, in order; the gate holds answers back. */
struct scene {
    struct desk d;
    struct queue *q;
    char ids[3][ID_SIZE];
    pthread_mutex_t lock;
    pthread_cond_t moved;
    bool gate; /* closed: answers named "gate" wait */
    int inside;
    char order[256];
    int answers, good, status;
};

struct ticket {
    struct scene *s;
    const char *name;
    char body[256];
    struct bridge_request request;
};

static struct timespec deadline(void)
{
    int64_t at = clock_span_ms() + WAIT_MS;
    return (struct timespec){.tv_sec = (time_t)(at / 1000),
                             .tv_nsec = (long)(at % 1000) * 1000000L};
}

static void answered(struct bridge_reply *reply, void *ctx)
{
    struct ticket *t = ctx;
    struct scene *s = t->s;
    (void)pthread_mutex_lock(&s->lock);
    if (strcmp(t->name, "gate") == 0) {
        s->inside++;
        (void)pthread_cond_broadcast(&s->moved);
        while (s->gate)
            (void)pthread_cond_wait(&s->moved, &s->lock);
    }
    size_t len = strlen(s->order);
    (void)snprintf(s->order + len, sizeof s->order - len, "%s ", t->name);
    s->answers++;
    s->good += reply->status < 300;
    s->status = reply->status;
    (void)pthread_cond_broadcast(&s->moved);
    (void)pthread_mutex_unlock(&s->lock);
    free(t);
}

static void wait_for(struct scene *s, const int *value, int want)
{
    struct timespec end = deadline();
    (void)pthread_mutex_lock(&s->lock);
    int rc = 0;
    while (*value < want && rc == 0)
        rc = pthread_cond_timedwait(&s->moved, &s->lock, &end);
    int got = *value;
    (void)pthread_mutex_unlock(&s->lock);
    if (got < want)
        fail_msg("waited for %d, have %d: %s", want, got, s->order);
}

static void open_gate(struct scene *s)
{
    (void)pthread_mutex_lock(&s->lock);
    s->gate = false;
    (void)pthread_cond_broadcast(&s->moved);
    (void)pthread_mutex_unlock(&s->lock);
}

static bool add(struct scene *s, const char *name, enum bridge_op op, int user,
                const char *value)
{
    struct ticket *t = calloc(1, sizeof *t);
    assert_non_null(t);
    t->s = s;
    t->name = name;
    (void)snprintf(t->body, sizeof t->body,
                   "{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:"
                   "PatchOp\"],\"Operations\":[{\"op\":\"replace\",%s}]}",
                   value);
    t->request = (struct bridge_request){.op = op,
                                         .type = s->d.t->user,
                                         .id = s->ids[user],
                                         .body = t->body,
                                         .body_len = strlen(t->body),
                                         .actor = "test",
                                         .request_id = name};
    bool taken = queue_add(s->q, &t->request, answered, t);
    if (!taken)
        free(t);
    return taken;
}

#define TITLE "\"path\":\"title\",\"value\":\"x\""
#define OFF   "\"path\":\"active\",\"value\":false"

static struct scene *begin(int workers)
{
    static struct scene s;
    memset(&s, 0, sizeof s);
    desk_open(&s.d, NULL);
    for (int i = 0; i < 3; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "u%d@example.com", i);
        desk_user(&s.d, name, s.ids[i]);
    }
    pthread_condattr_t attr;
    (void)pthread_condattr_init(&attr);
    (void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    (void)pthread_mutex_init(&s.lock, NULL);
    (void)pthread_cond_init(&s.moved, &attr);
    (void)pthread_condattr_destroy(&attr);
    s.gate = true;
    s.q = queue_new(s.d.t, workers);
    struct error err = {{0}};
    assert_non_null(s.q);
    assert_true(queue_start(s.q, &err));
    return &s;
}

static void end(struct scene *s)
{
    queue_free(s->q);
    desk_close(&s->d);
    (void)pthread_cond_destroy(&s->moved);
    (void)pthread_mutex_destroy(&s->lock);
}

static void deactivations_go_first(void **state)
{
    (void)state;
    struct scene *s = begin(1);
    assert_true(add(s, "gate", BRIDGE_PATCH, 0, TITLE));
    wait_for(s, &s->inside, 1);
    assert_true(add(s, "title1", BRIDGE_PATCH, 1, TITLE));
    assert_true(add(s, "off2", BRIDGE_PATCH, 2, OFF));
    open_gate(s);
    wait_for(s, &s->answers, 3);
    assert_string_equal(s->order, "gate off2 title1 ");
    end(s);
}

static void a_resource_keeps_its_order_and_others_go_on(void **state)
{
    (void)state;
    struct scene *s = begin(3);
    assert_true(add(s, "gate", BRIDGE_PATCH, 0, TITLE));
    wait_for(s, &s->inside, 1);
    /* A deletion behind other writes to its resource waits for them. */
    assert_true(add(s, "first", BRIDGE_PATCH, 0, TITLE));
    assert_true(add(s, "second", BRIDGE_DELETE, 0, TITLE));
    assert_true(add(s, "other", BRIDGE_PATCH, 1, TITLE));
    wait_for(s, &s->answers, 1);
    assert_string_equal(s->order, "other ");
    open_gate(s);
    wait_for(s, &s->answers, 4);
    assert_string_equal(s->order, "other gate first second ");
    assert_int_equal(s->status, 204);
    end(s);
}

static void a_deletion_lifts_its_whole_lane(void **state)
{
    (void)state;
    struct scene *s = begin(1);
    assert_true(add(s, "gate", BRIDGE_PATCH, 0, TITLE));
    wait_for(s, &s->inside, 1);
    assert_true(add(s, "title1", BRIDGE_PATCH, 1, TITLE));
    assert_true(add(s, "title2", BRIDGE_PATCH, 2, TITLE));
    assert_true(add(s, "delete2", BRIDGE_DELETE, 2, TITLE));
    open_gate(s);
    wait_for(s, &s->answers, 4);
    assert_string_equal(s->order, "gate title2 delete2 title1 ");
    end(s);
}

static void it_is_bounded(void **state)
{
    (void)state;
    struct scene *s = begin(1);
    assert_true(add(s, "gate", BRIDGE_PATCH, 0, TITLE));
    wait_for(s, &s->inside, 1);
    for (int i = 0; i < QUEUE_MAX; i++)
        assert_true(add(s, "", BRIDGE_PATCH, 1, TITLE));
    assert_false(add(s, "", BRIDGE_PATCH, 2, TITLE));
    /* Stopping answers what waits, each once, with 503. */
    queue_stop(s->q, 0);
    wait_for(s, &s->answers, QUEUE_MAX);
    assert_int_equal(s->status, 503);
    assert_false(add(s, "", BRIDGE_PATCH, 2, TITLE));
    open_gate(s);
    wait_for(s, &s->answers, QUEUE_MAX + 1);
    end(s);
}

static void stopping_waits_for_what_runs(void **state)
{
    (void)state;
    struct scene *s = begin(2);
    assert_true(add(s, "gate", BRIDGE_PATCH, 0, TITLE));
    wait_for(s, &s->inside, 1);
    int64_t start = clock_span_ms();
    queue_stop(s->q, 50);
    assert_true(clock_span_ms() - start >= 40);
    open_gate(s);
    queue_stop(s->q, WAIT_MS);
    assert_int_equal(s->answers, 1);
    end(s);
}

/* ---- at the same moment -------------------------------------------------- */

static bool post(struct scene *s, const char *name)
{
    struct ticket *t = calloc(1, sizeof *t);
    assert_non_null(t);
    t->s = s;
    t->name = "post";
    (void)snprintf(t->body, sizeof t->body,
                   "{\"schemas\":[\"%s\"],\"userName\":\"%s\"}", SCIM_URN_USER,
                   name);
    t->request = (struct bridge_request){.op = BRIDGE_CREATE,
                                         .type = s->d.t->user,
                                         .body = t->body,
                                         .body_len = strlen(t->body),
                                         .actor = "test",
                                         .request_id = "post"};
    return queue_add(s->q, &t->request, answered, t);
}

static void one_person_is_made_once(void **state)
{
    (void)state;
    struct scene *s = begin(4);
    size_t before = fake_user_count(s->d.up);
    for (int i = 0; i < 12; i++)
        assert_true(
            post(s, i % 2 == 0 ? "New@example.com" : "new@example.com"));
    wait_for(s, &s->answers, 12);
    queue_stop(s->q, WAIT_MS);
    assert_int_equal(s->good, 1);
    assert_int_equal(fake_user_count(s->d.up), before + 1);
    assert_int_equal(fake_calls(s->d.up, "user.create"), (int)before + 1);
    end(s);
}

static void two_administrators_cannot_remove_each_other(void **state)
{
    (void)state;
    struct scene *s = begin(4);
    json_t *users = json_object_get(fake_world(s->d.up), "users");
    for (int i = 0; i < 2; i++) {
        char id[8];
        (void)snprintf(id, sizeof id, "%d", i + 1);
        json_object_set_new(json_object_get(users, id), "role",
                            json_string("admin"));
    }
    desk_sync(&s->d);
    assert_true(add(s, "a", BRIDGE_PATCH, 0, OFF));
    assert_true(add(s, "b", BRIDGE_PATCH, 1, OFF));
    wait_for(s, &s->answers, 2);
    assert_int_equal(s->good, 1);
    assert_int_equal(fake_calls(s->d.up, "user.deactivate"), 1);
    end(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_claim_has_one_holder),
        cmocka_unit_test(waiters_get_it_in_turn),
        cmocka_unit_test(deactivations_go_first),
        cmocka_unit_test(a_resource_keeps_its_order_and_others_go_on),
        cmocka_unit_test(a_deletion_lifts_its_whole_lane),
        cmocka_unit_test(one_person_is_made_once),
        cmocka_unit_test(two_administrators_cannot_remove_each_other),
        cmocka_unit_test(it_is_bounded),
        cmocka_unit_test(stopping_waits_for_what_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
