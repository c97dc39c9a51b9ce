#include "bridge/offboard.h"

#include "bridge/manual.h"
#include "bridge/outcome.h"
#include "bridge/row.h"

#include <stdlib.h>
#include <string.h>

#define NAMES        10       /* heirs that the receipt names */
#define STALE_MS     86400000 /* a try that failed so long ago is another one */
#define LISTED_STUCK 1000     /* conversations that a task names */

void offboard_clear(struct offboard *o)
{
    hand_over_clear(&o->h);
    buf_clear(&o->to);
    buf_clear(&o->note);
    free(o->receipt);
    *o = (struct offboard){0};
}

bool offboard_find(struct journey *j, struct offboard *o)
{
    if (!hand_over_load(j, &o->h))
        return false;
    o->promised = o->h.row.n != 0 && o->h.row.promised;
    return true;
}

static bool set_outcome(struct offboard *o, int64_t now, const char *outcome)
{
    free(o->h.row.outcome);
    o->h.row.outcome = strdup(outcome);
    o->h.row.closed = now;
    return o->h.row.outcome != NULL;
}

/* A try that nobody repeated is over. */
static bool drop_stale(struct journey *j, struct offboard *o)
{
    if (o->h.row.n == 0 || o->promised || j->now - o->h.row.opened < STALE_MS)
        return true;
    bool ok = set_outcome(o, j->now, "withdrawn") || journey_memory(j);
    ok = ok && hand_over_save(j, &o->h);
    hand_over_clear(&o->h);
    return ok;
}

bool offboard_begin(struct journey *j, bool removal, struct offboard *o)
{
    if (!drop_stale(j, o))
        return false;
    if (o->h.row.n != 0) {
        o->h.row.removal = o->h.row.removal || removal;
        return true;
    }
    if (j->t->policy.offboard_count == 0 || up_tickets_order(j->t->up) == NULL)
        return true;
    return hand_over_open(j, removal, &o->h);
}

/* Three quarters of the time that is left: the deactivation needs the rest. */
static int64_t share_deadline(struct journey *j)
{
    int64_t whole = j->call.deadline_ms, now = clock_span_ms();
    if (whole > now)
        j->call.deadline_ms = now + (whole - now) / 4 * 3;
    return whole;
}

bool offboard_list(struct journey *j, struct offboard *o)
{
    if (o->h.row.n == 0)
        return true;
    int64_t whole = share_deadline(j);
    enum hand_over_end end = hand_over_list(j, &o->h);
    j->call.deadline_ms = whole;
    return end != HAND_OVER_BROKEN;
}

bool offboard_hand_over(struct journey *j, const json_t *who, bool before,
                        struct offboard *o)
{
    if (o->h.row.n == 0)
        return true;
    int64_t whole = share_deadline(j);
    enum hand_over_end end = hand_over_run(j, &o->h, who, before);
    j->call.deadline_ms = whole;
    o->later = end == HAND_OVER_LATER;
    return end != HAND_OVER_BROKEN;
}

bool offboard_put_off(struct journey *j, enum up_rc rc, struct offboard *o)
{
    bool passes = rc == UP_THROTTLED || rc == UP_UNAVAILABLE;
    if (!passes || !outcome_harmless(rc, &j->up) || o->h.count == 0)
        return false;
    int64_t wait = (int64_t)j->up.retry_after_s * 1000;
    o->later = true;
    o->h.row.next_at = clock_now(&j->t->bridge->clock) + wait;
    free(o->h.row.error);
    o->h.row.error = strdup(j->up.detail);
    return true;
}

bool offboard_take_up(struct journey *j, const struct up_user *said,
                      struct offboard *o)
{
    if (!offboard_find(j, o))
        return false;
    if (o->h.row.n == 0)
        return true;
    json_t *intent =
        j->entry.intent == NULL ? NULL : json_loads(j->entry.intent, 0, NULL);
    bool leaves =
        json_is_true(json_object_get(intent, "deactivate")) ||
        (j->entry.action != NULL && strcmp(j->entry.action, "delete") == 0);
    json_decref(intent);
    if (!leaves && !o->promised) {
        hand_over_clear(&o->h);
        return true;
    }
    bool off = said == NULL || said->state == UP_INACTIVE || !said->in_scope;
    o->later = said != NULL && (!off || !hand_over_is_done(&o->h));
    return true;
}

/* ---- what is told ---------------------------------------------------------
 */

/* "a, b and 3 others": whoever got any. */
static bool name_heirs(struct offboard *o)
{
    json_t *names = json_object();
    const char *name;
    json_t *one;
    size_t told = 0, count;
    for (size_t i = 0; i < o->h.count; i++)
        if ((o->h.items[i].state == ITEM_MOVED ||
             o->h.items[i].state == ITEM_SENT) &&
            o->h.items[i].name != NULL)
            (void)json_object_set_new(names, o->h.items[i].name, json_true());
    count = json_object_size(names);
    json_object_foreach (names, name, one) {
        if (told++ < NAMES)
            buf_fmt(&o->to, "%s%s", told > 1 ? ", " : "", name);
    }
    if (count > NAMES)
        buf_fmt(&o->to, " and %zu others", count - NAMES);
    json_decref(names);
    return buf_ok(&o->to);
}

/* {"found","moved","gone","to","failed":[ids]}: for the tombstone. */
static json_t *receipt_of(const struct offboard *o)
{
    struct hand_over_counts c = hand_over_count(&o->h);
    json_t *failed = json_array();
    for (size_t i = 0; i < o->h.count; i++)
        if (o->h.items[i].state == ITEM_STUCK &&
            json_array_size(failed) < LISTED_STUCK)
            (void)json_array_append_new(failed,
                                        json_string(o->h.items[i].ticket));
    return json_pack("{s:I, s:I, s:I, s:I, s:s*, s:o}", "found",
                     (json_int_t)c.found, "moved", (json_int_t)c.moved, "gone",
                     (json_int_t)c.gone, "left", (json_int_t)c.left, "to",
                     o->to.data, "failed", failed);
}

static bool set_number(json_t *object, const char *key, size_t value)
{
    return json_object_set_new(object, key, json_integer((json_int_t)value)) ==
           0;
}

/* In the user's extension, beside the tombstone that the commit makes. */
static bool tell_user(struct journey *j, const struct offboard *o)
{
    struct hand_over_counts c = hand_over_count(&o->h);
    json_t *resource = j->result.resource;
    json_t *extension = json_object_get(resource, ROW_URN_USER);
    if (!json_is_object(extension) &&
        json_object_set_new(resource, ROW_URN_USER, json_object()) != 0)
        return false;
    extension = json_object_get(resource, ROW_URN_USER);
    json_t *stone = json_object_get(extension, "tombstone");
    if (!json_is_object(stone) &&
        json_object_set_new(extension, "tombstone", json_object()) != 0)
        return false;
    stone = json_object_get(extension, "tombstone");
    if (o->to.len > 0 &&
        json_object_set_new(stone, "openWorkTo", json_string(o->to.data)) != 0)
        return false;
    return set_number(stone, "openWorkFound", c.found) &&
           set_number(stone, "openWorkMoved", c.moved);
}

json_t *offboard_progress(const struct hand_over *h)
{
    struct hand_over_counts c = hand_over_count(h);
    return json_pack(
        "{s:s, s:s, s:I, s:I, s:I, s:s*}", "what",
        "The bridge hands over the open conversations of this leaver, and "
        "then ends the leave by itself. Nothing to do by hand, unless it is "
        "late.",
        "by", "bridge", "found", (json_int_t)c.found, "moved",
        (json_int_t)c.moved, "left", (json_int_t)c.left, "error", h->row.error);
}

/* The task of a person: what the bridge could not hand over, and why. */
static bool ask_person(struct journey *j, const json_t *who,
                       const struct offboard *o)
{
    json_t *tickets = json_array(), *facts;
    const char *why = o->h.row.error;
    for (size_t i = 0; i < o->h.count; i++) {
        const struct store_hand_over_item *item = &o->h.items[i];
        if (item->state != ITEM_STUCK)
            continue;
        why = why == NULL ? item->detail : why;
        if (json_array_size(tickets) < LISTED_STUCK)
            (void)json_array_append_new(tickets, json_string(item->ticket));
    }
    if (json_array_size(tickets) == 0) { /* the list could not be read */
        json_decref(tickets);
        tickets = NULL;
    }
    struct hand_over_counts c = hand_over_count(&o->h);
    facts = json_pack("{s:s, s:o*, s:I, s:I, s:I, s:s*}", "by", "person",
                      "tickets", tickets, "found", (json_int_t)c.found, "moved",
                      (json_int_t)c.moved, "left", (json_int_t)c.left, "error",
                      why);
    return manual_task(j, "offboard", who, facts);
}

static void log_end(const struct journey *j, const struct offboard *o,
                    const char *event, enum log_level level)
{
    log_line(j->t->bridge->log, level, event, "target", j->t->name, "id",
             j->row.id, "detail", o->note.data, "error", o->h.row.error,
             (char *)NULL);
}

static bool write_note(struct offboard *o, const char *end)
{
    struct hand_over_counts c = hand_over_count(&o->h);
    buf_fmt(&o->note, "%zu of %zu open conversations were handed over%s%s%s",
            c.moved, c.found, o->to.len > 0 ? " to " : "",
            o->to.len > 0 ? o->to.data : "", end);
    return buf_ok(&o->note);
}

/* ---- the three ends --------------------------------------------------------
 */

static bool promise(struct journey *j, const json_t *who, struct offboard *o)
{
    json_t *facts = offboard_progress(&o->h);
    o->h.row.promised = true;
    if (!write_note(o, "; the bridge goes on with the rest, and then ends the "
                       "leave.") ||
        facts == NULL || !manual_task(j, "offboard", who, facts))
        return journey_memory(j);
    if (!o->promised)
        log_end(j, o, "offboard.goes_on", LOG_INFO);
    return true;
}

static bool end(struct journey *j, const json_t *who, struct offboard *o)
{
    for (size_t i = 0; i < o->h.count; i++) /* of an account that is gone */
        if (o->h.items[i].state == ITEM_SENT)
            hand_over_set(&o->h, &o->h.items[i], ITEM_MOVED);
    hand_over_give_up(&o->h, "The account was gone before it was handed over.");
    struct hand_over_counts c = hand_over_count(&o->h);
    bool whole = c.left == 0 && !o->h.row.blind;
    if (!set_outcome(o, j->now, whole ? "done" : "partly") ||
        !write_note(o, whole ? "." : "; the rest is a person's task."))
        return journey_memory(j);
    if (c.found > 0 || !whole)
        log_end(j, o, "offboard.ended", whole ? LOG_INFO : LOG_WARN);
    return (!o->promised || journey_task_end(j, "deactivate", "done")) &&
           journey_task_end(j, "offboard", "done") &&
           (whole || ask_person(j, who, o));
}

bool offboard_conclude(struct journey *j, const json_t *who, struct offboard *o)
{
    if (o->h.row.n == 0 || o->withdrawn)
        return true;
    if (!name_heirs(o))
        return journey_memory(j);
    if (!(o->later ? promise(j, who, o) : end(j, who, o)))
        return false;
    j->result.hand_over = &o->h;
    if (o->h.count == 0)
        return true;
    json_t *receipt = receipt_of(o);
    o->receipt = json_dumps(receipt, JSON_COMPACT);
    json_decref(receipt);
    j->result.receipt = o->receipt;
    if (j->result.note == NULL)
        j->result.note = o->note.data;
    return (o->receipt != NULL && tell_user(j, o)) || journey_memory(j);
}

bool offboard_withdraw(struct journey *j, struct offboard *o)
{
    if (o->h.row.n == 0)
        return true;
    o->withdrawn = true;
    if (!name_heirs(o) || !set_outcome(o, j->now, "withdrawn") ||
        !write_note(o, " before the leave was withdrawn; they stay there."))
        return journey_memory(j);
    j->result.hand_over = &o->h;
    j->result.note = o->note.data;
    log_end(j, o, "offboard.withdrawn", LOG_INFO);
    return journey_task_end(j, "offboard", "withdrawn") &&
           journey_task_end(j, "deactivate", "withdrawn");
}
