/*
 * server/answer_admin.c - /admin/api: lists, and a sync on demand
 */
#include "server/answer.h"

#include "base/quantity.h"
#include "server/config_value.h"
#include "server/lists.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* ---- which target, which page ---------------------------------------------
 */

bool answer_pick_target(struct request *r, const char *name, size_t *index)
{
    struct server *s = r->server;
    if (name == NULL || name[0] == '\0')
        name = r->token.target;
    struct bridge_target *t = bridge_target(s->bridge, name);
    if (t == NULL || !bearer_opens(&r->token, bridge_target_name(t))) {
        r->reason = "unknown target";
        reply_refuse(&r->call->reply, 404,
                     "This token opens no target of that name.");
        return false;
    }
    r->target = t;
    *index = 0;
    while (bridge_target_at(s->bridge, *index) != t)
        (*index)++;
    return true;
}

static bool read_page(struct request *r, struct list_page *page)
{
    const struct query *q = &r->query;
    size_t index;
    if (!answer_pick_target(r, q->target, &index))
        return false;
    *page = (struct list_page){.target = r->server->rows[index],
                               .name = bridge_target_name(r->target),
                               .limit = LIST_DEFAULT_LIMIT,
                               .resource = q->resource};
    page->all = q->state != NULL && strcmp(q->state, "all") == 0;
    if ((q->limit != NULL && !quantity_number(q->limit, &page->limit)) ||
        (q->cursor != NULL && !quantity_number(q->cursor, &page->cursor)) ||
        (q->state != NULL && !config_choice("open|all", q->state))) {
        r->reason = "query";
        reply_refuse(&r->call->reply, 400,
                     "limit and cursor are whole numbers, state is open or "
                     "all.");
        return false;
    }
    if (page->limit > LIST_MAX_LIMIT)
        page->limit = LIST_MAX_LIMIT;
    if (page->limit < 1)
        page->limit = 1;
    return true;
}

/* ---- lists ----------------------------------------------------------------
 */

/* Whether departures are held, and how many; without the list of them. */
static json_t *brake_of(struct bridge_target *t, struct store_db *db)
{
    json_t *brake = bridge_brake(t, db, 0, 1);
    (void)json_object_del(brake, "items");
    (void)json_object_del(brake, "next");
    return brake == NULL ? json_null() : brake;
}

static json_t *targets(struct request *r, struct store_db *db)
{
    struct server *s = r->server;
    json_t *items = json_array();
    for (size_t i = 0; i < bridge_target_count(s->bridge); i++) {
        struct bridge_target *t = bridge_target_at(s->bridge, i);
        if (!bearer_opens(&r->token, bridge_target_name(t)))
            continue;
        char *summary = bridge_describe(t);
        (void)json_array_append_new(
            items, json_pack("{s:s,s:s,s:s,s:b,s:o?,s:o,s:o,s:o,s:o,s:s?,s:o}",
                             "name", bridge_target_name(t), "profile",
                             s->config->targets[i].profile, "state",
                             bridge_ready(t) ? "ready" : "starting", "ready",
                             bridge_ready(t), "tasks",
                             list_task_counts(db, s->rows[i]), "lastSync",
                             list_last_sync(db, s->rows[i]), "brake",
                             brake_of(t, db), "rate", bridge_rate(t),
                             "capabilities", bridge_capabilities(t), "summary",
                             summary, "abilities", bridge_abilities(t)));
        free(summary);
    }
    return json_pack("{s:o,s:n}", "items", items, "next");
}

static json_t *list_of(enum route_id id, struct store_db *db,
                       const struct list_page *page)
{
    if (id == ROUTE_ADMIN_TASKS)
        return list_tasks(db, page);
    if (id == ROUTE_ADMIN_TOMBSTONES)
        return list_tombstones(db, page);
    if (id == ROUTE_ADMIN_AUDIT)
        return list_audit(db, page);
    return list_syncs(db, page);
}

void answer_admin_list(struct request *r)
{
    struct store_db *db = server_reader(r->server);
    struct list_page page = {0};
    json_t *out = NULL;
    if (r->route.id == ROUTE_ADMIN_TARGETS)
        out = db == NULL ? NULL : targets(r, db);
    else if (!read_page(r, &page))
        return;
    else if (db != NULL)
        out = list_of(r->route.id, db, &page);
    if (out == NULL)
        reply_refuse(&r->call->reply, 503, "The database failed.");
    else
        reply_json(&r->call->reply, 200, out, REPLY_JSON);
}

/* ---- sync -----------------------------------------------------------------
 */

static void *run_sync(void *ctx)
{
    struct request *r = ctx;
    struct error why = {{0}};
    json_t *counts = bridge_sync(r->target, &why);
    if (counts != NULL)
        reply_json(&r->call->reply, 200, counts, REPLY_JSON);
    else
        reply_refuse(&r->call->reply, 502, "%s", why.text);
    request_resume(r);
    return NULL;
}

/* A sync asks the helpdesk and may take long: it gets a thread of its own. */
static bool start_thread(struct request *r)
{
    pthread_attr_t attr;
    pthread_t thread;
    if (pthread_attr_init(&attr) != 0)
        return false;
    (void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    request_put_off(r);
    if (pthread_create(&thread, &attr, run_sync, r) != 0) {
        reply_refuse(&r->call->reply, 503, "No thread can be started.");
        request_resume(r);
    }
    (void)pthread_attr_destroy(&attr);
    return true;
}

void answer_admin_sync(struct request *r)
{
    size_t index;
    const char *dry = r->query.dry_run;
    if (!answer_pick_target(r, r->route.param, &index)) {
        request_answered(r);
        return;
    }
    if (dry != NULL && strcmp(dry, "0") != 0) {
        r->reason = "not offered";
        reply_refuse(&r->call->reply, 501,
                     "A dry run is not offered; leave dry_run out.");
        request_answered(r);
        return;
    }
    if (!start_thread(r)) {
        reply_refuse(&r->call->reply, 503, "No thread can be started.");
        request_answered(r);
    }
}
