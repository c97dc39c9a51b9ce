/*
 * bridge/journey_internal.h - the commits of a journey, for journey.c
 */
#ifndef BRIDGE_JOURNEY_INTERNAL_H
#define BRIDGE_JOURNEY_INTERNAL_H

#include "bridge/journey.h"

/* Runs a work for this journey; `good` is the result that counts as done.
 * False: journey.err says what the database said. */
bool journey_write(struct journey *j, store_work *work, enum store_rc good);
/* Works for store_write; ctx is the journey. */
enum store_rc journey_write_result(struct store_db *db, void *ctx);
enum store_rc journey_write_refusal(struct store_db *db, void *ctx);

#endif
