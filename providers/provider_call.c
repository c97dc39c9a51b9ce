/*
 * providers/provider_call.c - what every call shares: errors, ids, records
 */
#include "providers/provider_internal.h"

#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- errors -------------------------------------------------------------- */

enum up_rc provider_fail(struct up_error *err, enum up_rc rc,
                         const char *format, ...)
{
    va_list args;
    *err = (struct up_error){.rc = rc};
    va_start(args, format);
    (void)vsnprintf(err->detail, sizeof err->detail, format, args);
    va_end(args);
    return rc;
}

enum up_rc provider_lacks(struct up_error *err, const char *what)
{
    return provider_fail(err, UP_UNSUPPORTED, "The helpdesk's API cannot %s.",
                         what);
}

enum up_rc provider_memory(struct up_error *err)
{
    return provider_fail(err, UP_FAILED, "Memory ran out.");
}

/* Words of templates, and the attribute that each comes from. */
static const struct {
    const char *word, *scim;
} words[] = {
    {"user_name", "userName"},     {"email", "emails"},
    {"name", "displayName"},       {"given", "name.givenName"},
    {"family", "name.familyName"}, {"external_id", "externalId"},
    {"password", "password"},      {"role", "roles"},
};

static void name_field(const struct map *m, struct up_error *err)
{
    const char *path = err->field[0] == '\0' || m == NULL
                           ? NULL
                           : map_scim_name(m, err->field);
    for (size_t i = 0; path == NULL && i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i].word, err->field) == 0)
            path = words[i].scim;
    (void)snprintf(err->field, sizeof err->field, "%s",
                   path == NULL ? "" : path);
}

enum up_rc provider_run(struct provider *p, struct up_call *call,
                        const struct map *m, const char *op,
                        const struct vars *v, struct op_result *out,
                        struct up_error *err)
{
    enum up_rc rc = engine_run(p->engine, call, op, v, out, err);
    if (rc != UP_OK)
        name_field(m, err);
    return rc;
}

/* ---- ids ----------------------------------------------------------------- */

void provider_learn_id(atomic_int *kind, const json_t *id)
{
    if (json_is_integer(id))
        atomic_store(kind, ID_NUMBER);
    else if (json_is_string(id))
        atomic_store(kind, ID_TEXT);
}

json_t *provider_id(const atomic_int *kind, const char *id)
{
    char *end = NULL;
    bool digits = *id != '\0' && strlen(id) < 19 &&
                  strspn(id, "0123456789") == strlen(id);
    /* An id with a leading zero is no number. */
    bool number = digits && (id[0] != '0' || id[1] == '\0');
    if (!number || atomic_load(kind) == ID_TEXT)
        return json_string(id);
    return json_integer(strtoll(id, &end, 10));
}

json_t *provider_ids(const atomic_int *kind, const json_t *texts)
{
    json_t *ids = json_array(), *text;
    size_t i;
    json_array_foreach (texts, i, text) {
        char *one = select_text(text);
        if (one != NULL)
            (void)json_array_append_new(ids, provider_id(kind, one));
        free(one);
    }
    return ids;
}

json_t *provider_id_set(const json_t *ids)
{
    json_t *set = json_object(), *one;
    size_t i;
    json_array_foreach (ids, i, one) {
        char *text = select_text(one);
        if (text != NULL)
            (void)json_object_set_new(set, text, json_true());
        free(text);
    }
    return set;
}

/* ---- records ------------------------------------------------------------- */

const json_t *provider_under(const json_t *block, const json_t *record)
{
    const char *under = json_string_value(json_object_get(block, "under"));
    return under == NULL ? record : select_path(record, under);
}

/* The native path of the row for meta.created. */
static const char *created_path(const struct map *m)
{
    for (size_t i = 0; i < m->count; i++)
        if (strcmp(m->rows[i].scim.name, "meta") == 0 &&
            strcmp(m->rows[i].scim.sub, "created") == 0)
            return m->rows[i].native;
    return NULL;
}

/* False: the field proves nothing. */
static bool add_identity(struct buf *b, const json_t *body, const char *path,
                         bool full, bool *unknown)
{
    const json_t *value = select_path(body, path);
    char *text = select_text(value);
    bool told = text != NULL && *text != '\0';
    if (value == NULL && !full)
        *unknown = true;
    if (told)
        buf_fmt(b, "%s%s", b->len > 0 ? "\n" : "", text);
    free(text);
    return told;
}

char *provider_identity(const json_t *block, const struct map *m,
                        const json_t *body, bool full, bool *unknown)
{
    const json_t *paths = json_object_get(block, "identity");
    struct buf b = {0};
    size_t i;
    json_t *path;
    bool told = true;
    json_array_foreach (paths, i, path) {
        told = add_identity(&b, body, json_string_value(path), full, unknown) &&
               told;
    }
    const char *created = paths == NULL ? created_path(m) : NULL;
    if (created != NULL)
        told = add_identity(&b, body, created, full, unknown);
    if (told && b.len > 0)
        return buf_take(&b);
    buf_clear(&b);
    return NULL;
}

json_t *provider_assume(const json_t *record, const json_t *assume, bool weak)
{
    if (!json_is_object(assume))
        return json_incref((json_t *)record);
    json_t *copy = json_deep_copy(record), *value;
    const char *path;
    json_object_foreach ((json_t *)assume, path, value) {
        const json_t *has = weak ? select_path(copy, path) : NULL;
        if (copy != NULL && (has == NULL || json_is_null(has)))
            (void)select_put(copy, path, json_deep_copy(value));
    }
    return copy;
}
