#include "server/alone.h"

#include "base/buf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The files that the store may leave beside its database. */
static const char *const leavings[] = {"", "-wal", "-shm", ".lock", "-lock"};

static char *temporary_folder(struct error *err)
{
    const char *base = getenv("TMPDIR");
    struct buf b = {0};
    buf_fmt(&b, "%s/scim-bridge-XXXXXX", base != NULL ? base : "/tmp");
    char *folder = buf_take(&b);
    if (folder != NULL && mkdtemp(folder) != NULL)
        return folder;
    error_set(err, "No temporary folder can be made in %s: %s.",
              base != NULL ? base : "/tmp", strerror(errno));
    free(folder);
    return NULL;
}

static char *file_in(const char *folder, const char *ending)
{
    struct buf b = {0};
    buf_fmt(&b, "%s/bridge.db%s", folder, ending);
    return buf_take(&b);
}

static void remove_folder(const char *folder)
{
    for (size_t i = 0; i < sizeof leavings / sizeof leavings[0]; i++) {
        char *path = file_in(folder, leavings[i]);
        if (path != NULL)
            (void)unlink(path);
        free(path);
    }
    (void)rmdir(folder);
}

static bool open_store(struct alone *a, const char *database, struct error *err)
{
    if (database != NULL) {
        a->store = store_open(database, err);
        return a->store != NULL;
    }
    a->folder = temporary_folder(err);
    char *path = a->folder == NULL ? NULL : file_in(a->folder, "");
    if (path != NULL)
        a->store = store_open(path, err);
    free(path);
    return a->store != NULL;
}

bool alone_open(struct alone *a, const struct config *c, const char *database,
                bool *store_failed, struct error *err)
{
    *a = (struct alone){.log = {.clock = clock_system(),
                                .fd = STDERR_FILENO,
                                .json = c->log_json}};
    atomic_init(&a->log.level, LOG_WARN);
    *store_failed = !open_store(a, database, err);
    if (*store_failed)
        return false;
    struct bridge_config config = {
        .public_url =
            c->public_url != NULL ? c->public_url : "http://127.0.0.1",
        .targets = c->targets,
        .target_count = c->target_count,
        .default_page = c->default_page,
        .max_page = c->max_page,
        .cursor_timeout = c->cursor_timeout,
        .workers = c->workers,
        .user_agent = "scim-bridge/" SCIM_BRIDGE_VERSION,
    };
    a->bridge = bridge_open(&config, a->store, clock_system(), id_system(),
                            &a->log, err);
    return a->bridge != NULL;
}

void alone_close(struct alone *a)
{
    if (a->bridge != NULL)
        bridge_free(a->bridge);
    if (a->store != NULL)
        store_close(a->store);
    if (a->folder != NULL)
        remove_folder(a->folder);
    free(a->folder);
    *a = (struct alone){0};
}
