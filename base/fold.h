/*
 * base/fold.h - one key for every spelling of a text
 *
 * SCIM compares most strings without regard to case (RFC 7643 section 7), over
 * Unicode, and prepared (RFC 7644 section 5): the key of a text is its NFC
 * form, case-folded. Two texts are equal without regard to case exactly when
 * their keys are equal bytes. Keys are for comparing, never for showing.
 */
#ifndef BASE_FOLD_H
#define BASE_FOLD_H

#include <stdbool.h>
#include <stddef.h>

/* The key of `text` (UTF-8): a new string, which the caller frees. NULL when
 * memory ran out. Bytes that are no UTF-8 are kept as they are. */
char *fold_key(const char *text, size_t len);
/* The same without case folding: NFC only, for caseExact attributes. */
char *fold_exact(const char *text, size_t len);
/* True when the keys of both are equal. */
bool fold_equal(const char *a, const char *b);
/* ASCII only, for protocol words: attribute names, operators, URNs. */
bool fold_ascii_equal(const char *a, size_t a_len, const char *b, size_t b_len);

#endif
