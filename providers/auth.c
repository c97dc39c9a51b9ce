#include "providers/auth.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/digest.h"
#include "providers/select.h"
#include "providers/trace.h"
#include "providers/url.h"

#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RENEW_BEFORE_MS                                                        \
    INT64_C(30000) /* a token that ends within is not used */
#define TOKEN_MAX  8192
#define SECRET_MIN 6 /* shorter texts are words that may occur anywhere */

/* clang-format off */
/* Column 3 and 4: the members of `auth` that are templates; ? = may be left out. */
#define AUTH_KINDS(X)                                                                \
    X(NONE,    "none",                      NULL,    NULL)                           \
    X(BASIC,   "basic",                     "user",  "password")                     \
    X(BEARER,  "bearer",                    "token", NULL)                           \
    X(HEADER,  "header",                    "name",  "value")                        \
    X(QUERY,   "query",                     "name",  "value")                        \
    X(CLIENT,  "oauth2_client_credentials", "client_id", "client_secret")            \
    X(REFRESH, "oauth2_refresh_token",      "refresh_token", "client_id")
/* clang-format on */
enum auth_kind {
#define X(name, text, first, second) AUTH_##name,
    AUTH_KINDS(X)
#undef X
};

static const struct {
    const char *text, *first, *second;
} kinds[] = {
#define X(name, text, first, second) {text, first, second},
    AUTH_KINDS(X)
#undef X
};

struct auth {
    enum auth_kind kind;
    char *first, *second; /* owned, filled: see the table */
    /* OAuth only. */
    char *token_url, *client_secret,
        *scope;                      /* owned; the last two may be NULL */
    char *token_path, *expires_path; /* owned */
    pthread_mutex_t lock; /* over what follows, and refresh_token = first */
    char *token;          /* owned; NULL: none */
    int64_t ends_ms;      /* of the token, on clock_span_ms() */
    unsigned generation;
};

static void wipe(char *secret)
{
    if (secret != NULL)
        digest_wipe(secret, strlen(secret));
    free(secret);
}

/* ---- from the profile ---------------------------------------------------- */

static bool fill(const json_t *spec, const char *key, const struct vars *vars,
                 char **out, struct error *err)
{
    char missing[128];
    const json_t *member = json_object_get(spec, key);
    if (!json_is_string(member)) {
        error_set(err, "auth.%s: it is missing or no text.", key);
        return false;
    }
    *out = template_text(json_string_value(member), vars, missing);
    if (*out == NULL)
        error_set(err,
                  "auth.%s: \"%s\" has no value, or one with a line break.",
                  key, missing);
    return *out != NULL;
}

static bool fill_optional(const json_t *spec, const char *key,
                          const struct vars *vars, char **out,
                          struct error *err)
{
    return json_object_get(spec, key) == NULL ||
           fill(spec, key, vars, out, err);
}

static bool read_path(const json_t *spec, const char *key,
                      const char *otherwise, char **out)
{
    const char *path = json_string_value(json_object_get(spec, key));
    *out = strdup(path != NULL ? path : otherwise);
    return *out != NULL;
}

static bool read_oauth(struct auth *a, const json_t *spec,
                       const struct vars *vars, struct error *err)
{
    const char *why;
    if (!fill(spec, "token_url", vars, &a->token_url, err) ||
        !fill_optional(spec, "client_secret", vars, &a->client_secret, err) ||
        !fill_optional(spec, "scope", vars, &a->scope, err))
        return false;
    if (!url_allowed(a->token_url, &why)) {
        error_set(err, "auth.token_url: %s.", why);
        return false;
    }
    return read_path(spec, "token_path", "access_token", &a->token_path) &&
           read_path(spec, "expires_path", "expires_in", &a->expires_path);
}

static bool is_oauth(const struct auth *a)
{
    return a->kind == AUTH_CLIENT || a->kind == AUTH_REFRESH;
}

static bool read_spec(struct auth *a, const json_t *spec,
                      const struct vars *vars, struct error *err)
{
    const char *type = json_string_value(json_object_get(spec, "type"));
    size_t k = 0, count = sizeof kinds / sizeof kinds[0];
    while (k < count && (type == NULL || strcmp(type, kinds[k].text) != 0))
        k++;
    if (k == count) {
        error_set(err, "auth.type: \"%s\" is no kind of authentication.",
                  type == NULL ? "" : type);
        return false;
    }
    a->kind = (enum auth_kind)k;
    /* A public client has no secret, and then perhaps no id to send. */
    bool optional = a->kind == AUTH_REFRESH;
    return (kinds[k].first == NULL ||
            fill(spec, kinds[k].first, vars, &a->first, err)) &&
           (kinds[k].second == NULL ||
            (optional
                 ? fill_optional(spec, kinds[k].second, vars, &a->second, err)
                 : fill(spec, kinds[k].second, vars, &a->second, err))) &&
           (!is_oauth(a) || read_oauth(a, spec, vars, err));
}

struct auth *auth_new(const json_t *spec, const struct vars *vars,
                      struct error *err)
{
    struct auth *a = calloc(1, sizeof *a);
    if (a == NULL) {
        error_set(err, "auth: no memory.");
        return NULL;
    }
    (void)pthread_mutex_init(&a->lock, NULL);
    if (read_spec(a, spec, vars, err))
        return a;
    auth_free(a);
    return NULL;
}

void auth_free(struct auth *a)
{
    if (a == NULL)
        return;
    wipe(a->first);
    wipe(a->second);
    wipe(a->client_secret);
    wipe(a->token);
    free(a->token_url);
    free(a->scope);
    free(a->token_path);
    free(a->expires_path);
    (void)pthread_mutex_destroy(&a->lock);
    free(a);
}

/* ---- tokens -------------------------------------------------------------- */

static void form_field(struct buf *b, const char *name, const char *value)
{
    if (value == NULL)
        return;
    if (b->len > 0)
        buf_char(b, '&');
    buf_str(b, name);
    buf_char(b, '=');
    buf_percent(b, value, strlen(value));
}

static char *token_form(const struct auth *a)
{
    struct buf b = {0};
    bool refresh = a->kind == AUTH_REFRESH;
    form_field(&b, "grant_type",
               refresh ? "refresh_token" : "client_credentials");
    form_field(&b, "refresh_token", refresh ? a->first : NULL);
    form_field(&b, "client_id", refresh ? a->second : a->first);
    form_field(&b, "client_secret", refresh ? a->client_secret : a->second);
    form_field(&b, "scope", a->scope);
    return buf_take(&b);
}

static enum up_rc refuse(struct up_error *err, enum up_rc rc, int status,
                         const char *why)
{
    *err = (struct up_error){.rc = rc, .status = status};
    (void)snprintf(err->detail, sizeof err->detail, "%s", why);
    return rc;
}

static void replace(char **secret, const char *with)
{
    char *copy = strdup(with);
    if (copy == NULL)
        return;
    wipe(*secret);
    *secret = copy;
}

/* A token is put into a header, so it must be one word of printable text. */
static bool usable(const char *token)
{
    size_t len = token == NULL ? 0 : strlen(token);
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)token[i] <= 0x20 || (unsigned char)token[i] >= 0x7f)
            return false;
    return len > 0 && len <= TOKEN_MAX;
}

static bool keep_token(struct auth *a, const json_t *body)
{
    const char *token = json_string_value(select_path(body, a->token_path));
    if (!usable(token))
        return false;
    replace(&a->token, token);
    a->generation++;
    char *expires = select_text(select_path(body, a->expires_path));
    long long s = expires == NULL ? 0 : strtoll(expires, NULL, 10);
    free(expires);
    int64_t life = s > 0 && s < INT_MAX ? (int64_t)s * 1000 : 3600000;
    /* A token that lives shorter than the margin is used for half its life. */
    int64_t margin = life > 2 * RENEW_BEFORE_MS ? RENEW_BEFORE_MS : life / 2;
    a->ends_ms = clock_span_ms() + life - margin;
    const char *next =
        json_string_value(json_object_get(body, "refresh_token"));
    if (a->kind == AUTH_REFRESH && usable(next))
        replace(&a->first, next);
    return true;
}

static enum up_rc token_answer(struct auth *a, enum http_rc rc,
                               const struct http_response *r,
                               struct up_error *err)
{
    json_error_t ignored;
    if (rc != HTTP_ANSWERED)
        return refuse(err, UP_UNAVAILABLE, r->status,
                      "The helpdesk's token address did not answer, so the "
                      "call was not made.");
    if (r->status == 400 || r->status == 401 || r->status == 403)
        return refuse(err, UP_UNAUTHORIZED, r->status,
                      "The helpdesk does not accept our client id, client "
                      "secret or refresh token. Supply new ones.");
    if (r->status == 429 || r->status >= 500)
        return refuse(err, UP_UNAVAILABLE, r->status,
                      "The helpdesk gives out no token at the moment, so the "
                      "call was not made.");
    json_t *body =
        r->body == NULL ? NULL : json_loadb(r->body, r->body_len, 0, &ignored);
    bool ok = r->status == 200 && keep_token(a, body);
    json_decref(body);
    return ok ? UP_OK
              : refuse(err, UP_FAILED, r->status,
                       "The helpdesk's token address answered without a "
                       "token. Check auth.token_url and auth.token_path of the "
                       "profile.");
}

/* Under the lock. */
static enum up_rc fetch_token(struct auth *a,
                              const struct http_transport *transport,
                              struct up_call *call, struct up_error *err)
{
    struct http_header headers[] = {
        {(char *)"Content-Type", (char *)"application/x-www-form-urlencoded"},
        {(char *)"Accept", (char *)"application/json"},
    };
    struct http_response response = {0};
    char *form = token_form(a);
    if (form == NULL)
        return refuse(err, UP_UNAVAILABLE, 0, "No memory for a token.");
    struct http_request request = {
        .method = "POST",
        .url = a->token_url,
        .headers = headers,
        .header_count = sizeof headers / sizeof headers[0],
        .body = form,
        .body_len = strlen(form),
        .deadline_ms = call->deadline_ms,
        .stop = call->stop,
        .once = a->kind == AUTH_REFRESH, /* a token of this kind may be spent */
    };
    int64_t from = clock_span_ms();
    enum http_rc rc = transport->send(transport->ctx, &request, &response);
    trace_add(call, "POST", a->token_url, response.status,
              clock_span_ms() - from);
    enum up_rc result = token_answer(a, rc, &response, err);
    http_response_clear(&response);
    wipe(form);
    return result;
}

/* ---- proofs -------------------------------------------------------------- */

static const char digits64[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void add_base64(struct buf *b, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i += 3) {
        uint32_t three = 0;
        size_t n = len - i < 3 ? len - i : 3;
        for (size_t k = 0; k < 3; k++)
            three = three << 8 | (k < n ? (unsigned char)text[i + k] : 0);
        for (size_t k = 0; k < 4; k++)
            buf_char(b, k <= n ? digits64[three >> (18 - 6 * k) & 63] : '=');
    }
}

static char *basic_value(const struct auth *a)
{
    struct buf plain = {0}, b = {0};
    buf_str(&plain, a->first);
    buf_char(&plain, ':');
    buf_str(&plain, a->second);
    buf_str(&b, "Basic ");
    if (buf_ok(&plain))
        add_base64(&b, plain.data, plain.len);
    digest_wipe(plain.data, plain.len);
    buf_clear(&plain);
    return buf_take(&b);
}

static bool header_proof(struct auth_proof *out, const char *name, char *value)
{
    out->header.name = strdup(name);
    out->header.value = value;
    return out->header.name != NULL && value != NULL;
}

static char *bearer(const char *token)
{
    struct buf b = {0};
    buf_str(&b, "Bearer ");
    buf_str(&b, token);
    return buf_take(&b);
}

static bool query_proof(const struct auth *a, struct auth_proof *out)
{
    struct buf b = {0};
    buf_percent(&b, a->first, strlen(a->first));
    buf_char(&b, '=');
    buf_percent(&b, a->second, strlen(a->second));
    out->query = buf_take(&b);
    return out->query != NULL;
}

static enum up_rc token_proof(struct auth *a,
                              const struct http_transport *transport,
                              struct up_call *call, struct auth_proof *out,
                              struct up_error *err)
{
    enum up_rc rc = UP_OK;
    pthread_mutex_lock(&a->lock);
    if (a->token == NULL || clock_span_ms() >= a->ends_ms)
        rc = fetch_token(a, transport, call, err);
    if (rc == UP_OK && !header_proof(out, "Authorization", bearer(a->token)))
        rc = refuse(err, UP_UNAVAILABLE, 0, "No memory for a request.");
    out->generation = a->generation;
    pthread_mutex_unlock(&a->lock);
    return rc;
}

enum up_rc auth_prove(struct auth *a, const struct http_transport *transport,
                      struct up_call *call, struct auth_proof *out,
                      struct up_error *err)
{
    bool ok = true;
    *out = (struct auth_proof){0};
    switch (a->kind) {
    case AUTH_NONE:
        break;
    case AUTH_BASIC:
        ok = header_proof(out, "Authorization", basic_value(a));
        break;
    case AUTH_BEARER:
        ok = header_proof(out, "Authorization", bearer(a->first));
        break;
    case AUTH_HEADER:
        ok = header_proof(out, a->first, strdup(a->second));
        break;
    case AUTH_QUERY:
        ok = query_proof(a, out);
        break;
    case AUTH_CLIENT:
    case AUTH_REFRESH:
        return token_proof(a, transport, call, out, err);
    }
    return ok ? UP_OK
              : refuse(err, UP_UNAVAILABLE, 0, "No memory for a request.");
}

void auth_proof_clear(struct auth_proof *p)
{
    free(p->header.name);
    wipe(p->header.value);
    wipe(p->query);
    *p = (struct auth_proof){0};
}

bool auth_rejected(struct auth *a, const struct auth_proof *p)
{
    if (!is_oauth(a))
        return false;
    pthread_mutex_lock(&a->lock);
    /* Another thread may have renewed it in the meantime. */
    if (a->generation == p->generation)
        a->ends_ms = 0;
    pthread_mutex_unlock(&a->lock);
    return true;
}

static void scrub(const char *secret, char *text)
{
    size_t len = secret == NULL ? 0 : strlen(secret);
    if (len < SECRET_MIN)
        return;
    for (char *at = strstr(text, secret); at != NULL; at = strstr(at, secret))
        memset(at, '*', len);
}

/* The token in "token abc" and in "Token token=abc". */
static const char *last_word(const char *value)
{
    const char *at = value == NULL ? NULL : strpbrk(value, " =");
    return at == NULL ? value : last_word(at + 1);
}

void auth_scrub(struct auth *a, char *text)
{
    pthread_mutex_lock(&a->lock);
    /* The header kind's first is a name, the refresh kind's second an id. */
    if (a->kind != AUTH_HEADER && a->kind != AUTH_QUERY)
        scrub(a->first, text);
    scrub(a->second, text);
    scrub(last_word(a->second), text);
    scrub(a->client_secret, text);
    scrub(a->token, text);
    pthread_mutex_unlock(&a->lock);
}
