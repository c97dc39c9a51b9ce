/*
 * test/sim/table.c - the records of one kind: users, teams, tickets
 */
#include "test/sim/table.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test/sim/mem.h"

enum { KEY_MAX = 320 };

void table_init(struct table *t, const struct table_spec *spec,
                struct undo *undo)
{
    *t = (struct table){.spec = spec, .undo = undo, .next_id = spec->first_id};
}

void table_clear(struct table *t)
{
    for (size_t i = 0; i < t->count; i++)
        free(t->rows[i].text);
    free(t->rows);
    for (size_t i = 0; i < TABLE_INDEXES; i++)
        index_clear(&t->indexes[i]);
    table_init(t, t->spec, t->undo);
}

int64_t table_new_id(struct table *t)
{
    return t->next_id++;
}

size_t table_position(const struct table *t, int64_t id)
{
    size_t low = 0, high = t->count;

    if (high > 0 && t->rows[high - 1].id < id)
        return high;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (t->rows[mid].id < id)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static struct row *row_of(const struct table *t, int64_t id)
{
    size_t at = table_position(t, id);

    return at < t->count && t->rows[at].id == id ? &t->rows[at] : NULL;
}

const char *table_text(const struct table *t, int64_t id)
{
    const struct row *row = row_of(t, id);

    return row ? row->text : NULL;
}

json_t *table_get(const struct table *t, int64_t id)
{
    const char *text = table_text(t, id);

    return text ? json_loads(text, JSON_DECODE_ANY, NULL) : NULL;
}

static void fold(char *key)
{
    for (; *key != '\0'; key++)
        if (*key >= 'A' && *key <= 'Z')
            *key = (char)(*key + ('a' - 'A'));
}

static bool key_of(const json_t *value, bool folded, char key[KEY_MAX])
{
    if (json_is_string(value))
        (void)snprintf(key, KEY_MAX, "%s", json_string_value(value));
    else if (json_is_integer(value))
        (void)snprintf(key, KEY_MAX, "%" JSON_INTEGER_FORMAT,
                       json_integer_value(value));
    else
        return false;
    if (folded)
        fold(key);
    return true;
}

typedef void index_change(struct index *ix, const char *key, int64_t id);

static void each_key(struct table *t, const json_t *row, int64_t id,
                     index_change *change)
{
    char key[KEY_MAX];

    for (size_t i = 0; i < TABLE_INDEXES && t->spec->indexes[i].member; i++) {
        const struct index_spec *spec = &t->spec->indexes[i];
        const json_t *value = json_object_get(row, spec->member);
        size_t many = json_is_array(value) ? json_array_size(value) : 1;

        for (size_t n = 0; n < many; n++) {
            const json_t *one =
                json_is_array(value) ? json_array_get(value, n) : value;
            if (key_of(one, spec->fold, key))
                change(&t->indexes[i], key, id);
        }
    }
}

static void unindex(struct table *t, int64_t id, const char *text)
{
    json_t *row = json_loads(text, JSON_DECODE_ANY, NULL);

    each_key(t, row, id, index_remove);
    json_decref(row);
}

/* Takes `text`, the row as it was before a change (NULL: there was none). */
static void note(struct table *t, int64_t id, char *text)
{
    struct undo *u = t->undo;

    t->changes++;
    if (u == NULL || !u->keep) {
        free(text);
        return;
    }
    if (u->count == u->room) {
        u->room = u->room ? u->room * 2 : 16;
        u->steps = mem_grow(u->steps, u->room * sizeof(*u->steps));
    }
    u->steps[u->count++] = (struct undo_step){t, id, text};
}

static void insert(struct table *t, int64_t id, char *text)
{
    size_t at = table_position(t, id);

    if (t->count == t->room) {
        t->room = t->room ? t->room * 2 : 64;
        t->rows = mem_grow(t->rows, t->room * sizeof(*t->rows));
    }
    memmove(t->rows + at + 1, t->rows + at, (t->count - at) * sizeof(*t->rows));
    t->rows[at] = (struct row){id, text};
    t->count++;
    if (id >= t->next_id)
        t->next_id = id + 1;
}

void table_put(struct table *t, int64_t id, const json_t *row)
{
    struct row *old = row_of(t, id);
    char *text = json_dumps(row, JSON_COMPACT);

    if (text == NULL)
        return;
    if (old != NULL) {
        unindex(t, id, old->text);
        note(t, id, old->text);
        old->text = text;
    } else {
        note(t, id, NULL);
        insert(t, id, text);
    }
    each_key(t, row, id, index_add);
}

bool table_drop(struct table *t, int64_t id)
{
    struct row *old = row_of(t, id);

    if (old == NULL)
        return false;
    size_t at = (size_t)(old - t->rows);
    unindex(t, id, old->text);
    note(t, id, old->text);
    t->count--;
    memmove(t->rows + at, t->rows + at + 1, (t->count - at) * sizeof(*t->rows));
    return true;
}

const int64_t *table_where(const struct table *t, size_t index, const char *key,
                           size_t *count)
{
    char folded[KEY_MAX];

    (void)snprintf(folded, sizeof(folded), "%s", key);
    if (t->spec->indexes[index].fold)
        fold(folded);
    return index_ids(&t->indexes[index], folded, count);
}

void undo_run(struct undo *u)
{
    u->keep = false;
    while (u->count > 0) {
        struct undo_step *step = &u->steps[--u->count];
        if (step->text == NULL) {
            (void)table_drop(step->table, step->id);
        } else {
            json_t *row = json_loads(step->text, JSON_DECODE_ANY, NULL);
            table_put(step->table, step->id, row);
            json_decref(row);
            free(step->text);
        }
    }
    undo_clear(u);
}

void undo_clear(struct undo *u)
{
    for (size_t i = 0; i < u->count; i++)
        free(u->steps[i].text);
    free(u->steps);
    *u = (struct undo){0};
}
