/*
 * server/answer_task.c - /admin/api/tasks/ID, and what a person says of a task
 *
 *   GET  tasks/ID
 *   POST tasks/ID/done     {"force":true}      the helpdesk is asked
 *   POST tasks/ID/cancel   {"reason":"..."}
 *   POST users/ID/resend   {"force":true}
 *
 * A body is an object, or none. `by` counts over the control socket alone;
 * elsewhere it is the token's name.
 */
#include "server/answer.h"

#include "server/lists.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define LONGEST_REASON 500
#define LONGEST_BY     64

/* ---- one task -------------------------------------------------------------
 */

/* The task, where the token opens its target; new. NULL: the answer is set. */
static json_t *find_task(struct request *r)
{
    struct server *s = r->server;
    struct store_db *db = server_reader(s);
    int64_t row = 0;
    json_t *task = db == NULL ? NULL : list_task(db, r->route.param, &row);
    for (size_t i = 0; task != NULL && i < bridge_target_count(s->bridge);
         i++) {
        struct bridge_target *t = bridge_target_at(s->bridge, i);
        const char *name = bridge_target_name(t);
        if (s->rows[i] != row || !bearer_opens(&r->token, name))
            continue;
        r->target = t;
        (void)json_object_set_new(task, "target", json_string(name));
        return task;
    }
    json_decref(task);
    r->reason = "unknown task";
    reply_refuse(&r->call->reply, 404,
                 "There is no task with this id, or the token does not open "
                 "its target.");
    return NULL;
}

void answer_task(struct request *r)
{
    json_t *task = find_task(r);
    if (task != NULL)
        reply_json(&r->call->reply, 200, task, REPLY_JSON);
}

/* ---- what a person says -----------------------------------------------------
 */

struct saying {
    json_t *body; /* owned */
    struct bridge_person who;
};

static bool is_text(const json_t *value, size_t longest)
{
    const char *text = json_string_value(value);
    if (value == NULL)
        return true;
    if (text == NULL || json_string_length(value) > longest ||
        strlen(text) != json_string_length(value))
        return false;
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < ' ')
            return false;
    return true;
}

static bool read_saying(struct request *r, struct saying *out)
{
    const struct http_call *c = r->call;
    *out = (struct saying){.who = {.by = r->token.name, .request_id = r->id}};
    if (c->body_len > 0)
        out->body = json_loadb(c->body, c->body_len, 0, NULL);
    const json_t *by = json_object_get(out->body, "by");
    const json_t *reason = json_object_get(out->body, "reason");
    const json_t *force = json_object_get(out->body, "force");
    if ((c->body_len > 0 && !json_is_object(out->body)) ||
        !is_text(by, LONGEST_BY) || !is_text(reason, LONGEST_REASON) ||
        (force != NULL && !json_is_boolean(force))) {
        r->reason = "body";
        reply_refuse(&r->call->reply, 400,
                     "The body is a JSON object of \"reason\" (a text of at "
                     "most %d characters on one line) and \"force\" (true or "
                     "false), or is left out.",
                     LONGEST_REASON);
        return false;
    }
    if (c->local && by != NULL && json_string_length(by) > 0)
        out->who.by = json_string_value(by);
    out->who.reason = json_string_value(reason);
    out->who.force = json_is_true(force);
    return true;
}

static int status_of(enum bridge_task_rc rc)
{
    switch (rc) {
    case BRIDGE_TASK_ENDED:
        return 200;
    case BRIDGE_TASK_NONE:
        return 404;
    case BRIDGE_TASK_CLOSED:
    case BRIDGE_TASK_UNTRUE:
        return 409;
    case BRIDGE_TASK_WRONG:
        return 400;
    case BRIDGE_TASK_CANNOT:
        return 501;
    case BRIDGE_TASK_UNSURE:
    case BRIDGE_TASK_FAILED:
        break;
    }
    return 503;
}

static enum bridge_task_rc carry_out(struct request *r,
                                     const struct bridge_person *who,
                                     struct error *said)
{
    const char *id = r->route.param;
    if (r->route.id == ROUTE_ADMIN_TASK_DONE)
        return bridge_task_done(r->target, id, who, said);
    if (r->route.id == ROUTE_ADMIN_TASK_CANCEL)
        return bridge_task_cancel(r->target, id, who, said);
    /* A user of any target that the token opens: ids are unique. */
    enum bridge_task_rc rc = BRIDGE_TASK_NONE;
    error_set(said, "There is no user with this id.");
    for (size_t i = 0;
         rc == BRIDGE_TASK_NONE && i < bridge_target_count(r->server->bridge);
         i++) {
        struct bridge_target *t = bridge_target_at(r->server->bridge, i);
        if (bearer_opens(&r->token, bridge_target_name(t)))
            rc = bridge_user_resend(t, id, who, said);
    }
    return rc;
}

static void say(struct request *r, const struct bridge_person *who)
{
    struct error said = {{0}};
    int64_t row;
    enum bridge_task_rc rc = carry_out(r, who, &said);
    if (rc != BRIDGE_TASK_ENDED) {
        r->reason = "not done";
        reply_refuse(&r->call->reply, status_of(rc), "%s", said.text);
        return;
    }
    struct store_db *db = server_reader(r->server);
    json_t *out = db == NULL || r->route.id == ROUTE_ADMIN_USER_RESEND
                      ? NULL
                      : list_task(db, r->route.param, &row);
    if (out == NULL)
        out = json_pack("{s:s}", "id", r->route.param);
    if (r->target != NULL)
        (void)json_object_set_new(out, "target",
                                  json_string(bridge_target_name(r->target)));
    (void)json_object_set_new(out, "said", json_string(said.text));
    reply_json(&r->call->reply, 200, out, REPLY_JSON);
}

static void *run(void *ctx)
{
    struct request *r = ctx;
    struct saying s;
    if (read_saying(r, &s))
        say(r, &s.who);
    json_decref(s.body);
    request_resume(r);
    return NULL;
}

/* The helpdesk is asked, which may take long: a thread of its own. */
void answer_task_say(struct request *r)
{
    pthread_attr_t attr;
    pthread_t thread;
    json_t *task = r->route.id == ROUTE_ADMIN_USER_RESEND ? NULL : find_task(r);
    json_decref(task);
    if (r->route.id != ROUTE_ADMIN_USER_RESEND && task == NULL) {
        request_answered(r);
        return;
    }
    if (pthread_attr_init(&attr) != 0) {
        reply_refuse(&r->call->reply, 503, "No thread can be started.");
        request_answered(r);
        return;
    }
    (void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    request_put_off(r);
    if (pthread_create(&thread, &attr, run, r) != 0) {
        reply_refuse(&r->call->reply, 503, "No thread can be started.");
        request_resume(r);
    }
    (void)pthread_attr_destroy(&attr);
}
