/*
 * scim/patch_internal.h - what the files of PATCH share
 *
 *   patch.c         the body, its operations, and what has no path
 *   patch_single.c  places with one value
 *   patch_values.c  places in a multi-valued attribute
 *   patch_set.c     adding to and taking from many values quickly
 *
 * All of them return false with an error set in reader.err; the resource may
 * then be half changed, and is thrown away.
 */
#ifndef SCIM_PATCH_INTERNAL_H
#define SCIM_PATCH_INTERNAL_H

#include "scim/path.h"
#include "scim/value.h"

enum patch_op { PATCH_ADD, PATCH_REMOVE, PATCH_REPLACE };

/* The values of one attribute with an index. While it is open, places in the
 * list whose value was taken out hold null. */
struct patch_set {
    const struct scim_attr *attr; /* NULL: closed */
    json_t *list;                 /* borrowed from the resource */
    json_t *places;               /* owned; key -> index in list */
};

struct patch {
    const struct scim_type *type;
    struct scim_reader reader;
    json_t *resource; /* owned; a copy that may be changed */
    struct patch_set set;
};

bool patch_memory(const struct patch *p);
/* 400 mutability: `attr` cannot be changed, for the reason given. */
bool patch_immovable(const struct patch *p, const struct scim_attr *attr,
                     const char *why);

/* ---- patch_single.c ------------------------------------------------------ */

/* The object in which a top-level attribute stands. With `create` it is made;
 * NULL then: memory ran out. */
json_t *patch_holder(struct patch *p, const struct scim_attr *attr,
                     bool create);
/* Takes an attribute out of its object; 400 mutability when it must stay. */
bool patch_erase(struct patch *p, json_t *object, const struct scim_attr *attr);
/* Reads `value` and puts it into `object`; null takes it out. */
bool patch_write(struct patch *p, json_t *object, const struct scim_attr *attr,
                 const json_t *value);
/* Reads `value` as one value of the complex `attr` and lays it over `object`:
 * what it does not name stays, what is null goes. */
bool patch_merge(struct patch *p, json_t *object, const struct scim_attr *attr,
                 const json_t *value);
/* An operation on a place with one value: a single-valued attribute, or a
 * sub-attribute of one. */
bool patch_single(struct patch *p, enum patch_op op,
                  const struct scim_path *path, const json_t *value);

/* ---- patch_values.c ------------------------------------------------------ */

/* An operation on a multi-valued attribute, or within it. */
bool patch_values(struct patch *p, enum patch_op op,
                  const struct scim_path *path, const json_t *value);

/* ---- patch_set.c --------------------------------------------------------- */

/* Ends what is open: closes the gaps, and takes an empty attribute out. */
bool patch_set_close(struct patch *p);
/* Adds canonical values: new ones, or more of what an existing one says (RFC
 * 7644 section 3.5.2.1). At most one of `values` may be primary; then no other
 * value stays so. */
bool patch_set_add(struct patch *p, const struct scim_attr *attr,
                   const json_t *values);
/* Takes out the values that are the same as one of `values`. */
bool patch_set_remove(struct patch *p, const struct scim_attr *attr,
                      const json_t *values);
/* Lets canonical `values`, which are to replace the attribute, keep what a
 * client cannot set: readOnly and immutable parts of the same value. */
bool patch_set_carry(struct patch *p, const struct scim_attr *attr,
                     const json_t *values);
/* Makes `element` the only primary one in `list`. */
bool patch_only_primary(const struct patch *p, const json_t *list,
                        const json_t *element);
/* True when `values` of the attribute are told apart by `value` alone, since
 * that can never change (members of a group). */
bool patch_set_by_value(const struct scim_attr *attr);

#endif
