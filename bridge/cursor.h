/*
 * bridge/cursor.h - the text that tells where a walk goes on (RFC 9865)
 *
 * A cursor holds all that the next page needs: nothing is remembered between
 * pages, so a walk costs the server nothing while it rests. It is sealed with
 * a secret of the installation over the walk's own query: whoever changes one,
 * or shows it with another query or target, gets 400 invalidCursor, always in
 * the same words. The sort key in it is somebody's name perhaps, so it is
 * hidden too: cursors end up in the logs of proxies.
 */
#ifndef BRIDGE_CURSOR_H
#define BRIDGE_CURSOR_H

#include "bridge/target.h"
#include "scim/error.h"

/* Behind which resource the next page begins. */
struct cursor {
    int64_t made;         /* ms; when its page was answered */
    int64_t count;        /* of the page */
    int64_t total;        /* of the walk, as its first page counted it */
    int part;             /* of a root query: enum store_type */
    int64_t n;            /* row number of the last resource shown */
    struct store_key key; /* its sort key; owned */
};
void cursor_clear(struct cursor *c);

/* The text of a cursor; new, of unreserved characters (RFC 3986 section 2.3)
 * alone. `query` is whatever must be the same on the next page. NULL: memory
 * or the crypto library failed. */
char *cursor_write(const struct bridge *b, const struct cursor *c,
                   const struct buf *query);
/* Reads one. False: 400 invalidCursor or expiredCursor. The caller clears *out
 * in any case. */
bool cursor_read(const struct bridge *b, const char *text,
                 const struct buf *query, struct cursor *out,
                 struct scim_error *err);

/* Fetches the secret, making it the first time. */
bool cursor_open(struct bridge *b, struct error *err);

#endif
