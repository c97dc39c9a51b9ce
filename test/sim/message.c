/*
 * test/sim/message.c - one request that came in, and the answer that goes out
 *
 * What needs the HTTP library (query, headers, forms) is in server.c.
 */
#include "test/sim/message.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test/sim/mem.h"

static bool whole_number(const char *text, long long *number)
{
    char *end = NULL;

    errno = 0;
    *number = strtoll(text, &end, 10);
    return errno == 0 && end != text && *end == '\0';
}

bool request_id(const struct request *r, size_t n, int64_t *id)
{
    long long number = 0;

    if (!whole_number(r->arg[n], &number))
        return false;
    *id = number;
    return true;
}

long request_number(const struct request *r, const char *name, long least,
                    long otherwise)
{
    const char *text = request_query(r, name);
    long long number = 0;

    if (text == NULL || !whole_number(text, &number) || number < least)
        return otherwise;
    return (long)number;
}

static void set_body(struct answer *a, int status, char *body, size_t len)
{
    free(a->body);
    a->status = status;
    a->body = body;
    a->body_len = len;
}

void answer_json(struct answer *a, int status, json_t *body)
{
    char *text = json_dumps(body, JSON_COMPACT | JSON_ENCODE_ANY);

    json_decref(body);
    set_body(a, status, text, text ? strlen(text) : 0);
}

void answer_text(struct answer *a, int status, char *body, size_t len)
{
    set_body(a, status, body, len);
}

void answer_none(struct answer *a, int status)
{
    set_body(a, status, NULL, 0);
}

void answer_header(struct answer *a, const char *name, const char *format, ...)
{
    char piece[256];
    va_list args;

    if (a->header_count == ANSWER_HEADERS)
        return;
    va_start(args, format);
    (void)vsnprintf(piece, sizeof(piece), format, args);
    va_end(args);
    a->headers[a->header_count++] =
        (struct answer_header){name, mem_text(piece)};
}

void answer_clear(struct answer *a)
{
    free(a->body);
    for (size_t i = 0; i < a->header_count; i++)
        free(a->headers[i].value);
    json_decref(a->fault_headers);
    *a = (struct answer){0};
}
