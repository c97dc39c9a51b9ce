/*
 * test/sim/row.h - records as JSON: reading, choosing, storing, showing
 *
 * Members whose names begin with "_" are the simulator's own: GET /state has
 * them, an answer of the helpdesk never.
 */
#ifndef SIM_ROW_H
#define SIM_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "test/sim/world.h"

/* A member as text (NULL: none) or as a number (0: none). */
const char *row_text(const json_t *row, const char *member);
int64_t row_number(const json_t *row, const char *member);
int64_t row_id(const json_t *row);

bool row_is(const json_t *row, const char *member, const char *text);
bool row_true(const json_t *row, const char *member);

/* The same text but for ASCII case; `part` somewhere in `whole` likewise. */
bool text_same(const char *a, const char *b);
bool text_holds(const char *whole, const char *part);

/* A new list of the rows of a table that an index finds. */
json_t *rows_by(const struct world *w, size_t table, size_t index,
                const char *key);
json_t *rows_by_id(const struct world *w, size_t table, size_t index,
                   int64_t id);

/* A new list of all rows that `holds` (NULL: all rows). */
typedef bool row_test(const struct world *w, const json_t *row,
                      const void *context);
json_t *rows_where(const struct world *w, size_t table, row_test *holds,
                   const void *context);

/* Stores a row under its "id", with a new updated_at. */
void row_keep(struct world *w, size_t table, json_t *row);

/* Gives the row an id, both times, and stores it. */
void row_add(struct world *w, size_t table, json_t *row);

/* Takes the reference, returns what the helpdesk shows of it. */
json_t *row_shown(json_t *row);

#endif
