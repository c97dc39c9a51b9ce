/*
 * test/sim/world.c - everything that a simulated helpdesk knows
 */
#include "test/sim/world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "test/sim/desk.h"
#include "test/sim/mem.h"
#include "test/sim/text.h"

struct world *world_new(const struct desk *desk, uint64_t seed)
{
    struct world *w = mem_new(sizeof(*w));

    w->desk = desk;
    w->seed = seed;
    w->memory = json_object();
    (void)pthread_mutex_init(&w->lock, NULL);
    knobs_init(&w->knobs, desk->knobs, desk->knob_count);
    for (size_t i = 0; i < desk->table_count; i++)
        table_init(&w->tables[i], &desk->tables[i], &w->undo);
    return w;
}

static void empty(struct world *w)
{
    for (size_t i = 0; i < w->desk->table_count; i++)
        table_clear(&w->tables[i]);
    undo_clear(&w->undo);
    json_object_clear(w->memory);
    w->shift_s = 0;
    w->rate_from = 0;
    w->rate_used = 0;
    w->writes = 0;
    w->random = w->seed * UINT64_C(2862933555777941757) + 3037000493U;
}

void world_free(struct world *w)
{
    if (w == NULL)
        return;
    empty(w);
    knobs_clear(&w->knobs);
    json_decref(w->memory);
    (void)pthread_mutex_destroy(&w->lock);
    free(w);
}

void world_seed(struct world *w)
{
    empty(w);
    w->desk->seed(w);
}

int64_t world_now(const struct world *w)
{
    return (int64_t)time(NULL) + w->shift_s;
}

const char *world_time_text(int64_t when, char text[TIME_TEXT])
{
    time_t t = (time_t)when;
    struct tm parts = {0};

    (void)gmtime_r(&t, &parts);
    if (strftime(text, TIME_TEXT, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
        text[0] = '\0';
    return text;
}

json_t *world_time_json(int64_t when)
{
    char text[TIME_TEXT];

    return json_string(world_time_text(when, text));
}

uint64_t world_random(struct world *w, uint64_t below)
{
    w->random ^= w->random << 13; /* xorshift64 */
    w->random ^= w->random >> 7;
    w->random ^= w->random << 17;
    return below ? w->random % below : 0;
}

uint64_t world_changes(const struct world *w)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < w->desk->table_count; i++)
        sum += w->tables[i].changes;
    return sum;
}

static void add_json(struct text *out, const char *name, json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);

    text_addf(out, "\"%s\":%s", name, text ? text : "null");
    free(text);
    json_decref(value);
}

static void add_rows(struct text *out, const struct table *t, bool numbered)
{
    for (size_t i = 0; i < t->count; i++) {
        const struct row *row = &t->rows[i];
        if (i > 0)
            text_add(out, ",\n");
        if (numbered)
            text_addf(out, "[%" PRId64 ",", row->id);
        text_add(out, row->text);
        if (numbered)
            text_add(out, "]");
    }
}

char *world_text(const struct world *w, const char *only)
{
    struct text out = {0};
    char now[TIME_TEXT];

    text_addf(&out, "{\"desk\":\"%s\",\"now\":\"%s\",", w->desk->name,
              world_time_text(world_now(w), now));
    add_json(&out, "knobs", knobs_json(&w->knobs));
    for (size_t i = 0; i < w->desk->table_count; i++) {
        const struct table *t = &w->tables[i];
        if (only != NULL && strcmp(only, t->spec->name) != 0)
            continue;
        text_addf(&out, ",\n\"%s\":[", t->spec->name);
        add_rows(&out, t, false);
        text_add(&out, "]");
    }
    text_add(&out, "}\n");
    return text_take(&out);
}

char *world_save(const struct world *w)
{
    struct text out = {0};

    text_addf(&out, "{\"desk\":\"%s\",\"shift_s\":%" PRId64 ",", w->desk->name,
              w->shift_s);
    add_json(&out, "memory", json_incref(w->memory));
    text_add(&out, ",\"tables\":{");
    for (size_t i = 0; i < w->desk->table_count; i++) {
        const struct table *t = &w->tables[i];
        text_addf(&out, "%s\n\"%s\":{\"next_id\":%" PRId64 ",\"rows\":[",
                  i ? "," : "", t->spec->name, t->next_id);
        add_rows(&out, t, true);
        text_add(&out, "]}");
    }
    text_add(&out, "}}\n");
    return text_take(&out);
}

static bool load_table(struct table *t, const json_t *saved)
{
    const json_t *rows = json_object_get(saved, "rows");
    const json_t *pair = NULL;
    size_t i = 0;

    if (!json_is_array(rows))
        return false;
    json_array_foreach (rows, i, pair) {
        const json_t *id = json_array_get(pair, 0);
        const json_t *row = json_array_get(pair, 1);
        if (!json_is_integer(id) || !json_is_object(row))
            return false;
        table_put(t, json_integer_value(id), row);
    }
    int64_t next = json_integer_value(json_object_get(saved, "next_id"));
    if (next > t->next_id)
        t->next_id = next;
    return true;
}

bool world_load(struct world *w, const json_t *saved)
{
    const char *name = json_string_value(json_object_get(saved, "desk"));
    const json_t *tables = json_object_get(saved, "tables");
    bool ok = name != NULL && strcmp(name, w->desk->name) == 0;

    empty(w);
    for (size_t i = 0; i < w->desk->table_count && ok; i++) {
        struct table *t = &w->tables[i];
        ok = load_table(t, json_object_get(tables, t->spec->name));
    }
    if (!ok) {
        world_seed(w);
        return false;
    }
    w->shift_s = json_integer_value(json_object_get(saved, "shift_s"));
    const json_t *memory = json_object_get(saved, "memory");
    if (json_is_object(memory))
        (void)json_object_update(w->memory, (json_t *)memory);
    return true;
}
