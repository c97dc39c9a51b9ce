/*
 * server/config.h - the configuration, read and checked
 *
 * Every key, its kind and its bounds come from server/config_keys.h. A file
 * with a mistake is refused as a whole; the sentence has one line a mistake,
 * each with file, line, and what would have been right.
 *
 * Relative paths start at the folder of the file itself.
 */
#ifndef SERVER_CONFIG_H
#define SERVER_CONFIG_H

#include "base/error.h"
#include "base/log.h"
#include "bridge/bridge.h"

#define CONFIG_DEFAULT_FILE "/etc/scim-bridge/scim-bridge.ini"

struct config_parts; /* what the pointers below point into */

struct config {
    const char *path; /* of the file */
    const char *host; /* of `listen` */
    int port;
    const char *public_url; /* NULL: made from `listen`; no slash at its end */
    const char *database;
    const char *tls_certificate, *tls_key; /* both or neither NULL */
    bool insecure_http, log_json;
    enum log_level log_level;
    int64_t max_body; /* bytes */
    int max_connections, connections_per_address;
    int64_t request_timeout, idle_timeout, grace; /* ms */
    int threads;                                  /* 0: one a core */
    int workers, default_page, max_page;
    int cursor_timeout;                   /* seconds */
    struct bridge_target_config *targets; /* in the file's order */
    size_t target_count;
    struct config_parts *parts; /* owned */
};

/*
 * Reads the file. With `secrets` false those are checked for their form only,
 * and not looked up. False and the sentences: the file is not usable; *out is
 * then zeroed. The caller frees with config_clear, which wipes secrets.
 */
bool config_load(const char *path, bool secrets, struct config *out,
                 struct error *err);
void config_clear(struct config *c);
/* The level alone, for a reload; false: leave it as it is. */
bool config_load_level(const char *path, enum log_level *level,
                       struct error *err);
/* The target of that name; NULL or "": the first. NULL: none. */
const struct bridge_target_config *config_target(const struct config *c,
                                                 const char *name);

#endif
