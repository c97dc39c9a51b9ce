/*
 * test/bridge/conversations.h - what the processes of test_recover.c are
 * stopped in: every kind of write, as an identity provider sends it
 */
#ifndef TEST_BRIDGE_CONVERSATIONS_H
#define TEST_BRIDGE_CONVERSATIONS_H

#include "test/bridge/desk.h"

struct conversation {
    const char *name;
    const struct desk_wish *wishes;
    void (*prepare)(struct desk *d);
    /* The identity provider's request; it may come again. */
    void (*act)(struct desk *d);
};
extern const struct conversation conversations[];
extern const size_t conversation_count;

/* Ends the process with 1 and the last answer, unless `ok`. */
void conversation_must(bool ok, struct desk *d, const char *what);

#endif
