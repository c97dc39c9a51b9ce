#include "store/health.h"

#include "store/audit.h"
#include "store/db_internal.h"

#include <stdio.h>
#include <string.h>

/* The tallies as they should be: see 0001_initial.sql. */
#define TRUE_TALLY                                                             \
    "SELECT target, type, block, count(*) AS living FROM ("                    \
    "SELECT target, type, -1 AS block FROM resource WHERE state <> 3 "         \
    "UNION ALL SELECT target, type, -2 - (n >> 14) FROM resource "             \
    "WHERE state <> 3 UNION ALL "                                              \
    "SELECT target, type, n >> 7 FROM resource WHERE state <> 3) "             \
    "GROUP BY target, type, block"

/* Which users are shown, in which version. */
#define TRUE_SHOWN                                                             \
    "SELECT target << 40 | n AS k, version, seen FROM resource "               \
    "WHERE type = 0 AND state <> 3"

/* Each row of a query is a finding. `repair` NULL: a person must see to it. */
static const struct {
    const char *find, *repair;
} checks[] = {
    {"SELECT 'The file is damaged: ' || integrity_check || '. If a repair "
     "does not help, put back a backup.' "
     "FROM pragma_integrity_check(20) WHERE integrity_check <> 'ok'",
     "REINDEX"},
    {"SELECT 'Row ' || coalesce(rowid, '?') || ' of table ' || \"table\" || "
     "' names a row of ' || parent || ' that is not there. Put back a "
     "backup.' FROM pragma_foreign_key_check LIMIT 20",
     NULL},
    {"SELECT 'The number of living resources of target ' || coalesce(t.name, "
     "m.target) || ' is not what it says.' FROM (SELECT DISTINCT target FROM "
     "(SELECT * FROM (" TRUE_TALLY ") EXCEPT SELECT target, type, block, "
     "living FROM tally) UNION SELECT DISTINCT target FROM (SELECT target, "
     "type, block, living FROM tally WHERE living <> 0 EXCEPT "
     "SELECT * FROM (" TRUE_TALLY "))) m LEFT JOIN target t ON t.n = m.target",
     "DELETE FROM tally;"
     "INSERT INTO tally (target, type, block, living) " TRUE_TALLY},
    /* The texts are made again by the bridge's next start. */
    {"SELECT 'The users that answers show are not those that are there.' "
     "WHERE EXISTS (" TRUE_SHOWN " EXCEPT SELECT k, version, seen FROM shown) "
     "OR EXISTS (SELECT k, version, seen FROM shown EXCEPT " TRUE_SHOWN ")",
     "DELETE FROM shown; DELETE FROM fact WHERE key = 'shown.form';"
     "INSERT INTO shown SELECT k, version, seen, 0, NULL FROM "
     "(" TRUE_SHOWN ")"},
};
#define CHECKS (sizeof checks / sizeof checks[0])

static enum store_rc look(struct store_db *db, size_t check, bool *more,
                          store_each_finding *each, void *ctx)
{
    sqlite3_stmt *st =
        db_use_text(db, checks[check].find, strlen(checks[check].find));
    if (st == NULL)
        return STORE_FAILED;
    enum store_rc rc = STORE_OK;
    while (*more && (rc = db_step(db, st)) == STORE_OK)
        *more = each(get_text(st, 0), checks[check].repair != NULL, ctx);
    db_end(db, st);
    return rc == STORE_FAILED ? rc : STORE_OK;
}

static enum store_rc look_at_audit(struct store_db *db,
                                   store_each_finding *each, void *ctx)
{
    char sentence[160];
    int64_t bad;
    enum store_rc rc = store_audit_verify(db, &bad);
    if (rc != STORE_NONE)
        return rc;
    (void)snprintf(sentence, sizeof sentence,
                   "The audit was changed or has a gap at row %lld: the rows "
                   "from there on prove nothing.",
                   (long long)bad);
    (void)each(sentence, false, ctx);
    return STORE_OK;
}

enum store_rc store_health_check(struct store_db *db, store_each_finding *each,
                                 void *ctx)
{
    bool more = true;
    enum store_rc rc = store_read_begin(db);
    if (rc != STORE_OK)
        return rc;
    for (size_t i = 0; i < CHECKS && more && rc == STORE_OK; i++)
        rc = look(db, i, &more, each, ctx);
    if (rc == STORE_OK && more)
        rc = look_at_audit(db, each, ctx);
    store_read_end(db);
    return rc;
}

enum store_rc store_health_repair(struct store_db *db)
{
    enum store_rc rc = STORE_OK;
    for (size_t i = 0; i < CHECKS && rc == STORE_OK; i++)
        if (checks[i].repair != NULL)
            rc = db_exec(db, checks[i].repair);
    return rc;
}
