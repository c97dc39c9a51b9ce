/*
 * test/sim/save.c - the world in a file, so that a later run goes on with it
 */
#include "test/sim/save.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "test/sim/mem.h"
#include "test/sim/text.h"

enum { SAVE_EVERY_MS = 200 };

struct save {
    struct world *world;
    struct pause *pause;
    char *file, *fresh; /* owned; `fresh` is written, then renamed */
    uint64_t saved;     /* world_changes() when it was last written */
    pthread_t thread;
};

static bool write_file(const struct save *s, const char *text)
{
    FILE *f = fopen(s->fresh, "w");
    bool ok = f != NULL && fputs(text, f) >= 0;

    if (f != NULL && fclose(f) != 0)
        ok = false;
    if (ok)
        ok = rename(s->fresh, s->file) == 0;
    if (!ok)
        (void)fprintf(stderr, "helpdesk-sim: cannot write %s: %s\n", s->file,
                      strerror(errno));
    return ok;
}

static bool save_now(struct save *s, bool always)
{
    char *text = NULL;

    (void)pthread_mutex_lock(&s->world->lock);
    uint64_t changes = world_changes(s->world);
    if (always || changes != s->saved)
        text = world_save(s->world);
    (void)pthread_mutex_unlock(&s->world->lock);
    if (text == NULL)
        return true;
    bool ok = write_file(s, text);
    free(text);
    s->saved = changes;
    return ok;
}

static void *keep_saving(void *context)
{
    struct save *s = context;

    while (!pause_ended(s->pause)) {
        (void)pause_for(s->pause, SAVE_EVERY_MS);
        (void)save_now(s, false);
    }
    return NULL;
}

static bool load(struct world *w, const char *file)
{
    json_error_t error;

    if (access(file, F_OK) != 0) {
        world_seed(w);
        return true;
    }
    json_t *saved = json_load_file(file, 0, &error);
    bool ok = saved != NULL && world_load(w, saved);
    if (!ok)
        (void)fprintf(stderr,
                      "helpdesk-sim: %s holds no world of %s; name another "
                      "file or remove it\n",
                      file,
                      json_string_value(json_object_get(saved, "desk"))
                          ? "this desk"
                          : "a simulator");
    json_decref(saved);
    return ok;
}

static void save_free(struct save *s)
{
    free(s->file);
    free(s->fresh);
    free(s);
}

struct save *save_start(struct world *w, const char *file, struct pause *pause)
{
    if (!load(w, file))
        return NULL;
    struct save *s = mem_new(sizeof(*s));
    struct text fresh = {0};
    text_addf(&fresh, "%s.new", file);
    s->world = w;
    s->pause = pause;
    s->file = mem_text(file);
    s->fresh = text_take(&fresh);
    if (!save_now(s, true) ||
        pthread_create(&s->thread, NULL, keep_saving, s) != 0) {
        save_free(s);
        return NULL;
    }
    return s;
}

void save_stop(struct save *s)
{
    if (s == NULL)
        return;
    (void)pthread_join(s->thread, NULL);
    (void)save_now(s, true);
    save_free(s);
}
