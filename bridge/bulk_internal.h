/*
 * bridge/bulk_internal.h - what the files of a bulk request share
 *
 *   bulk.c       order, running, results
 *   bulk_read.c  the request and its operations
 *   bulk_refs.c  values that say bulkId:...
 */
#ifndef BRIDGE_BULK_INTERNAL_H
#define BRIDGE_BULK_INTERNAL_H

#include "bridge/bulk.h"
#include "scim/error.h"

enum bulk_state {
    BULK_WAITS, /* not begun */
    BULK_LINKS, /* created, without the values that close a circle */
    BULK_DONE,
};

struct bulk_op {
    const json_t *said;           /* borrowed; one of Operations */
    const char *method;           /* borrowed, as it was sent; NULL: no text */
    const char *bulk_id;          /* borrowed; NULL: none */
    const char *version;          /* borrowed; NULL: none */
    const json_t *data;           /* borrowed; NULL: none */
    enum bridge_op op;            /* BRIDGE_LIST: no method of a bulk */
    const struct scim_type *type; /* NULL: the path names none */
    char *key; /* owned; id or "bulkId:..." of the resource; NULL: none */
    size_t *waits_for; /* owned; operations that create what it names */
    size_t waits_count;
    bool nests; /* a group that names a group */
    enum bulk_state state;
    char id[ID_SIZE]; /* of what it created; "" */
    json_t *lacks;    /* owned; keys: attributes that are still to be set */
    json_t *result;   /* owned; NULL: not processed */
};

struct bulk {
    struct bridge_target *t;
    struct store_db *db;
    const struct bridge_request *q;
    json_t *body; /* owned */
    struct bulk_op *ops;
    size_t count;
    json_t *ids;            /* owned; bulkId -> operation */
    json_int_t most_errors; /* 0: any number */
    json_int_t errors;
    int64_t until; /* clock_span_ms */
};

/* Reads the request and what can be told of each operation. False: the whole
 * request is refused. */
bool bulk_read(struct bulk *b, struct scim_error *err);
void bulk_clear(struct bulk *b);
/* Whether the operation can be run at all; 400 invalidSyntax or invalidValue.
 */
bool bulk_check(const struct bulk *b, const struct bulk_op *op,
                struct scim_error *err);

/* Notes which operations `op` waits for. False: memory ran out. */
bool bulk_refs_note(struct bulk *b, struct bulk_op *op);
/* The id that "bulkId:..." stands for, or the text itself when it is none.
 * NULL: nobody knows it (400 in *err). */
const char *bulk_refs_id(const struct bulk *b, const char *key,
                         struct scim_error *err);
/*
 * The operation's data with ids for references: new. With `prune`, values that
 * name what does not exist yet are left out, and the attributes that lack
 * something now are keys of *pruned (new). NULL: 400 in *err.
 */
json_t *bulk_refs_resolve(const struct bulk *b, const struct bulk_op *op,
                          json_t **pruned, struct scim_error *err);

#endif
