/*
 * providers/capability.h - what the account has or lacks, and its rate limit
 *
 * A part of provider.h. A provider finds out by itself; who keeps what it found
 * is told of news, and hands it back in the next life.
 */
#ifndef PROVIDERS_CAPABILITY_H
#define PROVIDERS_CAPABILITY_H

#include <jansson.h>
#include <stdint.h>

struct provider;

/* What an account has or lacks, as an answer of the helpdesk showed it. */
struct up_capability {
    const char *name;     /* of the profile, or an operation's */
    const char *verdict;  /* "present" or "absent" */
    const char *evidence; /* a sentence: what was asked, what came back */
    int64_t at;           /* ms since 1970 */
};
/* News of one; all texts are lent. Called by the thread that made the call. */
typedef void up_learned(void *ctx, const struct up_capability *news);

/* What was learned in an earlier life (`known` is lent). After up_new. */
void up_remember(struct provider *p, const struct up_capability *known);
/* New array of {"name","state" ("on", "off", "unknown"),"forced","evidence",
 * "at"?}, in the profile's order. */
json_t *up_capabilities(const struct provider *p);
/* The helpdesk's rate limit as last told: new object of "limit", "window"
 * (seconds), "left" (calls that may go now), "headroom" (percent left to
 * others), "blockedFor" (seconds); NULL: none is kept to. */
json_t *up_rate(const struct provider *p);

#endif
