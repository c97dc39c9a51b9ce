#include "providers/user_digest.h"

#include <stdlib.h>

/* jansson bounds the depth of what it has parsed. */
static void add(struct buf *out, const json_t *value);

static void add_text(struct buf *out, const char *text, size_t len)
{
    buf_number(out, (int64_t)len);
    buf_char(out, ':');
    buf_add(out, text, len);
}

static void add_list(struct buf *out, const json_t *value)
{
    size_t i;
    json_t *one;
    buf_char(out, '[');
    json_array_foreach (value, i, one) {
        add(out, one);
    }
    buf_char(out, ']');
}

/* In the order in which they came: another order is another record. */
static void add_members(struct buf *out, const json_t *value)
{
    const char *key;
    json_t *one;
    buf_char(out, '{');
    json_object_foreach ((json_t *)value, key, one) {
        add_text(out, key, strlen(key));
        add(out, one);
    }
    buf_char(out, '}');
}

static void add(struct buf *out, const json_t *value)
{
    double real;
    if (value == NULL) {
        buf_char(out, '-');
        return;
    }
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        add_members(out, value);
        break;
    case JSON_ARRAY:
        add_list(out, value);
        break;
    case JSON_STRING:
        add_text(out, json_string_value(value), json_string_length(value));
        break;
    case JSON_INTEGER:
        buf_char(out, 'i');
        buf_number(out, json_integer_value(value));
        buf_char(out, ';');
        break;
    case JSON_REAL:
        real = json_real_value(value);
        buf_char(out, 'r');
        buf_add(out, (const char *)&real, sizeof real);
        break;
    case JSON_TRUE:
        buf_char(out, 't');
        break;
    case JSON_FALSE:
        buf_char(out, 'f');
        break;
    case JSON_NULL:
        buf_char(out, 'n');
        break;
    }
}

void user_digest_seed(struct provider *p, const struct siphash_key *key,
                      struct buf *seed)
{
    struct buf all = {0};
    const struct staff *staff = staff_of(p);
    buf_str(&all, USER_DIGEST_FORM " ");
    buf_str(&all, p->account.base_url);
    add(&all, p->profile);
    add(&all, p->account.variables);
    add(&all, staff->block);
    add(&all, staff->roles);
    if (buf_ok(&all)) {
        struct siphash sum = siphash(key, all.data, all.len);
        buf_add(seed, (const char *)&sum, sizeof sum);
    } else {
        seed->failed = true;
    }
    buf_clear(&all);
}

bool user_digest(const struct siphash_key *key, const struct buf *seed,
                 const json_t *record, const json_t *assume,
                 struct siphash *out)
{
    struct buf all = {0};
    (void)buf_reserve(&all, 2048);
    buf_add(&all, seed->data, seed->len);
    add(&all, record);
    add(&all, assume);
    bool ok = buf_ok(&all) && buf_ok(seed);
    if (ok)
        *out = siphash(key, all.data, all.len);
    buf_clear(&all);
    return ok;
}
