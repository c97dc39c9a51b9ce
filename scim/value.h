/*
 * scim/value.h - a value from outside becomes a canonical one
 *
 * For scim/ alone: bodies, PATCH operations and what the helpdesk told are read
 * by the same rules, but for what `source` says.
 */
#ifndef SCIM_VALUE_H
#define SCIM_VALUE_H

#include "scim/error.h"
#include "scim/schema.h"

enum scim_source {
    SCIM_FROM_BODY,     /* POST, PUT: readOnly members are dropped */
    SCIM_FROM_PATCH,    /* so too; one value counts as an array of one */
    SCIM_FROM_HELPDESK, /* readOnly is kept; what does not fit is dropped */
};
struct scim_reader {
    enum scim_source source;
    const struct scim_tolerance *tolerance; /* NULL: all switches off */
    bool presets; /* attributes without a value get their preset */
    struct scim_error *err;
};

/*
 * Reads the whole value of `attr`: an array when it is multi-valued. True and
 * *out new: canonical, members in the schema's order and spelling, without
 * null, and without doubles (see scim_value_key). True and *out NULL: there is
 * no value (null, [], {}, or an oddity of the helpdesk). False and *err: 400
 * invalidValue naming the attribute, or invalidSyntax for a name that stands
 * there twice. Whether required sub-attributes are there, and only one value
 * is primary, is scim_resource_check's matter.
 */
bool scim_value_read(const struct scim_reader *r, const struct scim_attr *attr,
                     const json_t *in, json_t **out);
/* The same for one element of a multi-valued attribute. */
bool scim_value_read_element(const struct scim_reader *r,
                             const struct scim_attr *attr, const json_t *in,
                             json_t **out);

/*
 * What makes an element of a multi-valued attribute the same as another (RFC
 * 7643 section 2.4): `value` alone where that is immutable or readOnly (so for
 * members), else `type` and `value`; the value itself when it is simple. New
 * text; NULL when it has no `value`, or memory ran out.
 */
char *scim_value_key(const struct scim_attr *attr, const json_t *element);
/* Both elements in one, new: the sub-attributes of `first`, and of `second`
 * what `first` lacks. NULL: memory ran out. */
json_t *scim_value_merge(const struct scim_attr *attr, const json_t *first,
                         const json_t *second);
/* True for what counts as no value in a required attribute: NULL, null, [], {}
 * and a text of nothing but white space. */
bool scim_value_blank(const json_t *value);

/*
 * The member of `in` with this name, in any case: *value is borrowed, NULL when
 * there is none. `matched` grows by how many there are. False: more than one,
 * which only a helpdesk may tell (its first one counts): 400 invalidSyntax
 * naming it as `shown`.
 */
bool scim_member_once(const struct scim_reader *r, const json_t *in,
                      const char *name, const char *shown, json_t **value,
                      size_t *matched);
/*
 * Reads the members of `in` that are among `attrs` into `out`, in the order of
 * `attrs`. `matched` (may be NULL) grows by how many members of `in` were
 * recognised. False and *err as in scim_value_read.
 */
bool scim_object_read(const struct scim_reader *r,
                      const struct scim_attr *attrs, size_t count,
                      const json_t *in, json_t *out, size_t *matched);
/*
 * Refuses the first member of `in` that nobody knows, when the tolerance wants
 * that (400 invalidValue, with what may have been meant); true when there is
 * none, or it is to be dropped. `in` is a value of `parent`; or, when that is
 * NULL, a resource of `type` (`schema` is its core), or an extension's object.
 */
bool scim_unknown_check(const struct scim_reader *r,
                        const struct scim_type *type,
                        const struct scim_schema *schema,
                        const struct scim_attr *parent, const json_t *in);

#endif
