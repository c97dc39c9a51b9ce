/*
 * store/audit.h - what was done, by whom, and why: append-only
 *
 * Owns the table `audit`. Each row carries the SHA-256 of its own fields and
 * of the hash of the row before it, over the whole file.
 */
#ifndef STORE_AUDIT_H
#define STORE_AUDIT_H

#include "store/resource.h"

/* Borrowed texts on append, owned by the callee's row on list; NULL allowed. */
struct store_audit {
    int64_t n, at, target;
    const char *actor; /* token name, "sync", "recovery", a person */
    const char *request_id;
    const char *action;         /* "user.create", "sync.vanished", ... */
    const char *resource;       /* SCIM id */
    const char *before, *after; /* JSON, changed parts only */
    const char *calls;   /* JSON: upstream calls (method, path, status) */
    const char *outcome; /* "done", "refused", "failed", "waiting" */
    const char *detail;  /* sentence */
};
enum store_rc store_audit_append(struct store_db *db,
                                 const struct store_audit *row);
typedef bool store_each_audit(const struct store_audit *row, void *ctx);
/* Rows after `after_n`, of one resource (NULL: all), oldest first. */
enum store_rc store_audit_list(struct store_db *db, int64_t target,
                               const char *resource, int64_t after_n,
                               int64_t limit, store_each_audit *each,
                               void *ctx);
/* Recomputes the chain. STORE_NONE: broken at row *bad, the first that was
 * changed, moved or removed, also from the end. */
enum store_rc store_audit_verify(struct store_db *db, int64_t *bad);

#endif
