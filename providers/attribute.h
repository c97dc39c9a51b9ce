/*
 * providers/attribute.h - a SCIM attribute that a profile maps
 *
 * The left side of the map: `userName`, `name.givenName`,
 * `emails[type eq "work"].value`, `entitlements`, `$enterprise.department`,
 * `$ext.desk.lastLogin`. What RFC 7643 sections 4.1 to 4.3 name, and nothing
 * else, so that a misspelled attribute is found when the profile is loaded.
 */
#ifndef PROVIDERS_ATTRIBUTE_H
#define PROVIDERS_ATTRIBUTE_H

#include <jansson.h>
#include <stdbool.h>

#define ATTRIBUTE_MAX 64

enum attribute_kind {
    ATTRIBUTE_SINGLE,  /* userName, name.givenName */
    ATTRIBUTE_ELEMENT, /* emails[type eq "work"].value */
    ATTRIBUTE_LIST,    /* entitlements: all values, as a list */
};
struct attribute {
    enum attribute_kind kind;
    const char *urn;          /* of an extension; NULL: the core schema */
    char name[ATTRIBUTE_MAX]; /* "emails" */
    char sub[ATTRIBUTE_MAX];  /* "value", or "" */
    char type[ATTRIBUTE_MAX]; /* ATTRIBUTE_ELEMENT: "work" */
    bool extra;               /* $ext.desk.NAME */
};

/* Reads a path of the map of users, or of groups. False: not such a path;
 * `why` (160 bytes) says what is wrong with it. */
bool attribute_parse(const char *path, bool group, struct attribute *out,
                     char why[160]);
/* The path as SCIM clients write it: "urn:...:User:desk.lastLogin". New. */
char *attribute_text(const struct attribute *a);
/* The paths that a map of users (or groups) may use, with blanks between; []
 * stands for [type eq "..."]. */
const char *attribute_known(bool group);

/*
 * The value in a SCIM-shaped resource; borrowed, NULL: none (or null). For
 * ATTRIBUTE_LIST the list itself. With `primary`, an element with another
 * type stands in: the one marked primary, else one without a type.
 */
json_t *attribute_get(const json_t *resource, const struct attribute *a,
                      bool primary);
/* Puts `value` (stolen) there, making what it lies in. ATTRIBUTE_LIST takes a
 * list of texts. False: memory ran out. */
bool attribute_put(json_t *resource, const struct attribute *a, bool primary,
                   json_t *value);

#endif
