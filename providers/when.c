/*
 * providers/when.c - conditions on a record, and rules on an answer
 *
 * A condition has three results, because a row of a list may leave fields out:
 * such a field is unknown, and a condition on it neither holds nor fails.
 *
 *   one member     full record             partial record
 *   values there   any equals any wanted   the same
 *   null there     null is wanted          the same
 *   nothing there  null is wanted          unknown
 */
#include "providers/select.h"

#include "providers/select_internal.h"

#include <stdlib.h>
#include <string.h>

/* ---- equality as text ---------------------------------------------------- */

static bool same_text(const json_t *a, const json_t *b)
{
    if (json_is_string(a) && json_is_string(b))
        return strcmp(json_string_value(a), json_string_value(b)) == 0;
    char *ta = select_text(a), *tb = select_text(b);
    bool same = ta != NULL && tb != NULL && strcmp(ta, tb) == 0;
    free(ta);
    free(tb);
    return same;
}

/* {"begins": TEXT}: how a value begins. */
static bool begins_so(const json_t *value, const json_t *wanted)
{
    const char *with = json_string_value(json_object_get(wanted, "begins"));
    char *text = with == NULL ? NULL : select_text(value);
    bool so = text != NULL && strncmp(text, with, strlen(with)) == 0;
    free(text);
    return so;
}

static bool fits(const json_t *value, const json_t *wanted)
{
    return json_is_object(wanted) ? begins_so(value, wanted)
                                  : same_text(value, wanted);
}

/* One value of a record against one wanted scalar, beginning or null. */
static bool equals(const json_t *value, const json_t *wanted)
{
    if (json_is_null(wanted) || json_is_null(value))
        return json_is_null(wanted) && json_is_null(value);
    if (!json_is_array(value))
        return fits(value, wanted);
    size_t i;
    json_t *element;
    json_array_foreach (value, i, element) {
        if (fits(element, wanted))
            return true;
    }
    return false;
}

static bool equals_any(const json_t *value, const json_t *wanted)
{
    if (!json_is_array(wanted))
        return equals(value, wanted);
    size_t i;
    json_t *one;
    json_array_foreach (wanted, i, one) {
        if (equals(value, one))
            return true;
    }
    return false;
}

/* ---- conditions ---------------------------------------------------------- */

struct probe {
    const json_t *wanted;
    bool matched;
};

static bool probe_visit(json_t *value, void *ctx)
{
    struct probe *p = ctx;
    p->matched = equals_any(value, p->wanted);
    return p->matched;
}

static enum when_result result_of(bool holds)
{
    return holds ? WHEN_TRUE : WHEN_FALSE;
}

static enum when_result member_holds(const char *path, const json_t *wanted,
                                     const json_t *record, bool full)
{
    struct probe p = {.wanted = wanted};
    switch (select_walk(record, path, probe_visit, &p)) {
    case SELECT_SOME:
        return result_of(p.matched);
    case SELECT_EMPTY:
        return result_of(equals_any(json_null(), wanted));
    case SELECT_ABSENT:
        break;
    }
    return full ? result_of(equals_any(json_null(), wanted)) : WHEN_UNKNOWN;
}

/* The value that `assume` has for a path: under the path itself as a name, as
 * profiles write it, or at the path. */
static json_t *assumed(const json_t *assume, const char *path)
{
    json_t *value = json_object_get(assume, path);
    return value != NULL ? value : select_path(assume, path);
}

static enum when_result all_hold(const json_t *when, const json_t *record,
                                 const json_t *assume, bool full)
{
    enum when_result result = WHEN_TRUE;
    const char *path;
    json_t *wanted;
    json_object_foreach ((json_t *)when, path, wanted) {
        const json_t *told = assumed(assume, path);
        enum when_result one = told != NULL
                                   ? result_of(equals_any(told, wanted))
                                   : member_holds(path, wanted, record, full);
        if (one == WHEN_FALSE)
            return WHEN_FALSE;
        if (one == WHEN_UNKNOWN)
            result = WHEN_UNKNOWN;
    }
    return result;
}

enum when_result when_holds(const json_t *when, const json_t *record,
                            const json_t *assume, bool full)
{
    if (json_is_object(when))
        return all_hold(when, record, assume, full);
    enum when_result result = WHEN_FALSE;
    size_t i;
    json_t *one;
    json_array_foreach (when, i, one) {
        enum when_result r = json_is_object(one)
                                 ? all_hold(one, record, assume, full)
                                 : WHEN_FALSE;
        if (r == WHEN_TRUE)
            return WHEN_TRUE;
        if (r == WHEN_UNKNOWN)
            result = WHEN_UNKNOWN;
    }
    return result;
}

/* ---- fields -------------------------------------------------------------- */

static bool add_name(json_t *names, const char *name, size_t len)
{
    if (json_is_object(names))
        return json_object_setn_new(names, name, len, json_true()) == 0;
    size_t i;
    json_t *known;
    json_array_foreach (names, i, known) {
        if (json_string_length(known) == len &&
            memcmp(json_string_value(known), name, len) == 0)
            return true;
    }
    return json_array_append_new(names, json_stringn(name, len)) == 0;
}

static bool object_fields(const json_t *when, json_t *names)
{
    const char *path;
    json_t *wanted;
    json_object_foreach ((json_t *)when, path, wanted) {
        const char *from = strncmp(path, "$.", 2) == 0 ? path + 2 : path;
        if (!add_name(names, from, strcspn(from, ".[")))
            return false;
    }
    return true;
}

bool when_fields(const json_t *when, json_t *names)
{
    if (json_is_object(when))
        return object_fields(when, names);
    size_t i;
    json_t *one;
    json_array_foreach (when, i, one) {
        if (!object_fields(one, names))
            return false;
    }
    return true;
}

/* ---- answer rules -------------------------------------------------------- */

/* One text of an answer against `in` or `contains`; neither: it is there. */
static bool text_fits(const json_t *rule, const json_t *value)
{
    const json_t *in = json_object_get(rule, "in");
    if (in != NULL)
        return equals_any(value, in);
    const json_t *contains = json_object_get(rule, "contains");
    if (contains == NULL)
        return !json_is_null(value);
    char *text = select_text(value);
    bool fits = false;
    size_t i;
    json_t *part;
    json_array_foreach (contains, i, part) {
        const char *needle = json_string_value(part);
        fits = fits ||
               (text != NULL && needle != NULL && strstr(text, needle) != NULL);
    }
    free(text);
    return fits;
}

struct rule_probe {
    const json_t *rule;
    bool matched;
};

static bool rule_visit(json_t *value, void *ctx)
{
    struct rule_probe *p = ctx;
    size_t i;
    json_t *element;
    if (!json_is_array(value))
        p->matched = text_fits(p->rule, value);
    json_array_foreach (value, i, element) {
        p->matched = p->matched || text_fits(p->rule, element);
    }
    return p->matched;
}

static bool header_fits(const json_t *rule, const char *name,
                        const struct answer *a)
{
    const char *text = a->header == NULL ? NULL : a->header(a->ctx, name);
    if (text == NULL)
        return false;
    /* A header is bytes; what is not UTF-8 can match nothing in a profile. */
    json_t *value = json_string(text);
    bool fits = value != NULL && text_fits(rule, value);
    json_decref(value);
    return fits;
}

static bool status_fits(const json_t *statuses, int status)
{
    size_t i;
    json_t *one;
    if (statuses == NULL)
        return true;
    json_array_foreach (statuses, i, one) {
        if (json_is_integer(one) && json_integer_value(one) == status)
            return true;
    }
    return false;
}

bool rule_matches(const json_t *rule, const struct answer *a)
{
    if (!status_fits(json_object_get(rule, "status"), a->status))
        return false;
    const char *header = json_string_value(json_object_get(rule, "header"));
    if (header != NULL)
        return header_fits(rule, header, a);
    const char *path = json_string_value(json_object_get(rule, "path"));
    if (path == NULL)
        return true;
    struct rule_probe p = {.rule = rule};
    (void)select_walk(a->body, path, rule_visit, &p);
    return p.matched;
}
