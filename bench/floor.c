/*
 * bench/floor.c - what the libraries alone can do: the floors of the bench
 *
 *   floor bare PORT BODYFILE            the same bytes from memory
 *   floor lookup PORT DATABASE SQL      one indexed lookup and a copy of its
 *                                       text; ?1 is what follows the last
 *                                       '/' or the last quoted text of a filter
 *
 * libmicrohttpd as the bridge uses it: epoll, a thread a core.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <microhttpd.h>
#include <pthread.h>
#include <sqlite3.h>

struct floor {
    char *body; /* bare */
    size_t len;
    const char *database, *sql; /* lookup */
    pthread_key_t statement;
};

static void die(const char *why)
{
    (void)fprintf(stderr, "floor: %s\n", why);
    exit(2);
}

/* Each thread of the listener has its own connection and statement. */
static sqlite3_stmt *statement_of(struct floor *f)
{
    sqlite3_stmt *s = pthread_getspecific(f->statement);
    sqlite3 *db = NULL;
    if (s != NULL)
        return s;
    if (sqlite3_open_v2(f->database, &db, SQLITE_OPEN_READONLY, NULL) !=
            SQLITE_OK ||
        sqlite3_prepare_v2(db, f->sql, -1, &s, NULL) != SQLITE_OK)
        die(db == NULL ? "no database" : sqlite3_errmsg(db));
    (void)pthread_setspecific(f->statement, s);
    return s;
}

static struct MHD_Response *answer_of(struct floor *f, const char *key)
{
    if (f->body != NULL)
        return MHD_create_response_from_buffer(f->len, f->body,
                                               MHD_RESPMEM_PERSISTENT);
    sqlite3_stmt *s = statement_of(f);
    struct MHD_Response *r = NULL;
    (void)sqlite3_bind_text(s, 1, key, -1, SQLITE_STATIC);
    if (sqlite3_step(s) == SQLITE_ROW)
        r = MHD_create_response_from_buffer(
            (size_t)sqlite3_column_bytes(s, 0),
            (void *)(uintptr_t)sqlite3_column_text(s, 0),
            MHD_RESPMEM_MUST_COPY);
    else
        r = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    (void)sqlite3_reset(s);
    return r;
}

static enum MHD_Result handle(void *ctx, struct MHD_Connection *c,
                              const char *url, const char *method,
                              const char *version, const char *data,
                              size_t *size, void **state)
{
    static int seen;
    (void)method;
    (void)version;
    (void)data;
    (void)size;
    if (*state == NULL) {
        *state = &seen;
        return MHD_YES;
    }
    char key[256];
    const char *filter =
        MHD_lookup_connection_value(c, MHD_GET_ARGUMENT_KIND, "filter");
    const char *from = filter != NULL ? strchr(filter, '"') : NULL;
    from = from != NULL ? from + 1 : strrchr(url, '/') + 1;
    size_t len = strcspn(from, "\"");
    len = len < sizeof key ? len : sizeof key - 1;
    memcpy(key, from, len);
    key[len] = '\0';
    struct MHD_Response *r = answer_of(ctx, key);
    (void)MHD_add_response_header(r, "Content-Type", "application/scim+json");
    enum MHD_Result ok = MHD_queue_response(c, MHD_HTTP_OK, r);
    MHD_destroy_response(r);
    return ok;
}

static void read_body(struct floor *f, const char *path)
{
    FILE *file = fopen(path, "rb");
    f->body = malloc(16 << 20);
    if (file == NULL || f->body == NULL)
        die("the body cannot be read");
    f->len = fread(f->body, 1, 16 << 20, file);
    (void)fclose(file);
}

int main(int argc, char **argv)
{
    static struct floor f;
    if (argc == 4 && strcmp(argv[1], "bare") == 0)
        read_body(&f, argv[3]);
    else if (argc != 5 || strcmp(argv[1], "lookup") != 0)
        die("usage: floor bare PORT FILE | floor lookup PORT DATABASE SQL");
    f.database = argc == 5 ? argv[3] : NULL;
    f.sql = argc == 5 ? argv[4] : NULL;
    (void)pthread_key_create(&f.statement, NULL);
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    struct MHD_Daemon *d =
        MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_TURBO,
                         (uint16_t)strtoul(argv[2], NULL, 10), NULL, NULL,
                         handle, &f, MHD_OPTION_THREAD_POOL_SIZE,
                         (unsigned)(cores > 1 ? cores : 1), MHD_OPTION_END);
    if (d == NULL)
        die("cannot listen");
    (void)puts("ready");
    (void)fflush(stdout);
    (void)pause();
    return 0;
}
