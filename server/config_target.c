/*
 * server/config_target.c - a [target NAME] becomes what bridge/ is given
 */
#include "schema/embedded.h"
#include "server/config_internal.h"

#include "base/quantity.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LONGEST_SECRET 65536
#define PROFILES       "providers/"

/* ---- profile --------------------------------------------------------------
 */

/* The shipped profile of that name, as `providers/NAME.json`. */
static const struct embedded *shipped(const char *name)
{
    size_t len = strlen(name);
    for (const struct embedded *e = embedded_files; e->name != NULL; e++) {
        const char *file = e->name + strlen(PROFILES);
        if (strncmp(e->name, PROFILES, strlen(PROFILES)) == 0 &&
            strncmp(file, name, len) == 0 && strcmp(file + len, ".json") == 0)
            return e;
    }
    return NULL;
}

static void unknown_profile(struct config_check *c,
                            const struct config_entry *entry)
{
    struct buf all = {0};
    for (const struct embedded *e = embedded_files; e->name != NULL; e++)
        if (strncmp(e->name, PROFILES, strlen(PROFILES)) == 0) {
            const char *file = e->name + strlen(PROFILES);
            buf_fmt(&all, "%s%.*s", all.len > 0 ? ", " : "",
                    (int)strcspn(file, "."), file);
        }
    config_mistake(c, entry->line,
                   "profile = %.80s: no shipped profile has this name. There "
                   "are: %s. A profile of your own is given by its path, with "
                   "a '/' or ending in .json.",
                   entry->value,
                   buf_ok(&all) && all.len > 0 ? all.data : "none");
    buf_clear(&all);
}

static void fill_profile(struct config_check *c, const char *section,
                         struct bridge_target_config *out)
{
    const struct config_entry *e = config_entry(c, section, "profile");
    size_t len = strlen(e->value);
    bool file = strchr(e->value, '/') != NULL ||
                (len > 5 && strcmp(e->value + len - 5, ".json") == 0);
    out->profile = e->value;
    if (file) {
        out->profile = config_path(c, e->value);
        if (out->profile != NULL && access(out->profile, R_OK) != 0)
            config_mistake(c, e->line, "profile = %s: %s: %s.", e->value,
                           out->profile, strerror(errno));
        return;
    }
    const struct embedded *found = shipped(e->value);
    if (found == NULL)
        unknown_profile(c, e);
    else
        out->profile_text = found->text;
}

/* ---- secrets --------------------------------------------------------------
 */

/* The bytes of a file without the line end behind them; new, or NULL. */
static char *read_secret(int fd)
{
    char *text = malloc(LONGEST_SECRET + 1);
    size_t len = 0;
    ssize_t got = 1;
    while (text != NULL && got > 0 && len < LONGEST_SECRET) {
        got = read(fd, text + len, LONGEST_SECRET - len);
        if (got < 0 && errno == EINTR)
            got = 1;
        else if (got > 0)
            len += (size_t)got;
    }
    if (text == NULL || got < 0 || len == LONGEST_SECRET) {
        free(text);
        return NULL;
    }
    while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r'))
        len--;
    text[len] = '\0';
    return text;
}

static const char *secret_from_file(struct config_check *c,
                                    const struct config_entry *e)
{
    const char *path = config_path(c, e->value + strlen("file:"));
    int fd = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        config_mistake(c, e->line, "%s: the file %s cannot be opened: %s.",
                       e->key, path == NULL ? "" : path, strerror(errno));
        return NULL;
    }
    char *text = config_keep_secret(c, read_secret(fd));
    (void)close(fd);
    if (text == NULL || text[0] == '\0')
        config_mistake(c, e->line,
                       "%s: the file %s holds no secret that can be used.",
                       e->key, path);
    return text;
}

static const char *secret(struct config_check *c, const struct config_entry *e)
{
    if (!c->with_secrets)
        return "";
    if (strncmp(e->value, "file:", 5) == 0)
        return secret_from_file(c, e);
    const char *value = getenv(e->value + strlen("env:"));
    if (value == NULL || value[0] == '\0') {
        config_mistake(c, e->line,
                       "%s: the environment variable %s is not set.", e->key,
                       e->value + strlen("env:"));
        return NULL;
    }
    return config_keep_secret(c, strdup(value));
}

/* ---- lists ----------------------------------------------------------------
 */

/* All keys of the section that start with `prefix`, as pairs. */
static const struct bridge_pair *pairs(struct config_check *c,
                                       const char *section, const char *prefix,
                                       bool secrets)
{
    const struct config_file *f = &c->parts->file;
    size_t count = 0, len = strlen(prefix);
    struct bridge_pair *list =
        config_keep_block(c, calloc(f->entry_count + 1, sizeof *list));
    for (size_t i = 0; list != NULL && i < f->entry_count; i++) {
        const struct config_entry *e = &f->entries[i];
        if (strcmp(e->section, section) != 0 ||
            strncmp(e->key, prefix, len) != 0)
            continue;
        list[count].name = e->key + len;
        list[count++].value = secrets ? secret(c, e) : e->value;
    }
    return list;
}

/* "a, b" as a list that NULL ends. */
static const char *const *names(struct config_check *c, const char *text)
{
    char *copy = config_keep(c, strdup(text));
    const char **list =
        config_keep_block(c, calloc(strlen(text) / 2 + 2, sizeof *list));
    size_t count = 0;
    if (copy == NULL || list == NULL)
        return NULL;
    for (char *at = copy; *at != '\0';) {
        at += strspn(at, ", \t");
        size_t len = strcspn(at, ",");
        char *next = at[len] == '\0' ? at + len : at + len + 1;
        while (len > 0 && (at[len - 1] == ' ' || at[len - 1] == '\t'))
            len--;
        at[len] = '\0';
        if (len > 0)
            list[count++] = at;
        at = next;
    }
    return (const char *const *)list;
}

/* ---- the target -----------------------------------------------------------
 */

static void fill_policy(struct config_check *c, const char *section,
                        struct bridge_target_config *out)
{
    out->sync_interval = config_text(c, section, "sync_interval", NULL);
    out->deadline = config_text(c, section, "deadline", NULL);
    out->unsupported = config_text(c, section, "unsupported", NULL);
    out->removal = config_text(c, section, "removal", NULL);
    out->deactivation = config_text(c, section, "deactivation", NULL);
    out->brake = config_text(c, section, "brake", NULL);
    out->offboard = config_text(c, section, "offboard", NULL);
    out->rate_headroom = config_text(c, section, "rate.headroom", NULL);
    out->client = config_text(c, section, "client", NULL);
    out->unsupported_kinds = pairs(c, section, "unsupported.", false);
    out->capabilities = pairs(c, section, "capability.", false);
    out->dues = pairs(c, section, "due.", false);
    out->resend_after =
        config_text(c, section, "invitation.resend_after", NULL);
    out->max_resends = config_text(c, section, "invitation.max_resends", NULL);
    out->roles = pairs(c, section, "role.", false);
    out->inboxes = pairs(c, section, "inbox.", false);
    out->protect = names(c, config_text(c, section, "protect", ""));
    int64_t seats = 0;
    (void)quantity_number(config_text(c, section, "seats", "0"), &seats);
    out->seats = (int)seats;
    (void)config_yes_no(config_text(c, section, "group_names_unique", "yes"),
                        &out->group_names_unique);
}

static const char *folder(struct config_check *c, const char *section,
                          const char *key)
{
    const char *path = config_text(c, section, key, NULL);
    return path == NULL ? NULL : config_path(c, path);
}

void config_fill_target(struct config_check *c, const char *section,
                        const char *name, struct bridge_target_config *out)
{
    out->name = name;
    fill_profile(c, section, out);
    out->base_url = config_text(c, section, "base_url", NULL);
    out->secrets = pairs(c, section, "secret.", true);
    out->variables = pairs(c, section, "set.", false);
    fill_policy(c, section, out);
    out->record = folder(c, section, "record");
    out->replay = folder(c, section, "replay");
    if (out->record != NULL && out->replay != NULL)
        config_mistake(c, config_entry(c, section, "replay")->line,
                       "record and replay exclude each other: take one away.");
}
