#include "base/id.h"

#include "base/hex.h"

#include <errno.h>
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

void id_write(const unsigned char random[16], char out[ID_SIZE])
{
    static const size_t groups[] = {4, 2, 2, 2, 6};
    unsigned char b[16];
    memcpy(b, random, sizeof b);
    b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
    b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
    const unsigned char *from = b;
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
        out = hex_write(out, from, groups[i]);
        from += groups[i];
        *out++ = i == 4 ? '\0' : '-';
    }
}

bool id_new(const struct id_source *source, char out[ID_SIZE])
{
    unsigned char b[16];
    if (!source->fill(source->ctx, b, sizeof b))
        return false;
    id_write(b, out);
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
