/*
 * scim/tolerance.h - what clients mean by values in a form of their own
 *
 * Real identity providers send values that RFC 7643 does not allow, and there
 * is no doubt what they mean. Each such form is one row of a table, with who
 * sends it. The rules ask the schema for kinds and sub-attributes and name no
 * attribute, so they hold for every attribute built alike.
 */
#ifndef SCIM_TOLERANCE_H
#define SCIM_TOLERANCE_H

#include "scim/schema.h"

/*
 * The value that is meant by `value`, one value of `attr` (an element when the
 * attribute is multi-valued). True and *out NULL: it is meant as it stands,
 * which is the usual case. True and *out set: the value to use instead, new;
 * JSON null when it is meant to be unassigned. False: memory ran out.
 */
bool scim_tolerate(const struct scim_attr *attr, const json_t *value,
                   json_t **out);

/* True when jansson refused a text for want of memory, and not for what stands
 * in it: then it often says nothing at all. */
bool scim_json_starved(const json_error_t *why);

/* The member of an object by its name in any case; NULL: none. Borrowed. */
json_t *scim_member(const json_t *object, const char *name);

#endif
