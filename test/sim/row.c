/*
 * test/sim/row.c - records as JSON: reading, choosing, storing, showing
 */
#include "test/sim/row.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char *row_text(const json_t *row, const char *member)
{
    return json_string_value(json_object_get(row, member));
}

int64_t row_number(const json_t *row, const char *member)
{
    return json_integer_value(json_object_get(row, member));
}

int64_t row_id(const json_t *row)
{
    return row_number(row, "id");
}

bool row_is(const json_t *row, const char *member, const char *text)
{
    const char *is = row_text(row, member);

    return is != NULL && strcmp(is, text) == 0;
}

bool row_true(const json_t *row, const char *member)
{
    return json_is_true(json_object_get(row, member));
}

static int folded(char c)
{
    return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

static bool begins(const char *whole, const char *part)
{
    for (; *part != '\0'; whole++, part++)
        if (folded(*whole) != folded(*part))
            return false;
    return true;
}

bool text_same(const char *a, const char *b)
{
    return a != NULL && b != NULL && strlen(a) == strlen(b) && begins(a, b);
}

bool text_holds(const char *whole, const char *part)
{
    for (; whole != NULL && part != NULL && *whole != '\0'; whole++)
        if (begins(whole, part))
            return true;
    return false;
}

json_t *rows_by(const struct world *w, size_t table, size_t index,
                const char *key)
{
    const struct table *t = &w->tables[table];
    json_t *rows = json_array();
    size_t count = 0;
    const int64_t *ids =
        key == NULL ? NULL : table_where(t, index, key, &count);

    for (size_t i = 0; i < count; i++)
        json_array_append_new(rows, table_get(t, ids[i]));
    return rows;
}

json_t *rows_by_id(const struct world *w, size_t table, size_t index,
                   int64_t id)
{
    char key[24];

    (void)snprintf(key, sizeof(key), "%" PRId64, id);
    return rows_by(w, table, index, key);
}

json_t *rows_where(const struct world *w, size_t table, row_test *holds,
                   const void *context)
{
    const struct table *t = &w->tables[table];
    json_t *rows = json_array();

    for (size_t i = 0; i < t->count; i++) {
        json_t *row = table_get(t, t->rows[i].id);
        if (holds == NULL || holds(w, row, context))
            json_array_append(rows, row);
        json_decref(row);
    }
    return rows;
}

void row_keep(struct world *w, size_t table, json_t *row)
{
    json_object_set_new(row, "updated_at", world_time_json(world_now(w)));
    table_put(&w->tables[table], row_id(row), row);
}

void row_add(struct world *w, size_t table, json_t *row)
{
    int64_t id = table_new_id(&w->tables[table]);

    json_object_set_new(row, "id", json_integer(id));
    json_object_set_new(row, "created_at", world_time_json(world_now(w)));
    row_keep(w, table, row);
}

json_t *row_shown(json_t *row)
{
    json_t *shown = json_object(), *value = NULL;
    const char *name = NULL;

    json_object_foreach (row, name, value) {
        if (name[0] != '_')
            json_object_set(shown, name, value);
    }
    json_decref(row);
    return shown;
}
