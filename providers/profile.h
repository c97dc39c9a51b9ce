/*
 * providers/profile.h - a profile: the file that describes a helpdesk's API
 *
 * Reads helpdesk-provider/1 (docs/profiles.md) and names every mistake as
 * "file: path: reason". What comes out has been checked against the tables of
 * profile_schema.h, its references, its variables and its templates: the rest
 * of this folder may rely on it.
 *
 * Must not: use the network.
 */
#ifndef PROVIDERS_PROFILE_H
#define PROVIDERS_PROFILE_H

#include "base/error.h"
#include "providers/provider.h"

#include <jansson.h>

#define PROFILE_MAX_BYTES 1048576
#define PROFILE_MAX_DEPTH 32

/* Reads a file: regular, at most PROFILE_MAX_BYTES, and not writable for its
 * group or the world. New text; NULL: *err says why. */
char *profile_file(const char *path, struct error *err);
/*
 * Reads and checks. `name` stands for the file in the sentences. New JSON, or
 * NULL and as many mistakes, one a line, as *err holds; `all` (may be NULL)
 * gets all of them (new text, NULL on success).
 */
json_t *profile_read(const char *name, const char *text, size_t len,
                     struct error *err, char **all);

/* What the installation supplies, checked against `vars` and `secrets`. */
struct profile_account {
    json_t *variables; /* owned; {"set.NAME": value of its type} */
    json_t *secrets;   /* owned; {"secret.NAME": text}; wiped when cleared */
    char *base_url;    /* owned; final, without a slash at its end */
};
void profile_account_clear(struct profile_account *a);
/* Missing secrets, variables without a value, names that the profile does not
 * know, and a base URL that is neither https nor loopback: a line each in
 * *err, and false. */
bool profile_account_bind(const json_t *profile, const struct up_config *config,
                          struct profile_account *out, struct error *err);

#endif
