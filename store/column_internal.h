/*
 * store/column_internal.h - the columns that statements read, in one order each
 */
#ifndef STORE_COLUMN_INTERNAL_H
#define STORE_COLUMN_INTERNAL_H

#include "store/store.h"

/* The columns of a row, in the order in which resource.c reads them: those of
 * an answer first. */
#define RESOURCE_ANSWER                                                        \
    "r.n, r.target, r.type, r.state, r.id, r.kind, r.active, r.version, "      \
    "r.created, r.modified, r.seen, r.body, r.extension, r.groups"
#define RESOURCE_ALL                                                           \
    RESOURCE_ANSWER                                                            \
    ", r.upstream_id, r.identity, r.role, r.external_id, "                     \
    "coalesce(r.name_key, r.name_erased), r.display_key, r.match_key, "        \
    "r.upstream"

/* The columns of a user as it is shown, in the order of shown.c. */
#define SHOWN_COLUMNS "s.k, s.version, s.seen, s.seen_at, s.text"

/* The name of a row with state ?3 and name ?10: see 0001_initial.sql. */
#define NAME_COLUMNS                                                           \
    "CASE ?3 WHEN 3 THEN NULL ELSE ?10 END, CASE ?3 WHEN 3 THEN ?10 END"

#define DISPLAY_OF(body)                                                       \
    "coalesce(json_extract(" body ", '$.displayName'), "                       \
    "json_extract(" body ", '$.userName'))"

/* The groups of user u.n as SCIM wants them (RFC 7643 section 4.1.2), in the
 * order of their ids; NULL when there are none. json() tells the array that
 * its elements are JSON already. */
#define GROUPS_TEXT(user)                                                      \
    "SELECT CASE count(*) WHEN 0 THEN NULL ELSE json_group_array(json("        \
    "CASE WHEN display IS NULL "                                               \
    "THEN json_object('value', id, '$ref', base || '/Groups/' || id, "         \
    "'type', 'direct') "                                                       \
    "ELSE json_object('value', id, '$ref', base || '/Groups/' || id, "         \
    "'display', display, 'type', 'direct') END)) END AS text "                 \
    "FROM (SELECT g.id, g.display, coalesce(t.public_base, '') AS base "       \
    "FROM member m CROSS JOIN resource g ON g.n = m.grp "                      \
    "JOIN target t ON t.n = g.target WHERE m.member = " user " ORDER BY g.id)"

#define MEMBER_COLUMNS "r.n, r.type, r.id, r.display, r.upstream_id"
#define TOMBSTONE_COLUMNS                                                      \
    "t.n, t.resource, t.upstream_id, t.snapshot, t.reason, t.since, "          \
    "t.revived, t.receipt"
#define JOURNAL_COLUMNS                                                        \
    "n, target, id, type, action, intent, progress, request_id, actor, "       \
    "opened, closed, outcome"
#define TASK_COLUMNS                                                           \
    "id, target, resource, kind, detail, opened, due, closed, outcome, "       \
    "closed_by, alarms, alarmed"
/* A person who should have lost access and has not comes before all else. */
#define LOUDEST_FIRST "kind <> 'deactivate', n"
#define HELD_COLUMNS                                                           \
    "h.n, h.resource, r.id, r.display, h.kind, h.actor, h.request_id, h.at, "  \
    "h.released FROM held h JOIN resource r ON r.n = h.resource"
#define HAND_OVER_COLUMNS                                                      \
    "n, target, resource, leaver, removal, listed, promised, rounds, "         \
    "failures, actor, request_id, opened, moved_at, next_at, alarmed, "        \
    "error, closed, outcome, blind"
#define AUDIT_COLUMNS                                                          \
    "n, at, target, actor, request_id, action, resource, before, after, "      \
    "calls, outcome, detail"
#define TOKEN_COLUMNS                                                          \
    "n, hash, name, target, scope, created, last_used, expires, revoked"
#define SYNC_RUN_COLUMNS                                                       \
    "n, target, started, ended, seen, created, changed, vanished, revived, "   \
    "held, complete, brake, error"

#endif
