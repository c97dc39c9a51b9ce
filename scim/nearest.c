#include "scim/nearest.h"

#include "base/fold.h"

#include <stdio.h>
#include <string.h>

#define MAX_NAME 48 /* longer names are not compared */

struct search {
    const char *text;
    size_t len;
    size_t best; /* distance of what was found; what is farther is not near */
    const struct scim_attr *found;
};

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Levenshtein's distance of two short names, without case. */
static size_t distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t row[MAX_NAME + 1];
    for (size_t j = 0; j <= b_len; j++)
        row[j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            size_t change = lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1;
            size_t here =
                least(least(row[j], row[j - 1]) + 1, diagonal + change);
            diagonal = row[j];
            row[j] = here;
        }
    }
    return row[b_len];
}

/* Where the name starts that a path has behind its URN. */
static const char *name_of(const char *path, size_t *len)
{
    const char *start = path;
    for (size_t i = 0; i < *len; i++)
        if (path[i] == ':')
            start = path + i + 1;
    *len -= (size_t)(start - path);
    return start;
}

static void try_name(struct search *s, const struct scim_attr *attr,
                     const char *name, size_t len)
{
    if (len > MAX_NAME)
        return;
    size_t d = distance(s->text, s->len, name, len);
    size_t shared = least(s->len, len);
    if (d > 1 && shared >= 5 && fold_ascii_equal(s->text, shared, name, shared))
        d = 1; /* one begins with the other: displayName, display */
    if (d < s->best) {
        s->best = d;
        s->found = attr;
    }
}

static void try_attr(struct search *s, const struct scim_attr *attr)
{
    size_t len = strlen(attr->path);
    const char *name = name_of(attr->path, &len);
    try_name(s, attr, name, len);
    for (size_t i = 0; i < attr->sub_count; i++) {
        const struct scim_attr *sub = &attr->subs[i];
        len = strlen(sub->path);
        name = name_of(sub->path, &len);
        try_name(s, sub, name, len);
        len = strlen(sub->name);
        if (s->best > 0 && fold_ascii_equal(sub->name, len, s->text, s->len)) {
            s->best = 0;
            s->found = sub;
        }
    }
}

static void try_all(struct search *s, const struct scim_attr *attrs,
                    size_t count)
{
    for (size_t i = 0; i < count; i++)
        try_attr(s, &attrs[i]);
}

void scim_nearest(const struct scim_type *type, const struct scim_attr *attr,
                  const char *text, size_t len, char out[SCIM_NEAREST_SIZE])
{
    out[0] = '\0';
    struct search s = {.len = len};
    s.text = name_of(text, &s.len);
    if (s.len == 0 || s.len > MAX_NAME)
        return;
    s.best = s.len / 3 + 1 < 4 ? s.len / 3 + 1 : 4;
    if (type == NULL) {
        for (size_t i = 0; i < attr->sub_count; i++)
            try_name(&s, &attr->subs[i], attr->subs[i].name,
                     strlen(attr->subs[i].name));
    } else {
        try_all(&s, type->core->attrs, type->core->attr_count);
        for (size_t i = 0; i < type->extension_count; i++)
            try_all(&s, type->extensions[i].attrs,
                    type->extensions[i].attr_count);
        try_all(&s, type->common, type->common_count);
    }
    if (s.found != NULL)
        (void)snprintf(out, SCIM_NEAREST_SIZE, " Did you mean \"%s\"?",
                       type == NULL ? s.found->name : s.found->path);
}
