/*
 * test/store/fixture.h - a database in a folder of its own, and short ways to
 * fill it. Everything here fails the test when it does not work.
 */
#ifndef TEST_STORE_FIXTURE_H
#define TEST_STORE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/member.h"
#include "store/resource.h"
#include "store/store.h"

struct fixture {
    char folder[64], path[96];
    struct store *store;
    struct store_db *reader;
    int64_t target;
};

/* cmocka's: *state is a struct fixture with a target "desk". */
int fixture_setup(void **state);
int fixture_teardown(void **state);
void fixture_open(struct fixture *f);
void fixture_close(struct fixture *f);
/* Runs SQL on the file with sqlite3 itself. */
void fixture_sql(const struct fixture *f, const char *sql);
/* The first value of a query, as text; "" when there is none. Static. */
const char *fixture_value(const struct fixture *f, const char *sql);

/* store_write that must end with `want`. */
void fixture_write(struct fixture *f, store_work *work, void *ctx,
                   enum store_rc want);
/* A user "name" with id made of `number`; its row number. */
int64_t fixture_user(struct fixture *f, int number, const char *name);
int64_t fixture_group(struct fixture *f, int number, const char *name);
/* Texts borrowed: for store_resource_put, never to be cleared. */
struct store_resource fixture_row(int64_t target, enum store_type type,
                                  int number, const char *name, char *body,
                                  size_t size);
void fixture_join(struct fixture *f, int64_t group, int64_t member,
                  int64_t now);
void fixture_leave(struct fixture *f, int64_t group, int64_t member,
                   int64_t now);
/* The row as a reader sees it; the caller clears it. */
struct store_resource fixture_get(struct fixture *f, int64_t n);

#endif
