#include "base/id.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

static bool system_fill(void *ctx, unsigned char *out, size_t len)
{
    (void)ctx;
    while (len > 0) {
        ssize_t got = getrandom(out, len, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        out += got;
        len -= (size_t)got;
    }
    return true;
}

struct id_source id_system(void)
{
    return (struct id_source){.fill = system_fill, .ctx = NULL};
}

bool id_new(const struct id_source *source, char out[ID_SIZE])
{
    unsigned char b[16];
    if (!source->fill(source->ctx, b, sizeof b))
        return false;
    b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
    b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
    char *at = out;
    for (size_t i = 0; i < sizeof b; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *at++ = '-';
        (void)snprintf(at, 3, "%02x", (unsigned)b[i]);
        at += 2;
    }
    return true;
}

bool id_valid(const char *text)
{
    for (size_t i = 0; i < ID_SIZE - 1; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? text[i] != '-'
                 : text[i] == '\0' ||
                       strchr("0123456789abcdef", text[i]) == NULL)
            return false;
    }
    return text[ID_SIZE - 1] == '\0';
}
