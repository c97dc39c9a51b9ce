/*
 * store/resource_statement_internal.h - the fixed statements about resources,
 * and about what is shown and counted of them: a part of
 * store/statement_internal.h
 */
#ifndef STORE_RESOURCE_STATEMENT_INTERNAL_H
#define STORE_RESOURCE_STATEMENT_INTERNAL_H

#include "store/column_internal.h"

/* clang-format off */
#define STATEMENTS_OF_RESOURCES(X) \
    X(RESOURCE_BY_ID, "SELECT " RESOURCE_ALL " FROM resource r " \
        "WHERE r.id = ?3 AND r.target = ?1 AND r.type = ?2") \
    X(RESOURCE_LEND, "SELECT " RESOURCE_ANSWER " FROM resource r " \
        "WHERE r.id = ?3 AND r.target = ?1 AND r.type = ?2 AND r.state <> 3") \
    X(RESOURCE_BY_ROW, "SELECT " RESOURCE_ALL " FROM resource r " \
        "WHERE r.n = ?") \
    X(RESOURCE_BY_UPSTREAM, "SELECT " RESOURCE_ALL " FROM resource r " \
        "WHERE r.target = ?1 AND r.type = ?2 AND r.upstream_id = ?3") \
    X(USER_BY_NAME, "SELECT " RESOURCE_ALL " FROM resource r " \
        "WHERE r.target = ?1 AND r.name_key = ?2") \
    X(GROUP_BY_NAME, "SELECT " RESOURCE_ALL " FROM resource r " \
        "WHERE r.target = ?1 AND r.type = 1 AND r.display_key = ?2 " \
        "AND r.state <> 3 ORDER BY r.n LIMIT 1") \
    X(USER_BY_MATCH, "SELECT " RESOURCE_ALL " FROM resource r " \
        "WHERE r.target = ?1 AND r.match_key = ?2 AND r.type = 0 " \
        "AND (?3 OR r.state <> 3) ORDER BY r.state = 3, r.state = 2, " \
        "r.n DESC LIMIT 1") \
    /* The LIMIT keeps SQLite from dropping an order inside a join. */ \
    X(RESOURCE_EVERY, "SELECT " RESOURCE_ALL " FROM (SELECT n AS every_n " \
        "FROM resource WHERE target = ?1 AND type = ?2 ORDER BY +n LIMIT -1) " \
        "CROSS JOIN resource r ON r.n = every_n") \
    /* Of the index alone. */ \
    X(RESOURCE_IN_STATE, "SELECT n FROM resource WHERE target = ?1 " \
        "AND type = ?2 AND state = ?3 ORDER BY n") \
    X(RESOURCE_ADD, "INSERT INTO resource (target, type, state, id, " \
        "upstream_id, identity, kind, role, external_id, name_key, " \
        "name_erased, display_key, match_key, active, version, created, " \
        "modified, seen, body, extension, upstream, display) " \
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, " NAME_COLUMNS ", ?11, " \
        "?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, " \
        DISPLAY_OF("?18") ")") \
    X(RESOURCE_SAME_KEYS, "SELECT state = ?3 AND upstream_id IS ?5 " \
        "AND external_id IS ?9 AND display_key IS ?11 " \
        "AND (name_key, name_erased) IS (" NAME_COLUMNS ") " \
        "AND match_key IS ?12 AND active = ?13 AND created = ?15 " \
        "FROM resource WHERE n = ?21") \
    X(RESOURCE_SET, "UPDATE resource SET state = ?3, upstream_id = ?5, " \
        "identity = ?6, kind = ?7, role = ?8, external_id = ?9, " \
        "(name_key, name_erased) = (" NAME_COLUMNS "), " \
        "display_key = ?11, match_key = ?12, active = ?13, " \
        "version = ?14, created = ?15, modified = ?16, seen = ?17, " \
        "body = ?18, extension = ?19, upstream = ?20, " \
        "display = " DISPLAY_OF("?18") " WHERE n = ?21") \
    X(RESOURCE_SET_BODY, "UPDATE resource SET " \
        "identity = ?6, kind = ?7, role = ?8, version = ?14, " \
        "modified = ?16, seen = ?17, body = ?18, extension = ?19, " \
        "upstream = ?20, display = " DISPLAY_OF("?18") " WHERE n = ?21") \
    X(TALLY_TOTAL, "SELECT coalesce(sum(living), 0) FROM tally " \
        "WHERE target = ?1 AND type IN (?2, ?3) AND block = -1") \
    /* The large blocks have negative numbers, the last one first. */ \
    X(TALLY_LARGE, "SELECT type, -2 - block, living FROM tally " \
        "WHERE target = ?1 AND type IN (?2, ?3) AND block <= -2 " \
        "ORDER BY type, block DESC") \
    X(TALLY_SMALL, "SELECT type, block, living FROM tally " \
        "WHERE target = ?1 AND type = ?2 AND block BETWEEN ?3 AND ?3 + 127 " \
        "ORDER BY block") \
    /* Of the index alone: no row is read. */ \
    X(RESOURCE_NTH, "SELECT n FROM resource WHERE target = ?1 " \
        "AND type = 0 AND state <> 3 AND n >= ?2 ORDER BY n " \
        "LIMIT 1 OFFSET ?3") \
    \
    X(SHOWN_BY_ID, "SELECT " SHOWN_COLUMNS " FROM resource r " \
        "CROSS JOIN shown s ON s.k = (?1 << 40) + r.n WHERE r.id = ?2") \
    X(SHOWN_PUT, "REPLACE INTO shown VALUES (?1, ?2, ?3, ?4, ?5)") \
    X(SHOWN_DROP, "DELETE FROM shown WHERE k = ?") \
    X(SHOWN_USERS, "SELECT n FROM resource " \
        "WHERE type = 0 AND state <> 3 AND target = ?1 ORDER BY n") \
    X(ANSWER_BY_ROW, "SELECT " RESOURCE_ANSWER " FROM resource r " \
        "WHERE r.n = ?")
/* clang-format on */

#endif
