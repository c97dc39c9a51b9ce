#include "server/http_socket.h"

#include "base/digest.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG     1024
#define LONGEST_PEM 1048576

static int listen_on(const struct addrinfo *a)
{
    int on = 1;
    int fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
                    a->ai_protocol);
    if (fd < 0)
        return -1;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    /* Accepted sockets take it over. */
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (bind(fd, a->ai_addr, a->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    int kept = errno;
    (void)close(fd);
    errno = kept;
    return -1;
}

static int port_of(int fd)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } at = {.v6 = {.sin6_port = 0}};
    socklen_t len = sizeof at;
    if (getsockname(fd, &at.any, &len) != 0)
        return 0;
    return ntohs(at.any.sa_family == AF_INET6 ? at.v6.sin6_port
                                              : at.v4.sin_port);
}

int http_socket_open(const char *host, int port, int *bound, struct error *err)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *list = NULL;
    char service[16] = "";
    int fd = -1;
    (void)snprintf(service, sizeof service, "%d", port);
    int rc = getaddrinfo(host, service, &hints, &list);
    if (rc != 0) {
        error_set(err, "listen: the host \"%s\" is not known: %s.", host,
                  gai_strerror(rc));
        return -1;
    }
    for (struct addrinfo *a = list; a != NULL && fd < 0; a = a->ai_next)
        fd = listen_on(a);
    if (fd < 0)
        error_set(err, "listen: %s:%d cannot be listened on: %s.", host, port,
                  strerror(errno));
    else
        *bound = port_of(fd);
    freeaddrinfo(list);
    return fd;
}

int http_socket_local(const char *path, struct error *err)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    size_t len = strlen(path);
    if (len >= sizeof at.sun_path) {
        error_set(err,
                  "The path %s is too long for a socket: move the database to "
                  "a shorter one.",
                  path);
        return -1;
    }
    memcpy(at.sun_path, path, len + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    /* Whoever holds the lock of the database owns this name. */
    (void)unlink(path);
    mode_t old = umask(0177);
    bool ok = fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof at) == 0 &&
              listen(fd, BACKLOG) == 0;
    (void)umask(old);
    if (!ok) {
        error_set(err, "The socket %s cannot be made: %s.", path,
                  strerror(errno));
        if (fd >= 0)
            (void)close(fd);
        return -1;
    }
    return fd;
}

static char *read_pem(const char *path, struct error *err)
{
    FILE *file = fopen(path, "re");
    char *text = malloc(LONGEST_PEM + 1);
    size_t len = 0;
    if (file != NULL && text != NULL)
        len = fread(text, 1, LONGEST_PEM, file);
    if (file == NULL || text == NULL || ferror(file) || len == 0 ||
        len == LONGEST_PEM) {
        error_set(err, "The PEM file %s cannot be read: %s.", path,
                  file == NULL ? strerror(errno) : "it is empty or too large");
        free(text);
        text = NULL;
    } else {
        text[len] = '\0';
    }
    if (file != NULL)
        (void)fclose(file);
    return text;
}

bool http_read_pem(const char *certificate_path, const char *key_path,
                   char **certificate, char **key, struct error *err)
{
    *certificate = read_pem(certificate_path, err);
    *key = *certificate == NULL ? NULL : read_pem(key_path, err);
    return *key != NULL;
}

void http_free_pem(char *certificate, char *key)
{
    free(certificate);
    if (key != NULL)
        digest_wipe(key, strlen(key));
    free(key);
}
