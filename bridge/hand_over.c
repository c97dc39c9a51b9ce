#include "bridge/hand_over.h"

#include "bridge/claims.h"
#include "bridge/heir.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define FEW             10 /* heirs chosen at a time, where each is a call */
#define ROUNDS          10 /* times that new conversations are taken up */
#define TRIES           3 /* calls for one conversation that fail for no reason */
#define FAILURES        3 /* such calls in a row, and the helpdesk is unwell */
#define LAG_MS          30000 /* a list may lag behind the writes for so long */
#define LOOK_MS         250   /* the first pause before looking again */
#define LONGEST_MS      4000
#define BACKOFF_MS      1000
#define LAST_BACKOFF_MS 300000

/* ---- in memory ------------------------------------------------------------
 */

void hand_over_clear(struct hand_over *h)
{
    for (size_t i = 0; i < h->count; i++) {
        free(h->items[i].ticket);
        free(h->items[i].heir);
        free(h->items[i].name);
        free(h->items[i].detail);
    }
    free(h->items);
    free(h->dirty);
    json_decref(h->places);
    store_hand_over_clear(&h->row);
    *h = (struct hand_over){0};
}

static bool set_text(char **to, const char *text)
{
    char *copy = text == NULL ? NULL : strdup(text);
    free(*to);
    *to = copy;
    return text == NULL || copy != NULL;
}

/* A new item at the end; NULL: memory ran out. */
static struct store_hand_over_item *add(struct hand_over *h, const char *ticket)
{
    struct store_hand_over_item *items =
        realloc(h->items, (h->count + 1) * sizeof *items);
    if (items != NULL)
        h->items = items;
    bool *dirty = realloc(h->dirty, (h->count + 1) * sizeof *dirty);
    if (dirty != NULL)
        h->dirty = dirty;
    if (h->places == NULL)
        h->places = json_object();
    char *copy = strdup(ticket);
    if (items == NULL || dirty == NULL || copy == NULL ||
        json_object_set_new(h->places, ticket,
                            json_integer((json_int_t)h->count)) != 0) {
        free(copy);
        return NULL;
    }
    struct store_hand_over_item *item = &h->items[h->count];
    *item = (struct store_hand_over_item){.place = (int64_t)h->count,
                                          .ticket = copy};
    h->dirty[h->count++] = true;
    return item;
}

static struct store_hand_over_item *find(const struct hand_over *h,
                                         const char *ticket)
{
    const json_t *place = json_object_get(h->places, ticket);
    return place == NULL ? NULL : &h->items[json_integer_value(place)];
}

void hand_over_set(struct hand_over *h, struct store_hand_over_item *item,
                   enum store_item state)
{
    item->state = state;
    h->dirty[item->place] = true;
}

static bool take_item(const struct store_hand_over_item *i, void *ctx)
{
    struct hand_over *h = ctx;
    struct store_hand_over_item *mine = add(h, i->ticket);
    if (mine == NULL)
        return false;
    int64_t place = mine->place;
    char *ticket = mine->ticket;
    *mine = *i;
    mine->place = place;
    mine->ticket = ticket;
    mine->heir = mine->name = mine->detail = NULL;
    h->dirty[place] = false;
    return set_text(&mine->heir, i->heir) && set_text(&mine->name, i->name) &&
           set_text(&mine->detail, i->detail);
}

/* ---- in the database ------------------------------------------------------
 */

bool hand_over_load(struct journey *j, struct hand_over *h)
{
    *h = (struct hand_over){0};
    enum store_rc rc =
        j->row.n == 0 ? STORE_NONE
                      : store_hand_over_of(j->db, j->row.n, false, &h->row);
    if (rc == STORE_OK)
        rc = store_hand_over_items(j->db, h->row.n, take_item, h);
    if (rc == STORE_OK || rc == STORE_NONE)
        return true;
    hand_over_clear(h);
    return journey_database(j);
}

enum store_rc hand_over_write(struct store_db *db, struct hand_over *h)
{
    if (h->row.n < 0) /* of a dry run */
        return STORE_OK;
    enum store_rc rc = store_hand_over_put(db, &h->row);
    for (size_t i = 0; rc == STORE_OK && i < h->count; i++)
        if (h->dirty[i])
            rc = store_hand_over_item_put(db, h->row.n, &h->items[i]);
    return rc;
}

static enum store_rc save(struct store_db *db, void *ctx)
{
    return hand_over_write(db, ctx);
}

bool hand_over_save(struct journey *j, struct hand_over *h)
{
    struct error why = {0};
    if (j->call.plan != NULL) /* nothing is done, so nothing is remembered */
        return true;
    if (store_write(j->t->bridge->store, save, h, &why) != STORE_OK) {
        scim_error_status(&j->err, 500,
                          "The bridge's database failed: %s. See its log, and "
                          "the disk's free space.",
                          why.text);
        return false;
    }
    if (h->count > 0)
        memset(h->dirty, 0, h->count * sizeof *h->dirty);
    return true;
}

bool hand_over_open(struct journey *j, bool removal, struct hand_over *h)
{
    *h = (struct hand_over){0};
    h->row.target = j->t->row;
    h->row.resource = j->row.n;
    h->row.removal = removal;
    h->row.opened = h->row.moved_at = clock_now(&j->t->bridge->clock);
    if (!set_text(&h->row.leaver, j->row.upstream_id) ||
        !set_text(&h->row.actor, j->actor) ||
        !set_text(&h->row.request_id, j->request_id))
        return journey_memory(j);
    if (j->call.plan != NULL)
        h->row.n = -1;
    return hand_over_save(j, h);
}

/* ---- counting -------------------------------------------------------------
 */

static bool is_in(const struct store_hand_over_item *item, enum store_item a,
                  enum store_item b)
{
    return item->state == a || item->state == b;
}

struct hand_over_counts hand_over_count(const struct hand_over *h)
{
    struct hand_over_counts c = {.found = h->count};
    for (size_t i = 0; i < h->count; i++) {
        c.moved += is_in(&h->items[i], ITEM_MOVED, ITEM_SENT);
        c.gone += h->items[i].state == ITEM_GONE;
    }
    c.left = c.found - c.moved - c.gone;
    return c;
}

static size_t count_of(const struct hand_over *h, enum store_item a,
                       enum store_item b)
{
    size_t count = 0;
    for (size_t i = 0; i < h->count; i++)
        count += is_in(&h->items[i], a, b);
    return count;
}

void hand_over_give_up(struct hand_over *h, const char *why)
{
    for (size_t i = 0; i < h->count; i++) {
        struct store_hand_over_item *item = &h->items[i];
        if (!is_in(item, ITEM_WAITING, ITEM_CHOSEN) && item->state != ITEM_SENT)
            continue;
        (void)set_text(&item->detail, why); /* without it, it still is stuck */
        hand_over_set(h, item, ITEM_STUCK);
    }
}

bool hand_over_is_done(const struct hand_over *h)
{
    return h->row.listed && count_of(h, ITEM_WAITING, ITEM_CHOSEN) == 0 &&
           count_of(h, ITEM_SENT, ITEM_SENT) == 0;
}

/* ---- a run ----------------------------------------------------------------
 */

struct run {
    struct journey *j;
    struct hand_over *h;
    const json_t *who;
    bool before;
    struct heirs *heirs; /* owned; by entry; resolved as they are needed */
    bool *resolved;      /* owned */
    int failures;        /* calls in a row that failed for no reason */
    int64_t pause_ms;    /* before the next look at a list that lags */
    int64_t until;       /* no new call after it; 0: no limit */
};

enum step { GO_ON, STOP_DONE, STOP_LATER, STOP_BROKEN };

static int64_t now_of(const struct run *r)
{
    return clock_now(&r->j->t->bridge->clock);
}

static void went_on(struct run *r)
{
    r->failures = 0;
    r->h->row.failures = 0;
    r->h->row.moved_at = now_of(r);
    (void)set_text(&r->h->row.error, NULL);
}

/* To be tried again in a while, unless it was tried for long enough. */
static enum step later(struct run *r, const struct up_error *err)
{
    struct store_hand_over *row = &r->h->row;
    int64_t now = now_of(r), wait = BACKOFF_MS;
    if (!set_text(&row->error, err->detail)) {
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

static bool time_is_over(const struct run *r)
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
static bool seen(struct run *r, const char *ticket, bool *news)
{
    struct store_hand_over_item *item = find(r->h, ticket);
    if (item == NULL) {
        *news = true;
        return add(r->h, ticket) != NULL;
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
        if (++item->tries < TRIES) { /* once more, to the same heir */
            *news = true;
            hand_over_set(r->h, item, ITEM_WAITING);
            break;
        }
        hand_over_set(r->h, item, ITEM_STUCK);
        return set_text(&item->detail, "The helpdesk answers that it is handed "
                                       "over, and still shows the leaver's.");
    case ITEM_WAITING:
    case ITEM_STUCK:
        break;
    }
    return true;
}

static void not_seen(struct run *r, struct store_hand_over_item *item)
{
    if (item->state == ITEM_SENT)
        hand_over_set(r->h, item, ITEM_MOVED);
    else if (item->state == ITEM_CHOSEN)
        hand_over_set(r->h, item, r->before ? ITEM_MOVED : ITEM_WAITING);
    else if (r->before && item->state == ITEM_WAITING)
        hand_over_set(r->h, item, ITEM_GONE);
}

static bool compare(struct run *r, const json_t *open)
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
        went_on(r);
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
static enum step look(struct run *r)
{
    struct up_error err = {0};
    json_t *open = NULL;
    struct hand_over *h = r->h;
    enum up_rc rc =
        up_tickets_open(r->j->t->up, &r->j->call, h->row.leaver, &open, &err);
    if (rc == UP_NOT_FOUND) /* no such user: has nothing */
        open = json_array();
    err.rc = rc;
    if (rc != UP_OK && rc != UP_NOT_FOUND) {
        if (!will_not_tell(rc))
            return later(r, &err);
        hand_over_give_up(h, err.detail);
        h->row.blind = !h->row.listed;
        return set_text(&h->row.error, err.detail) ? STOP_DONE : STOP_BROKEN;
    }
    bool ok = compare(r, open);
    h->row.listed = true;
    json_decref(open);
    return ok && hand_over_save(r->j, h) ? GO_ON : STOP_BROKEN;
}

/* ---- choosing -------------------------------------------------------------
 */

/* The heirs of an entry; NULL: the database failed. */
static struct heirs *heirs_of(struct run *r, int64_t entry)
{
    const struct bridge_policy *policy = &r->j->t->policy;
    if (!r->resolved[entry] && !heirs_resolve(r->j, &policy->offboard[entry],
                                              r->who, &r->heirs[entry]))
        return NULL;
    r->resolved[entry] = true;
    return &r->heirs[entry];
}

/* Gives the item an heir, unless it has one that stands; STUCK: none may. */
static bool choose(struct run *r, struct store_hand_over_item *item)
{
    int64_t entries = (int64_t)r->j->t->policy.offboard_count;
    const struct heirs *heirs = NULL;
    if (item->name != NULL) {
        hand_over_set(r->h, item, ITEM_CHOSEN);
        return true;
    }
    for (; item->entry < entries; item->entry++) {
        heirs = heirs_of(r, item->entry);
        if (heirs == NULL)
            return false;
        if (heirs->count > 0)
            break;
    }
    if (item->entry >= entries) {
        hand_over_set(r->h, item, ITEM_STUCK);
        return item->detail != NULL ||
               set_text(&item->detail, "None of `offboard` can have it: nobody "
                                       "of them is active in the helpdesk.");
    }
    const struct heir *one = &heirs->list[(size_t)item->place % heirs->count];
    item->kind = (int64_t)heirs->kind;
    hand_over_set(r->h, item, ITEM_CHOSEN);
    return set_text(&item->heir, one->id) && set_text(&item->name, one->name);
}

/* ---- sending --------------------------------------------------------------
 */

/* Some items with the same heir, for one call. */
struct load {
    struct store_hand_over_item **items; /* owned */
    size_t count;
};

static json_t *tickets_of(const struct load *l)
{
    json_t *list = json_array();
    for (size_t i = 0; i < l->count; i++)
        (void)json_array_append_new(list, json_string(l->items[i]->ticket));
    return json_array_size(list) == l->count ? list : NULL;
}

/* The helpdesk refused it: the next heir may take it. */
static bool refuse(struct run *r, struct store_hand_over_item *item,
                   const char *why)
{
    item->entry++;
    item->tries = 0;
    hand_over_set(r->h, item, ITEM_WAITING);
    return set_text(&item->heir, NULL) && set_text(&item->name, NULL) &&
           set_text(&item->detail, why);
}

/* The call failed: it may have been done, so its heir stands. */
static bool fail(struct run *r, struct store_hand_over_item *item,
                 const struct up_error *err)
{
    hand_over_set(r->h, item, ITEM_CHOSEN); /* the next look tells */
    if (++item->tries < TRIES || err->rc == UP_UNKNOWN)
        return true;
    hand_over_set(r->h, item, ITEM_STUCK);
    return set_text(&item->detail, err->detail);
}

static bool note_all(struct run *r, const struct load *l, const json_t *left,
                     const char *why)
{
    json_t *refused = json_object(), *one;
    bool ok = refused != NULL;
    size_t i;
    json_array_foreach (left, i, one) {
        ok = ok && json_object_set_new(refused, json_string_value(one),
                                       json_true()) == 0;
    }
    for (i = 0; ok && i < l->count; i++) {
        struct store_hand_over_item *item = l->items[i];
        if (json_object_get(refused, item->ticket) != NULL) {
            ok = refuse(r, item, why);
            continue;
        }
        hand_over_set(r->h, item, ITEM_SENT);
    }
    json_decref(refused);
    return ok || journey_memory(r->j);
}

/* Nothing of it was sent. */
static void take_back(struct run *r, const struct load *l)
{
    for (size_t i = 0; i < l->count; i++)
        hand_over_set(r->h, l->items[i], ITEM_WAITING);
}

static enum step failed_call(struct run *r, const struct load *l,
                             const struct up_error *err)
{
    bool unsent = (err->rc == UP_THROTTLED || err->rc == UP_UNAVAILABLE ||
                   err->rc == UP_UNAUTHORIZED) &&
                  !err->changed;
    if (unsent)
        take_back(r, l);
    for (size_t i = 0; !unsent && i < l->count; i++)
        if (!fail(r, l->items[i], err))
            return STOP_BROKEN;
    return unsent || ++r->failures >= FAILURES ? later(r, err) : GO_ON;
}

/* Every item by itself: one of them spoiled the call for all. */
static enum step send_load(struct run *r, const struct load *l);

static enum step send_singly(struct run *r, const struct load *l)
{
    enum step step = GO_ON;
    for (size_t i = 0; step == GO_ON && i < l->count; i++) {
        const struct load one = {.items = &l->items[i], .count = 1};
        step = send_load(r, &one);
    }
    return step;
}

static enum step send_load(struct run *r, const struct load *l)
{
    struct up_error err = {0};
    json_t *left = NULL, *tickets = tickets_of(l);
    const struct store_hand_over_item *first = l->items[0];
    if (tickets == NULL) {
        (void)journey_memory(r->j);
        return STOP_BROKEN;
    }
    enum up_rc rc =
        up_tickets_assign(r->j->t->up, &r->j->call, r->h->row.leaver, tickets,
                          (enum up_heir)first->kind, first->heir, &left, &err);
    err.rc = rc;
    json_decref(tickets);
    size_t refused = json_array_size(left);
    enum step step = GO_ON;
    if (rc == UP_UNSUPPORTED) {
        for (size_t i = 0; step == GO_ON && i < l->count; i++)
            step = refuse(r, l->items[i], err.detail) ? GO_ON : STOP_BROKEN;
    } else if (rc != UP_OK) {
        step = failed_call(r, l, &err);
    } else if (refused == l->count && l->count > 1) {
        step = send_singly(r, l);
    } else {
        r->j->touched = r->j->touched || refused < l->count;
        step = note_all(r, l, left, err.detail) ? GO_ON : STOP_BROKEN;
        went_on(r);
    }
    json_decref(left);
    return step;
}

static bool same_heir(const struct store_hand_over_item *a,
                      const struct store_hand_over_item *b)
{
    return a->kind == b->kind && (a->heir == NULL) == (b->heir == NULL) &&
           (a->heir == NULL || strcmp(a->heir, b->heir) == 0);
}

/* Takes out of `some` what goes along with its item `from`. */
static void gather(struct load *some, size_t from, size_t most,
                   struct load *out)
{
    const struct store_hand_over_item *item = some->items[from];
    out->count = 0;
    for (size_t i = from; i < some->count && out->count < most; i++) {
        struct store_hand_over_item *other = some->items[i];
        if (other == NULL || other->state != ITEM_CHOSEN ||
            !same_heir(item, other))
            continue;
        out->items[out->count++] = other;
        some->items[i] = NULL;
    }
}

/* Sends the chosen ones among `some`, those of one heir together. What is not
 * sent when time is over waits on. */
static enum step send_chosen(struct run *r, struct load *some)
{
    struct load one = {.items = calloc(some->count, sizeof *one.items)};
    enum step step = one.items != NULL ? GO_ON : STOP_BROKEN;
    for (size_t i = 0; step != STOP_BROKEN && i < some->count; i++) {
        const struct store_hand_over_item *item = some->items[i];
        if (item == NULL || item->state != ITEM_CHOSEN)
            continue;
        if (step == GO_ON && time_is_over(r)) {
            r->h->row.next_at = 0;
            step = STOP_LATER;
        }
        gather(some, i, up_tickets_batch(r->j->t->up, (enum up_heir)item->kind),
               &one);
        if (step == GO_ON)
            step = send_load(r, &one);
        else
            take_back(r, &one);
    }
    free(one.items);
    return step;
}

/* Some that wait: as many as one call takes, or a few calls. */
static enum step send_some(struct run *r)
{
    struct hand_over *h = r->h;
    size_t most = up_tickets_batch(r->j->t->up, UP_HEIR_USER);
    most = most < FEW ? FEW : most;
    struct load some = {.items = calloc(most, sizeof *some.items)};
    bool ok = some.items != NULL || journey_memory(r->j);
    for (size_t i = 0; ok && i < h->count && some.count < most; i++)
        if (h->items[i].state == ITEM_WAITING) {
            some.items[some.count++] = &h->items[i];
            ok = choose(r, &h->items[i]);
        }
    enum step step = STOP_BROKEN;
    if (ok && hand_over_save(r->j, h))
        step = send_chosen(r, &some);
    if (step != STOP_BROKEN && !hand_over_save(r->j, h))
        step = STOP_BROKEN;
    free(some.items);
    return step;
}

/* ---- all of it ------------------------------------------------------------
 */

/* The list lags behind: waits a little, while there is time. */
static enum step wait_for_list(struct run *r)
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

static enum step work(struct run *r)
{
    struct hand_over *h = r->h;
    enum step step = GO_ON;
    if (!h->row.listed || count_of(h, ITEM_CHOSEN, ITEM_CHOSEN) > 0)
        step = look(r);
    while (step == GO_ON) {
        while (step == GO_ON && count_of(h, ITEM_WAITING, ITEM_WAITING) > 0)
            step = send_some(r);
        if (step == GO_ON)
            step = look(r);
        if (step != GO_ON || count_of(h, ITEM_WAITING, ITEM_CHOSEN) > 0)
            continue;
        if (count_of(h, ITEM_SENT, ITEM_SENT) > 0)
            step = wait_for_list(r);
        else
            step = set_text(&h->row.error, NULL) ? STOP_DONE : STOP_BROKEN;
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
    struct run r = {.j = j, .h = h, .before = false};
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
    struct run r = {.j = j, .h = h, .who = who, .before = before};
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
