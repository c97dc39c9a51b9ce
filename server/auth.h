/*
 * server/auth.h - who is asking: bearer tokens (RFC 6750)
 *
 * A token is looked up by its SHA-256 in the store, on the caller's reader; a
 * good one is remembered for a second, so that a burst costs one look-up.
 * Rejected ones are never remembered: a new token works at once.
 *
 * Threads: may be shared.
 */
#ifndef SERVER_AUTH_H
#define SERVER_AUTH_H

#include "base/id.h"
#include "store/token.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum auth_scope { AUTH_READ, AUTH_WRITE, AUTH_ADMIN };

#define AUTH_NAME_SIZE 80

/* A token that was accepted. */
struct auth_token {
    int64_t n; /* row number; 0: the control socket */
    int64_t expires;
    enum auth_scope scope;
    char name[AUTH_NAME_SIZE];
    char target[AUTH_NAME_SIZE]; /* "": all targets */
};

enum auth_rc {
    AUTH_OK,
    AUTH_ABSENT,  /* no Authorization, or of a scheme that is not offered */
    AUTH_UNKNOWN, /* a bearer token that we never gave out, or malformed */
    AUTH_REVOKED,
    AUTH_EXPIRED,
    AUTH_FAILED, /* the database failed */
};

struct auth;
struct auth *auth_new(void);
void auth_free(struct auth *a);

/* Checks the value of an Authorization header (NULL: none) at `now_ms`. */
enum auth_rc auth_check(struct auth *a, struct store_db *db, const char *header,
                        int64_t now_ms, struct auth_token *out);
/* Drops what is remembered. */
void auth_forget(struct auth *a);

/* Tokens accepted since the last call, for `last_used`. How many of `size`. */
struct auth_use {
    int64_t n, at;
};
size_t auth_take_uses(struct auth *a, struct auth_use *out, size_t size);

/* True when `token` opens the target of that name. */
bool auth_opens(const struct auth_token *token, const char *target);
bool auth_scope_parse(const char *word, enum auth_scope *out);

/* A new random token of 256 bits; false: no randomness. */
#define AUTH_TOKEN_SIZE 72
bool auth_token_new(const struct id_source *ids, char out[AUTH_TOKEN_SIZE]);

#endif
