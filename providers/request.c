/*
 * providers/request.c - an operation's templates become a request
 */
#include "providers/operation_internal.h"

#include "base/buf.h"
#include "base/digest.h"
#include "base/fold.h"
#include "base/id.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *text(const json_t *spec, const char *key)
{
    return json_string_value(json_object_get(spec, key));
}

static enum up_rc lacks(const struct op_run *run, const char *missing,
                        struct up_error *err)
{
    enum up_rc rc = op_fail(
        err, UP_INVALID, "The helpdesk's operation %s needs a value for %s.",
        run->op, *missing == '\0' ? "one of its variables" : missing);
    (void)snprintf(err->field, sizeof err->field, "%s", missing);
    return rc;
}

/* ---- headers ------------------------------------------------------------- */

void headers_free(struct http_header *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(list[i].name);
        if (list[i].value != NULL)
            digest_wipe(list[i].value, strlen(list[i].value));
        free(list[i].value);
    }
    free(list);
}

/* Appends; `value` is stolen. */
static bool add_header(struct http_header **list, size_t *count,
                       const char *name, char *value)
{
    struct http_header *longer =
        value == NULL ? NULL : realloc(*list, (*count + 1) * sizeof **list);
    char *copy = longer == NULL ? NULL : strdup(name);
    if (longer != NULL)
        *list = longer;
    if (copy == NULL) {
        free(value);
        return false;
    }
    (*list)[(*count)++] = (struct http_header){copy, value};
    return true;
}

bool headers_fill(const json_t *templates, const struct vars *v,
                  struct http_header **list, size_t *count, char missing[128])
{
    const char *name;
    json_t *template;
    json_object_foreach ((json_t *)templates, name, template) {
        if (!json_is_string(template))
            continue;
        char *value = template_text(json_string_value(template), v, missing);
        if (value == NULL && *missing == '\0')
            continue; /* an optional variable is absent */
        if (value == NULL || !add_header(list, count, name, value))
            return false;
    }
    return true;
}

static bool has_header(const struct op_request *q, const char *name)
{
    for (size_t i = 0; i < q->header_count; i++)
        if (fold_ascii_equal(q->headers[i].name, strlen(q->headers[i].name),
                             name, strlen(name)))
            return true;
    return false;
}

/* Of the operation, then of the profile where the operation has none. */
static bool build_headers(const struct op_run *run, struct op_request *q,
                          char missing[128])
{
    if (!headers_fill(json_object_get(run->spec, "headers"), run->vars,
                      &q->headers, &q->header_count, missing))
        return false;
    const struct account *a = account_of(run->e, run->spec);
    for (size_t i = 0; a != NULL && i < a->header_count; i++) {
        const struct http_header *h = &a->headers[i];
        if (!has_header(q, h->name) &&
            !add_header(&q->headers, &q->header_count, h->name,
                        strdup(h->value)))
            return false;
    }
    return has_header(q, "Accept") ||
           add_header(&q->headers, &q->header_count, "Accept",
                      strdup("application/json"));
}

/* ---- URL ----------------------------------------------------------------- */

static void add_pair(struct buf *b, const char *name, const char *value)
{
    buf_percent(b, name, strlen(name));
    buf_char(b, '=');
    buf_percent(b, value, strlen(value));
}

bool request_add_query(char **url, const char *name, const char *value)
{
    struct buf b = {0};
    buf_str(&b, *url);
    buf_char(&b, strchr(*url, '?') == NULL ? '?' : '&');
    add_pair(&b, name, value);
    char *longer = buf_take(&b);
    if (longer == NULL)
        return false;
    free(*url);
    *url = longer;
    return true;
}

/* A list repeats the parameter; null and objects are left out. */
static void add_parameter(struct buf *b, const char *name, const json_t *value)
{
    size_t i;
    json_t *element;
    json_array_foreach (value, i, element) {
        if (!json_is_array(element))
            add_parameter(b, name, element);
    }
    char *written = select_text(value);
    if (written == NULL)
        return;
    if (b->len > 0)
        buf_char(b, '&');
    add_pair(b, name, written);
    free(written);
}

/* "a=1&b=2" of an object of parameters; also the body of a form. */
static void add_parameters(struct buf *b, const json_t *object)
{
    const char *name;
    json_t *value;
    json_object_foreach ((json_t *)object, name, value) {
        add_parameter(b, name, value);
    }
}

static bool build_url(const struct op_run *run, struct op_request *q,
                      char missing[128])
{
    struct buf url = {0}, pairs = {0};
    json_t *query = NULL;
    const json_t *template = json_object_get(run->spec, "query");
    const char *path_template = text(run->spec, "path");
    char *path = template_path(path_template == NULL ? "" : path_template,
                               run->vars, missing);
    const struct account *a = account_of(run->e, run->spec);
    bool ok = path != NULL && a != NULL;
    if (ok && template != NULL) {
        query = template_fill(template, run->vars, missing);
        ok = query != NULL;
    }
    if (ok) {
        add_parameters(&pairs, query);
        buf_str(&url, a->base_url);
        buf_str(&url, path);
        if (pairs.len > 0)
            buf_char(&url, strchr(path, '?') == NULL ? '?' : '&');
        buf_add(&url, pairs.data == NULL ? "" : pairs.data, pairs.len);
        ok = buf_ok(&pairs);
    }
    q->url = ok ? buf_take(&url) : NULL;
    buf_clear(&url);
    buf_clear(&pairs);
    json_decref(query);
    free(path);
    return q->url != NULL;
}

/* ---- bodies -------------------------------------------------------------- */

static bool take_body(struct op_request *q, struct buf *b, const char *type)
{
    q->body_len = b->len;
    q->body = buf_take(b);
    return q->body != NULL && (has_header(q, "Content-Type") ||
                               add_header(&q->headers, &q->header_count,
                                          "Content-Type", strdup(type)));
}

static bool json_body(struct op_request *q, const json_t *body)
{
    char *written = json_dumps(body, JSON_COMPACT | JSON_ENCODE_ANY);
    if (written == NULL)
        return false;
    q->body = written;
    q->body_len = strlen(written);
    return add_header(&q->headers, &q->header_count, "Content-Type",
                      strdup("application/json"));
}

/* A cell: quoted, its quotes doubled. False: a spreadsheet would take it for a
 * formula. */
static bool add_cell(struct buf *b, const json_t *value)
{
    struct buf cell = {0};
    size_t i;
    json_t *element;
    char *one = select_text(value);
    if (one != NULL)
        buf_str(&cell, one);
    free(one);
    json_array_foreach (value, i, element) {
        char *part = select_text(element);
        if (i > 0)
            buf_char(&cell, ',');
        if (part != NULL)
            buf_str(&cell, part);
        free(part);
    }
    bool ok = buf_ok(&cell) &&
              (cell.len == 0 || strchr("=+-@\t\r", cell.data[0]) == NULL);
    buf_char(b, '"');
    for (i = 0; ok && i < cell.len; i++) {
        if (cell.data[i] == '"')
            buf_char(b, '"');
        buf_char(b, cell.data[i]);
    }
    buf_char(b, '"');
    buf_clear(&cell);
    return ok;
}

/* RFC 4180 with a header line. False: a cell is refused. */
static bool add_csv(struct buf *b, const json_t *columns, const json_t *rows)
{
    size_t r, c;
    json_t *row, *column;
    json_array_foreach (columns, c, column) {
        buf_str(b, c > 0 ? "," : "");
        buf_str(b, json_string_value(column));
    }
    buf_str(b, "\r\n");
    json_array_foreach (rows, r, row) {
        json_array_foreach (columns, c, column) {
            buf_str(b, c > 0 ? "," : "");
            if (!add_cell(b, json_object_get(row, json_string_value(column))))
                return false;
        }
        buf_str(b, "\r\n");
    }
    return true;
}

static void add_part(struct buf *b, const char *boundary, const char *name,
                     const char *file)
{
    buf_fmt(b, "--%s\r\nContent-Disposition: form-data; name=\"%s\"", boundary,
            name);
    if (file != NULL)
        buf_fmt(b, "; filename=\"%s\"\r\nContent-Type: text/csv", file);
    buf_str(b, "\r\n\r\n");
}

/* RFC 7578: the members of `body` as fields, then the file. */
static bool multipart_body(const struct op_run *run, struct op_request *q,
                           const json_t *body, char missing[128])
{
    char boundary[ID_SIZE], type[ID_SIZE + 40];
    const struct id_source source = id_system();
    const json_t *file = json_object_get(run->spec, "file"), *rows;
    const char *name, *field = text(file, "field"),
                      *file_name = text(file, "name");
    struct buf b = {0};
    json_t *value;
    rows = vars_get(run->vars, "rows");
    if (rows == NULL || field == NULL || file_name == NULL ||
        !id_new(&source, boundary)) {
        memcpy(missing, "rows", 5);
        return false;
    }
    json_object_foreach ((json_t *)body, name, value) {
        char *written = select_text(value);
        add_part(&b, boundary, name, NULL);
        buf_str(&b, written == NULL ? "" : written);
        buf_str(&b, "\r\n");
        free(written);
    }
    add_part(&b, boundary, field, file_name);
    bool ok = add_csv(&b, json_object_get(file, "csv"), rows);
    if (!ok)
        memcpy(missing, "rows", 5);
    buf_fmt(&b, "\r\n--%s--\r\n", boundary);
    (void)snprintf(type, sizeof type, "multipart/form-data; boundary=%s",
                   boundary);
    ok = ok && take_body(q, &b, type);
    buf_clear(&b);
    return ok;
}

static bool build_body(const struct op_run *run, struct op_request *q,
                       char missing[128])
{
    const json_t *template = json_object_get(run->spec, "body");
    const char *type = text(run->spec, "body_type");
    json_t *body = NULL;
    struct buf b = {0};
    bool ok = true;
    if (template != NULL) {
        body = template_fill(template, run->vars, missing);
        if (body == NULL)
            return false;
    }
    if (type != NULL && strcmp(type, "multipart") == 0) {
        ok = multipart_body(run, q, body, missing);
    } else if (type != NULL && strcmp(type, "form") == 0) {
        add_parameters(&b, body);
        ok = take_body(q, &b, "application/x-www-form-urlencoded");
    } else if (body != NULL && !json_is_null(body)) {
        ok = json_body(q, body);
    }
    buf_clear(&b);
    json_decref(body);
    return ok;
}

/* ---- the whole ----------------------------------------------------------- */

static bool is_read(const json_t *spec, const char *method)
{
    /* A search by POST reads as well. */
    return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0 ||
           json_object_get(spec, "records") != NULL;
}

enum up_rc request_build(const struct op_run *run, struct op_request *out,
                         struct up_error *err)
{
    char missing[128] = "";
    const char *method = text(run->spec, "method");
    *out = (struct op_request){.method = method};
    if (method == NULL)
        return op_fail(err, UP_FAILED, "The operation %s has no method.",
                       run->op);
    out->write = !is_read(run->spec, method);
    out->repeatable = !out->write || strcmp(method, "POST") != 0 ||
                      json_is_true(json_object_get(run->spec, "repeatable"));
    if (build_url(run, out, missing) && build_headers(run, out, missing) &&
        build_body(run, out, missing))
        return UP_OK;
    request_clear(out);
    return lacks(run, missing, err);
}

void request_clear(struct op_request *q)
{
    free(q->url);
    headers_free(q->headers, q->header_count);
    if (q->body != NULL)
        digest_wipe(q->body, q->body_len); /* it may hold a password */
    free(q->body);
    *q = (struct op_request){0};
}
