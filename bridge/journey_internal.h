/*
 * bridge/journey_internal.h - the commits of a journey, for journey.c
 */
#ifndef BRIDGE_JOURNEY_INTERNAL_H
#define BRIDGE_JOURNEY_INTERNAL_H

#include "bridge/journey.h"

/* Works for store_write; ctx is the journey. */
enum store_rc journey_write_result(struct store_db *db, void *ctx);
enum store_rc journey_write_refusal(struct store_db *db, void *ctx);

#endif
