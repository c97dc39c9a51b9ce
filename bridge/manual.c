#include "bridge/manual.h"

#include "base/quantity.h"

#include <string.h>

/* clang-format off */
/* What to do, as a sentence; `step` names it in a refusal; `due`: how long a
 * person has (INI due.KIND). */
static const struct {
    const char *kind, *due, *step, *what;
} kinds[] = {
    {"invite", "1d", "creating the user",
     "Invite this person to the helpdesk, or add the account by hand, with "
     "this e-mail address. The next sync finds the account and links it."},
    {"resend", "1d", "sending an invitation again",
     "Send this person a new invitation: the last one expired."},
    {"deactivate", "4h", "deactivating the user",
     "Take this user's access to the helpdesk away now: deactivate or remove "
     "the account by hand."},
    {"update", "3d", "changing the user's attributes",
     "Change these attributes of the user in the helpdesk by hand."},
    {"role", "1d", "changing the user's role",
     "Give the user this role in the helpdesk by hand."},
    {"team", "2d", "changing who is in a team",
     "Change who is in the team, in the helpdesk, by hand."},
    {"inbox", "2d", "changing the user's inboxes",
     "Give the user these inboxes in the helpdesk by hand."},
    {"owner", "1d", "making somebody else the owner",
     "Make somebody else the owner of the helpdesk's account by hand."},
    {"offboard", "1d", "handing over open conversations",
     "Hand over these open conversations by hand: the bridge could not."},
};
/* clang-format on */
#define KINDS (sizeof kinds / sizeof kinds[0])

static size_t row_of(const char *kind)
{
    size_t i = 0;
    while (i < KINDS - 1 && strcmp(kinds[i].kind, kind) != 0)
        i++;
    return i;
}

bool manual_is_kind(const char *kind)
{
    return strcmp(kinds[row_of(kind)].kind, kind) == 0;
}

int64_t manual_due(const struct bridge_target *t, const char *kind, int64_t now)
{
    const struct bridge_pair *p = t->policy.dues;
    const char *text = kinds[row_of(kind)].due;
    int64_t ms = 0;
    for (; p != NULL && p->name != NULL; p++)
        if (strcmp(p->name, kind) == 0)
            text = p->value;
    (void)quantity_duration(text, &ms);
    return now + ms;
}

static const char *email_of(const json_t *who)
{
    const json_t *emails = json_object_get(who, "emails");
    const json_t *found = json_array_get(emails, 0);
    size_t i;
    json_t *one;
    json_array_foreach (emails, i, one) {
        if (json_is_true(json_object_get(one, "primary")))
            found = one;
    }
    return json_string_value(json_object_get(found, "value"));
}

/* Where the profile says that this is done. */
static bool add_place(json_t *detail, const struct bridge_target *t,
                      const char *kind, const char *upstream_id)
{
    json_t *place = up_manual(t->up, kind, upstream_id);
    json_t *where = json_object_get(place, "where");
    json_t *url = json_object_get(place, "url");
    bool ok = (where == NULL || json_object_set(detail, "place", where) == 0) &&
              (url == NULL || json_object_set(detail, "url", url) == 0);
    json_decref(place);
    return ok;
}

json_t *manual_detail(const struct journey *j, const char *kind,
                      const json_t *who, const char *upstream_id, json_t *facts)
{
    /* Who is being created has an id, and no resource that says so yet. */
    const char *id = json_string_value(json_object_get(who, "id"));
    if (id == NULL && who != NULL && who == j->desired)
        id = j->row.id;
    json_t *detail = json_pack(
        "{s:s, s:s, s:s*, s:s*, s:{s:s*, s:s*, s:s*, s:s*, s:s*}}", "what",
        kinds[row_of(kind)].what, "where", up_name(j->t->up), "askedBy",
        j->actor, "requestId", j->request_id, "who", "id", id, "userName",
        json_string_value(json_object_get(who, "userName")), "displayName",
        json_string_value(json_object_get(who, "displayName")), "email",
        email_of(who), "upstreamId", upstream_id);
    if (detail != NULL &&
        (!add_place(detail, j->t, kind, upstream_id) ||
         (facts != NULL && json_object_update(detail, facts) != 0))) {
        json_decref(detail);
        detail = NULL;
    }
    json_decref(facts);
    return detail;
}

/* ---- an open task that takes another wish -------------------------------- */

/* A person by id, anything else as it is. */
static bool same_item(const json_t *a, const json_t *b)
{
    const json_t *ida = json_object_get(a, "id");
    const json_t *idb = json_object_get(b, "id");
    return ida != NULL && idb != NULL ? json_equal(ida, idb) : json_equal(a, b);
}

static bool holds(const json_t *list, const json_t *item)
{
    size_t i;
    json_t *one;
    json_array_foreach (list, i, one) {
        if (same_item(one, item))
            return true;
    }
    return false;
}

/* Adds to the list of that name what `old` has and neither it nor the list
 * `against` holds. */
static bool merge_list(json_t *detail, const json_t *old, const char *name,
                       const json_t *against)
{
    json_t *list = json_object_get(detail, name);
    size_t i;
    json_t *item;
    json_array_foreach (json_object_get(old, name), i, item) {
        if (holds(list, item) || holds(against, item))
            continue;
        if (list == NULL) {
            list = json_array();
            if (json_object_set_new(detail, name, list) != 0)
                return false;
        }
        if (json_array_append(list, item) != 0)
            return false;
    }
    return true;
}

static bool add_name(json_t *detail, json_t *name)
{
    json_t *list = json_object_get(detail, "clear");
    if (holds(list, name))
        return true;
    if (list == NULL) {
        list = json_array();
        if (json_object_set_new(detail, "clear", list) != 0)
            return false;
    }
    return json_array_append(list, name) == 0;
}

/* Set after it was to be cleared, or the other way round: as said last. */
static bool merge_clear(json_t *detail, const json_t *old)
{
    json_t *set = json_object_get(detail, "set"), *name;
    size_t i;
    bool ok = true;
    json_array_foreach (json_object_get(detail, "clear"), i, name) {
        if (set != NULL)
            (void)json_object_del(set, json_string_value(name));
    }
    json_array_foreach (json_object_get(old, "clear"), i, name) {
        if (ok && json_object_get(set, json_string_value(name)) == NULL)
            ok = add_name(detail, name);
    }
    return ok;
}

bool manual_merge(json_t *detail, const json_t *old)
{
    json_t *set = json_object_get(detail, "set");
    const json_t *was = json_object_get(old, "set");
    bool ok = true;
    if (set != NULL && was != NULL)
        ok = json_object_update_missing(set, (json_t *)was) == 0;
    else if (was != NULL)
        ok = json_object_set_new(detail, "set", json_deep_copy(was)) == 0;
    ok = ok && merge_clear(detail, old);
    /* The wishes of this request, before either list grows. */
    json_t *joins = json_deep_copy(json_object_get(detail, "join"));
    json_t *leaves = json_deep_copy(json_object_get(detail, "leave"));
    ok = ok && merge_list(detail, old, "join", leaves) &&
         merge_list(detail, old, "leave", joins) &&
         merge_list(detail, old, "tickets", NULL);
    json_decref(joins);
    json_decref(leaves);
    return ok;
}

bool manual_task(struct journey *j, const char *kind, const json_t *who,
                 json_t *facts)
{
    json_t *detail = manual_detail(j, kind, who, j->row.upstream_id, facts);
    return detail != NULL ? journey_task(j, kind, detail) : journey_memory(j);
}

bool manual_or_refuse(struct journey *j, const char *kind, const json_t *who,
                      json_t *facts)
{
    if (target_unsupported(j->t, kind) == BRIDGE_TASK)
        return manual_task(j, kind, who, facts);
    json_decref(facts);
    return journey_fail(j, UP_UNSUPPORTED, kinds[row_of(kind)].step);
}
