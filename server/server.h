/*
 * server/server.h - the running process: everything a request may need
 *
 * Life: server_open takes lock, address and profiles; server_start serves;
 * server_stop lets what is under way finish; server_free gives all back.
 */
#ifndef SERVER_SERVER_H
#define SERVER_SERVER_H

#include "bridge/bridge.h"
#include "server/bearer.h"
#include "server/config.h"
#include "server/http.h"
#include "server/lane.h"
#include "server/throttle.h"

#include <pthread.h>
#include <stdatomic.h>

struct server {
    const struct config *config; /* borrowed */
    char *public_url;            /* owned */
    char *socket_path;           /* owned; of the control socket */
    struct log log;
    struct clock clock;
    struct id_source ids;
    struct store *store;
    struct bridge *bridge;
    int64_t *rows; /* owned; row number of each target in the store */
    struct bearers *auth;
    struct throttle *throttle;
    struct http *http;    /* the listener */
    struct http *control; /* the control socket */
    struct lane *lane;    /* for reads that take long */
    pthread_key_t reader; /* a struct store_db of each thread */
    bool has_reader_key;
    atomic_int pending; /* answers that somebody else is making */
};

/* NULL and a sentence naming what is wrong. `database` tells whether it was
 * the database. */
struct server *server_open(const struct config *config, bool *database,
                           struct error *err);
bool server_start(struct server *s, struct error *err);
/* Takes no more requests, and waits at most the configured grace for those
 * under way. False: some are left; then server_free must not be called, and
 * the process ends as it is: the journal has what is needed. */
bool server_stop(struct server *s);
void server_free(struct server *s);

/* The calling thread's reader, opened on its first use; NULL: the database
 * failed (logged). */
struct store_db *server_reader(struct server *s);
/* True once the first sync of every target is complete. */
bool server_ready(const struct server *s);
/* Writes down which tokens were used. Now and then, by one thread. */
void server_note_uses(struct server *s);
/* The address of the control socket of a database; new. */
char *server_socket_path(const char *database);

#endif
