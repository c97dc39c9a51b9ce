/*
 * schema/embedded.h - the data that is compiled into the program
 *
 * schema/ holds the SCIM schema documents (*.json) and the migrations of the
 * database (*.sql); they, and the shipped profiles of providers/, become
 * constant text at build time (.ci/embed). No code stands here.
 */
#ifndef SCHEMA_EMBEDDED_H
#define SCHEMA_EMBEDDED_H

#include <stddef.h>

struct embedded {
    const char *name; /* path in the tree: "schema/user.json" */
    const char *text; /* NUL-terminated */
    size_t len;       /* without the NUL */
};

/* Sorted by name, ended by a row with a NULL name. */
extern const struct embedded embedded_files[];

#endif
