/* Promises: targets, journal, tasks, tombstones, sync runs and tokens come
 * back as stored, and each moves only the way its header allows. */
#include "test/store/fixture.h"

#include "store/journal.h"
#include "store/sync_run.h"
#include "store/target.h"
#include "store/task.h"
#include "store/token.h"
#include "store/tombstone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One closure for all: what to call, and with what. */
struct call {
    enum {
        TARGET,
        ACCOUNT,
        SYNCED,
        BASE,
        J_OPEN,
        J_PROGRESS,
        J_CLOSE,
        J_PRUNE,
        T_OPEN,
        T_CLOSE,
        T_KIND,
        DEAD,
        REVIVE,
        S_START,
        S_END,
        K_ADD,
        K_REVOKE,
        K_USED
    } what;
    int64_t n, at;
    const char *text, *more;
    void *row;
};

static enum store_rc run_record(struct store_db *db, const struct call *c)
{
    switch (c->what) {
    case J_OPEN:
        return store_journal_open(db, c->row);
    case J_PROGRESS:
        return store_journal_progress(db, c->n, c->text);
    case J_CLOSE:
        return store_journal_close(db, c->n, c->at, c->text);
    case J_PRUNE:
        return store_journal_prune(db, c->at);
    case T_OPEN:
        return store_task_open(db, c->row);
    case T_CLOSE:
        return store_task_close(db, c->text, "done", c->more, c->at);
    case T_KIND:
        return store_task_close_kind(db, c->n, c->text, "withdrawn", "sync",
                                     c->at);
    case DEAD:
        return store_tombstone_add(db, c->row);
    case REVIVE:
        return store_tombstone_revive(db, c->n, c->at);
    case TARGET:
    case ACCOUNT:
    case SYNCED:
    case BASE:
    case S_START:
    case S_END:
    case K_ADD:
    case K_REVOKE:
    case K_USED:
        break;
    }
    return STORE_FAILED;
}

static enum store_rc run(struct store_db *db, void *ctx)
{
    struct call *c = ctx;
    switch (c->what) {
    case TARGET:
        return store_target_ensure(db, c->text, c->at, &c->n);
    case ACCOUNT:
        return store_target_set_account(db, c->n, c->text);
    case SYNCED:
        return store_target_set_synced(db, c->n, c->at);
    case BASE:
        return store_target_set_public_base(db, c->n, c->text);
    case S_START:
        return store_sync_run_start(db, c->row);
    case S_END:
        return store_sync_run_end(db, c->row);
    case K_ADD:
        return store_token_add(db, c->row);
    case K_REVOKE:
        return store_token_revoke(db, c->text, c->at);
    case K_USED:
        return store_token_used(db, c->n, c->at);
    case J_OPEN:
    case J_PROGRESS:
    case J_CLOSE:
    case J_PRUNE:
    case T_OPEN:
    case T_CLOSE:
    case T_KIND:
    case DEAD:
    case REVIVE:
        break;
    }
    return run_record(db, c);
}

#define DO(want, ...)                                                          \
    do {                                                                       \
        struct call call_ = {__VA_ARGS__};                                     \
        fixture_write(f, run, &call_, want);                                   \
    } while (0)

static void a_target_keeps_its_row(void **state)
{
    struct fixture *f = *state;
    struct store_target t;
    struct call again = {.what = TARGET, .text = "desk", .at = 9};
    fixture_write(f, run, &again, STORE_OK);
    assert_int_equal(again.n, f->target);
    struct call other = {.what = TARGET, .text = "other", .at = 9};
    fixture_write(f, run, &other, STORE_OK);
    assert_int_not_equal(other.n, f->target);

    DO(STORE_OK, .what = ACCOUNT, .n = f->target, .text = "acme-7");
    DO(STORE_OK, .what = SYNCED, .n = f->target, .at = 77);
    DO(STORE_OK, .what = BASE, .n = f->target, .text = "https://a.example");
    assert_int_equal(store_target_get(f->reader, f->target, &t), STORE_OK);
    assert_string_equal(t.name, "desk");
    assert_string_equal(t.account, "acme-7");
    assert_string_equal(t.public_base, "https://a.example");
    assert_int_equal(t.synced_at, 77);
    store_target_clear(&t);
    assert_int_equal(store_target_get(f->reader, 4711, &t), STORE_NONE);
    DO(STORE_NONE, .what = SYNCED, .n = 4711, .at = 1);
}

/* ---- journal ---------------------------------------------------------------
 */

struct found {
    int count;
    char text[512];
};

static bool see_entry(const struct store_journal *j, void *ctx)
{
    struct found *found = ctx;
    size_t len = strlen(found->text);
    (void)snprintf(found->text + len, sizeof found->text - len,
                   "%lld %s %d %s %s %s %s %s %lld;", (long long)j->n, j->id,
                   (int)j->type, j->action, j->intent,
                   j->progress == NULL ? "-" : j->progress, j->request_id,
                   j->actor, (long long)j->opened);
    found->count++;
    return true;
}

static struct store_journal entry_for(const struct fixture *f, const char *id)
{
    struct store_journal j = {.target = f->target,
                              .type = STORE_GROUP,
                              .action = (char *)"update",
                              .intent = (char *)"{\"a\":1}",
                              .request_id = (char *)"r-1",
                              .actor = (char *)"okta",
                              .opened = 55};
    (void)snprintf(j.id, sizeof j.id, "%s", id);
    return j;
}

static void a_journal_entry_is_open_until_closed_once(void **state)
{
    struct fixture *f = *state;
    struct found found = {0};
    struct store_journal a = entry_for(f, "first"), b = entry_for(f, "second");
    DO(STORE_OK, .what = J_OPEN, .row = &a);
    DO(STORE_OK, .what = J_OPEN, .row = &b);
    assert_true(b.n > a.n && a.n > 0);
    DO(STORE_OK, .what = J_PROGRESS, .n = b.n, .text = "[1]");
    DO(STORE_OK, .what = J_CLOSE, .n = a.n, .at = 60, .text = "done");
    assert_int_equal(
        store_journal_open_entries(f->reader, f->target, see_entry, &found),
        STORE_OK);
    assert_string_equal(found.text,
                        "2 second 1 update {\"a\":1} [1] r-1 okta 55;");
    DO(STORE_NONE, .what = J_CLOSE, .n = a.n, .at = 61, .text = "again");
    DO(STORE_NONE, .what = J_PROGRESS, .n = a.n, .text = "[2]");
    assert_string_equal(
        fixture_value(f, "SELECT outcome || closed FROM journal WHERE n = 1"),
        "done60");
}

static void old_closed_entries_are_pruned(void **state)
{
    struct fixture *f = *state;
    struct found found = {0};
    for (int i = 1; i <= 5; i++) {
        struct store_journal j = entry_for(f, "x");
        DO(STORE_OK, .what = J_OPEN, .row = &j);
        if (i != 2)
            DO(STORE_OK, .what = J_CLOSE, .n = j.n, .at = i * 10,
               .text = "done");
    }
    DO(STORE_OK, .what = J_PRUNE, .at = 40);
    assert_string_equal(fixture_value(f, "SELECT group_concat(n) FROM journal"),
                        "2,4,5");
    /* The newest stays in any case, so that no number is given twice. */
    DO(STORE_OK, .what = J_PRUNE, .at = 1000);
    struct store_journal j = entry_for(f, "x");
    DO(STORE_OK, .what = J_OPEN, .row = &j);
    assert_int_equal(j.n, 6);
    assert_int_equal(
        store_journal_open_entries(f->reader, f->target, see_entry, &found),
        STORE_OK);
    assert_int_equal(found.count, 2);
}

/* ---- tasks ------------------------------------------------------------------
 */

static bool see_task(const struct store_task *t, void *ctx)
{
    struct found *found = ctx;
    size_t len = strlen(found->text);
    (void)snprintf(found->text + len, sizeof found->text - len,
                   "%s %s %s %lld %lld %s %s;", t->id, t->kind, t->detail,
                   (long long)t->opened, (long long)t->due,
                   t->outcome == NULL ? "-" : t->outcome,
                   t->closed_by == NULL ? "-" : t->closed_by);
    found->count++;
    return true;
}

static struct store_task task_for(const struct fixture *f, int64_t resource,
                                  const char *id, const char *kind)
{
    struct store_task t = {.target = f->target,
                           .resource = resource,
                           .kind = (char *)kind,
                           .detail = (char *)"{}",
                           .opened = 10,
                           .due = 20};
    (void)snprintf(t.id, sizeof t.id, "%s", id);
    return t;
}

static const char *tasks(struct fixture *f, int64_t target, bool open_only)
{
    static struct found found;
    found = (struct found){0};
    assert_int_equal(
        store_task_list(f->reader, target, open_only, see_task, &found),
        STORE_OK);
    return found.text;
}

static void a_task_is_open_once_a_kind(void **state)
{
    struct fixture *f = *state;
    int64_t user = fixture_user(f, 1, "ada");
    struct store_task a = task_for(f, user, "t1", "invite"),
                      b = task_for(f, user, "t2", "role"),
                      again = task_for(f, user, "t3", "invite");
    DO(STORE_OK, .what = T_OPEN, .row = &a);
    DO(STORE_OK, .what = T_OPEN, .row = &b);
    again.detail = (char *)"{\"why\":2}";
    again.opened = 99;
    again.due = 21;
    DO(STORE_OK, .what = T_OPEN, .row = &again);
    assert_string_equal(again.id, "t1");
    assert_int_equal(again.opened, 10);
    assert_string_equal(
        tasks(f, f->target, true),
        "t1 invite {\"why\":2} 10 20 - -;t2 role {} 10 20 - -;");
    struct found found = {0};
    assert_int_equal(store_task_of(f->reader, user, see_task, &found),
                     STORE_OK);
    assert_int_equal(found.count, 2);
}

static void a_closed_task_stays_closed(void **state)
{
    struct fixture *f = *state;
    int64_t user = fixture_user(f, 1, "ada");
    struct store_task a = task_for(f, user, "t1", "invite"),
                      b = task_for(f, user, "t2", "role"),
                      again = task_for(f, user, "t3", "invite");
    DO(STORE_OK, .what = T_OPEN, .row = &a);
    DO(STORE_OK, .what = T_OPEN, .row = &b);
    DO(STORE_OK, .what = T_CLOSE, .text = "t1", .more = "eve", .at = 30);
    DO(STORE_NONE, .what = T_CLOSE, .text = "t1", .more = "bob", .at = 31);
    DO(STORE_NONE, .what = T_CLOSE, .text = "no", .more = "bob", .at = 31);
    DO(STORE_OK, .what = T_OPEN, .row = &again);
    assert_string_equal(again.id, "t3");
    assert_string_equal(tasks(f, 0, false),
                        "t2 role {} 10 20 - -;t3 invite {} 10 20 - -;"
                        "t1 invite {} 10 20 done eve;");
    DO(STORE_OK, .what = T_KIND, .n = user, .text = "role", .at = 40);
    assert_string_equal(tasks(f, 0, true), "t3 invite {} 10 20 - -;");
    DO(STORE_OK, .what = T_KIND, .n = user, .at = 41);
    DO(STORE_OK, .what = T_KIND, .n = user, .at = 42); /* none left: fine */
    assert_string_equal(tasks(f, f->target, true), "");
    assert_string_equal(tasks(f, f->target, false),
                        "t1 invite {} 10 20 done eve;"
                        "t2 role {} 10 20 withdrawn sync;"
                        "t3 invite {} 10 20 withdrawn sync;");
}

static void a_deactivation_comes_first_in_every_list(void **state)
{
    struct fixture *f = *state;
    int64_t user = fixture_user(f, 1, "ada");
    struct store_task a = task_for(f, user, "t1", "invite"),
                      b = task_for(f, user, "t2", "deactivate");
    DO(STORE_OK, .what = T_OPEN, .row = &a);
    DO(STORE_OK, .what = T_OPEN, .row = &b);
    const char *want = "t2 deactivate {} 10 20 - -;t1 invite {} 10 20 - -;";
    assert_string_equal(tasks(f, f->target, true), want);
    assert_string_equal(tasks(f, f->target, false), want);
    assert_string_equal(tasks(f, 0, true), want);
    struct found found = {0};
    assert_int_equal(store_task_of(f->reader, user, see_task, &found),
                     STORE_OK);
    assert_string_equal(found.text, want);
}

static enum store_rc alarm_and_cut(struct store_db *db, void *ctx)
{
    enum store_rc rc = store_task_alarm(db, ctx, 77);
    return rc == STORE_OK ? store_task_set_detail(db, ctx, "{\"left\":1}") : rc;
}

static void an_open_task_counts_its_alarms(void **state)
{
    struct fixture *f = *state;
    int64_t user = fixture_user(f, 1, "ada");
    struct store_task a = task_for(f, user, "t1", "invite"), got = {0},
                      b = task_for(f, user, "t2", "deactivate");
    struct store_task_counts n;
    DO(STORE_OK, .what = T_OPEN, .row = &a);
    b.due = 90;
    DO(STORE_OK, .what = T_OPEN, .row = &b);
    assert_int_equal(store_write(f->store, alarm_and_cut, (char *)"t1", NULL),
                     STORE_OK);
    assert_int_equal(store_task_get(f->reader, "t1", &got), STORE_OK);
    assert_int_equal(got.alarms, 1);
    assert_int_equal(got.alarmed, 77);
    assert_string_equal(got.detail, "{\"left\":1}");
    store_task_clear(&got);
    assert_int_equal(store_task_get(f->reader, "no", &got), STORE_NONE);
    assert_int_equal(store_task_count(f->reader, f->target, 50, &n), STORE_OK);
    assert_int_equal(n.open, 2);
    assert_int_equal(n.overdue, 1);
    assert_int_equal(n.deactivate, 1);
    DO(STORE_OK, .what = T_CLOSE, .text = "t1", .more = "eve", .at = 30);
    assert_int_equal(store_write(f->store, alarm_and_cut, (char *)"t1", NULL),
                     STORE_NONE);
}

/* ---- tombstones -------------------------------------------------------------
 */

static bool see_stone(const struct store_tombstone *t, const char *id,
                      void *ctx)
{
    struct found *found = ctx;
    size_t len = strlen(found->text);
    (void)snprintf(found->text + len, sizeof found->text - len, "%s %s %lld;",
                   id + 34, t->reason, (long long)t->since);
    found->count++;
    return true;
}

static void a_death_is_kept_after_a_revival(void **state)
{
    struct fixture *f = *state;
    int64_t ada = fixture_user(f, 1, "ada"), bob = fixture_user(f, 2, "bob");
    struct found found = {0};
    struct store_tombstone got,
        stones[] = {
            {.resource = ada,
             .upstream_id = (char *)"u1",
             .snapshot = (char *)"{}",
             .reason = (char *)"vanished",
             .since = 5},
            {.resource = bob, .reason = (char *)"erased", .since = 6},
            {.resource = ada, .reason = (char *)"deactivated", .since = 7}};
    DO(STORE_OK, .what = DEAD, .row = &stones[0]);
    DO(STORE_OK, .what = DEAD, .row = &stones[1]);
    assert_int_equal(store_tombstone_of(f->reader, ada, &got), STORE_OK);
    assert_string_equal(got.upstream_id, "u1");
    assert_string_equal(got.snapshot, "{}");
    assert_string_equal(got.reason, "vanished");
    store_tombstone_clear(&got);

    DO(STORE_OK, .what = REVIVE, .n = ada, .at = 50);
    assert_int_equal(store_tombstone_of(f->reader, ada, &got), STORE_NONE);
    DO(STORE_OK, .what = REVIVE, .n = ada, .at = 60); /* lives: fine */
    DO(STORE_OK, .what = DEAD, .row = &stones[2]);
    assert_int_equal(
        store_tombstone_list(f->reader, f->target, 10, see_stone, &found),
        STORE_OK);
    assert_string_equal(found.text, "01 deactivated 7;02 erased 6;");
    assert_string_equal(
        fixture_value(f, "SELECT group_concat(revived) FROM tombstone"),
        "50,0,0");
    stones[0].resource = 4711;
    DO(STORE_NONE, .what = DEAD, .row = &stones[0]);
}

/* ---- sync runs
 * --------------------------------------------------------------- */

static bool see_run(const struct store_sync_run *r, void *ctx)
{
    struct found *found = ctx;
    size_t len = strlen(found->text);
    (void)snprintf(found->text + len, sizeof found->text - len,
                   "%lld %lld-%lld %lld %lld %lld %lld %lld %lld %d%d %s;",
                   (long long)r->n, (long long)r->started, (long long)r->ended,
                   (long long)r->seen, (long long)r->created,
                   (long long)r->changed, (long long)r->vanished,
                   (long long)r->revived, (long long)r->held, r->complete,
                   r->brake, r->error == NULL ? "-" : r->error);
    return ++found->count < 2;
}

static void sync_runs_are_listed_newest_first(void **state)
{
    struct fixture *f = *state;
    struct found found = {0};
    struct store_sync_run a = {.target = f->target, .started = 5},
                          b = {.target = f->target, .started = 15};
    DO(STORE_OK, .what = S_START, .row = &a);
    struct store_sync_run end = a;
    end.ended = 9;
    end.seen = 1;
    end.created = 2;
    end.changed = 3;
    end.vanished = 4;
    end.revived = 5;
    end.held = 6;
    end.complete = true;
    end.error = (char *)"half a page";
    DO(STORE_OK, .what = S_END, .row = &end);
    DO(STORE_OK, .what = S_START, .row = &b);
    assert_int_equal(
        store_sync_run_list(f->reader, f->target, 10, see_run, &found),
        STORE_OK);
    assert_string_equal(found.text, "2 15-0 0 0 0 0 0 0 00 -;"
                                    "1 5-9 1 2 3 4 5 6 10 half a page;");
}

/* ---- tokens
 * -------------------------------------------------------------------- */

static struct store_token token_for(const char *name, char fill)
{
    struct store_token t = {.name = (char *)name,
                            .target = (char *)"desk",
                            .scope = (char *)"write",
                            .created = 3,
                            .expires = 4};
    memset(t.hash, fill, sizeof t.hash - 1);
    return t;
}

static bool see_token(const struct store_token *t, void *ctx)
{
    struct found *found = ctx;
    size_t len = strlen(found->text);
    (void)snprintf(found->text + len, sizeof found->text - len,
                   "%s %c %s %s %lld %lld %lld %lld;", t->name, t->hash[63],
                   t->target == NULL ? "-" : t->target, t->scope,
                   (long long)t->created, (long long)t->last_used,
                   (long long)t->expires, (long long)t->revoked);
    return true;
}

static void a_token_is_found_by_its_hash(void **state)
{
    struct fixture *f = *state;
    struct store_token a = token_for("okta", 'a'),
                       admin = token_for("eve", 'b'), got;
    struct found found = {0};
    admin.target = NULL;
    DO(STORE_OK, .what = K_ADD, .row = &a);
    DO(STORE_OK, .what = K_ADD, .row = &admin);
    DO(STORE_OK, .what = K_USED, .n = a.n, .at = 8);
    assert_int_equal(store_token_by_hash(f->reader, a.hash, &got), STORE_OK);
    assert_int_equal(got.n, a.n);
    assert_string_equal(got.name, "okta");
    assert_string_equal(got.hash, a.hash);
    store_token_clear(&got);
    assert_int_equal(store_token_by_hash(f->reader, "nothing", &got),
                     STORE_NONE);
    assert_int_equal(store_token_list(f->reader, see_token, &found), STORE_OK);
    assert_string_equal(found.text,
                        "okta a desk write 3 8 4 0;eve b - write 3 0 4 0;");
}

static void a_name_is_free_again_after_revocation(void **state)
{
    struct fixture *f = *state;
    struct store_token a = token_for("okta", 'a'), b = token_for("okta", 'b'),
                       got;
    DO(STORE_OK, .what = K_ADD, .row = &a);
    DO(STORE_CLASH, .what = K_ADD, .row = &b);
    DO(STORE_OK, .what = K_REVOKE, .text = "okta", .at = 9);
    DO(STORE_NONE, .what = K_REVOKE, .text = "okta", .at = 9);
    DO(STORE_OK, .what = K_ADD, .row = &b);
    assert_int_equal(store_token_by_hash(f->reader, a.hash, &got), STORE_OK);
    assert_int_equal(got.revoked, 9);
    store_token_clear(&got);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name)                                                                \
    cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
        T(a_target_keeps_its_row),
        T(a_journal_entry_is_open_until_closed_once),
        T(old_closed_entries_are_pruned),
        T(a_task_is_open_once_a_kind),
        T(a_closed_task_stays_closed),
        T(a_deactivation_comes_first_in_every_list),
        T(an_open_task_counts_its_alarms),
        T(a_death_is_kept_after_a_revival),
        T(sync_runs_are_listed_newest_first),
        T(a_token_is_found_by_its_hash),
        T(a_name_is_free_again_after_revocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
