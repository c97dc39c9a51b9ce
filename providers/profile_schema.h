/*
 * providers/profile_schema.h - the format helpdesk-provider/1 as data
 *
 * One table a kind of object: which keys it has, what they hold, which must be
 * there. The loader walks a profile along these tables, and docs/profiles.md
 * describes the same keys (a test compares the two), so that a key is added
 * here and nowhere else.
 */
#ifndef PROVIDERS_PROFILE_SCHEMA_H
#define PROVIDERS_PROFILE_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>

/* clang-format off */
enum profile_type {
    PT_TEXT,     /* a string that is not empty */
    PT_WORD,     /* one of `allowed` */
    PT_BOOL,
    PT_INT,      /* a whole number, `min` or more */
    PT_SCALAR,   /* string, number, boolean, or null */
    PT_ANY,      /* any JSON */
    PT_TEXTS,    /* a list of strings, not empty */
    PT_WORDS,    /* a list of words out of `allowed` */
    PT_SCALARS,  /* a list of strings and numbers */
    PT_STATUSES, /* a list of HTTP statuses */
    PT_RETRY,    /* PT_STATUSES, or an object of method -> PT_STATUSES */
    PT_COUNTER,  /* a header's name, or PT_SHAPE */
    PT_PATH,     /* a path in an answer or record */
    PT_PATHS,    /* a list of paths */
    PT_NATIVE,   /* a path, or a list of paths */
    PT_SCIM,     /* a SCIM attribute path */
    PT_REGEX,    /* POSIX extended */
    PT_TEMPLATE, /* one string with variables */
    PT_JSON,     /* any JSON with variables */
    PT_DATA,     /* an object of name -> template, or list of templates */
    PT_WHEN,     /* a condition */
    PT_WHENS,    /* a list of conditions */
    PT_OP,       /* the name of an operation of this file */
    PT_OPS,      /* a list of them */
    PT_PAGING,   /* the name of a member of `paging` */
    PT_LABELS,   /* an object of name -> sentence */
    PT_SAVES,    /* an object of name -> path */
    PT_SETS,     /* an object of name -> any JSON */
    PT_SHAPE,    /* an object with the keys of `shape` */
    PT_SHAPES,   /* a list of such objects */
    PT_NAMED,    /* an object of name -> such an object */
    PT_COUNT
};
/* clang-format on */

struct profile_key {
    /* A name that ends with * stands for every name that begins so. */
    const char *name;
    enum profile_type type;
    bool required;
    const char *allowed; /* PT_WORD, PT_WORDS: words with blanks between */
    const struct profile_shape *shape; /* PT_SHAPE and its kin */
    int min;                           /* PT_INT */
};

/* An object's keys. With `by`, the value of that key chooses the variant
 * whose keys come in addition. */
struct profile_shape {
    const char *name;               /* for people: "an operation" */
    const struct profile_key *keys; /* ended by a NULL name */
    const char *by;
    const struct profile_variant *variants; /* ended by a NULL value */
};
struct profile_variant {
    const char *value;
    const struct profile_key *keys;
};

/* The whole file. */
extern const struct profile_shape profile_schema;

/* The key `name` of an object of this shape; `variant`: the value of its `by`
 * key, or NULL. NULL: there is no such key. `note` is not in the tables: it is
 * allowed in every shape. */
const struct profile_key *profile_key_find(const struct profile_shape *shape,
                                           const char *variant,
                                           const char *name);
/* The keys that the variant adds; NULL: none. */
const struct profile_key *
profile_variant_keys(const struct profile_shape *shape, const char *variant);

/* Words of the format that are values rather than keys. */
extern const char profile_kinds[];      /* error kinds, `as` */
extern const char profile_operations[]; /* known operation names */
extern const char profile_hooks[];      /* C functions of hooks_*.c */

#endif
