/*
 * server/request.h - one request's journey through the server
 *
 *   1 route           404 405 400 204      server/route.h
 *   2 authenticate    401 429              server/bearer.h
 *   3 target, scope   404 403
 *   4 readiness       503
 *   5 form            415 400              server/media.h, server/query.h
 *   6 answer          the handlers below   server/answer.h
 *
 * Steps 1 to 5 happen on the header alone, before any of the body is kept.
 */
#ifndef SERVER_REQUEST_H
#define SERVER_REQUEST_H

#include "server/http.h"
#include "server/query.h"
#include "server/route.h"
#include "server/server.h"

#define REQUEST_ID_SIZE 65

struct request {
    struct server *server;
    struct http_call *call;
    char id[REQUEST_ID_SIZE];
    const char *path; /* as sent, with its query behind it; see path_len */
    size_t path_len;
    struct route_match route;
    struct bearer_token token;
    struct bridge_target *target; /* NULL: none, or not authorised yet */
    struct query query;
    const char *reason; /* static; why it was refused, for the log */
    bool plain_json;    /* the client wants application/json */
    bool logged;
};

/* What the listener is started with. */
struct http_app request_app(struct server *s);

/* The answer stands: headers that every answer has, and the log line. Called
 * once for each request, by whoever makes its answer last. */
void request_answered(struct request *r);

/* For an answer that another thread makes: the first before it is handed
 * over, the second, by that thread, once call->reply is set. */
void request_put_off(struct request *r);
void request_resume(struct request *r);

#endif
