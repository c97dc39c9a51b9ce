/*
 * providers/capability.c - what this account is known to have or to lack
 *
 *   verdict    becomes              by
 *   unknown    present, absent      an answer that a rule names
 *   present    absent               the same, or "unsupported"
 *   absent     present              the same; asked or tried again once due
 *   forced     nothing else         the operator's word
 *
 * An answer that no rule names leaves the verdict as it was. What is unknown is
 * tried, but where the profile says `unknown` is absent. Each verdict is kept
 * with its evidence: a sentence that says what was asked and what came back.
 *
 * An operation needs the capability of its own name and those of its `needs`.
 * One that shows to be missing although nobody declared it is kept as well,
 * under the operation's name.
 */
#include "providers/operation_internal.h"

#include "base/buf.h"
#include "base/clock.h"
#include "providers/url.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RECHECK_S 3600   /* where the profile names no time */
#define AGAIN_MS  300000 /* after a question that was asked in vain */

struct capabilities {
    pthread_mutex_t lock;
    json_t *known; /* name -> verdict, evidence, at, next, forced */
    up_learned *learned;
    void *ctx;
};

enum judged { JUDGED_NOT, JUDGED_PRESENT, JUDGED_ABSENT };

static const char *text(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

/* Without these there is no helpdesk at all: a foreign 404 must not hide them.
 */
static bool is_vital(const char *op)
{
    static const char *const vital[] = {"probe", "users.list", "users.get"};
    for (size_t i = 0; i < sizeof vital / sizeof vital[0]; i++)
        if (strcmp(op, vital[i]) == 0)
            return true;
    return false;
}

/* ---- opening ------------------------------------------------------------- */

static void force(struct capabilities *c, const struct up_setting *list)
{
    char sentence[200];
    for (; list != NULL && list->name != NULL; list++) {
        bool on = strcmp(list->value, "on") == 0;
        if (!on && strcmp(list->value, "off") != 0)
            continue; /* auto */
        (void)snprintf(sentence, sizeof sentence,
                       "The operator says so: capability.%.80s = %s.",
                       list->name, list->value);
        (void)json_object_set_new(c->known, list->name,
                                  json_pack("{s:s, s:s, s:b}", "verdict",
                                            on ? "present" : "absent",
                                            "evidence", sentence, "forced", 1));
    }
}

struct capabilities *capabilities_new(const struct engine_config *config)
{
    struct capabilities *c = calloc(1, sizeof *c);
    if (c == NULL)
        return NULL;
    c->known = json_object();
    c->learned = config->learned;
    c->ctx = config->ctx;
    (void)pthread_mutex_init(&c->lock, NULL);
    if (c->known != NULL) {
        force(c, config->forced);
        return c;
    }
    capabilities_free(c);
    return NULL;
}

void capabilities_free(struct capabilities *c)
{
    if (c == NULL)
        return;
    json_decref(c->known);
    (void)pthread_mutex_destroy(&c->lock);
    free(c);
}

/* ---- the profile's words ------------------------------------------------- */

static const json_t *rule_of(const struct engine *e, const char *name)
{
    return json_object_get(json_object_get(e->profile, "capabilities"), name);
}

/* The operation that asks about it; NULL: only real calls tell. */
static const char *question_of(const struct engine *e, const char *name)
{
    return text(rule_of(e, name), "op");
}

/* The operation whose answer is judged: of a question in steps, the last. */
static const char *judged_op(const struct engine *e, const char *name)
{
    const char *op = question_of(e, name);
    const json_t *steps =
        json_object_get(json_object_get(e->operations, op), "steps");
    size_t n = json_array_size(steps);
    return n == 0 ? op : text(json_array_get(steps, n - 1), "op");
}

static int64_t recheck_ms(const struct engine *e, const char *name)
{
    const json_t *wish = json_object_get(rule_of(e, name), "recheck_s");
    return 1000 * (json_is_integer(wish) ? json_integer_value(wish)
                                         : (json_int_t)RECHECK_S);
}

/* What an operation needs: its `needs`, by number, then its own name. */
static const char *need(const struct op_run *run, size_t i)
{
    const json_t *needs = json_object_get(run->spec, "needs");
    if (i < json_array_size(needs))
        return json_string_value(json_array_get(needs, i));
    return i == json_array_size(needs) ? run->op : NULL;
}

/* ---- what is known ------------------------------------------------------- */

/* Under the lock. */
static bool due(const struct engine *e, const json_t *known)
{
    return clock_now(&e->clock) >=
           json_integer_value(json_object_get(known, "next"));
}

static bool is_absent(const struct engine *e, const char *name)
{
    const json_t *known = json_object_get(e->caps->known, name);
    const char *verdict = text(known, "verdict");
    const char *unknown = text(rule_of(e, name), "unknown");
    bool shut = unknown != NULL && strcmp(unknown, "absent") == 0;
    if (verdict == NULL || strcmp(verdict, "unknown") == 0)
        return shut;
    if (strcmp(verdict, "absent") != 0)
        return false;
    return shut || json_is_true(json_object_get(known, "forced")) ||
           !due(e, known);
}

bool capability_present(const struct engine *e, const char *op)
{
    const struct op_run run = {.op = op,
                               .spec = json_object_get(e->operations, op)};
    const char *name;
    bool present = true;
    pthread_mutex_lock(&e->caps->lock);
    for (size_t i = 0; (name = need(&run, i)) != NULL; i++)
        present = present && !is_absent(e, name);
    pthread_mutex_unlock(&e->caps->lock);
    return present;
}

/* What keeps a verdict: whose, what was found, and when to ask again. */
struct finding {
    const char *name, *verdict, *sentence;
    int status;
    int64_t ask_again_ms; /* from now */
};

static void keep(struct engine *e, const struct finding *f)
{
    struct capabilities *c = e->caps;
    int64_t now = clock_now(&e->clock);
    pthread_mutex_lock(&c->lock);
    const json_t *old = json_object_get(c->known, f->name);
    const char *was = text(old, "verdict");
    bool forced = json_is_true(json_object_get(old, "forced"));
    /* A loss is doubted: it is asked about again soon. */
    int64_t wait = f->ask_again_ms;
    if (was != NULL && strcmp(was, "present") == 0 &&
        strcmp(f->verdict, "absent") == 0 && wait > AGAIN_MS)
        wait = AGAIN_MS;
    /* The same again, long before it is due, is no news. */
    bool news = !forced && (was == NULL || strcmp(was, f->verdict) != 0 ||
                            due(e, old) || f->ask_again_ms == 0);
    int64_t next = now + wait;
    if (news)
        (void)json_object_set_new(
            c->known, f->name,
            json_pack("{s:s, s:s, s:i, s:I, s:I}", "verdict", f->verdict,
                      "evidence", f->sentence, "status", f->status, "at",
                      (json_int_t)now, "next", (json_int_t)next));
    pthread_mutex_unlock(&c->lock);
    const struct up_capability told = {f->name, f->verdict, f->sentence, now};
    if (news && c->learned != NULL && strcmp(f->verdict, "unknown") != 0)
        c->learned(c->ctx, &told);
}

void engine_remember(struct engine *e, const struct up_capability *known)
{
    pthread_mutex_lock(&e->caps->lock);
    const json_t *operations = e->operations;
    bool named = rule_of(e, known->name) != NULL ||
                 json_object_get(operations, known->name) != NULL;
    int64_t next = known->at + recheck_ms(e, known->name);
    if (named && json_object_get(e->caps->known, known->name) == NULL)
        (void)json_object_set_new(
            e->caps->known, known->name,
            json_pack("{s:s, s:s, s:I, s:I}", "verdict", known->verdict,
                      "evidence", known->evidence, "at", (json_int_t)known->at,
                      "next", (json_int_t)next));
    pthread_mutex_unlock(&e->caps->lock);
}

/* ---- the sentence -------------------------------------------------------- */

static char *sentence_of(const struct engine *e, const char *name,
                         const struct op_request *q,
                         const struct http_response *r, const char *therefore)
{
    struct buf b = {0};
    const char *asks = text(rule_of(e, name), "asks");
    const char *type = http_response_header(r, "Content-Type");
    char *path = q == NULL ? NULL : url_path_shown(q->url);
    if (asks != NULL)
        buf_fmt(&b, "To %s", asks);
    if (q != NULL)
        buf_fmt(&b, "%s%s %s%s", asks != NULL ? " (" : "To ", q->method,
                path == NULL ? "" : path, asks != NULL ? ")" : "");
    else if (asks == NULL)
        buf_str(&b, "When asked");
    buf_fmt(&b, " the helpdesk answered %d%s%.80s: %s.", r->status,
            type == NULL ? "" : " ", type == NULL ? "" : type, therefore);
    free(path);
    return buf_take(&b);
}

/* ---- judging an answer --------------------------------------------------- */

static bool any_matches(const json_t *rules, const struct answer *a)
{
    size_t i;
    json_t *rule;
    json_array_foreach (rules, i, rule) {
        if (rule_matches(rule, a))
            return true;
    }
    return false;
}

static enum judged judge(struct engine *e, const char *name,
                         const struct op_request *q,
                         const struct http_response *r, const json_t *body)
{
    const struct answer a = answer_view(r, body);
    const json_t *rule = rule_of(e, name);
    bool present = any_matches(json_object_get(rule, "present"), &a);
    if (!present && !any_matches(json_object_get(rule, "absent"), &a))
        return JUDGED_NOT;
    char *sentence = sentence_of(
        e, name, q, r, present ? "it is offered" : "it is not offered");
    const struct finding f = {.name = name,
                              .verdict = present ? "present" : "absent",
                              .sentence = sentence == NULL ? "" : sentence,
                              .status = r->status,
                              .ask_again_ms = recheck_ms(e, name)};
    keep(e, &f);
    free(sentence);
    return present ? JUDGED_PRESENT : JUDGED_ABSENT;
}

static bool needs(const struct op_run *run, const char *name)
{
    const char *one;
    for (size_t i = 0; (one = need(run, i)) != NULL; i++)
        if (strcmp(one, name) == 0)
            return true;
    return false;
}

static bool is_forced(const struct engine *e, const char *name)
{
    pthread_mutex_lock(&e->caps->lock);
    bool forced = json_is_true(
        json_object_get(json_object_get(e->caps->known, name), "forced"));
    pthread_mutex_unlock(&e->caps->lock);
    return forced;
}

bool capability_learn(const struct op_run *run, const struct op_request *q,
                      const struct http_response *r, const json_t *body)
{
    const char *name;
    json_t *rule;
    bool lost = false;
    json_object_foreach (json_object_get(run->e->profile, "capabilities"), name,
                         rule) {
        /* Without a question, whatever needs it tells. */
        bool tells = question_of(run->e, name) == NULL
                         ? needs(run, name)
                         : strcmp(judged_op(run->e, name), run->op) == 0;
        if (!tells)
            continue;
        bool absent = judge(run->e, name, q, r, body) == JUDGED_ABSENT;
        lost = lost || (absent && !run->asking && needs(run, name) &&
                        !is_forced(run->e, name));
    }
    return lost;
}

/* An answer that contradicts what was believed: what can be asked about is
 * asked about before it is tried again. */
void capability_lost(const struct op_run *run, const struct op_request *q,
                     const struct http_response *r)
{
    struct engine *e = run->e;
    const char *name;
    if (is_vital(run->op) || run->asking)
        return;
    bool declared = json_array_size(json_object_get(run->spec, "needs")) > 0;
    for (size_t i = 0; (name = need(run, i)) != NULL; i++) {
        if (declared && rule_of(e, name) == NULL)
            continue;
        char *sentence = sentence_of(e, name, q, r, "it is not offered");
        bool asks = question_of(e, name) != NULL &&
                    strcmp(question_of(e, name), run->op) != 0;
        const struct finding f = {.name = name,
                                  .verdict = "absent",
                                  .sentence = sentence == NULL ? "" : sentence,
                                  .status = r->status,
                                  .ask_again_ms =
                                      asks ? 0 : recheck_ms(e, name)};
        keep(e, &f);
        free(sentence);
    }
}

/* ---- asking -------------------------------------------------------------- */

/* Asked in vain: the verdict stays, and the next question waits a while. */
static void put_off(struct engine *e, const char *name, int status)
{
    char sentence[160];
    (void)snprintf(sentence, sizeof sentence,
                   "Asked, but the answer (status %d) tells nothing.", status);
    int64_t wait = recheck_ms(e, name) < AGAIN_MS ? recheck_ms(e, name)
                                                  : (int64_t)AGAIN_MS;
    pthread_mutex_lock(&e->caps->lock);
    json_t *known = json_object_get(e->caps->known, name);
    if (known != NULL)
        (void)json_object_set_new(known, "next",
                                  json_integer(clock_now(&e->clock) + wait));
    pthread_mutex_unlock(&e->caps->lock);
    const struct finding f = {.name = name,
                              .verdict = "unknown",
                              .sentence = sentence,
                              .status = status,
                              .ask_again_ms = wait};
    if (known == NULL)
        keep(e, &f);
}

/* What was learned last about it: a time that changes with each finding. */
static int64_t next_of(const struct engine *e, const char *name, bool *forced)
{
    pthread_mutex_lock(&e->caps->lock);
    const json_t *known = json_object_get(e->caps->known, name);
    int64_t next = json_integer_value(json_object_get(known, "next"));
    *forced = json_is_true(json_object_get(known, "forced"));
    pthread_mutex_unlock(&e->caps->lock);
    return next;
}

/* Every account that the question's calls need is configured. */
static bool can_ask(const struct engine *e, const char *op)
{
    const json_t *spec = json_object_get(e->operations, op);
    size_t i;
    json_t *step;
    if (spec == NULL || account_of(e, spec) == NULL)
        return false;
    json_array_foreach (json_object_get(spec, "steps"), i, step) {
        const json_t *inner = json_object_get(e->operations, text(step, "op"));
        if (account_of(e, inner) == NULL)
            return false;
    }
    return true;
}

static void ask(struct engine *e, struct up_call *call, const char *name)
{
    const char *question = question_of(e, name);
    struct up_error err = {.rc = UP_OK};
    struct op_result ignored = {0};
    bool forced;
    int64_t next = next_of(e, name, &forced);
    if (question == NULL || forced || clock_now(&e->clock) < next ||
        !can_ask(e, question))
        return;
    const struct vars none = {.scope = {e->variables}, .count = 1};
    const struct op_run run = {
        .e = e, .call = call, .op = question, .vars = &none, .asking = true};
    enum up_rc rc = op_run_inner(&run, question, &none, &ignored, &err);
    int status = rc == UP_OK ? ignored.status : err.status;
    op_result_clear(&ignored);
    if (status == 0 || next_of(e, name, &forced) != next)
        return; /* no answer, or one that told something */
    /* A step before the last one failed: its status alone is judged. */
    const struct http_response failed = {.status = status};
    if (rc == UP_OK || judge(e, name, NULL, &failed, NULL) != JUDGED_ABSENT)
        put_off(e, name, status);
}

void capability_ask(const struct op_run *run)
{
    const char *name;
    if (run->call->plan != NULL) /* a question may be a write */
        return;
    for (size_t i = 0; (name = need(run, i)) != NULL; i++) {
        const char *question = question_of(run->e, name);
        if (question != NULL && strcmp(question, run->op) != 0)
            ask(run->e, run->call, name);
    }
}

void engine_ask(struct engine *e, struct up_call *call)
{
    const char *name;
    json_t *rule;
    if (call->plan != NULL)
        return;
    json_object_foreach (json_object_get(e->profile, "capabilities"), name,
                         rule) {
        ask(e, call, name);
    }
}

/* ---- telling ------------------------------------------------------------- */

static json_t *untold(const struct engine *e, const char *name)
{
    const char *question = question_of(e, name);
    bool off = question != NULL && !can_ask(e, question);
    return json_pack(
        "{s:s, s:s}", "verdict", off ? "absent" : "unknown", "evidence",
        off ? "Not asked: the configuration lacks a secret that this needs."
        : question == NULL ? "Not asked: the first real call will tell."
                           : "Not asked yet.");
}

json_t *engine_capabilities(const struct engine *e)
{
    const char *name;
    json_t *known;
    char at[CLOCK_TEXT_SIZE];
    json_t *all = json_object();
    json_object_foreach (json_object_get(e->profile, "capabilities"), name,
                         known) {
        if (json_is_object(known))
            (void)json_object_set_new(all, name, untold(e, name));
    }
    pthread_mutex_lock(&e->caps->lock);
    json_object_foreach (e->caps->known, name, known) {
        json_t *copy = json_deep_copy(known);
        json_int_t when = json_integer_value(json_object_get(known, "at"));
        (void)json_object_del(copy, "next");
        clock_format(when, at);
        if (when > 0)
            (void)json_object_set_new(copy, "at", json_string(at));
        (void)json_object_set_new(all, name, copy);
    }
    pthread_mutex_unlock(&e->caps->lock);
    return all;
}
