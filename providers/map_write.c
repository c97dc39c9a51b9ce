/*
 * providers/map_write.c - SCIM -> native values, and what two resources differ
 * in
 */
#include "providers/map.h"

#include "providers/select.h"

#include <stdlib.h>
#include <string.h>

/* ---- one row ------------------------------------------------------------- */

static bool is_path(const struct map_row *row, const char *name,
                    const char *sub)
{
    return row->scim.urn == NULL && strcmp(row->scim.name, name) == 0 &&
           strcmp(row->scim.sub, sub) == 0;
}

/* A name that the resource does not hold, from the other names. */
static char *filled_name(const struct map_row *row, const json_t *resource)
{
    if (row->part != MAP_WHOLE) {
        char *given = map_given(resource), *family = map_family(resource);
        char *whole = map_joined(given, family);
        free(given);
        free(family);
        return whole;
    }
    if (is_path(row, "displayName", ""))
        return map_display(resource);
    if (is_path(row, "name", "formatted"))
        return map_formatted(resource);
    if (is_path(row, "name", "givenName"))
        return map_given(resource);
    if (is_path(row, "name", "familyName"))
        return map_family(resource);
    return NULL;
}

json_t *map_value(const struct map *m, const struct map_row *row,
                  const json_t *resource)
{
    (void)m;
    char *filled = filled_name(row, resource);
    json_t *scim =
        filled != NULL
            ? json_string(filled)
            : json_incref(attribute_get(resource, &row->scim, row->primary));
    json_t *value = scim == NULL ? NULL : map_to_native(row, scim);
    free(filled);
    json_decref(scim);
    return value;
}

/* ---- several rows on one name -------------------------------------------- */

static bool same_name(const struct map_row *a, const struct map_row *b)
{
    return a != NULL && a->name != NULL && b->name != NULL &&
           strcmp(a->name, b->name) == 0;
}

static bool writable(const struct map_row *row, bool create)
{
    return row->write == MAP_ALWAYS || (create && row->write == MAP_CREATE);
}

json_t *map_names(const struct map *m, const json_t *resource, bool create)
{
    json_t *names = json_object();
    for (size_t i = 0; names != NULL && i < m->count; i++) {
        const struct map_row *row = &m->rows[i];
        if (row->name == NULL || json_object_get(names, row->name) != NULL)
            continue;
        json_t *value = map_value(m, row, resource);
        if (value != NULL)
            (void)json_object_set_new(names, row->name, value);
    }
    for (size_t i = 0; names != NULL && create && i < m->count; i++) {
        const struct map_row *row = &m->rows[i];
        if (row->name != NULL && row->otherwise != NULL &&
            json_object_get(names, row->name) == NULL)
            (void)json_object_set(names, row->name, (json_t *)row->otherwise);
    }
    return names;
}

json_t *map_expected(const struct map *m, const json_t *resource)
{
    json_t *record = json_object(), *told = NULL;
    for (size_t i = 0; record != NULL && i < m->count; i++) {
        const struct map_row *row = &m->rows[i];
        if (row->native == NULL || !writable(row, true) ||
            select_path(record, row->native) != NULL)
            continue;
        json_t *value = map_value(m, row, resource);
        if (value != NULL)
            (void)select_put(record, row->native, value);
    }
    if (record != NULL)
        told = map_read(m, record, true, NULL);
    json_decref(record);
    return told;
}

/* ---- changes ------------------------------------------------------------- */

static bool equal(const json_t *a, const json_t *b)
{
    return a == b || (a != NULL && b != NULL && json_equal(a, b) != 0);
}

static json_t *cleared(const struct map *m, const struct map_row *row)
{
    return row->transform == MAP_STRING_LIST ? json_array()
                                             : json_deep_copy(m->clear);
}

/* The value to send for a row; new; NULL: nothing to send. */
static json_t *change_of(const struct map *m, const struct map_row *row,
                         const json_t *before, const json_t *after)
{
    json_t *now = map_value(m, row, after);
    if (before == NULL)
        return now;
    json_t *last = map_value(m, row, before);
    bool same = equal(last, now);
    json_decref(last);
    if (same) {
        json_decref(now);
        return NULL;
    }
    /* What is never read back (a password) was not taken away: it is just not
     * said again. */
    if (now == NULL && row->read && !row->stays)
        return cleared(m, row);
    return now;
}

/* What a helpdesk takes for a new account alone is a change all the same: a
 * person has to make it. Not its being left out, which says nothing. */
static json_t *late_change(const struct map *m, const struct map_row *row,
                           const json_t *before, const json_t *after)
{
    json_t *now = row->read ? map_value(m, row, after) : NULL;
    json_t *last = map_value(m, row, before);
    bool same = equal(last, now);
    json_decref(last);
    if (!same)
        return now;
    json_decref(now);
    return NULL;
}

static bool add_change(struct map_changes *c, const struct map_row *row,
                       json_t *value)
{
    if (value == NULL)
        return true;
    c->list[c->count++] = (struct map_change){row, value};
    return true;
}

static bool decided(const struct map_changes *c, const struct map_row *row)
{
    for (size_t i = 0; i < c->count; i++)
        if (same_name(c->list[i].row, row))
            return true;
    return false;
}

bool map_diff(const struct map *m, const json_t *before, const json_t *after,
              struct map_changes *out)
{
    bool create = before == NULL;
    *out = (struct map_changes){0};
    out->list = calloc(m->count > 0 ? m->count : 1, sizeof *out->list);
    if (out->list == NULL)
        return false;
    for (size_t i = 0; i < m->count; i++) {
        const struct map_row *row = &m->rows[i];
        if (writable(row, create) && !decided(out, row))
            (void)add_change(out, row, change_of(m, row, before, after));
        else if (row->write == MAP_CREATE && !decided(out, row))
            (void)add_change(out, row, late_change(m, row, before, after));
    }
    for (size_t i = 0; create && i < m->count; i++) {
        const struct map_row *row = &m->rows[i];
        if (writable(row, true) && row->otherwise != NULL && !decided(out, row))
            (void)add_change(out, row, json_deep_copy(row->otherwise));
    }
    return true;
}

void map_changes_clear(struct map_changes *c)
{
    for (size_t i = 0; i < c->count; i++)
        json_decref(c->list[i].value);
    free(c->list);
    *c = (struct map_changes){0};
}

/* ---- what a record holds ------------------------------------------------- */

static bool nothing(const json_t *value)
{
    return value == NULL || json_is_null(value) ||
           (json_is_string(value) && json_string_length(value) == 0) ||
           (json_is_array(value) && json_array_size(value) == 0);
}

static bool within(const json_t *list, const json_t *wanted)
{
    size_t i, j;
    json_t *one, *other;
    json_array_foreach (wanted, i, one) {
        bool found = false;
        json_array_foreach (list, j, other) {
            found = found || json_equal(one, other) != 0;
        }
        if (!found)
            return false;
    }
    return true;
}

bool map_holds(const struct map_change *change, const json_t *record)
{
    const struct map_row *row = change->row;
    if (!row->read)
        return true;
    const json_t *native = select_path(record, row->native);
    if (nothing(native) || nothing(change->value))
        return nothing(native) && nothing(change->value);
    json_t *is = map_to_scim(row, native);
    json_t *sent = map_to_scim(row, change->value);
    bool same = json_is_array(is) && json_is_array(sent)
                    ? within(is, sent) && within(sent, is)
                    : equal(is, sent);
    json_decref(is);
    json_decref(sent);
    return same;
}
