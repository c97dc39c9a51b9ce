#include "bridge/outcome.h"

#include <stddef.h>
#include <stdio.h>

/* Seconds: after a cut-off call, whose outcome is found out then; and when the
 * helpdesk is away or asks for patience. */
#define RETRY_SOON 5
#define RETRY_LATE 30

/* clang-format off */
/* One row an outcome. `harmless`: nothing was changed upstream, unless the
 * call had several steps (up_error.changed). The sentence has two places: the
 * step, and the helpdesk's own words. */
static const struct {
    enum up_rc rc;
    const char *word;
    int status;
    enum scim_error_type type;
    int retry;
    bool harmless;
    const char *sentence;
} outcomes[] = {
    {UP_OK, "done", 500, SCIM_NONE, 0, true,
     "%s succeeded, yet was taken for a failure. %s"},
    {UP_UNSUPPORTED, "unsupported", 501, SCIM_NONE, 0, true,
     "The helpdesk cannot do this by its API: %s. A person can do it there; "
     "with `unsupported = task` the bridge asks them to. %s"},
    {UP_NOT_FOUND, "not_found", 404, SCIM_NONE, 0, true,
     "The helpdesk no longer has what was meant: %s. %s"},
    {UP_CONFLICT, "conflict", 409, SCIM_UNIQUENESS, 0, true,
     "The helpdesk already has this value, and it must be unique: %s. %s"},
    {UP_INVALID, "invalid", 400, SCIM_INVALID_VALUE, 0, true,
     "The helpdesk does not take a value: %s. %s"},
    {UP_FORBIDDEN, "forbidden", 403, SCIM_NONE, 0, true,
     "The bridge's account at the helpdesk may not do this: %s. Give it the "
     "right, then try again. %s"},
    {UP_PROTECTED, "protected", 403, SCIM_NONE, 0, true,
     "The helpdesk shields this user: %s. Change it in the helpdesk itself. "
     "%s"},
    {UP_NO_SEAT, "no_seat", 403, SCIM_NONE, 0, true,
     "The helpdesk has no free seat: %s. Free a seat or buy one, then try "
     "again. %s"},
    {UP_UNAUTHORIZED, "unauthorized", 502, SCIM_NONE, 0, true,
     "The helpdesk does not accept the bridge's credentials: %s. Renew them "
     "in the bridge's configuration; your own token is fine. %s"},
    {UP_THROTTLED, "throttled", 429, SCIM_NONE, RETRY_LATE, true,
     "The helpdesk's rate limit is used up: %s. Try again later. %s"},
    {UP_UNAVAILABLE, "unavailable", 503, SCIM_NONE, RETRY_LATE, true,
     "The helpdesk cannot be reached: %s. Nothing was changed; try again "
     "later. %s"},
    {UP_UNKNOWN, "unknown", 504, SCIM_NONE, RETRY_SOON, false,
     "The helpdesk did not answer in time: %s. It may have been done; the "
     "bridge finds out at the next request. Try again. %s"},
    {UP_FAILED, "failed", 500, SCIM_NONE, 0, false,
     "The helpdesk answered in a way that its profile does not explain: %s. "
     "%s"},
};
/* clang-format on */
#define OUTCOMES (sizeof outcomes / sizeof outcomes[0])

static size_t row_of(enum up_rc rc)
{
    for (size_t i = 0; i < OUTCOMES; i++)
        if (outcomes[i].rc == rc)
            return i;
    return OUTCOMES - 1;
}

void outcome_error(enum up_rc rc, const struct up_error *up, const char *step,
                   struct scim_error *err)
{
    size_t i = row_of(rc);
    char words[sizeof up->detail + sizeof up->field + 32];
    (void)snprintf(words, sizeof words,
                   up->field[0] != '\0' ? "%s (attribute %s)" : "%s",
                   up->detail, up->field);
    if (outcomes[i].type != SCIM_NONE)
        scim_error_set(err, outcomes[i].type, outcomes[i].sentence, step,
                       words);
    else
        scim_error_status(err, outcomes[i].status, outcomes[i].sentence, step,
                          words);
    err->retry_after = outcomes[i].retry;
    if (outcomes[i].retry > 0 && up->retry_after_s > 0)
        err->retry_after = up->retry_after_s;
}

bool outcome_harmless(enum up_rc rc, const struct up_error *up)
{
    return outcomes[row_of(rc)].harmless && !up->changed;
}

const char *outcome_word(enum up_rc rc)
{
    return outcomes[row_of(rc)].word;
}
