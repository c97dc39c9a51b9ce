/*
 * scim/filter_match.c - evaluates a filter on JSON
 *
 * What scim/filter_sql.c asks of the mirror, said once more over a resource in
 * hand: the two must agree.
 */
#include "scim/filter.h"

#include "base/clock.h"
#include "scim/filter_internal.h"

#include <stdlib.h>
#include <string.h>

/* ---- one value ----------------------------------------------------------- */

/* `order` is <0, 0 or >0: how the value compares with the literal. */
static bool ordered(enum scim_filter_op op, int order)
{
    switch (op) {
    case SCIM_OP_EQ:
        return order == 0;
    case SCIM_OP_GT:
        return order > 0;
    case SCIM_OP_GE:
        return order >= 0;
    case SCIM_OP_LT:
        return order < 0;
    case SCIM_OP_LE:
        return order <= 0;
    case SCIM_OP_NE:
    case SCIM_OP_CO:
    case SCIM_OP_SW:
    case SCIM_OP_EW:
    case SCIM_OP_PR:
    case SCIM_OP_COUNT:
        break;
    }
    return false;
}

static bool key_holds(const struct scim_filter *f, const char *key)
{
    size_t len = strlen(key), part = strlen(f->text);
    if (f->op == SCIM_OP_CO)
        return strstr(key, f->text) != NULL;
    if (f->op == SCIM_OP_SW)
        return strncmp(key, f->text, part) == 0;
    if (f->op == SCIM_OP_EW)
        return len >= part && strcmp(key + len - part, f->text) == 0;
    return ordered(f->op, strcmp(key, f->text));
}

/*
 * Most comparisons are eq over ASCII (the member ids of a large group), and
 * need no key made: 1 equal, 0 different, -1 not to be said that cheaply.
 */
static int equal_ascii(const struct scim_filter *f, const char *value)
{
    size_t i = 0;
    bool exact = f->attr->case_exact, same = true;
    if (f->op != SCIM_OP_EQ || f->attr->kind == SCIM_REFERENCE)
        return -1;
    for (; value[i] != '\0'; i++) {
        char c = value[i];
        if ((unsigned char)c >= 0x80)
            return -1; /* it may also change the letters before it */
        if (!exact && c >= 'A' && c <= 'Z')
            c = (char)(c + ('a' - 'A'));
        same = same && c == f->text[i]; /* not read behind its end */
    }
    return same && f->text[i] == '\0';
}

static bool match_text(const struct scim_filter *f, const json_t *value)
{
    if (!json_is_string(value))
        return false;
    const char *text = json_string_value(value);
    size_t len = json_string_length(value);
    int quick = equal_ascii(f, text);
    if (quick >= 0)
        return quick == 1;
    bool inside =
        f->op == SCIM_OP_CO || f->op == SCIM_OP_SW || f->op == SCIM_OP_EW;
    char *key = filter_key(f->attr, !inside, text, len);
    bool holds = key != NULL && key_holds(f, key);
    free(key);
    return holds;
}

static bool match_number(const struct scim_filter *f, const json_t *value)
{
    if (!json_is_number(value))
        return false;
    double number = json_number_value(value);
    return ordered(f->op, (number > f->number) - (number < f->number));
}

static bool match_time(const struct scim_filter *f, const json_t *value)
{
    int64_t ms = 0;
    if (!json_is_string(value) ||
        !clock_parse(json_string_value(value), json_string_length(value), &ms))
        return false;
    return ordered(f->op, (ms > f->time_ms) - (ms < f->time_ms));
}

/* Not absent, null, "", [] or an object of such (RFC 7644 table 3). */
static bool present(const json_t *value)
{
    const char *key = NULL;
    const json_t *part = NULL;
    size_t i = 0;
    if (json_is_object(value)) {
        json_object_foreach ((json_t *)value, key, part) {
            if (present(part))
                return true;
        }
        return false;
    }
    if (json_is_array(value)) {
        json_array_foreach (value, i, part) {
            if (present(part))
                return true;
        }
        return false;
    }
    if (json_is_string(value))
        return json_string_length(value) > 0;
    return value != NULL && !json_is_null(value);
}

/* One simple value, `ne` read as `eq`; for `pr` also a complex one. */
static bool match_one(const struct scim_filter *f, const json_t *value)
{
    if (f->op == SCIM_OP_PR)
        return present(value);
    switch (f->literal) {
    case SCIM_LITERAL_TEXT:
        return match_text(f, value);
    case SCIM_LITERAL_BOOL:
        return json_is_boolean(value) && json_is_true(value) == f->boolean;
    case SCIM_LITERAL_NUMBER:
        return match_number(f, value);
    case SCIM_LITERAL_TIME:
        return match_time(f, value);
    case SCIM_LITERAL_NULL:
        break;
    }
    return false;
}

/* ---- resources ----------------------------------------------------------- */

static bool match_any(const struct scim_filter *f, const json_t *value)
{
    size_t i = 0;
    const json_t *one = NULL;
    if (!json_is_array(value))
        return match_one(f, value);
    json_array_foreach (value, i, one) {
        if (match_one(f, one))
            return true;
    }
    return false;
}

/* Whether some value of the attribute satisfies `f`, whose op is not `ne`. */
static bool match_attr(const struct scim_filter *f, const json_t *resource)
{
    const struct scim_attr *parent = f->attr->parent;
    size_t i = 0;
    const json_t *element = NULL;
    if (parent == NULL || !parent->multi)
        return match_any(f, scim_value(resource, f->attr));
    json_array_foreach (scim_value(resource, parent), i, element) {
        if (match_any(f, json_object_get(element, f->attr->name)))
            return true;
    }
    return false;
}

static bool match_values(const struct scim_filter *f, const json_t *resource)
{
    size_t i = 0;
    const json_t *element = NULL;
    json_array_foreach (scim_value(resource, f->attr), i, element) {
        if (scim_filter_match_value(f->left, element))
            return true;
    }
    return false;
}

static bool match(const struct scim_filter *f, const json_t *at, bool element)
{
    switch (f->node) {
    case SCIM_NODE_AND:
        return match(f->left, at, element) && match(f->right, at, element);
    case SCIM_NODE_OR:
        return match(f->left, at, element) || match(f->right, at, element);
    case SCIM_NODE_NOT:
        return !match(f->left, at, element);
    case SCIM_NODE_VALUES:
        return match_values(f, at);
    case SCIM_NODE_ABSENT:
        return false;
    case SCIM_NODE_COMPARE:
        break;
    }
    struct scim_filter compare = *f;
    bool not_equal = f->op == SCIM_OP_NE;
    if (not_equal)
        compare.op = SCIM_OP_EQ;
    bool holds = element
                     ? match_any(&compare, json_object_get(at, f->attr->name))
                     : match_attr(&compare, at);
    return holds != not_equal;
}

bool scim_filter_match(const struct scim_filter *f, const json_t *resource)
{
    return match(f, resource, false);
}

bool scim_filter_match_value(const struct scim_filter *f, const json_t *value)
{
    return match(f, value, true);
}
