/*
 * base/buf.h - a text that grows
 *
 * Failure is sticky: after an allocation failed every further call is a no-op
 * and buf_ok() is false, so a chain of appends is checked once, at its end.
 * `data` is always NUL-terminated once anything was added (or NULL).
 *
 * A zeroed struct is an empty buffer.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct buf {
    char *data; /* owned; NULL while empty */
    size_t len; /* without the final NUL */
    size_t cap;
    bool failed;
};

/* Frees what `b` owns and zeroes it. */
void buf_clear(struct buf *b);
/* Empties `b` but keeps its memory. */
void buf_reset(struct buf *b);
/* False once an allocation failed. */
bool buf_ok(const struct buf *b);
/* Makes room for `more` bytes beyond len; false when memory ran out. */
bool buf_reserve(struct buf *b, size_t more);
/* buf_add where there is no room yet. */
void buf_add_more(struct buf *b, const char *data, size_t len);

/* These are inline because answers are made of them, mostly from literals,
 * whose length the compiler then knows. */
static inline void buf_add(struct buf *b, const char *data, size_t len)
{
    if (b->failed || len >= b->cap - b->len) {
        buf_add_more(b, data, len);
        return;
    }
    if (len > 0)
        memcpy(b->data + b->len, data, len);
    b->len += len;
    b->data[b->len] = '\0';
}
static inline void buf_str(struct buf *b, const char *text)
{
    buf_add(b, text, strlen(text));
}
static inline void buf_char(struct buf *b, char c)
{
    buf_add(b, &c, 1);
}

void buf_fmt(struct buf *b, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The digits of a number; much quicker than buf_fmt. */
void buf_number(struct buf *b, int64_t n);
/* Appends `text` as a JSON string with its quotes (RFC 8259 section 7). */
void buf_json(struct buf *b, const char *text, size_t len);
/* Appends `text` percent-encoded but for RFC 3986 unreserved characters. */
void buf_percent(struct buf *b, const char *text, size_t len);
/* Hands the text over (caller frees; "" when empty) and empties `b`. NULL when
 * the buffer failed; it is then cleared too. */
char *buf_take(struct buf *b);

#endif
