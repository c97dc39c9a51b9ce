/*
 * test/server/fixture.h - a server on loopback, with a bridge that echoes
 */
#ifndef TEST_SERVER_FIXTURE_H
#define TEST_SERVER_FIXTURE_H

#include "server/server.h"

struct fixture {
    char folder[64]; /* of everything that the test writes */
    struct config config;
    struct server *server;
    int port;
    int log; /* read end of what the server logs */
    /* Header lines of tokens, "Authorization: Bearer ...\r\n". */
    char writer[128], reader[128], other[128], expired[128], admin[128];
};

/* Makes a folder and removes it with all that is in it. */
void fixture_folder(char out[64]);
void fixture_remove(const char *folder);
/* Writes a file into a folder; its path goes to `path`. */
void fixture_write(const char *folder, const char *name, const char *text,
                   char path[256]);

/* Targets `main` (the first) and `other`; ready at once. `more` are further
 * lines of [server]. Fails the test when the server does not start. */
void fixture_start(struct fixture *f, const char *more);
void fixture_stop(struct fixture *f);
/* What was logged so far; new. */
char *fixture_log(struct fixture *f);

#endif
