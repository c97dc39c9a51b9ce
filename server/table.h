/*
 * server/table.h - rows for a person, or for a script
 */
#ifndef SERVER_TABLE_H
#define SERVER_TABLE_H

#include <jansson.h>
#include <stdbool.h>

struct table_column {
    const char *key; /* of each item; NULL ends the list */
    const char *title;
};

/* Prints {"items":[...],"next":...} on standard output: as JSON, or as columns
 * with a line at the end when there is more. */
void table_print(const json_t *list, const struct table_column *columns,
                 bool as_json);

#endif
