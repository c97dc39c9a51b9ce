/*
 * providers/scrub.h - people in a recording become pseudonyms
 *
 * Every e-mail address becomes one of the domain person.example that is always
 * the same for the same address and the same account, and tells nobody whose it
 * was: it is made with the account's secrets. So do names and telephone numbers
 * that stand beside an address, there and wherever else they turn up. Addresses
 * of domains that are reserved for examples (RFC 2606, RFC 6761) belong to
 * nobody and stay, and so do pseudonyms: scrubbing twice changes nothing.
 *
 * Threads: may be shared.
 */
#ifndef PROVIDERS_SCRUB_H
#define PROVIDERS_SCRUB_H

#include <jansson.h>
#include <stddef.h>

struct scrub;
/* `profile` names the fields that hold names; `secrets` (may be NULL) is the
 * key. NULL: no memory. */
struct scrub *scrub_new(const json_t *profile, const json_t *secrets);
void scrub_free(struct scrub *s);
/* Addresses in any text, a URL or a body, also where "@" is written %40. New
 * text; NULL: no memory. */
char *scrub_text(const struct scrub *s, const char *text, size_t len);
/* Addresses in all strings of a body, and names beside them. New; NULL: no
 * memory. */
json_t *scrub_json(struct scrub *s, const json_t *body);

#endif
