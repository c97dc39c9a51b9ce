/*
 * bridge/bridge.c - opening, starting and stopping the targets
 */
#include "bridge/bridge.h"

#include "base/quantity.h"
#include "bridge/brake.h"
#include "bridge/capability.h"
#include "bridge/claims.h"
#include "bridge/cursor.h"
#include "bridge/model.h"
#include "bridge/offboard_job.h"
#include "bridge/policy.h"
#include "bridge/queue.h"
#include "bridge/scheduler.h"
#include "bridge/sync.h"
#include "bridge/target.h"
#include "bridge/write.h"
#include "scim/error.h"
#include "bridge/render.h"
#include "store/shown.h"
#include "store/target.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_PAGE 100
#define MAX_PAGE     200
#define WORKERS      4

/* ---- opening --------------------------------------------------------------
 */

/* bridge_pair and up_setting say the same; providers/ does not know ours. */
static struct up_setting *settings_of(const struct bridge_pair *pairs)
{
    size_t count = 0;
    while (pairs != NULL && pairs[count].name != NULL)
        count++;
    struct up_setting *out = calloc(count + 1, sizeof *out);
    for (size_t i = 0; out != NULL && i < count; i++)
        out[i] = (struct up_setting){pairs[i].name, pairs[i].value};
    return out;
}

/* Checked when the INI was read; silent: the profile says. */
static int headroom_of(const char *text)
{
    int64_t share;
    return text != NULL && quantity_share(text, &share) ? (int)share : -1;
}

static struct provider *open_provider(struct bridge_target *t,
                                      const struct bridge_target_config *c,
                                      const char *user_agent, struct error *err)
{
    struct up_setting *forced = settings_of(c->capabilities);
    struct up_setting *secrets = settings_of(c->secrets);
    struct up_setting *variables = settings_of(c->variables);
    struct up_config config = {.profile = c->profile,
                               .profile_text = c->profile_text,
                               .base_url = c->base_url,
                               .secrets = secrets,
                               .variables = variables,
                               .capabilities = forced,
                               .learned = capability_learned,
                               .ctx = t,
                               .rate_headroom = headroom_of(c->rate_headroom),
                               .user_agent = user_agent,
                               .record = c->record,
                               .replay = c->replay};
    struct provider *up = NULL;
    if (secrets != NULL && variables != NULL && forced != NULL)
        up = up_new(&config, err);
    else
        error_set(err, "Memory ran out.");
    free(secrets);
    free(variables);
    free(forced);
    return up;
}

struct opening {
    struct bridge_target *target;
    struct store_target row;
};

static enum store_rc ensure_row(struct store_db *db, void *ctx)
{
    struct opening *o = ctx;
    struct bridge_target *t = o->target;
    enum store_rc rc =
        store_target_ensure(db, t->name, clock_now(&t->bridge->clock), &t->row);
    if (rc == STORE_OK)
        rc = store_target_set_public_base(db, t->row, t->base);
    if (rc == STORE_OK)
        rc = store_target_get(db, t->row, &o->row);
    return rc == STORE_OK && !brake_count(t, db) ? STORE_FAILED : rc;
}

static bool open_row(struct bridge_target *t, struct error *err)
{
    struct opening o = {.target = t};
    bool ok = store_write(t->bridge->store, ensure_row, &o, err) == STORE_OK;
    atomic_store(&t->synced_at, ok ? o.row.synced_at : 0);
    store_target_clear(&o.row);
    return ok;
}

static char *base_of(const struct bridge_config *config, size_t i)
{
    struct buf b = {0};
    buf_str(&b, config->public_url);
    /* The first target is the default one: its links are the short ones. */
    if (i > 0)
        buf_fmt(&b, "/%s", config->targets[i].name);
    buf_str(&b, "/scim/v2");
    return buf_take(&b);
}

static bool open_types(struct bridge_target *t, struct error *err)
{
    t->model = model_new(t->up, &t->policy, err);
    if (t->model == NULL)
        return false;
    t->user = scim_model_type(t->model, "User");
    t->group = scim_model_type(t->model, "Group");
    if (t->user != NULL && t->group != NULL && target_make_columns(t))
        return true;
    error_set(err, "The SCIM schemas lack User or Group, or memory ran out.");
    return false;
}

static bool open_target(struct bridge *b, const struct bridge_config *config,
                        size_t i, struct error *err)
{
    const struct bridge_target_config *c = &config->targets[i];
    struct bridge_target *t = &b->targets[i];
    struct error why = {{0}};
    t->bridge = b;
    t->name = c->name;
    (void)pthread_mutex_init(&t->sync_lock, NULL);
    t->base = base_of(config, i);
    t->claims = claims_new();
    t->up = open_provider(t, c, config->user_agent, &why);
    bool ok = t->base != NULL && t->claims != NULL && t->up != NULL &&
              policy_read(c, t->up, &t->policy, &why) && open_types(t, &why) &&
              open_row(t, &why) && capability_recall(t, &why);
    if (ok)
        t->queue = queue_new(t, b->workers);
    if (ok && t->queue != NULL)
        return true;
    error_set(err, "Target %s: %s", c->name,
              why.text[0] != '\0' ? why.text : "memory ran out.");
    return false;
}

static enum store_rc make_shown(struct store_db *db, void *ctx)
{
    (void)ctx;
    return store_shown_form(db, RENDER_FORM);
}

struct bridge *bridge_open(const struct bridge_config *config,
                           struct store *store, struct clock clock,
                           struct id_source ids, struct log *log,
                           struct error *err)
{
    struct bridge *b = calloc(1, sizeof *b);
    if (b != NULL)
        b->targets = calloc(config->target_count, sizeof *b->targets);
    if (b == NULL || b->targets == NULL) {
        free(b);
        error_set(err, "Memory ran out.");
        return NULL;
    }
    /* glibc sets its own allocator up in the first call, without a lock: where
     * another allocator stands in front of it (a sanitizer, a preloaded one),
     * that would be the first syncs of several targets, side by side, and the
     * process would abort when the second of their threads ends. */
    (void)malloc_trim(0);
    b->store = store;
    b->clock = clock;
    b->ids = ids;
    b->log = log;
    b->default_page =
        config->default_page > 0 ? config->default_page : DEFAULT_PAGE;
    b->max_page = config->max_page > 0 ? config->max_page : MAX_PAGE;
    b->workers = config->workers > 0 ? config->workers : WORKERS;
    b->cursor_timeout_ms =
        1000LL * (config->cursor_timeout > 0 ? config->cursor_timeout
                                             : BRIDGE_CURSOR_TIMEOUT);
    store_shown_by(store, render_shown, b);
    if (!cursor_open(b, err)) {
        bridge_free(b);
        return NULL;
    }
    for (size_t i = 0; i < config->target_count; i++) {
        b->target_count = i + 1;
        if (!open_target(b, config, i, err)) {
            bridge_free(b);
            return NULL;
        }
    }
    if (store_write(store, make_shown, NULL, err) == STORE_OK)
        return b;
    bridge_free(b);
    return NULL;
}

static void close_target(struct bridge_target *t)
{
    queue_free(t->queue);
    offboard_jobs_free(atomic_load(&t->jobs));
    claims_free(t->claims);
    scim_model_free(t->model);
    up_free(t->up);
    policy_clear(&t->policy);
    buf_clear(&t->location[STORE_USER]);
    buf_clear(&t->location[STORE_GROUP]);
    buf_clear(&t->refs[STORE_USER]);
    buf_clear(&t->refs[STORE_GROUP]);
    free(t->user_columns);
    free(t->group_columns);
    free(t->base);
    free(t->own_id);
    (void)pthread_mutex_destroy(&t->sync_lock);
}

void bridge_free(struct bridge *b)
{
    if (b == NULL)
        return;
    store_shown_by(b->store, NULL, NULL);
    for (size_t i = 0; i < b->target_count; i++)
        close_target(&b->targets[i]);
    free(b->targets);
    free(b);
}

/* ---- running --------------------------------------------------------------
 */

bool bridge_start(struct bridge *b, struct error *err)
{
    for (size_t i = 0; i < b->target_count; i++)
        if (!queue_start(b->targets[i].queue, err))
            return false;
    b->scheduler = scheduler_start(b, err);
    if (b->scheduler == NULL)
        return false;
    for (size_t i = 0; i < b->target_count; i++) {
        struct bridge_target *t = &b->targets[i];
        atomic_store(&t->jobs, offboard_jobs_start(t, err));
        if (atomic_load(&t->jobs) == NULL)
            return false;
    }
    return true;
}

void bridge_stop(struct bridge *b, int grace_ms)
{
    atomic_store(&b->stopping, true);
    for (size_t i = 0; i < b->target_count; i++)
        queue_stop(b->targets[i].queue, grace_ms);
    scheduler_stop(b->scheduler);
    b->scheduler = NULL;
    for (size_t i = 0; i < b->target_count; i++)
        offboard_jobs_stop(atomic_load(&b->targets[i].jobs));
}

json_t *bridge_sync(struct bridge_target *t, struct error *err)
{
    struct store_db *db = store_reader_open(t->bridge->store, err);
    json_t *counts = NULL;
    if (db == NULL)
        return NULL;
    (void)sync_run(t, db, &counts, err);
    store_reader_close(db);
    return counts;
}

bool bridge_probe(struct bridge_target *t, struct error *err)
{
    struct up_call call = {0};
    struct up_user own = {0};
    struct up_error why = {0};
    enum up_rc rc = up_probe(t->up, &call, &own, &why);
    if (rc == UP_OK)
        error_set(err, "%s answers%s%s.", up_name(t->up),
                  own.id != NULL ? ", as the account with the id " : "",
                  own.id != NULL ? own.id : "");
    else
        error_set(err, "%s does not answer as it should: %s", up_name(t->up),
                  why.detail);
    up_user_clear(&own);
    return rc == UP_OK;
}

/* The account that the bridge itself uses is shielded; a sync learns it. */
static void learn_own_account(struct bridge_target *t)
{
    struct up_call call = {0};
    struct up_user own = {0};
    struct up_error ignored = {0};
    char *none = NULL;
    if (up_probe(t->up, &call, &own, &ignored) == UP_OK &&
        atomic_compare_exchange_strong(&t->own_id, &none, own.id))
        own.id = NULL;
    up_user_clear(&own);
}

/* Without a first sync the mirror knows nobody, and a plan would be wrong. */
static bool ever_synced(const struct bridge_target *t, struct store_db *db)
{
    struct store_target row = {0};
    bool synced =
        store_target_get(db, t->row, &row) == STORE_OK && row.synced_at != 0;
    store_target_clear(&row);
    return synced;
}

void bridge_explain(struct bridge_target *t, const struct bridge_request *q,
                    struct bridge_reply *out)
{
    struct bridge_request dry = *q;
    struct scim_error failed = {0};
    struct error err = {{0}};
    struct store_db *db = store_reader_open(t->bridge->store, &err);
    dry.dry_run = true;
    *out = (struct bridge_reply){0};
    if (db == NULL) {
        scim_error_status(&failed, 500, "%s", err.text);
        render_error(&failed, out);
        return;
    }
    if (!ever_synced(t, db)) {
        scim_error_status(&failed, 503,
                          "The helpdesk of %s was never read to its end, so "
                          "nothing can be said. Run: scim-bridge sync %s.",
                          t->name, t->name);
        render_error(&failed, out);
    } else {
        if (atomic_load(&t->own_id) == NULL)
            learn_own_account(t);
        write_run(t, db, &dry, out);
    }
    store_reader_close(db);
}

/* ---- asking ---------------------------------------------------------------
 */

struct bridge_target *bridge_target(struct bridge *b, const char *name)
{
    if (name == NULL || *name == '\0')
        return b->target_count > 0 ? &b->targets[0] : NULL;
    for (size_t i = 0; i < b->target_count; i++)
        if (strcmp(b->targets[i].name, name) == 0)
            return &b->targets[i];
    return NULL;
}

const char *bridge_target_name(const struct bridge_target *t)
{
    return t->name;
}

size_t bridge_target_count(const struct bridge *b)
{
    return b->target_count;
}

struct bridge_target *bridge_target_at(struct bridge *b, size_t i)
{
    return i < b->target_count ? &b->targets[i] : NULL;
}

const struct scim_model *bridge_model(const struct bridge_target *t)
{
    return t->model;
}

bool bridge_ready(const struct bridge_target *t)
{
    return atomic_load(&t->ready);
}

char *bridge_describe(const struct bridge_target *t)
{
    return up_describe(t->up);
}

json_t *bridge_abilities(const struct bridge_target *t)
{
    return up_abilities(t->up);
}

void bridge_submit(struct bridge_target *t, const struct bridge_request *q,
                   bridge_done *done, void *ctx)
{
    if (!atomic_load(&t->bridge->stopping) && queue_add(t->queue, q, done, ctx))
        return;
    struct scim_error err = {0};
    struct bridge_reply reply;
    scim_error_status(
        &err, 503, "The bridge is %s; the request was not begun. Try again.",
        atomic_load(&t->bridge->stopping) ? "stopping"
                                          : "busy with many writes");
    err.retry_after = 5;
    render_error(&err, &reply);
    done(&reply, ctx);
}
