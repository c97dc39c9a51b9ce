#include "store/checkpoint_internal.h"

#include "store/store_internal.h"

#include <time.h>

enum {
    STEP_FRAMES = 4000,   /* of 4 KiB: how much the WAL grows between two */
    LARGE_FRAMES = 16000, /* when patience grows */
    PATIENCE_MS = 10,
    LARGE_PATIENCE_MS = 2000,
    LOOK_MS = 200, /* how often other processes' commits are looked for */
};

/* Called by SQLite after each commit of the writer. */
static int committed(void *ctx, sqlite3 *sql, const char *name, int frames)
{
    (void)sql;
    (void)name;
    struct checkpoint *c = ctx;
    atomic_store_explicit(&c->frames, frames, memory_order_relaxed);
    /* Without the mutex, which must not hold up a commit: a signal that comes
     * too early is made good by the next commit, or the next look. */
    if (frames >= atomic_load_explicit(&c->due, memory_order_relaxed))
        (void)pthread_cond_signal(&c->wake);
    return SQLITE_OK;
}

/* True when all of the WAL is in the file. */
static bool copy_back(struct checkpoint *c)
{
    int frames = 0, copied = 0;
    int code = sqlite3_wal_checkpoint_v2(
        c->db->sql, NULL, SQLITE_CHECKPOINT_PASSIVE, &frames, &copied);
    return code == SQLITE_OK && frames == copied;
}

static void checkpoint_run(struct checkpoint *c, int frames)
{
    struct store *s = c->store;
    int patience = frames >= LARGE_FRAMES ? LARGE_PATIENCE_MS : PATIENCE_MS;
    (void)copy_back(c);
    writer_pause(&s->writer);
    bool done = store_renew_snapshots(s, patience) && copy_back(c) &&
                store_renew_snapshots(s, patience);
    /* Set while no commit can count on. */
    if (done)
        atomic_store(&c->frames, 0);
    atomic_store(&c->due, done ? STEP_FRAMES : frames + STEP_FRAMES);
    writer_resume(&s->writer);
}

static void look_at_others(struct checkpoint *c)
{
    sqlite3_stmt *st = db_use(c->db, SQL_DATA_VERSION);
    if (st == NULL)
        return;
    int64_t version =
        db_step(c->db, st) == STORE_OK ? get_int(st, 0) : c->version;
    db_end(c->db, st);
    if (version != c->version)
        atomic_fetch_add_explicit(&c->store->committed, 1,
                                  memory_order_release);
    c->version = version;
}

static void wait_a_while(struct checkpoint *c)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += LOOK_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    (void)pthread_cond_timedwait(&c->wake, &c->lock, &until);
}

static void *checkpoint_main(void *arg)
{
    struct checkpoint *c = arg;
    (void)pthread_mutex_lock(&c->lock);
    while (!c->stop) {
        wait_a_while(c);
        if (c->stop)
            break;
        (void)pthread_mutex_unlock(&c->lock);
        int frames = atomic_load_explicit(&c->frames, memory_order_relaxed);
        if (frames >= atomic_load(&c->due))
            checkpoint_run(c, frames);
        look_at_others(c);
        (void)pthread_mutex_lock(&c->lock);
    }
    (void)pthread_mutex_unlock(&c->lock);
    return NULL;
}

bool checkpoint_start(struct checkpoint *c, struct store *s,
                      struct store_db *writer, struct error *err)
{
    static const struct db_options options = {.cache_kib = 64};
    *c = (struct checkpoint){.store = s};
    atomic_init(&c->due, STEP_FRAMES);
    c->db = db_open(s->path, &options, err);
    if (c->db == NULL)
        return false;
    pthread_condattr_t attr;
    (void)pthread_condattr_init(&attr);
    (void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    (void)pthread_mutex_init(&c->lock, NULL);
    (void)pthread_cond_init(&c->wake, &attr);
    (void)pthread_condattr_destroy(&attr);
    (void)sqlite3_wal_hook(writer->sql, committed, c);
    c->started = pthread_create(&c->thread, NULL, checkpoint_main, c) == 0;
    if (!c->started)
        error_set(err, "The thread of checkpoints cannot be started. Raise "
                       "the limit of threads (ulimit -u).");
    return c->started;
}

void checkpoint_stop(struct checkpoint *c)
{
    if (c->db == NULL)
        return;
    if (c->started) {
        (void)pthread_mutex_lock(&c->lock);
        c->stop = true;
        (void)pthread_cond_signal(&c->wake);
        (void)pthread_mutex_unlock(&c->lock);
        (void)pthread_join(c->thread, NULL);
    }
    db_close(c->db);
    c->db = NULL;
}
