/*
 * bridge/invitation.c - the state of invitations, and sending one again
 *
 *   step                        a stop behind it leaves
 *   1 count the mail (durable)  one mail less than allowed
 *   2 ask the helpdesk          the same; the next sync reads the record
 *   3 what it says, audit       nothing to recover
 */
#include "bridge/invitation.h"

#include "bridge/claims.h"
#include "bridge/manual.h"
#include "bridge/outcome.h"
#include "bridge/row.h"
#include "bridge/task.h"
#include "store/audit.h"

#include <stdlib.h>
#include <string.h>

/* ---- what is remembered ----------------------------------------------------
 */

static int64_t time_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    int64_t at = 0;
    return text != NULL && clock_parse(text, strlen(text), &at) ? at : 0;
}

static bool set_time(json_t *object, const char *key, int64_t at)
{
    char text[CLOCK_TEXT_SIZE];
    if (at <= 0) {
        (void)json_object_del(object, key);
        return true;
    }
    clock_format(at, text);
    return json_object_set_new(object, key, json_string(text)) == 0;
}

static bool set_text(json_t *object, const char *key, const char *text)
{
    return json_object_set_new(object, key, json_string(text)) == 0;
}

static json_t *told_in(const json_t *resource)
{
    return json_object_get(json_object_get(resource, ROW_URN_USER),
                           "invitation");
}

static bool is_state(const json_t *told, const char *word)
{
    const char *is = json_string_value(json_object_get(told, "state"));
    return is != NULL && strcmp(is, word) == 0;
}

struct invitation invitation_of(const json_t *resource)
{
    const json_t *told = told_in(resource);
    return (struct invitation){
        .pending = is_state(told, "sent") || is_state(told, "expired"),
        .sent_at = time_of(told, "sentAt"),
        .expires_at = time_of(told, "expiresAt"),
        .resends = json_integer_value(json_object_get(told, "resends")),
        .given_up = json_is_true(json_object_get(told, "givenUp")),
    };
}

bool invitation_waits(const struct store_resource *row)
{
    const char *text = row->extension;
    return text != NULL && (strstr(text, "\"state\":\"sent\"") != NULL ||
                            strstr(text, "\"state\":\"expired\"") != NULL);
}

bool invitation_expired(const struct invitation *i, int64_t now)
{
    return i->pending && i->expires_at > 0 && i->expires_at <= now;
}

/* The object in the extension, made where it is missing; borrowed. */
static json_t *ensure(json_t *resource)
{
    json_t *extension = json_object_get(resource, ROW_URN_USER);
    if (!json_is_object(extension)) {
        extension = json_object();
        if (json_object_set_new(resource, ROW_URN_USER, extension) != 0)
            return NULL;
    }
    json_t *told = json_object_get(extension, "invitation");
    if (!json_is_object(told)) {
        told = json_object();
        if (json_object_set_new(extension, "invitation", told) != 0)
            return NULL;
    }
    return told;
}

static bool note_end(json_t *told, int64_t now)
{
    if (told == NULL || is_state(told, "accepted") || is_state(told, "none")) {
        if (is_state(told, "none"))
            (void)json_object_clear(told);
        return true;
    }
    (void)json_object_del(told, "givenUp");
    return set_text(told, "state", "accepted") &&
           set_time(told, "acceptedAt", now);
}

bool invitation_note(const struct bridge_target *t, json_t *resource,
                     const struct up_user *said, int64_t now)
{
    const int64_t life = up_invite_rules(t->up).life_ms;
    if (said->state != UP_PENDING)
        return note_end(told_in(resource), now);
    struct invitation had = invitation_of(resource);
    json_t *told = ensure(resource);
    int64_t sent = said->invited_at, ends = said->invite_expires_at;
    if (sent == 0)
        sent = had.pending && had.sent_at > 0 ? had.sent_at : now;
    if (ends == 0 && life > 0)
        ends = sent + life;
    bool late = ends > 0 && ends <= now;
    (void)json_object_del(told, "acceptedAt");
    if (!late)
        (void)json_object_del(told, "givenUp");
    return told != NULL && set_text(told, "state", late ? "expired" : "sent") &&
           set_time(told, "sentAt", sent) &&
           set_time(told, "expiresAt", ends) &&
           json_object_set_new(told, "resends",
                               json_integer(had.pending ? had.resends : 0)) ==
               0;
}

bool invitation_follow(const struct store_resource *row, json_t *extension)
{
    json_t *told = json_object_get(extension, "invitation");
    if (row->state == STORE_TOMBSTONE || json_object_size(told) == 0) {
        (void)json_object_del(extension, "invitation");
        told = NULL;
    }
    if (row->state != STORE_WAITING || told != NULL)
        return true;
    return json_object_set_new(extension, "invitation",
                               json_pack("{s:s}", "state", "none")) == 0;
}

/* ---- may it be sent again? --------------------------------------------------
 */

struct sending {
    struct bridge_target *t;
    struct store_resource row;
    json_t *resource; /* owned */
    struct invitation was;
    int64_t now;
    const char *by;
    bool by_hand; /* what the helpdesk cannot do is a person's task */
    /* what came of it */
    enum up_rc rc;
    struct up_user said;
    struct up_error err;
    json_t *calls; /* owned */
};

static bool refuse(struct error *why, const char *format, const char *word)
{
    error_set(why, format, word);
    return false;
}

static bool is_due(const struct sending *s, bool force, struct error *why)
{
    const struct bridge_policy *p = &s->t->policy;
    char until[CLOCK_TEXT_SIZE];
    if (s->row.state != STORE_LINKED || !s->was.pending)
        return refuse(why, "%s",
                      "There is no invitation that waits for this "
                      "person.");
    if (!s->row.active)
        return refuse(why, "%s",
                      "This person is not to have access: SCIM "
                      "shows the user as inactive.");
    if (force)
        return true;
    if (s->was.resends >= p->resends)
        return refuse(why, "%s",
                      "The invitation was sent as often as "
                      "invitation.max_resends allows.");
    int64_t from = s->was.sent_at + p->resend_gap_ms;
    if (s->was.sent_at > 0 && from > s->now) {
        clock_format(from, until);
        return refuse(why,
                      "The last invitation is too young: "
                      "invitation.resend_after allows the next from %s.",
                      until);
    }
    return true;
}

/* ---- storing ----------------------------------------------------------------
 */

static enum store_rc put(struct sending *s, struct store_db *db)
{
    return row_fill(s->t, &s->row, s->resource)
               ? row_store(s->t, db, &s->row, s->resource, false, s->now)
               : STORE_FAILED;
}

/* The row as it is now; the claim keeps it so. */
static enum store_rc load(struct sending *s, struct store_db *db)
{
    int64_t n = s->row.n;
    store_resource_clear(&s->row);
    json_decref(s->resource);
    s->resource = NULL;
    enum store_rc rc = store_resource_get_row(db, n, &s->row);
    if (rc == STORE_OK) {
        s->resource = row_resource(s->t, db, &s->row, false);
        rc = s->resource == NULL ? STORE_FAILED : STORE_OK;
    }
    s->was = invitation_of(s->resource);
    return rc;
}

static enum store_rc set_count(struct store_db *db, struct sending *s,
                               int64_t resends)
{
    enum store_rc rc = load(s, db);
    json_t *told = rc == STORE_OK ? ensure(s->resource) : NULL;
    if (told == NULL ||
        json_object_set_new(told, "resends", json_integer(resends)) != 0)
        return STORE_FAILED;
    return put(s, db);
}

static enum store_rc count_mail(struct store_db *db, void *ctx)
{
    struct sending *s = ctx;
    return set_count(db, s, s->was.resends + 1);
}

static enum store_rc audit(struct sending *s, struct store_db *db,
                           const char *outcome, const char *detail)
{
    char *calls = json_dumps(s->calls, JSON_COMPACT);
    struct store_audit entry = {.at = s->now,
                                .target = s->t->row,
                                .actor = s->by,
                                .action = "user.resend",
                                .resource = s->row.id,
                                .calls = calls,
                                .outcome = outcome,
                                .detail = detail};
    enum store_rc rc = store_audit_append(db, &entry);
    free(calls);
    return rc;
}

static enum store_rc open_task(struct store_db *db, struct sending *s,
                               const char *what)
{
    struct journey j = {.t = s->t, .actor = s->by};
    struct task_end who = {.by = s->by, .now = s->now};
    json_t *facts = json_pack("{s:s*, s:I, s:I}", "what", what, "resends",
                              (json_int_t)s->was.resends, "invitedAt",
                              (json_int_t)s->was.sent_at);
    json_t *detail =
        manual_detail(&j, "resend", s->resource, s->row.upstream_id, facts);
    enum store_rc rc = STORE_FAILED;
    if (detail != NULL)
        rc = task_open(db, s->t, &s->row, "resend", detail, &who);
    json_decref(detail);
    return rc;
}

/* The bridge sends no more by itself: a person is asked, unless that is refused
 * (unsupported.resend). Remembered, so that it happens once. */
static enum store_rc by_hand(struct store_db *db, struct sending *s,
                             const char *what)
{
    json_t *told = ensure(s->resource);
    enum store_rc rc = STORE_OK;
    if (told == NULL || json_object_set_new(told, "givenUp", json_true()) != 0)
        return STORE_FAILED;
    if (s->by_hand)
        rc = open_task(db, s, what);
    return rc == STORE_OK ? put(s, db) : rc;
}

static enum store_rc keep_sent(struct store_db *db, struct sending *s)
{
    struct task_end end = {.to = TASK_DONE,
                           .by = s->by,
                           .why = "The invitation was sent again.",
                           .now = s->now};
    bool changed = false;
    json_t *told = ensure(s->resource), *after = NULL;
    enum store_rc rc = STORE_FAILED;
    /* A helpdesk that tells no times: the bridge's own clock. */
    if (told != NULL && s->said.invited_at == 0 &&
        set_time(told, "sentAt", s->now))
        (void)json_object_del(told, "expiresAt");
    (void)json_object_del(told, "givenUp");
    if (s->said.user != NULL)
        after = row_take_user(s->t, &s->row, s->resource, &s->said, s->now,
                              &changed);
    if (after != NULL) {
        json_decref(s->resource);
        s->resource = after;
    }
    rc = task_end_kind(db, s->t, s->row.n, "resend", &end);
    return rc == STORE_OK ? put(s, db) : rc;
}

static enum store_rc keep_outcome(struct store_db *db, void *ctx)
{
    struct sending *s = ctx;
    bool sent = s->rc == UP_OK;
    /* What may have been sent stays counted. */
    bool counted = sent || !outcome_harmless(s->rc, &s->err);
    enum store_rc rc = counted ? load(s, db) : set_count(db, s, s->was.resends);
    if (rc == STORE_OK && sent)
        rc = keep_sent(db, s);
    else if (rc == STORE_OK && s->rc == UP_UNSUPPORTED)
        rc = by_hand(db, s, NULL);
    if (rc == STORE_OK)
        rc = audit(s, db, sent ? "done" : outcome_word(s->rc),
                   sent ? NULL : s->err.detail);
    return rc;
}

static enum store_rc give_up(struct store_db *db, void *ctx)
{
    struct sending *s = ctx;
    return by_hand(db, s,
                   "This person was invited again and again and has not come. "
                   "Talk to them, then send another invitation by hand, or "
                   "cancel this task.");
}

/* ---- sending ----------------------------------------------------------------
 */

#define CALL_MS 20000

static enum invitation_rc outcome(struct sending *s, struct error *why)
{
    if (store_write(s->t->bridge->store, keep_outcome, s, why) != STORE_OK)
        return INVITATION_FAILED;
    if (s->rc == UP_OK)
        return INVITATION_SENT;
    error_set(why, "%s", s->err.detail);
    return s->rc == UP_UNSUPPORTED ? INVITATION_BY_HAND : INVITATION_FAILED;
}

static enum invitation_rc send(struct sending *s, bool sync, struct error *why)
{
    struct up_call call = {.background = sync,
                           .stop = &s->t->bridge->stopping,
                           .deadline_ms = clock_span_ms() + CALL_MS,
                           .trace = s->calls};
    if (store_write(s->t->bridge->store, count_mail, s, why) != STORE_OK)
        return INVITATION_FAILED;
    s->rc = up_user_resend_invite(s->t->up, &call, s->row.upstream_id, &s->said,
                                  &s->err);
    return outcome(s, why);
}

/* After the last time: once, a person is told. */
static enum invitation_rc last_time(struct sending *s, struct error *why)
{
    bool over = s->was.resends >= s->t->policy.resends &&
                invitation_expired(&s->was, s->now) && s->row.active &&
                !s->was.given_up && s->row.state == STORE_LINKED;
    if (!over)
        return INVITATION_NOT_DUE;
    log_line(s->t->bridge->log, LOG_WARN, "invitation.given_up", "target",
             s->t->name, "id", s->row.id, (char *)NULL);
    return store_write(s->t->bridge->store, give_up, s, why) == STORE_OK
               ? INVITATION_BY_HAND
               : INVITATION_FAILED;
}

static enum invitation_rc send_if_due(struct sending *s, struct store_db *db,
                                      bool force, bool sync, struct error *why)
{
    if (load(s, db) != STORE_OK) {
        error_set(why, "The user cannot be read: %s", store_db_error(db));
        return INVITATION_FAILED;
    }
    if (!is_due(s, force, why))
        return sync ? last_time(s, why) : INVITATION_NOT_DUE;
    /* A task is open: a person does it, and is not asked again. */
    if (sync && s->was.given_up)
        return INVITATION_NOT_DUE;
    return send(s, sync, why);
}

enum invitation_rc invitation_resend(struct bridge_target *t,
                                     struct store_db *db, int64_t row,
                                     const char *by, bool force, bool sync,
                                     struct error *why)
{
    struct sending s = {.t = t,
                        .row = {.n = row},
                        .now = clock_now(&t->bridge->clock),
                        .by = by,
                        .by_hand =
                            target_unsupported(t, "resend") == BRIDGE_TASK,
                        .calls = json_array()};
    struct store_resource claimed = {0};
    enum invitation_rc rc = INVITATION_BUSY;
    if (store_resource_get_row(db, row, &claimed) != STORE_OK) {
        error_set(why, "There is no such user.");
        rc = INVITATION_FAILED;
    } else if (claims_try(t->claims, claimed.id)) {
        rc = send_if_due(&s, db, force, sync, why);
        claims_drop(t->claims, claimed.id);
    } else {
        error_set(why, "The user is being written; try again.");
    }
    up_user_clear(&s.said);
    store_resource_clear(&s.row);
    store_resource_clear(&claimed);
    json_decref(s.resource);
    json_decref(s.calls);
    return rc;
}
