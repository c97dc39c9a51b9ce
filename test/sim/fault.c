/*
 * test/sim/fault.c - what goes wrong on purpose, and when
 */
#include "test/sim/fault.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test/sim/mem.h"
#include "test/sim/text.h"

enum { HANG_MS = 600000 };

/* In the order of enum fault_kind. */
static const struct {
    const char *name;
    bool work;
} kinds[FAULT_KINDS] = {
    {"status", false},       {"delay", true},        {"delay_after", true},
    {"hang", false},         {"drop_before", false}, {"drop_after", true},
    {"reset_before", false}, {"reset_after", true},  {"truncate", true},
    {"html", false},         {"garbage", true},      {"huge", true},
    {"endless", true},       {"redirect", false},    {"wrong_type", true},
    {"content_type", true},  {"slow", true},         {"raw", false},
};

static const char *const members[] = {
    "match", "kind",    "after",    "count", "work",     "status",
    "body",  "headers", "delay_ms", "bytes", "location", "type",
};

static const char *const matchers[] = {
    "method", "path", "contains", "operation", "body",
};

static bool known(const json_t *object, const char *const *names, size_t count,
                  char *why, size_t size)
{
    const char *key = NULL;
    json_t *value = NULL;

    json_object_foreach ((json_t *)object, key, value) {
        bool found = false;
        for (size_t i = 0; i < count && !found; i++)
            found = strcmp(names[i], key) == 0;
        if (!found) {
            (void)snprintf(why, size, "A fault has no member \"%s\".", key);
            return false;
        }
    }
    return true;
}

static bool kind_of(const json_t *say, enum fault_kind *kind, char *why,
                    size_t size)
{
    const char *name = json_string_value(json_object_get(say, "kind"));
    struct text names = {0};

    for (size_t i = 0; i < FAULT_KINDS; i++) {
        if (name != NULL && strcmp(kinds[i].name, name) == 0) {
            *kind = (enum fault_kind)i;
            text_clear(&names);
            return true;
        }
        text_addf(&names, "%s%s", i ? ", " : "", kinds[i].name);
    }
    (void)snprintf(why, size, "The kind of a fault is one of %s.", names.at);
    text_clear(&names);
    return false;
}

static long number_of(const json_t *say, const char *name, long otherwise)
{
    const json_t *value = json_object_get(say, name);

    return json_is_integer(value) ? (long)json_integer_value(value) : otherwise;
}

const struct fault *faults_add(struct faults *f, const json_t *say, char *why,
                               size_t size)
{
    enum fault_kind kind = FAULT_STATUS;

    if (!json_is_object(say)) {
        (void)snprintf(why, size, "A fault is a JSON object.");
        return NULL;
    }
    if (!kind_of(say, &kind, why, size) ||
        !known(say, members, sizeof(members) / sizeof(members[0]), why, size) ||
        !known(json_object_get(say, "match"), matchers,
               sizeof(matchers) / sizeof(matchers[0]), why, size))
        return NULL;

    struct fault *fault = mem_new(sizeof(*fault));
    const json_t *work = json_object_get(say, "work");
    fault->number = ++f->last_number;
    fault->kind = kind;
    fault->work = json_is_boolean(work) ? json_is_true(work) : kinds[kind].work;
    fault->say = json_deep_copy(say);
    fault->after = number_of(say, "after", 0);
    fault->count = number_of(say, "count", 1);
    struct fault **at = &f->first;
    while (*at != NULL)
        at = &(*at)->next;
    *at = fault;
    return fault;
}

void faults_clear(struct faults *f)
{
    for (struct fault *fault = f->first, *next; fault; fault = next) {
        next = fault->next;
        json_decref(fault->say);
        free(fault);
    }
    f->first = NULL;
}

json_t *faults_json(const struct faults *f)
{
    json_t *all = json_array();

    for (const struct fault *fault = f->first; fault; fault = fault->next) {
        json_t *one = json_copy(fault->say);
        json_object_set_new(one, "id", json_integer(fault->number));
        json_object_set_new(one, "hits", json_integer(fault->hits));
        json_array_append_new(all, one);
    }
    return all;
}

static bool holds(const struct fault *fault, const struct request *r,
                  const char *operation)
{
    const json_t *match = json_object_get(fault->say, "match");
    const char *method = json_string_value(json_object_get(match, "method"));
    const char *path = json_string_value(json_object_get(match, "path"));
    const char *part = json_string_value(json_object_get(match, "contains"));
    const char *op = json_string_value(json_object_get(match, "operation"));
    const char *body = json_string_value(json_object_get(match, "body"));

    return (method == NULL || strcmp(method, r->method) == 0) &&
           (path == NULL || strncmp(path, r->path, strlen(path)) == 0) &&
           (part == NULL || strstr(r->path, part) != NULL ||
            strstr(r->query, part) != NULL) &&
           (op == NULL || (operation != NULL && strcmp(op, operation) == 0)) &&
           (body == NULL || strstr(r->body, body) != NULL);
}

bool faults_take(struct faults *f, const struct request *r,
                 const char *operation, struct fault *hit)
{
    for (struct fault *fault = f->first; fault; fault = fault->next) {
        if (fault->count > 0 && fault->hits >= fault->count)
            continue;
        if (!holds(fault, r, operation))
            continue;
        if (fault->after > 0) {
            fault->after--;
            continue;
        }
        fault->hits++;
        *hit = *fault;
        hit->next = NULL;
        hit->say = json_deep_copy(fault->say);
        return true;
    }
    return false;
}

long fault_wait_before(const struct fault *hit)
{
    long otherwise = hit->kind == FAULT_HANG ? HANG_MS : 0;

    if (hit->kind == FAULT_DELAY || !hit->work)
        return number_of(hit->say, "delay_ms", otherwise);
    return 0;
}

long fault_wait_after(const struct fault *hit)
{
    if (hit->kind == FAULT_DELAY || hit->kind == FAULT_SLOW || !hit->work)
        return 0;
    return number_of(hit->say, "delay_ms",
                     hit->kind == FAULT_HANG ? HANG_MS : 0);
}

static void say_body(struct answer *a, int status, const json_t *body)
{
    if (json_is_string(body)) {
        answer_text(a, status, mem_text(json_string_value(body)),
                    json_string_length(body));
        a->type = "text/plain";
    } else if (body != NULL) {
        answer_json(a, status, json_deep_copy(body));
    } else {
        answer_none(a, status);
    }
}

static void say_status(const struct fault *hit, struct answer *a)
{
    int status = (int)number_of(hit->say, "status", 500);

    say_body(a, status, json_object_get(hit->say, "body"));
}

static void say_html(const struct fault *hit, struct answer *a)
{
    static const char page[] =
        "<!DOCTYPE html><html><head><title>Bad gateway</title></head>"
        "<body><h1>The desk is being looked after</h1></body></html>\n";

    answer_text(a, (int)number_of(hit->say, "status", 502), mem_text(page),
                sizeof(page) - 1);
    a->type = "text/html; charset=utf-8";
}

static void say_redirect(const struct fault *hit, struct answer *a)
{
    const char *to = json_string_value(json_object_get(hit->say, "location"));

    answer_none(a, (int)number_of(hit->say, "status", 302));
    answer_header(a, "Location", "%s", to ? to : "http://elsewhere.invalid/");
}

static void say_huge(const struct fault *hit, struct answer *a)
{
    size_t size = (size_t)number_of(hit->say, "bytes", 64L << 20);
    static const char head[] = "{\"data\":\"";

    if (size < sizeof(head) + 2)
        size = sizeof(head) + 2;
    char *body = mem_new(size + 1);
    memset(body, 'x', size);
    memcpy(body, head, sizeof(head) - 1);
    body[size - 2] = '"';
    body[size - 1] = '}';
    answer_text(a, 200, body, size);
}

static json_t *other_type(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_STRING:
    case JSON_NULL:
        return json_integer(7);
    case JSON_OBJECT:
        return json_string("an object stood here");
    case JSON_ARRAY:
        return json_object();
    case JSON_INTEGER:
    case JSON_REAL:
    case JSON_TRUE:
    case JSON_FALSE:
        break;
    }
    return json_array();
}

static void say_wrong_type(struct answer *a)
{
    json_t *body =
        json_loadb(a->body ? a->body : "", a->body_len, JSON_DECODE_ANY, NULL);
    json_t *wrong = json_is_object(body) ? json_object() : json_string("wrong");
    const char *key = NULL;
    json_t *value = NULL;

    json_object_foreach (body, key, value) {
        json_object_set_new(wrong, key, other_type(value));
    }
    json_decref(body);
    answer_json(a, a->status, wrong);
}

static void say_type(const struct fault *hit, struct answer *a)
{
    const char *type = json_string_value(json_object_get(hit->say, "type"));

    a->type =
        type && strcmp(type, "text/html") == 0 ? "text/html" : "text/plain";
}

static void cut(const struct fault *hit, struct answer *a, enum delivery how)
{
    long otherwise = how == SEND_SLOWLY ? 1 : (long)(a->body_len / 2);

    a->delivery = how;
    a->cut = (size_t)number_of(hit->say, "bytes", otherwise);
    a->pause_ms = number_of(hit->say, "delay_ms", 50);
}

void fault_apply(const struct fault *hit, struct answer *a)
{
    const json_t *headers = json_object_get(hit->say, "headers");

    switch (hit->kind) {
    case FAULT_STATUS:
        say_status(hit, a);
        break;
    case FAULT_DELAY:
    case FAULT_DELAY_AFTER:
    case FAULT_KINDS:
        break;
    case FAULT_HANG:
    case FAULT_DROP_BEFORE:
    case FAULT_DROP_AFTER:
        a->delivery = SEND_NOTHING;
        break;
    case FAULT_RESET_BEFORE:
    case FAULT_RESET_AFTER:
        a->delivery = SEND_RESET;
        break;
    case FAULT_TRUNCATE:
        cut(hit, a, SEND_TRUNCATED);
        break;
    case FAULT_HTML:
        say_html(hit, a);
        break;
    case FAULT_GARBAGE:
        answer_text(a, a->status, mem_text("{\"data\": [1, 2,, }"), 18);
        break;
    case FAULT_HUGE:
        say_huge(hit, a);
        break;
    case FAULT_ENDLESS:
        a->delivery = SEND_ENDLESS;
        break;
    case FAULT_REDIRECT:
        say_redirect(hit, a);
        break;
    case FAULT_WRONG_TYPE:
        say_wrong_type(a);
        break;
    case FAULT_CONTENT_TYPE:
        say_type(hit, a);
        break;
    case FAULT_SLOW:
        cut(hit, a, SEND_SLOWLY);
        break;
    case FAULT_RAW:
        say_body(a, 200, json_object_get(hit->say, "body"));
        a->delivery = SEND_RAW;
        break;
    }
    if (json_is_object(headers))
        a->fault_headers = json_deep_copy(headers);
}
