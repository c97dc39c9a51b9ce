/*
 * providers/template.c - {{x}}, {{x?}}, {{x|LITERAL}}, {{x|csv}}
 *
 * A string is read piece by piece: text, then a variable, and so on. Filling a
 * string ends in one of three ways, and so does filling what holds it:
 *
 *   outcome   member or element     whole body
 *   FILLED    is there              the value
 *   DROPPED   is left out           json null
 *   FAILED    the whole fill fails  NULL
 */
#include "providers/template.h"

#include "base/buf.h"
#include "base/digest.h"
#include "providers/select.h"

#include <stdlib.h>
#include <string.h>

#define NAME_MAX_LEN  127
#define TEMPLATE_DEEP 64

/* ---- reading ------------------------------------------------------------- */

enum piece_kind { PIECE_END, PIECE_BAD, PIECE_TEXT, PIECE_VARIABLE };
enum absence { ABSENT_FAILS, ABSENT_DROPS, ABSENT_LITERAL };

struct piece {
    enum piece_kind kind;
    const char *text; /* PIECE_TEXT: within the template */
    size_t len;
    char name[NAME_MAX_LEN + 1];
    enum absence absence;
    const char *literal; /* ABSENT_LITERAL: JSON text within the template */
    size_t literal_len;
    bool csv;
    const char *why; /* PIECE_BAD */
};

static bool name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '_' || c == '.';
}

/* The closing braces from `at` on, outside of a quoted literal. */
static const char *closing(const char *at)
{
    bool quoted = false;
    for (; *at != '\0'; at++) {
        if (*at == '\\' && quoted && at[1] != '\0')
            at++;
        else if (*at == '"')
            quoted = !quoted;
        else if (!quoted && at[0] == '}' && at[1] == '}')
            return at;
    }
    return NULL;
}

static json_t *literal_value(const char *text, size_t len)
{
    json_error_t ignored;
    json_t *value = json_loadb(text, len, JSON_DECODE_ANY, &ignored);
    bool fits = value != NULL && !json_is_object(value) &&
                (!json_is_array(value) || json_array_size(value) == 0);
    if (fits)
        return value;
    json_decref(value);
    return NULL;
}

/* What follows a name: nothing, "?", "|csv" or "|LITERAL". */
static void read_suffix(struct piece *p, const char *at, const char *end)
{
    size_t len = (size_t)(end - at);
    p->kind = PIECE_VARIABLE;
    if (len == 0)
        return;
    if (len == 1 && *at == '?') {
        p->absence = ABSENT_DROPS;
    } else if (len == 4 && memcmp(at, "|csv", 4) == 0) {
        p->csv = true;
    } else if (*at == '|') {
        json_t *value = literal_value(at + 1, len - 1);
        p->absence = ABSENT_LITERAL;
        p->literal = at + 1;
        p->literal_len = len - 1;
        if (value == NULL) {
            p->kind = PIECE_BAD;
            p->why = "behind | stands csv, a JSON scalar or []";
        }
        json_decref(value);
    } else {
        p->kind = PIECE_BAD;
        p->why = "a variable is written {{name}}, {{name?}} or {{name|...}}";
    }
}

static void read_variable(struct piece *p, const char **at)
{
    const char *from = *at + 2, *end = closing(from);
    size_t len = 0;
    p->kind = PIECE_BAD;
    if (end == NULL) {
        p->why = "}} is missing";
        return;
    }
    while (name_char(from[len]))
        len++;
    if (len == 0 || len > NAME_MAX_LEN) {
        p->why = "a variable's name has 1 to 127 letters, digits, _ or dots";
        return;
    }
    memcpy(p->name, from, len);
    p->name[len] = '\0';
    read_suffix(p, from + len, end);
    *at = end + 2;
}

static void next_piece(const char **at, struct piece *p)
{
    *p = (struct piece){.kind = PIECE_END};
    if (**at == '\0')
        return;
    if (strncmp(*at, "{{", 2) == 0) {
        read_variable(p, at);
        return;
    }
    const char *brace = strstr(*at, "{{");
    p->kind = PIECE_TEXT;
    p->text = *at;
    p->len = brace != NULL ? (size_t)(brace - *at) : strlen(*at);
    *at += p->len;
}

/* ---- naming variables ---------------------------------------------------- */

static bool string_variables(const char *text, template_each *each, void *ctx,
                             const char **why)
{
    struct piece p;
    for (const char *at = text;;) {
        next_piece(&at, &p);
        if (p.kind == PIECE_END)
            return true;
        if (p.kind == PIECE_BAD) {
            *why = p.why;
            return false;
        }
        if (p.kind == PIECE_VARIABLE &&
            !each(p.name, p.absence != ABSENT_FAILS, ctx)) {
            *why = NULL;
            return false;
        }
    }
}

struct naming {
    template_each *each;
    void *ctx;
    const char **why;
};

static bool name_all(const json_t *template, const struct naming *n, int depth)
{
    size_t i;
    const char *key;
    json_t *value;
    if (depth > TEMPLATE_DEEP) {
        *n->why = "it is nested deeper than 64 levels";
        return false;
    }
    if (json_is_string(template))
        return string_variables(json_string_value(template), n->each, n->ctx,
                                n->why);
    json_array_foreach (template, i, value) {
        if (!name_all(value, n, depth + 1))
            return false;
    }
    if (!json_is_object(template))
        return true;
    json_object_foreach ((json_t *)template, key, value) {
        if (!name_all(value, n, depth + 1))
            return false;
    }
    return true;
}

bool template_variables(const json_t *template, template_each *each, void *ctx,
                        const char **why)
{
    const struct naming n = {.each = each, .ctx = ctx, .why = why};
    return name_all(template, &n, 0);
}

/* ---- values -------------------------------------------------------------- */

json_t *vars_get(const struct vars *v, const char *name)
{
    for (size_t i = 0; i < v->count && i < VARS_MAX; i++) {
        json_t *value = json_object_get(v->scope[i], name);
        if (value != NULL)
            return json_is_null(value) ? NULL : value;
    }
    return NULL;
}

enum filled { FILLED, DROPPED, FAILED };

struct fill {
    const struct vars *vars;
    char *missing;
};

static enum filled miss(const struct fill *f, const char *name)
{
    size_t len = strlen(name);
    memcpy(f->missing, name, len + 1);
    return FAILED;
}

/* The elements of a list as text, joined by commas; NULL: not possible. */
static json_t *join(const json_t *list)
{
    struct buf b = {0};
    size_t i;
    json_t *element;
    bool ok = true;
    if (!json_is_array(list))
        return json_deep_copy(list);
    json_array_foreach (list, i, element) {
        char *text = select_text(element);
        ok = ok && text != NULL;
        if (i > 0)
            buf_char(&b, ',');
        if (text != NULL)
            buf_str(&b, text);
        free(text);
    }
    char *joined = ok ? buf_take(&b) : NULL;
    json_t *value = joined == NULL ? NULL : json_string(joined);
    free(joined);
    buf_clear(&b);
    return value;
}

/* The value of a variable, typed: new reference in *out when FILLED. */
static enum filled variable_value(const struct fill *f, const struct piece *p,
                                  json_t **out)
{
    const json_t *value = vars_get(f->vars, p->name);
    if (value == NULL && p->absence == ABSENT_DROPS)
        return DROPPED;
    if (value == NULL && p->absence == ABSENT_FAILS)
        return miss(f, p->name);
    if (value == NULL)
        *out = literal_value(p->literal, p->literal_len);
    else
        *out = p->csv ? join(value) : json_deep_copy(value);
    return *out == NULL ? miss(f, p->name) : FILLED;
}

/* How a value is written into a text. */
enum spelling { AS_TEXT, AS_PATH, AS_HEADER };

static bool spell(struct buf *b, const json_t *value, enum spelling how)
{
    char *text = select_text(value);
    /* A string of jansson may hold NUL, which a C text would cut off. */
    bool whole = text != NULL && (!json_is_string(value) ||
                                  strlen(text) == json_string_length(value));
    bool ok = whole && !(how == AS_HEADER && strpbrk(text, "\r\n") != NULL);
    if (ok && how == AS_PATH) {
        /* A value that is a dot segment would climb; an empty one would make
         * the path of an item that of its collection. */
        ok = strcmp(text, ".") != 0 && strcmp(text, "..") != 0 && *text != '\0';
        buf_percent(b, text, strlen(text));
    } else if (ok) {
        buf_str(b, text);
    }
    if (text != NULL)
        digest_wipe(text, strlen(text)); /* it may be a secret */
    free(text);
    return ok;
}

static enum filled add_piece(const struct fill *f, const struct piece *p,
                             enum spelling how, struct buf *b)
{
    json_t *value = NULL;
    if (p->kind == PIECE_TEXT) {
        buf_add(b, p->text, p->len);
        return FILLED;
    }
    if (p->kind == PIECE_BAD)
        return FAILED;
    enum filled done = variable_value(f, p, &value);
    if (done == FILLED && !(json_is_null(value) && how == AS_TEXT) &&
        !spell(b, value, how))
        done = miss(f, p->name);
    /* A path with a hole names something else. */
    if (done == DROPPED && how == AS_PATH)
        done = miss(f, p->name);
    json_decref(value);
    return done;
}

/* A string of several pieces as text. */
static enum filled fill_text(const struct fill *f, const char *template,
                             enum spelling how, char **out)
{
    struct buf b = {0};
    struct piece p;
    enum filled done = FILLED;
    for (const char *at = template; done == FILLED;) {
        next_piece(&at, &p);
        if (p.kind == PIECE_END)
            break;
        done = add_piece(f, &p, how, &b);
    }
    if (done == FILLED) {
        *out = buf_take(&b);
        done = *out == NULL ? FAILED : FILLED;
    }
    buf_clear(&b);
    return done;
}

/* ---- filling ------------------------------------------------------------- */

static enum filled fill_string(const struct fill *f, const char *template,
                               json_t **out)
{
    struct piece p;
    const char *at = template;
    char *text = NULL;
    next_piece(&at, &p);
    if (p.kind == PIECE_VARIABLE && *at == '\0')
        return variable_value(f, &p, out);
    enum filled done = fill_text(f, template, AS_TEXT, &text);
    if (done == FILLED) {
        *out = json_string(text);
        done = *out == NULL ? FAILED : FILLED;
    }
    free(text);
    return done;
}

static enum filled fill_any(const struct fill *f, const json_t *template,
                            int depth, json_t **out);

static bool fill_array(const struct fill *f, const json_t *template, int depth,
                       json_t *into)
{
    size_t i;
    json_t *element;
    json_array_foreach (template, i, element) {
        json_t *value = NULL;
        enum filled done = fill_any(f, element, depth + 1, &value);
        if (done == FAILED ||
            (done == FILLED && json_array_append_new(into, value) != 0))
            return false;
    }
    return true;
}

static bool fill_object(const struct fill *f, const json_t *template, int depth,
                        json_t *into)
{
    const char *key;
    json_t *member;
    json_object_foreach ((json_t *)template, key, member) {
        json_t *value = NULL;
        enum filled done = fill_any(f, member, depth + 1, &value);
        if (done == FAILED ||
            (done == FILLED && json_object_set_new(into, key, value) != 0))
            return false;
    }
    return true;
}

static enum filled fill_any(const struct fill *f, const json_t *template,
                            int depth, json_t **out)
{
    if (depth > TEMPLATE_DEEP)
        return FAILED;
    if (json_is_string(template))
        return fill_string(f, json_string_value(template), out);
    bool ok = true;
    if (json_is_array(template)) {
        *out = json_array();
        ok = *out != NULL && fill_array(f, template, depth, *out);
    } else if (json_is_object(template)) {
        *out = json_object();
        ok = *out != NULL && fill_object(f, template, depth, *out);
    } else {
        *out = json_deep_copy(template);
        ok = *out != NULL;
    }
    if (ok)
        return FILLED;
    json_decref(*out);
    *out = NULL;
    return FAILED;
}

json_t *template_fill(const json_t *template, const struct vars *v,
                      char missing[128])
{
    const struct fill f = {.vars = v, .missing = missing};
    json_t *value = NULL;
    missing[0] = '\0';
    switch (fill_any(&f, template, 0, &value)) {
    case FILLED:
        return value;
    case DROPPED:
        return json_null();
    case FAILED:
        break;
    }
    return NULL;
}

char *template_path(const char *template, const struct vars *v,
                    char missing[128])
{
    const struct fill f = {.vars = v, .missing = missing};
    char *text = NULL;
    missing[0] = '\0';
    return fill_text(&f, template, AS_PATH, &text) == FILLED ? text : NULL;
}

char *template_text(const char *template, const struct vars *v,
                    char missing[128])
{
    const struct fill f = {.vars = v, .missing = missing};
    char *text = NULL;
    missing[0] = '\0';
    return fill_text(&f, template, AS_HEADER, &text) == FILLED ? text : NULL;
}
