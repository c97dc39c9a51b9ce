#include "server/query.h"

#include "base/fold.h"
#include "server/percent.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <unistr.h>

static const struct {
    const char *name;
    size_t offset;
    bool joins; /* may be repeated */
    enum scim_error_type error;
} parameters[] = {
#define P(name, member, joins, error)                                          \
    {                                                                          \
        name, offsetof(struct query, member), joins, error                     \
    }
    P("attributes", attributes, true, SCIM_INVALID_VALUE),
    P("excludedAttributes", excluded, true, SCIM_INVALID_VALUE),
    P("filter", filter, false, SCIM_INVALID_FILTER),
    P("sortBy", sort_by, false, SCIM_INVALID_VALUE),
    P("sortOrder", sort_order, false, SCIM_INVALID_VALUE),
    P("startIndex", start_index, false, SCIM_INVALID_VALUE),
    P("count", count, false, SCIM_INVALID_VALUE),
    P("cursor", cursor, false, SCIM_INVALID_CURSOR),
    P("limit", limit, false, SCIM_INVALID_VALUE),
    P("target", target, false, SCIM_INVALID_VALUE),
    P("state", state, false, SCIM_INVALID_VALUE),
    P("resource", resource, false, SCIM_INVALID_VALUE),
    P("dry_run", dry_run, false, SCIM_INVALID_VALUE),
#undef P
};
#define PARAMETERS (sizeof parameters / sizeof parameters[0])

static char **slot(struct query *q, size_t i)
{
    return (char **)(void *)((char *)q + parameters[i].offset);
}

void query_clear(struct query *q)
{
    for (size_t i = 0; i < PARAMETERS; i++)
        free(*slot(q, i));
    *q = (struct query){0};
}

/* Appends behind a comma. */
static bool join(char **to, const char *more)
{
    size_t old = strlen(*to), add = strlen(more);
    char *both = realloc(*to, old + add + 2);
    if (both == NULL)
        return false;
    both[old] = ',';
    memcpy(both + old + 1, more, add + 1);
    *to = both;
    return true;
}

/* Takes `value`, which is freed or kept. */
static bool keep(struct query *q, size_t i, char *value, struct scim_error *err)
{
    char **to = slot(q, i);
    if (*to == NULL) {
        *to = value;
        return true;
    }
    bool ok = parameters[i].joins;
    if (!ok)
        scim_error_set(err, parameters[i].error,
                       "The query parameter \"%s\" is given twice; give it "
                       "once.",
                       parameters[i].name);
    else if (!(ok = join(to, value)))
        scim_error_memory(err);
    free(value);
    return ok;
}

static bool take(struct query *q, const char *text, size_t len,
                 struct scim_error *err)
{
    const char *equals = memchr(text, '=', len);
    size_t name_len = equals == NULL ? len : (size_t)(equals - text);
    size_t i = 0;
    while (i < PARAMETERS &&
           !fold_ascii_equal(text, name_len, parameters[i].name,
                             strlen(parameters[i].name)))
        i++;
    if (i == PARAMETERS)
        return true;
    size_t raw_len = equals == NULL ? 0 : len - name_len - 1;
    char *value = malloc(raw_len + 1);
    if (value == NULL) {
        scim_error_memory(err);
        return false;
    }
    size_t got =
        equals == NULL ? 0 : percent_decode(equals + 1, raw_len, true, value);
    value[got] = '\0';
    if (memchr(value, '\0', got) != NULL ||
        u8_check((const uint8_t *)value, got) != NULL) {
        scim_error_set(err, parameters[i].error,
                       "The query parameter \"%s\" is not a text: it holds a "
                       "NUL or is not UTF-8.",
                       parameters[i].name);
        free(value);
        return false;
    }
    return keep(q, i, value, err);
}

bool query_parse(const char *text, size_t len, struct query *out,
                 struct scim_error *err)
{
    *out = (struct query){0};
    for (size_t i = 0; i < len;) {
        const char *end = memchr(text + i, '&', len - i);
        size_t width = end == NULL ? len - i : (size_t)(end - text) - i;
        if (width > 0 && !take(out, text + i, width, err))
            return false;
        i += width + 1;
    }
    return true;
}
