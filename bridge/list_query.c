#include "bridge/list_query.h"

#include "base/fold.h"
#include "scim/resource.h"
#include "scim/tolerance.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The parameters as they came; numbers are clamped to what may matter. */
struct raw {
    char *sort_order; /* owned */
    bool has_start, has_count;
    int64_t start, count;
};

#define FAR_AWAY (1LL << 40)

void list_query_clear(struct list_query *l)
{
    free(l->attributes);
    free(l->excluded);
    free(l->filter);
    free(l->sort_by);
    free(l->cursor);
    *l = (struct list_query){0};
}

static int64_t clamp(int64_t n)
{
    return n > FAR_AWAY ? FAR_AWAY : n < -FAR_AWAY ? -FAR_AWAY : n;
}

/* What is wrong with `count` has a word of its own when a cursor is there (RFC
 * 9865 section 2.1). */
static enum scim_error_type number_error(const char *name, bool cursor)
{
    return cursor && strcmp(name, "count") == 0 ? SCIM_INVALID_COUNT
                                                : SCIM_INVALID_VALUE;
}

/* ---- the query string -----------------------------------------------------
 */

static bool query_number(const char *name, const char *text, bool cursor,
                         bool *given, int64_t *out, struct scim_error *err)
{
    *given = text != NULL;
    if (text == NULL)
        return true;
    char *end = NULL;
    errno = 0;
    long long n = strtoll(text, &end, 10);
    if (end == text || *end != '\0') {
        scim_error_set(err, number_error(name, cursor),
                       "%s must be a whole number, not \"%.40s\".", name, text);
        return false;
    }
    *out = clamp(n);
    return true;
}

static bool take_copy(char **to, const char *text, struct scim_error *err)
{
    *to = text == NULL ? NULL : strdup(text);
    if (text == NULL || *to != NULL)
        return true;
    scim_error_memory(err);
    return false;
}

static bool from_request(const struct bridge_request *q, struct list_query *l,
                         struct raw *raw, struct scim_error *err)
{
    bool cursor = q->cursor != NULL;
    return take_copy(&l->attributes, q->attributes, err) &&
           take_copy(&l->excluded, q->excluded, err) &&
           take_copy(&l->filter, q->filter, err) &&
           take_copy(&l->sort_by, q->sort_by, err) &&
           take_copy(&l->cursor, q->cursor, err) &&
           take_copy(&raw->sort_order, q->sort_order, err) &&
           query_number("startIndex", q->start_index, cursor, &raw->has_start,
                        &raw->start, err) &&
           query_number("count", q->count, cursor, &raw->has_count, &raw->count,
                        err);
}

/* ---- a SearchRequest -------------------------------------------------------
 */

/* The member, NULL also for null (RFC 7643 section 2.5). */
static const json_t *given(const json_t *body, const char *name)
{
    const json_t *value = scim_member(body, name);
    return json_is_null(value) ? NULL : value;
}

/* A list of names, or one text of them. */
static bool body_names(const json_t *body, const char *name, char **out,
                       struct scim_error *err)
{
    const json_t *names = given(body, name), *one;
    struct buf b = {0};
    size_t i;
    if (names == NULL)
        return true;
    if (json_is_string(names))
        return take_copy(out, json_string_value(names), err);
    bool ok = json_is_array(names);
    json_array_foreach (names, i, one) {
        ok = ok && json_is_string(one);
        if (ok && b.len > 0)
            buf_char(&b, ',');
        if (ok)
            buf_str(&b, json_string_value(one));
    }
    if (!ok) {
        buf_clear(&b);
        scim_error_set(err, SCIM_INVALID_VALUE,
                       "%s must be a list of attribute names.", name);
        return false;
    }
    *out = buf_take(&b);
    if (*out == NULL)
        scim_error_memory(err);
    return *out != NULL;
}

static bool body_number(const json_t *body, const char *name, bool cursor,
                        bool *is_given, int64_t *out, struct scim_error *err)
{
    const json_t *value = given(body, name);
    *is_given = value != NULL;
    if (value == NULL)
        return true;
    if (!json_is_integer(value)) {
        scim_error_set(err, number_error(name, cursor),
                       "%s must be a whole number.", name);
        return false;
    }
    *out = clamp(json_integer_value(value));
    return true;
}

static bool body_text(const json_t *body, const char *name, char **out,
                      struct scim_error *err)
{
    const json_t *value = given(body, name);
    if (value == NULL)
        return true;
    if (json_is_string(value))
        return take_copy(out, json_string_value(value), err);
    scim_error_set(err,
                   strcmp(name, "cursor") == 0 ? SCIM_INVALID_CURSOR
                                               : SCIM_INVALID_VALUE,
                   "%s must be a text.", name);
    return false;
}

static bool names_search_request(const json_t *body)
{
    static const char urn[] =
        "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
    size_t i;
    json_t *schema;
    json_array_foreach (scim_member(body, "schemas"), i, schema) {
        if (json_is_string(schema) &&
            fold_ascii_equal(json_string_value(schema),
                             json_string_length(schema), urn, sizeof urn - 1))
            return true;
    }
    return false;
}

static bool from_search(const struct bridge_request *q, struct list_query *l,
                        struct raw *raw, struct scim_error *err)
{
    json_t *body = scim_body_parse(q->body != NULL ? q->body : "",
                                   q->body != NULL ? q->body_len : 0, err);
    if (body == NULL)
        return false;
    bool ok = names_search_request(body);
    if (!ok)
        scim_error_set(err, SCIM_INVALID_SYNTAX,
                       "The body of a .search must list the schema "
                       "urn:ietf:params:scim:api:messages:2.0:SearchRequest.");
    ok = ok && body_names(body, "attributes", &l->attributes, err) &&
         body_names(body, "excludedAttributes", &l->excluded, err) &&
         body_text(body, "filter", &l->filter, err) &&
         body_text(body, "sortBy", &l->sort_by, err) &&
         body_text(body, "sortOrder", &raw->sort_order, err) &&
         body_text(body, "cursor", &l->cursor, err) &&
         body_number(body, "startIndex", l->cursor != NULL, &raw->has_start,
                     &raw->start, err) &&
         body_number(body, "count", l->cursor != NULL, &raw->has_count,
                     &raw->count, err);
    json_decref(body);
    return ok;
}

/* ---- both ------------------------------------------------------------------
 */

static bool take_order(const char *order, bool *down, struct scim_error *err)
{
    *down = order != NULL && strcasecmp(order, "descending") == 0;
    if (order == NULL || *down || strcasecmp(order, "ascending") == 0)
        return true;
    scim_error_set(err, SCIM_INVALID_VALUE,
                   "sortOrder must be ascending or descending, not \"%.40s\".",
                   order);
    return false;
}

/* RFC 7644 section 3.4.2.4: too much is cut down, not refused. */
static void take_numbers(const struct bridge *b, const struct raw *raw,
                         struct list_query *l)
{
    int64_t most = b->max_page;
    int64_t count = raw->has_count ? raw->count : b->default_page;
    l->counted = raw->has_count;
    l->count = count < 0 ? 0 : count > most ? most : count;
    l->start = raw->has_start && raw->start > 1 ? raw->start : 1;
}

bool list_query_read(const struct bridge_target *t,
                     const struct bridge_request *q, struct list_query *out,
                     struct scim_error *err)
{
    struct raw raw = {0};
    *out = (struct list_query){0};
    bool ok = q->search ? from_search(q, out, &raw, err)
                        : from_request(q, out, &raw, err);
    ok = ok && take_order(raw.sort_order, &out->down, err);
    if (ok && out->cursor != NULL && raw.has_start) {
        scim_error_set(err, SCIM_INVALID_VALUE,
                       "cursor and startIndex are two ways to page; send one "
                       "of them.");
        ok = false;
    }
    if (ok)
        take_numbers(t->bridge, &raw, out);
    free(raw.sort_order);
    return ok;
}
