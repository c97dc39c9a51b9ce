#include "bridge/offboard.h"

#include "base/fold.h"
#include "bridge/manual.h"
#include "bridge/row.h"

#include <stdlib.h>
#include <string.h>

#define ROUNDS 5 /* the list is read again this often at most */

void offboard_clear(struct offboard *o)
{
    json_decref(o->left);
    buf_clear(&o->to);
    *o = (struct offboard){0};
}

/* Handing over may take half of the time that is left: the deactivation itself
 * needs the rest. The old deadline comes back. */
static int64_t half_deadline(struct journey *j)
{
    int64_t whole = j->call.deadline_ms, now = clock_span_ms();
    if (whole > now)
        j->call.deadline_ms = now + (whole - now) / 2;
    return whole;
}

bool offboard_list(struct journey *j, const char *leaver, struct offboard *o)
{
    struct up_error err = {0};
    if (j->t->policy.offboard_count == 0 || up_tickets_order(j->t->up) == NULL)
        return true;
    int64_t whole = half_deadline(j);
    enum up_rc rc = up_tickets_open(j->t->up, &j->call, leaver, &o->left, &err);
    j->call.deadline_ms = whole;
    if (rc != UP_OK) {
        json_decref(o->left);
        o->left = NULL;
        o->failed = rc != UP_UNSUPPORTED && rc != UP_NOT_FOUND;
        return true;
    }
    o->found = json_array_size(o->left);
    if (o->found == 0)
        return true;
    json_t *progress =
        json_pack("{s:s, s:O}", "leaver", leaver, "tickets", o->left);
    bool ok =
        progress != NULL ? journey_progress(j, progress) : journey_memory(j);
    json_decref(progress);
    return ok;
}

/* ---- heirs --------------------------------------------------------------- */

struct heir {
    enum up_heir kind;
    char *id;         /* owned */
    const char *name; /* for the receipt; borrowed */
};

/* An active user of the helpdesk other than the leaver, or nothing. */
static bool take_user(struct journey *j, struct store_resource *row,
                      struct heir *h)
{
    bool fit = row->state == STORE_LINKED && row->active &&
               row->upstream_id != NULL && row->n != j->row.n;
    if (fit) {
        h->kind = UP_HEIR_USER;
        h->id = row->upstream_id;
        row->upstream_id = NULL;
    }
    return fit;
}

static bool by_manager(struct journey *j, const json_t *who, struct heir *h)
{
    const json_t *manager =
        json_object_get(json_object_get(who, SCIM_URN_ENTERPRISE), "manager");
    const char *id = json_string_value(json_object_get(manager, "value"));
    struct store_resource row = {0};
    bool ok = id != NULL &&
              store_resource_get(j->db, j->t->row, STORE_USER, id, &row) ==
                  STORE_OK &&
              take_user(j, &row, h);
    store_resource_clear(&row);
    h->name = "manager";
    return ok;
}

static bool by_name(struct journey *j, enum store_type type, const char *name,
                    struct heir *h)
{
    struct store_resource row = {0};
    char *key = fold_key(name, strlen(name));
    bool ok = key != NULL && store_resource_by_name(j->db, j->t->row, type, key,
                                                    &row) == STORE_OK;
    if (ok && type == STORE_USER) {
        ok = take_user(j, &row, h);
    } else if (ok) {
        h->kind = UP_HEIR_TEAM;
        h->id = row.upstream_id;
        row.upstream_id = NULL;
        ok = h->id != NULL;
    }
    free(key);
    store_resource_clear(&row);
    h->name = name;
    return ok;
}

static bool resolve(struct journey *j, const struct bridge_offboard *entry,
                    const json_t *who, struct heir *h)
{
    *h = (struct heir){0};
    switch (entry->heir) {
    case HEIR_MANAGER:
        return by_manager(j, who, h);
    case HEIR_TEAM:
        return by_name(j, STORE_GROUP, entry->name, h);
    case HEIR_USER:
        return by_name(j, STORE_USER, entry->name, h);
    case HEIR_NOBODY:
        h->kind = UP_HEIR_NOBODY;
        h->name = "nobody";
        return true;
    }
    return false;
}

/* ---- handing over -------------------------------------------------------- */

static void assign(struct journey *j, const char *leaver,
                   const struct bridge_offboard *entry, const json_t *who,
                   struct offboard *o)
{
    struct heir h;
    struct up_error err = {0};
    json_t *refused = NULL;
    size_t before = json_array_size(o->left);
    if (resolve(j, entry, who, &h)) {
        enum up_rc rc = up_tickets_assign(j->t->up, &j->call, leaver, o->left,
                                          h.kind, h.id, &refused, &err);
        if (rc == UP_OK && refused != NULL) {
            json_decref(o->left);
            o->left = json_incref(refused);
            if (json_array_size(o->left) < before)
                buf_fmt(&o->to, "%s%s", o->to.len > 0 ? ", " : "", h.name);
        }
        o->failed = o->failed || (rc != UP_OK && rc != UP_UNSUPPORTED);
    }
    json_decref(refused);
    free(h.id);
}

static void all_heirs(struct journey *j, const char *leaver, const json_t *who,
                      struct offboard *o)
{
    const struct bridge_policy *policy = &j->t->policy;
    size_t before = json_array_size(o->left);
    for (size_t i = 0;
         i < policy->offboard_count && json_array_size(o->left) > 0; i++)
        assign(j, leaver, &policy->offboard[i], who, o);
    o->moved += before - json_array_size(o->left);
}

/* Looks what is still the leaver's; more may have come meanwhile. */
static bool more_came(struct journey *j, const char *leaver, struct offboard *o)
{
    struct up_error err = {0};
    json_t *open = NULL;
    enum up_rc rc = up_tickets_open(j->t->up, &j->call, leaver, &open, &err);
    size_t stuck = json_array_size(o->left);
    if (rc == UP_OK) {
        size_t came =
            json_array_size(open) > stuck ? json_array_size(open) - stuck : 0;
        o->found += came;
        json_decref(o->left);
        o->left = open;
        return came > 0;
    }
    json_decref(open);
    return false;
}

void offboard_hand_over(struct journey *j, const char *leaver,
                        const json_t *who, struct offboard *o)
{
    if (json_array_size(o->left) == 0)
        return;
    int64_t whole = half_deadline(j);
    size_t moved;
    int round = 0;
    do {
        moved = o->moved;
        all_heirs(j, leaver, who, o);
    } while (++round < ROUNDS && o->moved > moved && more_came(j, leaver, o));
    j->call.deadline_ms = whole;
    j->touched = j->touched || o->moved > 0;
}

/* What moved before the stop is not the leaver's any more. */
static void forget_moved(struct journey *j, const char *leaver,
                         struct offboard *o)
{
    struct up_error err = {0};
    json_t *open = NULL;
    if (up_tickets_open(j->t->up, &j->call, leaver, &open, &err) == UP_OK) {
        size_t still = json_array_size(open);
        o->moved = o->found > still ? o->found - still : 0;
        json_decref(o->left);
        o->left = json_incref(open);
    }
    json_decref(open);
}

bool offboard_resume(struct journey *j, struct offboard *o)
{
    const char *noted = j->entry.progress;
    json_t *progress = noted == NULL ? NULL : json_loads(noted, 0, NULL);
    const char *leaver = json_string_value(json_object_get(progress, "leaver"));
    bool ok = true;
    if (leaver != NULL) {
        o->left = json_deep_copy(json_object_get(progress, "tickets"));
        o->found = json_array_size(o->left);
        ok = o->left != NULL || journey_memory(j);
        forget_moved(j, leaver, o);
        offboard_hand_over(j, leaver, j->current, o);
    }
    json_decref(progress);
    return ok;
}

static bool note_receipt(struct journey *j, const struct offboard *o)
{
    json_t *extension = json_object_get(j->result.resource, ROW_URN_USER);
    json_t *stone = json_object_get(extension, "tombstone");
    json_t *work = json_pack("{s:I, s:I, s:s*}", "found", (json_int_t)o->found,
                             "moved", (json_int_t)o->moved, "to", o->to.data);
    if (extension == NULL) {
        extension = json_object();
        if (json_object_set_new(j->result.resource, ROW_URN_USER, extension))
            return false;
    }
    if (stone == NULL) {
        stone = json_object();
        if (json_object_set_new(extension, "tombstone", stone) != 0)
            return false;
    }
    return json_object_set_new(stone, "openWork", work) == 0;
}

bool offboard_receipt(struct journey *j, const json_t *who,
                      const struct offboard *o)
{
    if (o->found > 0 && !note_receipt(j, o))
        return journey_memory(j);
    if (json_array_size(o->left) == 0 && !o->failed)
        return true;
    json_t *facts = json_pack("{s:O*}", "tickets", o->left);
    return manual_task(j, "offboard", who, facts);
}
