/*
 * server/watch.h - the time that connections are given
 *
 * Keeps every open connection in a list, with a state and a time by which
 * something must have happened, and one thread that looks:
 *
 *   state      due when                          then
 *   READING    a request did not arrive whole    answer 408, close
 *   IDLE       nothing more was asked            close
 *              (both sooner when it is crowded)
 *   ANSWERING  (the listener has its own limit)  -
 *   SLEEPING   an answer was put off             wake it
 *   GONE       we closed it; the listener will
 *              notice and take it out
 *
 * Threads: every function may be called by any thread.
 */
#ifndef SERVER_WATCH_H
#define SERVER_WATCH_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

enum watch_state {
    WATCH_READING,
    WATCH_IDLE,
    WATCH_ANSWERING,
    WATCH_SLEEPING,
    WATCH_GONE,
};

/* A connection; in the listener's memory, which hands it in zeroed. */
struct watched {
    struct watched *next, *previous;
    int fd;
    enum watch_state state;
    int64_t due;      /* clock_span_ms */
    bool fresh;       /* never had a request */
    bool woken;       /* due for `wake`, once the list is free again */
    void *ctx;        /* what `wake` is called with */
    char address[48]; /* of the peer */
    char id[40];      /* id of the request that is being read */
    char path[128];   /* its path, "" while unknown */
};

struct watch_config {
    int64_t request_ms, idle_ms;
    /* Beyond so many connections the oldest that are idle, or have been
     * sending a request for more than a second, are given up: whoever holds
     * connections to no purpose does not keep others out. */
    int crowded;
    /* A request is late. Answers on w->fd, as far as it can without waiting,
     * and logs. The list is held: must not call back. */
    void (*late)(void *ctx, const struct watched *w);
    /* The put-off answer may be sent. */
    void (*wake)(void *ctx, void *connection);
    void *ctx;
};

struct watch;
struct watch *watch_start(const struct watch_config *config, struct error *err);
/* Ends the thread and wakes every connection that sleeps; from then on none can
 * be put to sleep. Connections may still be removed. */
void watch_stop(struct watch *w);
/* After watch_stop, with no connection left. */
void watch_free(struct watch *w);

void watch_add(struct watch *w, struct watched *c);
void watch_remove(struct watch *w, struct watched *c);
/* A request has begun: its path (cut when long, without its query) and id. */
void watch_reading(struct watch *w, struct watched *c, const char *path,
                   const char *id);
/* It is here: false when it came too late and has been answered already. */
bool watch_answering(struct watch *w, struct watched *c);
/* The request is over: false when it was given up as too late. */
bool watch_idle(struct watch *w, struct watched *c);
/* False: the watch has ended, and nobody would wake it. */
bool watch_sleeping(struct watch *w, struct watched *c, int ms, void *ctx);

#endif
