/*
 * providers/exchange.c - one request until there is an answer, or none to hope
 *
 *   1 the circuit is closed     else UP_UNAVAILABLE at once
 *   2 tokens and a slot         else UP_THROTTLED when that would take too long
 *   3 a proof of who we are     perhaps fetching a token
 *   4 the exchange itself
 *   5 401 with a token: once more from 1, with a new one
 *   6 again from 1 after a pause, where that is safe (retry.h)
 *
 * For a write it is remembered whether any try may have had its effect: then no
 * later failure may be told as "nothing was changed".
 */
#include "providers/operation_internal.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/id.h"
#include "providers/trace.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* One try. */
struct
try {
    const struct op_run *run;
    const struct op_request *request;
    struct auth_proof proof;
    struct http_response *response; /* the caller's; cleared before each try */
    enum http_rc ended;
    int64_t told_ms; /* the pause that the helpdesk asks for; < 0: none */
};

static int seconds(int64_t ms)
{
    return ms <= 0 ? 1 : (int)((ms + 999) / 1000);
}

bool op_sleep(const struct up_call *call, int64_t ms)
{
    const int64_t slice = 200; /* then looks whether the program ends */
    int64_t until = clock_span_ms() + ms;
    if (call->deadline_ms != 0 && until >= call->deadline_ms)
        return false;
    for (int64_t left = ms; left > 0; left = until - clock_span_ms()) {
        int64_t nap = left < slice ? left : slice;
        struct timespec t = {.tv_sec = (time_t)(nap / 1000),
                             .tv_nsec = (long)(nap % 1000) * 1000000};
        if (call->stop != NULL && atomic_load(call->stop))
            return false;
        (void)nanosleep(&t, NULL); /* cut short by a signal: goes on */
    }
    return true;
}

static unsigned char random_byte(void)
{
    unsigned char byte = 128;
    const struct id_source source = id_system();
    (void)source.fill(source.ctx, &byte, 1); /* without: no jitter */
    return byte;
}

/* ---- 4: the exchange ----------------------------------------------------- */

/* The request's headers with the proof's; the array alone is new. */
static struct http_header *all_headers(const struct try *t, size_t *count)
{
    const struct op_request *q = t->request;
    struct http_header *all = calloc(q->header_count + 1, sizeof *all);
    *count = 0;
    if (all == NULL)
        return NULL;
    if (q->header_count > 0)
        memcpy(all, q->headers, q->header_count * sizeof *all);
    *count = q->header_count;
    if (t->proof.header.name != NULL)
        all[(*count)++] = t->proof.header;
    return all;
}

static char *proven_url(const struct try *t)
{
    struct buf b = {0};
    buf_str(&b, t->request->url);
    if (t->proof.query != NULL) {
        buf_char(&b, strchr(t->request->url, '?') == NULL ? '?' : '&');
        buf_str(&b, t->proof.query);
    }
    return buf_take(&b);
}

/* Writes a recording, of the request without its proof. A recording that
 * cannot be written must not stop the work; its replay will say what lacks. */
static void record(const struct try *t, struct http_request request)
{
    request.url = t->request->url;
    request.headers = NULL;
    request.header_count = 0;
    if (t->run->e->recording && t->ended == HTTP_ANSWERED)
        (void)recorder_keep(t->run->e->recorder, &request, t->response);
}

static void send_out(struct try *t)
{
    const struct op_request *q = t->request;
    const struct http_transport *transport = &t->run->e->transport;
    struct http_request request = {
        .method = q->method,
        .body = q->body,
        .body_len = q->body_len,
        .deadline_ms = t->run->call->deadline_ms,
        .stop = t->run->call->stop,
        .once = !q->repeatable,
    };
    struct http_header *headers = all_headers(t, &request.header_count);
    char *url = proven_url(t);
    request.headers = headers;
    request.url = url;
    t->ended = HTTP_NOT_SENT;
    if (headers != NULL && url != NULL) {
        int64_t from = clock_span_ms();
        t->ended = transport->send(transport->ctx, &request, t->response);
        trace_add(t->run->call, q->method, q->url, t->response->status,
                  clock_span_ms() - from);
        record(t, request);
    }
    if (url != NULL && t->proof.query != NULL)
        digest_wipe(url, strlen(url));
    free(url);
    free(headers);
}

/* ---- 1 to 3 -------------------------------------------------------------- */

static enum up_rc circuit_open(struct up_error *err, int64_t wait_ms)
{
    enum up_rc rc =
        op_fail(err, UP_UNAVAILABLE,
                "The helpdesk failed several times in a row and is not asked "
                "for a moment. It is tried again by itself.");
    err->retry_after_s = seconds(wait_ms);
    return rc;
}

static enum up_rc throttled(struct up_error *err, int retry_after_s)
{
    enum up_rc rc = op_fail(err, UP_THROTTLED,
                            "The helpdesk's rate limit leaves no call before "
                            "the deadline. Try again in %d s.",
                            retry_after_s);
    err->retry_after_s = retry_after_s;
    return rc;
}

/* What the circuit learns. A 501 or 505 is an answer of a sound server. */
static void tell_breaker(struct try *t)
{
    struct breaker *b = &account_of(t->run->e, t->run->spec)->breaker;
    int status = t->response->status;
    bool sound = status < 500 || status == 501 || status == 505;
    if (t->ended == HTTP_NOT_SENT && t->run->call->deadline_ms != 0 &&
        clock_span_ms() >= t->run->call->deadline_ms)
        breaker_left(b, clock_span_ms());
    else if (t->ended == HTTP_TOO_LARGE || (t->ended == HTTP_ANSWERED && sound))
        breaker_succeeded(b);
    else
        breaker_failed(b, clock_span_ms());
}

/* UP_OK: the exchange took place, t->ended says how. */
static enum up_rc try_once(struct try *t, struct up_error *err)
{
    struct engine *e = t->run->e;
    struct account *a = account_of(e, t->run->spec);
    struct up_call *call = t->run->call;
    const struct pacer_ask ask = {.write = t->request->write,
                                  .background = call->background,
                                  .deadline_ms = call->deadline_ms,
                                  .stop = call->stop};
    int retry_after_s = 0;
    int64_t wait_ms = 0;
    if (breaker_is_open(&a->breaker, clock_span_ms(), &wait_ms))
        return circuit_open(err, wait_ms);
    if (!pacer_enter(&e->pacer, &ask, &retry_after_s))
        return throttled(err, retry_after_s);
    if (!breaker_enter(&a->breaker, clock_span_ms(), &wait_ms)) {
        pacer_leave(&e->pacer, &ask, NULL);
        return circuit_open(err, wait_ms);
    }
    enum up_rc rc = auth_prove(a->auth, &e->transport, call, &t->proof, err);
    if (rc != UP_OK) {
        breaker_left(&a->breaker, clock_span_ms());
        pacer_leave(&e->pacer, &ask, NULL);
        return rc;
    }
    send_out(t);
    pacer_leave(&e->pacer, &ask,
                t->ended == HTTP_ANSWERED ? t->response : NULL);
    tell_breaker(t);
    t->told_ms = t->ended == HTTP_ANSWERED
                     ? pacer_told_delay(&e->pacer, t->response)
                     : -1;
    return UP_OK;
}

/* ---- 5 and 6 ------------------------------------------------------------- */

/* Whether the try may have had its effect although it did not end well. */
static bool may_have_happened(const struct try *t)
{
    int status = t->response->status;
    if (!t->request->write)
        return false;
    return t->ended == HTTP_CUT_OFF || t->ended == HTTP_TOO_LARGE ||
           (t->ended == HTTP_ANSWERED &&
            (status == 500 || status == 502 || status == 504));
}

/* True: after this pause, try again. A pause that would pass the deadline is
 * not begun. */
static bool pause_and_retry(struct try *t, int attempt)
{
    struct engine *e = t->run->e;
    const struct retry_case c = {
        .rc = t->ended,
        .status = t->response->status,
        .hopeless = t->response->hopeless,
        .method = t->request->method,
        .repeatable = t->request->repeatable,
        .attempt = attempt,
        .told_ms = t->told_ms,
        .random = random_byte(),
    };
    int64_t wait_ms;
    bool again = retry_again(&e->retry, &c, &wait_ms);
    /* The limit is the account's, so everybody waits. */
    if (t->ended == HTTP_ANSWERED && t->response->status == 429)
        pacer_block(&e->pacer, wait_ms);
    return again && op_sleep(t->run->call, wait_ms);
}

/* There is no answer, and there will be none. */
static enum up_rc give_up(const struct try *t, bool maybe_done,
                          struct up_error *err)
{
    const struct http_response *r = t->response;
    const char *why = *r->why == '\0' ? "No memory for a request." : r->why;
    enum up_rc rc = UP_UNAVAILABLE;
    if (maybe_done)
        rc = UP_UNKNOWN;
    else if (t->ended == HTTP_TOO_LARGE)
        rc = UP_FAILED;
    op_fail(err, rc, "%s%s", why,
            maybe_done ? " Whether it did what was asked is not known." : "");
    err->status = r->status;
    if (rc == UP_UNAVAILABLE)
        err->retry_after_s = OP_RETRY_AFTER_S;
    return rc;
}

/* What stopped a later try must not hide that an earlier one may have worked.
 */
static enum up_rc stopped(struct up_error *err, bool maybe_done)
{
    if (maybe_done && (err->rc == UP_UNAVAILABLE || err->rc == UP_THROTTLED))
        err->rc = UP_UNKNOWN;
    return err->rc;
}

enum up_rc exchange_run(const struct op_run *run, const struct op_request *q,
                        struct op_exchange *out, struct up_error *err)
{
    struct try t = {.run = run, .request = q, .response = &out->response};
    bool renewed = false;
    *out = (struct op_exchange){0};
    for (int attempt = 1;; attempt++) {
        http_response_clear(&out->response);
        if (try_once(&t, err) != UP_OK)
            return stopped(err, out->maybe_done);
        bool stale =
            t.ended == HTTP_ANSWERED && out->response.status == 401 &&
            !renewed &&
            auth_rejected(account_of(run->e, run->spec)->auth, &t.proof);
        auth_proof_clear(&t.proof);
        if (stale) {
            renewed = true;
            attempt--;
            continue;
        }
        if (pause_and_retry(&t, attempt)) {
            out->maybe_done = out->maybe_done || may_have_happened(&t);
            continue;
        }
        if (t.ended == HTTP_ANSWERED)
            return UP_OK;
        return give_up(&t, out->maybe_done || may_have_happened(&t), err);
    }
}
