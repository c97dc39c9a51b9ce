/*
 * providers/operation_call.c - one call, and what is taken from its answer
 */
#include "providers/operation_internal.h"

#include "base/buf.h"
#include "providers/plan_internal.h"

#include <stdlib.h>
#include <string.h>

#define ID_MAX_LEN 120

enum up_rc call_once(const struct op_run *run, struct op_exchange *x,
                     struct op_answer *answer, struct up_error *err)
{
    struct op_request q;
    *x = (struct op_exchange){0};
    *answer = (struct op_answer){0};
    enum up_rc rc = request_build(run, &q, err);
    if (rc != UP_OK)
        return rc;
    answer->excused = plan_takes(run, &q); /* there is nothing to read */
    if (!answer->excused) {
        rc = exchange_run(run, &q, x, err);
        if (rc == UP_OK)
            rc = answer_judge(run, &q, x, answer, err);
    }
    request_clear(&q);
    return rc;
}

/* ---- the id that a create tells ------------------------------------------ */

static int hex(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* The text between `from` and `to` with its percent signs undone. */
static char *decoded(const char *from, const char *to)
{
    struct buf b = {0};
    while (from < to) {
        bool escape = *from == '%' && to - from > 2 && hex(from[1]) >= 0 &&
                      hex(from[2]) >= 0;
        buf_char(&b, escape ? (char)(hex(from[1]) * 16 + hex(from[2])) : *from);
        from += escape ? 3 : 1;
    }
    return buf_take(&b);
}

static char *last_segment(const char *location)
{
    size_t len = strcspn(location, "?#");
    while (len > 0 && location[len - 1] == '/')
        len--;
    size_t from = len;
    while (from > 0 && location[from - 1] != '/')
        from--;
    return decoded(location + from, location + len);
}

/* An id is one word of printable text, or it is none. */
static char *sound_id(char *id)
{
    size_t len = id == NULL ? 0 : strlen(id);
    bool ok = len > 0 && len <= ID_MAX_LEN;
    for (size_t i = 0; ok && i < len; i++)
        ok = (unsigned char)id[i] > 0x20 && (unsigned char)id[i] != 0x7f;
    if (ok)
        return id;
    free(id);
    return NULL;
}

static char *id_by(const char *from, const struct http_response *r,
                   const json_t *body)
{
    if (strncmp(from, "header:", 7) == 0) {
        const char *value = http_response_header(r, from + 7);
        return value == NULL ? NULL : strdup(value);
    }
    if (strcmp(from, "location") == 0) {
        const char *value = http_response_header(r, "Location");
        return value == NULL ? NULL : last_segment(value);
    }
    return select_text(select_path(body, from));
}

static char *created_id(const json_t *spec, const struct http_response *r,
                        const json_t *body)
{
    size_t i;
    json_t *from;
    json_array_foreach (json_object_get(spec, "id_from"), i, from) {
        char *id = json_is_string(from)
                       ? sound_id(id_by(json_string_value(from), r, body))
                       : NULL;
        if (id != NULL)
            return id;
    }
    return NULL;
}

/* ---- the record ---------------------------------------------------------- */

static bool is_write(const json_t *spec)
{
    const char *method = json_string_value(json_object_get(spec, "method"));
    return method == NULL ||
           (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0);
}

/* `record` is there when the operation names it; a write whose record cannot
 * be read has perhaps been done. */
static enum up_rc take_record(const struct op_run *run, struct op_result *out,
                              struct up_error *err)
{
    const char *path = json_string_value(json_object_get(run->spec, "record"));
    if (path == NULL)
        return UP_OK;
    json_t *record = select_path(out->body, path);
    if (json_is_object(record)) {
        out->record = json_incref(record);
        return UP_OK;
    }
    (void)op_fail(err, is_write(run->spec) ? UP_UNKNOWN : UP_FAILED,
                  "The helpdesk answered %s with status %d, but without the "
                  "record that its profile expects.",
                  run->op, out->status);
    err->status = out->status;
    return err->rc;
}

enum up_rc call_run(const struct op_run *run, struct op_result *out,
                    struct up_error *err)
{
    struct op_exchange x;
    struct op_answer answer;
    enum up_rc rc = call_once(run, &x, &answer, err);
    if (rc == UP_OK) {
        out->status = x.response.status;
        out->body = json_incref(answer.body);
        if (!answer.excused) {
            out->created_id = created_id(run->spec, &x.response, answer.body);
            rc = take_record(run, out, err);
        }
        if (rc == UP_OK && !answer.excused &&
            json_object_get(run->spec, "job") != NULL)
            rc = job_wait(run, out, err);
    }
    json_decref(answer.body);
    http_response_clear(&x.response);
    return rc;
}
