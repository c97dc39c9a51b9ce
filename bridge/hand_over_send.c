#include "bridge/hand_over_internal.h"

#include <stdlib.h>
#include <string.h>

#define FEW      10 /* heirs chosen at a time, where each is a call */
#define FAILURES 3  /* calls in a row that fail, and the helpdesk is unwell */

/* ---- choosing -------------------------------------------------------------
 */

/* The heirs of an entry; NULL: the database failed. */
static struct heirs *heirs_of(struct hand_over_turn *r, int64_t entry)
{
    const struct bridge_policy *policy = &r->j->t->policy;
    if (!r->resolved[entry] && !heirs_resolve(r->j, &policy->offboard[entry],
                                              r->who, &r->heirs[entry]))
        return NULL;
    r->resolved[entry] = true;
    return &r->heirs[entry];
}

/* Gives the item an heir, unless it has one that stands; STUCK: none may. */
static bool choose(struct hand_over_turn *r, struct store_hand_over_item *item)
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
               hand_over_text(&item->detail,
                              "None of `offboard` can have it: nobody "
                              "of them is active in the helpdesk.");
    }
    const struct heir *one = &heirs->list[(size_t)item->place % heirs->count];
    item->kind = (int64_t)heirs->kind;
    hand_over_set(r->h, item, ITEM_CHOSEN);
    return hand_over_text(&item->heir, one->id) &&
           hand_over_text(&item->name, one->name);
}

/* ---- sending --------------------------------------------------------------
 */

/* Some items with the same heir, for one call. */
struct load {
    struct store_hand_over_item *items[UP_TICKETS_MOST]; /* borrowed */
    size_t count; /* one at least, when it is sent */
};

static json_t *tickets_of(const struct load *l)
{
    json_t *list = json_array();
    for (size_t i = 0; i < l->count; i++)
        (void)json_array_append_new(list, json_string(l->items[i]->ticket));
    return json_array_size(list) == l->count ? list : NULL;
}

/* The helpdesk refused it: the next heir may take it. */
static bool refuse(struct hand_over_turn *r, struct store_hand_over_item *item,
                   const char *why)
{
    item->entry++;
    item->tries = 0;
    hand_over_set(r->h, item, ITEM_WAITING);
    return hand_over_text(&item->heir, NULL) &&
           hand_over_text(&item->name, NULL) &&
           hand_over_text(&item->detail, why);
}

/* The call failed: it may have been done, so its heir stands. */
static bool fail(struct hand_over_turn *r, struct store_hand_over_item *item,
                 const struct up_error *err)
{
    hand_over_set(r->h, item, ITEM_CHOSEN); /* the next look tells */
    if (++item->tries < HAND_OVER_TRIES || err->rc == UP_UNKNOWN)
        return true;
    hand_over_set(r->h, item, ITEM_STUCK);
    return hand_over_text(&item->detail, err->detail);
}

static bool note_all(struct hand_over_turn *r, const struct load *l,
                     const json_t *left, const char *why)
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
static void take_back(struct hand_over_turn *r, const struct load *l)
{
    for (size_t i = 0; i < l->count; i++)
        hand_over_set(r->h, l->items[i], ITEM_WAITING);
}

static enum step failed_call(struct hand_over_turn *r, const struct load *l,
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
    return unsent || ++r->failures >= FAILURES ? hand_over_later(r, err)
                                               : GO_ON;
}

/* Every item by itself: one of them spoiled the call for all. */
static enum step send_load(struct hand_over_turn *r, const struct load *l);

static enum step send_singly(struct hand_over_turn *r, const struct load *l)
{
    enum step step = GO_ON;
    for (size_t i = 0; step == GO_ON && i < l->count; i++) {
        const struct load one = {.items = {l->items[i]}, .count = 1};
        step = send_load(r, &one);
    }
    return step;
}

static enum step send_load(struct hand_over_turn *r, const struct load *l)
{
    struct up_error err = {0};
    json_t *left = NULL, *tickets = tickets_of(l);
    const struct store_hand_over_item *first = l->items[0];
    if (tickets == NULL || first == NULL) {
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
        hand_over_went_on(r);
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
static enum step send_chosen(struct hand_over_turn *r, struct load *some)
{
    struct load one = {.count = 0};
    enum step step = GO_ON;
    for (size_t i = 0; step != STOP_BROKEN && i < some->count; i++) {
        const struct store_hand_over_item *item = some->items[i];
        if (item == NULL || item->state != ITEM_CHOSEN)
            continue;
        if (step == GO_ON && hand_over_time_is_over(r)) {
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
    return step;
}

/* Some that wait: as many as one call takes, or a few calls. */
enum step hand_over_send(struct hand_over_turn *r)
{
    struct hand_over *h = r->h;
    size_t most = up_tickets_batch(r->j->t->up, UP_HEIR_USER);
    most = most < FEW ? FEW : most;
    struct load some = {.count = 0};
    bool ok = true;
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
    return step;
}
