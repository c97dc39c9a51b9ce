/*
 * server/config_file.h - an INI file as a list of entries
 *
 * Knows sections, keys, values and lines, and nothing of their meaning. A
 * comment starts with '#' or ';' at the start of a line or behind a blank; a
 * value in double quotes may hold both.
 */
#ifndef SERVER_CONFIG_FILE_H
#define SERVER_CONFIG_FILE_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

struct config_entry {
    char *section, *key, *value; /* owned */
    int line;
};
struct config_heading {
    char *section; /* owned */
    int line;
};
struct config_file {
    struct config_entry *entries; /* owned, in the order of the file */
    size_t entry_count;
    struct config_heading *headings; /* owned */
    size_t heading_count;
};

/* Reads a file. Every mistake is one line of `mistakes`, with file and line;
 * true when there is none. The caller clears *out in any case. */
bool config_file_read(const char *path, struct config_file *out,
                      struct buf *mistakes);
void config_file_clear(struct config_file *f);

#endif
