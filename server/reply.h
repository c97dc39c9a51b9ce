/*
 * server/reply.h - an answer, before it is sent
 *
 * Every error is a SCIM error body (RFC 7644 section 3.12), whoever found it:
 * the listener, the router, or the bridge.
 */
#ifndef SERVER_REPLY_H
#define SERVER_REPLY_H

#include "base/buf.h"
#include "scim/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define REPLY_SCIM "application/scim+json"
#define REPLY_JSON "application/json"
#define REPLY_TEXT "text/plain; charset=utf-8"

#define REPLY_HEADERS 12

/* A zeroed struct is an answer that is not there yet (status 0). */
struct reply {
    int status;
    char *body; /* owned; NULL: none */
    size_t len;
    const char *type; /* static; NULL: no body */
    struct {
        const char *name; /* static */
        char *value;      /* owned */
    } headers[REPLY_HEADERS];
    size_t header_count;
    int delay_ms; /* the answer is sent that much later */
};

/* Frees what `r` owns and zeroes it. */
void reply_clear(struct reply *r);
/* Adds a header. A value that cannot stand in one (a line end in it) or that
 * there is no room for is left out. NULL: nothing is added. */
void reply_header(struct reply *r, const char *name, const char *value);
void reply_header_number(struct reply *r, const char *name, long value);
/* A text; copied. */
void reply_text(struct reply *r, int status, const char *text);
/* A JSON value, which it steals, as REPLY_SCIM or REPLY_JSON. NULL, or no
 * memory: 500. */
void reply_json(struct reply *r, int status, json_t *value, const char *type);
/* A SCIM error, with Retry-After when it has one. */
void reply_error(struct reply *r, const struct scim_error *err);
/* The same from a status and a sentence. */
void reply_refuse(struct reply *r, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The word behind a status number in HTTP. Static. */
const char *reply_reason(int status);
/* The whole answer as HTTP/1.1 bytes of a connection that is then closed. */
void reply_raw(const struct reply *r, struct buf *out);

#endif
