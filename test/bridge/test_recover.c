/* Promises: whatever write the process is killed in, and wherever, after the
 * next start the mirror shows what the helpdesk has, the repeated request ends
 * in the state that an undisturbed one ends in, and nothing was done twice.
 *
 * Each conversation is run to the end once. Then it is run again and again, by
 * a process of its own, which ends as if by kill -9 at its first stop point,
 * its second, and so on; there is one before and one behind every call to the
 * helpdesk, so that every commit to the database lies between two of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "test/bridge/conversations.h"
#include "test/bridge/summary.h"

#define MAX_STOPS 80

/* ---- files ---- */

static char *read_file(const struct desk *d, const char *name)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", d->dir, name);
    FILE *in = fopen(path, "r");
    char *text = calloc(1, 16384);
    if (in != NULL && text != NULL) {
        text[fread(text, 1, 16383, in)] = 0;
        (void)fclose(in);
    }
    return text;
}

/* ---- processes ----------------------------------------------------------- */

struct run {
    const struct conversation *c;
    struct desk d;
    int stop;      /* stop point, from 1 */
    bool recovers; /* at the start; else the request itself must */
    bool alone;    /* and what it promises is done before the request */
    int points;    /* stop points of an undisturbed run */
};

static int in_child(struct run *r, void (*work)(struct run *r))
{
    (void)fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        (void)alarm(60);
        work(r);
        _exit(0);
    }
    int status = 0;
    (void)waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

static void do_prepare(struct run *r)
{
    desk_reopen(&r->d, r->c->wishes);
    desk_sync(&r->d);
    r->c->prepare(&r->d);
    if (json_dump_file(fake_world(r->d.up), r->d.world, 0) != 0)
        _exit(1);
    desk_shut(&r->d);
}

/* Whatever way a leave took, each ticket was given to one person, once. */
static void nothing_moved_twice(struct desk *d)
{
    const char *ticket;
    json_t *owners;
    json_object_foreach (json_object_get(fake_world(d->up), "moves"), ticket,
                         owners) {
        conversation_must(json_object_size(owners) == 1, d, ticket);
    }
    json_object_foreach (json_object_get(fake_world(d->up), "tickets"), ticket,
                         owners) {
        conversation_must(strcmp(json_string_value(owners), "unassigned") != 0,
                          d, ticket);
    }
}

static void do_undisturbed(struct run *r)
{
    desk_reopen(&r->d, r->c->wishes);
    r->c->act(&r->d);
    conversation_must(desk_leaves(&r->d, 20) == 0, &r->d,
                      "a leave does not end");
    nothing_moved_twice(&r->d);
    conversation_must(desk_open_entries(&r->d) == 0, &r->d, "an entry is open");
    conversation_must(summary_write(&r->d, "want"), &r->d, "summary");
    int calls = fake_calls(r->d.up, NULL);
    r->c->act(&r->d);
    conversation_must(fake_calls(r->d.up, NULL) == calls, &r->d,
                      "a repetition wrote upstream");
    desk_shut(&r->d);
}

static void do_stopped(struct run *r)
{
    desk_reopen(&r->d, r->c->wishes);
    fake_stop_at(r->d.up, r->stop);
    r->c->act(&r->d);
    desk_shut(&r->d);
}

static void do_restarted(struct run *r)
{
    desk_reopen(&r->d, r->c->wishes);
    if (r->recovers) {
        conversation_must(desk_recover(&r->d), &r->d, "recovery");
        conversation_must(desk_open_entries(&r->d) == 0, &r->d,
                          "an entry is open");
        int calls = fake_calls(r->d.up, NULL);
        conversation_must(desk_recover(&r->d), &r->d, "second recovery");
        conversation_must(fake_calls(r->d.up, NULL) == calls, &r->d,
                          "a second recovery wrote upstream");
        if (r->alone) /* nobody asks again: the bridge keeps its promise */
            conversation_must(desk_leaves(&r->d, 20) == 0, &r->d,
                              "a leave does not end");
    }
    r->c->act(&r->d);
    conversation_must(desk_leaves(&r->d, 20) == 0, &r->d,
                      "a leave does not end");
    nothing_moved_twice(&r->d);
    conversation_must(desk_open_entries(&r->d) == 0, &r->d, "an entry is open");
    conversation_must(summary_write(&r->d, "got"), &r->d, "summary");
    desk_shut(&r->d);
}

static void copy_file(const struct desk *from, const struct desk *to,
                      const char *name)
{
    char command[2][128], block[65536];
    (void)snprintf(command[0], sizeof command[0], "%s/%s", from->dir, name);
    (void)snprintf(command[1], sizeof command[1], "%s/%s", to->dir, name);
    (void)unlink(command[1]);
    FILE *in = fopen(command[0], "rb");
    if (in == NULL)
        return;
    FILE *out = fopen(command[1], "wb");
    size_t got;
    while (out != NULL && (got = fread(block, 1, sizeof block, in)) > 0)
        (void)fwrite(block, 1, got, out);
    (void)fclose(in);
    if (out != NULL)
        (void)fclose(out);
}

static void copy_state(const struct desk *from, const struct desk *to)
{
    static const char *const files[] = {"bridge.db", "bridge.db-wal",
                                        "bridge.db-shm", "world.json"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        copy_file(from, to, files[i]);
}

static void remove_folder(const struct desk *d)
{
    char command[128];
    static const char *const files[] = {
        "bridge.db",      "bridge.db-wal", "bridge.db-shm", "bridge.db.lock",
        "bridge.db-lock", "world.json",    "want",          "got"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        (void)snprintf(command, sizeof command, "%s/%s", d->dir, files[i]);
        (void)unlink(command);
    }
    (void)rmdir(d->dir);
}

/* One stop; false: the run survived, so there was no such stop point. */
static bool one_stop(struct run *r, const struct desk *prepared,
                     const char *want)
{
    copy_state(prepared, &r->d);
    int status = in_child(r, do_stopped);
    if (status == 0)
        return false;
    if (status != FAKE_STOPPED)
        fail_msg("%s, stop %d: ended with %d", r->c->name, r->stop, status);
    status = in_child(r, do_restarted);
    if (status != 0)
        fail_msg("%s, stop %d, %s: restart ended with %d", r->c->name, r->stop,
                 r->recovers ? "recovered" : "repeated", status);
    char *got = read_file(&r->d, "got");
    if (strcmp(got, want) != 0)
        fail_msg("%s, stop %d, %s:\n%s-- instead of --\n%s", r->c->name,
                 r->stop, r->recovers ? "recovered" : "repeated", got, want);
    free(got);
    return true;
}

static int all_stops(const struct conversation *c)
{
    struct run r = {.c = c};
    struct desk prepared;
    int stops = 0;
    desk_folder(&prepared);
    r.d = prepared;
    assert_int_equal(in_child(&r, do_prepare), 0);
    desk_folder(&r.d);
    copy_state(&prepared, &r.d);
    if (in_child(&r, do_undisturbed) != 0)
        fail_msg("%s: does not run undisturbed", c->name);
    char *want = read_file(&r.d, "want");
    for (int mode = 0; mode < 3; mode++) {
        r.recovers = mode != 1;
        r.alone = mode == 2;
        for (r.stop = 1; r.stop <= MAX_STOPS; r.stop++)
            if (!one_stop(&r, &prepared, want))
                break;
        stops += r.stop - 1;
    }
    free(want);
    remove_folder(&r.d);
    remove_folder(&prepared);
    return stops;
}

static void any_stop_ends_as_if_there_had_been_none(void **state)
{
    (void)state;
    int stops = 0;
    const char *only = getenv("TEST_CONVERSATION");
    for (size_t i = 0; i < conversation_count; i++)
        if (only == NULL || strcmp(only, conversations[i].name) == 0) {
            int one = all_stops(&conversations[i]);
            (void)fprintf(stderr, "# %-32s %3d stops\n", conversations[i].name,
                          one);
            stops += one;
        }
    (void)fprintf(stderr, "# %zu conversations, %d stops\n", conversation_count,
                  stops);
    assert_true(only != NULL || stops > 100);
}

/* ---- the helpdesk is away ------------------------------------------------ */

static void what_cannot_be_read_stays_open(void **state)
{
    (void)state;
    struct desk d;
    char id[ID_SIZE];
    desk_open(&d, NULL);
    desk_user(&d, "ann@example.com", id);
    fake_fault(d.up, "user.update", 0, UP_UNKNOWN, true);
    assert_int_equal(desk_write(&d, BRIDGE_PATCH, "User", id, PATCH_OPS,
                                "{'op':'replace','path':'displayName',"
                                "'value':'Ann'}"),
                     504);
    fake_fault(d.up, "user.get", 0, UP_UNAVAILABLE, false);
    assert_false(desk_recover(&d));
    assert_int_equal(desk_open_entries(&d), 1);
    /* A write to it cannot be sure either, and says so. */
    fake_fault(d.up, "user.get", 0, UP_UNAVAILABLE, false);
    assert_int_equal(desk_write(&d, BRIDGE_PATCH, "User", id, PATCH_OPS,
                                "{'op':'replace','path':'title',"
                                "'value':'T'}"),
                     503);
    assert_true(d.reply.retry_after > 0);
    assert_true(desk_recover(&d));
    assert_int_equal(desk_get(&d, "User", id), 200);
    assert_string_equal(desk_text(&d, "displayName"), "Ann");
    desk_close(&d);
}

static void a_helpdesk_that_will_not_tell_stops_nobody_else(void **state)
{
    (void)state;
    struct desk d;
    char id[ID_SIZE];
    desk_open(&d, NULL);
    desk_user(&d, "ann@example.com", id);
    fake_fault(d.up, "user.update", 0, UP_UNKNOWN, true);
    assert_int_equal(desk_write(&d, BRIDGE_PATCH, "User", id, PATCH_OPS,
                                "{'op':'replace','path':'displayName',"
                                "'value':'Ann'}"),
                     504);
    fake_fault(d.up, "user.get", 0, UP_FORBIDDEN, false);
    assert_true(desk_recover(&d));
    assert_int_equal(desk_open_entries(&d), 1);
    desk_close(&d);
}

static void no_password_is_in_the_database(void **state)
{
    (void)state;
    struct desk d;
    desk_open(&d, NULL);
    fake_fault(d.up, "user.create", 0, UP_UNKNOWN, true);
    assert_int_equal(desk_write(&d, BRIDGE_CREATE, "User", NULL,
                                "{" USER_SCHEMAS ",'userName':'a@example.com',"
                                "'password':'Zq9-never-stored'}"),
                     504);
    desk_shut(&d);
    FILE *in = fopen(d.db_path, "rb");
    assert_non_null(in);
    static char bytes[1 << 22];
    size_t got = fread(bytes, 1, sizeof bytes, in);
    (void)fclose(in);
    assert_true(got > 0 && got < sizeof bytes);
    assert_null(memmem(bytes, got, "Zq9-never-stored", 16));
    desk_reopen(&d, NULL);
    desk_close(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_stop_ends_as_if_there_had_been_none),
        cmocka_unit_test(what_cannot_be_read_stays_open),
        cmocka_unit_test(a_helpdesk_that_will_not_tell_stops_nobody_else),
        cmocka_unit_test(no_password_is_in_the_database),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
