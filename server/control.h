/*
 * server/control.h - a command asks the server that is running
 *
 * Over the control socket beside the database, which its owner alone may open:
 * the same HTTP as /admin/api, without a token.
 */
#ifndef SERVER_CONTROL_H
#define SERVER_CONTROL_H

#include "base/buf.h"
#include "base/error.h"

/*
 * Sends a request without a body and waits for the answer's end. Its status,
 * with the body in *body. 0: no server runs there. -1 and a sentence: the
 * server did not answer as it should. The caller clears *body in any case.
 */
int control_ask(const char *socket_path, const char *method, const char *path,
                struct buf *body, struct error *err);
/* The same with header lines (each ended by CR LF; NULL: none) and a body. */
struct control_request {
    const char *method, *path, *headers, *body;
    size_t body_len;
};
int control_send(const char *socket_path, const struct control_request *q,
                 struct buf *body, struct error *err);

#endif
