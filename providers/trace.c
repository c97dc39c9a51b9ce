#include "providers/trace.h"

#include "providers/url.h"

#include <stdlib.h>
#include <string.h>

void trace_add(struct up_call *call, const char *method, const char *url,
               int status, int64_t ms)
{
    if (call->trace == NULL)
        return;
    char *path = url_path_shown(url);
    /* A trace that cannot be written must not stop the work. */
    json_t *entry = json_pack("{s:s, s:s?, s:i, s:I}", "method", method, "path",
                              path, "status", status, "ms", (json_int_t)ms);
    (void)json_array_append_new(call->trace, entry);
    free(path);
}

/* How many bytes the UTF-8 character at `at` has; 0: none, or cut off. */
static size_t character(const char *at)
{
    unsigned char c = (unsigned char)*at;
    size_t len = c < 0x80                ? 1
                 : c >= 0xc2 && c < 0xe0 ? 2
                 : c >= 0xe0 && c < 0xf0 ? 3
                 : c >= 0xf0 && c < 0xf5 ? 4
                                         : 0;
    for (size_t i = 1; i < len; i++)
        if (((unsigned char)at[i] & 0xc0) != 0x80)
            return 0;
    return len;
}

void trace_line(char *out, size_t size, const char *text)
{
    size_t n = 0;
    bool gap = false;
    for (const char *at = text; *at != '\0';) {
        size_t len = character(at);
        bool blank =
            len == 0 || (unsigned char)*at <= 0x20 || *at == 0x7f ||
            ((unsigned char)at[0] == 0xc2 && (unsigned char)at[1] <= 0xa0);
        if (blank) {
            gap = n > 0;
            at += len == 0 ? 1 : len;
            continue;
        }
        if (n + gap + len >= size)
            break;
        if (gap)
            out[n++] = ' ';
        memcpy(out + n, at, len);
        n += len;
        at += len;
        gap = false;
    }
    out[n] = '\0';
}
