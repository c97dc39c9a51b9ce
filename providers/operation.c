/*
 * providers/operation.c - the engine, and which kind an operation is
 *
 *   the operation has   it is run by
 *   choose              the first of several operations that can be run
 *   hook                a C function (hooks.h)
 *   steps               one after the other, here
 *   records             operation_list.c
 *   each, or user_id    operation_batch.c, one call an item
 *   batch               operation_batch.c, in slices
 *   anything else       operation_call.c
 */
#include "providers/operation_internal.h"

#include "providers/hooks.h"
#include <stdlib.h>
#include <string.h>

/* ---- engine -------------------------------------------------------------- */

static const char *text(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static int number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    json_int_t n = json_is_integer(value) ? json_integer_value(value) : 0;
    return n > 0 && n < 1 << 30 ? (int)n : 0;
}

static bool open_http(struct engine *e, const struct engine_config *config,
                      struct error *err)
{
    const json_t *times = json_object_get(e->profile, "timeouts_ms");
    const json_t *tls = json_object_get(e->profile, "tls");
    const struct http_config http = {
        .connect_ms = number(times, "connect"),
        .total_ms = number(times, "total"),
        .max_response = (size_t)number(e->profile, "max_response_bytes"),
        .ca_file = text(tls, "ca_file"),
        .client_cert = text(tls, "client_cert"),
        .client_key = text(tls, "client_key"),
        .user_agent = config->user_agent,
    };
    const char *folder =
        config->replay != NULL ? config->replay : config->record;
    if (folder != NULL) {
        e->recorder = recorder_new(folder, e->accounts[0].base_url, e->profile,
                                   config->secrets, err);
        e->recording = config->replay == NULL;
        if (e->recorder == NULL)
            return false;
    }
    if (config->replay != NULL) {
        e->transport = recorder_transport(e->recorder);
        return true;
    }
    if (config->transport != NULL) {
        e->transport = *config->transport;
        return true;
    }
    e->http = http_client_new(&http, err);
    if (e->http == NULL)
        return false;
    e->transport = http_client_transport(e->http);
    return true;
}

/* The variables by their own names: "set.mode" is "mode". */
static json_t *settings_of(const json_t *variables)
{
    json_t *settings = json_object(), *value;
    const char *name;
    json_object_foreach ((json_t *)variables, name, value) {
        const char *own = strncmp(name, "set.", 4) == 0 ? name + 4 : name;
        (void)json_object_set(settings, own, value);
    }
    return settings;
}

struct engine *engine_new(const struct engine_config *config, struct error *err)
{
    struct engine *e = calloc(1, sizeof *e);
    if (e == NULL) {
        error_set(err, "The engine could not be started: no memory.");
        return NULL;
    }
    const json_t *rate = json_object_get(config->profile, "rate");
    e->profile = config->profile;
    e->operations = json_object_get(config->profile, "operations");
    e->variables = config->variables;
    e->clock = config->clock.now_ms != NULL ? config->clock : clock_system();
    e->settings = settings_of(config->variables);
    e->caps = capabilities_new(config);
    pacer_init(&e->pacer, rate, config->rate_headroom, e->clock);
    retry_read(&e->retry, json_object_get(rate, "retry"));
    if (e->settings != NULL && e->caps != NULL &&
        accounts_open(e, config, err) && open_http(e, config, err))
        return e;
    engine_free(e);
    return NULL;
}

void engine_free(struct engine *e)
{
    if (e == NULL)
        return;
    http_client_free(e->http);
    recorder_free(e->recorder);
    capabilities_free(e->caps);
    accounts_close(e);
    pacer_clear(&e->pacer);
    json_decref(e->settings);
    free(e);
}

void op_result_clear(struct op_result *r)
{
    json_decref(r->record);
    json_decref(r->records);
    json_decref(r->assumed);
    json_decref(r->body);
    json_decref(r->refused);
    free(r->created_id);
    *r = (struct op_result){0};
}

/* ---- what can be run ----------------------------------------------------- */

static bool can(const struct engine *e, const char *op, int depth);

/* True when the settings allow one of `choose`, and the account has it. */
static bool open_to(const struct engine *e, const json_t *choice, int depth)
{
    const json_t *when = json_object_get(choice, "when");
    const char *op = text(choice, "op");
    return op != NULL &&
           (when == NULL ||
            when_holds(when, e->settings, NULL, true) == WHEN_TRUE) &&
           can(e, op, depth + 1);
}

/* The first operation of `choose` that is; NULL: none. */
static const char *chosen(const struct engine *e, const json_t *spec, int depth)
{
    size_t i;
    json_t *one;
    json_array_foreach (json_object_get(spec, "choose"), i, one) {
        if (open_to(e, one, depth))
            return text(one, "op");
    }
    return NULL;
}

static bool can(const struct engine *e, const char *op, int depth)
{
    const json_t *spec = json_object_get(e->operations, op);
    if (!json_is_object(spec) || depth > STEPS_DEEP)
        return false;
    if (json_object_get(spec, "choose") != NULL)
        return chosen(e, spec, depth) != NULL;
    if (!capability_present(e, op) || account_of(e, spec) == NULL)
        return false;
    size_t i;
    json_t *step;
    json_array_foreach (json_object_get(spec, "steps"), i, step) {
        const char *inner = text(step, "op");
        if (inner == NULL || !can(e, inner, depth + 1))
            return false;
    }
    return true;
}

bool engine_can(const struct engine *e, const char *op)
{
    return can(e, op, 0);
}

json_t *engine_rate(struct engine *e)
{
    return pacer_state(&e->pacer);
}

const char *engine_chosen(const struct engine *e, const char *op)
{
    for (int depth = 0; op != NULL && depth <= STEPS_DEEP; depth++) {
        const json_t *spec = json_object_get(e->operations, op);
        if (json_object_get(spec, "choose") == NULL)
            return op;
        op = chosen(e, spec, depth);
    }
    return NULL;
}

/* ---- variables ----------------------------------------------------------- */

bool vars_with(const struct vars *v, const json_t *scope, struct vars *out)
{
    if (v->count >= VARS_MAX)
        return false;
    out->scope[0] = scope;
    out->count = v->count + 1;
    for (size_t i = 0; i < v->count; i++)
        out->scope[i + 1] = v->scope[i];
    return true;
}

/* ---- steps --------------------------------------------------------------- */

/* What a step adds for those after it: paths in its record, else its body. A
 * step that was only planned told nothing. */
static bool save(const json_t *step, const struct op_result *result,
                 bool planned, json_t *saved, struct up_error *err)
{
    const char *name;
    json_t *path;
    const json_t *from = result->record;
    if (from == NULL)
        from = result->records != NULL ? json_array_get(result->records, 0)
                                       : result->body;
    json_object_foreach (json_object_get(step, "save"), name, path) {
        json_t *value = json_is_string(path)
                            ? select_path(from, json_string_value(path))
                            : NULL;
        if (from == NULL && planned) {
            (void)json_object_set_new(saved, name,
                                      json_sprintf("new-%s", name));
            continue;
        }
        if (value == NULL || json_object_set(saved, name, value) != 0) {
            (void)op_fail(err, UP_FAILED,
                          "The helpdesk's answer to %s lacks %s, which the "
                          "next step needs.",
                          text(step, "op"), name);
            return false;
        }
    }
    return true;
}

/* `with` of a step as variables: templates filled, null kept as null. */
static json_t *step_scope(const struct op_run *run, const json_t *step,
                          char missing[128])
{
    const json_t *with = json_object_get(step, "with");
    missing[0] = '\0';
    return with == NULL ? json_object()
                        : template_fill(with, run->vars, missing);
}

/* A step may find nothing left to do for those after it. What is only planned
 * was not done, and so is not there to be found. */
static bool ends_here(const struct op_run *run, const json_t *step,
                      const struct op_result *out)
{
    return json_is_true(json_object_get(step, "may_end")) &&
           run->call->plan == NULL && out->records != NULL &&
           json_array_size(out->records) == 0;
}

static enum up_rc one_step(const struct op_run *run, const json_t *step,
                           json_t *saved, struct op_result *out,
                           struct up_error *err)
{
    struct vars with_saved, chain;
    struct op_run inner = *run;
    char missing[128] = "";
    const char *op = text(step, "op");
    if (op == NULL || !vars_with(run->vars, saved, &with_saved))
        return op_fail(err, UP_FAILED, "A step of %s cannot be run.", run->op);
    inner.vars = &with_saved;
    json_t *scope = step_scope(&inner, step, missing);
    if (scope == NULL || !vars_with(&with_saved, scope, &chain)) {
        json_decref(scope);
        (void)op_fail(err, UP_INVALID, "A step of %s needs a value for %s.",
                      run->op, missing);
        memcpy(err->field, missing, sizeof missing);
        return err->rc;
    }
    op_result_clear(out);
    enum up_rc rc = op_run_inner(run, op, &chain, out, err);
    if (rc == UP_OK && !ends_here(run, step, out) &&
        !save(step, out, run->call->plan != NULL, saved, err))
        rc = err->rc;
    json_decref(scope);
    return rc;
}

static enum up_rc steps_run(const struct op_run *run, struct op_result *out,
                            struct up_error *err)
{
    json_t *saved = json_object();
    enum up_rc rc = UP_OK;
    size_t i;
    json_t *step;
    if (saved == NULL)
        return op_fail(err, UP_FAILED, "No memory for the steps of %s.",
                       run->op);
    json_array_foreach (json_object_get(run->spec, "steps"), i, step) {
        rc = one_step(run, step, saved, out, err);
        if (rc != UP_OK) {
            err->changed = err->changed || i > 0;
            break;
        }
        if (ends_here(run, step, out))
            break;
    }
    json_decref(saved);
    return rc;
}

/* ---- one of several ------------------------------------------------------ */

/* What the account turns out to lack is done the next way, if there is one. */
static enum up_rc choose_run(const struct op_run *run, struct op_result *out,
                             struct up_error *err)
{
    enum up_rc rc =
        op_fail(err, UP_UNSUPPORTED,
                "The helpdesk does not offer %s to our account.", run->op);
    size_t i;
    json_t *one;
    json_array_foreach (json_object_get(run->spec, "choose"), i, one) {
        if (!open_to(run->e, one, run->depth))
            continue;
        struct op_result tried = {0};
        rc = op_run_inner(run, text(one, "op"), run->vars, &tried, err);
        if (rc != UP_UNSUPPORTED || err->changed) {
            *out = tried;
            break;
        }
        op_result_clear(&tried);
    }
    return rc;
}

/* ---- running ------------------------------------------------------------- */

enum up_rc item_run(const struct op_run *run, struct op_result *out,
                    struct up_error *err)
{
    return json_object_get(run->spec, "steps") != NULL
               ? steps_run(run, out, err)
               : call_run(run, out, err);
}

static enum up_rc run_kind(const struct op_run *run, struct op_result *out,
                           struct up_error *err)
{
    const json_t *spec = run->spec;
    char item[128];
    const char *hook_name = text(spec, "hook");
    if (hook_name != NULL) {
        hook_fn *hook = hook_find(hook_name);
        if (hook == NULL)
            return op_fail(err, UP_UNSUPPORTED,
                           "The operation %s needs the hook %s, which this "
                           "program does not have.",
                           run->op, hook_name);
        return hook(run->e, run->call, run->vars, out, err);
    }
    if (json_object_get(spec, "choose") != NULL)
        return choose_run(run, out, err);
    if (json_object_get(spec, "steps") != NULL && text(spec, "each") == NULL)
        return steps_run(run, out, err);
    if (json_object_get(spec, "records") != NULL)
        return list_run(run, out, err);
    const char *list = each_param(run, item);
    if (list != NULL)
        return each_run(run, list, item, out, err);
    if (json_object_get(spec, "batch") != NULL)
        return batch_run(run, out, err);
    return call_run(run, out, err);
}

/* On failure only `refused` is left. */
static void leave_refused(struct op_result *out)
{
    json_t *refused = out->refused;
    out->refused = NULL;
    op_result_clear(out);
    out->refused = refused;
}

static enum up_rc run_op(const struct op_run *run, struct op_result *out,
                         struct up_error *err)
{
    if (run->spec == NULL || run->depth > STEPS_DEEP)
        return op_fail(err, UP_UNSUPPORTED,
                       "The helpdesk's profile has no operation %s.", run->op);
    if (!run->asking)
        capability_ask(run);
    if (!run->asking && !can(run->e, run->op, run->depth))
        return op_fail(err, UP_UNSUPPORTED,
                       "The helpdesk does not offer %s to our account.",
                       run->op);
    enum up_rc rc = run_kind(run, out, err);
    if (rc != UP_OK)
        leave_refused(out);
    else
        *err = (struct up_error){.rc = UP_OK}; /* of a reading begun anew */
    return rc;
}

enum up_rc op_run_inner(const struct op_run *outer, const char *op,
                        const struct vars *v, struct op_result *out,
                        struct up_error *err)
{
    struct op_run run = *outer;
    run.op = op;
    run.spec = json_object_get(outer->e->operations, op);
    run.vars = v;
    run.depth = outer->depth + 1;
    return run_op(&run, out, err);
}

enum up_rc engine_run(struct engine *e, struct up_call *call, const char *op,
                      const struct vars *v, struct op_result *out,
                      struct up_error *err)
{
    struct up_call no_frame = {0};
    struct up_error ignored = {.rc = UP_OK};
    struct vars all = {0};
    *out = (struct op_result){0};
    err = err == NULL ? &ignored : err;
    *err = (struct up_error){.rc = UP_OK};
    if (v != NULL)
        all = *v;
    if (all.count >= VARS_MAX)
        return op_fail(err, UP_FAILED, "Too many variables for %s.", op);
    all.scope[all.count++] = e->variables;
    const struct op_run run = {
        .e = e,
        .call = call != NULL ? call : &no_frame,
        .op = op,
        .spec = json_object_get(e->operations, op),
        .vars = &all,
    };
    return run_op(&run, out, err);
}
