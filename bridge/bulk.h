/*
 * bridge/bulk.h - many writes in one request (RFC 7644 section 3.7)
 *
 * One job of the queue. Each operation is a write like any other, by itself
 * atomic, journalled and audited; together they are not. Operations keep the
 * order in which they were sent, but for those that name a resource which a
 * later one creates ("bulkId:..."): they wait for it, and whatever else is
 * done to the same resource waits behind them.
 *
 * Users that name each other in a circle are created without those values,
 * which are set when all of them exist. Groups do not nest: 400 invalidValue.
 *
 * Each operation has the deadline of a write. A request as a whole may take
 * BULK_DEADLINES of them; operations that were not begun by then, or when the
 * bridge stops, are answered 503.
 */
#ifndef BRIDGE_BULK_H
#define BRIDGE_BULK_H

#include "bridge/target.h"

#define BULK_DEADLINES 15

/* Carries out a bulk request; fills *out in any case. */
void bulk_run(struct bridge_target *t, struct store_db *db,
              const struct bridge_request *q, struct bridge_reply *out);

#endif
