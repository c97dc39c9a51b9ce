/* Promises: a token opens what it was made for and nothing else; failures are
 * slowed, never anything else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "server/bearer.h"
#include "server/throttle.h"
#include "test/server/fixture.h"

struct room {
    char folder[64], path[256];
    struct store *store;
    struct store_db *db;
    struct bearers *auth;
};

static int open_room(void **state)
{
    static struct room room;
    struct error err = {{0}};
    room = (struct room){.store = NULL};
    fixture_folder(room.folder);
    (void)snprintf(room.path, sizeof room.path, "%s/bridge.db", room.folder);
    room.store = store_open(room.path, &err);
    room.db = room.store == NULL ? NULL : store_reader_open(room.store, &err);
    const struct id_source ids = id_system();
    room.auth = bearer_new(&ids);
    if (room.db == NULL)
        fail_msg("%s", err.text);
    *state = &room;
    return 0;
}

static int close_room(void **state)
{
    struct room *room = *state;
    bearer_free(room->auth);
    store_reader_close(room->db);
    store_close(room->store);
    fixture_remove(room->folder);
    return 0;
}

static enum store_rc add(struct store_db *db, void *ctx)
{
    return store_token_add(db, ctx);
}

static enum store_rc revoke(struct store_db *db, void *ctx)
{
    return store_token_revoke(db, ctx, 500);
}

static void add_token(struct room *room, const char *text, const char *name,
                      const char *scope, const char *target, int64_t expires)
{
    struct store_token t = {.name = (char *)(uintptr_t)name,
                            .scope = (char *)(uintptr_t)scope,
                            .target = (char *)(uintptr_t)target,
                            .expires = expires,
                            .created = 1};
    assert_true(digest_sha256(text, strlen(text), t.hash));
    assert_int_equal(store_write(room->store, add, &t, NULL), STORE_OK);
}

static const struct {
    const char *why, *header;
    int64_t now;
    enum bearer_rc want;
} cases[] = {
    {"no header", NULL, 10, BEARER_ABSENT},
    {"another scheme", "Basic Z29vZDpnb29k", 10, BEARER_ABSENT},
    {"a scheme that starts alike", "Bearerx good", 10, BEARER_ABSENT},
    {"no token behind the scheme", "Bearer ", 10, BEARER_UNKNOWN},
    {"good", "Bearer good", 10, BEARER_OK},
    {"scheme in any case", "bEARER good", 10, BEARER_OK},
    {"blanks around it", "Bearer   good  ", 10, BEARER_OK},
    {"unknown", "Bearer goof", 10, BEARER_UNKNOWN},
    {"longer than it", "Bearer good1", 10, BEARER_UNKNOWN},
    {"shorter than it", "Bearer goo", 10, BEARER_UNKNOWN},
    {"not yet expired", "Bearer short", 999, BEARER_OK},
    {"expired while remembered", "Bearer short", 1000, BEARER_EXPIRED},
    {"expired", "Bearer short", 9000, BEARER_EXPIRED},
};

static void tokens_are_told_apart(void **state)
{
    struct room *room = *state;
    add_token(room, "good", "good", "write", "main", 0);
    add_token(room, "short", "short", "read", "main", 1000);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bearer_token got;
        enum bearer_rc rc = bearer_check(room->auth, room->db, cases[i].header,
                                         cases[i].now, &got);
        if (rc != cases[i].want)
            fail_msg("%s: %d", cases[i].why, rc);
    }
}

static void a_token_opens_its_target_alone(void **state)
{
    struct room *room = *state;
    struct bearer_token got;
    add_token(room, "a", "a", "read", "main", 0);
    add_token(room, "b", "b", "admin", NULL, 0);
    assert_int_equal(bearer_check(room->auth, room->db, "Bearer a", 5, &got),
                     BEARER_OK);
    assert_string_equal(got.name, "a");
    assert_int_equal(got.scope, BEARER_READ);
    assert_true(bearer_opens(&got, "main"));
    assert_false(bearer_opens(&got, "mai"));
    assert_false(bearer_opens(&got, "other"));
    assert_int_equal(bearer_check(room->auth, room->db, "Bearer b", 5, &got),
                     BEARER_OK);
    assert_true(bearer_opens(&got, "other"));
}

static void a_revoked_token_is_out_within_a_second(void **state)
{
    struct room *room = *state;
    struct bearer_token got;
    add_token(room, "a", "a", "read", "main", 0);
    assert_int_equal(bearer_check(room->auth, room->db, "Bearer a", 5, &got),
                     BEARER_OK);
    assert_int_equal(
        store_write(room->store, revoke, (void *)(uintptr_t) "a", NULL),
        STORE_OK);
    assert_int_equal(bearer_check(room->auth, room->db, "Bearer a", 1005, &got),
                     BEARER_REVOKED);
}

static void forgetting_makes_it_out_at_once(void **state)
{
    struct room *room = *state;
    struct bearer_token got;
    add_token(room, "a", "a", "read", "main", 0);
    assert_int_equal(bearer_check(room->auth, room->db, "Bearer a", 5, &got),
                     BEARER_OK);
    assert_int_equal(
        store_write(room->store, revoke, (void *)(uintptr_t) "a", NULL),
        STORE_OK);
    bearer_forget(room->auth);
    assert_int_equal(bearer_check(room->auth, room->db, "Bearer a", 6, &got),
                     BEARER_REVOKED);
}

static void uses_are_told_once(void **state)
{
    struct room *room = *state;
    struct bearer_token got;
    struct bearer_use uses[4];
    add_token(room, "a", "a", "read", "main", 0);
    assert_int_equal(bearer_take_uses(room->auth, uses, 4), 0);
    (void)bearer_check(room->auth, room->db, "Bearer a", 5, &got);
    (void)bearer_check(room->auth, room->db, "Bearer a", 7, &got);
    assert_int_equal(bearer_take_uses(room->auth, uses, 4), 1);
    assert_int_equal(uses[0].n, got.n);
    assert_int_equal(uses[0].at, 7);
    assert_int_equal(bearer_take_uses(room->auth, uses, 4), 0);
}

static void new_tokens_are_long_and_never_alike(void **state)
{
    const struct id_source ids = id_system();
    char a[BEARER_TOKEN_SIZE], b[BEARER_TOKEN_SIZE];
    (void)state;
    assert_true(bearer_token_new(&ids, a));
    assert_true(bearer_token_new(&ids, b));
    assert_int_equal(strlen(a), 6 + 64);
    assert_string_not_equal(a, b);
}

static void failures_are_slowed_more_and_more(void **state)
{
    struct throttle *t = throttle_new();
    struct throttle_verdict v = {0}, before = {0};
    (void)state;
    for (int i = 1; i < THROTTLE_REFUSE_FROM; i++) {
        v = throttle_failure(t, "192.0.2.1", 1000 + i);
        assert_int_equal(v.retry_after, 0);
        assert_true(v.delay_ms >= before.delay_ms);
        assert_true(v.delay_ms <= THROTTLE_MAX_DELAY);
        before = v;
    }
    assert_int_equal(v.delay_ms, THROTTLE_MAX_DELAY);
    v = throttle_failure(t, "192.0.2.1", 2000);
    assert_int_equal(v.retry_after, THROTTLE_QUIET);
    /* Another address has done nothing. */
    v = throttle_failure(t, "192.0.2.2", 2000);
    assert_int_equal(v.delay_ms, 0);
    assert_int_equal(v.retry_after, 0);
    /* Quiet forgives. */
    v = throttle_failure(t, "192.0.2.1", 2000 + THROTTLE_QUIET * 1000);
    assert_int_equal(v.delay_ms, 0);
    throttle_free(t);
}

static void many_addresses_need_no_more_memory(void **state)
{
    struct throttle *t = throttle_new();
    char address[48];
    (void)state;
    for (int i = 0; i < 100000; i++) {
        (void)snprintf(address, sizeof address, "2001:db8::%x", i);
        assert_int_equal(throttle_failure(t, address, i).retry_after, 0);
    }
    throttle_free(t);
}

int main(void)
{
#define WITH_ROOM(test)                                                        \
    cmocka_unit_test_setup_teardown(test, open_room, close_room)
    const struct CMUnitTest tests[] = {
        WITH_ROOM(tokens_are_told_apart),
        WITH_ROOM(a_token_opens_its_target_alone),
        WITH_ROOM(a_revoked_token_is_out_within_a_second),
        WITH_ROOM(forgetting_makes_it_out_at_once),
        WITH_ROOM(uses_are_told_once),
        cmocka_unit_test(new_tokens_are_long_and_never_alike),
        cmocka_unit_test(failures_are_slowed_more_and_more),
        cmocka_unit_test(many_addresses_need_no_more_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
