/*
 * providers/capability.c - what this account is known to have or to lack
 *
 *   verdict    becomes                                     by
 *   unknown    present, absent                             an answer that a
 * rule names present    absent                                      the same,
 * or "unsupported" absent     present, or tried again once due            the
 * same
 *
 * An answer that no rule names leaves the verdict as it was. What is unknown is
 * tried. Each verdict is kept with its evidence.
 */
#include "providers/operation_internal.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

#define RECHECK_S 3600 /* where the profile names no time */

struct capabilities {
    pthread_mutex_t lock;
    json_t *known; /* operation -> evidence */
};

/* Without these there is no helpdesk at all: a foreign 404 must not hide them.
 */
static const char *const vital[] = {"probe", "users.list", "users.get"};

struct capabilities *capabilities_new(void)
{
    struct capabilities *c = calloc(1, sizeof *c);
    if (c == NULL)
        return NULL;
    c->known = json_object();
    (void)pthread_mutex_init(&c->lock, NULL);
    if (c->known != NULL)
        return c;
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

static const json_t *rule_of(const struct engine *e, const char *op)
{
    return json_object_get(json_object_get(e->profile, "capabilities"), op);
}

static bool is_vital(const char *op)
{
    for (size_t i = 0; i < sizeof vital / sizeof vital[0]; i++)
        if (strcmp(op, vital[i]) == 0)
            return true;
    return false;
}

/* Under the lock: asked so long ago that it must be asked again. */
static bool due(const struct engine *e, const char *op, const json_t *evidence)
{
    const json_t *recheck = json_object_get(rule_of(e, op), "recheck_s");
    int64_t after =
        json_is_integer(recheck) ? json_integer_value(recheck) : RECHECK_S;
    int64_t at = json_integer_value(json_object_get(evidence, "span_ms"));
    return clock_span_ms() - at >= after * 1000;
}

bool capability_present(const struct engine *e, const char *op)
{
    bool present = true;
    pthread_mutex_lock(&e->caps->lock);
    const json_t *evidence = json_object_get(e->caps->known, op);
    const char *verdict =
        json_string_value(json_object_get(evidence, "verdict"));
    if (verdict != NULL && strcmp(verdict, "absent") == 0)
        present = due(e, op, evidence);
    pthread_mutex_unlock(&e->caps->lock);
    return present;
}

static void keep(struct engine *e, const char *op, const char *verdict,
                 const struct http_response *r, const char *rule)
{
    char at[CLOCK_TEXT_SIZE];
    clock_format(clock_now(&e->clock), at);
    json_t *evidence = json_pack(
        "{s:s, s:i, s:s?, s:s, s:s, s:I}", "verdict", verdict, "status",
        r->status, "content_type", http_response_header(r, "Content-Type"),
        "rule", rule, "at", at, "span_ms", (json_int_t)clock_span_ms());
    pthread_mutex_lock(&e->caps->lock);
    (void)json_object_set_new(e->caps->known, op, evidence);
    pthread_mutex_unlock(&e->caps->lock);
}

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

/* Asked in vain: the verdict stays, and the next question waits its time. */
static void put_off(struct engine *e, const char *op,
                    const struct http_response *r)
{
    pthread_mutex_lock(&e->caps->lock);
    json_t *evidence = json_object_get(e->caps->known, op);
    if (evidence != NULL)
        (void)json_object_set_new(evidence, "span_ms",
                                  json_integer(clock_span_ms()));
    pthread_mutex_unlock(&e->caps->lock);
    if (evidence == NULL)
        keep(e, op, "unknown", r, "none");
}

enum judged { JUDGED_NOT, JUDGED_PRESENT, JUDGED_ABSENT };

static enum judged judge(struct engine *e, const char *op,
                         const json_t *capability,
                         const struct http_response *r, const json_t *body)
{
    const struct answer a = answer_view(r, body);
    if (any_matches(json_object_get(capability, "present"), &a)) {
        keep(e, op, "present", r, "present");
        return JUDGED_PRESENT;
    }
    if (!any_matches(json_object_get(capability, "absent"), &a))
        return JUDGED_NOT;
    keep(e, op, "absent", r, "absent");
    return JUDGED_ABSENT;
}

bool capability_learn(struct engine *e, const char *op,
                      const struct http_response *r, const json_t *body)
{
    const json_t *capability = rule_of(e, op);
    const char *asks = json_string_value(json_object_get(capability, "op"));
    if (capability == NULL || (asks != NULL && strcmp(asks, op) != 0))
        return false;
    return judge(e, op, capability, r, body) == JUDGED_ABSENT;
}

void capability_lost(struct engine *e, const char *op,
                     const struct http_response *r)
{
    if (!is_vital(op))
        keep(e, op, "absent", r, "unsupported");
}

/* A call of its own that learns about another operation. */
void capability_ask(const struct op_run *run)
{
    struct engine *e = run->e;
    const json_t *capability = rule_of(e, run->op);
    const char *asks = json_string_value(json_object_get(capability, "op"));
    if (run->call->plan != NULL) /* a question may be a write */
        return;
    if (asks == NULL || strcmp(asks, run->op) == 0)
        return;
    pthread_mutex_lock(&e->caps->lock);
    const json_t *evidence = json_object_get(e->caps->known, run->op);
    bool ask = evidence == NULL || due(e, run->op, evidence);
    pthread_mutex_unlock(&e->caps->lock);
    if (!ask)
        return;

    struct op_run asking = *run;
    struct op_request q;
    struct op_exchange x = {0};
    struct up_error ignored;
    const struct vars none = {.scope = {e->variables}, .count = 1};
    asking.op = asks;
    asking.spec = json_object_get(e->operations, asks);
    asking.vars = &none;
    if (request_build(&asking, &q, &ignored) != UP_OK)
        return;
    if (exchange_run(&asking, &q, &x, &ignored) == UP_OK) {
        json_t *body = answer_body(&x.response);
        if (judge(e, run->op, capability, &x.response, body) == JUDGED_NOT)
            put_off(e, run->op, &x.response);
        json_decref(body);
    }
    http_response_clear(&x.response);
    request_clear(&q);
}

void engine_ask(struct engine *e, struct up_call *call)
{
    const char *op;
    json_t *capability;
    const json_t *all = json_object_get(e->profile, "capabilities");
    json_object_foreach ((json_t *)all, op, capability) {
        const struct op_run run = {.e = e, .call = call, .op = op};
        capability_ask(&run);
    }
}

json_t *engine_capabilities(const struct engine *e)
{
    const char *op;
    json_t *evidence;
    pthread_mutex_lock(&e->caps->lock);
    json_t *copy = json_deep_copy(e->caps->known);
    pthread_mutex_unlock(&e->caps->lock);
    json_object_foreach (copy, op, evidence) {
        (void)json_object_del(evidence, "span_ms");
    }
    return copy;
}
