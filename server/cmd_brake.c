/*
 * server/cmd_brake.c - scim-bridge brake
 *
 * A running server is asked, since it does what is released. Without one the
 * decision is written down, and carried out at the next start.
 */
#include "server/alone.h"
#include "server/command.h"
#include "server/control.h"
#include "server/lists.h"
#include "server/server.h"
#include "server/table.h"

#include "base/quantity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct brake {
    const struct options *o;
    const char *word;
    const struct config *config;
    int64_t limit, cursor;
    enum exit_code code;
};

/* What is held, or what was decided; `answer` is borrowed. */
static void show(struct brake *b, const char *name, const json_t *answer)
{
    static const struct table_column columns[] = {
        {"id", "ID"},       {"display", "WHO"},      {"kind", "KIND"},
        {"since", "SINCE"}, {"askedBy", "ASKED BY"}, {"released", "RELEASED"},
        {NULL, NULL}};
    const json_t *items = json_object_get(answer, "items");
    if (items == NULL) {
        bool release = strcmp(b->word, "release") == 0;
        json_int_t count = json_integer_value(
            json_object_get(answer, release ? "released" : "discarded"));
        if (b->o->json)
            (void)json_dumpf(answer, stdout, JSON_INDENT(2));
        else
            (void)printf("%s: %s %lld.", name,
                         release ? "released" : "discarded", (long long)count);
        (void)printf("\n");
        return;
    }
    bool on = json_is_true(json_object_get(answer, "on"));
    if (on)
        b->code = CODE_BRAKE;
    if (b->o->json || json_array_size(items) > 0)
        table_print(answer, columns, b->o->json);
    else
        (void)printf("%s: the brake is off and nothing is held.\n", name);
}

static bool ask_server(struct brake *b, const char *name)
{
    char *socket_path = server_socket_path(b->config->database);
    struct buf path = {0}, body = {0};
    struct error err = {{0}};
    bool list = strcmp(b->word, "list") == 0;
    int status = 0;
    buf_fmt(&path, "/admin/api/targets/%s/brake%s%s", name, list ? "" : "/",
            list ? "" : b->word);
    if (list)
        buf_fmt(&path, "?limit=%lld&cursor=%lld", (long long)b->limit,
                (long long)b->cursor);
    if (socket_path != NULL && buf_ok(&path))
        status = control_ask(socket_path, list ? "GET" : "POST", path.data,
                             &body, &err);
    json_t *answer =
        body.len == 0 ? NULL : json_loadb(body.data, body.len, 0, NULL);
    if (status == 200 && answer != NULL) {
        show(b, name, answer);
    } else if (status != 0) {
        const char *detail =
            json_string_value(json_object_get(answer, "detail"));
        if (status > 0)
            error_set(&err, "%s: %s", name,
                      detail != NULL ? detail : "the server refused.");
        b->code = command_fail(CODE_DATABASE, &err);
    }
    json_decref(answer);
    buf_clear(&path);
    buf_clear(&body);
    free(socket_path);
    return status != 0;
}

static json_t *decide(struct brake *b, struct bridge_target *t,
                      struct error *err)
{
    bool release = strcmp(b->word, "release") == 0;
    int64_t count;
    if (!bridge_brake_decide(t, release, "operator", &count, err))
        return NULL;
    return json_pack("{s:I}", release ? "released" : "discarded",
                     (json_int_t)count);
}

static json_t *look(struct brake *b, struct alone *a, struct bridge_target *t,
                    struct error *err)
{
    struct store_db *db = store_reader_open(a->store, err);
    if (db == NULL)
        return NULL;
    json_t *held = bridge_brake(t, db, b->cursor, b->limit);
    if (held == NULL)
        error_set(err, "The database cannot be read: %s", store_db_error(db));
    store_reader_close(db);
    return held;
}

static void run_alone(struct brake *b, const char *name)
{
    struct alone a;
    struct error err = {{0}};
    bool store_failed;
    json_t *answer = NULL;
    if (alone_open(&a, b->config, b->config->database, &store_failed, &err)) {
        struct bridge_target *t = bridge_target(a.bridge, name);
        answer = strcmp(b->word, "list") == 0 ? look(b, &a, t, &err)
                                              : decide(b, t, &err);
        store_failed = true;
    }
    if (answer != NULL)
        show(b, name, answer);
    else
        b->code = command_fail(store_failed ? CODE_DATABASE : CODE_USAGE, &err);
    json_decref(answer);
    alone_close(&a);
}

static bool read_page(struct brake *b)
{
    const struct options *o = b->o;
    b->limit = LIST_DEFAULT_LIMIT;
    return (o->limit == NULL ||
            (quantity_number(o->limit, &b->limit) && b->limit >= 1 &&
             b->limit <= LIST_MAX_LIMIT)) &&
           (o->cursor == NULL || quantity_number(o->cursor, &b->cursor));
}

enum exit_code cmd_brake(const struct options *o, const char *word)
{
    struct config c;
    struct error err = {{0}};
    struct brake b = {.o = o, .word = word, .config = &c};
    if (!read_page(&b)) {
        error_set(&err, "--limit (at most %d) and --cursor are whole numbers.",
                  LIST_MAX_LIMIT);
        return command_fail(CODE_USAGE, &err);
    }
    if (!config_load(o->config, true, &c, &err))
        return command_fail(CODE_USAGE, &err);
    const struct bridge_target_config *target = config_target(&c, o->args[0]);
    if (target == NULL) {
        error_set(&err, "%s has no [target %s].", c.path, o->args[0]);
        b.code = command_fail(CODE_USAGE, &err);
    } else if (!ask_server(&b, target->name)) {
        run_alone(&b, target->name);
    }
    config_clear(&c);
    return b.code;
}
