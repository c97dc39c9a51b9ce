/*
 * test/scim/given.h - what the tests of scim/ start from
 *
 * JSON is written with ' for " and with short names for the long URNs:
 * @U User, @G Group, @E enterprise User, @H and @J the bridge's own extensions
 * of User and Group.
 */
#ifndef TEST_SCIM_GIVEN_H
#define TEST_SCIM_GIVEN_H

#include "scim/error.h"
#include "scim/schema.h"

/* The model of the shipped documents, with two attributes of a helpdesk in
 * `desk` (shift: readWrite, lastLogin: readOnly). Ends the test when it cannot
 * be made; the caller frees it. */
struct scim_model *given_model(void);
const struct scim_type *given_type(const struct scim_model *m,
                                   const char *name);

/* The text with its shorthand expanded; the caller frees it. */
char *given_text(const char *shorthand);
/* The value that the text means: new. Ends the test when it is not JSON. */
json_t *given(const char *shorthand);
/* True when `value` is `want`, members in the same order; else prints both. */
bool given_same(const char *why, const json_t *value, const char *want);
/* True when the error is of that type (and status), and names `fragment` (NULL:
 * any sentence); else prints it. */
bool given_refused(const char *why, const struct scim_error *err,
                   enum scim_error_type type, const char *fragment);

#endif
