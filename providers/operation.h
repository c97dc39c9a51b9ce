/*
 * providers/operation.h - runs one named operation of a profile
 *
 * Everything between "users.list, with these variables" and its records:
 * request templates, authentication and renewal, pacing, retries, error rules,
 * paging to the end, passes, batches, one call an item, jobs, steps.
 * An operation is read straight from the (validated) profile's JSON.
 *
 * Must not: know users, teams or SCIM; that is providers/user.c and team.c.
 */
#ifndef PROVIDERS_OPERATION_H
#define PROVIDERS_OPERATION_H

#include "base/clock.h"
#include "providers/http.h"
#include "providers/provider.h"
#include "providers/template.h"

/* A profile with its account: what operations run on. One a provider. */
struct engine;
struct engine_config {
    const json_t *profile;   /* borrowed, validated, lives longer */
    const char *base_url;    /* final; no slash at its end */
    const json_t *variables; /* {"set.NAME": value}; borrowed */
    const json_t *secrets;   /* {"secret.NAME": text}; borrowed */
    int rate_headroom;       /* percent */
    const char *user_agent;
    const char *record, *replay;
    struct clock clock; /* zeroed: the machine's; only for absolute times */
    const struct http_transport *transport; /* NULL: HTTP; else what stands in
                                               for it; lives longer */
    const struct up_setting *forced; /* capability -> on|off; NULL: none */
    up_learned *learned;             /* may be NULL */
    void *ctx;                       /* of `learned` */
};
struct engine *engine_new(const struct engine_config *config,
                          struct error *err);
void engine_free(struct engine *e);

struct op_result {
    json_t *record;   /* owned; the record of the answer, where `record` or the
                         operation's shape gives one; else NULL */
    json_t *records;  /* owned; array, for lists: to the end, de-duplicated */
    json_t *assumed;  /* owned; array parallel to records: the pass's `assume`
                         object or null */
    json_t *body;     /* owned; the last answer's body; NULL: none or no JSON */
    char *created_id; /* owned; by `id_from`; NULL: not told */
    json_t *refused;  /* owned; NULL, or array of {"item","rc","detail"}: the
                         items of `each`, or the rows of a job, that were
                         refused while the others were done */
    int status;       /* of the last answer */
};
/* Frees what `r` owns and zeroes it; wanted after every engine_run(). */
void op_result_clear(struct op_result *r);

/* True when the profile has the operation and no capability says absent. */
bool engine_can(const struct engine *e, const char *op);
/* The operation that would be run for `op`: itself, or what its `choose` comes
 * to at the moment. NULL: none of them can be. */
const char *engine_chosen(const struct engine *e, const char *op);
/* Asks for every capability that has a harmless call and is due; a call that
 * fails leaves it as it was. */
void engine_ask(struct engine *e, struct up_call *call);
/* What is known: new object of capability -> {"verdict" ("present", "absent",
 * "unknown"), "evidence" (a sentence), "at" (time as text; absent: never),
 * "forced"}. Those of the profile, asked or not, and what showed to be missing
 * besides. */
json_t *engine_capabilities(const struct engine *e);
/* What up_rate() tells. */
json_t *engine_rate(struct engine *e);
/* What was learned in an earlier life. Unknown names are forgotten. */
void engine_remember(struct engine *e, const struct up_capability *known);
/*
 * Runs it. Variables of the profile (`set.NAME`) are added behind `v`.
 * UP_OK, or what the error rules say: *err is filled (field is still the
 * native name: the caller maps it back). UP_OK for error kinds in `ok_as`.
 * A list that broke off or contradicts its total is UP_FAILED.
 * UP_INVALID with err->field when a required variable has no value (then no
 * call was made; err->field is the variable's name).
 *
 * An operation with `each`, and one whose template names `user_id` where only
 * `user_ids` has a value, makes one call an item. An item that is refused does
 * not stop the others: they are done, out->refused names it, and the result is
 * the first refusal with err->changed telling whether any item was done. The
 * same holds for rows that a job reports as failed.
 * Except for `refused`, *out is empty unless the result is UP_OK. A write
 * whose answer cannot be read is UP_UNKNOWN.
 */
enum up_rc engine_run(struct engine *e, struct up_call *call, const char *op,
                      const struct vars *v, struct op_result *out,
                      struct up_error *err);

#endif
