/*
 * server/cmd_token.c - scim-bridge token create|list|revoke
 *
 * Works beside a running server. A token is shown once, when it is made; only
 * its hash is kept.
 */
#include "server/bearer.h"

#include "base/quantity.h"
#include "server/command.h"
#include "server/config.h"
#include "server/config_value.h"
#include "server/table.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHORTEST_GIVEN 20 /* characters of a token that is handed in */
#define LONGEST_GIVEN  512

/* ---- create ---------------------------------------------------------------
 */

struct creation {
    struct store_token token; /* texts borrowed */
    bool replace;
    int64_t now;
    bool known; /* the very same token is there already */
    bool clash; /* its name is taken */
};

static bool same(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static enum store_rc write_token(struct store_db *db, void *ctx)
{
    struct creation *c = ctx;
    struct store_token old = {0};
    c->known = c->clash = false;
    if (store_token_by_hash(db, c->token.hash, &old) == STORE_OK)
        c->known = old.revoked == 0 && same(old.name, c->token.name) &&
                   same(old.target, c->token.target) &&
                   same(old.scope, c->token.scope) &&
                   old.expires == c->token.expires;
    store_token_clear(&old);
    if (c->known)
        return STORE_OK;
    if (c->replace &&
        store_token_revoke(db, c->token.name, c->now) == STORE_FAILED)
        return STORE_FAILED;
    enum store_rc rc = store_token_add(db, &c->token);
    c->clash = rc == STORE_CLASH;
    return rc;
}

/* A token from standard input: one word. */
static bool read_given(char out[LONGEST_GIVEN + 2], struct error *err)
{
    size_t len = 0;
    if (fgets(out, LONGEST_GIVEN + 2, stdin) != NULL)
        len = strcspn(out, "\r\n");
    out[len] = '\0';
    bool plain = len >= SHORTEST_GIVEN && len <= LONGEST_GIVEN;
    for (size_t i = 0; plain && i < len; i++)
        plain = isgraph((unsigned char)out[i]) != 0;
    if (!plain)
        error_set(err,
                  "Standard input must hold one token of %d to %d characters, "
                  "without blanks.",
                  SHORTEST_GIVEN, LONGEST_GIVEN);
    return plain;
}

static bool read_wishes(const struct options *o, const struct config *c,
                        struct creation *out, struct error *err)
{
    const char *scope = o->scope != NULL ? o->scope : "write";
    enum bearer_scope parsed;
    int64_t span = 0;
    if (!bearer_scope_parse(scope, &parsed)) {
        error_set(err, "--scope is read, write or admin.");
        return false;
    }
    if (o->target == NULL && parsed != BEARER_ADMIN) {
        error_set(err, "--target is needed: the target that the token opens.");
        return false;
    }
    if (o->target != NULL && config_target(c, o->target) == NULL) {
        error_set(err, "%s has no [target %s].", c->path, o->target);
        return false;
    }
    if (o->expires != NULL &&
        (!quantity_duration(o->expires, &span) || span == 0)) {
        error_set(err, "--expires needs %s.",
                  config_value_allowed(CONFIG_DURATION));
        return false;
    }
    out->token.scope = (char *)(uintptr_t)scope;
    out->token.target = (char *)(uintptr_t)o->target;
    out->token.created = out->now;
    out->token.expires = span == 0 ? 0 : out->now + span;
    out->replace = o->replace;
    return true;
}

static bool name_it(const struct options *o, char *out, size_t size,
                    struct error *err)
{
    unsigned char random[3];
    const struct id_source ids = id_system();
    if (o->name != NULL) {
        size_t len = strlen(o->name);
        if (len > 0 && len < size && len < BEARER_NAME_SIZE) {
            memcpy(out, o->name, len + 1);
            return true;
        }
        error_set(err, "--name takes 1 to %d characters.",
                  BEARER_NAME_SIZE - 1);
        return false;
    }
    if (!ids.fill(ids.ctx, random, sizeof random)) {
        error_set(err, "There are no random numbers.");
        return false;
    }
    (void)snprintf(out, size, "%s-%02x%02x%02x",
                   o->target != NULL ? o->target : "admin", (unsigned)random[0],
                   (unsigned)random[1], (unsigned)random[2]);
    return true;
}

static enum exit_code store_new(struct store *store, struct creation *c,
                                struct error *err)
{
    enum store_rc rc = store_write(store, write_token, c, err);
    if (rc == STORE_OK)
        return CODE_DONE;
    if (c->clash) {
        error_set(err,
                  "A token named \"%s\" is in use, or was. Take another "
                  "--name, or --replace.",
                  c->token.name);
        return CODE_USAGE;
    }
    return CODE_DATABASE;
}

static enum exit_code create(const struct options *o, const struct config *cfg,
                             struct store *store, struct error *err)
{
    char token[LONGEST_GIVEN + 2] = "";
    char name[BEARER_NAME_SIZE];
    const struct id_source ids = id_system();
    const struct clock clock = clock_system();
    struct creation c = {.now = clock_now(&clock)};
    if (!read_wishes(o, cfg, &c, err) || !name_it(o, name, sizeof name, err))
        return CODE_USAGE;
    c.token.name = name;
    if (o->from_stdin ? !read_given(token, err)
                      : !bearer_token_new(&ids, token)) {
        if (err->text[0] == '\0')
            error_set(err, "There are no random numbers.");
        return CODE_USAGE;
    }
    if (!digest_sha256(token, strlen(token), c.token.hash)) {
        error_set(err, "SHA-256 cannot be computed.");
        return CODE_USAGE;
    }
    enum exit_code code = store_new(store, &c, err);
    if (code == CODE_DONE)
        (void)printf("%s\n", token);
    digest_wipe(token, sizeof token);
    return code;
}

/* ---- list -----------------------------------------------------------------
 */

static json_t *when(int64_t ms)
{
    char text[CLOCK_TEXT_SIZE];
    if (ms == 0)
        return json_null();
    clock_format(ms, text);
    return json_string(text);
}

static bool each_token(const struct store_token *t, void *ctx)
{
    json_t *items = ctx;
    return json_array_append_new(
               items, json_pack("{s:s?,s:s?,s:s?,s:o,s:o,s:o,s:o}", "name",
                                t->name, "target", t->target, "scope", t->scope,
                                "created", when(t->created), "lastUsed",
                                when(t->last_used), "expires", when(t->expires),
                                "revoked", when(t->revoked))) == 0;
}

static enum exit_code list(const struct options *o, struct store *store,
                           struct error *err)
{
    static const struct table_column columns[] = {
        {"name", "NAME"},          {"target", "TARGET"},
        {"scope", "SCOPE"},        {"created", "CREATED"},
        {"lastUsed", "LAST USED"}, {"expires", "EXPIRES"},
        {"revoked", "REVOKED"},    {NULL, NULL}};
    struct store_db *db = store_reader_open(store, err);
    if (db == NULL)
        return CODE_DATABASE;
    json_t *items = json_array();
    enum exit_code code = CODE_DONE;
    if (store_token_list(db, each_token, items) == STORE_FAILED) {
        error_set(err, "The database cannot be read: %s", store_db_error(db));
        code = CODE_DATABASE;
        json_decref(items);
    } else {
        json_t *all = json_pack("{s:o,s:n}", "items", items, "next");
        table_print(all, columns, o->json);
        json_decref(all);
    }
    store_reader_close(db);
    return code;
}

/* ---- revoke ---------------------------------------------------------------
 */

struct revocation {
    const char *name;
    int64_t now;
};

static enum store_rc write_revocation(struct store_db *db, void *ctx)
{
    const struct revocation *r = ctx;
    return store_token_revoke(db, r->name, r->now);
}

static enum exit_code revoke(const struct options *o, struct store *store,
                             struct error *err)
{
    const struct clock clock = clock_system();
    struct revocation r = {.name = o->name != NULL ? o->name : o->args[0],
                           .now = clock_now(&clock)};
    if (r.name == NULL) {
        error_set(err, "revoke needs the token's name; token list shows it.");
        return CODE_USAGE;
    }
    switch (store_write(store, write_revocation, &r, err)) {
    case STORE_OK:
        return CODE_DONE;
    case STORE_NONE:
        error_set(err,
                  "No token in use is named \"%s\"; token list shows "
                  "all.",
                  r.name);
        return CODE_USAGE;
    case STORE_CLASH:
    case STORE_FAILED:
        break;
    }
    return CODE_DATABASE;
}

enum exit_code cmd_token(const struct options *o, const char *word)
{
    struct config c;
    struct error err = {{0}};
    if (!config_load(o->config, false, &c, &err))
        return command_fail(CODE_USAGE, &err);
    enum exit_code code = CODE_DATABASE;
    struct store *store = NULL;
    if (store_prepare(c.database, &err))
        store = store_open_shared(c.database, &err);
    if (store != NULL && strcmp(word, "create") == 0)
        code = create(o, &c, store, &err);
    else if (store != NULL && strcmp(word, "list") == 0)
        code = list(o, store, &err);
    else if (store != NULL)
        code = revoke(o, store, &err);
    if (code != CODE_DONE)
        command_complain(&err);
    if (store != NULL)
        store_close(store);
    config_clear(&c);
    return code;
}
