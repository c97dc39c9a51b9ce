/*
 * server/cmd_sync.c - scim-bridge sync
 *
 * A running server holds the database, so it is asked; otherwise the sync
 * runs here.
 */
#include "server/alone.h"
#include "server/command.h"
#include "server/control.h"
#include "server/server.h"

#include <stdio.h>
#include <stdlib.h>

/* Prints the counts of one target; they are stolen. */
static void print_counts(const char *name, json_t *counts, bool as_json)
{
    const char *key;
    json_t *value;
    if (as_json) {
        json_t *row = json_pack("{s:s,s:o}", "target", name, "sync", counts);
        (void)json_dumpf(row, stdout, JSON_COMPACT);
        (void)printf("\n");
        json_decref(row);
        return;
    }
    (void)printf("%s:", name);
    json_object_foreach (counts, key, value) {
        char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
        (void)printf(" %s=%s", key, text == NULL ? "" : text);
        free(text);
    }
    (void)printf("\n");
    json_decref(counts);
}

static enum exit_code code_of(const json_t *counts)
{
    return json_is_true(json_object_get(counts, "brake")) ? CODE_BRAKE
                                                          : CODE_DONE;
}

/* What the server said, as an exit code. */
static enum exit_code take_answer(const char *name, int status,
                                  const struct buf *body, bool as_json)
{
    struct error err = {{0}};
    json_t *answer =
        body->len == 0 ? NULL : json_loadb(body->data, body->len, 0, NULL);
    if (status == 200 && json_is_object(answer)) {
        enum exit_code code = code_of(answer);
        print_counts(name, answer, as_json);
        return code;
    }
    const char *detail = json_string_value(json_object_get(answer, "detail"));
    error_set(&err, "%s: %s", name,
              detail != NULL ? detail : "the server refused to sync.");
    json_decref(answer);
    return command_fail(status == 404 ? CODE_USAGE : CODE_HELPDESK, &err);
}

/* Asks the server for each target. False: none runs. */
static bool ask_server(const struct config *c, const char *only, bool as_json,
                       enum exit_code *code)
{
    char *socket_path = server_socket_path(c->database);
    bool runs = socket_path != NULL;
    for (size_t i = 0; runs && i < c->target_count; i++) {
        const char *name = c->targets[i].name;
        struct buf path = {0}, body = {0};
        struct error err = {{0}};
        if (only != NULL && &c->targets[i] != config_target(c, only))
            continue;
        buf_fmt(&path, "/admin/api/targets/%s/sync", name);
        int status = buf_ok(&path) ? control_ask(socket_path, "POST", path.data,
                                                 &body, &err)
                                   : -1;
        if (status == 0)
            runs = false;
        else if (status < 0)
            *code = command_fail(CODE_HELPDESK, &err);
        else {
            enum exit_code one = take_answer(name, status, &body, as_json);
            *code = one != CODE_DONE ? one : *code;
        }
        buf_clear(&path);
        buf_clear(&body);
    }
    free(socket_path);
    return runs;
}

static enum exit_code sync_alone(const struct config *c, const char *only,
                                 bool as_json)
{
    struct alone a;
    struct error err = {{0}};
    bool store_failed;
    enum exit_code code = CODE_DONE;
    if (!alone_open(&a, c, c->database, &store_failed, &err))
        code = command_fail(store_failed ? CODE_DATABASE : CODE_USAGE, &err);
    for (size_t i = 0; a.bridge != NULL && i < c->target_count; i++) {
        if (only != NULL && &c->targets[i] != config_target(c, only))
            continue;
        json_t *counts = bridge_sync(bridge_target_at(a.bridge, i), &err);
        if (counts == NULL) {
            code = command_fail(CODE_HELPDESK, &err);
            continue;
        }
        if (code_of(counts) != CODE_DONE)
            code = code_of(counts);
        print_counts(c->targets[i].name, counts, as_json);
    }
    alone_close(&a);
    return code;
}

enum exit_code cmd_sync(const struct options *o, const char *word)
{
    struct config c;
    struct error err = {{0}};
    enum exit_code code = CODE_DONE;
    const char *only = o->args[0];
    (void)word;
    if (o->dry_run) {
        error_set(&err, "A dry run is not offered yet; leave --dry-run out.");
        return command_fail(CODE_USAGE, &err);
    }
    if (!config_load(o->config, true, &c, &err))
        return command_fail(CODE_USAGE, &err);
    if (only != NULL && config_target(&c, only) == NULL) {
        error_set(&err, "%s has no [target %s].", c.path, only);
        code = command_fail(CODE_USAGE, &err);
    } else if (!ask_server(&c, only, o->json, &code)) {
        code = sync_alone(&c, only, o->json);
    }
    config_clear(&c);
    return code;
}
