/*
 * providers/recorder.h - writes exchanges down, and answers from them
 *
 * Recording, each exchange becomes one file of JSON in a folder: how the
 * request began, and the answer reduced to what the profile names (keep.h),
 * with people under pseudonyms (scrub.h). The proof of who we are is never seen
 * here, and of a request's query and body only a digest is kept: it names the
 * file. Links to the helpdesk itself are kept without its address.
 *
 * Replaying, no network is used: the nth request of a kind gets the nth answer
 * that was recorded for it, then the last one again. A request that was not
 * recorded fails and says so.
 *
 * Threads: may be shared.
 */
#ifndef PROVIDERS_RECORDER_H
#define PROVIDERS_RECORDER_H

#include "providers/http.h"

#include <jansson.h>

struct recorder;
/* `folder` must exist. Paths are kept relative to `base_url`; `secrets` (may be
 * NULL) is the key of pseudonyms. NULL: err. */
struct recorder *recorder_new(const char *folder, const char *base_url,
                              const json_t *profile, const json_t *secrets,
                              struct error *err);
void recorder_free(struct recorder *r);
/* Writes an answer down. False: the file could not be written. */
bool recorder_keep(struct recorder *r, const struct http_request *q,
                   const struct http_response *response);
/* Answers from the folder. */
struct http_transport recorder_transport(struct recorder *r);

#endif
