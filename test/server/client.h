/*
 * test/server/client.h - an HTTP client for tests that says what it is told
 *
 * Sends bytes as they are and reads until the server closes, so that a test
 * can also be a bad client.
 */
#ifndef TEST_SERVER_CLIENT_H
#define TEST_SERVER_CLIENT_H

#include "base/buf.h"

#include <jansson.h>
#include <stdbool.h>

struct answer {
    int status; /* 0: none came */
    struct buf text;
    const char *body; /* inside text; "" when none */
};

/* A connection to a port of this machine; fails the test when there is none. */
int client_dial(int port);
void client_send(int fd, const char *data, size_t len);
/* The same for a text. */
void client_say(int fd, const char *text);
/* Reads until the server closes (at most 10 s), and closes. */
void client_read(int fd, struct answer *out);
/* Dials, sends a request with `Connection: close`, reads. `headers` are whole
 * lines, or NULL; `body` may be NULL. */
void client_ask(int port, const char *method, const char *target,
                const char *headers, const char *body, struct answer *out);
/* The value of a header, new; NULL: none. */
char *client_header(const struct answer *a, const char *name);
/* The body as JSON, new; NULL: it is none. */
json_t *client_json(const struct answer *a);
void client_clear(struct answer *a);

#endif
