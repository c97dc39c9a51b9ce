/*
 * bridge/cursor.c - cursors: sealed, hidden, written in base64url
 *
 *   text     base64url(tag, hidden)
 *   tag      hash(first half of the secret, query 0 plain), 16 bytes
 *   hidden   plain XOR hash(second half, tag 0), hash(second half, tag 1) ...
 *   plain    numbers, then the key's kind and text
 *   hash     SipHash-2-4 with 128 bits (base/siphash.h)
 *
 * The tag is the initial value of the stream besides, so two cursors share a
 * stream only when they are the same (RFC 5297 explains the construction).
 *
 * A forged cursor would show nothing that its token may not read anyway, so
 * that a quick hash is enough: HMAC-SHA-256 took an eighth of a page's time.
 */
#include "bridge/cursor.h"

#include "base/digest.h"
#include "base/siphash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TAG_SIZE 16
#define MAX_TEXT 16384
#define FACT     "cursor.secret"

void cursor_clear(struct cursor *c)
{
    free(c->key.text);
    *c = (struct cursor){0};
}

/* ---- base64url without padding (RFC 4648 section 5) ------------------------
 */

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static void encode(struct buf *out, const unsigned char *data, size_t len)
{
    for (size_t i = 0; i < len; i += 3) {
        size_t have = len - i < 3 ? len - i : 3;
        unsigned long bits = (unsigned long)data[i] << 16;
        bits |= have > 1 ? (unsigned long)data[i + 1] << 8 : 0;
        bits |= have > 2 ? (unsigned long)data[i + 2] : 0;
        for (size_t k = 0; k <= have; k++)
            buf_char(out, alphabet[bits >> (18 - 6 * k) & 63]);
    }
}

static bool decode(struct buf *out, const char *text)
{
    size_t len = strlen(text);
    unsigned long bits = 0;
    if (len > MAX_TEXT || len % 4 == 1)
        return false;
    for (size_t i = 0; i < len; i++) {
        const char *at = strchr(alphabet, text[i]);
        if (at == NULL)
            return false;
        bits = bits << 6 | (unsigned long)(at - alphabet);
        if (i % 4 != 0)
            buf_char(out, (char)(bits >> (6 - 2 * (i % 4)) & 255));
    }
    /* One text for one cursor: no bits are left over. */
    unsigned long rest = len % 4 == 2 ? bits & 15 : len % 4 == 3 ? bits & 3 : 0;
    return rest == 0 && buf_ok(out);
}

/* ---- sealing ---------------------------------------------------------------
 */

static struct siphash hash(const unsigned char *key, const void *data,
                           size_t len)
{
    struct siphash_key k;
    memcpy(&k, key, sizeof k);
    return siphash(&k, data, len);
}

static bool seal(const struct bridge *b, const struct buf *query,
                 const char *plain, size_t len, unsigned char tag[TAG_SIZE])
{
    struct buf all = {0};
    buf_add(&all, query->data != NULL ? query->data : "", query->len);
    buf_char(&all, '\0');
    buf_add(&all, plain, len);
    bool ok = buf_ok(&all);
    if (ok) {
        struct siphash sum = hash(b->cursor_secret, all.data, all.len);
        memcpy(tag, &sum, TAG_SIZE);
    }
    buf_clear(&all);
    return ok;
}

/* Hides what is plain, shows what is hidden. */
static void turn(const struct bridge *b, const unsigned char *tag, char *data,
                 size_t len)
{
    unsigned char block[TAG_SIZE + 2], stream[sizeof(struct siphash)];
    memcpy(block, tag, TAG_SIZE);
    for (size_t at = 0; at < len; at++) {
        size_t nth = at / sizeof stream;
        if (at % sizeof stream == 0) {
            block[TAG_SIZE] = (unsigned char)(nth >> 8);
            block[TAG_SIZE + 1] = (unsigned char)nth;
            struct siphash next =
                hash(b->cursor_secret + TAG_SIZE, block, sizeof block);
            memcpy(stream, &next, sizeof stream);
        }
        data[at] = (char)((unsigned char)data[at] ^ stream[at % sizeof stream]);
    }
}

/* ---- the plain form --------------------------------------------------------
 */

static void write_plain(struct buf *out, const struct cursor *c)
{
    buf_fmt(out, "%lld %lld %lld %d %lld ", (long long)c->made,
            (long long)c->count, (long long)c->total, c->part, (long long)c->n);
    switch (c->key.kind) {
    case STORE_KEY_NULL:
        buf_char(out, '0');
        break;
    case STORE_KEY_TEXT:
        buf_fmt(out, "t%s", c->key.text);
        break;
    case STORE_KEY_NUMBER:
        buf_fmt(out, "n%a", c->key.number);
        break;
    case STORE_KEY_INTEGER:
        buf_fmt(out, "i%lld", (long long)c->key.integer);
        break;
    }
}

/* What was sealed is what write_plain wrote: it need not be distrusted. */
static bool read_plain(const char *plain, struct cursor *c)
{
    char *at = NULL;
    c->made = strtoll(plain, &at, 10);
    c->count = strtoll(at, &at, 10);
    c->total = strtoll(at, &at, 10);
    c->part = (int)strtol(at, &at, 10);
    c->n = strtoll(at, &at, 10);
    at += *at == ' ';
    switch (*at) {
    case 't':
        c->key.kind = STORE_KEY_TEXT;
        c->key.text = strdup(at + 1);
        return c->key.text != NULL;
    case 'n':
        c->key.kind = STORE_KEY_NUMBER;
        c->key.number = strtod(at + 1, NULL);
        return true;
    case 'i':
        c->key.kind = STORE_KEY_INTEGER;
        c->key.integer = strtoll(at + 1, NULL, 10);
        return true;
    default:
        c->key.kind = STORE_KEY_NULL;
        return *at == '0';
    }
}

/* ---- both ways -------------------------------------------------------------
 */

char *cursor_write(const struct bridge *b, const struct cursor *c,
                   const struct buf *query)
{
    struct buf whole = {0}, text = {0};
    unsigned char tag[TAG_SIZE] = {0};
    buf_add(&whole, (const char *)tag, sizeof tag);
    write_plain(&whole, c);
    bool ok = buf_ok(&whole) &&
              seal(b, query, whole.data + TAG_SIZE, whole.len - TAG_SIZE, tag);
    if (ok) {
        memcpy(whole.data, tag, TAG_SIZE);
        turn(b, tag, whole.data + TAG_SIZE, whole.len - TAG_SIZE);
    }
    if (ok)
        encode(&text, (const unsigned char *)whole.data, whole.len);
    buf_clear(&whole);
    if (ok)
        return buf_take(&text);
    buf_clear(&text);
    return NULL;
}

static bool open_text(const struct bridge *b, const char *text,
                      const struct buf *query, struct cursor *out)
{
    struct buf whole = {0};
    unsigned char tag[TAG_SIZE], mine[TAG_SIZE];
    bool ok = decode(&whole, text) && whole.len > TAG_SIZE;
    if (ok) {
        char *plain = whole.data + TAG_SIZE;
        size_t len = whole.len - TAG_SIZE;
        memcpy(tag, whole.data, TAG_SIZE);
        turn(b, tag, plain, len);
        ok = seal(b, query, plain, len, mine) &&
             digest_equal(tag, mine, TAG_SIZE) && read_plain(plain, out);
    }
    buf_clear(&whole);
    return ok;
}

bool cursor_read(const struct bridge *b, const char *text,
                 const struct buf *query, struct cursor *out,
                 struct scim_error *err)
{
    *out = (struct cursor){0};
    if (!open_text(b, text, query, out)) {
        scim_error_set(err, SCIM_INVALID_CURSOR,
                       "This cursor does not belong to this query. Repeat "
                       "every parameter as it was, or begin again with an "
                       "empty cursor.");
        return false;
    }
    if (clock_now(&b->clock) - out->made <= b->cursor_timeout_ms)
        return true;
    scim_error_set(err, SCIM_EXPIRED_CURSOR,
                   "This cursor is older than %lld seconds. Begin again with "
                   "an empty cursor.",
                   (long long)(b->cursor_timeout_ms / 1000));
    return false;
}

/* ---- the secret ---------------------------------------------------------- */

static bool read_secret(struct bridge *b, const char *text)
{
    if (text == NULL || strlen(text) != (size_t)2 * DIGEST_SIZE)
        return false;
    for (size_t i = 0; i < DIGEST_SIZE; i++) {
        char pair[3] = {text[2 * i], text[2 * i + 1], '\0'};
        char *end = NULL;
        b->cursor_secret[i] = (unsigned char)strtoul(pair, &end, 16);
        if (*end != '\0')
            return false;
    }
    return true;
}

static enum store_rc make_secret(struct store_db *db, struct bridge *b)
{
    char text[2 * DIGEST_SIZE + 1];
    if (!b->ids.fill(b->ids.ctx, b->cursor_secret, DIGEST_SIZE))
        return STORE_FAILED;
    for (size_t i = 0; i < DIGEST_SIZE; i++)
        (void)snprintf(text + 2 * i, 3, "%02x", (unsigned)b->cursor_secret[i]);
    enum store_rc rc = store_fact_set(db, FACT, text);
    digest_wipe(text, sizeof text);
    return rc;
}

static enum store_rc ensure_secret(struct store_db *db, void *ctx)
{
    struct bridge *b = ctx;
    char *text = NULL;
    enum store_rc rc = store_fact_get(db, FACT, &text);
    if (rc == STORE_OK && !read_secret(b, text))
        rc = STORE_NONE;
    if (rc == STORE_NONE)
        rc = make_secret(db, b);
    digest_wipe(text, text == NULL ? 0 : strlen(text));
    free(text);
    return rc;
}

bool cursor_open(struct bridge *b, struct error *err)
{
    return store_write(b->store, ensure_secret, b, err) == STORE_OK;
}
