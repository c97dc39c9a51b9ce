/*
 * test/sim/calls.c - the memory of every call, for tests that count
 */
#include "test/sim/calls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "test/sim/mem.h"

static int64_t now_ms(void)
{
    struct timespec t = {0};

    (void)clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static struct call *slot(const struct calls *c, int64_t number)
{
    return &c->ring[number % CALLS_KEPT];
}

static void forget(struct call *call)
{
    free(call->path);
    free(call->query);
    free(call->body);
    *call = (struct call){0};
}

int64_t calls_begin(struct calls *c, const struct request *r,
                    const char *operation)
{
    if (c->ring == NULL)
        c->ring = mem_new(CALLS_KEPT * sizeof(*c->ring));
    struct call *call = slot(c, ++c->last);
    forget(call);
    call->number = c->last;
    call->at_ms = now_ms();
    (void)snprintf(call->method, sizeof(call->method), "%s", r->method);
    call->path = mem_text(r->path);
    call->query = mem_text(r->query);
    if (strcmp(r->method, "GET") != 0)
        call->body = mem_text_n(r->body, r->body_len < CALL_BODY ? r->body_len
                                                                 : CALL_BODY);
    call->operation = operation;
    return c->last;
}

void calls_end(struct calls *c, int64_t number, int status, long fault)
{
    struct call *call = c->ring ? slot(c, number) : NULL;

    if (call == NULL || call->number != number)
        return; /* the ring went round, or was cleared, meanwhile */
    call->status = status;
    call->fault = fault;
    call->took_ms = now_ms() - call->at_ms;
}

static json_t *call_json(const struct call *call)
{
    json_t *one = json_object();

    json_object_set_new(one, "number", json_integer(call->number));
    json_object_set_new(one, "at", json_real((double)call->at_ms / 1000.0));
    json_object_set_new(one, "took_ms", json_integer(call->took_ms));
    json_object_set_new(one, "method", json_string(call->method));
    json_object_set_new(one, "path", json_string(call->path));
    json_object_set_new(one, "query", json_string(call->query));
    if (call->operation)
        json_object_set_new(one, "operation", json_string(call->operation));
    json_object_set_new(one, "status", json_integer(call->status));
    if (call->fault)
        json_object_set_new(one, "fault", json_integer(call->fault));
    if (call->body) /* NULL, so left out, where it is no UTF-8 */
        json_object_set_new(one, "body", json_string(call->body));
    return one;
}

json_t *calls_json(const struct calls *c, int64_t since, const char *operation,
                   const char *method)
{
    json_t *all = json_array();
    int64_t oldest = c->last >= CALLS_KEPT ? c->last - CALLS_KEPT + 1 : 1;

    for (int64_t n = since >= oldest ? since + 1 : oldest; n <= c->last; n++) {
        const struct call *call = slot(c, n);
        if (call->number != n)
            continue;
        if (operation &&
            (!call->operation || strcmp(call->operation, operation) != 0))
            continue;
        if (method && strcmp(call->method, method) != 0)
            continue;
        json_array_append_new(all, call_json(call));
    }
    return all;
}

void calls_clear(struct calls *c)
{
    for (size_t i = 0; c->ring != NULL && i < CALLS_KEPT; i++)
        forget(&c->ring[i]);
    free(c->ring);
    c->ring = NULL;
}
