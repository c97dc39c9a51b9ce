/*
 * providers/answer.c - what an answer means
 *
 *   1 the profile's error rules, in their order (a 200 may hold a failure)
 *   2 `success`, or any 2xx
 *   3 what the status itself says about time: 429, 502, 503, 504
 *   4 nothing explains it: UP_FAILED
 */
#include "providers/operation_internal.h"

#include "base/buf.h"
#include "providers/trace.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
/* Kinds of the profile's `as`. Column 3: what the sentence begins with. */
static const struct {
    const char *as;
    enum up_rc rc;
    const char *says;
} kinds[] = {
    {"unauthorized", UP_UNAUTHORIZED, "The helpdesk does not accept our credentials"},
    {"forbidden",    UP_FORBIDDEN,    "The helpdesk does not allow our account to do this"},
    {"protected",    UP_PROTECTED,    "The helpdesk protects this account"},
    {"not_found",    UP_NOT_FOUND,    "The helpdesk does not know it"},
    {"exists",       UP_CONFLICT,     "The helpdesk already has one like it"},
    {"no_seat",      UP_NO_SEAT,      "The helpdesk has no free seat"},
    {"invalid",      UP_INVALID,      "The helpdesk rejects a value"},
    {"temporary",    UP_UNAVAILABLE,  "The helpdesk cannot do this at the moment"},
    {"unsupported",  UP_UNSUPPORTED,  "The helpdesk does not offer this to our account"},
};
/* clang-format on */

enum up_rc op_fail(struct up_error *err, enum up_rc rc, const char *format, ...)
{
    va_list args;
    *err = (struct up_error){.rc = rc};
    va_start(args, format);
    (void)vsnprintf(err->detail, sizeof err->detail, format, args);
    va_end(args);
    return rc;
}

enum up_rc op_kind(const char *as, const char **says)
{
    for (size_t i = 0; as != NULL && i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(as, kinds[i].as) == 0) {
            *says = kinds[i].says;
            return kinds[i].rc;
        }
    return UP_OK;
}

bool op_is_refusal(enum up_rc rc)
{
    switch (rc) {
    case UP_NOT_FOUND:
    case UP_CONFLICT:
    case UP_INVALID:
    case UP_FORBIDDEN:
    case UP_PROTECTED:
    case UP_NO_SEAT:
        return true;
    case UP_OK:
    case UP_UNSUPPORTED:
    case UP_UNAUTHORIZED:
    case UP_THROTTLED:
    case UP_UNAVAILABLE:
    case UP_UNKNOWN:
    case UP_FAILED:
        break;
    }
    return false;
}

/* ---- looking at an answer ------------------------------------------------ */

static const char *view_header(void *ctx, const char *name)
{
    return http_response_header(ctx, name);
}

struct answer answer_view(const struct http_response *r, const json_t *body)
{
    return (struct answer){.status = r->status,
                           .body = body,
                           .header = view_header,
                           .ctx = (void *)r};
}

json_t *answer_body(const struct http_response *r)
{
    json_error_t ignored;
    if (r->body == NULL)
        return NULL;
    return json_loadb(r->body, r->body_len, JSON_DECODE_ANY, &ignored);
}

static bool is_html(const struct http_response *r)
{
    const char *type = http_response_header(r, "Content-Type");
    return type != NULL && strncmp(type, "text/html", 9) == 0;
}

/* ---- the sentence -------------------------------------------------------- */

/* The texts at one path: a text, or the texts of a list. */
static void add_words(const json_t *body, const char *path, struct buf *b)
{
    json_t *all = path == NULL ? NULL : select_all(body, path);
    size_t i;
    json_t *value;
    json_array_foreach (all, i, value) {
        size_t k;
        json_t *one;
        if (json_is_string(value))
            buf_str(b, json_string_value(value));
        json_array_foreach (value, k, one) {
            buf_str(b, json_is_string(one) ? json_string_value(one) : "");
            buf_char(b, ' ');
        }
        buf_char(b, ' ');
    }
    json_decref(all);
}

/* The helpdesk's own words, from every path of `error_detail`. */
static void own_words(const struct op_run *run, const json_t *body, char *out,
                      size_t size)
{
    const struct account *account = account_of(run->e, run->spec);
    const json_t *path = json_object_get(account->spec, "error_detail");
    struct buf b = {0};
    size_t i;
    json_t *one;
    out[0] = '\0';
    if (json_is_string(path))
        add_words(body, json_string_value(path), &b);
    json_array_foreach (path, i, one) {
        add_words(body, json_string_value(one), &b);
    }
    if (buf_ok(&b) && b.data != NULL) {
        auth_scrub(account->auth, b.data);
        trace_line(out, size, b.data);
    }
    buf_clear(&b);
}

static enum up_rc say(const struct op_run *run, const struct http_response *r,
                      const json_t *body, enum up_rc rc, const char *says,
                      struct up_error *err)
{
    char words[360];
    own_words(run, body, words, sizeof words);
    (void)op_fail(err, rc, "%s (%s: status %d)%s%s", says, run->op, r->status,
                  *words == '\0' ? "." : ": ", words);
    err->status = r->status;
    int64_t told = pacer_told_delay(&run->e->pacer, r);
    if (rc == UP_THROTTLED || rc == UP_UNAVAILABLE)
        err->retry_after_s = told < 0    ? OP_RETRY_AFTER_S
                             : told == 0 ? 1
                                         : (int)((told + 999) / 1000);
    return rc;
}

/* ---- rules --------------------------------------------------------------- */

static bool names(const json_t *list, const char *name)
{
    size_t i;
    json_t *one;
    json_array_foreach (list, i, one) {
        const char *text = json_string_value(one);
        if (text != NULL && strcmp(text, name) == 0)
            return true;
    }
    return false;
}

/* A rule with `confirm` counts when that operation is answered as done. */
static bool confirmed(const struct op_run *run, const json_t *rule)
{
    const char *op = json_string_value(json_object_get(rule, "confirm"));
    struct op_result ignored = {0};
    struct up_error why;
    if (op == NULL)
        return true;
    bool ok = op_run_inner(run, op, run->vars, &ignored, &why) == UP_OK;
    op_result_clear(&ignored);
    return ok;
}

static const json_t *matching_rule(const struct op_run *run,
                                   const struct answer *a)
{
    size_t i;
    json_t *rule;
    json_array_foreach (json_object_get(run->e->profile, "errors"), i, rule) {
        const json_t *only = json_object_get(rule, "only_ops");
        if ((only == NULL || names(only, run->op)) && rule_matches(rule, a) &&
            confirmed(run, rule))
            return rule;
    }
    return NULL;
}

/* A text that a rule points at; a JSON pointer shrinks to its last word. */
static void pointed_at(const json_t *rule, const char *key, const json_t *body,
                       char *out, size_t size)
{
    const char *path = json_string_value(json_object_get(rule, key));
    char *text = path == NULL ? NULL : select_text(select_path(body, path));
    if (text != NULL) {
        const char *slash = *text == '/' ? strrchr(text, '/') + 1 : text;
        trace_line(out, size, slash);
    }
    free(text);
}

/* A page of a gateway is not the helpdesk saying that something is gone. */
static bool foreign_page(const json_t *rule, enum up_rc rc,
                         const struct http_response *r)
{
    return rc == UP_NOT_FOUND && is_html(r) &&
           json_object_get(rule, "path") == NULL &&
           json_object_get(rule, "header") == NULL;
}

static enum up_rc by_rule(const struct op_run *run, const struct op_exchange *x,
                          const json_t *rule, struct op_answer *out,
                          struct up_error *err)
{
    const struct http_response *r = &x->response;
    const char *as = json_string_value(json_object_get(rule, "as"));
    const char *says = NULL;
    enum up_rc rc = op_kind(as, &says);
    if (says == NULL || foreign_page(rule, rc, r))
        return say(run, r, out->body, UP_FAILED,
                   "Something else than the helpdesk's API answered; check "
                   "base_url",
                   err);
    if (names(json_object_get(run->spec, "ok_as"), as)) {
        out->excused = true;
        return UP_OK;
    }
    /* A repeat that is told "not now" does not undo the try before it. */
    if (rc == UP_UNAVAILABLE && x->maybe_done)
        rc = UP_UNKNOWN;
    (void)say(run, r, out->body, rc, says, err);
    pointed_at(rule, "field", out->body, err->field, sizeof err->field);
    pointed_at(rule, "existing_id", out->body, err->existing_id,
               sizeof err->existing_id);
    return rc;
}

/* ---- statuses ------------------------------------------------------------ */

static bool succeeded(const struct op_run *run, int status)
{
    const json_t *success = json_object_get(run->spec, "success");
    size_t i;
    json_t *one;
    if (success == NULL)
        return status >= 200 && status < 300;
    json_array_foreach (success, i, one) {
        if (json_is_integer(one) && json_integer_value(one) == status)
            return true;
    }
    return false;
}

static enum up_rc by_status(const struct op_run *run,
                            const struct op_request *q,
                            const struct op_exchange *x, const json_t *body,
                            struct up_error *err)
{
    const struct http_response *r = &x->response;
    bool gateway = r->status == 502 || r->status == 504;
    if (r->status == 429 && !x->maybe_done)
        return say(run, r, body, UP_THROTTLED,
                   "The helpdesk's rate limit is reached", err);
    if ((q->write && gateway) ||
        (x->maybe_done && (r->status == 429 || r->status >= 500)))
        return say(run, r, body, UP_UNKNOWN,
                   "The helpdesk failed; whether it did what was asked is not "
                   "known",
                   err);
    if (r->status == 503 || gateway)
        return say(run, r, body, UP_UNAVAILABLE,
                   "The helpdesk is not available at the moment", err);
    if (r->status >= 300 && r->status < 400)
        return say(run, r, body, UP_FAILED,
                   "The helpdesk redirects the call, which is not followed; "
                   "check base_url",
                   err);
    if (r->status == 401)
        return say(run, r, body, UP_UNAUTHORIZED, kinds[0].says, err);
    return say(run, r, body, UP_FAILED,
               "The helpdesk gave an answer that its profile does not explain",
               err);
}

enum up_rc answer_judge(const struct op_run *run, const struct op_request *q,
                        const struct op_exchange *x, struct op_answer *out,
                        struct up_error *err)
{
    const struct http_response *r = &x->response;
    *out = (struct op_answer){.body = answer_body(r)};
    const struct answer view = answer_view(r, out->body);
    if (capability_learn(run, q, r, out->body))
        return say(run, r, out->body, UP_UNSUPPORTED,
                   "The helpdesk does not offer this to our account", err);
    const json_t *rule = matching_rule(run, &view);
    if (rule != NULL) {
        enum up_rc rc = by_rule(run, x, rule, out, err);
        if (rc == UP_UNSUPPORTED)
            capability_lost(run, q, r);
        return rc;
    }
    if (succeeded(run, r->status))
        return UP_OK;
    return by_status(run, q, x, out->body, err);
}
