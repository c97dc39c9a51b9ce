/*
 * server/http.h - the listener: HTTP in, answers out
 *
 * Alone includes microhttpd.h. Knows bytes, limits and times; what a request
 * means is the application's affair, which is asked in three steps:
 *
 *   begin   the header is here. True: read the body. False: the answer is
 *           set; a body that comes is dropped, and then it is sent.
 *   serve   the body is here. Sets the answer; or calls http_suspend, and
 *           later, on any thread, sets the answer and calls http_resume.
 *   end     the last call, in every case: frees what `app` holds.
 *
 * What goes wrong before there is a request to ask about comes to `fault`.
 */
#ifndef SERVER_HTTP_H
#define SERVER_HTTP_H

#include "base/error.h"
#include "base/id.h"
#include "base/log.h"
#include "server/reply.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Longest request target, and all headers together, that are looked at. */
#define HTTP_MAX_TARGET  32768
#define HTTP_MAX_HEADERS 16384

/* One request and its answer. */
struct http_call {
    const char *method;  /* as sent; borrowed */
    const char *target;  /* path and query as sent; "" when too long */
    const char *address; /* of the peer */
    bool local;          /* came over the control socket */
    char id[40];         /* made for this request; a UUID */
    const char *body;    /* NUL-terminated; "" when none */
    size_t body_len;
    int64_t began; /* clock_span_ms */
    bool late;     /* at the end: it was answered by `late` */
    struct reply reply;
    void *app; /* the application's own */
};

enum http_fault {
    HTTP_BODY_TOO_LARGE,
    HTTP_TARGET_TOO_LONG,
    HTTP_HEADERS_TOO_LARGE,
    HTTP_OUT_OF_MEMORY,
};

struct http_app {
    bool (*begin)(void *ctx, struct http_call *c);
    void (*serve)(void *ctx, struct http_call *c);
    void (*end)(void *ctx, struct http_call *c);
    /* Sets the answer. Comes in place of, or after, begin. */
    void (*fault)(void *ctx, struct http_call *c, enum http_fault what);
    /* A request that did not arrive in time: `path` is "" while unknown.
     * Makes the answer and logs. Must be quick. */
    void (*late)(void *ctx, const char *address, const char *id,
                 const char *path, struct reply *out);
    void *ctx;
};

struct http_config {
    const char *host; /* NULL: `socket_path` */
    int port;         /* 0: any free one */
    const char *socket_path;
    const char *tls_certificate, *tls_key; /* paths; NULL: plain */
    int64_t max_body;
    int max_connections, connections_per_address;
    int64_t request_ms, idle_ms;
    int threads; /* 0: one a core */
    struct log *log;
    struct id_source ids;
};

struct http;

/* Takes the address; no request is read yet. `app` is copied. NULL and a
 * sentence: the address cannot be had, or the certificate cannot be read. */
struct http *http_open(const struct http_config *config,
                       const struct http_app *app, struct error *err);
/* Serves. False and a sentence: no threads. */
bool http_start(struct http *h, struct error *err);
/* The port that is listened on. */
int http_port(const struct http *h);
/* Takes no more connections; those that are open go on. */
void http_quiesce(struct http *h);
/* Ends all threads and frees; NULL is allowed. No call may be suspended any
 * more, but for put-off answers, which are sent at once. */
void http_stop(struct http *h);

/* A request header, by name without case; NULL: none. Borrowed. */
const char *http_header(const struct http_call *c, const char *name);
/* True when `test` says so of any header of that name: a list may come in
 * several lines (RFC 9110 section 5.3). */
bool http_header_any(const struct http_call *c, const char *name,
                     bool (*test)(const char *value));
/* Between the two the answer may be set by another thread. */
void http_suspend(struct http_call *c);
void http_resume(struct http_call *c);

#endif
