/*
 * test/sim/server.h - HTTP on loopback, one thread a connection
 *
 * Alone includes the HTTP library. A thread a connection, so that an answer
 * that is delayed on purpose holds up nobody else.
 */
#ifndef SIM_SERVER_H
#define SIM_SERVER_H

#include <stdint.h>

#include "test/sim/message.h"
#include "test/sim/pause.h"

enum { BODY_MAX = 16 << 20 };

struct server;

/*
 * Answers one request: fills `a`, which is zeroed. A body above BODY_MAX comes
 * as body_len = BODY_MAX + 1 and no bytes. Called from many threads at once.
 */
typedef void serve_fn(void *context, struct request *r, struct answer *a);

/*
 * Listens on 127.0.0.1:port (0: any free port). NULL: the port is taken; errno
 * says why. `pause` is where slow answers wait.
 */
struct server *server_start(uint16_t port, serve_fn *serve, void *context,
                            struct pause *pause);
uint16_t server_port(const struct server *s);

/* Waits for the answers that are under way: call pause_end() first. */
void server_stop(struct server *s);

#endif
