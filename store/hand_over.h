/*
 * store/hand_over.h - the open conversations of a leaver, and where each went
 *
 * Owns the tables `hand_over` (one row a leave; at most one of a person is
 * open) and `hand_over_item` (one row a conversation). Neither is deleted:
 * the helpdesk cannot say afterwards whose conversations they were.
 *
 * Must not: know what a heir is, call a helpdesk.
 */
#ifndef STORE_HAND_OVER_H
#define STORE_HAND_OVER_H

#include "store/resource.h"

/* What became of a conversation. */
enum store_item {
    ITEM_WAITING, /* no heir was asked yet, or the next one is to be */
    ITEM_CHOSEN,  /* its heir stands; the call may have been made, or not */
    ITEM_SENT,    /* the helpdesk answered that it is done */
    ITEM_MOVED,   /* and no longer tells it as the leaver's */
    ITEM_STUCK,   /* nobody may have it, or the helpdesk failed: a person's */
    ITEM_GONE,    /* the leaver lost it without us: closed, or taken over */
};
#define ITEM_STATES 6

struct store_hand_over {
    int64_t n;                /* 0: not stored yet */
    int64_t target, resource; /* row numbers */
    char *leaver;             /* owned; upstream id */
    bool removal;     /* ends as a SCIM DELETE does, else as active: false */
    bool listed;      /* the list was read to its end once */
    bool blind;       /* it could not be read: there may be more */
    bool promised;    /* the request was answered: the bridge ends it itself */
    int64_t rounds;   /* times that new conversations were found */
    int64_t failures; /* tries in a row that brought nothing */
    char *actor;      /* owned; who asked for it */
    char *request_id; /* owned, or NULL */
    int64_t opened;
    int64_t moved_at; /* when it last went on */
    int64_t next_at;  /* not to be tried again before; 0: at once */
    int64_t alarmed;  /* when somebody was alarmed last; 0: never */
    char *error;      /* owned; what failed last, or NULL */
    int64_t closed;   /* 0: open */
    char *outcome;    /* owned; "done", "partly", "withdrawn"; NULL: open */
};
void store_hand_over_clear(struct store_hand_over *h);

/* Opens one (n is set), or writes all of it but n, target and resource. */
enum store_rc store_hand_over_put(struct store_db *db,
                                  struct store_hand_over *h);
/* The open one of a person, else (`any`) the newest; STORE_NONE: none. The
 * caller clears *out. */
enum store_rc store_hand_over_of(struct store_db *db, int64_t resource,
                                 bool any, struct store_hand_over *out);
/* The promised open ones of a target in the order in which they may be tried
 * (next_at, n): the first behind the place that is given; STORE_NONE: no more.
 * From the start: -1, 0. The caller clears *out. */
enum store_rc store_hand_over_next(struct store_db *db, int64_t target,
                                   int64_t after_next_at, int64_t after_n,
                                   struct store_hand_over *out);

struct store_hand_over_item {
    int64_t place; /* in the list, from 0 */
    char *ticket;  /* the conversation's id upstream */
    enum store_item state;
    int64_t entry; /* of the policy's heirs: which one is asked */
    int64_t tries; /* calls in a row that failed */
    int64_t kind;  /* of the heir */
    char *heir;    /* upstream id; NULL: none chosen, or nobody */
    char *name;    /* the heir's, for people; NULL: none is chosen */
    char *detail;  /* why it is stuck; NULL */
};
/* Adds it, or replaces what is known of that conversation. */
enum store_rc store_hand_over_item_put(struct store_db *db, int64_t hand_over,
                                       const struct store_hand_over_item *i);
typedef bool store_each_item(const struct store_hand_over_item *i, void *ctx);
/* All, in the list's order; lent. */
enum store_rc store_hand_over_items(struct store_db *db, int64_t hand_over,
                                    store_each_item *each, void *ctx);

#endif
