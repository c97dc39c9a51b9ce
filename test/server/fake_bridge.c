#include "test/server/fake_bridge.h"

#include "schema/embedded.h"
#include "scim/error.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MOST_TARGETS 8

struct bridge_target {
    const char *name;
    struct bridge *bridge;
};
struct bridge {
    struct bridge_target targets[MOST_TARGETS];
    size_t count;
    struct scim_model *model;
    atomic_bool ready, stopping;
    atomic_int delay, running;
};

/* ---- opening --------------------------------------------------------------
 */

static struct scim_model *make_model(void)
{
    struct scim_error err = {0};
    json_t *documents = json_array();
    for (const struct embedded *e = embedded_files; e->name != NULL; e++)
        if (strncmp(e->name, "schema/", 7) == 0 && strstr(e->name, ".json")) {
            json_t *d = json_loads(e->text, 0, NULL);
            if (json_is_array(d))
                json_array_extend(documents, d);
            else if (d != NULL)
                json_array_append(documents, d);
            json_decref(d);
        }
    struct scim_model *m = scim_model_new(documents, &err);
    if (m == NULL)
        (void)fprintf(stderr, "fake bridge: %s\n", err.detail);
    json_decref(documents);
    return m;
}

struct bridge *bridge_open(const struct bridge_config *config,
                           struct store *store, struct clock clock,
                           struct id_source ids, struct log *log,
                           struct error *err)
{
    struct bridge *b = calloc(1, sizeof *b);
    (void)store;
    (void)clock;
    (void)ids;
    (void)log;
    (void)err;
    for (size_t i = 0; i < config->target_count && i < MOST_TARGETS; i++)
        b->targets[b->count++] = (struct bridge_target){
            .name = config->targets[i].name, .bridge = b};
    b->model = make_model();
    atomic_init(&b->ready, false);
    return b;
}

bool bridge_start(struct bridge *b, struct error *err)
{
    const char *wish = getenv("FAKE_BRIDGE_READY");
    (void)err;
    if (wish != NULL)
        atomic_store(&b->ready, true);
    return true;
}

static void sleep_ms(int ms)
{
    struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};
    (void)nanosleep(&t, NULL);
}

void bridge_stop(struct bridge *b, int grace_ms)
{
    atomic_store(&b->stopping, true);
    for (int waited = 0; atomic_load(&b->running) > 0 && waited < grace_ms;
         waited += 5)
        sleep_ms(5);
}

void bridge_free(struct bridge *b)
{
    scim_model_free(b->model);
    free(b);
}

void fake_bridge_set_ready(struct bridge *b, bool ready)
{
    atomic_store(&b->ready, ready);
}

void fake_bridge_set_delay(struct bridge *b, int ms)
{
    atomic_store(&b->delay, ms);
}

/* ---- targets --------------------------------------------------------------
 */

struct bridge_target *bridge_target(struct bridge *b, const char *name)
{
    if (name == NULL || *name == '\0')
        return &b->targets[0];
    for (size_t i = 0; i < b->count; i++)
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
    return b->count;
}

struct bridge_target *bridge_target_at(struct bridge *b, size_t i)
{
    return i < b->count ? &b->targets[i] : NULL;
}

const struct scim_model *bridge_model(const struct bridge_target *t)
{
    return t->bridge->model;
}

bool bridge_ready(const struct bridge_target *t)
{
    return atomic_load(&t->bridge->ready);
}

json_t *bridge_capabilities(const struct bridge_target *t)
{
    (void)t;
    return json_array();
}

json_t *bridge_rate(const struct bridge_target *t)
{
    (void)t;
    return json_null();
}

json_t *bridge_abilities(const struct bridge_target *t)
{
    (void)t;
    return json_array();
}

char *bridge_describe(const struct bridge_target *t)
{
    (void)t;
    return strdup("users.list users.get");
}

bool bridge_probe(struct bridge_target *t, struct error *err)
{
    error_set(err, "%s answers.", t->name);
    return true;
}

json_t *bridge_sync(struct bridge_target *t, struct error *err)
{
    (void)err;
    sleep_ms(atomic_load(&t->bridge->delay));
    return json_pack("{s:i,s:b}", "seen", 3, "brake", 0);
}

/* ---- the brake -------------------------------------------------------------
 */

json_t *bridge_brake(const struct bridge_target *t, struct store_db *db,
                     int64_t after, int64_t limit)
{
    (void)t, (void)db, (void)after, (void)limit;
    return json_pack("{s:b,s:[],s:n}", "on", 0, "items", "next");
}

bool bridge_brake_decide(struct bridge_target *t, bool release, const char *by,
                         int64_t *count, struct error *err)
{
    (void)t, (void)release, (void)by, (void)err;
    *count = 0;
    return true;
}

/* ---- tasks -----------------------------------------------------------------
 */

enum bridge_task_rc bridge_task_done(struct bridge_target *t, const char *id,
                                     const struct bridge_person *who,
                                     struct error *said)
{
    (void)t;
    error_set(said, "%s of %s", id, who->by);
    return who->force ? BRIDGE_TASK_ENDED : BRIDGE_TASK_UNTRUE;
}

enum bridge_task_rc bridge_task_cancel(struct bridge_target *t, const char *id,
                                       const struct bridge_person *who,
                                       struct error *said)
{
    (void)t;
    error_set(said, "%s of %s", id, who->by);
    return who->reason == NULL ? BRIDGE_TASK_WRONG : BRIDGE_TASK_ENDED;
}

enum bridge_task_rc bridge_user_resend(struct bridge_target *t, const char *id,
                                       const struct bridge_person *who,
                                       struct error *said)
{
    (void)t;
    error_set(said, "%s of %s", id, who->by);
    return BRIDGE_TASK_CANNOT;
}

/* ---- requests -------------------------------------------------------------
 */

void bridge_reply_clear(struct bridge_reply *r)
{
    free(r->body);
    free(r->location);
    free(r->etag);
    *r = (struct bridge_reply){0};
}

static void echo(const struct bridge_target *t, const struct bridge_request *q,
                 struct bridge_reply *out)
{
    static const char *const ops[] = {"list",    "get",   "create",
                                      "replace", "patch", "delete"};
    *out = (struct bridge_reply){.status = q->op == BRIDGE_CREATE ? 201 : 200};
    json_t *body = json_pack(
        "{s:s,s:s,s:s?,s:s?,s:b,s:I,s:s?,s:s?,s:s?,s:s?,s:s?,s:s?,s:s?}",
        "target", t->name, "op", ops[q->op], "type",
        q->type == NULL ? NULL : q->type->name, "id", q->id, "search",
        q->search, "length", (json_int_t)q->body_len, "attributes",
        q->attributes, "filter", q->filter, "cursor", q->cursor, "ifMatch",
        q->if_match, "ifNoneMatch", q->if_none_match, "actor", q->actor,
        "requestId", q->request_id);
    if (q->op == BRIDGE_DELETE) {
        out->status = 204;
    } else {
        out->body = json_dumps(body, JSON_COMPACT);
        out->len = out->body == NULL ? 0 : strlen(out->body);
        out->etag = strdup("W/\"1\"");
    }
    if (q->op == BRIDGE_CREATE)
        out->location = strdup("http://bridge.invalid/scim/v2/Users/1");
    json_decref(body);
}

void bridge_read(struct bridge_target *t, struct store_db *db,
                 const struct bridge_request *q, struct bridge_reply *out)
{
    (void)db;
    echo(t, q, out);
}

void bridge_explain(struct bridge_target *t, const struct bridge_request *q,
                    struct bridge_reply *out)
{
    echo(t, q, out);
}

struct job {
    struct bridge_target *target;
    struct bridge_request request;
    bridge_done *done;
    void *ctx;
};

static void *run(void *ctx)
{
    struct job *job = ctx;
    struct bridge *b = job->target->bridge;
    struct bridge_reply reply;
    sleep_ms(atomic_load(&b->delay));
    echo(job->target, &job->request, &reply);
    job->done(&reply, job->ctx);
    free(job);
    atomic_fetch_sub(&b->running, 1);
    return NULL;
}

void bridge_submit(struct bridge_target *t, const struct bridge_request *q,
                   bridge_done *done, void *ctx)
{
    struct job *job = malloc(sizeof *job);
    pthread_t thread;
    *job = (struct job){.target = t, .request = *q, .done = done, .ctx = ctx};
    if (atomic_load(&t->bridge->stopping)) {
        struct bridge_reply reply = {.status = 503, .retry_after = 5};
        free(job);
        done(&reply, ctx);
        return;
    }
    atomic_fetch_add(&t->bridge->running, 1);
    (void)pthread_create(&thread, NULL, run, job);
    (void)pthread_detach(thread);
}
