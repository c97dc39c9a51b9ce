#include "providers/retry.h"

#include <string.h>

static int64_t number(const json_t *spec, const char *key, int64_t otherwise)
{
    const json_t *value = json_object_get(spec, key);
    return json_is_integer(value) && json_integer_value(value) >= 0
               ? json_integer_value(value)
               : otherwise;
}

void retry_read(struct retry *r, const json_t *spec)
{
    int64_t max = number(spec, "max", 2);
    r->status = json_object_get(spec, "status");
    r->max = max > 10 ? 10 : (int)max;
    r->base_ms = number(spec, "base_ms", 300);
    r->cap_ms = number(spec, "cap_ms", 10000);
}

static bool in_list(const json_t *list, int status)
{
    size_t i;
    json_t *one;
    json_array_foreach (list, i, one) {
        if (json_is_integer(one) && json_integer_value(one) == status)
            return true;
    }
    return false;
}

static bool listed(const struct retry *r, const char *method, int status)
{
    if (r->status == NULL)
        return status == 429 || (status >= 502 && status <= 504);
    if (json_is_object(r->status))
        return in_list(json_object_get(r->status, method), status);
    return in_list(r->status, status);
}

static bool allowed(const struct retry *r, const struct retry_case *c)
{
    switch (c->rc) {
    case HTTP_NOT_SENT:
        return !c->hopeless;
    case HTTP_CUT_OFF:
        return c->repeatable;
    case HTTP_TOO_LARGE:
        return false;
    case HTTP_ANSWERED:
        break;
    }
    return listed(r, c->method, c->status) &&
           (c->repeatable || c->status == 429);
}

/* Between a half and the whole of base * 2^(attempt - 1), capped. */
static int64_t backoff(const struct retry *r, const struct retry_case *c)
{
    int64_t wait = r->base_ms;
    for (int i = 1; i < c->attempt && wait < r->cap_ms; i++)
        wait *= 2;
    if (wait > r->cap_ms)
        wait = r->cap_ms;
    return wait / 2 + wait * c->random / 2 / 255;
}

bool retry_again(const struct retry *r, const struct retry_case *c,
                 int64_t *wait_ms)
{
    *wait_ms = c->told_ms >= 0 ? c->told_ms : backoff(r, c);
    return c->attempt <= r->max && allowed(r, c);
}
