/*
 * server/config.c - from an INI file to a struct config
 *
 *   1 read entries               server/config_file.c
 *   2 check names and values     here, against server/config_keys.c
 *   3 fill [server]              here
 *   4 fill [target NAME]         server/config_target.c
 *
 * All mistakes of step 2 are collected before the file is refused.
 */
#include "server/config.h"

#include "base/quantity.h"
#include "base/digest.h"
#include "server/config_internal.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST_NAME 40

/* ---- what the halves share ------------------------------------------------
 */

void config_mistake(struct config_check *c, int line, const char *format, ...)
{
    char sentence[512];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    if (line > 0)
        buf_fmt(&c->mistakes, "%s:%d: %s\n", c->parts->path, line, sentence);
    else
        buf_fmt(&c->mistakes, "%s: %s\n", c->parts->path, sentence);
}

const struct config_entry *config_entry(const struct config_check *c,
                                        const char *section, const char *key)
{
    const struct config_file *f = &c->parts->file;
    for (size_t i = 0; i < f->entry_count; i++)
        if (strcmp(f->entries[i].section, section) == 0 &&
            strcmp(f->entries[i].key, key) == 0)
            return &f->entries[i];
    return NULL;
}

const char *config_text(const struct config_check *c, const char *section,
                        const char *key, const char *otherwise)
{
    const struct config_entry *e = config_entry(c, section, key);
    return e == NULL ? otherwise : e->value;
}

static void *keep(struct config_check *c, void ***list, size_t *count,
                  void *thing)
{
    void **more =
        thing == NULL ? NULL : realloc(*list, (*count + 1) * sizeof *more);
    if (more == NULL) {
        free(thing);
        c->memory_failed = true;
        return NULL;
    }
    *list = more;
    more[(*count)++] = thing;
    return thing;
}

void *config_keep_block(struct config_check *c, void *block)
{
    return keep(c, &c->parts->blocks, &c->parts->block_count, block);
}

char *config_keep(struct config_check *c, char *text)
{
    return config_keep_block(c, text);
}

char *config_keep_secret(struct config_check *c, char *text)
{
    return keep(c, &c->parts->secrets, &c->parts->secret_count, text);
}

const char *config_path(struct config_check *c, const char *path)
{
    const char *slash = strrchr(c->parts->path, '/');
    if (path[0] == '/' || slash == NULL)
        return path;
    struct buf b = {0};
    buf_add(&b, c->parts->path, (size_t)(slash - c->parts->path) + 1);
    buf_str(&b, path);
    return config_keep(c, buf_take(&b));
}

/* ---- names and values -----------------------------------------------------
 */

static bool section_kind(const char *section, enum config_section *kind)
{
    if (strcmp(section, "server") == 0) {
        *kind = CONFIG_SERVER;
        return true;
    }
    *kind = CONFIG_TARGET;
    return strncmp(section, "target ", 7) == 0;
}

/* Names that are parts of other addresses. */
static bool name_is_taken(const char *name)
{
    static const char *const taken[] = {"scim", "admin", "healthz", "readyz",
                                        "metrics"};
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++)
        if (strcmp(name, taken[i]) == 0)
            return true;
    return false;
}

static void check_target_name(struct config_check *c, const char *name,
                              int line)
{
    size_t len = strlen(name);
    if (len == 0 || len > LONGEST_NAME ||
        strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != len)
        config_mistake(c, line,
                       "The target's name \"%.60s\" is not usable. Take 1 to "
                       "%d of a-z, 0-9 and '-'.",
                       name, LONGEST_NAME);
    else if (name_is_taken(name))
        config_mistake(c, line,
                       "A target cannot be named \"%s\": that is a part of "
                       "other addresses. Take another name.",
                       name);
}

static void check_headings(struct config_check *c)
{
    const struct config_file *f = &c->parts->file;
    for (size_t i = 0; i < f->heading_count; i++) {
        const struct config_heading *h = &f->headings[i];
        enum config_section kind;
        if (!section_kind(h->section, &kind)) {
            config_mistake(c, h->line,
                           "There is no section [%.60s]. Sections are [server] "
                           "and [target NAME].",
                           h->section);
            continue;
        }
        for (size_t j = 0; j < i; j++)
            if (strcmp(f->headings[j].section, h->section) == 0)
                config_mistake(c, h->line,
                               "The section [%s] stands here a second time; "
                               "the first is on line %d. Join them.",
                               h->section, f->headings[j].line);
        if (kind == CONFIG_TARGET)
            check_target_name(c, h->section + 7, h->line);
    }
}

static void unknown_key(struct config_check *c, const struct config_entry *e,
                        enum config_section kind)
{
    enum config_section other =
        kind == CONFIG_SERVER ? CONFIG_TARGET : CONFIG_SERVER;
    const char *near = config_key_nearest(kind, e->key);
    const char *dot = strchr(e->key, '.');
    const struct config_key *parent = NULL;
    for (size_t i = 0; dot != NULL && i < config_key_count; i++)
        if (config_keys[i].section == kind && config_keys[i].parts != NULL &&
            strncmp(config_keys[i].name, e->key, (size_t)(dot - e->key) + 1) ==
                0)
            parent = &config_keys[i];
    if (parent != NULL)
        config_mistake(c, e->line,
                       "There is no key \"%.60s\". After \"%s\" comes one of "
                       "%s.",
                       e->key, parent->name, parent->parts);
    else if (config_key_find(other, e->key) != NULL)
        config_mistake(c, e->line, "The key \"%s\" belongs into %s.", e->key,
                       other == CONFIG_SERVER ? "[server]" : "[target NAME]");
    else if (near != NULL && strcmp(near, e->key) == 0)
        config_mistake(c, e->line, "\"%s\" needs a name behind its dot.",
                       e->key);
    else if (near != NULL)
        config_mistake(c, e->line,
                       "There is no key \"%.60s\" in [%s]. Did you mean "
                       "\"%s\"?",
                       e->key, e->section, near);
    else
        config_mistake(c, e->line,
                       "There is no key \"%.60s\" in [%s]. All keys are "
                       "described in conf/scim-bridge.ini.",
                       e->key, e->section);
}

/* The value as a number, where its kind has one; false: not of its kind. */
static bool value_ok(const struct config_key *k, const char *value,
                     int64_t *number)
{
    int64_t second;
    bool yes;
    char *host = NULL;
    int port;
    *number = 0;
    switch (k->kind) {
    case CONFIG_TEXT:
    case CONFIG_PATH:
    case CONFIG_LIST:
        return value[0] != '\0';
    case CONFIG_LISTEN:
        yes = config_listen(value, &host, &port);
        free(host);
        return yes;
    case CONFIG_URL:
        return config_url(value) && (strncmp(value, "https:", 6) == 0 ||
                                     config_url_is_loopback(value));
    case CONFIG_PUBLIC:
        return config_url(value);
    case CONFIG_CHOICE:
        return config_choice(k->choices, value);
    case CONFIG_YES_NO:
        return config_yes_no(value, &yes);
    case CONFIG_DURATION:
        return quantity_duration(value, number);
    case CONFIG_SIZE:
        return quantity_size(value, number);
    case CONFIG_SHARE:
        return quantity_share(value, number);
    case CONFIG_NUMBER:
        return quantity_number(value, number);
    case CONFIG_SECRET:
        return (strncmp(value, "env:", 4) == 0 && value[4] != '\0') ||
               (strncmp(value, "file:", 5) == 0 && value[5] != '\0');
    case CONFIG_BRAKE:
        return quantity_brake(value, number, &second);
    }
    return false;
}

/* A bound as a person would write it. */
static const char *bound_text(const struct config_key *k, int64_t bound,
                              char *out, size_t size)
{
    static const struct {
        enum config_kind kind;
        int64_t unit;
        const char *word;
    } units[] = {
        {CONFIG_DURATION, 86400000, "d"}, {CONFIG_DURATION, 3600000, "h"},
        {CONFIG_DURATION, 60000, "m"},    {CONFIG_DURATION, 1000, "s"},
        {CONFIG_SIZE, 1048576, "m"},      {CONFIG_SIZE, 1024, "k"},
    };
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (units[i].kind == k->kind && bound % units[i].unit == 0 &&
            (bound > 0 || units[i].unit == 1000)) {
            (void)snprintf(out, size, "%lld%s",
                           (long long)(bound / units[i].unit), units[i].word);
            return out;
        }
    (void)snprintf(out, size, "%lld", (long long)bound);
    return out;
}

static void check_value(struct config_check *c, const struct config_entry *e,
                        const struct config_key *k)
{
    int64_t number;
    char low[32], high[32];
    /* A secret's value may be the secret itself, put there by mistake. */
    const char *shown = k->kind == CONFIG_SECRET ? "..." : e->value;
    if (!value_ok(k, e->value, &number)) {
        config_mistake(
            c, e->line, "%s = %.80s: expected %s%s%s.", e->key, shown,
            k->choices == NULL ? config_value_allowed(k->kind) : "one of ",
            k->choices == NULL ? "" : k->choices,
            k->kind == CONFIG_TEXT ? " that is not empty" : "");
        return;
    }
    if (k->high > 0 && (number < k->low || number > k->high))
        config_mistake(c, e->line, "%s = %s: allowed are %s to %s.", e->key,
                       shown, bound_text(k, k->low, low, sizeof low),
                       bound_text(k, k->high, high, sizeof high));
}

static void check_entry(struct config_check *c, size_t at)
{
    const struct config_file *f = &c->parts->file;
    const struct config_entry *e = &f->entries[at];
    enum config_section kind;
    if (!section_kind(e->section, &kind)) {
        if (e->section[0] == '\0')
            config_mistake(c, e->line,
                           "The key \"%.60s\" stands before the first "
                           "[section].",
                           e->key);
        return; /* else check_headings has said so */
    }
    const struct config_key *k = config_key_find(kind, e->key);
    if (k == NULL) {
        unknown_key(c, e, kind);
        return;
    }
    for (size_t i = 0; i < at; i++)
        if (strcmp(f->entries[i].section, e->section) == 0 &&
            strcmp(f->entries[i].key, e->key) == 0) {
            config_mistake(c, e->line,
                           "%s stands here a second time; the first is on "
                           "line %d.",
                           e->key, f->entries[i].line);
            return;
        }
    check_value(c, e, k);
}

static void check_required(struct config_check *c, const char *section,
                           enum config_section kind, int line)
{
    for (size_t i = 0; i < config_key_count; i++) {
        const struct config_key *k = &config_keys[i];
        if (k->section == kind && k->required &&
            config_entry(c, section, k->name) == NULL)
            config_mistake(c, line, "[%s] lacks the key %s: %s.", section,
                           k->name, k->help);
    }
}

static void check_sections(struct config_check *c)
{
    const struct config_file *f = &c->parts->file;
    int server_line = 0;
    size_t targets = 0;
    for (size_t i = 0; i < f->heading_count; i++) {
        const struct config_heading *h = &f->headings[i];
        enum config_section kind;
        if (!section_kind(h->section, &kind))
            continue;
        if (kind == CONFIG_SERVER) {
            server_line = h->line;
            continue;
        }
        targets++;
        check_required(c, h->section, CONFIG_TARGET, h->line);
    }
    check_required(c, "server", CONFIG_SERVER, server_line);
    if (targets == 0)
        config_mistake(c, 0,
                       "There is no [target NAME]: name the helpdesk that is "
                       "to be bridged.");
}

/* ---- [server] -------------------------------------------------------------
 */

static int64_t number_of(const struct config_check *c, const char *key,
                         int64_t otherwise)
{
    const struct config_entry *e = config_entry(c, "server", key);
    const struct config_key *k = config_key_find(CONFIG_SERVER, key);
    int64_t number;
    return e != NULL && value_ok(k, e->value, &number) ? number : otherwise;
}

static void check_tls(struct config_check *c)
{
    const struct config *out = c->out;
    const struct config_entry *e = config_entry(c, "server", "listen");
    if ((out->tls_certificate == NULL) != (out->tls_key == NULL))
        config_mistake(c, 0,
                       "tls_certificate and tls_key belong together: give "
                       "both or neither.");
    if (out->tls_key == NULL && !out->insecure_http &&
        !config_host_is_loopback(out->host, strlen(out->host)))
        config_mistake(
            c, e->line,
            "listen = %s: others can reach this address, and without TLS they "
            "could read the tokens. Give tls_certificate and tls_key, listen "
            "on 127.0.0.1 behind a proxy, or set insecure_http = yes.",
            e->value);
}

static void fill_limits(struct config_check *c)
{
    struct config *out = c->out;
    out->max_body = number_of(c, "max_body", 1048576);
    out->max_connections = (int)number_of(c, "max_connections", 512);
    out->connections_per_address =
        (int)number_of(c, "connections_per_address", 256);
    out->request_timeout = number_of(c, "request_timeout", 30000);
    out->idle_timeout = number_of(c, "idle_timeout", 75000);
    out->grace = number_of(c, "grace", 20000);
    out->threads = (int)number_of(c, "threads", 0);
    out->workers = (int)number_of(c, "workers", 0);
    out->default_page = (int)number_of(c, "default_page", 100);
    out->max_page = (int)number_of(c, "max_page", 200);
    out->cursor_timeout =
        (int)(number_of(c, "cursor_timeout", 1000LL * BRIDGE_CURSOR_TIMEOUT) /
              1000);
    if (out->default_page > out->max_page)
        config_mistake(c, 0, "default_page is larger than max_page.");
}

static void fill_public_url(struct config_check *c)
{
    const char *url = config_text(c, "server", "public_url", NULL);
    if (url == NULL)
        return;
    size_t len = strlen(url);
    while (len > 0 && url[len - 1] == '/')
        len--;
    c->parts->public_url = strndup(url, len);
    c->memory_failed = c->memory_failed || c->parts->public_url == NULL;
    c->out->public_url = c->parts->public_url;
}

static void fill_server(struct config_check *c)
{
    struct config *out = c->out;
    const char *certificate = config_text(c, "server", "tls_certificate", NULL);
    const char *key = config_text(c, "server", "tls_key", NULL);
    if (!config_listen(config_text(c, "server", "listen", ""), &c->parts->host,
                       &out->port)) {
        c->memory_failed = true;
        return;
    }
    out->host = c->parts->host;
    fill_public_url(c);
    out->database = config_path(c, config_text(c, "server", "database", ""));
    out->tls_certificate =
        certificate == NULL ? NULL : config_path(c, certificate);
    out->tls_key = key == NULL ? NULL : config_path(c, key);
    (void)config_yes_no(config_text(c, "server", "insecure_http", "no"),
                        &out->insecure_http);
    out->log_json =
        strcmp(config_text(c, "server", "log", "text"), "json") == 0;
    (void)log_level_parse(config_text(c, "server", "log_level", "info"),
                          &out->log_level);
    fill_limits(c);
    check_tls(c);
}

static void fill_targets(struct config_check *c)
{
    const struct config_file *f = &c->parts->file;
    struct bridge_target_config *list =
        config_keep_block(c, calloc(f->heading_count, sizeof *list));
    c->out->targets = list;
    for (size_t i = 0; list != NULL && i < f->heading_count; i++) {
        const char *section = f->headings[i].section;
        if (strcmp(section, "server") != 0)
            config_fill_target(c, section, section + 7,
                               &list[c->out->target_count++]);
    }
}

/* ---- loading --------------------------------------------------------------
 */

static bool check_all(struct config_check *c)
{
    if (!config_file_read(c->parts->path, &c->parts->file, &c->mistakes))
        return false;
    check_headings(c);
    for (size_t i = 0; i < c->parts->file.entry_count; i++)
        check_entry(c, i);
    check_sections(c);
    if (c->mistakes.len > 0)
        return false;
    fill_server(c);
    if (!c->memory_failed)
        fill_targets(c);
    return c->mistakes.len == 0 && !c->memory_failed;
}

static void report(struct config_check *c, struct error *err)
{
    size_t len = c->mistakes.len;
    if (!buf_ok(&c->mistakes) || len == 0) {
        error_set(err, "The configuration cannot be read: memory ran out.");
        return;
    }
    while (len > 0 && c->mistakes.data[len - 1] == '\n')
        len--;
    error_set(err, "%.*s", (int)len, c->mistakes.data);
}

bool config_load(const char *path, bool secrets, struct config *out,
                 struct error *err)
{
    struct config_check c = {.out = out, .with_secrets = secrets};
    *out = (struct config){0};
    c.parts = out->parts = calloc(1, sizeof *out->parts);
    if (c.parts != NULL)
        out->path = c.parts->path = strdup(path);
    bool ok = c.parts != NULL && c.parts->path != NULL && check_all(&c);
    if (!ok) {
        report(&c, err);
        config_clear(out);
    }
    buf_clear(&c.mistakes);
    return ok;
}

bool config_load_level(const char *path, enum log_level *level,
                       struct error *err)
{
    struct config c;
    if (!config_load(path, false, &c, err))
        return false;
    *level = c.log_level;
    config_clear(&c);
    return true;
}

void config_clear(struct config *c)
{
    struct config_parts *p = c->parts;
    if (p != NULL) {
        for (size_t i = 0; i < p->secret_count; i++) {
            digest_wipe(p->secrets[i], strlen(p->secrets[i]));
            free(p->secrets[i]);
        }
        free(p->secrets);
        for (size_t i = 0; i < p->block_count; i++)
            free(p->blocks[i]);
        free(p->blocks);
        config_file_clear(&p->file);
        free(p->path);
        free(p->host);
        free(p->public_url);
        free(p);
    }
    *c = (struct config){0};
}

const struct bridge_target_config *config_target(const struct config *c,
                                                 const char *name)
{
    if (name == NULL || name[0] == '\0')
        return &c->targets[0];
    for (size_t i = 0; i < c->target_count; i++)
        if (strcmp(c->targets[i].name, name) == 0)
            return &c->targets[i];
    return NULL;
}
