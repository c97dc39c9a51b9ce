/*
 * scim/patch.h - PATCH (RFC 7644 section 3.5.2)
 *
 * Operations apply in order to a copy; one error and nothing of it is seen.
 * The tolerances of real clients (capital operations, "True", a `value` on
 * remove, JSON inside a string, managers as bare strings, ...) are in here,
 * each with the client that needs it.
 */
#ifndef SCIM_PATCH_H
#define SCIM_PATCH_H

#include "scim/error.h"
#include "scim/schema.h"

/*
 * Applies a PatchOp body to `current` (canonical, with id and readOnly members;
 * a Group with its members). The result is a new canonical resource that keeps
 * the readOnly members; scim_equal(current, result) tells whether it changed
 * anything. A writeOnly value (password) that the PATCH sets is in the result.
 * NULL and *err otherwise: invalidSyntax, invalidPath, invalidFilter,
 * noTarget, mutability, invalidValue.
 */
json_t *scim_patch(const struct scim_type *type, const json_t *current,
                   const json_t *body, const struct scim_tolerance *tolerance,
                   struct scim_error *err);

#endif
