/*
 * test/server/fake_bridge.h - a bridge without a helpdesk, for server's tests
 *
 * Has the functions of bridge/bridge.h. Answers are made of the request, so
 * that a test sees what came through: {"op","type","id","filter",...}.
 */
#ifndef TEST_SERVER_FAKE_BRIDGE_H
#define TEST_SERVER_FAKE_BRIDGE_H

#include "bridge/bridge.h"

/* Whether the first sync counts as done; false at the start. */
void fake_bridge_set_ready(struct bridge *b, bool ready);
/* How long a write takes; 0 at the start. */
void fake_bridge_set_delay(struct bridge *b, int ms);

#endif
