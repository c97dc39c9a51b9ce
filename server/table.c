#include "server/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_COLUMNS 12
#define WIDEST      48

/* The text of a cell; new. Bytes that would move the cursor are replaced. */
static char *cell(const json_t *value)
{
    char *text = NULL;
    if (value == NULL || json_is_null(value))
        text = strdup("-");
    else if (json_is_string(value))
        text = strdup(json_string_value(value));
    else
        text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    for (char *c = text; c != NULL && *c != '\0'; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = '?';
    return text;
}

static size_t width_of(const json_t *items, const struct table_column *column)
{
    size_t i, width = strlen(column->title);
    json_t *item;
    json_array_foreach (items, i, item) {
        char *text = cell(json_object_get(item, column->key));
        size_t len = text == NULL ? 0 : strlen(text);
        if (len > width)
            width = len;
        free(text);
    }
    return width > WIDEST ? WIDEST : width;
}

static void print_cell(const char *text, size_t width, bool last)
{
    if (last)
        (void)printf("%s\n", text);
    else
        (void)printf("%-*s  ", (int)width, text);
}

static void print_columns(const json_t *items,
                          const struct table_column *columns, size_t count)
{
    size_t widths[MAX_COLUMNS], i;
    json_t *item;
    for (size_t c = 0; c < count; c++)
        widths[c] = width_of(items, &columns[c]);
    for (size_t c = 0; c < count; c++)
        print_cell(columns[c].title, widths[c], c + 1 == count);
    json_array_foreach (items, i, item) {
        for (size_t c = 0; c < count; c++) {
            char *text = cell(json_object_get(item, columns[c].key));
            print_cell(text == NULL ? "" : text, widths[c], c + 1 == count);
            free(text);
        }
    }
}

void table_print(const json_t *list, const struct table_column *columns,
                 bool as_json)
{
    size_t count = 0;
    if (as_json) {
        (void)json_dumpf(list, stdout, JSON_INDENT(2));
        (void)printf("\n");
        return;
    }
    while (count < MAX_COLUMNS && columns[count].key != NULL)
        count++;
    print_columns(json_object_get(list, "items"), columns, count);
    const char *next = json_string_value(json_object_get(list, "next"));
    if (next != NULL)
        (void)printf("There is more: go on with --cursor %s.\n", next);
}
