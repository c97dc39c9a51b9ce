/*
 * test/sim/act.c - what the acts of a person say, read
 */
#include "test/sim/act.h"

#include <stdio.h>

json_t *act_sorry(char *why, size_t size, const char *text)
{
    (void)snprintf(why, size, "%s", text);
    return NULL;
}

const char *act_text(const json_t *args, const char *name)
{
    return json_string_value(json_object_get(args, name));
}

json_t *act_record(const struct world *w, const json_t *args,
                   struct act_name name, char *why, size_t size)
{
    const json_t *named = json_object_get(args, name.arg);
    const struct table *t = &w->tables[name.table];
    const char *text = json_string_value(named);
    size_t count = 0;
    json_t *row = NULL;

    if (text != NULL) {
        const int64_t *ids = table_where(t, name.index, text, &count);
        row = count > 0 ? table_get(t, ids[0]) : NULL;
    } else {
        row = table_get(t, json_integer_value(named));
    }
    if (row == NULL)
        (void)snprintf(why, size, "Say which %s.", name.arg);
    return row;
}
