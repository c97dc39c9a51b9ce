#include "bridge/task_alarm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MINUTE_MS ((int64_t)60000)
#define HOUR_MS   (60 * MINUTE_MS)

static bool is_loud(const struct store_task *task)
{
    return strcmp(task->kind, "deactivate") == 0;
}

int64_t task_alarm_next(const struct store_task *task)
{
    bool loud = is_loud(task);
    int64_t pause = loud ? 15 * MINUTE_MS : HOUR_MS;
    int64_t longest = loud ? 4 * HOUR_MS : 24 * HOUR_MS;
    if (task->alarms == 0)
        return loud ? task->opened : task->due;
    for (int64_t n = 1; n < task->alarms && pause < longest; n++)
        pause *= 2;
    return task->alarmed + (pause < longest ? pause : longest);
}

/* Those that are due now; a few at a time are enough. */
struct due {
    int64_t now;
    struct store_task list[256];
    size_t count;
};

static bool note(const struct store_task *task, void *ctx)
{
    struct due *d = ctx;
    int64_t next = task_alarm_next(task);
    if (next == 0 || next > d->now)
        return true;
    struct store_task *to = &d->list[d->count];
    *to = *task;
    to->outcome = to->closed_by = NULL;
    to->kind = strdup(task->kind);
    to->detail = task->detail == NULL ? NULL : strdup(task->detail);
    d->count++;
    return to->kind != NULL && d->count < sizeof d->list / sizeof d->list[0];
}

static void say(const struct bridge_target *t, const struct store_task *task,
                int64_t now)
{
    json_t *detail =
        task->detail == NULL ? NULL : json_loads(task->detail, 0, NULL);
    const json_t *who = json_object_get(detail, "who");
    const char *name = json_string_value(json_object_get(who, "userName"));
    char opened[CLOCK_TEXT_SIZE], due[CLOCK_TEXT_SIZE], times[24];
    clock_format(task->opened, opened);
    clock_format(task->due, due);
    (void)snprintf(times, sizeof times, "%lld", (long long)task->alarms + 1);
    if (name == NULL)
        name = json_string_value(json_object_get(who, "displayName"));
    log_line(t->bridge->log, is_loud(task) ? LOG_ERROR : LOG_WARN, "task.alarm",
             "target", t->name, "task", task->id, "kind", task->kind, "who",
             name, "opened", opened, "due", due, "overdue",
             task->due <= now ? "yes" : "no", "times", times, "detail",
             is_loud(task) ? "this person still has access to the helpdesk"
                           : "nobody has done this yet",
             (char *)NULL);
    json_decref(detail);
}

static enum store_rc count(struct store_db *db, void *ctx)
{
    const struct due *d = ctx;
    enum store_rc rc = STORE_OK;
    for (size_t i = 0; rc == STORE_OK && i < d->count; i++) {
        rc = store_task_alarm(db, d->list[i].id, d->now);
        rc = rc == STORE_NONE ? STORE_OK : rc; /* it ended meanwhile */
    }
    return rc;
}

void task_alarms(struct bridge_target *t, struct store_db *db)
{
    struct due *d = calloc(1, sizeof *d);
    struct error ignored = {{0}};
    if (d == NULL)
        return;
    d->now = clock_now(&t->bridge->clock);
    /* Counted first: an alarm that cannot be is given again, and again. */
    if (store_task_list(db, t->row, true, note, d) == STORE_OK && d->count > 0)
        (void)store_write(t->bridge->store, count, d, &ignored);
    for (size_t i = 0; i < d->count; i++) {
        if (d->list[i].kind != NULL)
            say(t, &d->list[i], d->now);
        store_task_clear(&d->list[i]);
    }
    free(d);
}
