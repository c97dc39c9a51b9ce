/*
 * providers/auth.h - how a request proves who we are
 *
 * One struct a profile's `auth`. Static kinds are filled in once; the two OAuth
 * kinds (RFC 6749 sections 4.4 and 6) fetch a token when they need one, keep it
 * until shortly before it ends, and renew it once when it is not accepted.
 *
 * Secrets live here and in the caller's JSON only; they are overwritten when
 * given back, and no sentence of this file holds one.
 * Threads: may be shared; one thread renews while others wait for it.
 */
#ifndef PROVIDERS_AUTH_H
#define PROVIDERS_AUTH_H

#include "providers/http.h"
#include "providers/provider.h"
#include "providers/template.h"

struct auth;

/* `spec` is `auth` of a profile; `vars` knows set.NAME and secret.NAME. Copies
 * what it needs. NULL: err says what is wrong. */
struct auth *auth_new(const json_t *spec, const struct vars *vars,
                      struct error *err);
void auth_free(struct auth *a);

/* What one request needs; clear it after the request. */
struct auth_proof {
    struct http_header header; /* name NULL: none */
    char *query;               /* "name=value", encoded; NULL: none */
    unsigned generation;       /* of the token */
};
void auth_proof_clear(struct auth_proof *p);

/* UP_OK, or what fetching a token ended in. */
enum up_rc auth_prove(struct auth *a, const struct http_transport *transport,
                      struct up_call *call, struct auth_proof *out,
                      struct up_error *err);
/* The helpdesk answered 401 to `p`. True: a new token may help, try again. */
bool auth_rejected(struct auth *a, const struct auth_proof *p);
/* Replaces every secret in `text` by asterisks of the same length. */
void auth_scrub(struct auth *a, char *text);

#endif
