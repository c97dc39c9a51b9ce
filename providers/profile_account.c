/*
 * providers/profile_account.c - a profile's variables, secrets and base URL
 */
#include "providers/profile.h"

#include "base/buf.h"
#include "base/digest.h"
#include "base/nearest.h"
#include "providers/template.h"

#include <stdlib.h>
#include <string.h>

struct binding {
    const json_t *profile;
    const struct up_config *config;
    struct profile_account *out;
    struct buf lines;
};

static void bad(struct binding *b, const char *where, const char *name,
                const char *reason)
{
    buf_fmt(&b->lines, "%s%s: %s%s: %s", b->lines.len > 0 ? "\n" : "",
            b->config->profile, where, name, reason);
}

/* ---- values -------------------------------------------------------------- */

/* False: the variable has `values`, and this is none of them. */
static bool is_choice(const json_t *declared, const json_t *value)
{
    const json_t *values = json_object_get(declared, "values");
    size_t i;
    json_t *one;
    json_array_foreach (values, i, one) {
        if (json_equal(one, value))
            return true;
    }
    return values == NULL;
}

/* INI text as the JSON type that the variable has; NULL: it does not fit. */
static json_t *typed(const char *type, const char *text)
{
    if (type != NULL && strcmp(type, "boolean") == 0) {
        if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0)
            return json_boolean(text[0] == 't');
        return NULL;
    }
    if (type != NULL && strcmp(type, "integer") == 0) {
        char *end = NULL;
        long long n = strtoll(text, &end, 10);
        return end == text || *end != '\0' ? NULL : json_integer(n);
    }
    return json_string(text);
}

/* The setting for `name`, with or without the prefix that the INI uses. */
static const char *setting(const struct up_setting *list, const char *prefix,
                           const char *name)
{
    size_t skip = strlen(prefix);
    for (; list != NULL && list->name != NULL; list++) {
        const char *given = list->name;
        if (strncmp(given, prefix, skip) == 0)
            given += skip;
        if (strcmp(given, name) == 0)
            return list->value;
    }
    return NULL;
}

static void put(json_t *into, const char *prefix, const char *name,
                json_t *value)
{
    struct buf key = {0};
    buf_fmt(&key, "%s%s", prefix, name);
    char *text = buf_take(&key);
    if (text == NULL)
        json_decref(value);
    else
        (void)json_object_set_new(into, text, value);
    free(text);
}

static void bad_choice(struct binding *b, const char *name,
                       const json_t *declared)
{
    struct buf why = {0};
    size_t i;
    json_t *one;
    buf_str(&why, "must be one of");
    json_array_foreach (json_object_get(declared, "values"), i, one) {
        char *text = json_dumps(one, JSON_ENCODE_ANY);
        buf_fmt(&why, "%s %s", i > 0 ? "," : "", text == NULL ? "" : text);
        free(text);
    }
    bad(b, "vars.", name, buf_ok(&why) ? why.data : "has a wrong value");
    buf_clear(&why);
}

static void bind_variables(struct binding *b)
{
    const char *name;
    json_t *declared;
    json_object_foreach (json_object_get(b->profile, "vars"), name, declared) {
        const char *type = json_string_value(json_object_get(declared, "type"));
        const char *text = setting(b->config->variables, "set.", name);
        json_t *fallback = json_object_get(declared, "default");
        json_t *value =
            text != NULL ? typed(type, text) : json_incref(fallback);
        if (value != NULL && !is_choice(declared, value)) {
            bad_choice(b, name, declared);
            json_decref(value);
        } else if (value != NULL)
            put(b->out->variables, "set.", name, value);
        else if (text != NULL)
            bad(b, "vars.", name,
                type[0] == 'b' ? "must be true or false"
                               : "must be a whole number");
        else
            bad(b, "vars.", name,
                "has no default and no value; add set.NAME to the target");
    }
}

static void bind_secrets(struct binding *b)
{
    const char *name;
    json_t *sentence;
    json_object_foreach (json_object_get(b->profile, "secrets"), name,
                         sentence) {
        const char *text = setting(b->config->secrets, "secret.", name);
        if (text != NULL && *text != '\0') {
            put(b->out->secrets, "secret.", name, json_string(text));
            continue;
        }
        struct buf why = {0};
        buf_fmt(&why, "missing; add secret.%s to the target: %s", name,
                json_string_value(sentence));
        bad(b, "secrets.", name, buf_ok(&why) ? why.data : "missing");
        buf_clear(&why);
    }
}

/* Those of `accounts`: who has none leaves that account out. */
static void bind_account_secrets(struct binding *b)
{
    const char *account, *name;
    json_t *spec, *sentence;
    json_object_foreach (json_object_get(b->profile, "accounts"), account,
                         spec) {
        json_object_foreach (json_object_get(spec, "secrets"), name, sentence) {
            const char *text = setting(b->config->secrets, "secret.", name);
            if (text != NULL && *text != '\0')
                put(b->out->secrets, "secret.", name, json_string(text));
        }
    }
}

/* Everything of that section, that of `accounts` too. New. */
static json_t *declared_names(const json_t *profile, const char *section)
{
    const char *name;
    json_t *account;
    json_t *all = json_copy(json_object_get(profile, section));
    if (all == NULL)
        all = json_object();
    json_object_foreach (json_object_get(profile, "accounts"), name, account) {
        json_t *own = json_object_get(account, section);
        if (own != NULL)
            (void)json_object_update_missing(all, own);
    }
    return all;
}

static void unknown_settings(struct binding *b, const struct up_setting *list,
                             const char *prefix, const char *section)
{
    json_t *declared = declared_names(b->profile, section);
    size_t skip = strlen(prefix);
    const char *key;
    json_t *value;
    for (; list != NULL && list->name != NULL; list++) {
        const char *name = list->name;
        if (strncmp(name, prefix, skip) == 0)
            name += skip;
        if (json_object_get(declared, name) != NULL)
            continue;
        struct nearest n = nearest_to(name);
        json_object_foreach (declared, key, value) {
            nearest_offer(&n, key);
        }
        struct buf why = {0};
        buf_str(&why, "the profile asks for no such name");
        if (n.best[0] != '\0')
            buf_fmt(&why, "; did you mean \"%s%s\"?", prefix, n.best);
        bad(b, prefix, name, buf_ok(&why) ? why.data : "unknown");
        buf_clear(&why);
    }
    json_decref(declared);
}

/* What the operator forces: capabilities of the profile, on, off or auto. */
static void unknown_capabilities(struct binding *b)
{
    const struct up_setting *s = b->config->capabilities;
    for (; s != NULL && s->name != NULL; s++)
        if (strcmp(s->value, "on") != 0 && strcmp(s->value, "off") != 0 &&
            strcmp(s->value, "auto") != 0)
            bad(b, "capability.", s->name, "must be on, off or auto");
    unknown_settings(b, b->config->capabilities, "capability.", "capabilities");
}

/* ---- the base URL -------------------------------------------------------- */

static bool loopback(const char *host)
{
    static const char *const names[] = {"127.0.0.1", "localhost", "[::1]"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t len = strlen(names[i]);
        if (strncmp(host, names[i], len) == 0 &&
            (host[len] == '\0' || host[len] == ':' || host[len] == '/'))
            return true;
    }
    return false;
}

static const char *url_fault(const char *url)
{
    for (const char *p = url; *p != '\0'; p++)
        if ((unsigned char)*p <= 0x20 || *p == 0x7f)
            return "holds a blank or a control character";
    if (strpbrk(url, "?#@") != NULL)
        return "must not hold a user, a query or a fragment";
    if (strncmp(url, "https://.", 9) == 0)
        return "begins with a dot where the host's name begins; a variable of "
               "the profile has no value (set.NAME)";
    if (strncmp(url, "https://", 8) == 0 && url[8] != '\0' && url[8] != '/')
        return NULL;
    if (strncmp(url, "http://", 7) == 0 && loopback(url + 7))
        return NULL;
    return "must begin with https:// (http:// only to this machine: "
           "127.0.0.1, localhost, [::1])";
}

static void bind_url(struct binding *b)
{
    const char *own =
        json_string_value(json_object_get(b->profile, "base_url"));
    struct vars v = {.scope = {b->out->variables}, .count = 1};
    char missing[128] = "";
    if (b->config->base_url != NULL)
        b->out->base_url = strdup(b->config->base_url);
    else if (own == NULL)
        bad(b, "base_url", "", "missing; add base_url to the target");
    else
        b->out->base_url = template_text(own, &v, missing);
    if (b->out->base_url == NULL)
        return;
    const char *why = url_fault(b->out->base_url);
    if (why != NULL)
        bad(b, "base_url", "", why);
    size_t len = strlen(b->out->base_url);
    while (len > 0 && b->out->base_url[len - 1] == '/')
        b->out->base_url[--len] = '\0';
}

void profile_account_clear(struct profile_account *a)
{
    const char *name;
    json_t *secret;
    /* jansson hands out its own memory, which is about to be freed. */
    json_object_foreach (a->secrets, name, secret) {
        digest_wipe((void *)(uintptr_t)json_string_value(secret),
                    json_string_length(secret));
    }
    json_decref(a->secrets);
    json_decref(a->variables);
    free(a->base_url);
    *a = (struct profile_account){0};
}

bool profile_account_bind(const json_t *profile, const struct up_config *config,
                          struct profile_account *out, struct error *err)
{
    *out = (struct profile_account){json_object(), json_object(), NULL};
    struct binding b = {profile, config, out, {0}};
    if (out->variables == NULL || out->secrets == NULL) {
        error_set(err, "%s: memory ran out", config->profile);
        profile_account_clear(out);
        return false;
    }
    bind_variables(&b);
    bind_secrets(&b);
    bind_account_secrets(&b);
    unknown_capabilities(&b);
    unknown_settings(&b, config->variables, "set.", "vars");
    unknown_settings(&b, config->secrets, "secret.", "secrets");
    bind_url(&b);
    bool ok = b.lines.len == 0 && buf_ok(&b.lines) && out->base_url != NULL;
    if (!ok)
        error_set(err, "%s", b.lines.len > 0 ? b.lines.data : "memory ran out");
    buf_clear(&b.lines);
    if (!ok)
        profile_account_clear(out);
    return ok;
}
