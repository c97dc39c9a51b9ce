/*
 * server/http_socket.h - what the listener needs from the system
 */
#ifndef SERVER_HTTP_SOCKET_H
#define SERVER_HTTP_SOCKET_H

#include "base/error.h"

#include <stdbool.h>

/* A socket that listens on a name or address; *bound is the port that it got.
 * -1 and a sentence: it cannot. */
int http_socket_open(const char *host, int port, int *bound, struct error *err);
/* A socket in the file system, open to its owner alone. One that was left
 * behind is replaced. */
int http_socket_local(const char *path, struct error *err);
/* Reads both PEM files; new texts, freed by http_free_pem. */
bool http_read_pem(const char *certificate_path, const char *key_path,
                   char **certificate, char **key, struct error *err);
/* Wipes the key. NULL is allowed. */
void http_free_pem(char *certificate, char *key);

#endif
