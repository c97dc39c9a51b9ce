/*
 * store/statement_internal.h - every fixed statement of the store
 *
 * Each connection prepares a statement when it is first used and keeps it, by
 * its place in this list: a hot call neither hashes nor compiles. Parameters
 * are numbered where a text uses them twice or leaves some out.
 *
 * What the queries of store_resource_list look like is in resource_list.c.
 */
#ifndef STORE_STATEMENT_INTERNAL_H
#define STORE_STATEMENT_INTERNAL_H

#include "store/resource_statement_internal.h"

/* clang-format off */
#define STATEMENTS(X) \
    X(BEGIN_READ, "BEGIN") \
    X(END_READ, "COMMIT") \
    X(BEGIN_WRITE, "BEGIN IMMEDIATE") \
    X(COMMIT, "COMMIT") \
    X(ROLLBACK, "ROLLBACK") \
    X(SAVE, "SAVEPOINT item") \
    X(KEEP, "RELEASE item") \
    X(UNDO, "ROLLBACK TO item") \
    X(DATA_VERSION, "PRAGMA data_version") \
    \
    X(FACT_GET, "SELECT value FROM fact WHERE key = ?") \
    X(FACT_SET, "INSERT INTO fact VALUES (?, ?) " \
        "ON CONFLICT DO UPDATE SET value = excluded.value") \
    \
    X(TARGET_FIND, "SELECT n FROM target WHERE name = ?") \
    X(TARGET_EVERY, "SELECT n FROM target ORDER BY n") \
    X(TARGET_ADD, "INSERT INTO target (name, created) VALUES (?, ?)") \
    X(TARGET_GET, "SELECT n, name, account, public_base, synced_at " \
        "FROM target WHERE n = ?") \
    X(TARGET_ACCOUNT, "UPDATE target SET account = ?2 WHERE n = ?1") \
    X(TARGET_SYNCED, "UPDATE target SET synced_at = ?2 WHERE n = ?1") \
    X(TARGET_BASE, "UPDATE target SET public_base = ?2 " \
        "WHERE n = ?1 AND public_base IS NOT ?2") \
    X(TARGET_MEMBERS, "SELECT n FROM resource " \
        "WHERE target = ?1 AND type = 0 AND groups IS NOT NULL") \
    \
    X(NAME_FIND, "SELECT n FROM attr_name WHERE path = ?") \
    X(NAME_ADD, "INSERT INTO attr_name (path) VALUES (?)") \
    X(ATTR_OF, "SELECT path, element, nth, key, number, is_primary " \
        "FROM attr WHERE resource = ? ORDER BY path, element, nth") \
    X(ATTR_ADD, "INSERT INTO attr VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)") \
    X(ATTR_SET, "UPDATE attr SET key = ?5, number = ?6, is_primary = ?7 " \
        "WHERE resource = ?1 AND path = ?2 AND element = ?3 AND nth = ?4") \
    X(ATTR_DROP, "DELETE FROM attr " \
        "WHERE resource = ? AND path = ? AND element = ? AND nth = ?") \
    \
    STATEMENTS_OF_RESOURCES(X) \
    \
    X(MEMBER_ADD, "INSERT INTO member VALUES (?1, ?2) " \
        "ON CONFLICT DO NOTHING") \
    X(MEMBER_DROP, "DELETE FROM member WHERE grp = ?1 AND member = ?2") \
    X(MEMBER_DROP_GROUP, "DELETE FROM member WHERE grp = ?") \
    X(MEMBER_DROP_MEMBER, "DELETE FROM member WHERE member = ?") \
    X(MEMBER_ROWS, "SELECT member FROM member WHERE grp = ?") \
    X(MEMBER_HAS, "SELECT 1 FROM member WHERE grp = ? AND member = ?") \
    X(MEMBER_COUNT, "SELECT count(*) FROM member WHERE grp = ?") \
    X(MEMBERS_OF, "SELECT " MEMBER_COLUMNS ", NULL FROM member m " \
        "CROSS JOIN resource r ON r.n = m.member " \
        "WHERE m.grp = ? ORDER BY r.id") \
    X(MEMBER_NAMED, "SELECT " MEMBER_COLUMNS ", NULL FROM resource r " \
        "CROSS JOIN member m ON m.grp = ?1 AND m.member = r.n WHERE r.id = ?2") \
    X(MEMBER_FIRST, "SELECT " MEMBER_COLUMNS ", NULL FROM member m " \
        "CROSS JOIN resource r ON r.n = m.member WHERE m.grp = ?1 LIMIT 1") \
    X(GROUPS_OF, "SELECT " MEMBER_COLUMNS ", r.kind FROM member m " \
        "CROSS JOIN resource r ON r.n = m.grp " \
        "WHERE m.member = ? ORDER BY r.id") \
    X(GROUP_TOUCH, "UPDATE resource SET version = version + 1, " \
        "modified = ?2 WHERE n = ?1") \
    X(GROUPS_TOUCH, "UPDATE resource SET version = version + 1, " \
        "modified = ?2 WHERE n IN " \
        "(SELECT grp FROM member WHERE member = ?1)") \
    X(GROUPS_REMAKE, "UPDATE resource SET groups = made.text, " \
        "version = version + 1, modified = ?2 " \
        "FROM (" GROUPS_TEXT("?1") ") AS made " \
        "WHERE n = ?1 AND type = 0 AND groups IS NOT made.text") \
    X(GROUPS_REBASE, "UPDATE resource SET groups = made.text " \
        "FROM (" GROUPS_TEXT("?1") ") AS made " \
        "WHERE n = ?1 AND type = 0 AND groups IS NOT made.text") \
    \
    X(TOMBSTONE_ADD, "INSERT INTO tombstone (target, resource, upstream_id, " \
        "snapshot, reason, since, revived, receipt) " \
        "SELECT target, ?1, ?2, ?3, ?4, ?5, ?6, ?7 FROM resource " \
        "WHERE n = ?1") \
    X(TOMBSTONE_RECEIPT, "UPDATE tombstone SET receipt = ?2 " \
        "WHERE resource = ?1 AND revived = 0") \
    X(TOMBSTONE_OF, "SELECT " TOMBSTONE_COLUMNS " FROM tombstone t " \
        "WHERE t.resource = ? AND t.revived = 0 ORDER BY t.n DESC LIMIT 1") \
    X(TOMBSTONE_REVIVE, "UPDATE tombstone SET revived = ?2 " \
        "WHERE resource = ?1 AND revived = 0") \
    X(TOMBSTONE_LIST, "SELECT " TOMBSTONE_COLUMNS ", r.id " \
        "FROM tombstone t CROSS JOIN resource r ON r.n = t.resource " \
        "WHERE t.target = ? AND t.revived = 0 ORDER BY t.n DESC LIMIT ?") \
    \
    X(JOURNAL_OPEN, "INSERT INTO journal (target, id, type, action, intent, " \
        "progress, request_id, actor, opened) " \
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)") \
    X(JOURNAL_PROGRESS, "UPDATE journal SET progress = ?2 " \
        "WHERE n = ?1 AND closed = 0") \
    X(JOURNAL_CLOSE, "UPDATE journal SET closed = max(?2, 1), outcome = ?3 " \
        "WHERE n = ?1 AND closed = 0") \
    X(JOURNAL_ENTRIES, "SELECT " JOURNAL_COLUMNS " FROM journal " \
        "WHERE target = ? AND closed = 0 ORDER BY n") \
    X(JOURNAL_PRUNE, "DELETE FROM journal WHERE closed > 0 AND closed < ? " \
        "AND n < (SELECT max(n) FROM journal)") \
    \
    X(SEATS, "SELECT count(*) FROM resource WHERE target = ?1 " \
        "AND type = 0 AND active = 1 AND state IN (0, 1) AND n <> ?2") \
    X(TASK_OPEN, "INSERT INTO task (id, target, resource, kind, detail, " \
        "opened, due) VALUES (?, ?, ?, ?, ?, ?, ?) " \
        "ON CONFLICT (resource, kind) WHERE closed = 0 " \
        "DO UPDATE SET detail = excluded.detail, " \
        "due = min(due, excluded.due) " \
        "RETURNING id, opened") \
    X(TASK_CLOSE, "UPDATE task SET outcome = ?2, closed_by = ?3, " \
        "closed = max(?4, 1) WHERE id = ?1 AND closed = 0") \
    X(TASK_CLOSE_KIND, "UPDATE task SET outcome = ?3, closed_by = ?4, " \
        "closed = max(?5, 1) WHERE resource = ?1 AND closed = 0 " \
        "AND kind = coalesce(?2, kind)") \
    X(TASK_GET, "SELECT " TASK_COLUMNS " FROM task WHERE id = ?") \
    X(TASK_DETAIL, "UPDATE task SET detail = ?2 WHERE id = ?1 " \
        "AND closed = 0") \
    X(TASK_ALARM, "UPDATE task SET alarms = alarms + 1, alarmed = ?2 " \
        "WHERE id = ?1 AND closed = 0") \
    X(TASK_COUNT, "SELECT count(*), " \
        "coalesce(sum(due > 0 AND due <= ?2), 0), " \
        "coalesce(sum(kind = 'deactivate'), 0) FROM task " \
        "WHERE target = ?1 AND closed = 0") \
    X(TASK_OF, "SELECT " TASK_COLUMNS " FROM task " \
        "WHERE resource = ? AND closed = 0 ORDER BY " LOUDEST_FIRST) \
    X(TASK_LIST_OPEN, "SELECT " TASK_COLUMNS " FROM task " \
        "WHERE target = ? AND closed = 0 ORDER BY " LOUDEST_FIRST) \
    X(TASK_LIST_ALL, "SELECT " TASK_COLUMNS " FROM task " \
        "WHERE target = ? ORDER BY closed > 0, " LOUDEST_FIRST) \
    X(TASK_EVERY_OPEN, "SELECT " TASK_COLUMNS " FROM task " \
        "WHERE closed = 0 ORDER BY " LOUDEST_FIRST) \
    X(TASK_EVERY, "SELECT " TASK_COLUMNS " FROM task " \
        "ORDER BY closed > 0, " LOUDEST_FIRST) \
    \
    X(DEPARTURE_ADD, "INSERT INTO departure (target, resource, at) " \
        "VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET at = excluded.at") \
    X(DEPARTURE_FORGET, "DELETE FROM departure WHERE target = ?1 AND at < ?2") \
    X(DEPARTURE_COUNT, "SELECT (SELECT count(*) FROM departure " \
        "WHERE target = ?1 AND at >= ?2 AND resource <> ?3), " \
        "(SELECT count(*) FROM resource WHERE target = ?1 AND type = 0 " \
        "AND active = 1 AND state <> 3)") \
    X(HELD_ADD, "INSERT INTO held (target, resource, kind, actor, request_id, " \
        "at) VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (resource) " \
        "WHERE closed = 0 DO UPDATE SET kind = excluded.kind, " \
        "actor = excluded.actor, request_id = excluded.request_id " \
        "WHERE released = 0") \
    X(HELD_OF, "SELECT " HELD_COLUMNS " WHERE h.resource = ?1 AND h.closed = 0") \
    X(HELD_LIST, "SELECT " HELD_COLUMNS " WHERE h.target = ?1 AND h.closed = 0 " \
        "AND h.n > ?2 ORDER BY h.n LIMIT ?3") \
    X(HELD_NEXT, "SELECT " HELD_COLUMNS " WHERE h.target = ?1 AND h.closed = 0 " \
        "AND h.n > ?2 AND h.released > 0 AND h.kind <> 'vanished' " \
        "ORDER BY h.n LIMIT 1") \
    X(HELD_COUNT, "SELECT count(*) FILTER (WHERE kind <> 'vanished' AND " \
        "released = 0), count(*) FILTER (WHERE kind = 'vanished' AND " \
        "released = 0), count(*) FILTER (WHERE released > 0) " \
        "FROM held WHERE target = ?1 AND closed = 0") \
    X(HELD_RELEASE, "UPDATE held SET released = ?2, closed_by = ?3 " \
        "WHERE target = ?1 AND closed = 0 AND released = 0") \
    X(HELD_DISCARD, "UPDATE held SET closed = ?2, closed_by = ?3, " \
        "outcome = 'discarded' WHERE target = ?1 AND closed = 0 " \
        "AND released = 0") \
    X(HELD_CLOSE, "UPDATE held SET closed = ?2, outcome = ?3 " \
        "WHERE resource = ?1 AND closed = 0") \
    X(HELD_RETURNED, "UPDATE held SET closed = ?2, outcome = 'returned' " \
        "WHERE target = ?1 AND kind = 'vanished' AND closed = 0") \
    X(HAND_OVER_ADD, "INSERT INTO hand_over (leaver, removal, listed, " \
        "promised, rounds, failures, actor, request_id, opened, moved_at, " \
        "next_at, alarmed, error, closed, outcome, target, resource, blind) VALUES " \
        "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, " \
        "?16, ?17, ?18)") \
    X(HAND_OVER_SET, "UPDATE hand_over SET leaver = ?1, removal = ?2, " \
        "listed = ?3, promised = ?4, rounds = ?5, failures = ?6, " \
        "actor = ?7, request_id = ?8, opened = ?9, moved_at = ?10, " \
        "next_at = ?11, alarmed = ?12, error = ?13, closed = ?14, " \
        "outcome = ?15, blind = ?18 WHERE n = ?16 AND closed = 0") \
    X(HAND_OVER_OF, "SELECT " HAND_OVER_COLUMNS " FROM hand_over " \
        "WHERE resource = ?1 AND (?2 OR closed = 0) ORDER BY n DESC LIMIT 1") \
    X(HAND_OVER_NEXT, "SELECT " HAND_OVER_COLUMNS " FROM hand_over " \
        "WHERE target = ?1 AND closed = 0 AND promised = 1 " \
        "AND (next_at, n) > (?2, ?3) ORDER BY next_at, n LIMIT 1") \
    X(HAND_OVER_ITEM_PUT, "REPLACE INTO hand_over_item (hand_over, place, " \
        "ticket, state, entry, tries, kind, heir, name, detail) " \
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)") \
    X(HAND_OVER_ITEMS, "SELECT place, ticket, state, entry, tries, kind, " \
        "heir, name, detail FROM hand_over_item WHERE hand_over = ? " \
        "ORDER BY place") \
    \
    X(AUDIT_LAST, "SELECT s.seq, coalesce(a.hash, '') FROM sqlite_sequence s " \
        "LEFT JOIN audit a ON a.n = s.seq WHERE s.name = 'audit'") \
    X(AUDIT_ADD, "INSERT INTO audit (n, at, target, actor, request_id, " \
        "action, resource, before, after, calls, outcome, detail, hash) " \
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)") \
    X(AUDIT_ALL, "SELECT " AUDIT_COLUMNS ", hash FROM audit ORDER BY n") \
    X(AUDIT_LIST, "SELECT " AUDIT_COLUMNS " FROM audit " \
        "WHERE n > ?2 AND (?1 = 0 OR target = ?1) ORDER BY n LIMIT ?3") \
    X(AUDIT_OF, "SELECT " AUDIT_COLUMNS " FROM audit " \
        "WHERE resource = ?4 AND n > ?2 AND (?1 = 0 OR target = ?1) " \
        "ORDER BY n LIMIT ?3") \
    \
    X(LISTED_FIND, "SELECT l.n FROM resource r CROSS JOIN listed l " \
        "ON l.n = r.n WHERE r.target = ?1 AND r.type = 0 " \
        "AND r.upstream_id = ?2 AND l.a = ?3 AND l.b = ?4") \
    X(LISTED_PUT, "REPLACE INTO listed VALUES (?, ?, ?)") \
    \
    X(SYNC_RUN_START, "INSERT INTO sync_run (target, started) VALUES (?, ?)") \
    X(SYNC_RUN_END, "UPDATE sync_run SET ended = ?2, seen = ?3, " \
        "created = ?4, changed = ?5, vanished = ?6, revived = ?7, " \
        "held = ?8, complete = ?9, brake = ?10, error = ?11 WHERE n = ?1") \
    X(SYNC_RUN_LIST, "SELECT " SYNC_RUN_COLUMNS " FROM sync_run " \
        "WHERE target = ? ORDER BY n DESC LIMIT ?") \
    \
    X(CAPABILITY_SET, "INSERT INTO capability (target, name, verdict, " \
        "evidence, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET " \
        "verdict = excluded.verdict, evidence = excluded.evidence, " \
        "at = excluded.at") \
    X(CAPABILITY_LIST, "SELECT name, verdict, evidence, at FROM capability " \
        "WHERE target = ? ORDER BY name") \
    \
    X(TOKEN_ADD, "INSERT INTO token (hash, name, target, scope, created, " \
        "expires) VALUES (?, ?, ?, ?, ?, ?)") \
    X(TOKEN_BY_HASH, "SELECT " TOKEN_COLUMNS " FROM token WHERE hash = ?") \
    X(TOKEN_REVOKE, "UPDATE token SET revoked = max(?2, 1) " \
        "WHERE name = ?1 AND revoked = 0") \
    X(TOKEN_USED, "UPDATE token SET last_used = ?2 WHERE n = ?1") \
    X(TOKEN_LIST, "SELECT " TOKEN_COLUMNS " FROM token ORDER BY n")

enum statement {
#define X(name, sql) SQL_##name,
    STATEMENTS(X)
#undef X
    STATEMENT_COUNT
};
/* clang-format on */

#endif
