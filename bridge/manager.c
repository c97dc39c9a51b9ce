#include "bridge/manager.h"

#include "bridge/row.h"
#include "bridge/sql_values.h"
#include "scim/filter.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- one user's manager ---------------------------------------------------
 */

/* Sets or (NULL) removes a member; `text` is stolen. */
static bool say(json_t *manager, const char *name, json_t *text, bool *changed)
{
    const json_t *had = json_object_get(manager, name);
    bool same = text == NULL ? had == NULL : json_equal(had, text) != 0;
    *changed = *changed || !same;
    if (same || text == NULL) {
        json_decref(text);
        if (!same)
            (void)json_object_del(manager, name);
        return true;
    }
    return json_object_set_new(manager, name, text) == 0;
}

/* The displayName of a row, in its own spelling; new, NULL: it has none. */
static json_t *display_of(const struct store_resource *row)
{
    json_t *body = json_loads(row->body, 0, NULL);
    json_t *name = json_incref(json_object_get(body, "displayName"));
    json_decref(body);
    return name;
}

enum store_rc manager_set(const struct bridge_target *t, struct store_db *db,
                          json_t *user, bool *changed)
{
    json_t *manager =
        json_object_get(json_object_get(user, SCIM_URN_ENTERPRISE), "manager");
    const char *id = json_string_value(json_object_get(manager, "value"));
    struct store_resource row = {0};
    json_t *ref = NULL, *display = NULL;
    if (!json_is_object(manager))
        return STORE_OK;
    enum store_rc rc =
        id == NULL ? STORE_NONE
                   : store_resource_get(db, t->row, STORE_USER, id, &row);
    if (rc == STORE_OK && row.state != STORE_ERASED) {
        ref = json_sprintf("%s%s/%s", t->base, t->user->endpoint, id);
        display = display_of(&row);
    }
    store_resource_clear(&row);
    if (rc != STORE_FAILED)
        rc = say(manager, "$ref", ref, changed) &&
                     say(manager, "displayName", display, changed)
                 ? STORE_OK
                 : STORE_FAILED;
    return rc;
}

bool manager_refer(struct journey *j, json_t *user)
{
    bool changed = false;
    return manager_set(j->t, j->db, user, &changed) == STORE_OK ||
           journey_database(j);
}

/* ---- those whom somebody manages ------------------------------------------
 */

struct followers {
    int64_t *rows; /* owned */
    size_t count, size;
    bool failed;
};

static bool note(const struct store_resource *row, void *ctx)
{
    struct followers *f = ctx;
    if (f->count == f->size) {
        size_t size = f->size == 0 ? 16 : 2 * f->size;
        int64_t *rows = realloc(f->rows, size * sizeof *rows);
        if (rows == NULL) {
            f->failed = true;
            return false;
        }
        f->rows = rows;
        f->size = size;
    }
    f->rows[f->count++] = row->n;
    return true;
}

/* Asks the index of attribute values, as a filter of a client would. */
static enum store_rc find(const struct bridge_target *t, struct store_db *db,
                          const char *id, struct followers *out)
{
    char text[ID_SIZE + 128];
    struct scim_error err = {0};
    struct scim_sql sql = {0};
    int len = snprintf(text, sizeof text,
                       SCIM_URN_ENTERPRISE ":manager.value eq \"%s\"", id);
    struct scim_filter *filter =
        scim_filter_parse(t->user, text, (size_t)len, true, &err);
    enum store_rc rc = STORE_FAILED;
    if (filter != NULL &&
        scim_filter_sql(filter, target_columns(t, STORE_USER), &sql)) {
        struct store_value *values = calloc(sql.count + 1, sizeof *values);
        struct store_query q = {.target = t->row,
                                .type = STORE_USER,
                                .where = sql.where.data,
                                .values = values,
                                .value_count = sql.count,
                                .limit = INT64_MAX,
                                .answer = true};
        if (values != NULL) {
            (void)sql_values(&sql, values);
            rc = store_resource_list(db, &q, note, out);
        }
        free(values);
    }
    scim_sql_clear(&sql);
    scim_filter_free(filter);
    return out->failed ? STORE_FAILED : rc;
}

/* Storing a user settles what it says of its manager. */
static enum store_rc renew(const struct bridge_target *t, struct store_db *db,
                           int64_t n, int64_t now)
{
    struct store_resource row = {0};
    bool changed = false;
    enum store_rc rc = store_resource_get_row(db, n, &row);
    json_t *user = rc == STORE_OK ? row_resource(t, db, &row, false) : NULL;
    if (rc == STORE_OK && user == NULL)
        rc = STORE_FAILED;
    if (rc == STORE_OK)
        rc = manager_set(t, db, user, &changed);
    if (rc == STORE_OK && changed)
        rc = row_fill(t, &row, user) ? row_store(t, db, &row, user, true, now)
                                     : STORE_FAILED;
    json_decref(user);
    store_resource_clear(&row);
    return rc;
}

enum store_rc manager_follow(const struct bridge_target *t, struct store_db *db,
                             const struct store_resource *row, int64_t now)
{
    struct followers f = {0};
    enum store_rc rc = find(t, db, row->id, &f);
    for (size_t i = 0; rc == STORE_OK && i < f.count; i++)
        rc = renew(t, db, f.rows[i], now);
    free(f.rows);
    return rc;
}
