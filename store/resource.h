/*
 * store/resource.h - the mirror: what SCIM shows, and for which upstream id
 *
 * Owns the tables `resource`, `attr` and `attr_name`. A row is never deleted:
 * when the helpdesk stops listing a user it becomes a tombstone, because the
 * identity provider may name that id again and must keep getting the same
 * answer; when SCIM deletes it, it becomes erased, kept so that the same
 * person, coming back, is linked to the same upstream account.
 *
 * `body` is ready to send but for what changes without it: a group's members,
 * a user's `groups` (kept beside it in their own text) and `meta`, which is
 * written from the columns.
 */
#ifndef STORE_RESOURCE_H
#define STORE_RESOURCE_H

#include "base/id.h"
#include "store/store.h"

#include <stddef.h>

enum store_type { STORE_USER, STORE_GROUP };

enum store_state {
    STORE_LINKED,    /* the helpdesk returned it when last asked */
    STORE_WAITING,   /* asked for over SCIM; a person must still invite */
    STORE_TOMBSTONE, /* the helpdesk stopped returning it; shown inactive */
    STORE_ERASED,    /* DELETEd over SCIM: 404; kept for re-linking */
};

/* All pointers are owned by the struct and may be NULL where not said. */
struct store_resource {
    int64_t n; /* row number; 0: not stored yet */
    int64_t target;
    enum store_type type;
    enum store_state state;
    char id[ID_SIZE]; /* SCIM id; never changes, never reused */
    char *upstream_id;
    char *identity; /* what makes the upstream account this very one */
    char *kind;     /* groups: "team", "role", "local" */
    char *role;     /* users: SCIM value of the helpdesk role */
    char *external_id;
    char *name_key;    /* users: folded userName; unique but for erased rows */
    char *display_key; /* folded displayName */
    char *match_key; /* folded value of the attribute that accounts match by */
    bool active;
    int64_t version, created, modified; /* version counts from 1; times: ms */
    int64_t seen;    /* the helpdesk last returned it; 0: never */
    char *body;      /* not NULL: canonical JSON object */
    char *extension; /* JSON object: the bridge's own schema extension */
    char *groups;    /* users: JSON array for `groups`; NULL: in none.
                        Written by store/member.h alone */
    char *upstream;  /* JSON: what the helpdesk said last, SCIM-shaped */
    /* Never owned: a user's whole text on loan, instead of all other texts (of
     * a query that is `ready`, and of store_shown_lend). Where seen_at > 0, a
     * later time than `seen` belongs there (see store/shown.h). */
    const char *shown;
    size_t shown_len, seen_at;
};

/* One row of the index of attribute values (see 0001 of schema/). */
struct store_attr {
    const char *path; /* borrowed */
    int element;
    const char *key; /* borrowed; NULL: `number` counts */
    double number;
    bool primary;
};

/* Frees what `r` owns and zeroes it. Safe on a zeroed struct. */
void store_resource_clear(struct store_resource *r);
/* False: memory ran out; *to is then zeroed. */
bool store_resource_copy(struct store_resource *to,
                         const struct store_resource *from);

/*
 * Finds a row in any state, erased ones too. STORE_OK: the caller clears
 * *out. STORE_NONE, STORE_FAILED: *out is zeroed.
 */
enum store_rc store_resource_get(struct store_db *db, int64_t target,
                                 enum store_type type, const char *id,
                                 struct store_resource *out);
enum store_rc store_resource_get_row(struct store_db *db, int64_t n,
                                     struct store_resource *out);
enum store_rc store_resource_by_upstream(struct store_db *db, int64_t target,
                                         enum store_type type,
                                         const char *upstream_id,
                                         struct store_resource *out);
/* Users by folded userName; groups by folded displayName (any one of them).
 * Erased rows are not found. */
enum store_rc store_resource_by_name(struct store_db *db, int64_t target,
                                     enum store_type type, const char *key,
                                     struct store_resource *out);
/* Users by match_key: the living first, then tombstones, then (only when
 * `erased`) erased ones; of equals the newest. */
enum store_rc store_resource_by_match(struct store_db *db, int64_t target,
                                      const char *key, bool erased,
                                      struct store_resource *out);

/*
 * Inserts (n == 0: sets r->n) or replaces the row, and its attribute index:
 * only rows of the index that differ are touched. `groups` is left as stored;
 * so are, on replacing, target, type and id. `body` must be JSON: the name
 * that members are shown with is taken from it.
 * STORE_CLASH: name_key or upstream_id is another row's.
 */
enum store_rc store_resource_put(struct store_db *db, struct store_resource *r,
                                 const struct store_attr *attrs,
                                 size_t attr_count);

/* A query over the resources of a target that are not erased. The texts are
 * SQL over the row alias `r`, made by scim/filter_sql.h, without values. */
struct store_value {
    enum { STORE_TEXT, STORE_NUMBER, STORE_INTEGER } kind;
    const char *text;
    double number;
    int64_t integer;
};
struct store_query {
    int64_t target;
    int type;                         /* enum store_type, or -1: all */
    const char *where;                /* NULL: everything */
    const struct store_value *values; /* of where, then of order */
    size_t value_count, order_count;  /* order_count of them are order's */
    /* NULL: in the order of n, which is that of creation; a page at any
     * offset is then found at once, if `where` is NULL too. A tie in `order`
     * is broken by n. A walk that misses nobody goes by `r.n > ?`. */
    const char *order;
    int64_t offset, limit;
    /* Fills in only what an answer is made of, which is quicker: n, target,
     * type, state, id, kind, active, version, created, modified, seen, body,
     * extension, groups. The other texts are NULL. */
    bool answer;
    /* With `answer`, of users: lends n, target, version, seen and `shown`
     * instead, which is quicker still. */
    bool ready;
    int64_t after; /* without where and order: only rows with a larger n */
};
/* `row` is lent for the call; return false to stop. */
typedef bool store_each(const struct store_resource *row, void *ctx);
/*
 * Lends the row of an id, unless it is erased, without copying a text: for
 * answering a GET. Only what an answer is made of is filled in (see `answer`
 * of struct store_query). STORE_NONE: no such row; `each` is not called.
 */
enum store_rc store_resource_lend(struct store_db *db, int64_t target,
                                  enum store_type type, const char *id,
                                  store_each *each, void *ctx);
enum store_rc store_resource_list(struct store_db *db,
                                  const struct store_query *q, store_each *each,
                                  void *ctx);
enum store_rc store_resource_count(struct store_db *db,
                                   const struct store_query *q, int64_t *count);
/*
 * The value of q->order, here an expression without a direction, for the row
 * `n`, whatever its state: what a walk goes on behind. `text` is new. Of the
 * query only order and values count. STORE_NONE: no such row.
 */
struct store_key {
    enum {
        STORE_KEY_NULL,
        STORE_KEY_TEXT,
        STORE_KEY_NUMBER,
        STORE_KEY_INTEGER
    } kind;
    char *text;
    double number;
    int64_t integer;
};
enum store_rc store_resource_key(struct store_db *db,
                                 const struct store_query *q, int64_t n,
                                 struct store_key *out);
/* Users that take a seat, or will: active, and linked or waiting; but for the
 * row `but`. */
enum store_rc store_resource_seats(struct store_db *db, int64_t target,
                                   int64_t but, int64_t *count);
/* The numbers of all rows of a target and type in a state, in order. */
typedef bool store_each_row(int64_t n, void *ctx);
enum store_rc store_resource_in_state(struct store_db *db, int64_t target,
                                      enum store_type type,
                                      enum store_state state,
                                      store_each_row *each, void *ctx);
/* Every row of a target and type in any state, in the order of n. */
enum store_rc store_resource_all(struct store_db *db, int64_t target,
                                 enum store_type type, store_each *each,
                                 void *ctx);

#endif
