/*
 * test/sim/helpscout_token.c - tokens, and whose they are
 *
 * Rows of HS_TOKENS: {token, kind (access|refresh|code), user, until}; a
 * refresh token also names the `access` token that it lives with.
 */
#include "test/sim/helpscout_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <gnutls/gnutls.h>

#include "test/sim/mem.h"

#define TOKEN_TYPE "application/json;charset=UTF-8"

enum { BASIC_MAX = 512 };

/* What a request for a token says; all owned. */
struct wish {
    char *grant, *id, *secret, *code, *refresh;
    bool json;
};

int64_t hs_app_owner(const struct world *w)
{
    return json_integer_value(json_object_get(w->memory, "appOwner"));
}

char *hs_random_hex(struct world *w)
{
    char text[33];

    for (size_t i = 0; i < 32; i++)
        text[i] = "0123456789abcdef"[world_random(w, 16)];
    text[32] = '\0';
    return mem_text(text);
}

static int64_t token_id(const struct world *w, const char *token)
{
    size_t count = 0;
    const int64_t *ids =
        table_where(&w->tables[HS_TOKENS], BY_TOKEN, token, &count);

    return count > 0 ? ids[0] : 0;
}

/* Makes a token of `kind`; returns its text, owned by the caller. */
static char *token_new(struct world *w, const char *kind, int64_t user,
                       const char *access)
{
    struct table *t = &w->tables[HS_TOKENS];
    char *token = hs_random_hex(w);
    json_t *row = json_pack("{s:s, s:s, s:I, s:I, s:s?}", "token", token,
                            "kind", kind, "user", (json_int_t)user, "until",
                            (json_int_t)world_now(w) + HS_NUMBER(w, TOKEN_TTL),
                            "access", access);

    table_put(t, table_new_id(t), row);
    json_decref(row);
    return token;
}

json_t *hs_token_code(struct world *w, int64_t user)
{
    char *code = token_new(w, "code", user, NULL);
    json_t *made = json_pack("{s:s}", "code", code);

    free(code);
    return made;
}

/* ---- what is asked ---------------------------------------------------------
 */

static char *one_field(const struct request *r, const json_t *json,
                       const char *name)
{
    size_t len = 0;
    char *form = NULL;

    if (json)
        return mem_text(json_string_value(json_object_get(json, name)));
    form = request_form(r, name, &len);
    return form ? form : mem_text(request_query(r, name));
}

/* The client of an Authorization: Basic header, where there is one. */
static void read_basic(const struct request *r, struct wish *wish)
{
    const char *sent = request_header(r, "Authorization");
    gnutls_datum_t text = {0}, plain = {0};

    if (sent == NULL || strncasecmp(sent, "Basic ", 6) != 0)
        return;
    text.data = (unsigned char *)(uintptr_t)(sent + 6);
    text.size = (unsigned)strnlen(sent + 6, BASIC_MAX);
    if (gnutls_base64_decode2(&text, &plain) != 0)
        return;
    const unsigned char *colon = memchr(plain.data, ':', plain.size);
    if (colon) {
        size_t before = (size_t)(colon - plain.data);
        free(wish->id);
        free(wish->secret);
        wish->id = mem_text_n((const char *)plain.data, before);
        wish->secret =
            mem_text_n((const char *)colon + 1, plain.size - before - 1);
    }
    gnutls_free(plain.data);
}

static void wish_read(const struct request *r, struct wish *wish)
{
    const char *type = request_header(r, "Content-Type");
    json_t *json = NULL;

    if (type && strncasecmp(type, "application/json", 16) == 0) {
        json = json_loadb(r->body, r->body_len, 0, NULL);
        wish->json = true;
    }
    wish->grant = one_field(r, json, "grant_type");
    wish->id = one_field(r, json, "client_id");
    wish->secret = one_field(r, json, "client_secret");
    wish->code = one_field(r, json, "code");
    wish->refresh = one_field(r, json, "refresh_token");
    read_basic(r, wish);
    json_decref(json);
}

static void wish_clear(struct wish *wish)
{
    free(wish->grant);
    free(wish->id);
    free(wish->secret);
    free(wish->code);
    free(wish->refresh);
}

/* ---- what is answered
 * -------------------------------------------------------- */

static void deny(struct answer *a, int status, const char *error,
                 const char *description)
{
    answer_json(a, status,
                json_pack("{s:s, s:s}", "error_description", description,
                          "error", error));
    a->type = TOKEN_TYPE;
}

static void grant(struct world *w, int64_t user, bool with_refresh,
                  struct answer *a)
{
    char *token = token_new(w, "access", user, NULL);
    json_t *body =
        json_pack("{s:s, s:s, s:I}", "token_type", "bearer", "access_token",
                  token, "expires_in", (json_int_t)HS_NUMBER(w, TOKEN_TTL));

    if (with_refresh) {
        char *refresh = token_new(w, "refresh", user, token);
        json_object_set_new(body, "refresh_token", json_string(refresh));
        free(refresh);
    }
    free(token);
    answer_json(a, 200, body);
    a->type = TOKEN_TYPE;
}

/* Uses up a code or refresh token, and the access token it lived with. */
static void exchange(struct world *w, const char *token, const char *kind,
                     struct answer *a)
{
    struct table *t = &w->tables[HS_TOKENS];
    int64_t id = token ? token_id(w, token) : 0;
    json_t *row = table_get(t, id);

    if (row == NULL || strcmp(hs_text(row, "kind"), kind) != 0) {
        deny(a, 400, "invalid_request",
             strcmp(kind, "code") == 0 ? "Invalid code"
                                       : "Invalid refresh_token");
        json_decref(row);
        return;
    }
    (void)table_drop(t, token_id(w, hs_text(row, "access")));
    (void)table_drop(t, id);
    grant(w, json_integer_value(json_object_get(row, "user")), true, a);
    json_decref(row);
}

static bool client_known(const struct world *w, const struct wish *wish)
{
    return wish->id && wish->secret &&
           strcmp(wish->id, knob_text(&w->knobs, HS_CLIENT_ID)) == 0 &&
           strcmp(wish->secret, knob_text(&w->knobs, HS_CLIENT_SECRET)) == 0;
}

static void serve_wish(struct world *w, const struct wish *wish,
                       struct answer *a)
{
    const char *kind = wish->grant ? wish->grant : "";

    if (wish->json && HS_SET(w, TOKEN_JSON, "reject400"))
        deny(a, 400, "invalid_request", "Unsupported request body");
    else if (strcmp(kind, "client_credentials") != 0 &&
             strcmp(kind, "authorization_code") != 0 &&
             strcmp(kind, "refresh_token") != 0)
        deny(a, 400, kind[0] ? "unsupported_grant_type" : "invalid_request",
             "The grant_type is missing or unknown");
    else if (!client_known(w, wish))
        deny(a, HS_SET(w, BAD_CLIENT, "400") ? 400 : 401, "invalid_client",
             "Client authentication failed");
    else if (kind[0] == 'c')
        grant(w, hs_app_owner(w), false, a);
    else if (kind[0] == 'a')
        exchange(w, wish->code, "code", a);
    else
        exchange(w, wish->refresh, "refresh", a);
}

void hs_token(struct world *w, const struct request *r, struct answer *a)
{
    struct wish wish = {0};

    wish_read(r, &wish);
    serve_wish(w, &wish, a);
    wish_clear(&wish);
}

/* ---- who asks
 * ------------------------------------------------------------------ */

/* The user of a live access token; 0: none. */
static int64_t user_of(const struct world *w, const char *token)
{
    json_t *row = table_get(&w->tables[HS_TOKENS], token_id(w, token));
    bool good =
        row && strcmp(hs_text(row, "kind"), "access") == 0 &&
        json_integer_value(json_object_get(row, "until")) > world_now(w);
    int64_t user = good ? json_integer_value(json_object_get(row, "user")) : 0;

    json_decref(row);
    return user;
}

bool hs_token_admit(struct world *w, const struct request *r, struct answer *a)
{
    const char *sent = request_header(r, "Authorization");
    bool bearer = sent != NULL && strncasecmp(sent, "Bearer ", 7) == 0;
    int64_t id = bearer ? user_of(w, sent + 7) : 0;
    json_t *user = table_get(&w->tables[HS_USERS], id);
    bool active = user && !json_is_true(json_object_get(user, "_invited"));
    bool light = strcmp(hs_text(user, "role"), "light user") == 0;

    json_decref(user);
    json_object_set_new(w->memory, "caller", json_integer(id));
    if (active && light) {
        hs_error(w, a, 403, "Access denied");
        return false;
    }
    if (active)
        return true;
    if (HS_SET(w, BODY_401, "json"))
        answer_json(a, 401, json_pack("{s:s}", "error", "invalid_token"));
    else
        answer_none(a, 401);
    a->type = TOKEN_TYPE;
    return false;
}
