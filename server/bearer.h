/*
 * server/bearer.h - who is asking: bearer tokens (RFC 6750)
 *
 * A token is looked up by its SHA-256 in the store, on the caller's reader; a
 * good one is remembered for a second, so that a burst costs one look-up.
 * Rejected ones are never remembered: a new token works at once.
 *
 * Threads: may be shared.
 */
#ifndef SERVER_BEARER_H
#define SERVER_BEARER_H

#include "base/id.h"
#include "store/token.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum bearer_scope { BEARER_READ, BEARER_WRITE, BEARER_ADMIN };

#define BEARER_NAME_SIZE 80

/* A token that was accepted. */
struct bearer_token {
    int64_t n; /* row number; 0: the control socket */
    int64_t expires;
    enum bearer_scope scope;
    char name[BEARER_NAME_SIZE];
    char target[BEARER_NAME_SIZE]; /* "": all targets */
};

enum bearer_rc {
    BEARER_OK,
    BEARER_ABSENT,  /* no Authorization, or of a scheme that is not offered */
    BEARER_UNKNOWN, /* a bearer token that we never gave out, or malformed */
    BEARER_REVOKED,
    BEARER_EXPIRED,
    BEARER_FAILED, /* the database failed */
};

struct bearers;
/* NULL: no memory, or no random numbers. */
struct bearers *bearer_new(const struct id_source *ids);
void bearer_free(struct bearers *a);

/* Checks the value of an Authorization header (NULL: none) at `now_ms`. */
enum bearer_rc bearer_check(struct bearers *a, struct store_db *db,
                            const char *header, int64_t now_ms,
                            struct bearer_token *out);
/* Drops what is remembered. */
void bearer_forget(struct bearers *a);

/* Tokens accepted since the last call, for `last_used`. How many of `size`. */
struct bearer_use {
    int64_t n, at;
};
size_t bearer_take_uses(struct bearers *a, struct bearer_use *out, size_t size);

/* True when `token` opens the target of that name. */
bool bearer_opens(const struct bearer_token *token, const char *target);
bool bearer_scope_parse(const char *word, enum bearer_scope *out);

/* A new random token of 256 bits; false: no randomness. */
#define BEARER_TOKEN_SIZE 72
bool bearer_token_new(const struct id_source *ids, char out[BEARER_TOKEN_SIZE]);

#endif
