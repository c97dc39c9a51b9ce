#include "bridge/claims.h"
#include "bridge/hand_over_internal.h"

#include <stdlib.h>
#include <time.h>

#define ROUNDS          10    /* times that new conversations are taken up */
#define LAG_MS          30000 /* a list may lag behind the writes for so long */
#define LIST_MS         120000 /* for reading a list in the background */
#define LOOK_MS         250    /* the first pause before looking again */
#define LONGEST_MS      4000
#define BACKOFF_MS      1000
#define LAST_BACKOFF_MS 300000

static int64_t now_of(const struct hand_over_turn *r)
{
    return clock_now(&r->j->t->bridge->clock);
}

void hand_over_went_on(struct hand_over_turn *r)
{
    r->failures = 0;
    r->h->row.failures = 0;
    r->h->row.moved_at = now_of(r);
    (void)hand_over_text(&r->h->row.error, NULL);
}

/* To be tried again in a while, unless it was tried for long enough. */
enum step hand_over_later(struct hand_over_turn *r, const struct up_error *err)
{
    struct store_hand_over *row = &r->h->row;
    int64_t now = now_of(r), wait = BACKOFF_MS;
    if (!hand_over_text(&row->error, err->detail)) {
        (void)journey_memory(r->j);
        return STOP_BROKEN;
    }
    if (err->rc == UP_THROTTLED) {
        wait = (int64_t)err->retry_after_s * 1000;
    } else {
        for (int64_t i = 0; i < row->failures && wait < LAST_BACKOFF_MS; i++)
            wait *= 2;
        row->failures++;
        if (now - row->moved_at >= HAND_OVER_PATIENCE_MS) {
            hand_over_give_up(r->h, err->detail);
            return STOP_DONE;
        }
    }
    row->next_at = now + (wait > 0 ? wait : BACKOFF_MS / 4);
    return STOP_LATER;
}

bool hand_over_time_is_over(const struct hand_over_turn *r)
{
    const struct up_call *call = &r->j->call;
    if (call->background && claims_wanted(r->j->t->claims, r->j->row.id))
        return true; /* a request about the same person */
    return (r->until > 0 && clock_span_ms() >= r->until) ||
           (call->stop != NULL && atomic_load(call->stop));
}

/* ---- looking --------------------------------------------------------------
 */

/* A conversation that the leaver has, or has again. */
static bool seen(struct hand_over_turn *r, const char *ticket, bool *news)
{
    struct store_hand_over_item *item = hand_over_find(r->h, ticket);
    if (item == NULL) {
        *news = true;
        return hand_over_add(r->h, ticket) != NULL;
    }
    switch (item->state) {
    case ITEM_CHOSEN: /* the call failed, and had no effect */
        hand_over_set(r->h, item, ITEM_WAITING);
        break;
    case ITEM_MOVED: /* given back; its heir stands */
    case ITEM_GONE:
        *news = true;
        hand_over_set(r->h, item, ITEM_WAITING);
        break;
    case ITEM_SENT:
        if (now_of(r) - r->h->row.moved_at < LAG_MS)
            break;
        if (++item->tries < HAND_OVER_TRIES) { /* once more, to the same heir */
            *news = true;
            hand_over_set(r->h, item, ITEM_WAITING);
            break;
        }
        hand_over_set(r->h, item, ITEM_STUCK);
        return hand_over_text(&item->detail,
                              "The helpdesk answers that it is handed "
                              "over, and still shows the leaver's.");
    case ITEM_WAITING:
    case ITEM_STUCK:
        break;
    }
    return true;
}

static void not_seen(struct hand_over_turn *r,
                     struct store_hand_over_item *item)
{
    if (item->state == ITEM_SENT)
        hand_over_set(r->h, item, ITEM_MOVED);
    else if (item->state == ITEM_CHOSEN)
        hand_over_set(r->h, item, r->before ? ITEM_MOVED : ITEM_WAITING);
    else if (r->before && item->state == ITEM_WAITING)
        hand_over_set(r->h, item, ITEM_GONE);
}

static bool compare(struct hand_over_turn *r, const json_t *open)
{
    json_t *told = json_object(), *one;
    bool news = false, ok = told != NULL;
    size_t i, known = r->h->count;
    json_array_foreach (open, i, one) {
        const char *ticket = json_string_value(one);
        ok = ok && ticket != NULL &&
             json_object_set_new(told, ticket, json_true()) == 0 &&
             seen(r, ticket, &news);
    }
    for (i = 0; ok && i < known; i++)
        if (json_object_get(told, r->h->items[i].ticket) == NULL)
            not_seen(r, &r->h->items[i]);
    json_decref(told);
    if (ok && news && r->h->row.listed && ++r->h->row.rounds > ROUNDS)
        hand_over_give_up(r->h, "New conversations kept coming.");
    if (ok && news) {
        hand_over_went_on(r);
        r->h->row.blind = false;
    }
    return ok || journey_memory(r->j);
}

/* The helpdesk will not tell, however often it is asked. */
static bool will_not_tell(enum up_rc rc)
{
    return rc == UP_FORBIDDEN || rc == UP_INVALID || rc == UP_PROTECTED ||
           rc == UP_CONFLICT || rc == UP_NO_SEAT || rc == UP_UNSUPPORTED;
}

/* Reads the list, and stores what it says. */
static enum step look(struct hand_over_turn *r)
{
    struct up_error err = {0};
    json_t *open = NULL;
    struct hand_over *h = r->h;
    int64_t until = r->j->call.deadline_ms;
    if (r->j->call.background) /* half a list is of no use */
        r->j->call.deadline_ms = clock_span_ms() + LIST_MS;
    enum up_rc rc =
        up_tickets_open(r->j->t->up, &r->j->call, h->row.leaver, &open, &err);
    r->j->call.deadline_ms = until;
    if (rc == UP_NOT_FOUND) /* no such user: has nothing */
        open = json_array();
    err.rc = rc;
    if (rc != UP_OK && rc != UP_NOT_FOUND) {
        if (!will_not_tell(rc))
            return hand_over_later(r, &err);
        hand_over_give_up(h, err.detail);
        h->row.blind = !h->row.listed;
        return hand_over_text(&h->row.error, err.detail) ? STOP_DONE
                                                         : STOP_BROKEN;
    }
    bool ok = compare(r, open);
    h->row.listed = true;
    json_decref(open);
    return ok && hand_over_save(r->j, h) ? GO_ON : STOP_BROKEN;
}

/* ---- all of it ------------------------------------------------------------
 */

/* The list lags behind: waits a little, while there is time. */
static enum step wait_for_list(struct hand_over_turn *r)
{
    const struct up_call *call = &r->j->call;
    int64_t left = call->deadline_ms - clock_span_ms();
    r->pause_ms = r->pause_ms == 0 ? LOOK_MS : r->pause_ms * 2;
    if (call->background || (call->deadline_ms > 0 && left <= r->pause_ms) ||
        r->pause_ms > LONGEST_MS) {
        r->h->row.next_at = now_of(r) + LONGEST_MS / 2;
        return STOP_LATER;
    }
    const struct timespec pause = {.tv_sec = r->pause_ms / 1000,
                                   .tv_nsec = r->pause_ms % 1000 * 1000000};
    (void)nanosleep(&pause, NULL);
    return GO_ON;
}

static enum step work(struct hand_over_turn *r)
{
    struct hand_over *h = r->h;
    enum step step = GO_ON;
    if (!h->row.listed || hand_over_of(h, ITEM_CHOSEN, ITEM_CHOSEN) > 0)
        step = look(r);
    while (step == GO_ON) {
        while (step == GO_ON && hand_over_of(h, ITEM_WAITING, ITEM_WAITING) > 0)
            step = hand_over_send(r);
        if (step == GO_ON)
            step = look(r);
        if (step != GO_ON || hand_over_of(h, ITEM_WAITING, ITEM_CHOSEN) > 0)
            continue;
        if (hand_over_of(h, ITEM_SENT, ITEM_SENT) > 0)
            step = wait_for_list(r);
        else
            step =
                hand_over_text(&h->row.error, NULL) ? STOP_DONE : STOP_BROKEN;
    }
    return step;
}

static enum hand_over_end end_of(struct journey *j, enum step step)
{
    if (step == STOP_BROKEN && j->err.status == 0)
        (void)journey_memory(j);
    return step == STOP_BROKEN  ? HAND_OVER_BROKEN
           : step == STOP_LATER ? HAND_OVER_LATER
                                : HAND_OVER_DONE;
}

enum hand_over_end hand_over_list(struct journey *j, struct hand_over *h)
{
    struct hand_over_turn r = {.j = j, .h = h, .before = false};
    bool known = h->row.listed;
    enum step step = look(&r);
    h->row.blind = h->row.blind || (step != GO_ON && !known);
    if (step != GO_ON && step != STOP_BROKEN && !hand_over_save(j, h))
        step = STOP_BROKEN;
    return end_of(j, step);
}

enum hand_over_end hand_over_run(struct journey *j, struct hand_over *h,
                                 const json_t *who, bool before)
{
    size_t entries = j->t->policy.offboard_count;
    int64_t until = j->call.deadline_ms, now = clock_span_ms();
    struct hand_over_turn r = {.j = j, .h = h, .who = who, .before = before};
    r.until = until;
    bool jobs = up_tickets_batch(j->t->up, UP_HEIR_USER) > 1;
    if (j->call.background && jobs && until > now) /* what began may end */
        j->call.deadline_ms += 2 * (until - now);
    r.heirs = calloc(entries + 1, sizeof *r.heirs);
    r.resolved = calloc(entries + 1, sizeof *r.resolved);
    enum step step = STOP_BROKEN;
    if (r.heirs != NULL && r.resolved != NULL)
        step = work(&r);
    else
        (void)journey_memory(j);
    j->call.deadline_ms = until;
    for (size_t i = 0; r.heirs != NULL && i < entries; i++)
        heirs_clear(&r.heirs[i]);
    free(r.heirs);
    free(r.resolved);
    if (step != STOP_BROKEN && !hand_over_save(j, h))
        step = STOP_BROKEN;
    return end_of(j, step);
}
