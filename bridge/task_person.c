/*
 * bridge/task_person.c - a person's word about a task
 *
 *   done      1 the helpdesk is asked about this one user or team
 *             2 what it shows ends the task; what it does not keeps it open,
 *               unless it is forced; what it cannot show is believed
 *             3 the mirror follows what was read, as in a sync
 *   cancel    the task ends, and SCIM shows again what the helpdesk has
 *
 * Nothing is changed upstream. A stop anywhere leaves the task open or ended,
 * and the next sync reads the same.
 */
#include "bridge/bridge.h"

#include "bridge/claims.h"
#include "bridge/fulfil.h"
#include "bridge/invitation.h"
#include "bridge/row.h"
#include "bridge/sync.h"
#include "bridge/task.h"
#include "bridge/task_undo.h"
#include "store/member.h"

#include <string.h>

#define PATIENCE_MS 20000 /* for the row's claim, and for the helpdesk */

struct word {
    struct bridge_target *t;
    struct store_db *db;
    const struct bridge_person *who;
    struct store_task task;
    struct store_resource row;
    json_t *detail;   /* owned */
    json_t *resource; /* owned */
    struct up_user user;
    struct up_team team;
    json_t *teams, *tickets; /* owned */
    struct evidence e;
    struct buf saw;
    struct task_end end;
};

static void word_clear(struct word *w)
{
    store_task_clear(&w->task);
    store_resource_clear(&w->row);
    json_decref(w->detail);
    json_decref(w->resource);
    json_decref(w->teams);
    json_decref(w->tickets);
    up_user_clear(&w->user);
    up_team_clear(&w->team);
    buf_clear(&w->saw);
}

static enum bridge_task_rc failed(const struct word *w, struct error *said)
{
    error_set(said, "The database failed: %s", store_db_error(w->db));
    return BRIDGE_TASK_FAILED;
}

/* ---- the task and what it is about ------------------------------------------
 */

static enum bridge_task_rc load(struct word *w, const char *id,
                                struct error *said)
{
    enum store_rc rc = store_task_get(w->db, id, &w->task);
    if (rc == STORE_FAILED)
        return failed(w, said);
    if (rc == STORE_NONE || w->task.target != w->t->row) {
        error_set(said, "The target %s has no task with this id.", w->t->name);
        return BRIDGE_TASK_NONE;
    }
    if (w->task.closed > 0) {
        char at[CLOCK_TEXT_SIZE];
        clock_format(w->task.closed, at);
        error_set(said, "The task ended before: %s, by %s, at %s.",
                  w->task.outcome, w->task.closed_by, at);
        return BRIDGE_TASK_CLOSED;
    }
    w->detail = json_loads(w->task.detail, 0, NULL);
    const char *by = json_string_value(json_object_get(w->detail, "by"));
    if (by != NULL && strcmp(by, "bridge") == 0) {
        error_set(said, "The bridge does this itself, and ends the task when "
                        "it is done. Activating the user again withdraws it.");
        return BRIDGE_TASK_WRONG;
    }
    if (store_resource_get_row(w->db, w->task.resource, &w->row) == STORE_OK)
        w->resource = row_resource(w->t, w->db, &w->row, false);
    w->e.now = clock_now(&w->t->bridge->clock);
    w->end = (struct task_end){
        .by = w->who->by, .request_id = w->who->request_id, .now = w->e.now};
    return w->detail != NULL && w->resource != NULL ? BRIDGE_TASK_ENDED
                                                    : failed(w, said);
}

/* ---- asking the helpdesk
 * ------------------------------------------------------ */

static struct up_call frame(const struct word *w)
{
    return (struct up_call){.deadline_ms = clock_span_ms() + PATIENCE_MS,
                            .stop = &w->t->bridge->stopping};
}

static enum up_rc ask_user(struct word *w, struct up_error *err)
{
    struct up_call call = frame(w);
    enum up_rc rc = UP_NOT_FOUND;
    if (w->row.upstream_id != NULL)
        rc = up_user_get(w->t->up, &call, w->row.upstream_id, &w->user, err);
    if (rc == UP_NOT_FOUND && strcmp(w->task.kind, "invite") == 0)
        rc = up_user_find(w->t->up, &call, w->resource, &w->user, err);
    w->e.gone =
        rc == UP_NOT_FOUND || (rc == UP_OK && w->user.state == UP_DELETED);
    if (rc == UP_OK && !w->e.gone)
        w->e.user = &w->user;
    return rc == UP_NOT_FOUND ? UP_OK : rc;
}

static enum up_rc ask_members(struct word *w, const char *team,
                              struct up_error *err)
{
    struct up_call call = frame(w);
    json_t *ids = NULL;
    if (team == NULL)
        return UP_OK;
    enum up_rc rc = up_members(w->t->up, &call, team, &ids, err);
    if (w->teams == NULL)
        w->teams = json_object();
    if (rc == UP_OK && json_object_set(w->teams, team, ids) != 0)
        rc = UP_FAILED;
    json_decref(ids);
    w->e.teams = w->teams;
    return rc == UP_UNSUPPORTED || rc == UP_NOT_FOUND ? UP_OK : rc;
}

/* The teams that a person's task names. */
static enum up_rc ask_teams(struct word *w, struct up_error *err)
{
    static const char *const lists[] = {"join", "leave"};
    enum up_rc rc = UP_OK;
    for (size_t l = 0; l < 2; l++) {
        size_t i;
        json_t *item;
        json_array_foreach (json_object_get(w->detail, lists[l]), i, item) {
            const char *team =
                json_string_value(json_object_get(item, "upstreamId"));
            if (rc == UP_OK && json_object_get(item, "name") != NULL)
                rc = ask_members(w, team, err);
        }
    }
    return rc;
}

static enum up_rc ask_team(struct word *w, struct up_error *err)
{
    struct up_call call = frame(w);
    if (w->row.upstream_id == NULL)
        return UP_OK;
    if (strcmp(w->task.kind, "team") == 0)
        return ask_members(w, w->row.upstream_id, err);
    enum up_rc rc =
        up_team_get(w->t->up, &call, w->row.upstream_id, &w->team, err);
    w->e.gone = rc == UP_NOT_FOUND;
    w->e.group = rc == UP_OK ? w->team.group : NULL;
    return rc == UP_NOT_FOUND || rc == UP_UNSUPPORTED ? UP_OK : rc;
}

static enum up_rc ask_tickets(struct word *w, struct up_error *err)
{
    struct up_call call = frame(w);
    const char *leaver = json_string_value(
        json_object_get(json_object_get(w->detail, "who"), "upstreamId"));
    if (leaver == NULL)
        return UP_OK;
    enum up_rc rc = up_tickets_open(w->t->up, &call, leaver, &w->tickets, err);
    w->e.tickets = rc == UP_OK ? w->tickets : NULL;
    w->e.gone = rc == UP_NOT_FOUND;
    return rc == UP_NOT_FOUND || rc == UP_UNSUPPORTED ? UP_OK : rc;
}

static enum up_rc ask(struct word *w, struct up_error *err)
{
    if (strcmp(w->task.kind, "offboard") == 0)
        return ask_tickets(w, err);
    if (w->row.type == STORE_GROUP)
        return ask_team(w, err);
    enum up_rc rc = ask_user(w, err);
    /* A helpdesk that cannot be searched: only a sync finds the account. */
    if (rc == UP_UNSUPPORTED)
        return UP_OK;
    return rc == UP_OK ? ask_teams(w, err) : rc;
}

/* ---- ending
 * -------------------------------------------------------------------- */

/* On the writer. Done: the row lists its tasks anew. Cancelled: it shows what
 * the helpdesk has, too. */
static enum store_rc end_task(struct store_db *db, void *ctx)
{
    struct word *w = ctx;
    struct store_resource row = {0};
    json_t *resource = NULL;
    bool undoes = w->end.to == TASK_CANCELLED;
    enum store_rc rc = store_resource_get_row(db, w->task.resource, &row);
    if (rc == STORE_OK) {
        resource = row_resource(w->t, db, &row, false);
        rc = resource == NULL ? STORE_FAILED : STORE_OK;
    }
    if (rc == STORE_OK)
        rc = task_end(db, w->t, &w->task, &w->end);
    if (rc == STORE_OK && undoes)
        rc = task_undo(w->t, db, &row, resource, &w->task);
    if (rc == STORE_OK)
        rc = row_fill(w->t, &row, resource)
                 ? row_store(w->t, db, &row, resource, undoes, w->end.now)
                 : STORE_FAILED;
    if (rc == STORE_OK && undoes && row.type == STORE_GROUP)
        rc = store_member_group_renamed(db, row.n, w->end.now);
    json_decref(resource);
    store_resource_clear(&row);
    return rc;
}

/* With the row's claim. */
static enum bridge_task_rc end_with_claim(struct word *w, struct error *said)
{
    struct error why = {{0}};
    enum store_rc rc = STORE_FAILED;
    if (!claims_take(w->t->claims, w->row.id, clock_span_ms() + PATIENCE_MS)) {
        error_set(said, "The resource is being written; try again.");
        return BRIDGE_TASK_UNSURE;
    }
    rc = store_write(w->t->bridge->store, end_task, w, &why);
    claims_drop(w->t->claims, w->row.id);
    if (rc == STORE_NONE) {
        error_set(said, "The task ended a moment ago.");
        return BRIDGE_TASK_CLOSED;
    }
    if (rc != STORE_OK) {
        error_set(said, "The database failed: %s", why.text);
        return BRIDGE_TASK_FAILED;
    }
    return BRIDGE_TASK_ENDED;
}

/* What was read, taken into the mirror as a sync would. */
static void follow(struct word *w)
{
    struct error why = {{0}};
    if (w->e.user == NULL || sync_one(w->t, w->db, w->e.user, &why))
        return;
    log_line(w->t->bridge->log, LOG_WARN, "task.follow", "target", w->t->name,
             "id", w->row.id, "error", why.text, (char *)NULL);
}

static enum bridge_task_rc judge(struct word *w, struct error *said)
{
    enum fulfilment met =
        fulfil_look(w->t, w->task.kind, w->detail, &w->e, &w->saw);
    const char *saw = w->saw.len > 0 && buf_ok(&w->saw) ? w->saw.data : NULL;
    w->end.to = TASK_DONE;
    switch (met) {
    case FULFIL_YES:
        w->end.why = "Said by a person; the helpdesk shows it.";
        break;
    case FULFIL_UNKNOWN:
        w->end.why = "Said by a person; the helpdesk cannot show it.";
        break;
    case FULFIL_PART:
    case FULFIL_NO:
        if (!w->who->force) {
            error_set(said, "It is not done: %s Do it, or insist with --force.",
                      saw != NULL ? saw : "the helpdesk does not show it.");
            return BRIDGE_TASK_UNTRUE;
        }
        w->end.saw = saw;
        w->end.why = "Said by a person, against what the helpdesk shows.";
        break;
    }
    enum bridge_task_rc rc = end_with_claim(w, said);
    if (rc != BRIDGE_TASK_ENDED)
        return rc;
    follow(w);
    error_set(said, "%s", w->end.why);
    return rc;
}

static enum bridge_task_rc done(struct word *w, struct error *said)
{
    struct up_error err = {0};
    enum up_rc rc = ask(w, &err);
    if (rc != UP_OK && !w->who->force) {
        error_set(said,
                  "Whether it is done cannot be seen now: %s Try again, or "
                  "insist with --force.",
                  err.detail);
        return BRIDGE_TASK_UNSURE;
    }
    return judge(w, said);
}

/* ---- the face
 * ------------------------------------------------------------------- */

enum bridge_task_rc bridge_task_done(struct bridge_target *t, const char *id,
                                     const struct bridge_person *who,
                                     struct error *said)
{
    struct word w = {.t = t, .who = who};
    w.db = store_reader_open(t->bridge->store, said);
    if (w.db == NULL)
        return BRIDGE_TASK_FAILED;
    enum bridge_task_rc rc = load(&w, id, said);
    if (rc == BRIDGE_TASK_ENDED)
        rc = done(&w, said);
    word_clear(&w);
    store_reader_close(w.db);
    return rc;
}

enum bridge_task_rc bridge_task_cancel(struct bridge_target *t, const char *id,
                                       const struct bridge_person *who,
                                       struct error *said)
{
    struct word w = {.t = t, .who = who};
    if (who->reason == NULL ||
        who->reason[strspn(who->reason, " \t")] == '\0') {
        error_set(said, "Say why: a reason is needed (--reason).");
        return BRIDGE_TASK_WRONG;
    }
    w.db = store_reader_open(t->bridge->store, said);
    if (w.db == NULL)
        return BRIDGE_TASK_FAILED;
    enum bridge_task_rc rc = load(&w, id, said);
    if (rc == BRIDGE_TASK_ENDED) {
        w.end.to = TASK_CANCELLED;
        w.end.why = who->reason;
        rc = end_with_claim(&w, said);
    }
    if (rc == BRIDGE_TASK_ENDED)
        error_set(said, "Cancelled; SCIM shows what the helpdesk has.");
    word_clear(&w);
    store_reader_close(w.db);
    return rc;
}

static enum bridge_task_rc resend(struct bridge_target *t, struct store_db *db,
                                  const char *id,
                                  const struct bridge_person *who,
                                  struct error *said)
{
    struct store_resource row = {0};
    enum store_rc found = store_resource_get(db, t->row, STORE_USER, id, &row);
    int64_t n = row.n;
    bool living = found == STORE_OK && row.state != STORE_ERASED;
    store_resource_clear(&row);
    if (!living) {
        error_set(said, "The target %s has no user with this id.", t->name);
        return BRIDGE_TASK_NONE;
    }
    switch (invitation_resend(t, db, n, who->by, who->force, false, said)) {
    case INVITATION_SENT:
        error_set(said, "The invitation was sent again.");
        return BRIDGE_TASK_ENDED;
    case INVITATION_NOT_DUE:
        return BRIDGE_TASK_WRONG;
    case INVITATION_BY_HAND:
        return BRIDGE_TASK_CANNOT;
    case INVITATION_FAILED:
    case INVITATION_BUSY:
        break;
    }
    return BRIDGE_TASK_UNSURE;
}

enum bridge_task_rc bridge_user_resend(struct bridge_target *t, const char *id,
                                       const struct bridge_person *who,
                                       struct error *said)
{
    struct store_db *db = store_reader_open(t->bridge->store, said);
    if (db == NULL)
        return BRIDGE_TASK_FAILED;
    enum bridge_task_rc rc = resend(t, db, id, who, said);
    store_reader_close(db);
    return rc;
}
