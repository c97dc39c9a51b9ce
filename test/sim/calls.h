/*
 * test/sim/calls.h - the memory of every call, for tests that count
 *
 * A ring of the latest CALLS_KEPT calls. The body is kept for writes alone,
 * and of it the first CALL_BODY bytes. Used with the world's lock held.
 */
#ifndef SIM_CALLS_H
#define SIM_CALLS_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "test/sim/message.h"

enum { CALLS_KEPT = 50000, CALL_BODY = 4096 };

struct call {
    int64_t number; /* 1, 2, 3, ... */
    int64_t at_ms;  /* the real clock */
    char method[12];
    char *path, *query, *body; /* owned */
    const char *operation;     /* the desk's; NULL: no such route */
    long fault;                /* its number; 0: none */
    int status;                /* 0: not answered (yet, or ever) */
    int64_t took_ms;
};

struct calls {
    struct call *ring;
    int64_t last; /* number of the latest call */
};

/* Notes a call that begins and returns its number. */
int64_t calls_begin(struct calls *c, const struct request *r,
                    const char *operation);

/* Notes how call `number` ended. */
void calls_end(struct calls *c, int64_t number, int status, long fault);

/*
 * The calls after number `since`, oldest first, a new reference: of one
 * operation or method only where those are not NULL.
 */
json_t *calls_json(const struct calls *c, int64_t since, const char *operation,
                   const char *method);

/* Forgets all calls; the numbers go on. */
void calls_clear(struct calls *c);

#endif
