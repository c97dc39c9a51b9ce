#include "store/writer_internal.h"

#include <errno.h>
#include <stdlib.h>

/* Bounds how long the first of a group waits for the last. */
enum { GROUP_MAX = 256 };

/* Runs a statement that begins or ends something. */
static enum store_rc control(struct store_db *db, enum statement which)
{
    sqlite3_stmt *st = db_use(db, which);
    return st == NULL ? STORE_FAILED : db_run(db, st);
}

/* True while the transaction of the group is open: SQLite itself rolls all of
 * it back after some errors (disk full, I/O, memory). */
static bool in_group(const struct store_db *db)
{
    return sqlite3_get_autocommit(db->sql) == 0;
}

/* A group that cannot go on: everything in it fails with one sentence. */
static void fail_group(struct store_db *db, struct write_item *items)
{
    for (struct write_item *i = items; i != NULL; i = i->next) {
        i->rc = STORE_FAILED;
        error_set(i->err, "%s", store_db_error(db));
    }
    db_forget_names(db);
    if (!in_group(db))
        return;
    /* The rollback must not replace the sentence of what came before it. */
    struct error why;
    error_set(&why, "%s", store_db_error(db));
    if (control(db, SQL_ROLLBACK) == STORE_OK)
        (void)db_refused(db, why.text);
}

/* False: the whole group is lost. */
static bool run_item(struct store_db *db, struct write_item *item)
{
    if (control(db, SQL_SAVE) != STORE_OK)
        return false;
    db->error[0] = '\0';
    item->rc = item->work(db, item->ctx);
    if (!in_group(db))
        return false;
    if (item->rc == STORE_OK)
        return control(db, SQL_KEEP) == STORE_OK;
    if (item->rc == STORE_FAILED)
        error_set(item->err, "%s",
                  db->error[0] != '\0' ? db->error : "The write was given up.");
    db_forget_names(db);
    return control(db, SQL_UNDO) == STORE_OK &&
           control(db, SQL_KEEP) == STORE_OK;
}

/* An item that is alone needs no savepoint, for which SQLite would keep a copy
 * of every page that it touches: the transaction itself is taken back. */
static bool run_alone(struct store_db *db, struct write_item *item)
{
    db->error[0] = '\0';
    item->rc = item->work(db, item->ctx);
    if (!in_group(db))
        return false;
    if (item->rc == STORE_OK)
        return control(db, SQL_COMMIT) == STORE_OK;
    if (item->rc == STORE_FAILED)
        error_set(item->err, "%s",
                  db->error[0] != '\0' ? db->error : "The write was given up.");
    db_forget_names(db);
    return control(db, SQL_ROLLBACK) == STORE_OK;
}

static bool run_all(struct store_db *db, struct write_item *items)
{
    bool ok = true;
    for (struct write_item *i = items; ok && i != NULL; i = i->next)
        ok = run_item(db, i);
    return ok && control(db, SQL_COMMIT) == STORE_OK;
}

static void run_group(struct writer *w, struct write_item *items)
{
    struct store_db *db = w->db;
    if (control(db, SQL_BEGIN_WRITE) != STORE_OK ||
        !(items->next == NULL ? run_alone(db, items) : run_all(db, items)))
        fail_group(db, items);
    atomic_fetch_add_explicit(w->committed, 1, memory_order_release);
}

static void wake_callers(struct write_item *items)
{
    while (items != NULL) {
        /* An item is gone as soon as its caller is awake. */
        struct write_item *next = items->next;
        (void)sem_post(&items->done);
        items = next;
    }
}

/* Cuts the next group off the queue. */
static struct write_item *take_group(struct writer *w)
{
    struct write_item *first = w->first, *last = first;
    for (int i = 1; i < GROUP_MAX && last->next != NULL; i++)
        last = last->next;
    w->first = last->next;
    if (w->first == NULL)
        w->last = &w->first;
    last->next = NULL;
    return first;
}

static void *writer_main(void *arg)
{
    struct writer *w = arg;
    (void)pthread_mutex_lock(&w->lock);
    while (w->first != NULL || !w->stop) {
        if (w->first == NULL || w->paused) {
            (void)pthread_cond_wait(&w->wake, &w->lock);
            continue;
        }
        struct write_item *group = take_group(w);
        w->busy = true;
        (void)pthread_mutex_unlock(&w->lock);
        run_group(w, group);
        wake_callers(group);
        (void)pthread_mutex_lock(&w->lock);
        w->busy = false;
        (void)pthread_cond_signal(&w->quiet);
    }
    (void)pthread_mutex_unlock(&w->lock);
    return NULL;
}

bool writer_start(struct writer *w, struct store_db *db,
                  atomic_uint_fast64_t *committed, struct error *err)
{
    *w = (struct writer){.db = db, .committed = committed};
    w->last = &w->first;
    (void)pthread_mutex_init(&w->lock, NULL);
    (void)pthread_cond_init(&w->wake, NULL);
    (void)pthread_cond_init(&w->quiet, NULL);
    w->started = pthread_create(&w->thread, NULL, writer_main, w) == 0;
    if (!w->started)
        error_set(err, "The thread that writes cannot be started. Raise the "
                       "limit of threads (ulimit -u).");
    return w->started;
}

void writer_stop(struct writer *w)
{
    if (w->db == NULL)
        return;
    if (w->started) {
        (void)pthread_mutex_lock(&w->lock);
        w->stop = true;
        (void)pthread_cond_signal(&w->wake);
        (void)pthread_mutex_unlock(&w->lock);
        (void)pthread_join(w->thread, NULL);
    }
    (void)pthread_mutex_destroy(&w->lock);
    (void)pthread_cond_destroy(&w->wake);
    (void)pthread_cond_destroy(&w->quiet);
    db_close(w->db);
    *w = (struct writer){0};
}

enum store_rc writer_run(struct writer *w, struct write_item *item)
{
    if (pthread_equal(pthread_self(), w->thread)) {
        error_set(item->err, "A write was begun inside a write.");
        return STORE_FAILED;
    }
    if (sem_init(&item->done, 0, 0) != 0) {
        error_set(item->err, "The write cannot be waited for.");
        return STORE_FAILED;
    }
    (void)pthread_mutex_lock(&w->lock);
    *w->last = item;
    w->last = &item->next;
    (void)pthread_cond_signal(&w->wake);
    (void)pthread_mutex_unlock(&w->lock);
    while (sem_wait(&item->done) != 0 && errno == EINTR)
        continue;
    (void)sem_destroy(&item->done);
    return item->rc;
}

void writer_pause(struct writer *w)
{
    (void)pthread_mutex_lock(&w->lock);
    w->paused = true;
    while (w->busy)
        (void)pthread_cond_wait(&w->quiet, &w->lock);
    (void)pthread_mutex_unlock(&w->lock);
}

void writer_resume(struct writer *w)
{
    (void)pthread_mutex_lock(&w->lock);
    w->paused = false;
    (void)pthread_cond_signal(&w->wake);
    (void)pthread_mutex_unlock(&w->lock);
}
