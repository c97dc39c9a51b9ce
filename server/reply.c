#include "server/reply.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* For an error body when there is no memory left to build one. */
#define NO_MEMORY                                                              \
    "{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:Error\"],"          \
    "\"status\":\"500\",\"detail\":\"Memory ran out; try again later.\"}"

void reply_clear(struct reply *r)
{
    free(r->body);
    for (size_t i = 0; i < r->header_count; i++)
        free(r->headers[i].value);
    *r = (struct reply){0};
}

void reply_header(struct reply *r, const char *name, const char *value)
{
    if (value == NULL || r->header_count == REPLY_HEADERS)
        return;
    for (const char *c = value; *c != '\0'; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            return;
    char *copy = strdup(value);
    if (copy == NULL)
        return;
    r->headers[r->header_count].name = name;
    r->headers[r->header_count++].value = copy;
}

void reply_header_number(struct reply *r, const char *name, long value)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%ld", value);
    reply_header(r, name, text);
}

/* The body as text, owned from here on; NULL: memory ran out. */
static void set_body(struct reply *r, int status, char *body, const char *type)
{
    free(r->body);
    r->status = status;
    r->type = type;
    r->body = body;
    if (body == NULL) {
        r->status = 500;
        r->type = REPLY_SCIM;
        r->body = strdup(NO_MEMORY);
    }
    r->len = r->body == NULL ? 0 : strlen(r->body);
}

void reply_text(struct reply *r, int status, const char *text)
{
    set_body(r, status, strdup(text), REPLY_TEXT);
}

void reply_json(struct reply *r, int status, json_t *value, const char *type)
{
    char *text = value == NULL ? NULL : json_dumps(value, JSON_COMPACT);
    json_decref(value);
    set_body(r, status, text, type);
}

void reply_error(struct reply *r, const struct scim_error *err)
{
    if (err->retry_after > 0)
        reply_header_number(r, "Retry-After", err->retry_after);
    reply_json(r, err->status, scim_error_json(err), REPLY_SCIM);
}

void reply_refuse(struct reply *r, int status, const char *format, ...)
{
    struct scim_error err = {.status = status};
    va_list args;
    va_start(args, format);
    (void)vsnprintf(err.detail, sizeof err.detail, format, args);
    va_end(args);
    reply_error(r, &err);
}

const char *reply_reason(int status)
{
    static const struct {
        int status;
        const char *word;
    } words[] = {
        {200, "OK"},
        {201, "Created"},
        {204, "No Content"},
        {304, "Not Modified"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {412, "Precondition Failed"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {415, "Unsupported Media Type"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (words[i].status == status)
            return words[i].word;
    return "Error";
}

void reply_raw(const struct reply *r, struct buf *out)
{
    buf_fmt(out, "HTTP/1.1 %d %s\r\nConnection: close\r\n", r->status,
            reply_reason(r->status));
    for (size_t i = 0; i < r->header_count; i++)
        buf_fmt(out, "%s: %s\r\n", r->headers[i].name, r->headers[i].value);
    if (r->type != NULL)
        buf_fmt(out, "Content-Type: %s\r\n", r->type);
    buf_fmt(out, "Content-Length: %zu\r\n\r\n", r->len);
    if (r->body != NULL)
        buf_add(out, r->body, r->len);
}
