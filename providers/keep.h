/*
 * providers/keep.h - only what a profile names is kept of an answer
 *
 * A helpdesk's record may carry an API key or a password hash. What is written
 * down, in a recording above all, holds no member that the profile does not
 * name, and none that the profile says is never read.
 */
#ifndef PROVIDERS_KEEP_H
#define PROVIDERS_KEEP_H

#include <jansson.h>
#include <stdbool.h>

/* The names of a profile: new object of name -> true. Every word of every path,
 * condition and template counts; NULL: no memory. */
json_t *keep_names(const json_t *profile);
/* True when a header or member of this name is kept. */
bool keep_has(const json_t *names, const char *name);
/* A copy of `value` without members that are not named, at any depth. */
json_t *keep_only(const json_t *value, const json_t *names);

#endif
