#include "base/fold.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <unicase.h>
#include <uninorm.h>
#include <unistr.h>

static char *copy(const char *text, size_t len)
{
    char *out = malloc(len + 1);
    if (out == NULL)
        return NULL;
    if (len > 0)
        memcpy(out, text, len);
    out[len] = '\0';
    return out;
}

static bool is_ascii(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)text[i] >= 0x80)
            return false;
    return true;
}

static char ascii_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/* Moves a result of libunistring into a string of our own. */
static char *take(uint8_t *folded, size_t len)
{
    if (folded == NULL)
        return NULL;
    char *out = copy((const char *)folded, len);
    free(folded);
    return out;
}

char *fold_key(const char *text, size_t len)
{
    if (is_ascii(text, len)) {
        char *out = copy(text, len);
        for (size_t i = 0; out != NULL && i < len; i++)
            out[i] = ascii_lower(out[i]);
        return out;
    }
    size_t n = 0;
    if (u8_check((const uint8_t *)text, len) != NULL)
        return copy(text, len);
    uint8_t *key =
        u8_casefold((const uint8_t *)text, len, NULL, UNINORM_NFC, NULL, &n);
    return take(key, n);
}

char *fold_exact(const char *text, size_t len)
{
    size_t n = 0;
    if (is_ascii(text, len) || u8_check((const uint8_t *)text, len) != NULL)
        return copy(text, len);
    uint8_t *key =
        u8_normalize(UNINORM_NFC, (const uint8_t *)text, len, NULL, &n);
    return take(key, n);
}

bool fold_equal(const char *a, const char *b)
{
    char *ka = fold_key(a, strlen(a)), *kb = fold_key(b, strlen(b));
    bool equal = ka != NULL && kb != NULL && strcmp(ka, kb) == 0;
    free(ka);
    free(kb);
    return equal;
}

bool fold_ascii_equal(const char *a, size_t a_len, const char *b, size_t b_len)
{
    if (a_len != b_len)
        return false;
    for (size_t i = 0; i < a_len; i++)
        if (ascii_lower(a[i]) != ascii_lower(b[i]))
            return false;
    return true;
}
