/*
 * bridge/write.h - the write journey (docs/architecture.md)
 *
 *   step                          durable before    a crash after it leaves
 *   1 journal the intent          -                 open entry, nothing changed
 *   2 change the helpdesk         1                 open entry, helpdesk
 * changed 3 store result, close entry   2 (one commit)    nothing to recover
 *
 * Run by the queue's workers, one request each.
 */
#ifndef BRIDGE_WRITE_H
#define BRIDGE_WRITE_H

#include "bridge/target.h"

/* Carries out one write; fills *out in any case. `db` is the worker's own
 * reader. */
void write_run(struct bridge_target *t, struct store_db *db,
               const struct bridge_request *q, struct bridge_reply *out);

/* Brings the mirror to what the helpdesk says for every journal entry that is
 * open: at the start, before anything is served, and before each sync. Leaves
 * entries of writes under way alone. False and a sentence: the helpdesk could
 * not be asked; nothing is served yet, try again later. */
bool recover_run(struct bridge_target *t, struct store_db *db,
                 struct error *err);

#endif
