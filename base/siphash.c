#include "base/siphash.h"

#include <endian.h>
#include <string.h>

struct state {
    uint64_t v0, v1, v2, v3;
};

static uint64_t turned(uint64_t x, unsigned bits)
{
    return x << bits | x >> (64 - bits);
}

static void rounds(struct state *s, int count)
{
    for (; count > 0; count--) {
        s->v0 += s->v1;
        s->v2 += s->v3;
        s->v1 = turned(s->v1, 13) ^ s->v0;
        s->v3 = turned(s->v3, 16) ^ s->v2;
        s->v0 = turned(s->v0, 32);
        s->v2 += s->v1;
        s->v0 += s->v3;
        s->v1 = turned(s->v1, 17) ^ s->v2;
        s->v3 = turned(s->v3, 21) ^ s->v0;
        s->v2 = turned(s->v2, 32);
    }
}

/* Up to eight bytes as a number, the first one lowest. */
static uint64_t word(const unsigned char *at, size_t len)
{
    uint64_t m = 0;
    for (size_t i = 0; i < len; i++)
        m |= (uint64_t)at[i] << (8 * i);
    return m;
}

static void take(struct state *s, uint64_t m)
{
    s->v3 ^= m;
    rounds(s, 2);
    s->v0 ^= m;
}

static uint64_t result(struct state *s)
{
    rounds(s, 4);
    return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

struct siphash siphash(const struct siphash_key *key, const void *data,
                       size_t len)
{
    const unsigned char *at = data;
    struct state s = {.v0 = key->a ^ UINT64_C(0x736f6d6570736575),
                      .v1 = key->b ^ UINT64_C(0x646f72616e646f6d) ^ 0xee,
                      .v2 = key->a ^ UINT64_C(0x6c7967656e657261),
                      .v3 = key->b ^ UINT64_C(0x7465646279746573)};
    size_t left = len;
    for (; left >= 8; left -= 8, at += 8) {
        uint64_t m;
        memcpy(&m, at, sizeof m);
        take(&s, le64toh(m));
    }
    take(&s, word(at, left) | (uint64_t)len << 56);
    s.v2 ^= 0xee;
    struct siphash out = {.a = result(&s)};
    s.v1 ^= 0xdd;
    out.b = result(&s);
    return out;
}
