/*
 * providers/http.h - one HTTP exchange with a helpdesk
 *
 * The only door to the network; providers/http.c alone knows curl. Above it
 * stands a function pointer, so that a test or a recording can take its place.
 *
 * Always: peer and host name verified, TLS 1.2 or newer, https unless the host
 * is loopback, no redirect followed (a 3xx is an answer), no cookies, no proxy
 * (the variables http_proxy and https_proxy are ignored), bounded time and
 * size.
 *
 * Must not: know profiles, retry, pace.
 * Threads: a client may be shared; each exchange takes a curl handle of its
 * own out of a pool, the last one used first, so that connections are reused.
 */
#ifndef PROVIDERS_HTTP_H
#define PROVIDERS_HTTP_H

#include "base/error.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http_header {
    char *name, *value; /* owned by whoever owns the list */
};

struct http_request {
    const char *method, *url; /* borrowed */
    const struct http_header *headers;
    size_t header_count;
    const char *body; /* NULL: none */
    size_t body_len;
    int64_t deadline_ms; /* on clock_span_ms(); 0: the client's total only */
    const atomic_bool *stop; /* NULL, or: once true, the exchange is given up */
    bool once;               /* must not be sent twice, not even when a reused
                                connection turns out to be closed */
};

enum http_rc {
    HTTP_ANSWERED,  /* status, headers and the whole body are there */
    HTTP_NOT_SENT,  /* refused, no such host, TLS: it cannot have happened */
    HTTP_CUT_OFF,   /* sent, perhaps; no whole answer: it may have happened */
    HTTP_TOO_LARGE, /* answered, but past the size cap: it may have happened */
};

struct http_response {
    int status; /* 0: none was received */
    struct http_header *headers;
    size_t header_count;
    char *body; /* NUL-terminated; NULL when empty */
    size_t body_len;
    bool hopeless; /* trying again cannot help (certificate, host name, URL) */
    char why[256]; /* unless HTTP_ANSWERED: a sentence; never the URL's query */
};
/* Frees what `r` owns and zeroes it; the body is overwritten first. */
void http_response_clear(struct http_response *r);
/* The first header of that name, in any case; NULL: none. Borrowed. */
const char *http_response_header(const struct http_response *r,
                                 const char *name);

/* The seam: what the engine calls for each exchange. `response` comes zeroed
 * and must be cleared whatever the result is. */
struct http_transport {
    enum http_rc (*send)(void *ctx, const struct http_request *request,
                         struct http_response *response);
    void *ctx;
};

struct http_config {
    int connect_ms, total_ms; /* 0: 5 s and 30 s */
    size_t max_response;      /* bytes of a body; 0: 16 MiB */
    const char *ca_file, *client_cert, *client_key; /* NULL: system's; none */
    const char *user_agent;
};

struct http_client;
/* NULL: no memory, or curl is not usable. Copies what it needs. */
struct http_client *http_client_new(const struct http_config *config,
                                    struct error *err);
/* No exchange may be under way. */
void http_client_free(struct http_client *c);
struct http_transport http_client_transport(struct http_client *c);

#endif
