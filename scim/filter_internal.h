/*
 * scim/filter_internal.h - what the files of the filter share
 */
#ifndef SCIM_FILTER_INTERNAL_H
#define SCIM_FILTER_INTERNAL_H

#include "scim/filter.h"
#include "scim/filter_lex.h"

#include <stdint.h>

/*
 * What stands in the brackets of a PATCH path: as scim_filter_parse_values, but
 * positions in errors count from `base` bytes before the text.
 */
struct scim_filter *filter_parse_within(const struct scim_attr *attr,
                                        const char *text, size_t len,
                                        size_t base, struct scim_error *err);

/* The operator of that name, without case; SCIM_OP_COUNT: none. */
enum scim_filter_op filter_op_find(const char *word, size_t len);

/*
 * Reads `t` as a value of the attribute of the COMPARE node `f`, whose attr and
 * op are set, and checks that the operator is one for that type (RFC 7644 table
 * 3). NULL: done. Else the reason, a static sentence. *memory is set when it
 * ran out instead.
 */
const char *filter_literal_read(struct scim_filter *f,
                                const struct filter_token *t, bool *memory);
/* Whether the operator exists for the type at all, as above. */
const char *filter_op_check(const struct scim_attr *attr,
                            enum scim_filter_op op);

/* True for the flag that marks one value of a multi-valued attribute: absent,
 * it is false (RFC 7643 section 2.4). */
bool filter_is_primary(const struct scim_attr *attr);

/*
 * The form in which a value of the attribute compares: NFC, and folded unless
 * it is caseExact. With `whole`, references are brought to one form too (RFC
 * 7643 section 2.4: scheme and host in lower case, without the version segment
 * of a SCIM resource's URI); what looks inside the text takes it as it is. A
 * new string; NULL: memory ran out.
 */
char *filter_key(const struct scim_attr *attr, bool whole, const char *text,
                 size_t len);

/* How the values of an attribute compare. */
enum filter_class {
    FILTER_AS_TEXT,
    FILTER_AS_REFERENCE,
    FILTER_AS_NUMBER,
    FILTER_AS_BOOLEAN,
    FILTER_AS_TIME,
    FILTER_AS_COMPLEX,
};
enum filter_class filter_class_of(const struct scim_attr *attr);

#endif
