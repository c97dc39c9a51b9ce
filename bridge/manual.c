#include "bridge/manual.h"

#include <string.h>

/* clang-format off */
/* What to do, as a sentence; `step` names it in a refusal. */
static const struct {
    const char *kind, *step, *what;
} kinds[] = {
    {"invite", "creating the user",
     "Invite this person to the helpdesk, or add the account by hand, with "
     "this e-mail address. The next sync finds the account and links it."},
    {"deactivate", "deactivating the user",
     "Take this user's access to the helpdesk away now: deactivate or remove "
     "the account by hand."},
    {"update", "changing the user's attributes",
     "Change these attributes of the user in the helpdesk by hand."},
    {"role", "changing the user's role",
     "Give the user this role in the helpdesk by hand."},
    {"team", "changing who is in a team",
     "Change the user's teams in the helpdesk by hand."},
    {"offboard", "handing over open conversations",
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

json_t *manual_detail(const struct journey *j, const char *kind,
                      const json_t *who, const char *upstream_id, json_t *facts)
{
    json_t *detail = json_pack(
        "{s:s, s:s, s:s*, s:s*, s:{s:s*, s:s*, s:s*, s:s*, s:s*}}", "what",
        kinds[row_of(kind)].what, "where", up_name(j->t->up), "askedBy",
        j->actor, "requestId", j->request_id, "who", "id",
        json_string_value(json_object_get(who, "id")), "userName",
        json_string_value(json_object_get(who, "userName")), "displayName",
        json_string_value(json_object_get(who, "displayName")), "email",
        email_of(who), "upstreamId", upstream_id);
    if (detail != NULL && facts != NULL && json_object_update(detail, facts)) {
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

bool manual_merge(json_t *detail, const json_t *old)
{
    json_t *set = json_object_get(detail, "set");
    const json_t *was = json_object_get(old, "set");
    bool ok = true;
    if (set != NULL && was != NULL)
        ok = json_object_update_missing(set, (json_t *)was) == 0;
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
