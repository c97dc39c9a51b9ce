/*
 * providers/account.c - where calls go, and as whom
 *
 * The profile's own `auth` and base URL are the first account. Those of
 * `accounts` follow, each only where the configuration has all of its secrets:
 * an operation of an account that is not there counts as not in the profile.
 */
#include "providers/operation_internal.h"

#include "providers/url.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *text(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static bool has_secrets(const json_t *spec, const json_t *secrets)
{
    const char *name;
    json_t *sentence;
    json_object_foreach (json_object_get(spec, "secrets"), name, sentence) {
        char key[136];
        (void)snprintf(key, sizeof key, "secret.%.120s", name);
        if (json_object_get(secrets, key) == NULL)
            return false;
    }
    return true;
}

/* Address, headers and proof of `a`, by `spec`; `base` is stolen. */
static bool open_one(const struct engine_config *config, const json_t *spec,
                     char *base, struct account *a, struct error *err)
{
    const struct vars open = {.scope = {config->variables}, .count = 1};
    const struct vars secret = {.scope = {config->secrets, config->variables},
                                .count = 2};
    const char *where = a->name == NULL ? "" : a->name;
    a->spec = spec;
    breaker_init(&a->breaker);
    char missing[128] = "";
    const char *why = "memory ran out";
    a->base_url = base;
    size_t len = base == NULL ? 0 : strlen(base);
    while (len > 0 && base[len - 1] == '/')
        base[--len] = '\0';
    if (base == NULL || !url_allowed(base, &why)) {
        error_set(err, "%s%sbase_url: %s.", where, *where == '\0' ? "" : ": ",
                  why);
        return false;
    }
    if (!headers_fill(json_object_get(spec, "headers"), &open, &a->headers,
                      &a->header_count, missing)) {
        error_set(err,
                  "headers: \"%s\" has no value, or one with a line break.",
                  missing);
        return false;
    }
    /* A recording was made without the proof, and is replayed without. */
    json_t *none = json_pack("{s:s}", "type", "none");
    a->auth =
        auth_new(config->replay != NULL ? none : json_object_get(spec, "auth"),
                 &secret, err);
    json_decref(none);
    return a->auth != NULL;
}

static char *base_of(const json_t *spec, const struct engine_config *config)
{
    const struct vars open = {.scope = {config->variables}, .count = 1};
    char missing[128] = "";
    const char *own = text(spec, "base_url");
    return own == NULL ? strdup(config->base_url)
                       : template_text(own, &open, missing);
}

bool accounts_open(struct engine *e, const struct engine_config *config,
                   struct error *err)
{
    const json_t *more = json_object_get(e->profile, "accounts");
    const char *name;
    json_t *spec;
    e->accounts = calloc(json_object_size(more) + 1, sizeof *e->accounts);
    if (e->accounts == NULL) {
        error_set(err, "The engine could not be started: no memory.");
        return false;
    }
    e->account_count = 1;
    if (!open_one(config, e->profile,
                  strdup(config->base_url == NULL ? "" : config->base_url),
                  &e->accounts[0], err))
        return false;
    json_object_foreach ((json_t *)more, name, spec) {
        if (!json_is_object(spec) || !has_secrets(spec, config->secrets))
            continue;
        struct account *a = &e->accounts[e->account_count++];
        a->name = name;
        if (!open_one(config, spec, base_of(spec, config), a, err))
            return false;
    }
    return true;
}

void accounts_close(struct engine *e)
{
    for (size_t i = 0; i < e->account_count; i++) {
        struct account *a = &e->accounts[i];
        auth_free(a->auth);
        headers_free(a->headers, a->header_count);
        breaker_clear(&a->breaker);
        free(a->base_url);
    }
    free(e->accounts);
}

struct account *account_of(const struct engine *e, const json_t *spec)
{
    const char *name = text(spec, "account");
    if (name == NULL)
        return &e->accounts[0];
    for (size_t i = 1; i < e->account_count; i++)
        if (strcmp(e->accounts[i].name, name) == 0)
            return &e->accounts[i];
    return NULL;
}
