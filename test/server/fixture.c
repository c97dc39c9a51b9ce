#include "test/server/fixture.h"

#include "test/server/fake_bridge.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

void fixture_folder(char out[64])
{
    const char *base = getenv("TMPDIR");
    (void)snprintf(out, 64, "%.40s/server-XXXXXX",
                   base != NULL ? base : "/tmp");
    assert_non_null(mkdtemp(out));
}

void fixture_remove(const char *folder)
{
    DIR *d = opendir(folder);
    char path[512];
    for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;) {
        (void)snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        (void)unlink(path);
    }
    if (d != NULL)
        (void)closedir(d);
    (void)rmdir(folder);
}

void fixture_write(const char *folder, const char *name, const char *text,
                   char path[256])
{
    (void)snprintf(path, 256, "%s/%s", folder, name);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static enum store_rc add_token(struct store_db *db, void *ctx)
{
    return store_token_add(db, ctx);
}

static void make_token(struct fixture *f, const char *name, const char *target,
                       const char *scope, int64_t expires, char out[128])
{
    char text[BEARER_TOKEN_SIZE];
    struct store_token token = {.name = (char *)(uintptr_t)name,
                                .target = (char *)(uintptr_t)target,
                                .scope = (char *)(uintptr_t)scope,
                                .created = 1,
                                .expires = expires};
    assert_true(bearer_token_new(&f->server->ids, text));
    assert_true(digest_sha256(text, strlen(text), token.hash));
    assert_int_equal(store_write(f->server->store, add_token, &token, NULL),
                     STORE_OK);
    (void)snprintf(out, 128, "Authorization: Bearer %s\r\n", text);
}

static void make_tokens(struct fixture *f)
{
    make_token(f, "writer", "main", "write", 0, f->writer);
    make_token(f, "reader", "main", "read", 0, f->reader);
    make_token(f, "other", "other", "write", 0, f->other);
    make_token(f, "expired", "main", "write", 1000, f->expired);
    make_token(f, "admin", NULL, "admin", 0, f->admin);
}

void fixture_start(struct fixture *f, const char *more)
{
    char path[256], text[1024];
    struct error err = {{0}};
    bool database;
    int ends[2];
    *f = (struct fixture){.port = 0};
    fixture_folder(f->folder);
    (void)snprintf(text, sizeof text,
                   "[server]\nlisten = 127.0.0.1:0\ndatabase = bridge.db\n"
                   "grace = 5s\n%s"
                   "[target main]\nprofile = refdesk\n"
                   "[target other]\nprofile = refdesk\n",
                   more);
    fixture_write(f->folder, "scim-bridge.ini", text, path);
    if (!config_load(path, true, &f->config, &err))
        fail_msg("%s", err.text);
    f->server = server_open(&f->config, &database, &err);
    if (f->server == NULL)
        fail_msg("%s", err.text);
    assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    (void)fcntl(ends[1], F_SETPIPE_SZ, 1 << 20);
    f->log = ends[0];
    f->server->log.fd = ends[1];
    atomic_store(&f->server->log.level, LOG_DEBUG);
    make_tokens(f);
    fake_bridge_set_ready(f->server->bridge, true);
    if (!server_start(f->server, &err))
        fail_msg("%s", err.text);
    f->port = http_port(f->server->http);
}

void fixture_stop(struct fixture *f)
{
    int log = f->server->log.fd;
    assert_true(server_stop(f->server));
    server_free(f->server);
    config_clear(&f->config);
    (void)close(log);
    (void)close(f->log);
    fixture_remove(f->folder);
}

char *fixture_log(struct fixture *f)
{
    struct buf b = {0};
    char piece[4096];
    ssize_t n;
    while ((n = read(f->log, piece, sizeof piece)) > 0)
        buf_add(&b, piece, (size_t)n);
    return buf_take(&b);
}
