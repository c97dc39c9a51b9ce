/*
 * providers/select.c - paths of a profile: a.b, a[0].b, a[*].b, $
 *
 *   path   = ( "$" / name ) *( "." name / "[" digits "]" / "[*]" )
 *   name   = 1*( any character but "." "[" "]" and controls )
 *
 * A path comes from a profile and what it walks through from a helpdesk, so
 * neither is trusted: a path is at most PATH_MAX_LEN long, which bounds the
 * depth of the walk too, and a value of another type than expected is a value
 * that is not there.
 */
#include "providers/select.h"

#include "providers/select_internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define PATH_MAX_LEN  256
#define INDEX_MAX_LEN 6

enum step_kind { STEP_END, STEP_BAD, STEP_NAME, STEP_INDEX, STEP_EACH };

struct step {
    enum step_kind kind;
    const char *name; /* STEP_NAME: within the path */
    size_t len;
    size_t index;    /* STEP_INDEX */
    const char *why; /* STEP_BAD */
};

static struct step bad(const char *why)
{
    return (struct step){.kind = STEP_BAD, .why = why};
}

static struct step name_step(const char **at)
{
    const char *from = *at;
    while (**at != '\0' && **at != '.' && **at != '[' && **at != ']') {
        if ((unsigned char)**at < 0x20)
            return bad("a name holds a control character");
        (*at)++;
    }
    if (*at == from)
        return bad("a name is empty");
    return (struct step){
        .kind = STEP_NAME, .name = from, .len = (size_t)(*at - from)};
}

/* *at stands behind the opening bracket. */
static struct step bracket_step(const char **at)
{
    if ((*at)[0] == '*' && (*at)[1] == ']') {
        *at += 2;
        return (struct step){.kind = STEP_EACH};
    }
    struct step s = {.kind = STEP_INDEX};
    const char *from = *at;
    for (; **at >= '0' && **at <= '9'; (*at)++) {
        if (*at - from >= INDEX_MAX_LEN)
            return bad("an index is too large");
        s.index = s.index * 10 + (size_t)(**at - '0');
    }
    if (*at == from || **at != ']')
        return bad("brackets hold a number or *, nothing else");
    (*at)++;
    return s;
}

/* Reads the next step at *at; `first`: at the beginning of the path. */
static struct step next_step(const char **at, bool first)
{
    if (first && **at != '$')
        return name_step(at);
    if (first)
        (*at)++;
    switch (**at) {
    case '\0':
        return (struct step){.kind = STEP_END};
    case '.':
        (*at)++;
        return name_step(at);
    case '[':
        (*at)++;
        return bracket_step(at);
    default:
        return bad("a dot or a bracket is missing");
    }
}

bool select_path_valid(const char *path, const char **why)
{
    if (strlen(path) > PATH_MAX_LEN) {
        *why = "it is longer than 256 characters";
        return false;
    }
    const char *at = path;
    for (bool first = true;; first = false) {
        struct step s = next_step(&at, first);
        if (s.kind == STEP_BAD) {
            *why = s.why;
            return false;
        }
        if (s.kind == STEP_END)
            return true;
    }
}

struct walk {
    select_visit *visit;
    void *ctx;
    enum select_seen seen;
};

static void saw(struct walk *w, enum select_seen seen)
{
    if (seen > w->seen)
        w->seen = seen;
}

/* True: the visitor has what it wants. As deep as the path has steps. */
static bool walk_on(struct walk *w, json_t *value, const char *at, bool first)
{
    struct step s = next_step(&at, first);
    if (s.kind == STEP_END) {
        saw(w, SELECT_SOME);
        return w->visit(value, w->ctx);
    }
    if (s.kind == STEP_BAD)
        return false;
    if (json_is_null(value)) {
        saw(w, SELECT_EMPTY);
        return false;
    }
    if (s.kind == STEP_NAME) {
        json_t *member = json_object_getn(value, s.name, s.len);
        return member != NULL && walk_on(w, member, at, false);
    }
    size_t n = json_array_size(value);
    if (json_is_array(value) && (s.kind == STEP_EACH ? n == 0 : s.index >= n))
        saw(w, SELECT_EMPTY);
    size_t from = s.kind == STEP_EACH ? 0 : s.index;
    size_t end = s.kind == STEP_EACH ? n : s.index + 1;
    for (size_t i = from; i < end && i < n; i++)
        if (walk_on(w, json_array_get(value, i), at, false))
            return true;
    return false;
}

enum select_seen select_walk(const json_t *root, const char *path,
                             select_visit *visit, void *ctx)
{
    struct walk w = {.visit = visit, .ctx = ctx, .seen = SELECT_ABSENT};
    if (root != NULL && strlen(path) <= PATH_MAX_LEN)
        (void)walk_on(&w, (json_t *)root, path, true);
    return w.seen;
}

static bool take_first(json_t *value, void *ctx)
{
    *(json_t **)ctx = value;
    return true;
}

json_t *select_path(const json_t *root, const char *path)
{
    json_t *found = NULL;
    (void)select_walk(root, path, take_first, &found);
    return found;
}

static bool take_each(json_t *value, void *ctx)
{
    return json_array_append(ctx, value) != 0;
}

json_t *select_all(const json_t *root, const char *path)
{
    json_t *all = json_array();
    if (all != NULL)
        (void)select_walk(root, path, take_each, all);
    return all;
}

/* The object under `name`, made where there is none; NULL: something else is
 * in the way. Borrowed. */
static json_t *descend(json_t *object, const struct step *s)
{
    json_t *next = json_object_getn(object, s->name, s->len);
    if (json_is_object(next))
        return next;
    if (next != NULL && !json_is_null(next))
        return NULL;
    next = json_object();
    if (json_object_setn_new(object, s->name, s->len, next) != 0)
        return NULL;
    return next;
}

bool select_put(json_t *root, const char *path, json_t *value)
{
    const char *at = path, *why;
    if (!json_is_object(root) || !select_path_valid(path, &why)) {
        json_decref(value);
        return false;
    }
    struct step s = next_step(&at, true);
    for (json_t *object = root; s.kind == STEP_NAME && object != NULL;) {
        struct step following = next_step(&at, false);
        if (following.kind == STEP_END)
            return json_object_setn_new(object, s.name, s.len, value) == 0;
        object = descend(object, &s);
        s = following;
    }
    json_decref(value);
    return false;
}

static char *copy(const char *text)
{
    return strdup(text);
}

static char *real_text(double value)
{
    char text[40];
    /* A count that a helpdesk sends as 3.0 means 3. */
    if (fabs(value) < 1e15 && value == floor(value))
        (void)snprintf(text, sizeof text, "%.0f", value);
    else
        (void)snprintf(text, sizeof text, "%.17g", value);
    return copy(text);
}

char *select_text(const json_t *value)
{
    char text[24];
    if (value == NULL)
        return NULL;
    switch (json_typeof(value)) {
    case JSON_STRING:
        return copy(json_string_value(value));
    case JSON_INTEGER:
        (void)snprintf(text, sizeof text, "%" JSON_INTEGER_FORMAT,
                       json_integer_value(value));
        return copy(text);
    case JSON_REAL:
        return real_text(json_real_value(value));
    case JSON_TRUE:
        return copy("true");
    case JSON_FALSE:
        return copy("false");
    case JSON_NULL:
    case JSON_ARRAY:
    case JSON_OBJECT:
        break;
    }
    return NULL;
}
