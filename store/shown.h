/*
 * store/shown.h - users as answers show them, made when they are written
 *
 * Owns the table `shown`: of each living user the text that is sent, in the
 * order of lists. It is made from the user's row, inside the transaction that
 * changes it, by the function that the bridge hands in; so it says at each read
 * what the row says. Where there is no such function, or it has no text, the
 * row itself is lent instead.
 */
#ifndef STORE_SHOWN_H
#define STORE_SHOWN_H

#include "base/buf.h"
#include "store/resource.h"

/*
 * Writes a user's text. *seen_at: where its `seen` stands, as 24 characters,
 * if a later sync alone is to change it; else 0. False: no text. Runs on the
 * writer's thread; `row` is lent, with what an answer is made of.
 */
typedef bool store_render(const struct store_resource *row, void *ctx,
                          struct buf *text, size_t *seen_at);

/* Before anything is written: `ctx` must live as long as the store. */
void store_shown_by(struct store *s, store_render *render, void *ctx);
/* Makes the texts of all users of a target again when those that are stored
 * have another `form` (a fact of the file). Inside store_write. */
enum store_rc store_shown_form(struct store_db *db, const char *form);
/* Lends a living user's row by its id: `shown` is set, or what an answer is
 * made of. STORE_NONE: no such user; `each` is not called. */
enum store_rc store_shown_lend(struct store_db *db, int64_t target,
                               const char *id, store_each *each, void *ctx);

#endif
