/*
 * test/providers/play.h - a provider over a script of requests and answers
 *
 * The script says what the provider sends, in order, and what it gets. Another
 * request, one too many, or one that never comes fails the test and is shown.
 */
#ifndef TEST_PROVIDERS_PLAY_H
#define TEST_PROVIDERS_PLAY_H

#include "providers/http.h"
#include "providers/provider.h"

/* In all JSON of a script ' stands for ". */
struct play_step {
    const char *request; /* "METHOD path?query" and, with a body, " " and it */
    int status;          /* 0: the answer is lost */
    const char *answer;  /* NULL: no body */
    const char *header;  /* "Name: value", or NULL */
};

struct play {
    const struct play_step *steps;
    size_t count, next;
    struct http_transport transport;
    struct provider *p;
    struct up_call call;
    struct up_error err;
};

/* `profile` is a path, or JSON text with '. Steps end with a NULL request. */
void play_open(struct play *play, const char *profile,
               const struct play_step *steps);
/* The next act of the same provider. */
void play_next(struct play *play, const struct play_step *steps);
/* Fails when a step was not reached. */
void play_close(struct play *play);
/* JSON text with '. New. */
json_t *play_json(const char *text);
/* Fails unless `value` is this JSON (with '). */
void play_same(const json_t *value, const char *want);
/* Fails, telling the error, unless rc is as wanted. */
void play_rc(const struct play *play, enum up_rc rc, enum up_rc want);

#endif
