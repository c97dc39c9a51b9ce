/*
 * server/alone.h - a bridge without a server, for commands
 */
#ifndef SERVER_ALONE_H
#define SERVER_ALONE_H

#include "server/config.h"

struct alone {
    struct store *store;
    struct bridge *bridge;
    struct log log;
    char *folder; /* owned; of a database made for the moment; NULL: none */
};

/*
 * Opens the bridge on the configured database, or, with `database` NULL, on
 * an empty one that is thrown away in alone_close. *store_failed tells whether
 * it was the database. Safe to close in any case.
 */
bool alone_open(struct alone *a, const struct config *c, const char *database,
                bool *store_failed, struct error *err);
void alone_close(struct alone *a);

#endif
