/*
 * providers/map_check.c - values that the helpdesk would refuse, or cut, found
 * before any call
 */
#include "providers/map.h"

#include "providers/select.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool bad(struct up_error *err, const struct map_row *row,
                const char *format, ...) __attribute__((format(printf, 3, 4)));

static bool bad(struct up_error *err, const struct map_row *row,
                const char *format, ...)
{
    va_list args;
    *err = (struct up_error){.rc = UP_INVALID};
    (void)snprintf(err->field, sizeof err->field, "%s", row->path);
    va_start(args, format);
    (void)vsnprintf(err->detail, sizeof err->detail, format, args);
    va_end(args);
    return false;
}

static long characters(const char *text)
{
    long n = 0;
    for (; *text != '\0'; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

static bool text_fits(const struct map_row *row, const char *text,
                      struct up_error *err)
{
    if (row->max > 0 && characters(text) > row->max)
        return bad(err, row,
                   "%s has %ld characters; the helpdesk keeps at most %ld.",
                   row->path, characters(text), row->max);
    if (row->has_pattern && regexec(&row->pattern, text, 0, NULL, 0) != 0)
        return bad(err, row,
                   "%s does not have the form that the helpdesk "
                   "asks for.",
                   row->path);
    return true;
}

static bool listed(const json_t *values, const char *text)
{
    size_t i;
    json_t *value;
    bool found = false;
    json_array_foreach (values, i, value) {
        char *one = select_text(value);
        found = found || (one != NULL && strcmp(one, text) == 0);
        free(one);
    }
    return found;
}

static bool value_listed(const struct map_row *row, const json_t *value,
                         struct up_error *err)
{
    size_t i;
    json_t *element;
    if (json_is_array(value)) {
        json_array_foreach (value, i, element) {
            if (!value_listed(row, element, err))
                return false;
        }
        return true;
    }
    char *text = select_text(value);
    bool ok = text == NULL || listed(row->values, text);
    if (!ok)
        (void)bad(err, row,
                  "%s has the value \"%.100s\", which the helpdesk "
                  "does not know.",
                  row->path, text);
    free(text);
    return ok;
}

static bool row_fits(const struct map_row *row, const json_t *value,
                     const char *role, struct up_error *err)
{
    if (value == NULL)
        return !row->required || row->otherwise != NULL ||
               bad(err, row, "%s is missing; the helpdesk needs it.",
                   row->path);
    if (json_is_string(value) && !text_fits(row, json_string_value(value), err))
        return false;
    if (row->values != NULL && !value_listed(row, value, err))
        return false;
    if (row->only_for_roles == NULL || role == NULL ||
        listed(row->only_for_roles, role))
        return true;
    return bad(err, row, "%s cannot be given to a user with the role \"%s\".",
               row->path, role);
}

enum up_rc map_check_row(const struct map *m, const struct map_row *row,
                         const json_t *resource, const char *role,
                         struct up_error *err)
{
    json_t *value = map_value(m, row, resource);
    bool ok = row_fits(row, value, role, err);
    json_decref(value);
    return ok ? UP_OK : UP_INVALID;
}

enum up_rc map_check(const struct map *m, const json_t *resource,
                     const char *role, struct up_error *err)
{
    enum up_rc rc = UP_OK;
    for (size_t i = 0; rc == UP_OK && i < m->count; i++)
        if (m->rows[i].write != MAP_NEVER)
            rc = map_check_row(m, &m->rows[i], resource, role, err);
    return rc;
}

/* Helpdesks name a field with what is around it: "email[0]",
 * "/data/attributes/email", where the map says "email". */
static bool names(const char *said, const char *mapped)
{
    if (mapped == NULL)
        return false;
    const char *slash = strrchr(said, '/');
    if (slash != NULL)
        said = slash + 1;
    size_t len = strlen(mapped);
    return strncmp(said, mapped, len) == 0 &&
           (said[len] == '\0' || said[len] == '[' || said[len] == '.');
}

const char *map_scim_name(const struct map *m, const char *native)
{
    for (size_t i = 0; i < m->count; i++)
        if (m->rows[i].write != MAP_NEVER && names(native, m->rows[i].name))
            return m->rows[i].path;
    for (size_t i = 0; i < m->count; i++)
        if (names(native, m->rows[i].native))
            return m->rows[i].path;
    return NULL;
}
