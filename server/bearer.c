#include "server/bearer.h"

#include "base/digest.h"
#include "base/hex.h"
#include "base/siphash.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Remembered tokens, by the first bits of their mark: a hash under a key of
 * this process alone. It spares the SHA-256 that finds a token in the store,
 * and says nothing about the token to whoever reads this memory. */
#define PLACES   64
#define LIFETIME 1000 /* ms */
#define LONGEST  4096

/* What a token starts with, so that a leaked one is recognised as ours. */
#define PREFIX "scimb_"

struct place {
    struct siphash mark;
    bool taken;
    int64_t loaded; /* when it was read from the store */
    int64_t used;   /* when it was last accepted; 0: told */
    struct bearer_token token;
};
struct bearers {
    pthread_mutex_t lock;
    struct siphash_key key;
    struct place places[PLACES];
};

struct bearers *bearer_new(const struct id_source *ids)
{
    struct bearers *a = calloc(1, sizeof *a);
    unsigned char random[sizeof a->key];
    if (a == NULL)
        return NULL;
    bool ok = ids->fill(ids->ctx, random, sizeof random);
    memcpy(&a->key, random, sizeof random);
    if (!ok || pthread_mutex_init(&a->lock, NULL) != 0) {
        free(a);
        a = NULL;
    }
    return a;
}

void bearer_free(struct bearers *a)
{
    if (a == NULL)
        return;
    (void)pthread_mutex_destroy(&a->lock);
    free(a);
}

/* ---- what is remembered ---------------------------------------------------
 */

static bool recall(struct bearers *a, const struct siphash *mark, int64_t now,
                   struct bearer_token *out)
{
    (void)pthread_mutex_lock(&a->lock);
    struct place *p = &a->places[mark->a % PLACES];
    uint64_t differs = (p->mark.a ^ mark->a) | (p->mark.b ^ mark->b);
    bool known = p->taken && differs == 0 && now - p->loaded < LIFETIME &&
                 now >= p->loaded;
    if (known) {
        *out = p->token;
        p->used = now;
    }
    (void)pthread_mutex_unlock(&a->lock);
    return known;
}

static void remember(struct bearers *a, const struct siphash *mark, int64_t now,
                     const struct bearer_token *token)
{
    (void)pthread_mutex_lock(&a->lock);
    struct place *p = &a->places[mark->a % PLACES];
    p->mark = *mark;
    p->taken = true;
    p->loaded = p->used = now;
    p->token = *token;
    (void)pthread_mutex_unlock(&a->lock);
}

void bearer_forget(struct bearers *a)
{
    (void)pthread_mutex_lock(&a->lock);
    for (size_t i = 0; i < PLACES; i++)
        a->places[i].loaded = INT64_MIN / 2;
    (void)pthread_mutex_unlock(&a->lock);
}

size_t bearer_take_uses(struct bearers *a, struct bearer_use *out, size_t size)
{
    size_t count = 0;
    (void)pthread_mutex_lock(&a->lock);
    for (size_t i = 0; i < PLACES && count < size; i++) {
        struct place *p = &a->places[i];
        if (p->used == 0 || p->token.n == 0)
            continue;
        out[count++] = (struct bearer_use){.n = p->token.n, .at = p->used};
        p->used = 0;
    }
    (void)pthread_mutex_unlock(&a->lock);
    return count;
}

/* ---- checking -------------------------------------------------------------
 */

bool bearer_scope_parse(const char *word, enum bearer_scope *out)
{
    static const char *const words[] = {"read", "write", "admin"};
    for (int i = BEARER_READ; i <= BEARER_ADMIN; i++)
        if (strcmp(word, words[i]) == 0) {
            *out = (enum bearer_scope)i;
            return true;
        }
    return false;
}

/* The credentials behind "Bearer "; NULL: another scheme, or none. */
static const char *bearer(const char *header)
{
    if (header == NULL || strncasecmp(header, "bearer", 6) != 0)
        return NULL;
    const char *at = header + 6;
    if (*at != ' ' && *at != '\t' && *at != '\0')
        return NULL;
    return at + strspn(at, " \t");
}

static enum bearer_rc read_row(const struct store_token *row, const char *hash,
                               int64_t now, struct bearer_token *out)
{
    *out = (struct bearer_token){.n = row->n, .expires = row->expires};
    if (!digest_equal(row->hash, hash, DIGEST_TEXT_SIZE) ||
        row->scope == NULL || !bearer_scope_parse(row->scope, &out->scope))
        return BEARER_UNKNOWN;
    if (row->revoked != 0)
        return BEARER_REVOKED;
    if (row->expires != 0 && row->expires <= now)
        return BEARER_EXPIRED;
    (void)snprintf(out->name, sizeof out->name, "%s",
                   row->name == NULL ? "" : row->name);
    (void)snprintf(out->target, sizeof out->target, "%s",
                   row->target == NULL ? "" : row->target);
    return BEARER_OK;
}

enum bearer_rc bearer_check(struct bearers *a, struct store_db *db,
                            const char *header, int64_t now_ms,
                            struct bearer_token *out)
{
    char hash[DIGEST_TEXT_SIZE];
    const char *token = bearer(header);
    *out = (struct bearer_token){0};
    if (token == NULL)
        return BEARER_ABSENT;
    size_t len = strnlen(token, LONGEST + 1);
    while (len > 0 && (token[len - 1] == ' ' || token[len - 1] == '\t'))
        len--;
    if (len == 0 || len > LONGEST)
        return BEARER_UNKNOWN;
    struct siphash mark = siphash(&a->key, token, len);
    if (recall(a, &mark, now_ms, out))
        return out->expires == 0 || out->expires > now_ms ? BEARER_OK
                                                          : BEARER_EXPIRED;
    if (!digest_sha256(token, len, hash))
        return BEARER_FAILED;
    struct store_token row = {0};
    enum bearer_rc result = BEARER_UNKNOWN;
    switch (store_token_by_hash(db, hash, &row)) {
    case STORE_OK:
        result = read_row(&row, hash, now_ms, out);
        break;
    case STORE_NONE:
        break;
    case STORE_CLASH:
    case STORE_FAILED:
        result = BEARER_FAILED;
        break;
    }
    store_token_clear(&row);
    if (result == BEARER_OK)
        remember(a, &mark, now_ms, out);
    return result;
}

bool bearer_opens(const struct bearer_token *token, const char *target)
{
    return token->target[0] == '\0' ||
           (target != NULL && strcmp(token->target, target) == 0);
}

bool bearer_token_new(const struct id_source *ids, char out[BEARER_TOKEN_SIZE])
{
    unsigned char random[32];
    if (!ids->fill(ids->ctx, random, sizeof random))
        return false;
    int at = snprintf(out, BEARER_TOKEN_SIZE, PREFIX);
    *hex_write(out + at, random, sizeof random) = '\0';
    digest_wipe(random, sizeof random);
    return true;
}
