#include "bridge/hand_over_internal.h"

#include <stdlib.h>
#include <string.h>

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

bool hand_over_text(char **to, const char *text)
{
    char *copy = text == NULL ? NULL : strdup(text);
    free(*to);
    *to = copy;
    return text == NULL || copy != NULL;
}

/* A new item at the end; NULL: memory ran out. */
struct store_hand_over_item *hand_over_add(struct hand_over *h,
                                           const char *ticket)
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

struct store_hand_over_item *hand_over_find(const struct hand_over *h,
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
    struct store_hand_over_item *mine = hand_over_add(h, i->ticket);
    if (mine == NULL)
        return false;
    int64_t place = mine->place;
    char *ticket = mine->ticket;
    *mine = *i;
    mine->place = place;
    mine->ticket = ticket;
    mine->heir = mine->name = mine->detail = NULL;
    h->dirty[place] = false;
    return hand_over_text(&mine->heir, i->heir) &&
           hand_over_text(&mine->name, i->name) &&
           hand_over_text(&mine->detail, i->detail);
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
    if (!hand_over_text(&h->row.leaver, j->row.upstream_id) ||
        !hand_over_text(&h->row.actor, j->actor) ||
        !hand_over_text(&h->row.request_id, j->request_id))
        return journey_memory(j);
    if (j->call.plan != NULL)
        h->row.n = -1;
    return hand_over_save(j, h);
}

/* ---- counting -------------------------------------------------------------
 */

bool hand_over_in(const struct store_hand_over_item *item, enum store_item a,
                  enum store_item b)
{
    return item->state == a || item->state == b;
}

struct hand_over_counts hand_over_count(const struct hand_over *h)
{
    struct hand_over_counts c = {.found = h->count};
    for (size_t i = 0; i < h->count; i++) {
        c.moved += hand_over_in(&h->items[i], ITEM_MOVED, ITEM_SENT);
        c.gone += h->items[i].state == ITEM_GONE;
    }
    c.left = c.found - c.moved - c.gone;
    return c;
}

size_t hand_over_of(const struct hand_over *h, enum store_item a,
                    enum store_item b)
{
    size_t count = 0;
    for (size_t i = 0; i < h->count; i++)
        count += hand_over_in(&h->items[i], a, b);
    return count;
}

void hand_over_give_up(struct hand_over *h, const char *why)
{
    for (size_t i = 0; i < h->count; i++) {
        struct store_hand_over_item *item = &h->items[i];
        if (!hand_over_in(item, ITEM_WAITING, ITEM_CHOSEN) &&
            item->state != ITEM_SENT)
            continue;
        (void)hand_over_text(&item->detail,
                             why); /* without it, it still is stuck */
        hand_over_set(h, item, ITEM_STUCK);
    }
}

bool hand_over_is_done(const struct hand_over *h)
{
    return h->row.listed && hand_over_of(h, ITEM_WAITING, ITEM_CHOSEN) == 0 &&
           hand_over_of(h, ITEM_SENT, ITEM_SENT) == 0;
}
