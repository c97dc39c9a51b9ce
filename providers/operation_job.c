/*
 * providers/operation_job.c - work that the helpdesk does later
 *
 * The first answer names a job; its operation `poll` is asked until the job
 * says that it is done or has failed. A job whose end is not seen may still
 * come to its end, so that is UP_UNKNOWN, never a failure.
 */
#include "providers/operation_internal.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

#define INTERVAL_MS 1000
#define LONGEST_MS  300000

static const char *text(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static int64_t number(const json_t *object, const char *key, int64_t otherwise)
{
    const json_t *value = json_object_get(object, key);
    return json_is_integer(value) && json_integer_value(value) > 0
               ? json_integer_value(value)
               : otherwise;
}

enum job_state { JOB_RUNNING, JOB_DONE, JOB_FAILED };

static bool listed(const json_t *list, const char *word)
{
    size_t i;
    json_t *one;
    json_array_foreach (list, i, one) {
        if (json_is_string(one) && strcmp(json_string_value(one), word) == 0)
            return true;
    }
    return false;
}

static enum job_state state_of(const json_t *job, const json_t *body)
{
    const char *path = text(job, "state");
    char *word = path == NULL ? NULL : select_text(select_path(body, path));
    enum job_state state = JOB_RUNNING;
    if (word != NULL && listed(json_object_get(job, "done"), word))
        state = JOB_DONE;
    else if (word != NULL && listed(json_object_get(job, "failed"), word))
        state = JOB_FAILED;
    free(word);
    return state;
}

/* Rows that hold an error are items that were refused. */
static bool take_rows(const json_t *job, const json_t *body,
                      struct op_result *out)
{
    const char *path = text(job, "results"), *key = text(job, "row_key"),
               *error = text(job, "row_error");
    const json_t *rows = path == NULL ? NULL : select_path(body, path);
    size_t i;
    json_t *row;
    json_array_foreach (rows, i, row) {
        const json_t *why = error == NULL ? NULL : select_path(row, error);
        if (why == NULL || json_is_null(why) || json_is_false(why))
            continue;
        if (out->refused == NULL)
            out->refused = json_array();
        char *words = select_text(why);
        json_t *item = key == NULL ? NULL : select_path(row, key);
        int failed = json_array_append_new(
            out->refused, json_pack("{s:O?, s:s, s:s?}", "item", item, "rc",
                                    "invalid", "detail", words));
        free(words);
        if (failed != 0)
            return false;
    }
    return true;
}

static enum up_rc finish(const struct op_run *run, const json_t *job,
                         enum job_state state, struct op_result *out,
                         struct up_error *err)
{
    if (!take_rows(job, out->body, out))
        return op_fail(err, UP_UNKNOWN, "No memory for the rows of a job.");
    if (state == JOB_FAILED)
        return op_fail(err, UP_FAILED,
                       "The helpdesk took %s as a job, and the job failed.",
                       run->op);
    size_t refused = json_array_size(out->refused);
    if (refused == 0)
        return UP_OK;
    (void)op_fail(err, UP_INVALID,
                  "The helpdesk took %s as a job and refused %zu of its rows.",
                  run->op, refused);
    err->changed = true; /* the job ran; rows beside the refused were done */
    err->status = out->status;
    return err->rc;
}

/* One look at the job: its body replaces out->body. */
static enum up_rc look(const struct op_run *run, const json_t *job,
                       json_t *vars, struct op_result *out,
                       struct up_error *err)
{
    struct vars chain;
    struct op_result now = {0};
    const char *poll = text(job, "poll");
    if (poll == NULL || !vars_with(run->vars, vars, &chain))
        return op_fail(err, UP_FAILED, "The job of %s cannot be asked.",
                       run->op);
    enum up_rc rc = op_run_inner(run, poll, &chain, &now, err);
    if (rc == UP_OK && now.body != NULL) {
        json_decref(out->body);
        out->body = json_incref(now.body);
    }
    op_result_clear(&now);
    return rc;
}

static enum up_rc poll_to_end(const struct op_run *run, const json_t *job,
                              json_t *vars, struct op_result *out,
                              struct up_error *err)
{
    int64_t interval = number(job, "interval_ms", INTERVAL_MS);
    int64_t end = clock_span_ms() + number(job, "max_ms", LONGEST_MS);
    enum job_state state = JOB_RUNNING;
    do {
        enum up_rc rc = look(run, job, vars, out, err);
        if (rc != UP_OK) {
            /* The job goes on without us. */
            err->rc = UP_UNKNOWN;
            return err->rc;
        }
        state = state_of(job, out->body);
    } while (state == JOB_RUNNING && clock_span_ms() + interval < end &&
             op_sleep(run->call, interval));
    if (state == JOB_RUNNING)
        return op_fail(err, UP_UNKNOWN,
                       "The helpdesk took %s as a job that is not yet done.",
                       run->op);
    return finish(run, job, state, out, err);
}

enum up_rc job_wait(const struct op_run *run, struct op_result *out,
                    struct up_error *err)
{
    const json_t *job = json_object_get(run->spec, "job");
    const char *path = text(job, "id");
    const json_t *id = path == NULL ? NULL : select_path(out->body, path);
    enum job_state state = state_of(job, out->body);
    if (state != JOB_RUNNING)
        return finish(run, job, state, out, err);
    char *written = select_text(id);
    if (written == NULL || *written == '\0') {
        free(written);
        return op_fail(err, UP_UNKNOWN,
                       "The helpdesk took %s, but named no job to ask for.",
                       run->op);
    }
    free(written);
    json_t *vars = json_pack("{s:O}", "job_id", id);
    enum up_rc rc = poll_to_end(run, job, vars, out, err);
    json_decref(vars);
    return rc;
}
