#include "scim/nearest.h"

#include "base/fold.h"
#include "base/nearest.h"

#include <stdio.h>
#include <string.h>

struct search {
    const char *text;
    size_t len;
    size_t best; /* distance of what was found; what is farther is not near */
    const struct scim_attr *found;
};

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
    if (len > NEAREST_MAX)
        return;
    size_t shared = s->len < len ? s->len : len;
    size_t d = s->len + len - 2 * shared; /* it is no less than that */
    if (d > 1 && shared >= 5 && fold_ascii_equal(s->text, shared, name, shared))
        d = 1; /* one begins with the other: displayName, display */
    else if (d < s->best)
        d = nearest_distance(s->text, s->len, name, len);
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
    if (s.len == 0 || s.len > NEAREST_MAX)
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
