/*
 * store/token.h - the bearer tokens that may come in
 *
 * Owns the table `token`. Only the SHA-256 of a token is ever stored.
 */
#ifndef STORE_TOKEN_H
#define STORE_TOKEN_H

#include "base/digest.h"
#include "store/store.h"

struct store_token {
    int64_t n;
    char hash[DIGEST_TEXT_SIZE];
    char *name;   /* owned; unique among tokens not revoked */
    char *target; /* owned; name of the target; NULL: all (admin) */
    char *scope;  /* owned; "read", "write", "admin" */
    int64_t created, last_used, expires, revoked; /* 0: never */
};
void store_token_clear(struct store_token *t);
/* STORE_CLASH: a token of that name is in use. Sets t->n. */
enum store_rc store_token_add(struct store_db *db, struct store_token *t);
enum store_rc store_token_by_hash(struct store_db *db, const char *hash,
                                  struct store_token *out);
enum store_rc store_token_revoke(struct store_db *db, const char *name,
                                 int64_t now);
enum store_rc store_token_used(struct store_db *db, int64_t n, int64_t now);
typedef bool store_each_token(const struct store_token *t, void *ctx);
enum store_rc store_token_list(struct store_db *db, store_each_token *each,
                               void *ctx);

#endif
