#include "bridge/inbox.h"

#include "base/fold.h"
#include "bridge/manual.h"
#include "bridge/row.h"
#include "bridge/task.h"
#include "providers/inbox.h"
#include "store/member.h"

#include <string.h>

static bool rules(const struct bridge_target *t)
{
    return t->policy.inboxes != NULL && t->policy.inboxes->name != NULL;
}

static bool is_everybody(const struct bridge_pair *p)
{
    return strcmp(p->value, "*") == 0;
}

/* ---- the inboxes of one user --------------------------------------------- */

struct wishes {
    struct journey *j;
    json_t *names;
    bool failed;
};

static bool names_group(const struct bridge_pair *p, const char *display,
                        const char *external_id)
{
    return !is_everybody(p) &&
           ((display != NULL && fold_equal(p->value, display)) ||
            (external_id != NULL && strcmp(p->value, external_id) == 0));
}

static void add_names(struct wishes *w, const char *display,
                      const char *external_id)
{
    for (const struct bridge_pair *p = w->j->t->policy.inboxes; p->name; p++)
        if (names_group(p, display, external_id) &&
            json_array_append_new(w->names, json_string(p->name)) != 0)
            w->failed = true;
}

static bool each_group(const struct store_member *m, void *ctx)
{
    struct wishes *w = ctx;
    struct store_resource row = {0};
    if (store_resource_get_row(w->j->db, m->n, &row) == STORE_OK)
        add_names(w, m->display, row.external_id);
    else
        w->failed = true;
    store_resource_clear(&row);
    return !w->failed;
}

/* New array of names; NULL: memory, or the database. */
static json_t *wished(struct journey *j)
{
    struct wishes w = {.j = j, .names = json_array()};
    w.failed = w.names == NULL;
    if (!rules(j->t))
        return w.names;
    for (const struct bridge_pair *p = j->t->policy.inboxes; p->name; p++)
        if (is_everybody(p) &&
            json_array_append_new(w.names, json_string(p->name)) != 0)
            w.failed = true;
    if (!w.failed && j->row.n != 0 &&
        store_groups_of(j->db, j->row.n, each_group, &w) != STORE_OK)
        w.failed = true;
    if (!w.failed)
        return w.names;
    json_decref(w.names);
    return NULL;
}

static bool set_names(struct journey *j, json_t *object, const char *key)
{
    json_t *names = wished(j);
    bool ok = names != NULL && (json_array_size(names) == 0 ||
                                json_object_set(object, key, names) == 0);
    json_decref(names);
    return ok || journey_memory(j);
}

json_t *inbox_push(struct journey *j, const json_t *push)
{
    json_t *copy = json_copy((json_t *)push);
    if (copy != NULL && set_names(j, copy, UP_INBOXES))
        return copy;
    json_decref(copy);
    (void)journey_memory(j);
    return NULL;
}

bool inbox_facts(struct journey *j, json_t *facts)
{
    return set_names(j, facts, "inboxes");
}

/* ---- tasks --------------------------------------------------------------- */

static const char what[] =
    "Give this user access to the inboxes in `join`, and take away those in "
    "`leave`, in the helpdesk by hand.";

/* Names as the items of a task's list. */
static json_t *items_of(const json_t *names)
{
    json_t *items = json_array(), *name;
    size_t i;
    json_array_foreach (names, i, name) {
        (void)json_array_append_new(
            items, json_pack("{s:O, s:O}", "id", name, "name", name));
    }
    return items;
}

static json_t *facts_of(const json_t *joins, const json_t *leaves)
{
    json_t *facts = json_pack("{s:s}", "what", what);
    if (json_array_size(joins) > 0)
        (void)json_object_set_new(facts, "join", items_of(joins));
    if (json_array_size(leaves) > 0)
        (void)json_object_set_new(facts, "leave", items_of(leaves));
    return facts;
}

bool inbox_may_create(struct journey *j)
{
    if (!rules(j->t) || up_takes_inboxes(j->t->up) ||
        target_unsupported(j->t, "inbox") == BRIDGE_TASK)
        return true;
    json_t *names = wished(j);
    bool none = json_array_size(names) == 0;
    json_decref(names);
    return none || journey_fail(j, UP_UNSUPPORTED, "giving the user inboxes");
}

bool inbox_after_create(struct journey *j)
{
    if (!rules(j->t) || up_takes_inboxes(j->t->up))
        return true;
    json_t *names = wished(j);
    bool ok = names != NULL || journey_memory(j);
    if (ok && json_array_size(names) > 0)
        ok = manual_task(j, "inbox", j->desired, facts_of(names, NULL));
    json_decref(names);
    return ok;
}

/* ---- a group's write ----------------------------------------------------- */

/* The inboxes that a group stands for; new. */
static json_t *names_of(struct journey *j, const json_t *group)
{
    struct wishes w = {.j = j, .names = json_array()};
    add_names(&w, json_string_value(json_object_get(group, "displayName")),
              json_string_value(json_object_get(group, "externalId")));
    return w.names;
}

static bool holds(const json_t *list, const json_t *item)
{
    size_t i;
    json_t *one;
    json_array_foreach (list, i, one) {
        if (json_equal(one, item))
            return true;
    }
    return false;
}

/* What is in `list` and not in `but`; new. */
static json_t *without(const json_t *list, const json_t *but)
{
    json_t *rest = json_array(), *one;
    size_t i;
    json_array_foreach (list, i, one) {
        if (!holds(but, one))
            (void)json_array_append(rest, one);
    }
    return rest;
}

/* Whoever has an account, or is awaited, needs a person; the others get their
 * inboxes with the account. */
static bool note(struct journey *j, int64_t n, const json_t *joins,
                 const json_t *leaves)
{
    struct store_resource row = {0};
    if (json_array_size(joins) + json_array_size(leaves) == 0)
        return true;
    if (store_resource_get_row(j->db, n, &row) != STORE_OK)
        return journey_database(j);
    bool needs =
        row.active && (row.state == STORE_LINKED || row.state == STORE_WAITING);
    json_t *who = json_loads(row.body, 0, NULL);
    json_t *detail = needs ? manual_detail(j, "inbox", who, row.upstream_id,
                                           facts_of(joins, leaves))
                           : NULL;
    json_t *item = detail == NULL ? NULL
                                  : json_pack("{s:I, s:o}", "n", (json_int_t)n,
                                              "detail", detail);
    json_decref(who);
    store_resource_clear(&row);
    if (!needs)
        return true;
    if (j->result.inboxes == NULL)
        j->result.inboxes = json_array();
    return json_array_append_new(j->result.inboxes, item) == 0 ||
           journey_memory(j);
}

static bool note_rows(struct journey *j, const json_t *rows,
                      const json_t *joins, const json_t *leaves)
{
    size_t i;
    json_t *n;
    json_array_foreach (rows, i, n) {
        if (!note(j, json_integer_value(n), joins, leaves))
            return false;
    }
    return true;
}

/* Members before and after; the group itself may mean something else. */
static bool note_stayers(struct journey *j, const struct group_change *c,
                         const json_t *was, const json_t *is)
{
    json_t *joins = without(is, was), *leaves = without(was, is), *member;
    bool ok = true;
    size_t i;
    json_array_foreach (json_object_get(j->current, "members"), i, member) {
        const char *id = json_string_value(json_object_get(member, "value"));
        struct store_resource row = {0};
        if (!ok || json_array_size(joins) + json_array_size(leaves) == 0)
            break;
        enum store_rc rc =
            store_resource_get(j->db, j->t->row, STORE_USER, id, &row);
        json_t *n = json_integer(row.n);
        ok = rc != STORE_FAILED || journey_database(j);
        if (rc == STORE_OK && !holds(c->leaves, n))
            ok = note(j, row.n, joins, leaves);
        json_decref(n);
        store_resource_clear(&row);
    }
    json_decref(joins);
    json_decref(leaves);
    return ok;
}

bool inbox_moves(struct journey *j, const struct group_change *c)
{
    if (!rules(j->t))
        return true;
    json_t *was = names_of(j, j->current), *is = names_of(j, j->desired);
    bool ok = note_rows(j, c->joins, is, NULL) &&
              note_rows(j, c->leaves, NULL, was) && note_stayers(j, c, was, is);
    json_decref(was);
    json_decref(is);
    if (ok && j->result.inboxes != NULL &&
        target_unsupported(j->t, "inbox") == BRIDGE_REFUSE)
        return journey_fail(j, UP_UNSUPPORTED, "changing a user's inboxes");
    return ok;
}

/* ---- the commit ---------------------------------------------------------- */

static enum store_rc open_one(struct store_db *db, struct journey *j,
                              const json_t *item)
{
    struct task_end who = {
        .by = j->actor, .request_id = j->request_id, .now = j->now};
    struct store_resource row = {0};
    enum store_rc rc = store_resource_get_row(
        db, json_integer_value(json_object_get(item, "n")), &row);
    if (rc == STORE_OK)
        rc = task_open(db, j->t, &row, "inbox", json_object_get(item, "detail"),
                       &who);
    json_t *resource =
        rc == STORE_OK ? row_resource(j->t, db, &row, false) : NULL;
    if (rc == STORE_OK)
        rc = resource == NULL
                 ? STORE_FAILED
                 : row_store(j->t, db, &row, resource, false, j->now);
    json_decref(resource);
    store_resource_clear(&row);
    return rc;
}

enum store_rc inbox_open_tasks(struct store_db *db, struct journey *j)
{
    enum store_rc rc = STORE_OK;
    size_t i;
    json_t *item;
    json_array_foreach (j->result.inboxes, i, item) {
        if (rc == STORE_OK)
            rc = open_one(db, j, item);
    }
    return rc;
}
