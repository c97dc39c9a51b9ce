/* Promises: a cursor brings back what was put into it, for its own query, for
 * its time, and from nobody else's hand; a walk shows everybody once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bridge/cursor.h"
#include "test/bridge/desk.h"

static int setup(void **state)
{
    static struct desk d;
    desk_open(&d, NULL);
    *state = &d;
    return 0;
}

static int teardown(void **state)
{
    desk_close(*state);
    return 0;
}

/* ---- the text -------------------------------------------------------------
 */

static struct buf query_of(const char *text)
{
    struct buf b = {0};
    buf_str(&b, text);
    return b;
}

static char long_key[3000];
static const struct {
    const char *why;
    struct cursor cursor;
} kept[] = {
    {"a row without a key", {.made = 5, .count = 0, .total = 1, .n = 1}},
    {"large numbers",
     {.made = INT64_MAX / 2, .count = 200, .total = 1 << 30, .n = 1LL << 60}},
    {"a text",
     {.part = 1,
      .n = 7,
      .key = {.kind = STORE_KEY_TEXT, .text = "\xc3\xa5 b"}}},
    {"an empty text", {.n = 7, .key = {.kind = STORE_KEY_TEXT, .text = ""}}},
    {"a text like a number",
     {.n = 7, .key = {.kind = STORE_KEY_TEXT, .text = " 12 t"}}},
    {"a long text",
     {.n = 7, .key = {.kind = STORE_KEY_TEXT, .text = long_key}}},
    {"a fraction", {.n = 7, .key = {.kind = STORE_KEY_NUMBER, .number = 0.1}}},
    {"a negative number",
     {.n = 7, .key = {.kind = STORE_KEY_INTEGER, .integer = -8}}},
};

static void what_is_written_is_read(void **state)
{
    struct desk *d = *state;
    struct buf query = query_of("q");
    memset(long_key, 'x', sizeof long_key - 1);
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        struct cursor in = kept[i].cursor, out;
        struct scim_error err = {0};
        in.made = in.made > 5 ? in.made : d->now;
        char *text = cursor_write(d->bridge, &in, &query);
        assert_non_null(text);
        assert_int_equal(strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLM"
                                      "NOPQRSTUVWXYZ0123456789-._~"),
                         strlen(text));
        if (!cursor_read(d->bridge, text, &query, &out, &err) ||
            in.made != out.made || in.count != out.count ||
            in.total != out.total || in.part != out.part || in.n != out.n ||
            in.key.kind != out.key.kind || in.key.integer != out.key.integer ||
            memcmp(&in.key.number, &out.key.number, sizeof(double)) != 0 ||
            (in.key.text != NULL && strcmp(in.key.text, out.key.text) != 0))
            fail_msg("%s: %s", kept[i].why, err.detail);
        cursor_clear(&out);
        free(text);
    }
    buf_clear(&query);
}

static void refused(struct desk *d, const char *text, const struct buf *query)
{
    struct cursor out;
    struct scim_error err = {0};
    if (cursor_read(d->bridge, text, query, &out, &err) ||
        err.type != SCIM_INVALID_CURSOR)
        fail_msg("\"%s\" was taken", text);
    cursor_clear(&out);
}

static void every_changed_letter_is_noticed(void **state)
{
    struct desk *d = *state;
    struct buf query = query_of("q"), other = query_of("r");
    struct cursor in = {.made = d->now, .n = 3};
    char *text = cursor_write(d->bridge, &in, &query);
    refused(d, text, &other);
    for (size_t i = 0, len = strlen(text); i < len; i++) {
        char was = text[i];
        text[i] = was == 'A' ? 'z' : 'A';
        refused(d, text, &query);
        text[i] = '+';
        refused(d, text, &query);
        text[i] = '\0';
        refused(d, text, &query);
        text[i] = was;
    }
    free(text);
    buf_clear(&query);
    buf_clear(&other);
}

static void a_secret_hides_what_is_inside(void **state)
{
    struct desk *d = *state;
    struct buf query = query_of("q");
    struct cursor in = {
        .made = d->now,
        .n = 3,
        .key = {.kind = STORE_KEY_TEXT, .text = "aaaaaaaaaaaa"}};
    char *one = cursor_write(d->bridge, &in, &query);
    in.n = 4;
    char *two = cursor_write(d->bridge, &in, &query);
    size_t len = strlen(one), same = 0;
    assert_int_equal(strlen(two), len);
    for (size_t i = 0; i < len; i++)
        same += one[i] == two[i];
    assert_true(same < len / 4);
    d->bridge->cursor_secret[0] ^= 1;
    refused(d, one, &query);
    d->bridge->cursor_secret[0] ^= 1;
    free(one);
    free(two);
    buf_clear(&query);
}

/* ---- walks ----------------------------------------------------------------
 */

static int page(struct desk *d, const char *sort, const char *cursor)
{
    struct bridge_request q = {.op = BRIDGE_LIST,
                               .type = d->t->user,
                               .count = "2",
                               .sort_by = sort,
                               .cursor = cursor};
    bridge_reply_clear(&d->reply);
    bridge_read(d->t, d->db, &q, &d->reply);
    json_decref(d->body);
    d->body = json_loadb(d->reply.body, d->reply.len, 0, NULL);
    return d->reply.status;
}

static void a_cursor_lives_an_hour_and_a_restart(void **state)
{
    struct desk *d = *state;
    char id[ID_SIZE], cursor[400];
    desk_user(d, "ann@example.com", id);
    desk_user(d, "bob@example.com", id);
    desk_user(d, "cid@example.com", id);
    assert_int_equal(page(d, NULL, ""), 200);
    (void)snprintf(cursor, sizeof cursor, "%s", desk_text(d, "nextCursor"));
    desk_shut(d);
    desk_reopen(d, NULL);
    d->now += 3600LL * 1000 - 1000;
    assert_int_equal(page(d, NULL, cursor), 200);
    assert_string_equal(desk_text(d, "Resources.0.userName"),
                        "cid@example.com");
    assert_string_equal(desk_text(d, "nextCursor"), "");
    d->now += 3600LL * 1000;
    assert_int_equal(page(d, NULL, cursor), 400);
    assert_string_equal(desk_text(d, "scimType"), "expiredCursor");
}

/* Walks by `sort`, with somebody added and removed between any two pages;
 * counts how often each of the five is shown. */
static void walk(struct desk *d, const char *sort, int shown[5])
{
    char cursor[600] = "", gone[ID_SIZE] = "", name[64];
    for (int step = 0; step == 0 || cursor[0] != '\0'; step++) {
        assert_int_equal(page(d, sort, cursor), 200);
        (void)snprintf(cursor, sizeof cursor, "%s", desk_text(d, "nextCursor"));
        for (int i = 0; i < 2; i++) {
            char path[40];
            (void)snprintf(path, sizeof path, "Resources.%d.userName", i);
            const char *who = desk_text(d, path);
            if (strncmp(who, "stays", 5) == 0)
                shown[who[5] - '0']++;
        }
        if (gone[0] != '\0')
            assert_int_equal(desk_write(d, BRIDGE_DELETE, "User", gone, " "),
                             204);
        (void)snprintf(name, sizeof name, "%c%s%d@example.com", "amz"[step % 3],
                       sort != NULL ? sort : "", step);
        desk_user(d, name, gone);
        assert_true(step < 60);
    }
}

static void a_walk_shows_everybody_once(void **state)
{
    static const char *const sorts[] = {NULL, "userName", "title",
                                        "meta.created", "emails.value"};
    struct desk *d = *state;
    char id[ID_SIZE], name[64];
    for (int i = 0; i < 5; i++) {
        (void)snprintf(name, sizeof name, "stays%d@example.com", i);
        desk_user(d, name, id);
    }
    for (size_t s = 0; s < sizeof sorts / sizeof sorts[0]; s++) {
        int shown[5] = {0};
        walk(d, sorts[s], shown);
        for (int i = 0; i < 5; i++)
            if (shown[i] != 1)
                fail_msg("by %s: stays%d is shown %d times",
                         sorts[s] != NULL ? sorts[s] : "nothing", i, shown[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_written_is_read, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(every_changed_letter_is_noticed, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_secret_hides_what_is_inside, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_cursor_lives_an_hour_and_a_restart,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_walk_shows_everybody_once, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
