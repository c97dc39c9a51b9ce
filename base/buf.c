#include "base/buf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buf_clear(struct buf *b)
{
    free(b->data);
    *b = (struct buf){0};
}

void buf_reset(struct buf *b)
{
    b->len = 0;
    if (b->data != NULL)
        b->data[0] = '\0';
}

bool buf_ok(const struct buf *b)
{
    return !b->failed;
}

bool buf_reserve(struct buf *b, size_t more)
{
    if (b->failed)
        return false;
    if (more < b->cap - b->len)
        return true;
    if (more > SIZE_MAX / 4 || b->len > SIZE_MAX / 4) {
        b->failed = true;
        return false;
    }
    size_t cap = b->cap == 0 ? 64 : b->cap;
    while (cap <= b->len + more)
        cap *= 2;
    char *data = realloc(b->data, cap);
    if (data == NULL) {
        b->failed = true;
        return false;
    }
    b->data = data;
    b->cap = cap;
    b->data[b->len] = '\0';
    return true;
}

void buf_add_more(struct buf *b, const char *data, size_t len)
{
    if (!buf_reserve(b, len))
        return;
    if (len > 0)
        memcpy(b->data + b->len, data, len);
    b->len += len;
    b->data[b->len] = '\0';
}

void buf_fmt(struct buf *b, const char *format, ...)
{
    va_list args, again;
    if (!buf_reserve(b, 32))
        return;
    va_start(args, format);
    va_copy(again, args);
    size_t room = b->cap - b->len;
    int need = vsnprintf(b->data + b->len, room, format, args);
    va_end(args);
    if (need < 0) {
        b->data[b->len] = '\0';
        b->failed = true;
    } else if ((size_t)need < room) {
        b->len += (size_t)need;
    } else {
        b->data[b->len] = '\0';
        if (buf_reserve(b, (size_t)need)) {
            (void)vsnprintf(b->data + b->len, (size_t)need + 1, format, again);
            b->len += (size_t)need;
        }
    }
    va_end(again);
}

void buf_number(struct buf *b, int64_t n)
{
    char text[21];
    size_t at = sizeof text;
    uint64_t rest = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
    do {
        text[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (n < 0)
        text[--at] = '-';
    buf_add(b, text + at, sizeof text - at);
}

/* The escape of one byte inside a JSON string; NULL when it stands as it is. */
static const char *json_escape(unsigned char c, char out[7])
{
    static const char *const letters[] = {
        ['"'] = "\\\"", ['\\'] = "\\\\", ['\b'] = "\\b", ['\f'] = "\\f",
        ['\n'] = "\\n", ['\r'] = "\\r",  ['\t'] = "\\t",
    };
    if (c < sizeof letters / sizeof letters[0] && letters[c] != NULL)
        return letters[c];
    if (c >= 0x20 && c != 0x7f)
        return NULL;
    (void)snprintf(out, 7, "\\u%04x", (unsigned)c);
    return out;
}

void buf_json(struct buf *b, const char *text, size_t len)
{
    char escape[7];
    size_t from = 0;
    buf_char(b, '"');
    for (size_t i = 0; i < len; i++) {
        const char *instead = json_escape((unsigned char)text[i], escape);
        if (instead == NULL)
            continue;
        buf_add(b, text + from, i - from);
        buf_str(b, instead);
        from = i + 1;
    }
    buf_add(b, text + from, len - from);
    buf_char(b, '"');
}

void buf_percent(struct buf *b, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                     (c >= '0' && c <= '9') || c == '-' || c == '.' ||
                     c == '_' || c == '~';
        if (plain)
            buf_char(b, (char)c);
        else
            buf_fmt(b, "%%%02X", (unsigned)c);
    }
}

char *buf_take(struct buf *b)
{
    (void)buf_reserve(b, 1);
    if (b->failed) {
        buf_clear(b);
        return NULL;
    }
    char *data = b->data;
    *b = (struct buf){0};
    return data;
}
