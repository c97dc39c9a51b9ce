#include "bridge/row.h"

#include "base/fold.h"
#include "bridge/invitation.h"
#include "bridge/manager.h"
#include "scim/resource.h"
#include "store/member.h"
#include "store/task.h"
#include "store/tombstone.h"

#include <stdlib.h>
#include <string.h>

const char *row_urn(enum store_type type)
{
    return type == STORE_USER ? ROW_URN_USER : ROW_URN_GROUP;
}

static json_t *parse(const char *text)
{
    return text == NULL ? NULL : json_loads(text, 0, NULL);
}

/* ---- row -> resource ------------------------------------------------------
 */

struct member_list {
    const struct bridge_target *t;
    json_t *list;
    bool failed;
};

static bool add_member(const struct store_member *m, void *ctx)
{
    struct member_list *out = ctx;
    const struct scim_type *type = target_type(out->t, m->type);
    json_t *member =
        json_pack("{s:s, s:o, s:s*, s:s}", "value", m->id, "$ref",
                  json_sprintf("%s%s/%s", out->t->base, type->endpoint, m->id),
                  "display", m->display, "type", type->name);
    out->failed = json_array_append_new(out->list, member) != 0;
    return !out->failed;
}

/* Who of `ids` is a member, and one more. */
static bool members_among(struct store_db *db, int64_t group, const json_t *ids,
                          struct member_list *out)
{
    const char *id;
    json_t *yes;
    struct member_list any = {.t = out->t, .list = json_array()};
    bool ok = any.list != NULL &&
              store_member_named(db, group, NULL, add_member, &any) == STORE_OK;
    json_t *first = json_array_get(any.list, 0);
    const char *known = json_string_value(json_object_get(first, "value"));
    json_object_foreach ((json_t *)ids, id, yes) {
        ok = ok &&
             store_member_named(db, group, id, add_member, out) == STORE_OK;
    }
    if (ok && known != NULL && json_object_get(ids, known) == NULL)
        ok = json_array_append(out->list, first) == 0;
    json_decref(any.list);
    return ok && !any.failed;
}

/* `ids` NULL: all of them. */
static bool set_members(const struct bridge_target *t, struct store_db *db,
                        const struct store_resource *row, const json_t *ids,
                        json_t *resource)
{
    struct member_list out = {.t = t, .list = json_array()};
    bool ok = out.list != NULL && !out.failed;
    if (ok && ids != NULL)
        ok = members_among(db, row->n, ids, &out);
    else if (ok)
        ok = store_members_of(db, row->n, add_member, &out) == STORE_OK;
    ok = ok && !out.failed;
    if (ok && json_array_size(out.list) > 0)
        return json_object_set_new(resource, "members", out.list) == 0;
    json_decref(out.list);
    return ok;
}

static json_t *meta_of(const struct bridge_target *t,
                       const struct store_resource *row)
{
    const struct scim_type *type = target_type(t, row->type);
    char created[CLOCK_TEXT_SIZE], modified[CLOCK_TEXT_SIZE];
    clock_format(row->created, created);
    clock_format(row->modified, modified);
    return json_pack("{s:s, s:s, s:s, s:o, s:o}", "resourceType", type->name,
                     "created", created, "lastModified", modified, "location",
                     json_sprintf("%s%s/%s", t->base, type->endpoint, row->id),
                     "version",
                     json_sprintf("W/\"%lld\"", (long long)row->version));
}

json_t *row_resource(const struct bridge_target *t, struct store_db *db,
                     const struct store_resource *row, bool members)
{
    json_t *resource = parse(row->body);
    json_t *extension = parse(row->extension), *groups = parse(row->groups);
    bool ok = json_is_object(resource) &&
              json_object_set_new(resource, "meta", meta_of(t, row)) == 0;
    if (ok && extension != NULL)
        ok = json_object_set(resource, row_urn(row->type), extension) == 0;
    if (ok && groups != NULL)
        ok = json_object_set(resource, "groups", groups) == 0;
    if (ok && members && row->type == STORE_GROUP)
        ok = set_members(t, db, row, NULL, resource);
    json_decref(extension);
    json_decref(groups);
    if (ok)
        return resource;
    json_decref(resource);
    return NULL;
}

json_t *row_group_among(const struct bridge_target *t, struct store_db *db,
                        const struct store_resource *row, const json_t *ids)
{
    json_t *group = row_resource(t, db, row, false);
    if (group == NULL || set_members(t, db, row, ids, group))
        return group;
    json_decref(group);
    return NULL;
}

/* ---- resource -> row ------------------------------------------------------
 */

static bool set_key(char **key, const json_t *text, bool exact)
{
    free(*key);
    *key = NULL;
    const char *value = json_string_value(text);
    if (value == NULL)
        return true;
    size_t len = json_string_length(text);
    *key = exact ? fold_exact(value, len) : fold_key(value, len);
    return *key != NULL;
}

/* The e-mail that stands for the person: the primary, else the work one, else
 * the first, else a userName that is an address. */
static const json_t *match_text(const json_t *resource)
{
    const json_t *work = NULL, *first = NULL;
    size_t i;
    json_t *email;
    json_array_foreach (json_object_get(resource, "emails"), i, email) {
        json_t *value = json_object_get(email, "value");
        const char *type = json_string_value(json_object_get(email, "type"));
        if (!json_is_string(value))
            continue;
        if (json_is_true(json_object_get(email, "primary")))
            return value;
        if (work == NULL && type != NULL && strcmp(type, "work") == 0)
            work = value;
        if (first == NULL)
            first = value;
    }
    if (work != NULL || first != NULL)
        return work != NULL ? work : first;
    const json_t *name = json_object_get(resource, "userName");
    return json_is_string(name) && strchr(json_string_value(name), '@') != NULL
               ? name
               : NULL;
}

static const json_t *match_value(const struct bridge_target *t,
                                 const json_t *user)
{
    return strcmp(up_match_attribute(t->up), "userName") != 0
               ? match_text(user)
               : json_object_get(user, "userName");
}

char *row_match_key(const struct bridge_target *t, const json_t *user)
{
    const json_t *value = match_value(t, user);
    return json_is_string(value)
               ? fold_key(json_string_value(value), json_string_length(value))
               : NULL;
}

static bool user_keys(const struct bridge_target *t, struct store_resource *row,
                      json_t *body)
{
    json_t *active = json_object_get(body, "active");
    json_t *name = json_object_get(body, "userName");
    if (active != NULL)
        row->active = json_is_true(active);
    return json_object_set_new(body, "active", json_boolean(row->active)) ==
               0 &&
           set_key(&row->name_key, name, false) &&
           set_key(&row->match_key, match_value(t, body), false);
}

/* `schemas` names the bridge's own extension: every resource carries it. */
static bool add_schema(json_t *body, const char *urn)
{
    json_t *schemas = json_object_get(body, "schemas");
    size_t i;
    json_t *is;
    if (!json_is_array(schemas))
        return false;
    json_array_foreach (schemas, i, is) {
        const char *text = json_string_value(is);
        if (text != NULL && strcmp(text, urn) == 0)
            return true;
    }
    return json_array_append_new(schemas, json_string(urn)) == 0;
}

/* A copy that begins as people expect it: schemas, then id. */
static json_t *body_copy(const struct store_resource *row,
                         const json_t *resource)
{
    json_t *schemas = json_object_get(resource, "schemas");
    json_t *body = json_pack("{s:o?, s:s}", "schemas", json_deep_copy(schemas),
                             "id", row->id);
    json_t *rest = json_deep_copy(resource);
    (void)json_object_del(rest, "schemas");
    (void)json_object_del(rest, "id");
    bool ok = rest != NULL && json_object_update(body, rest) == 0;
    json_decref(rest);
    if (ok)
        return body;
    json_decref(body);
    return NULL;
}

bool row_fill(const struct bridge_target *t, struct store_resource *row,
              const json_t *resource)
{
    const char *urn = row_urn(row->type);
    json_t *body = body_copy(row, resource);
    if (body == NULL)
        return false;
    scim_strip_secrets(target_type(t, row->type), body);
    (void)json_object_del(body, "meta");
    (void)json_object_del(body, "groups");
    (void)json_object_del(body, "members");
    (void)json_object_del(body, urn);
    bool ok =
        add_schema(body, urn) &&
        set_key(&row->external_id, json_object_get(body, "externalId"), true) &&
        set_key(&row->display_key, json_object_get(body, "displayName"),
                false) &&
        (row->type == STORE_GROUP || user_keys(t, row, body));
    if (ok) {
        free(row->body);
        row->body = json_dumps(body, JSON_COMPACT);
        ok = row->body != NULL;
    }
    json_decref(body);
    return ok;
}

/* ---- the bridge's extension -----------------------------------------------
 */

/* How far the bridge, or a person, is with handing over open work. */
static bool add_progress(const struct store_task *task, json_t *item)
{
    static const char *const keys[] = {"by", "found", "moved", "left"};
    json_t *detail =
        task->detail == NULL ? NULL : json_loads(task->detail, 0, NULL);
    bool ok = true;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        json_t *value = json_object_get(detail, keys[i]);
        if (value != NULL)
            ok = ok && json_object_set(item, keys[i], value) == 0;
    }
    json_decref(detail);
    return ok;
}

static bool add_task(const struct store_task *task, void *ctx)
{
    json_t *list = ctx;
    char opened[CLOCK_TEXT_SIZE], due[CLOCK_TEXT_SIZE];
    clock_format(task->opened, opened);
    clock_format(task->due, due);
    json_t *item =
        json_pack("{s:s, s:s, s:s, s:s*}", "id", task->id, "kind", task->kind,
                  "opened", opened, "due", task->due > 0 ? due : NULL);
    if (strcmp(task->kind, "offboard") == 0 && !add_progress(task, item)) {
        json_decref(item);
        return false;
    }
    return json_array_append_new(list, item) == 0;
}

static bool set_tasks(struct store_db *db, const struct store_resource *row,
                      json_t *extension)
{
    json_t *tasks = json_array();
    bool ok =
        tasks != NULL &&
        (row->n == 0 || store_task_of(db, row->n, add_task, tasks) == STORE_OK);
    if (ok && json_array_size(tasks) > 0)
        return json_object_set_new(extension, "tasks", tasks) == 0;
    json_decref(tasks);
    return ok;
}

static bool set_tombstone(struct store_db *db, const struct store_resource *row,
                          json_t *extension)
{
    struct store_tombstone dead = {0};
    if (row->n == 0)
        return true;
    enum store_rc rc = store_tombstone_of(db, row->n, &dead);
    bool ok = rc == STORE_OK || rc == STORE_NONE;
    if (rc == STORE_OK) {
        json_t *kept = json_object_get(extension, "tombstone");
        json_t *told =
            json_is_object(kept) ? json_deep_copy(kept) : json_object();
        char since[CLOCK_TEXT_SIZE];
        clock_format(dead.since, since);
        ok = json_object_set_new(told, "since", json_string(since)) == 0 &&
             json_object_set_new(told, "reason", json_string(dead.reason)) ==
                 0 &&
             json_object_set_new(extension, "tombstone", told) == 0;
    } else {
        (void)json_object_del(extension, "tombstone");
    }
    store_tombstone_clear(&dead);
    return ok;
}

static bool set_or_drop(json_t *object, const char *key, const char *text)
{
    if (text != NULL)
        return json_object_set_new(object, key, json_string(text)) == 0;
    (void)json_object_del(object, key);
    return true;
}

static bool user_facts(struct store_db *db, const struct store_resource *row,
                       json_t *extension)
{
    static const char *const states[] = {
        [STORE_LINKED] = "linked",
        [STORE_WAITING] = "waiting",
        [STORE_TOMBSTONE] = "tombstone",
        [STORE_ERASED] = "erased",
    };
    bool seat = row->state == STORE_LINKED && row->active;
    (void)json_object_del(extension, "lastSeen");
    (void)json_object_del(extension, "tasks");
    if (!invitation_follow(row, extension))
        return false;
    return set_or_drop(extension, "state", states[row->state]) &&
           set_or_drop(extension, "role", row->role) &&
           json_object_set_new(extension, "seat", json_boolean(seat)) == 0 &&
           set_tombstone(db, row, extension) && set_tasks(db, row, extension);
}

/* The extension's object, new, from what `resource` carries and what is true
 * now. */
static json_t *extension_of(struct store_db *db,
                            const struct store_resource *row,
                            const json_t *resource)
{
    const json_t *had = json_object_get(resource, row_urn(row->type));
    json_t *extension =
        json_is_object(had) ? json_deep_copy(had) : json_object();
    bool ok =
        extension != NULL &&
        set_or_drop(extension, "upstreamId", row->upstream_id) &&
        (row->type == STORE_USER ? user_facts(db, row, extension)
                                 : set_or_drop(extension, "kind", row->kind));
    if (ok)
        return extension;
    json_decref(extension);
    return NULL;
}

/* ---- storing --------------------------------------------------------------
 */

static enum store_rc put_indexed(const struct bridge_target *t,
                                 struct store_db *db,
                                 struct store_resource *row,
                                 const json_t *resource)
{
    struct scim_index_row *rows = NULL;
    size_t count = 0;
    if (!scim_index_rows(target_type(t, row->type), resource,
                         target_columns(t, row->type), &rows, &count))
        return STORE_FAILED;
    struct store_attr *attrs = calloc(count + 1, sizeof *attrs);
    enum store_rc rc = STORE_FAILED;
    if (attrs != NULL) {
        for (size_t i = 0; i < count; i++)
            attrs[i] = (struct store_attr){.path = rows[i].path,
                                           .element = rows[i].element,
                                           .key = rows[i].key,
                                           .number = rows[i].number,
                                           .primary = rows[i].primary};
        rc = store_resource_put(db, row, attrs, count);
    }
    free(attrs);
    scim_index_free(rows, count);
    return rc;
}

static bool same_text(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

static void stamp(struct store_resource *row, bool changed, int64_t now)
{
    if (row->n == 0) {
        row->version = 1;
        row->created = row->created > 0 ? row->created : now;
        row->modified =
            row->modified > row->created ? row->modified : row->created;
    } else if (changed) {
        row->version++;
        row->modified = now > row->modified ? now : row->modified;
    }
}

/* What is said of the manager is true at the commit, whatever happened to that
 * one since the request was planned. */
static enum store_rc settle_manager(const struct bridge_target *t,
                                    struct store_db *db,
                                    struct store_resource *row, json_t *whole)
{
    bool changed = false;
    enum store_rc rc = manager_set(t, db, whole, &changed);
    if (rc != STORE_OK || !changed)
        return rc;
    char *body = json_dumps(whole, JSON_COMPACT);
    if (body == NULL)
        return STORE_FAILED;
    free(row->body);
    row->body = body;
    return STORE_OK;
}

enum store_rc row_store(const struct bridge_target *t, struct store_db *db,
                        struct store_resource *row, const json_t *resource,
                        bool changed, int64_t now)
{
    json_t *extension = extension_of(db, row, resource);
    json_t *whole = parse(row->body);
    char *text = extension == NULL
                     ? NULL
                     : json_dumps(extension, JSON_COMPACT | JSON_SORT_KEYS);
    enum store_rc rc = STORE_FAILED;
    bool fresh = row->n == 0;
    if (text != NULL && whole != NULL &&
        settle_manager(t, db, row, whole) == STORE_OK &&
        json_object_set(whole, row_urn(row->type), extension) == 0) {
        stamp(row, changed || !same_text(text, row->extension), now);
        free(row->extension);
        row->extension = text;
        text = NULL;
        rc = put_indexed(t, db, row, whole);
    }
    free(text);
    json_decref(extension);
    json_decref(whole);
    if (rc == STORE_OK && row->type == STORE_USER && !fresh &&
        (changed || row->state == STORE_ERASED))
        rc = manager_follow(t, db, row, now);
    return rc;
}
