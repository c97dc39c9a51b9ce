/*
 * bridge/queue.h - the writes of one target, and the threads that do them
 *
 * Bounded; deactivations and deletions go before other writes, and within one
 * resource the order of arrival is kept.
 */
#ifndef BRIDGE_QUEUE_H
#define BRIDGE_QUEUE_H

#include "bridge/target.h"

#define QUEUE_MAX 4096 /* waiting writes; beyond: 503 with Retry-After */

struct queue *queue_new(struct bridge_target *t, int workers);
/* Starts the workers, each with a reader of its own. */
bool queue_start(struct queue *q, struct error *err);
/* False: full or stopped; then `done` was not called. */
bool queue_add(struct queue *q, const struct bridge_request *request,
               bridge_done *done, void *ctx);
/* Takes no more, waits at most grace_ms for what runs, answers the rest 503. */
void queue_stop(struct queue *q, int grace_ms);
void queue_free(struct queue *q);

#endif
