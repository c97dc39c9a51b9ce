/*
 * base/siphash.h - a keyed hash that is quick on short texts
 *
 * SipHash-2-4 with 128 bits (Aumasson and Bernstein, 2012). Whoever does not
 * have the key can neither foresee a hash nor find two texts with the same.
 * It is for looking things up, and for what must not be guessed or changed but
 * opens nothing; what proves who somebody is goes by base/digest.h.
 */
#ifndef BASE_SIPHASH_H
#define BASE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

struct siphash_key {
    uint64_t a, b; /* 16 random bytes */
};
struct siphash {
    uint64_t a, b;
};

struct siphash siphash(const struct siphash_key *key, const void *data,
                       size_t len);

#endif
