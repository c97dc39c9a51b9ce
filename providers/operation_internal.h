/*
 * providers/operation_internal.h - the engine from the inside
 *
 *   operation.c         the engine; which kind of operation; steps; hooks
 *   account.c           where calls go, and as whom
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

/* Where calls go, and as whom. */
struct account {
    const char *name;   /* borrowed; NULL: the profile's own */
    const json_t *spec; /* borrowed: its auth, headers, error_detail */
    char *base_url;     /* owned; no slash at its end */
    struct auth *auth;
    struct http_header *headers; /* owned; filled */
    size_t header_count;
    struct breaker breaker;
};

struct engine {
    const json_t *profile, *operations, *variables; /* borrowed */
    json_t *settings;         /* owned; the variables without "set." */
    struct account *accounts; /* owned; the first is the profile's own */
    size_t account_count;
    struct http_client *http; /* NULL: a stand-in */
    struct http_transport transport;
    struct recorder *recorder; /* owned; NULL: neither records nor replays */
    bool recording;
    struct pacer pacer;
    struct retry retry;
    struct clock clock;
    struct capabilities *caps; /* owned; capability.c */
};

/* What every function below works on. */
struct op_run {
    struct engine *e;
    struct up_call *call;
    const char *op;
    const json_t *spec;
    const struct vars *vars;
    int depth;   /* of steps */
    bool asking; /* a question about a capability: nothing is concluded from it
                    but by that capability's own rules */
};

/* ---- errors (answer.c) --------------------------------------------------- */

/* Fills *err with a sentence and returns `rc`. */
enum up_rc op_fail(struct up_error *err, enum up_rc rc, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* What `as` of a rule means, and what its sentence begins with; UP_OK, and
 * *says left alone: no such kind. */
enum up_rc op_kind(const char *as, const char **says);
/* The outcomes of one item that do not keep the next ones from being tried. */
bool op_is_refusal(enum up_rc rc);

/* ---- accounts (account.c) ------------------------------------------------ */

/* The profile's own, and those of `accounts` whose secrets are there. */
bool accounts_open(struct engine *e, const struct engine_config *config,
                   struct error *err);
void accounts_close(struct engine *e);
/* That of an operation; NULL: its account is not configured. */
struct account *account_of(const struct engine *e, const json_t *spec);

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
/* The same, or its steps: what is done for one item of a list. */
enum up_rc item_run(const struct op_run *run, struct op_result *out,
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
/* With what the operator forces (config->forced), and who is told of news. */
struct capabilities *capabilities_new(const struct engine_config *config);
void capabilities_free(struct capabilities *c);
/* False: known to be absent, and not yet due to be asked again. */
bool capability_present(const struct engine *e, const char *op);
/* Looks at an answer with the rules of every capability that asks with this
 * operation. True: it says that one which the operation needs is absent. */
bool capability_learn(const struct op_run *run, const struct op_request *q,
                      const struct http_response *r, const json_t *body);
/* The helpdesk said "no such operation". */
void capability_lost(const struct op_run *run, const struct op_request *q,
                     const struct http_response *r);
/* Asks about what the operation needs, where that is due. */
void capability_ask(const struct op_run *run);

#endif
