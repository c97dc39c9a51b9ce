#include "scim/path.h"

#include "scim/filter_internal.h"
#include "scim/nearest.h"

#include <string.h>

#define SHOWN 100 /* bytes of the path that a sentence repeats */

void scim_path_clear(struct scim_path *p)
{
    scim_filter_free(p->filter);
    *p = (struct scim_path){0};
}

static bool refuse(struct scim_error *err, const char *text, size_t len,
                   const char *why)
{
    scim_error_set(err, SCIM_INVALID_PATH, "The path \"%.*s\" %s.",
                   len < SHOWN ? (int)len : SHOWN, text, why);
    return false;
}

/* Where the bracket at `open` closes; `len` when it does not. Quotes may hold
 * brackets. */
static size_t closing(const char *text, size_t len, size_t open)
{
    bool quoted = false;
    for (size_t i = open + 1; i < len; i++) {
        if (quoted && text[i] == '\\')
            i++;
        else if (text[i] == '"')
            quoted = !quoted;
        else if (!quoted && text[i] == ']')
            return i;
    }
    return len;
}

static bool resolve_head(const struct scim_type *type, const char *text,
                         size_t len, size_t head, struct scim_path *out,
                         struct scim_error *err)
{
    char hint[SCIM_NEAREST_SIZE];
    const struct scim_attr *attr = NULL;
    if (head > 0 && scim_attr_find(type, text, head, &attr, &out->schema)) {
        out->attr = attr == NULL || attr->parent == NULL ? attr : attr->parent;
        out->sub = attr == NULL || attr->parent == NULL ? NULL : attr;
        return true;
    }
    scim_nearest(type, NULL, text, head, hint);
    scim_error_set(err, SCIM_INVALID_PATH,
                   "The path \"%.*s\" names no attribute of the resource type "
                   "%s.%s",
                   len < SHOWN ? (int)len : SHOWN, text, type->name, hint);
    return false;
}

static bool may_have_brackets(const char *text, size_t len,
                              const struct scim_path *p, struct scim_error *err)
{
    if (p->attr == NULL || p->sub != NULL || p->attr->kind != SCIM_COMPLEX)
        return refuse(err, text, len,
                      "has brackets behind what has no parts to choose by");
    if (!p->attr->multi)
        return refuse(err, text, len,
                      "has brackets behind an attribute with one value; leave "
                      "them out");
    return true;
}

/* emails[0]: what is in the brackets is a number. */
static bool is_index(const char *text, size_t len)
{
    size_t i = 0;
    while (i < len && text[i] >= '0' && text[i] <= '9')
        i++;
    return len > 0 && i == len;
}

/* What stands behind the brackets: nothing, or ".sub". */
static bool resolve_tail(const char *text, size_t len, size_t at,
                         struct scim_path *out, struct scim_error *err)
{
    char hint[SCIM_NEAREST_SIZE];
    if (at == len)
        return true;
    if (text[at] != '.')
        return refuse(err, text, len,
                      "has something behind its brackets that is not \".\" and "
                      "a sub-attribute");
    out->sub = scim_attr_sub(out->attr, text + at + 1, len - at - 1);
    if (out->sub != NULL)
        return true;
    scim_nearest(NULL, out->attr, text + at + 1, len - at - 1, hint);
    scim_error_set(err, SCIM_INVALID_PATH,
                   "The path \"%.*s\" ends in no sub-attribute of %s.%s",
                   len < SHOWN ? (int)len : SHOWN, text, out->attr->path, hint);
    return false;
}

/* `open` is where the bracket stands. */
static bool resolve_brackets(const char *text, size_t len, size_t open,
                             struct scim_path *out, struct scim_error *err)
{
    size_t close = closing(text, len, open);
    if (!may_have_brackets(text, len, out, err))
        return false;
    if (close == len)
        return refuse(err, text, len, "has a bracket that never closes");
    if (is_index(text + open + 1, close - open - 1))
        return refuse(err, text, len,
                      "counts values, which have no order; choose by a filter "
                      "such as [type eq \"work\"]");
    out->filter = filter_parse_within(out->attr, text + open + 1,
                                      close - open - 1, open + 1, err);
    return out->filter != NULL && resolve_tail(text, len, close + 1, out, err);
}

bool scim_path_parse(const struct scim_type *type, const char *text, size_t len,
                     struct scim_path *out, struct scim_error *err)
{
    *out = (struct scim_path){0};
    while (len > 0 && text[len - 1] == ' ')
        len--;
    while (len > 0 && *text == ' ') {
        text++;
        len--;
    }
    if (len == 0)
        return refuse(err, text, len, "is empty");
    if (len > SCIM_FILTER_MAX_LENGTH)
        return refuse(err, text, len, "is too long");
    const char *bracket = memchr(text, '[', len);
    size_t head = bracket == NULL ? len : (size_t)(bracket - text);
    if (!resolve_head(type, text, len, head, out, err))
        return false;
    return bracket == NULL || resolve_brackets(text, len, head, out, err);
}
