/*
 * scim/error.h - an error as SCIM says it (RFC 7644 section 3.12)
 *
 * Every error is a status, perhaps a scimType, and a sentence for the person
 * who runs the identity provider: what was wrong and what to do.
 *
 * Must not: hold secrets, SQL, or the words of a stack trace.
 */
#ifndef SCIM_ERROR_H
#define SCIM_ERROR_H

#include <jansson.h>
#include <stdbool.h>

/* clang-format off */
/* RFC 7644 table 9, and RFC 9865 section 2.1. Column 3: the status it goes
 * with (uniqueness: 409, as section 3.3 says for duplicates). */
#define SCIM_ERROR_TYPES(X)                   \
    X(NONE,            "",                0)  \
    X(INVALID_FILTER,  "invalidFilter",   400)\
    X(TOO_MANY,        "tooMany",         400)\
    X(UNIQUENESS,      "uniqueness",      409)\
    X(MUTABILITY,      "mutability",      400)\
    X(INVALID_SYNTAX,  "invalidSyntax",   400)\
    X(INVALID_PATH,    "invalidPath",     400)\
    X(NO_TARGET,       "noTarget",        400)\
    X(INVALID_VALUE,   "invalidValue",    400)\
    X(INVALID_VERS,    "invalidVers",     400)\
    X(SENSITIVE,       "sensitive",       403)\
    X(INVALID_CURSOR,  "invalidCursor",   400)\
    X(EXPIRED_CURSOR,  "expiredCursor",   400)\
    X(INVALID_COUNT,   "invalidCount",    400)
enum scim_error_type {
#define X(name, text, status) SCIM_##name,
    SCIM_ERROR_TYPES(X)
#undef X
    SCIM_ERROR_TYPE_COUNT
};
/* clang-format on */

struct scim_error {
    int status;                /* HTTP status; 0 means no error */
    enum scim_error_type type; /* SCIM_NONE: the body has no scimType */
    int retry_after;           /* seconds for Retry-After; 0: none is sent */
    char detail[1024];         /* the sentence; cut when too long */
};

/* Sets the sentence and the status that belongs to `type` (not SCIM_NONE). */
void scim_error_set(struct scim_error *err, enum scim_error_type type,
                    const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Sets the sentence and a status that has no scimType. */
void scim_error_status(struct scim_error *err, int status, const char *format,
                       ...) __attribute__((format(printf, 3, 4)));
/* The sentence for memory that ran out: status 500. */
void scim_error_memory(struct scim_error *err);
/* The word of RFC 7644 table 9, "" for SCIM_NONE. Static. */
const char *scim_error_type_text(enum scim_error_type type);
/* The error body: a new object, or NULL when memory ran out. */
json_t *scim_error_json(const struct scim_error *err);

#endif
