/*
 * test/sim/table.h - the records of one kind: users, teams, tickets
 *
 * A record is JSON text under a number. The number orders the table and is the
 * record's id, or what the desk makes its id from. Text is small and is sent
 * as it stands; so a page of a list costs a copy, and a million users fit.
 *
 * Indexes are named by the table's specification: the value of one member, as
 * text, or every element of it when it is an array. `fold` makes them blind to
 * ASCII case.
 *
 * Undo: while an undo log is attached, what a change replaces is kept, and
 * table_undo() puts it back (the lie "success without effect").
 */
#ifndef SIM_TABLE_H
#define SIM_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "test/sim/index.h"

enum { TABLE_INDEXES = 4 };

struct index_spec {
    const char *member;
    bool fold;
};

struct table_spec {
    const char *name;
    int64_t first_id;
    struct index_spec indexes[TABLE_INDEXES]; /* ended by a NULL member */
};

struct row {
    int64_t id;
    char *text; /* owned */
};

struct table;

struct undo_step {
    struct table *table;
    int64_t id;
    char *text; /* owned; NULL: there was no such row */
};

struct undo {
    struct undo_step *steps;
    size_t count, room;
    bool keep; /* changes are being noted */
};

struct table {
    const struct table_spec *spec;
    struct row *rows; /* by ascending id */
    size_t count, room;
    int64_t next_id;
    struct index indexes[TABLE_INDEXES];
    struct undo *undo; /* borrowed; may be NULL */
    uint64_t changes;  /* counts every change, for whoever saves */
};

void table_init(struct table *t, const struct table_spec *spec,
                struct undo *undo);
void table_clear(struct table *t);

/* A number that no row had before. */
int64_t table_new_id(struct table *t);

/* The row's text, borrowed until the next change; NULL: no such row. */
const char *table_text(const struct table *t, int64_t id);

/* The row as JSON, a new reference; NULL: no such row. */
json_t *table_get(const struct table *t, int64_t id);

/* Stores `row` (borrowed) under `id`, in place of what was there. */
void table_put(struct table *t, int64_t id, const json_t *row);

/* Takes the row away; true when there was one. */
bool table_drop(struct table *t, int64_t id);

/*
 * The rows whose member number `index` of the specification has the value
 * `key`. Borrowed until the next change.
 */
const int64_t *table_where(const struct table *t, size_t index, const char *key,
                           size_t *count);

/* The position of the first row whose id is at least `id`. */
size_t table_position(const struct table *t, int64_t id);

/* Puts back everything noted since undo->keep was set, latest change first. */
void undo_run(struct undo *u);

/* Forgets what was noted. */
void undo_clear(struct undo *u);

#endif
