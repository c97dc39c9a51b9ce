/*
 * server/cmd_explain.c - scim-bridge explain
 *
 * What a SCIM request would do: the native requests in their order and why,
 * the tasks for people, and the resource as it would read. A running server is
 * asked, over its control socket, for a dry run of the request; without one the
 * dry run is made here.
 */
#include "server/alone.h"
#include "server/command.h"
#include "server/control.h"
#include "server/prefer.h"
#include "server/route.h"
#include "server/server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is to be explained. */
struct asked {
    const struct config *config;
    size_t index; /* of the target */
    const char *method;
    char *path; /* owned; "/NAME/scim/v2/Users" */
    struct route_match route;
    struct buf body;
};

/* What came of it. */
struct told {
    int status;
    json_t *answer; /* owned; the plan, or a SCIM error; NULL: no JSON */
};

/* ---- the command line ---------------------------------------------------- */

static bool read_body(const char *name, int64_t limit, struct buf *out,
                      struct error *err)
{
    char piece[8192];
    bool input = strcmp(name, "-") == 0;
    FILE *file = input ? stdin : fopen(name, "rbe");
    if (file == NULL) {
        error_set(err, "%s cannot be read: %s.", name, strerror(errno));
        return false;
    }
    size_t n;
    while ((n = fread(piece, 1, sizeof piece, file)) > 0 &&
           (int64_t)(out->len + n) <= limit)
        buf_add(out, piece, n);
    bool whole = feof(file) != 0 && buf_ok(out);
    if (!input)
        (void)fclose(file);
    if (!whole)
        error_set(err,
                  "%s cannot be read whole: it may be longer than "
                  "max_body.",
                  name);
    return whole;
}

/* "/Users/ID" and "/scim/v2/Users/ID" alike. */
static bool take_path(struct asked *a, const char *path, struct error *err)
{
    struct buf b = {0};
    const char *known = strstr(path, "/scim/v2");
    const char *rest = known != NULL ? known + strlen("/scim/v2") : path;
    buf_fmt(&b, "/%s/scim/v2%s%s", a->config->targets[a->index].name,
            rest[0] == '/' || rest[0] == '\0' ? "" : "/", rest);
    a->path = buf_take(&b);
    if (a->path == NULL) {
        error_set(err, "Memory ran out.");
        return false;
    }
    enum route_result found =
        route_find(a->method, a->path, strcspn(a->path, "?"), &a->route);
    if (found == ROUTE_FOUND && strpbrk(a->path, " \r\n\t") == NULL)
        return true;
    error_set(err,
              "There is no request %s %s in SCIM. Try one like: POST /Users, "
              "PATCH /Groups/ID, DELETE /Users/ID.",
              a->method, path);
    return false;
}

static bool take_target(struct asked *a, const char *name, struct error *err)
{
    const struct bridge_target_config *t = config_target(a->config, name);
    if (t == NULL) {
        error_set(err, "%s has no [target %s].", a->config->path, name);
        return false;
    }
    a->index = (size_t)(t - a->config->targets);
    return true;
}

static bool take_all(const struct options *o, struct asked *a,
                     struct error *err)
{
    if (o->arg_count < 3) {
        error_set(err, "explain needs a target, a method and a path: "
                       "scim-bridge explain support POST /Users user.json");
        return false;
    }
    a->method = o->args[1];
    return take_target(a, o->args[0], err) && take_path(a, o->args[2], err) &&
           (o->arg_count < 4 ||
            read_body(o->args[3], a->config->max_body, &a->body, err));
}

static bool is_write(const struct asked *a)
{
    return a->route.access == ROUTE_WRITE;
}

/* ---- asking -------------------------------------------------------------- */

/* 0: no server runs. -1: err says why it did not answer. */
static int ask_server(const struct asked *a, struct told *out,
                      struct error *err)
{
    struct buf answer = {0};
    char *socket_path = server_socket_path(a->config->database);
    const struct control_request q = {
        .method = a->method,
        .path = a->path,
        .headers = "Prefer: " PREFER_DRY_RUN "\r\n"
                   "Content-Type: application/scim+json\r\n",
        .body = a->body.data,
        .body_len = a->body.len,
    };
    int status =
        socket_path == NULL ? 0 : control_send(socket_path, &q, &answer, err);
    out->status = status;
    out->answer = status > 0 && answer.len > 0
                      ? json_loadb(answer.data, answer.len, 0, NULL)
                      : NULL;
    buf_clear(&answer);
    free(socket_path);
    return status;
}

static enum bridge_op op_of(enum route_id id)
{
    if (id == ROUTE_CREATE)
        return BRIDGE_CREATE;
    if (id == ROUTE_REPLACE)
        return BRIDGE_REPLACE;
    if (id == ROUTE_PATCH_ONE)
        return BRIDGE_PATCH;
    return id == ROUTE_BULK ? BRIDGE_BULK : BRIDGE_DELETE;
}

static enum exit_code explain_alone(const struct asked *a, struct told *out,
                                    struct error *err)
{
    struct alone alone;
    bool store_failed;
    enum exit_code code = CODE_DONE;
    if (!alone_open(&alone, a->config, a->config->database, &store_failed,
                    err)) {
        code = store_failed ? CODE_DATABASE : CODE_USAGE;
    } else {
        struct bridge_target *t = bridge_target_at(alone.bridge, a->index);
        struct bridge_reply reply = {0};
        const struct bridge_request q = {
            .op = op_of(a->route.id),
            .type = a->route.type == NULL
                        ? NULL
                        : scim_model_type(bridge_model(t), a->route.type),
            .id = a->route.param,
            .body = a->body.len > 0 ? a->body.data : "",
            .body_len = a->body.len,
            .request_id = "explain",
            .actor = "explain",
            .dry_run = true,
        };
        bridge_explain(t, &q, &reply);
        out->status = reply.status;
        out->answer = reply.body == NULL
                          ? NULL
                          : json_loadb(reply.body, reply.len, 0, NULL);
        bridge_reply_clear(&reply);
    }
    alone_close(&alone);
    return code;
}

/* ---- printing ------------------------------------------------------------ */

static const char *text(const json_t *object, const char *key)
{
    const char *value = json_string_value(json_object_get(object, key));
    return value != NULL ? value : "";
}

static void print_value(const char *before, const json_t *value)
{
    char *shown = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    (void)printf("%s%s\n", before, shown == NULL ? "" : shown);
    free(shown);
}

static void print_steps(const json_t *steps)
{
    size_t i;
    json_t *step;
    if (json_array_size(steps) == 0)
        (void)printf("\nThe helpdesk is asked to change nothing.\n");
    json_array_foreach (steps, i, step) {
        const json_t *body = json_object_get(step, "body");
        (void)printf("\n%zu. %s %s\n", i + 1, text(step, "method"),
                     text(step, "path"));
        if (body != NULL)
            print_value("   ", body);
        (void)printf("   why: %s\n", text(step, "reason"));
        if (text(step, "note")[0] != '\0')
            (void)printf("   note: %s\n", text(step, "note"));
    }
}

static void print_rest(const json_t *plan)
{
    size_t i;
    json_t *one;
    const char *key;
    json_array_foreach (json_object_get(plan, "tasks"), i, one) {
        (void)printf("\ntask for a person: %s\n", text(one, "kind"));
        print_value("   ", json_object_get(one, "detail"));
    }
    json_array_foreach (json_object_get(plan, "closes"), i, one) {
        (void)printf("\ntask that ends, if open: %s (%s)\n", text(one, "kind"),
                     text(one, "outcome"));
    }
    (void)printf("\n");
    json_object_foreach (json_object_get(plan, "effects"), key, one) {
        (void)printf("%s: ", key);
        print_value("", one);
    }
    (void)printf("reads for this plan: %zu\n",
                 json_array_size(json_object_get(plan, "reads")));
    print_value("would read: ", json_object_get(plan, "resource"));
}

static enum exit_code print_told(const struct asked *a, const struct told *told,
                                 bool as_json)
{
    bool done = told->status == 200 && told->answer != NULL;
    if (as_json) {
        (void)json_dumpf(told->answer, stdout, JSON_INDENT(2));
        (void)printf("\n");
    } else if (done) {
        (void)printf(
            "%s %s would be answered %d.\n", a->method, a->path,
            (int)json_integer_value(json_object_get(told->answer, "status")));
        print_steps(json_object_get(told->answer, "steps"));
        print_rest(told->answer);
    } else {
        (void)printf("%s %s would be refused with %d: %s\n", a->method, a->path,
                     told->status, text(told->answer, "detail"));
    }
    if (done)
        return CODE_DONE;
    return told->status == 429 || told->status >= 502 ? CODE_HELPDESK
                                                      : CODE_FINDINGS;
}

static enum exit_code explain(const struct asked *a, bool as_json)
{
    struct told told = {0};
    struct error err = {{0}};
    enum exit_code code = CODE_DONE;
    int status = ask_server(a, &told, &err);
    if (status < 0)
        code = CODE_HELPDESK;
    else if (status == 0)
        code = explain_alone(a, &told, &err);
    code = code == CODE_DONE ? print_told(a, &told, as_json)
                             : command_fail(code, &err);
    json_decref(told.answer);
    return code;
}

enum exit_code cmd_explain(const struct options *o, const char *word)
{
    struct config c;
    struct error err = {{0}};
    struct asked a = {.config = &c};
    enum exit_code code = CODE_DONE;
    (void)word;
    if (!config_load(o->config, true, &c, &err))
        return command_fail(CODE_USAGE, &err);
    if (!take_all(o, &a, &err))
        code = command_fail(CODE_USAGE, &err);
    else if (!is_write(&a))
        (void)printf("This reads: it is answered from the mirror, and the "
                     "helpdesk is not asked.\n");
    else
        code = explain(&a, o->json);
    free(a.path);
    buf_clear(&a.body);
    config_clear(&c);
    return code;
}
