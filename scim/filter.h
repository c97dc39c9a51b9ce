/*
 * scim/filter.h - the filter language (RFC 7644 section 3.4.2.2)
 *
 * A filter is parsed once into a tree, checked against the schema on the way
 * (names, operators per type, literals), and then either evaluated against a
 * resource here or turned into SQL (scim/filter_sql.h). Both must agree on
 * every resource: test/scim holds them against each other.
 *
 * Limits: 8,192 bytes, 64 levels, 512 terms; beyond: 400 invalidFilter.
 */
#ifndef SCIM_FILTER_H
#define SCIM_FILTER_H

#include "scim/error.h"
#include "scim/schema.h"

#define SCIM_FILTER_MAX_LENGTH 8192
#define SCIM_FILTER_MAX_DEPTH  64
#define SCIM_FILTER_MAX_TERMS  512

/* clang-format off */
/* RFC 7644 section 3.4.2.2, table 3, in its order. Column 3: takes a value.
 * Column 4: orders its operands, so a boolean attribute is an error.
 * Column 5: looks inside a text. */
#define SCIM_FILTER_OPS(X)             \
    X(EQ, "eq", true,  false, false)   \
    X(NE, "ne", true,  false, false)   \
    X(CO, "co", true,  false, true)    \
    X(SW, "sw", true,  false, true)    \
    X(EW, "ew", true,  false, true)    \
    X(PR, "pr", false, false, false)   \
    X(GT, "gt", true,  true,  false)   \
    X(GE, "ge", true,  true,  false)   \
    X(LT, "lt", true,  true,  false)   \
    X(LE, "le", true,  true,  false)
enum scim_filter_op {
#define X(name, text, value, ordered, inside) SCIM_OP_##name,
    SCIM_FILTER_OPS(X)
#undef X
    SCIM_OP_COUNT
};
/* clang-format on */

/*
 * Some forms are brought to others on the way, so that there is one way only
 * to evaluate them: `eq null` is NOT pr and `ne null` is pr; co, sw, ew with ""
 * are pr; an absent `primary` is false (RFC 7643 section 2.4), so `primary eq
 * false` is NOT `primary eq true`; attr[filter].sub op literal is VALUES with
 * AND inside. `ne` is true when no value equals, also for want of a value.
 */
enum scim_filter_node {
    SCIM_NODE_AND,     /* left, right */
    SCIM_NODE_OR,      /* left, right */
    SCIM_NODE_NOT,     /* left */
    SCIM_NODE_COMPARE, /* attr, op, literal */
    SCIM_NODE_VALUES,  /* attr[left]: one element satisfies all of left */
    SCIM_NODE_ABSENT,  /* an attribute that this type lacks: no value */
};

enum scim_literal {
    SCIM_LITERAL_NULL,
    SCIM_LITERAL_BOOL,
    SCIM_LITERAL_NUMBER,
    SCIM_LITERAL_TEXT,
    SCIM_LITERAL_TIME,
};

struct scim_filter {
    enum scim_filter_node node;
    struct scim_filter *left, *right; /* owned */
    /* COMPARE: the simple attribute compared (a bare complex one has already
     * become its `value`; with pr alone it stays complex: any sub-attribute
     * has a value). VALUES: the multi-valued attribute. */
    const struct scim_attr *attr;
    enum scim_filter_op op;
    enum scim_literal literal;
    bool boolean;
    double number;
    int64_t time_ms;
    /* TEXT: the literal, as compared: a fold_key, or fold_exact when the
     * attribute is caseExact. Owned; no NUL inside. */
    char *text;
    /* The literal as it was written, where `text` or `time_ms` differ from it;
     * else NULL. Owned. For making a value that satisfies the filter. */
    char *given;
};

/*
 * Parses and checks. `strict` true: an unknown attribute is an error; false
 * (a query over several types): it has no value (section 3.4.2.1). NULL and
 * *err: 400 invalidFilter, with the position and what was expected there.
 * The caller frees with scim_filter_free.
 */
struct scim_filter *scim_filter_parse(const struct scim_type *type,
                                      const char *text, size_t len, bool strict,
                                      struct scim_error *err);
/* The same for what stands in the brackets of a value path: names are
 * sub-attributes of `attr`. */
struct scim_filter *scim_filter_parse_values(const struct scim_attr *attr,
                                             const char *text, size_t len,
                                             struct scim_error *err);
void scim_filter_free(struct scim_filter *f);

/* True when the canonical resource matches. */
bool scim_filter_match(const struct scim_filter *f, const json_t *resource);
/* True when one element of a multi-valued attribute matches a value filter. */
bool scim_filter_match_value(const struct scim_filter *f, const json_t *value);

#endif
