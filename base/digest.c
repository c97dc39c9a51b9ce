#include "base/digest.h"

#include <stdio.h>

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

bool digest_sha256(const void *data, size_t len, char out[DIGEST_TEXT_SIZE])
{
    unsigned char sum[DIGEST_SIZE];
    out[0] = '\0';
    if (gnutls_hash_fast(GNUTLS_DIG_SHA256, data, len, sum) != 0)
        return false;
    for (size_t i = 0; i < sizeof sum; i++)
        (void)snprintf(out + 2 * i, 3, "%02x", (unsigned)sum[i]);
    return true;
}

bool digest_hmac(const void *key, size_t key_len, const void *data, size_t len,
                 unsigned char out[DIGEST_SIZE])
{
    return gnutls_hmac_fast(GNUTLS_MAC_SHA256, key, key_len, data, len, out) ==
           0;
}

bool digest_equal(const void *a, const void *b, size_t len)
{
    return gnutls_memcmp(a, b, len) == 0;
}

void digest_wipe(void *secret, size_t len)
{
    if (secret != NULL)
        gnutls_memset(secret, 0, len);
}
