/*
 * test/sim/caller.c - who calls, and how often
 */
#include "test/sim/caller.h"

#include <string.h>

enum { MINUTE = 60, PROOF = 256 };

static int digit(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "abcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c == '\0' ? NULL : strchr(digits, c);

    return at == NULL ? -1 : (int)(at - digits);
}

/* Base64 (RFC 4648) as text; false: it is none, or too long. */
static bool decoded(const char *from, char to[PROOF])
{
    unsigned bits = 0;
    size_t have = 0, len = 0;

    for (; *from != '\0' && *from != '='; from++) {
        int value = digit(*from);
        if (value < 0 || len + 1 >= PROOF)
            return false;
        bits = (bits << 6 | (unsigned)value) & 0xffffff;
        have += 6;
        if (have >= 8) {
            have -= 8;
            to[len++] = (char)(bits >> have & 0xff);
        }
    }
    to[len] = '\0';
    return true;
}

bool caller_is(const struct request *r, const char *user, const char *password)
{
    const char *sent = request_header(r, "Authorization");
    char proof[PROOF];

    if (sent == NULL || strncmp(sent, "Basic ", 6) != 0 ||
        !decoded(sent + 6, proof))
        return false;
    char *colon = strchr(proof, ':');
    if (colon == NULL)
        return false;
    *colon = '\0';
    return strcmp(proof, user) == 0 &&
           (password == NULL || strcmp(colon + 1, password) == 0);
}

bool caller_within(struct world *w, long rate)
{
    int64_t now = world_now(w);

    if (now >= w->rate_from + MINUTE || now < w->rate_from) {
        w->rate_from = now;
        w->rate_used = 0;
    }
    return rate <= 0 || ++w->rate_used <= rate;
}

long caller_left(const struct world *w, long rate)
{
    return rate > w->rate_used ? rate - w->rate_used : 0;
}

long caller_wait(const struct world *w)
{
    return (long)(w->rate_from + MINUTE - world_now(w));
}
