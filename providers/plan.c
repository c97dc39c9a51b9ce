/*
 * providers/plan.c - writes that are noted in place of being sent
 */
#include "providers/plan_internal.h"

#include "base/fold.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HIDDEN "(hidden)"

struct up_plan *up_plan_new(void)
{
    struct up_plan *plan = calloc(1, sizeof *plan);
    if (plan == NULL)
        return NULL;
    plan->steps = json_array();
    plan->users = json_object();
    plan->teams = json_object();
    plan->moved = json_object();
    if (plan->steps != NULL && plan->users != NULL && plan->teams != NULL &&
        plan->moved != NULL)
        return plan;
    up_plan_free(plan);
    return NULL;
}

void up_plan_free(struct up_plan *plan)
{
    if (plan == NULL)
        return;
    json_decref(plan->steps);
    json_decref(plan->users);
    json_decref(plan->teams);
    json_decref(plan->moved);
    free(plan);
}

const json_t *up_plan_steps(const struct up_plan *plan)
{
    return plan->steps;
}

void plan_why(struct up_call *call, const char *format, ...)
{
    va_list args;
    if (call == NULL || call->plan == NULL)
        return;
    va_start(args, format);
    (void)vsnprintf(call->plan->why, sizeof call->plan->why, format, args);
    va_end(args);
}

/* ---- secrets ------------------------------------------------------------- */

static const char *const secrets[] = {
    "password", "passwd", "secret", "token", "access_token", "refresh_token"};

static bool is_secret(const char *name)
{
    for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++)
        if (fold_ascii_equal(name, strlen(name), secrets[i],
                             strlen(secrets[i])))
            return true;
    return false;
}

/* `body` (changed in place) without passwords: by name, and by value. */
static void hide(json_t *body, const json_t *password)
{
    const char *name;
    json_t *value;
    size_t i;
    json_object_foreach (body, name, value) {
        if (is_secret(name) ||
            (password != NULL && json_equal(value, password) != 0))
            (void)json_object_set_new(body, name, json_string(HIDDEN));
        else
            hide(value, password);
    }
    json_array_foreach (body, i, value) {
        if (password != NULL && json_equal(value, password) != 0)
            (void)json_array_set_new(body, i, json_string(HIDDEN));
        else
            hide(value, password);
    }
}

/* The body as it is shown; new, NULL: there is none. */
static json_t *shown_body(const struct op_run *run, const struct op_request *q)
{
    const json_t *password = vars_get(run->vars, "password");
    if (q->body == NULL || q->body_len == 0)
        return NULL;
    json_t *body = json_loadb(q->body, q->body_len, JSON_DECODE_ANY, NULL);
    if (body == NULL)
        return json_string(password != NULL ? HIDDEN : q->body);
    hide(body, password);
    return body;
}

/* ---- steps --------------------------------------------------------------- */

static bool is_unknown(const json_t *known, const char *name)
{
    const char *verdict = name == NULL
                              ? NULL
                              : json_string_value(json_object_get(
                                    json_object_get(known, name), "verdict"));
    return verdict != NULL && strcmp(verdict, "unknown") == 0;
}

/* Whether this account has the operation is perhaps known only by trying. */
static const char *doubt(const struct op_run *run)
{
    json_t *known = engine_capabilities(run->e), *name;
    size_t i;
    bool unsure = is_unknown(known, run->op);
    json_array_foreach (json_object_get(run->spec, "needs"), i, name) {
        unsure = unsure || is_unknown(known, json_string_value(name));
    }
    json_decref(known);
    return unsure ? "Whether this account has the operation is not known "
                    "before it is tried. Where it has not, the request becomes "
                    "a task, or is refused, as `unsupported` says."
                  : NULL;
}

/* What stands behind scheme and host. */
static const char *path_of(const char *url)
{
    const char *host = strstr(url, "://");
    const char *path = host == NULL ? NULL : strchr(host + 3, '/');
    return path == NULL ? url : path;
}

bool plan_takes(const struct op_run *run, const struct op_request *q)
{
    struct up_plan *plan = run->call->plan;
    if (plan == NULL || !q->write)
        return false;
    json_t *step =
        json_pack("{s:s, s:s, s:s, s:o*, s:s, s:s*}", "operation", run->op,
                  "method", q->method, "path", path_of(q->url), "body",
                  shown_body(run, q), "reason", plan->why, "note", doubt(run));
    /* A plan that lacks a step would be no plan. */
    if (step == NULL || json_array_append_new(plan->steps, step) != 0)
        (void)json_array_append_new(plan->steps, json_null());
    return true;
}
