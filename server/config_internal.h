/*
 * server/config_internal.h - what the two halves of the configuration share
 *
 * config.c checks entries and fills [server]; config_target.c fills targets.
 */
#ifndef SERVER_CONFIG_INTERNAL_H
#define SERVER_CONFIG_INTERNAL_H

#include "server/config.h"
#include "server/config_file.h"
#include "server/config_keys.h"

struct config_parts {
    char *path, *host, *public_url;
    struct config_file file;
    void **blocks; /* texts, arrays of pairs, lists */
    size_t block_count;
    void **secrets; /* texts, wiped before they are freed */
    size_t secret_count;
};

struct config_check {
    struct config *out;
    struct config_parts *parts;
    struct buf mistakes;
    bool with_secrets, memory_failed;
};

/* Adds "FILE:LINE: sentence". */
void config_mistake(struct config_check *c, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The entry of a key, or NULL. `section` as written, "target x". */
const struct config_entry *config_entry(const struct config_check *c,
                                        const char *section, const char *key);
/* Its value, or `otherwise`. */
const char *config_text(const struct config_check *c, const char *section,
                        const char *key, const char *otherwise);
/* Keeps a secret; as config_keep. */
char *config_keep_secret(struct config_check *c, char *text);
/* Keeps `text` until config_clear and returns it; NULL: memory ran out, and
 * `text` was freed. */
char *config_keep(struct config_check *c, char *text);
void *config_keep_block(struct config_check *c, void *block);
/* A path that starts at the folder of the file; kept. */
const char *config_path(struct config_check *c, const char *path);

/* Fills the target of `section` ("target x") with `name` into *out. */
void config_fill_target(struct config_check *c, const char *section,
                        const char *name, struct bridge_target_config *out);

#endif
