/*
 * store/lock_internal.h - one server a database file
 *
 * The lock is flock(2) on "<file>.lock", so that it ends with its process,
 * however that ends. The content, "pid 1234 since 2024-05-13T04:42:34.000Z",
 * is only for the sentence that the second process prints. The file stays.
 */
#ifndef STORE_LOCK_INTERNAL_H
#define STORE_LOCK_INTERNAL_H

#include "base/error.h"

#include <stdbool.h>

/* A descriptor that holds the lock; -1 and a sentence: *held says whether
 * another process holds it (else the lock file cannot be made). */
int lock_take(const char *path, bool *held, struct error *err);
/* -1 is allowed. */
void lock_drop(int fd);

#endif
