/*
 * test/scim/patch_cases.h - what each PATCH makes of whom
 */
#ifndef TEST_SCIM_PATCH_CASES_H
#define TEST_SCIM_PATCH_CASES_H

#include "scim/error.h"

#include <stddef.h>

struct patch_person {
    const char *name; /* "U1" */
    const char *type; /* "User" */
    const char *json; /* canonical; see test/scim/given.h */
};
extern const struct patch_person patch_people[];

struct patch_case {
    const char *why, *who, *operations;
    /* The members that are looked at: null for one that is to be gone. "=" when
     * nothing at all may change; NULL when `error` comes. */
    const char *want;
    enum scim_error_type error;
    const char *fragment; /* of the error's sentence */
};
extern const struct patch_case patch_cases[];
extern const size_t patch_cases_count;

#endif
