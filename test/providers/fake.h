/*
 * test/providers/fake.h - a transport that answers by script, and an engine
 *
 * No socket: what the engine sends is kept as "METHOD URL\nbody" and what it
 * gets is the next answer of a list. Asking past the end of the list fails the
 * test.
 */
#ifndef TEST_PROVIDERS_FAKE_H
#define TEST_PROVIDERS_FAKE_H

#include "providers/operation.h"

struct fake_answer {
    int status;
    const char *body;    /* NULL: none */
    const char *headers; /* "Name: value\n..."; NULL: none */
    enum http_rc rc;     /* HTTP_ANSWERED when left out */
    bool hopeless;
};

struct fake {
    const struct fake_answer *answers;
    size_t count, next;
    char *sent[1024];   /* owned */
    char *proofs[1024]; /* owned; the Authorization header of each, or "" */
    struct http_transport transport;
    json_t *profile, *variables, *secrets;
    struct engine *engine;
};

/* An engine over the script. `profile` is JSON text in which ' stands for ". */
void fake_open(struct fake *f, const char *profile,
               const struct fake_answer *answers, size_t count);
void fake_close(struct fake *f);
/* Runs `op` with variables (JSON text with '; NULL: none). */
enum up_rc fake_run(struct fake *f, const char *op, const char *vars,
                    struct op_result *out, struct up_error *err);
/* Fails unless exactly these were sent ("METHOD path?query" and, where a body
 * went with it, a blank and the body). Ends with NULL. */
void fake_sent_list(struct fake *f, const char *const *want);
#define fake_sent(f, ...)                                                      \
    fake_sent_list((f), (const char *const[]){__VA_ARGS__})
/* Fails unless `value` is this JSON (with '). */
void fake_json(const json_t *value, const char *want);
/* JSON text with ' in place of ". */
json_t *fake_parse(const char *text);

#endif
