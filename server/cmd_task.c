/*
 * server/cmd_task.c - scim-bridge tasks show|done|cancel ID, users resend ID
 *
 * A running server is asked over its control socket; otherwise the bridge is
 * opened here, which asks the helpdesk itself.
 */
#include "server/alone.h"
#include "server/command.h"
#include "server/control.h"
#include "server/lists.h"
#include "server/server.h"
#include "server/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct order {
    const char *word, *id;
    struct config config;
    struct bridge_person who;
    bool json;
};

static bool is(const struct order *q, const char *word)
{
    return strcmp(q->word, word) == 0;
}

/* ---- printing -------------------------------------------------------------
 */

static void print_part(const char *name, const json_t *value)
{
    char *text = json_is_string(value)
                     ? strdup(json_string_value(value))
                     : json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    if (text != NULL && value != NULL && !json_is_null(value))
        (void)printf("%-10s %s\n", name, text);
    free(text);
}

/* Everything that the person needs, a line each. */
static void print_task(const json_t *task)
{
    static const char *const facts[] = {"id",      "target", "kind",
                                        "state",   "opened", "due",
                                        "overdue", "closed", "closedBy"};
    static const char *const details[] = {
        "what", "where", "place", "url",     "set",     "clear",
        "role", "join",  "leave", "tickets", "askedBy", "requestId"};
    static const char *const people[] = {"userName", "displayName", "email",
                                         "id", "upstreamId"};
    const json_t *detail = json_object_get(task, "detail");
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
        print_part(facts[i], json_object_get(task, facts[i]));
    for (size_t i = 0; i < sizeof people / sizeof *people; i++)
        print_part(i == 0 ? "who" : "",
                   json_object_get(json_object_get(detail, "who"), people[i]));
    for (size_t i = 0; i < sizeof details / sizeof *details; i++)
        print_part(details[i], json_object_get(detail, details[i]));
}

/* What came of it; `answer` is a task, or an error with its `detail`. */
static void print_answer(const struct order *q, const json_t *answer)
{
    const char *said = json_string_value(json_object_get(answer, "said"));
    if (q->json) {
        (void)json_dumpf(answer, stdout, JSON_COMPACT);
        (void)printf("\n");
    } else if (is(q, "show")) {
        print_task(answer);
    } else {
        (void)printf("%s: %s\n", q->id, said != NULL ? said : "done.");
    }
}

/* ---- a running server -------------------------------------------------------
 */

static enum exit_code code_of_status(int status)
{
    switch (status) {
    case 200:
        return CODE_DONE;
    case 409:
        return CODE_FINDINGS;
    case 400:
    case 404:
        return CODE_USAGE;
    default:
        return CODE_HELPDESK;
    }
}

static char *body_of(const struct order *q)
{
    json_t *body = json_pack("{s:b, s:s*, s:s*}", "force", q->who.force,
                             "reason", q->who.reason, "by", q->who.by);
    char *text = body == NULL ? NULL : json_dumps(body, JSON_COMPACT);
    json_decref(body);
    return text;
}

static enum exit_code take_answer(const struct order *q, int status,
                                  const struct buf *body)
{
    struct error err = {{0}};
    json_t *answer =
        body->len == 0 ? NULL : json_loadb(body->data, body->len, 0, NULL);
    const char *detail = json_string_value(json_object_get(answer, "detail"));
    if (status == 200 && answer != NULL)
        print_answer(q, answer);
    else
        error_set(&err, "%s",
                  detail != NULL ? detail : "The server refused this.");
    json_decref(answer);
    return status == 200 ? CODE_DONE
                         : command_fail(code_of_status(status), &err);
}

/* False: no server runs. */
static bool ask_server(const struct order *q, enum exit_code *code)
{
    struct buf path = {0}, answer = {0};
    struct error err = {{0}};
    char *socket_path = server_socket_path(q->config.database);
    char *body = body_of(q);
    bool shows = is(q, "show");
    buf_fmt(&path, "/admin/api/%s/%s%s%s", is(q, "resend") ? "users" : "tasks",
            q->id, shows ? "" : "/", shows ? "" : q->word);
    struct control_request ask = {
        .method = shows ? "GET" : "POST",
        .path = path.data,
        .headers = "Content-Type: application/json\r\n",
        .body = shows ? NULL : body,
        .body_len = shows || body == NULL ? 0 : strlen(body)};
    int status = -1;
    if (socket_path != NULL && body != NULL && buf_ok(&path))
        status = control_send(socket_path, &ask, &answer, &err);
    if (status < 0)
        *code = command_fail(CODE_HELPDESK, &err);
    else if (status > 0)
        *code = take_answer(q, status, &answer);
    free(socket_path);
    free(body);
    buf_clear(&path);
    buf_clear(&answer);
    return status != 0;
}

/* ---- without one
 * ------------------------------------------------------------- */

static enum exit_code code_of(enum bridge_task_rc rc)
{
    switch (rc) {
    case BRIDGE_TASK_ENDED:
        return CODE_DONE;
    case BRIDGE_TASK_NONE:
    case BRIDGE_TASK_WRONG:
        return CODE_USAGE;
    case BRIDGE_TASK_CLOSED:
    case BRIDGE_TASK_UNTRUE:
        return CODE_FINDINGS;
    case BRIDGE_TASK_UNSURE:
    case BRIDGE_TASK_CANNOT:
        return CODE_HELPDESK;
    case BRIDGE_TASK_FAILED:
        break;
    }
    return CODE_DATABASE;
}

static enum bridge_task_rc carry_out(const struct order *q, struct alone *a,
                                     struct error *said)
{
    enum bridge_task_rc rc = BRIDGE_TASK_NONE;
    size_t count = bridge_target_count(a->bridge);
    for (size_t i = 0; rc == BRIDGE_TASK_NONE && i < count; i++) {
        struct bridge_target *t = bridge_target_at(a->bridge, i);
        if (is(q, "done"))
            rc = bridge_task_done(t, q->id, &q->who, said);
        else if (is(q, "cancel"))
            rc = bridge_task_cancel(t, q->id, &q->who, said);
        else
            rc = bridge_user_resend(t, q->id, &q->who, said);
    }
    return rc;
}

/* The task as it stands; of a user: no more than the id. New. */
static json_t *task_now(const struct order *q, struct store *store,
                        struct error *err)
{
    int64_t row;
    struct store_db *db = store_reader_open(store, err);
    json_t *task =
        db == NULL || is(q, "resend") ? NULL : list_task(db, q->id, &row);
    store_reader_close(db);
    if (task == NULL && is(q, "resend"))
        task = json_pack("{s:s}", "id", q->id);
    return task;
}

static enum exit_code show_alone(const struct order *q)
{
    struct error err = {{0}};
    struct store *store = store_open_shared(q->config.database, &err);
    enum exit_code code = CODE_DONE;
    json_t *task = store == NULL ? NULL : task_now(q, store, &err);
    if (task != NULL)
        print_answer(q, task);
    else if (err.text[0] != '\0')
        code = command_fail(CODE_DATABASE, &err);
    else {
        error_set(&err, "There is no task with this id.");
        code = command_fail(CODE_USAGE, &err);
    }
    json_decref(task);
    if (store != NULL)
        store_close(store);
    return code;
}

static enum exit_code say_alone(const struct order *q)
{
    struct alone a;
    struct error err = {{0}};
    bool store_failed;
    enum exit_code code;
    if (!alone_open(&a, &q->config, q->config.database, &store_failed, &err)) {
        code = command_fail(store_failed ? CODE_DATABASE : CODE_USAGE, &err);
    } else {
        enum bridge_task_rc rc = carry_out(q, &a, &err);
        code = code_of(rc);
        json_t *task =
            rc != BRIDGE_TASK_ENDED ? NULL : task_now(q, a.store, &err);
        if (task != NULL) {
            (void)json_object_set_new(task, "said", json_string(err.text));
            print_answer(q, task);
        } else {
            (void)command_fail(code, &err);
        }
        json_decref(task);
    }
    alone_close(&a);
    return code;
}

/* ---- the command
 * -------------------------------------------------------------- */

/* Who runs the command, for the audit. */
static const char *system_user(void)
{
    static const char *const names[] = {"SUDO_USER", "LOGNAME", "USER"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *name = getenv(names[i]);
        if (name != NULL && name[0] != '\0' && strlen(name) <= 64)
            return name;
    }
    return "local";
}

static bool is_id(const char *id)
{
    return strlen(id) == 36 && strspn(id, "0123456789abcdef-") == 36;
}

static bool take(const struct options *o, const char *word, struct order *q,
                 struct error *err)
{
    *q = (struct order){.word = word, .id = o->args[0], .json = o->json};
    q->who = (struct bridge_person){.by = o->by != NULL ? o->by : system_user(),
                                    .reason = o->reason,
                                    .force = o->force};
    if (o->arg_count == 1 && is_id(o->args[0]))
        return true;
    error_set(err, "%s needs the id of a %s, as `scim-bridge %s` lists it.",
              word, is(q, "resend") ? "user" : "task",
              is(q, "resend") ? "users" : "tasks");
    return false;
}

enum exit_code cmd_task(const struct options *o, const char *word)
{
    struct order q;
    struct error err = {{0}};
    enum exit_code code = CODE_DONE;
    if (!take(o, word, &q, &err) ||
        !config_load(o->config, !is(&q, "show"), &q.config, &err))
        return command_fail(CODE_USAGE, &err);
    if (!ask_server(&q, &code))
        code = is(&q, "show") ? show_alone(&q) : say_alone(&q);
    config_clear(&q.config);
    return code;
}
