/*
 * providers/user_digest.h - what tells one record of a listing from another
 *
 * Two records with one digest make the same user: it covers the record, and
 * all that decides what is read from it.
 */
#ifndef PROVIDERS_USER_DIGEST_H
#define PROVIDERS_USER_DIGEST_H

#include "base/buf.h"
#include "providers/provider_internal.h"

/* Raise it with every change to what a record means. */
#define USER_DIGEST_FORM "1"

/* What holds for all records of a listing, appended to `seed`. */
void user_digest_seed(struct provider *p, const struct siphash_key *key,
                      struct buf *seed);
/* `assume` (may be NULL): what the pass of the listing adds. False: memory. */
bool user_digest(const struct siphash_key *key, const struct buf *seed,
                 const json_t *record, const json_t *assume,
                 struct siphash *out);

#endif
