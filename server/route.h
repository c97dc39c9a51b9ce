/*
 * server/route.h - which request goes where
 *
 * Pure: a method and a path in, a row of the table out. The table says what
 * exists, what it takes, and who may.
 */
#ifndef SERVER_ROUTE_H
#define SERVER_ROUTE_H

#include <stdbool.h>
#include <stddef.h>

enum route_method {
    ROUTE_GET = 1, /* HEAD is answered like GET (RFC 9110 section 9.3.2) */
    ROUTE_POST = 2,
    ROUTE_PUT = 4,
    ROUTE_PATCH = 8,
    ROUTE_DELETE = 16,
    ROUTE_OPTIONS = 32,
    ROUTE_ANY = 31,
};

enum route_access {
    ROUTE_OPEN,  /* no token needed */
    ROUTE_READ,  /* a token of the target */
    ROUTE_WRITE, /* one that may write */
    ROUTE_ADMIN, /* an admin token */
};

enum route_id {
    ROUTE_HEALTH,
    ROUTE_READY,
    ROUTE_SERVICE_CONFIG,
    ROUTE_RESOURCE_TYPES,
    ROUTE_RESOURCE_TYPE,
    ROUTE_SCHEMAS,
    ROUTE_SCHEMA,
    ROUTE_ROOT_LIST,
    ROUTE_ROOT_SEARCH,
    ROUTE_LIST,
    ROUTE_SEARCH,
    ROUTE_CREATE,
    ROUTE_READ_ONE,
    ROUTE_REPLACE,
    ROUTE_PATCH_ONE,
    ROUTE_DELETE_ONE,
    ROUTE_BULK,
    ROUTE_NOT_OFFERED, /* 501 */
    ROUTE_ADMIN_TARGETS,
    ROUTE_ADMIN_SYNC,
    ROUTE_ADMIN_BRAKE,
    ROUTE_ADMIN_BRAKE_RELEASE,
    ROUTE_ADMIN_BRAKE_DISCARD,
    ROUTE_ADMIN_TASKS,
    ROUTE_ADMIN_TASK,
    ROUTE_ADMIN_TASK_DONE,
    ROUTE_ADMIN_TASK_CANCEL,
    ROUTE_ADMIN_USER_RESEND,
    ROUTE_ADMIN_TOMBSTONES,
    ROUTE_ADMIN_AUDIT,
    ROUTE_ADMIN_SYNCS,
};

enum route_result {
    ROUTE_FOUND,
    ROUTE_NO_PATH,     /* 404 */
    ROUTE_NO_METHOD,   /* 405, see `allow` */
    ROUTE_BAD_VERSION, /* 400 invalidVers */
    ROUTE_BAD_PATH,    /* 400: a NUL, or no UTF-8 */
    ROUTE_ASKED,       /* OPTIONS, see `allow` */
};

enum route_space { ROUTE_PLAIN, ROUTE_SCIM, ROUTE_OF_ADMIN };

#define ROUTE_MAX_PATH     2048
#define ROUTE_MAX_SEGMENTS 8

struct route_match {
    enum route_space space; /* set as soon as the path tells */
    enum route_id id;
    enum route_access access;
    unsigned allow;                /* methods of this path */
    const char *target;            /* SCIM: name in the path, "" without one */
    const char *type;              /* "User", "Group", or NULL */
    const char *param;             /* what stands for {}; NULL: none */
    char text[ROUTE_MAX_PATH + 1]; /* what the pointers above point into */
};

/* `path` is the raw path of the request target, without its query. */
enum route_result route_find(const char *method, const char *path, size_t len,
                             struct route_match *out);
/* "GET, POST, OPTIONS" of a set of methods. */
#define ROUTE_ALLOW_SIZE 64
void route_allow_text(unsigned methods, char out[ROUTE_ALLOW_SIZE]);

#endif
