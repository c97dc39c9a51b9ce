/*
 * providers/map.c - compiling the rows of a map, and reading records with them
 */
#include "providers/map.h"

#include "base/buf.h"
#include "providers/select.h"

#include <stdlib.h>
#include <string.h>

/* ---- compiling ----------------------------------------------------------- */

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

/* The index of a row's word in `words` (NULL ends them); 0: not given. */
static int word_index(const json_t *row, const char *key,
                      const char *const *words)
{
    const char *word = text_of(row, key);
    for (int i = 0; word != NULL && words[i] != NULL; i++)
        if (strcmp(words[i], word) == 0)
            return i;
    return 0;
}

static bool compile_pattern(struct map_row *row, const json_t *json)
{
    const char *pattern = text_of(json, "pattern");
    struct buf whole = {0};
    if (pattern == NULL)
        return true;
    buf_fmt(&whole, "^(%s)$", pattern);
    row->has_pattern = buf_ok(&whole) && regcomp(&row->pattern, whole.data,
                                                 REG_EXTENDED | REG_NOSUB) == 0;
    buf_clear(&whole);
    return row->has_pattern;
}

static void compile_words(struct map_row *row, const json_t *json)
{
    static const char *const writes[] = {"always", "create", "never", NULL};
    static const char *const parts[] = {"", "given", "family", NULL};
    static const char *const transforms[] = {
        "",       "lower",       "iso8601", "epoch_s", "epoch_ms",
        "string", "string_list", "not",     NULL};
    row->write = (enum map_write)word_index(json, "write", writes);
    row->part = (enum map_part)word_index(json, "part", parts);
    row->transform =
        (enum map_transform)word_index(json, "transform", transforms);
    const char *read = text_of(json, "read");
    row->read = read == NULL || strcmp(read, "never") != 0;
    const char *type = text_of(json, "type");
    row->type = type == NULL ? "string" : type;
}

static bool compile_row(struct map_row *row, const json_t *json, bool group)
{
    char why[160];
    if (!attribute_parse(text_of(json, "scim"), group, &row->scim, why))
        return false;
    row->path = attribute_text(&row->scim);
    compile_words(row, json);
    row->native = text_of(json, "native");
    row->name = text_of(json, "write_to");
    if (row->name == NULL)
        row->name = row->native;
    if (row->native == NULL) {
        row->joined = json_object_get(json, "native");
        row->join = text_of(json, "join");
        row->write = MAP_NEVER;
    }
    row->required = json_is_true(json_object_get(json, "required"));
    row->primary = json_is_true(json_object_get(json, "primary"));
    row->otherwise = json_object_get(json, "default");
    row->stays = json_is_false(json_object_get(json, "clearable"));
    row->values = json_object_get(json, "values");
    row->only_for_roles = json_object_get(json, "only_for_roles");
    row->max = (long)json_integer_value(json_object_get(json, "max"));
    row->op = text_of(json, "op");
    row->update_op = text_of(json, "update_op");
    return row->path != NULL && compile_pattern(row, json);
}

bool map_compile(struct map *m, const json_t *block, bool group,
                 struct error *err)
{
    const json_t *rows = json_object_get(block, "map");
    size_t n = json_array_size(rows), i;
    json_t *row;
    const json_t *empty = json_object_get(block, "clear");
    *m = (struct map){0};
    m->clear = empty == NULL ? json_null() : json_deep_copy(empty);
    m->rows = calloc(n > 0 ? n : 1, sizeof *m->rows);
    if (m->rows == NULL || m->clear == NULL) {
        error_set(err, "Memory ran out.");
        return false;
    }
    json_array_foreach (rows, i, row) {
        m->count++;
        if (!compile_row(&m->rows[i], row, group)) {
            error_set(err, "map[%zu]: cannot be used", i);
            return false;
        }
    }
    return true;
}

void map_clear(struct map *m)
{
    for (size_t i = 0; i < m->count; i++) {
        free(m->rows[i].path);
        if (m->rows[i].has_pattern)
            regfree(&m->rows[i].pattern);
    }
    free(m->rows);
    json_decref(m->clear);
    *m = (struct map){0};
}

/* ---- reading ------------------------------------------------------------- */

enum found { FOUND, NOTHING, UNKNOWN };

/* The non-empty parts with the joint between; *value new. */
static enum found read_joined(const struct map_row *row, const json_t *record,
                              bool full, json_t **value)
{
    struct buf text = {0};
    size_t i;
    json_t *path;
    json_array_foreach (row->joined, i, path) {
        json_t *part = select_path(record, json_string_value(path));
        if (part == NULL && !full) {
            buf_clear(&text);
            return UNKNOWN;
        }
        char *one = select_text(part);
        if (one != NULL && *one != '\0')
            buf_fmt(&text, "%s%s", text.len > 0 ? row->join : "", one);
        free(one);
    }
    bool any = text.len > 0 && buf_ok(&text);
    *value = any ? json_string(text.data) : NULL;
    buf_clear(&text);
    return *value != NULL ? FOUND : NOTHING;
}

static json_t *part_of(enum map_part part, json_t *whole)
{
    char *given = NULL, *family = NULL;
    map_split(json_string_value(whole), &given, &family);
    const char *one = part == MAP_GIVEN ? given : family;
    json_t *value = one == NULL ? NULL : json_string(one);
    free(given);
    free(family);
    json_decref(whole);
    return value;
}

/* Every element of `a[*].b`, as a list; else the one value. */
static json_t *native_value(const struct map_row *row, const json_t *record)
{
    if (row->transform == MAP_STRING_LIST && strstr(row->native, "[*]"))
        return select_all(record, row->native);
    return json_incref(select_path(record, row->native));
}

static enum found read_row(const struct map_row *row, const json_t *record,
                           bool full, json_t **value)
{
    *value = NULL;
    if (row->native == NULL)
        return read_joined(row, record, full, value);
    json_t *native = native_value(row, record);
    if (native == NULL)
        return full ? NOTHING : UNKNOWN;
    *value = map_to_scim(row, native);
    json_decref(native);
    if (*value != NULL && row->part != MAP_WHOLE)
        *value = part_of(row->part, *value);
    return *value != NULL ? FOUND : NOTHING;
}

json_t *map_read(const struct map *m, const json_t *record, bool full,
                 json_t **unknown)
{
    json_t *resource = json_object(), *paths = json_array();
    bool ok = resource != NULL && paths != NULL;
    for (size_t i = 0; ok && i < m->count; i++) {
        const struct map_row *row = &m->rows[i];
        json_t *value = NULL;
        if (!row->read)
            continue;
        enum found found = read_row(row, record, full, &value);
        if (found == FOUND)
            ok = attribute_put(resource, &row->scim, row->primary, value);
        else if (found == UNKNOWN)
            ok = json_array_append_new(paths, json_string(row->path)) == 0;
    }
    if (!ok) {
        json_decref(resource);
        json_decref(paths);
        return NULL;
    }
    if (unknown != NULL)
        *unknown = paths;
    else
        json_decref(paths);
    return resource;
}
