#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "test/bridge/desk.h"

#include "bridge/offboard_job.h"
#include "bridge/sync.h"
#include "bridge/write.h"
#include "store/audit.h"
#include "store/hand_over.h"
#include "store/journal.h"
#include "store/task.h"

static int64_t desk_now(void *ctx)
{
    struct desk *d = ctx;
    return d->now;
}

void desk_folder(struct desk *d)
{
    memset(d, 0, sizeof *d);
    const char *tmp = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    (void)snprintf(d->dir, sizeof d->dir, "%s/bridge-test-XXXXXX", tmp);
    assert_non_null(mkdtemp(d->dir));
    (void)snprintf(d->db_path, sizeof d->db_path, "%s/bridge.db", d->dir);
    (void)snprintf(d->world, sizeof d->world, "%s/world.json", d->dir);
    d->now = 1700000000000;
}

/* ---- opening ------------------------------------------------------------- */

static const char *wish(const struct desk_wish *wishes, const char *name)
{
    for (; wishes != NULL && wishes->name != NULL; wishes++)
        if (strcmp(wishes->name, name) == 0)
            return wishes->value;
    return NULL;
}

/* What stands behind `prefix` in a wish's name. */
static void collect(const struct desk_wish *wishes, const char *prefix,
                    struct bridge_pair *out)
{
    size_t len = strlen(prefix);
    for (; wishes != NULL && wishes->name != NULL; wishes++)
        if (strncmp(wishes->name, prefix, len) == 0)
            *out++ = (struct bridge_pair){wishes->name + len, wishes->value};
}

void desk_reopen(struct desk *d, const struct desk_wish *wishes)
{
    struct error err = {{0}};
    static struct bridge_pair roles[DESK_WISHES], inboxes[DESK_WISHES],
        kinds[DESK_WISHES], dues[DESK_WISHES];
    static const char *protect[2];
    const char *seats = wish(wishes, "seats");
    const char *brake = wish(wishes, "brake");
    memset(kinds, 0, sizeof kinds);
    memset(dues, 0, sizeof dues);
    collect(wishes, "unsupported.", kinds);
    collect(wishes, "due.", dues);
    memset(roles, 0, sizeof roles);
    memset(inboxes, 0, sizeof inboxes);
    collect(wishes, "role.", roles);
    collect(wishes, "inbox.", inboxes);
    protect[0] = wish(wishes, "protect");
    struct bridge_target_config target = {
        .name = "support",
        .profile = "fake",
        .profile_text = wish(wishes, "profile"),
        .base_url = d->world,
        .unsupported = wish(wishes, "unsupported"),
        .removal = wish(wishes, "removal"),
        .offboard = wish(wishes, "offboard"),
        .deadline = wish(wishes, "deadline"),
        .deactivation = wish(wishes, "deactivation"),
        /* The worlds are small, and walks delete many. */
        .brake = brake != NULL ? brake : "100%, 1000000",
        .max_resends = wish(wishes, "max_resends"),
        .seats = seats == NULL ? 0 : (int)strtol(seats, NULL, 10),
        .unsupported_kinds = kinds,
        .dues = dues,
        .roles = roles,
        .inboxes = inboxes,
        .protect = protect,
        .group_names_unique = true};
    struct bridge_config config = {.public_url = "https://scim.example.com",
                                   .targets = &target,
                                   .target_count = 1,
                                   .workers = 3,
                                   .user_agent = "test"};
    d->log = (struct log){.fd = getenv("TEST_LOG") != NULL ? 2 : -1};
    d->log.clock = (struct clock){desk_now, d};
    d->store = store_open(d->db_path, &err);
    if (d->store == NULL)
        fail_msg("%s", err.text);
    d->bridge = bridge_open(&config, d->store, (struct clock){desk_now, d},
                            id_system(), &d->log, &err);
    if (d->bridge == NULL)
        fail_msg("%s", err.text);
    d->t = bridge_target(d->bridge, NULL);
    d->up = d->t->up;
    d->db = store_reader_open(d->store, &err);
    assert_non_null(d->db);
}

void desk_open(struct desk *d, const struct desk_wish *wishes)
{
    desk_folder(d);
    desk_reopen(d, wishes);
    desk_sync(d);
}

void desk_shut(struct desk *d)
{
    bridge_reply_clear(&d->reply);
    json_decref(d->body);
    d->body = NULL;
    store_reader_close(d->db);
    bridge_free(d->bridge);
    store_close(d->store);
}

void desk_close(struct desk *d)
{
    char path[128];
    desk_shut(d);
    static const char *const files[] = {"bridge.db",      "bridge.db-wal",
                                        "bridge.db-shm",  "bridge.db.lock",
                                        "bridge.db-lock", "world.json"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", d->dir, files[i]);
        (void)unlink(path);
    }
    (void)rmdir(d->dir);
}

/* ---- requests ------------------------------------------------------------ */

static void keep_reply(struct desk *d)
{
    json_decref(d->body);
    d->body = d->reply.body == NULL
                  ? NULL
                  : json_loadb(d->reply.body, d->reply.len, 0, NULL);
}

static int run(struct desk *d, struct bridge_request *q, const char *type)
{
    bridge_reply_clear(&d->reply);
    q->type = scim_model_type(d->t->model, type);
    q->request_id = "req-1";
    q->actor = "test";
    d->now += 1000;
    if (q->op == BRIDGE_GET || q->op == BRIDGE_LIST)
        bridge_read(d->t, d->db, q, &d->reply);
    else
        write_run(d->t, d->db, q, &d->reply);
    keep_reply(d);
    return d->reply.status;
}

static void quote(char *text)
{
    for (; *text != '\0'; text++)
        if (*text == '\'')
            *text = '"';
}

int desk_write(struct desk *d, enum bridge_op op, const char *type,
               const char *id, const char *body, ...)
{
    char text[8192];
    va_list args;
    va_start(args, body);
    (void)vsnprintf(text, sizeof text, body, args);
    va_end(args);
    quote(text);
    struct bridge_request q = {
        .op = op, .id = id, .body = text, .body_len = strlen(text)};
    return run(d, &q, type);
}

int desk_write_if(struct desk *d, enum bridge_op op, const char *type,
                  const char *id, const char *tag, const char *body)
{
    char text[8192];
    (void)snprintf(text, sizeof text, "%s", body);
    quote(text);
    struct bridge_request q = {.op = op,
                               .id = id,
                               .body = text,
                               .body_len = strlen(text),
                               .if_match = tag};
    return run(d, &q, type);
}

int desk_get(struct desk *d, const char *type, const char *id)
{
    struct bridge_request q = {.op = BRIDGE_GET, .id = id};
    return run(d, &q, type);
}

int desk_count(struct desk *d, const char *type, const char *filter)
{
    struct bridge_request q = {.op = BRIDGE_LIST, .filter = filter};
    if (run(d, &q, type) != 200)
        return -1;
    return (int)json_integer_value(json_object_get(d->body, "totalResults"));
}

/* ---- looking ------------------------------------------------------------- */

static json_t *place(struct desk *d, const char *path)
{
    json_t *at = d->body;
    char name[160];
    while (at != NULL && *path != '\0') {
        /* A name that starts with a URN goes up to the last colon and word. */
        size_t len = strncmp(path, "urn:", 4) == 0
                         ? (size_t)(strrchr(path, ':') - path) +
                               strcspn(strrchr(path, ':'), ".")
                         : strcspn(path, ".");
        (void)snprintf(name, sizeof name, "%.*s", (int)len, path);
        at = json_is_array(at)
                 ? json_array_get(at, (size_t)strtol(name, NULL, 10))
                 : json_object_get(at, name);
        path += len + (path[len] == '.');
    }
    return at;
}

const char *desk_text(struct desk *d, const char *path)
{
    const char *text = json_string_value(place(d, path));
    return text != NULL ? text : "";
}

bool desk_true(struct desk *d, const char *path)
{
    return json_is_true(place(d, path));
}

void desk_user(struct desk *d, const char *name, char id[ID_SIZE])
{
    int status = desk_write(d, BRIDGE_CREATE, "User", NULL,
                            "{" USER_SCHEMAS ",'userName':'%s',"
                            "'emails':[{'value':'%s','type':'work'}]}",
                            name, name);
    if (status != 201)
        fail_msg("POST %s: %d %s", name, status, d->reply.body);
    (void)snprintf(id, ID_SIZE, "%s", desk_text(d, "id"));
}

static bool add_kind(const struct store_task *t, void *ctx)
{
    char *kinds = ctx;
    size_t len = strlen(kinds);
    (void)snprintf(kinds + len, 128 - len, "%s%s", len > 0 ? " " : "", t->kind);
    return true;
}

const char *desk_tasks(struct desk *d, const char *type, const char *id)
{
    static char kinds[128];
    struct store_resource row = {0};
    kinds[0] = '\0';
    enum store_type is = strcmp(type, "User") == 0 ? STORE_USER : STORE_GROUP;
    assert_int_equal(store_resource_get(d->db, d->t->row, is, id, &row),
                     STORE_OK);
    assert_int_equal(store_task_of(d->db, row.n, add_kind, kinds), STORE_OK);
    store_resource_clear(&row);
    return kinds;
}

struct task_search {
    const char *kind;
    json_t *detail;
};

static bool find_task(const struct store_task *t, void *ctx)
{
    struct task_search *s = ctx;
    if (strcmp(t->kind, s->kind) == 0)
        s->detail = json_loads(t->detail, 0, NULL);
    return s->detail == NULL;
}

json_t *desk_task(struct desk *d, const char *type, const char *id,
                  const char *kind)
{
    struct store_resource row = {0};
    struct task_search s = {.kind = kind};
    enum store_type is = strcmp(type, "User") == 0 ? STORE_USER : STORE_GROUP;
    assert_int_equal(store_resource_get(d->db, d->t->row, is, id, &row),
                     STORE_OK);
    assert_int_equal(store_task_of(d->db, row.n, find_task, &s), STORE_OK);
    store_resource_clear(&row);
    return s.detail;
}

static bool last_audit(const struct store_audit *row, void *ctx)
{
    json_t **after = ctx;
    json_decref(*after);
    *after = row->after == NULL ? NULL : json_loads(row->after, 0, NULL);
    return true;
}

json_t *desk_last_audit(struct desk *d)
{
    json_t *after = NULL;
    assert_int_equal(
        store_audit_list(d->db, d->t->row, NULL, 0, 1000, last_audit, &after),
        STORE_OK);
    return after;
}

static bool count_entry(const struct store_journal *e, void *ctx)
{
    (void)e;
    ++*(int *)ctx;
    return true;
}

int desk_open_entries(struct desk *d)
{
    int count = 0;
    assert_int_equal(
        store_journal_open_entries(d->db, d->t->row, count_entry, &count),
        STORE_OK);
    return count;
}

struct audit_count {
    const char *outcome;
    int count;
};

static bool count_audit(const struct store_audit *row, void *ctx)
{
    struct audit_count *c = ctx;
    c->count += strcmp(row->outcome, c->outcome) == 0;
    return true;
}

int desk_audit(struct desk *d, const char *outcome)
{
    struct audit_count c = {outcome, 0};
    assert_int_equal(
        store_audit_list(d->db, d->t->row, NULL, 0, 1000, count_audit, &c),
        STORE_OK);
    return c.count;
}

void desk_sync(struct desk *d)
{
    struct error err = {{0}};
    json_t *counts = NULL;
    d->now += 1000;
    if (!sync_run(d->t, d->db, &counts, &err))
        fail_msg("sync: %s", err.text);
    json_decref(counts);
}

bool desk_recover(struct desk *d)
{
    struct error err = {{0}};
    d->now += 1000;
    bool ok = recover_run(d->t, d->db, &err);
    if (!ok && getenv("TEST_LOG") != NULL)
        (void)fprintf(stderr, "recover: %s\n", err.text);
    return ok;
}

int desk_leaves(struct desk *d, int turns)
{
    int64_t wait = 0;
    while (turns-- > 0 && wait >= 0) {
        wait = offboard_jobs_run(d->t, d->db);
        d->now += wait > 0 ? wait : 0;
    }
    int left = 0;
    struct store_hand_over row = {0};
    int64_t at = -1, n = 0;
    while (store_hand_over_next(d->db, d->t->row, at, n, &row) == STORE_OK) {
        at = row.next_at;
        n = row.n;
        left++;
        store_hand_over_clear(&row);
    }
    return left;
}
