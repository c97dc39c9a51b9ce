/*
 * base/digest.h - SHA-256 and comparison in constant time (by GnuTLS)
 */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

#define DIGEST_TEXT_SIZE 65 /* 64 hexadecimal digits and a NUL */
#define DIGEST_SIZE      32 /* bytes */

/* SHA-256 of `data` as lower-case hexadecimal; false: the library failed. */
bool digest_sha256(const void *data, size_t len, char out[DIGEST_TEXT_SIZE]);
/* HMAC-SHA-256 (RFC 2104) of `data` with a secret key; false: the library
 * failed. */
bool digest_hmac(const void *key, size_t key_len, const void *data, size_t len,
                 unsigned char out[DIGEST_SIZE]);
/* True when both blocks are equal; takes the same time whatever they hold. */
bool digest_equal(const void *a, const void *b, size_t len);
/* Overwrites a secret before its memory is given back. */
void digest_wipe(void *secret, size_t len);

#endif
