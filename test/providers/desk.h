/*
 * test/providers/desk.h - a tiny HTTP server on loopback that answers by script
 *
 * Raw sockets, one thread a connection, keep-alive. The nth request (over all
 * connections) gets the nth answer; the last answer repeats. It can do what a
 * sound server never does: cut an answer anywhere, hang, never stop sending.
 */
#ifndef TEST_PROVIDERS_DESK_H
#define TEST_PROVIDERS_DESK_H

#include <stdbool.h>
#include <stddef.h>

struct desk_answer {
    int status;
    const char *headers; /* "Name: value\r\n..."; NULL: none */
    const char *body;    /* NULL: empty */
    const char *raw;     /* sent as it is in place of all above */
    size_t cut;          /* > 0: sends one byte less than this, then resets */
    bool vanish;         /* closes without a byte of an answer */
    bool endless;        /* the body never ends */
    bool close;          /* closes after the answer, as it announces */
    int slow_ms;         /* waits before it answers */
};

struct desk;
struct desk *desk_new(const struct desk_answer *script, size_t count);
/* Stops and joins everything. */
void desk_free(struct desk *d);
/* "http://127.0.0.1:PORT" */
const char *desk_url(const struct desk *d);
/* How many whole requests came, and over how many connections. */
size_t desk_requests(struct desk *d);
size_t desk_connections(struct desk *d);
/* The nth request's head and body as one text; borrowed until desk_free(). */
const char *desk_request(struct desk *d, size_t nth);

#endif
