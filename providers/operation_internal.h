/*
 * providers/operation_internal.h - the engine from the inside
 *
 *   operation.c         the engine; which kind of operation; steps; hooks
 *   operation_call.c    one call and what is taken from its answer
 *   operation_list.c    passes, pages, filters
 *   operation_batch.c   slices, and one call an item
 *   operation_job.c     waiting for a job
 *   capability.c        what this account is known to lack
 *   request.c           template -> request
 *   exchange.c          request -> answer: breaker, pacer, proof, retries
 *   answer.c            answer -> outcome
 *
 * In all of them `op` is an operation's name and `spec` its JSON, both borrowed
 * from the profile.
 */
#ifndef PROVIDERS_OPERATION_INTERNAL_H
#define PROVIDERS_OPERATION_INTERNAL_H

#include "providers/auth.h"
#include "providers/breaker.h"
#include "providers/operation.h"
#include "providers/pacer.h"
#include "providers/recorder.h"
#include "providers/retry.h"
#include "providers/select.h"

#include <pthread.h>

#define STEPS_DEEP       4 /* steps within steps */
#define OP_RETRY_AFTER_S 5 /* told when the helpdesk tells nothing */

struct engine {
    const json_t *profile, *operations, *variables; /* borrowed */
    char *base_url;                                 /* owned */
    struct http_client *http;                       /* NULL: a stand-in */
    struct http_transport transport;
    struct recorder *recorder; /* owned; NULL: neither records nor replays */
    bool recording;
    struct auth *auth;
    struct pacer pacer;
    struct breaker breaker;
    struct retry retry;
    struct clock clock;
    struct http_header *headers; /* owned; of the profile, filled */
    size_t header_count;
    struct capabilities *caps; /* owned; capability.c */
};

/* What every function below works on. */
struct op_run {
    struct engine *e;
    struct up_call *call;
    const char *op;
    const json_t *spec;
    const struct vars *vars;
    int depth; /* of steps */
};

/* ---- errors (answer.c) --------------------------------------------------- */

/* Fills *err with a sentence and returns `rc`. */
enum up_rc op_fail(struct up_error *err, enum up_rc rc, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The outcomes of one item that do not keep the next ones from being tried. */
bool op_is_refusal(enum up_rc rc);

/* ---- requests (request.c) ------------------------------------------------ */

struct op_request {
    const char *method; /* borrowed */
    char *url;          /* owned */
    struct http_header *headers;
    size_t header_count;
    char *body; /* owned; NULL: none */
    size_t body_len;
    bool write;      /* for the pacer, and for what an outcome means */
    bool repeatable; /* may be sent again after an unknown end */
};
/* UP_OK, or UP_INVALID naming the variable without a value in err->field. */
enum up_rc request_build(const struct op_run *run, struct op_request *out,
                         struct up_error *err);
void request_clear(struct op_request *q);
/* Adds "name=value", encoded, to a URL. */
bool request_add_query(char **url, const char *name, const char *value);
/* Fills templates of headers and appends them to a list. */
bool headers_fill(const json_t *templates, const struct vars *v,
                  struct http_header **list, size_t *count, char missing[128]);
void headers_free(struct http_header *list, size_t count);

/* ---- exchanges (exchange.c) ---------------------------------------------- */

struct op_exchange {
    struct http_response response;
    bool maybe_done; /* an earlier try of a write may have had its effect */
};
/* UP_OK: there is an answer, whatever its status. Else there is none, and why.
 * Clear with http_response_clear() in both cases. */
enum up_rc exchange_run(const struct op_run *run, const struct op_request *q,
                        struct op_exchange *out, struct up_error *err);

/* ---- answers (answer.c) -------------------------------------------------- */

struct op_answer {
    json_t *body; /* owned; NULL: none, or no JSON */
    bool excused; /* an error, but one of `ok_as`: there is nothing to read */
};
/* What an answer means, by the error rules, then by `success`. */
enum up_rc answer_judge(const struct op_run *run, const struct op_request *q,
                        const struct op_exchange *x, struct op_answer *out,
                        struct up_error *err);
/* The `struct answer` of select.h for a response. */
struct answer answer_view(const struct http_response *r, const json_t *body);
/* Parses a body; NULL: none, or no JSON. */
json_t *answer_body(const struct http_response *r);

/* ---- running ------------------------------------------------------------- */

/* Builds, sends and judges `run`; the response stays in *x. */
enum up_rc call_once(const struct op_run *run, struct op_exchange *x,
                     struct op_answer *answer, struct up_error *err);
/* One operation without list, slices and steps. */
enum up_rc call_run(const struct op_run *run, struct op_result *out,
                    struct up_error *err);
enum up_rc list_run(const struct op_run *run, struct op_result *out,
                    struct up_error *err);
enum up_rc batch_run(const struct op_run *run, struct op_result *out,
                     struct up_error *err);
/* The list over whose items `run` makes one call each: its variable's name, or
 * NULL; `item` (128 bytes) gets the name of the one item. */
const char *each_param(const struct op_run *run, char item[128]);
enum up_rc each_run(const struct op_run *run, const char *param,
                    const char *item, struct op_result *out,
                    struct up_error *err);
/* Waits for the job that `out->body` names. */
enum up_rc job_wait(const struct op_run *run, struct op_result *out,
                    struct up_error *err);
/* An operation within another. */
enum up_rc op_run_inner(const struct op_run *outer, const char *op,
                        const struct vars *v, struct op_result *out,
                        struct up_error *err);
/* The chain with `scope` in front; false: too many scopes. */
bool vars_with(const struct vars *v, const json_t *scope, struct vars *out);
/* Sleeps; false, and at once, when that would pass the call's deadline. */
bool op_sleep(const struct up_call *call, int64_t ms);

/* ---- capabilities (capability.c) ----------------------------------------- */

struct capabilities;
struct capabilities *capabilities_new(void);
void capabilities_free(struct capabilities *c);
/* False: known to be absent, and not yet due to be asked again. */
bool capability_present(const struct engine *e, const char *op);
/* Looks at an answer to `op` with the rules of its capability, if it has one
 * that asks with real calls. True: it says absent. */
bool capability_learn(struct engine *e, const char *op,
                      const struct http_response *r, const json_t *body);
/* The helpdesk said "no such operation" to `op`. */
void capability_lost(struct engine *e, const char *op,
                     const struct http_response *r);
/* Asks with the capability's own call when that is due. */
void capability_ask(const struct op_run *run);

#endif
