/*
 * test/sim/message.h - one request that came in, and the answer that goes out
 *
 * A desk sees nothing of the HTTP library: it reads a struct request through
 * the functions below and fills a struct answer. How the answer travels (or is
 * lost) is `delivery`, set by faults alone.
 */
#ifndef SIM_MESSAGE_H
#define SIM_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

enum { REQUEST_ARGS = 4, ARG_MAX_LEN = 1024, ANSWER_HEADERS = 16 };

struct request {
    const char *method;
    const char *path;  /* without the query */
    const char *query; /* as it was sent; "" when there is none */
    const char *body;  /* never NULL */
    size_t body_len;
    json_t *json;                        /* the parsed body, or NULL */
    char arg[REQUEST_ARGS][ARG_MAX_LEN]; /* what {} of the route matched */
    void *connection;                    /* the HTTP library's */
};

enum delivery {
    SEND_NORMAL,
    SEND_NOTHING,   /* the connection is closed without an answer */
    SEND_RESET,     /* the same with a TCP reset */
    SEND_TRUNCATED, /* closed after `cut` bytes of the body */
    SEND_SLOWLY,    /* `cut` bytes at a time, `pause_ms` apart */
    SEND_RAW,       /* the body is everything: not even a status line */
    SEND_ENDLESS,   /* the body again and again, until the client has enough */
};

struct answer_header {
    const char *name; /* not owned */
    char *value;      /* owned */
};

struct answer {
    int status;
    char *body; /* owned; NULL: none */
    size_t body_len;
    const char *type; /* Content-Type, not owned; NULL: application/json */
    struct answer_header headers[ANSWER_HEADERS];
    size_t header_count;
    json_t *fault_headers; /* owned; name -> text, what a fault adds */
    enum delivery delivery;
    size_t cut;
    long pause_ms;
};

/* A query parameter or header of the request; NULL when absent. */
const char *request_query(const struct request *r, const char *name);
const char *request_header(const struct request *r, const char *name);

/* Route argument `n` as a number; false when it is none. */
bool request_id(const struct request *r, size_t n, int64_t *id);

/* Query parameter as a number of at least `least`, else `otherwise`. */
long request_number(const struct request *r, const char *name, long least,
                    long otherwise);

/* The uploaded file (or value) of a form field, owned; NULL when absent. */
char *request_form(const struct request *r, const char *field, size_t *len);

/* Answers with JSON (the reference is taken) or with text (taken too). */
void answer_json(struct answer *a, int status, json_t *body);
void answer_text(struct answer *a, int status, char *body, size_t len);
void answer_none(struct answer *a, int status);

__attribute__((format(printf, 3, 4))) void
answer_header(struct answer *a, const char *name, const char *format, ...);

/* Frees what `a` owns and zeroes it. */
void answer_clear(struct answer *a);

#endif
