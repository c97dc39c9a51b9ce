/*
 * providers/profile_schema_internal.h - how the tables of the format are
 * written
 *
 * profile_schema_wire.c has the tables for the account, the wire and paging;
 * profile_schema.c has users, groups, lifecycle, operations and the file.
 */
#ifndef PROVIDERS_PROFILE_SCHEMA_INTERNAL_H
#define PROVIDERS_PROFILE_SCHEMA_INTERNAL_H

#include "providers/profile_schema.h"

/* clang-format off */
#define REQUIRED true
#define OPTIONAL false
#define KEY(name, type, required) {name, type, required, NULL, NULL, 0}
#define WORD(name, required, words) {name, PT_WORD, required, words, NULL, 0}
#define WORDS(name, required, words) {name, PT_WORDS, required, words, NULL, 0}
#define NUMBER(name, required, min) {name, PT_INT, required, NULL, NULL, min}
#define SHAPE(name, type, required, shape) \
    {name, type, required, NULL, &(shape), 0}
#define END {NULL, PT_COUNT, false, NULL, NULL, 0}
/* clang-format on */

extern const struct profile_shape profile_var_shape, profile_default_shape,
    profile_auth_shape, profile_tls_shape, profile_timeout_shape,
    profile_rate_shape, profile_error_shape, profile_capability_shape,
    profile_paging_shape, profile_account_shape;

#endif
