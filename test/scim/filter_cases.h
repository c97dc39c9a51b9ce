/*
 * test/scim/filter_cases.h - some people, and who of them a filter finds
 *
 * One table for both ways to evaluate a filter: over JSON and as SQL.
 */
#ifndef TEST_SCIM_FILTER_CASES_H
#define TEST_SCIM_FILTER_CASES_H

#include "scim/filter.h"

#include <stddef.h>

struct filter_person {
    const char *name; /* "U1" */
    const char *type; /* "User" */
    const char *json; /* canonical; see test/scim/given.h */
};
extern const struct filter_person filter_people[];
extern const size_t filter_people_count;

struct filter_case {
    const char *why, *filter; /* the filter as it is, " and all */
    const char *want;         /* "U1 U3"; NULL: invalidFilter */
    const char *fragment;     /* of the error's sentence */
};
extern const struct filter_case filter_cases[];
extern const size_t filter_cases_count;

/* The filter with @E and the like expanded, as test/scim/given.h does, but " is
 * left alone. The caller frees it. */
char *filter_text(const char *shorthand);

#endif
