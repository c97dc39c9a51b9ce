/*
 * scim/nearest.h - the attribute that a misspelled name may have meant
 */
#ifndef SCIM_NEAREST_H
#define SCIM_NEAREST_H

#include "scim/schema.h"

#define SCIM_NEAREST_SIZE 160

/*
 * Writes ` Did you mean "userName"?` to `out`, or "" when nothing is near:
 * names that differ by a letter or two, and sub-attributes whose parent was
 * forgotten ("givenName"). The names are those of `type`, or, when it is NULL,
 * the sub-attributes of `attr`.
 */
void scim_nearest(const struct scim_type *type, const struct scim_attr *attr,
                  const char *text, size_t len, char out[SCIM_NEAREST_SIZE]);

#endif
