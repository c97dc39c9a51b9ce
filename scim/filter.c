/*
 * scim/filter.c - the parser: a descent of one function a rule
 *
 *   filter = and ( "or" and )*             filter_or
 *   and    = term ( "and" term )*          parse_and
 *   term   = "not"? "(" filter ")"         parse_group
 *          | path "[" filter "]" ( "." name op literal )?    parse_values
 *          | path "pr" | path op literal   parse_compare
 *
 * The descent is as deep as parentheses and brackets nest, which `depth`
 * bounds; chains of and/or are loops.
 */
#include "scim/filter.h"

#include "base/fold.h"
#include "scim/filter_internal.h"
#include "scim/nearest.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN 64 /* bytes of the input that a sentence repeats */

struct parser {
    struct filter_lexer lex;
    const struct scim_type *type;
    const struct scim_attr *within; /* in brackets: whose; else NULL */
    bool in_values;                 /* in brackets */
    bool strict;
    size_t base; /* added to positions */
    int depth, terms;
    struct scim_error *err;
};

void scim_filter_free(struct scim_filter *f)
{
    if (f == NULL)
        return;
    scim_filter_free(f->left);
    scim_filter_free(f->right);
    free(f->text);
    free(f->given);
    free(f);
}

/* ---- errors -------------------------------------------------------------- */

static void *fail_at(struct parser *p, size_t offset, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void *fail_at(struct parser *p, size_t offset, const char *format, ...)
{
    char why[640];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(why, sizeof why, format, args);
    va_end(args);
    scim_error_set(p->err, SCIM_INVALID_FILTER, "At byte %zu of the filter: %s",
                   p->base + offset + 1, why);
    return NULL;
}

static void *no_memory(struct parser *p)
{
    scim_error_memory(p->err);
    return NULL;
}

static int shown(size_t len)
{
    return len < SHOWN ? (int)len : SHOWN;
}

/* Says that something else was expected where the parser stands. */
static void *fail_expected(struct parser *p, const char *what)
{
    const struct filter_token *t = &p->lex.now;
    size_t at = filter_lex_offset(&p->lex);
    if (t->kind == FILTER_TOKEN_BROKEN)
        return fail_at(p, at, "%s.", p->lex.why);
    if (t->kind == FILTER_TOKEN_END)
        return fail_at(p, at, "the filter ends where %s is expected.", what);
    if (t->kind == FILTER_TOKEN_STRING)
        return fail_at(p, at, "a text in quotes stands where %s is expected.",
                       what);
    return fail_at(p, at, "\"%.*s\" stands where %s is expected.",
                   shown(t->len), t->text, what);
}

static bool want_space(struct parser *p)
{
    if (p->lex.now.spaced || p->lex.now.kind == FILTER_TOKEN_END ||
        p->lex.now.kind == FILTER_TOKEN_BROKEN)
        return true;
    (void)fail_at(p, filter_lex_offset(&p->lex),
                  "a space is missing before "
                  "this.");
    return false;
}

/* ---- nodes --------------------------------------------------------------- */

/* Takes both branches over, also when it fails. */
static struct scim_filter *node_new(struct parser *p,
                                    enum scim_filter_node node,
                                    struct scim_filter *left,
                                    struct scim_filter *right)
{
    struct scim_filter *f = calloc(1, sizeof *f);
    if (f == NULL) {
        scim_filter_free(left);
        scim_filter_free(right);
        return no_memory(p);
    }
    f->node = node;
    f->left = left;
    f->right = right;
    return f;
}

static struct scim_filter *negate(struct parser *p, struct scim_filter *f)
{
    return f == NULL ? NULL : node_new(p, SCIM_NODE_NOT, f, NULL);
}

/* ---- names --------------------------------------------------------------- */

struct name {
    const char *text;
    size_t len, offset;
    const struct scim_attr *attr; /* NULL: an attribute that is not known, in a
                                     query over several types */
};

static bool fail_unknown(struct parser *p, const struct name *n)
{
    char hint[SCIM_NEAREST_SIZE];
    if (p->within != NULL) {
        scim_nearest(NULL, p->within, n->text, n->len, hint);
        (void)fail_at(p, n->offset, "%s has no sub-attribute \"%.*s\".%s",
                      p->within->path, shown(n->len), n->text, hint);
    } else {
        scim_nearest(p->type, NULL, n->text, n->len, hint);
        (void)fail_at(p, n->offset,
                      "the resource type %s has no attribute \"%.*s\".%s",
                      p->type->name, shown(n->len), n->text, hint);
    }
    return false;
}

/* Finds what the name stands for, here. False: an error is set. */
static bool name_resolve(struct parser *p, struct name *n)
{
    const struct scim_schema *schema = NULL;
    bool found = false;
    n->attr = NULL;
    if (p->in_values) {
        if (p->within == NULL)
            return true;
        n->attr = scim_attr_sub(p->within, n->text, n->len);
        found = n->attr != NULL;
    } else {
        found = scim_attr_find(p->type, n->text, n->len, &n->attr, &schema);
    }
    if (!found)
        return p->strict ? fail_unknown(p, n) : true;
    if (n->attr == NULL) {
        (void)fail_at(p, n->offset,
                      "this names a whole schema; put \":\" and one of its "
                      "attributes behind it.");
        return false;
    }
    if (n->attr->returned == SCIM_RETURNED_NEVER) {
        (void)fail_at(p, n->offset,
                      "\"%s\" is never disclosed, so it cannot be asked for.",
                      n->attr->path);
        return false;
    }
    return true;
}

static bool word_is(const struct filter_token *t, const char *word)
{
    return t->kind == FILTER_TOKEN_WORD &&
           fold_ascii_equal(t->text, t->len, word, strlen(word));
}

static bool name_read(struct parser *p, struct name *n)
{
    const struct filter_token *t = &p->lex.now;
    if (t->kind != FILTER_TOKEN_WORD) {
        (void)fail_expected(p, "an attribute name");
        return false;
    }
    if (word_is(t, "not")) {
        (void)fail_at(p, filter_lex_offset(&p->lex),
                      "\"not\" needs parentheses: not (title pr).");
        return false;
    }
    *n = (struct name){t->text, t->len, filter_lex_offset(&p->lex), NULL};
    filter_lex_next(&p->lex);
    return name_resolve(p, n);
}

/* ---- comparisons --------------------------------------------------------- */

static struct scim_filter *compare_new(struct parser *p,
                                       const struct scim_attr *attr,
                                       enum scim_filter_op op)
{
    struct scim_filter *f = node_new(p, SCIM_NODE_COMPARE, NULL, NULL);
    if (f != NULL) {
        f->attr = attr;
        f->op = op;
    }
    return f;
}

/* Absent counts as false, so "is false" means "is not true". */
static struct scim_filter *lower_primary(struct parser *p,
                                         struct scim_filter *f)
{
    bool wants = f->boolean == (f->op == SCIM_OP_EQ);
    f->op = SCIM_OP_EQ;
    if (p->in_values) {
        f->boolean = true;
        return wants ? f : negate(p, f);
    }
    if (f->boolean) /* some value is the primary one, or none is */
        return wants ? f : negate(p, f);
    const struct scim_attr *parent = f->attr->parent;
    f->boolean = true;
    f = negate(p, f);
    if (f != NULL)
        f = node_new(p, SCIM_NODE_VALUES, f, NULL);
    if (f == NULL)
        return NULL;
    f->attr = parent;
    return wants ? negate(p, f) : f;
}

static struct scim_filter *compare_null(struct parser *p, const struct name *n,
                                        enum scim_filter_op op)
{
    if (op != SCIM_OP_EQ && op != SCIM_OP_NE)
        return fail_at(p, filter_lex_offset(&p->lex),
                       "null can be compared by eq and ne only.");
    filter_lex_next(&p->lex);
    struct scim_filter *f = compare_new(p, n->attr, SCIM_OP_PR);
    return op == SCIM_OP_EQ ? negate(p, f) : f;
}

/* A comparison of an attribute that this type lacks. */
static struct scim_filter *compare_absent(struct parser *p,
                                          enum scim_filter_op op)
{
    bool null = word_is(&p->lex.now, "null");
    if (op != SCIM_OP_PR)
        filter_lex_next(&p->lex);
    struct scim_filter *f = node_new(p, SCIM_NODE_ABSENT, NULL, NULL);
    bool holds = (op == SCIM_OP_EQ && null) || (op == SCIM_OP_NE && !null);
    return holds ? negate(p, f) : f;
}

/* What a bare complex attribute stands for (requirement F-08). */
static bool name_simple(struct parser *p, struct name *n)
{
    if (n->attr->kind != SCIM_COMPLEX)
        return true;
    const struct scim_attr *value = scim_attr_sub(n->attr, "value", 5);
    if (value == NULL) {
        (void)fail_at(p, n->offset,
                      "\"%s\" has parts; name one of them, for example \"%s\".",
                      n->attr->path,
                      n->attr->sub_count > 0 ? n->attr->subs[0].path : "");
        return false;
    }
    n->attr = value;
    return true;
}

static struct scim_filter *
compare_literal(struct parser *p, const struct name *n, enum scim_filter_op op)
{
    bool memory = false;
    size_t at = filter_lex_offset(&p->lex);
    struct scim_filter *f = compare_new(p, n->attr, op);
    if (f == NULL)
        return NULL;
    const char *why = filter_literal_read(f, &p->lex.now, &memory);
    if (why != NULL || memory) {
        scim_filter_free(f);
        return memory ? no_memory(p)
                      : fail_at(p, at, "\"%s\": %s.", n->attr->path, why);
    }
    filter_lex_next(&p->lex);
    if (f->literal == SCIM_LITERAL_BOOL && filter_is_primary(f->attr))
        return lower_primary(p, f);
    return f;
}

/* A literal stands here: else says what does. */
static bool want_literal(struct parser *p)
{
    const struct filter_token *t = &p->lex.now;
    if (t->kind == FILTER_TOKEN_STRING || t->kind == FILTER_TOKEN_NUMBER ||
        word_is(t, "true") || word_is(t, "false") || word_is(t, "null"))
        return want_space(p);
    if (t->kind == FILTER_TOKEN_WORD)
        (void)fail_at(p, filter_lex_offset(&p->lex),
                      "a text stands in double quotes: \"%.*s\".",
                      shown(t->len), t->text);
    else
        (void)fail_expected(p, "a value");
    return false;
}

/* Reads the operator; SCIM_OP_COUNT: an error is set. */
static enum scim_filter_op read_op(struct parser *p)
{
    static const char all[] = "an operator (eq, ne, co, sw, ew, gt, ge, lt, le "
                              "or pr)";
    const struct filter_token *t = &p->lex.now;
    if (t->kind != FILTER_TOKEN_WORD) {
        (void)fail_expected(p, all);
        return SCIM_OP_COUNT;
    }
    enum scim_filter_op op = filter_op_find(t->text, t->len);
    if (op == SCIM_OP_COUNT)
        (void)fail_at(p, filter_lex_offset(&p->lex), "\"%.*s\" is not %s.",
                      shown(t->len), t->text, all);
    else
        filter_lex_next(&p->lex);
    return op;
}

static struct scim_filter *parse_compare(struct parser *p, struct name *n)
{
    size_t at = filter_lex_offset(&p->lex);
    enum scim_filter_op op = read_op(p);
    if (op == SCIM_OP_COUNT)
        return NULL;
    if (++p->terms > SCIM_FILTER_MAX_TERMS)
        return fail_at(p, at,
                       "the filter has more than %d comparisons; ask in "
                       "several requests.",
                       SCIM_FILTER_MAX_TERMS);
    if (op != SCIM_OP_PR && !want_literal(p))
        return NULL;
    if (n->attr == NULL)
        return compare_absent(p, op);
    if (op == SCIM_OP_PR)
        return compare_new(p, n->attr, op);
    if (word_is(&p->lex.now, "null"))
        return compare_null(p, n, op);
    if (!name_simple(p, n))
        return NULL;
    const char *why = filter_op_check(n->attr, op);
    if (why != NULL)
        return fail_at(p, at, "\"%s\": %s.", n->attr->path, why);
    return compare_literal(p, n, op);
}

/* ---- groups -------------------------------------------------------------- */

static struct scim_filter *parse_or(struct parser *p);

static bool enter(struct parser *p)
{
    if (++p->depth <= SCIM_FILTER_MAX_DEPTH)
        return true;
    (void)fail_at(p, filter_lex_offset(&p->lex),
                  "parentheses and brackets are nested more than %d deep.",
                  SCIM_FILTER_MAX_DEPTH);
    return false;
}

/* What follows an opening mark, and the closing one. */
static struct scim_filter *parse_until(struct parser *p,
                                       enum filter_token_kind close,
                                       const char *expected)
{
    if (!enter(p))
        return NULL;
    filter_lex_next(&p->lex);
    struct scim_filter *f = parse_or(p);
    if (f == NULL)
        return NULL;
    p->depth--;
    if (p->lex.now.kind != close) {
        scim_filter_free(f);
        return fail_expected(p, expected);
    }
    filter_lex_next(&p->lex);
    return f;
}

static struct scim_filter *parse_group(struct parser *p)
{
    return parse_until(p, FILTER_TOKEN_CLOSE, "\"and\", \"or\" or \")\"");
}

/* attr[ ].sub op literal, as Microsoft Entra ID asks for e-mail addresses: the
 * comparison is one more condition on the same value. Takes `inner` over. */
static struct scim_filter *parse_behind(struct parser *p,
                                        struct scim_filter *inner)
{
    const struct filter_token *t = &p->lex.now;
    struct name n = {t->text + 1, t->len - 1, filter_lex_offset(&p->lex) + 1,
                     NULL};
    filter_lex_next(&p->lex);
    struct scim_filter *last =
        name_resolve(p, &n) ? parse_compare(p, &n) : NULL;
    if (last == NULL) {
        scim_filter_free(inner);
        return NULL;
    }
    return node_new(p, SCIM_NODE_AND, inner, last);
}

/* The inside of the brackets, and perhaps what follows them. */
static struct scim_filter *parse_inside(struct parser *p)
{
    struct scim_filter *inner =
        parse_until(p, FILTER_TOKEN_ENDVALUES, "\"and\", \"or\" or \"]\"");
    const struct filter_token *t = &p->lex.now;
    if (inner != NULL && t->kind == FILTER_TOKEN_WORD && !t->spaced &&
        t->text[0] == '.')
        return parse_behind(p, inner);
    return inner;
}

static struct scim_filter *parse_values(struct parser *p, const struct name *n)
{
    size_t at = filter_lex_offset(&p->lex);
    if (p->in_values)
        return fail_at(p, at, "brackets cannot stand within brackets.");
    if (n->attr != NULL && n->attr->kind != SCIM_COMPLEX)
        return fail_at(p, at,
                       "\"%s\" has no parts, so brackets cannot follow "
                       "it.",
                       n->attr->path);
    if (n->attr != NULL && !n->attr->multi)
        return fail_at(p, at,
                       "\"%s\" is a single value, so brackets cannot follow "
                       "it; write \"%s\" and an operator.",
                       n->attr->path, n->attr->subs[0].path);
    p->in_values = true;
    p->within = n->attr;
    struct scim_filter *inner = parse_inside(p);
    p->in_values = false;
    p->within = NULL;
    if (inner == NULL)
        return NULL;
    if (n->attr == NULL) { /* it has no values, so none of them satisfies */
        scim_filter_free(inner);
        return node_new(p, SCIM_NODE_ABSENT, NULL, NULL);
    }
    struct scim_filter *f = node_new(p, SCIM_NODE_VALUES, inner, NULL);
    if (f != NULL)
        f->attr = n->attr;
    return f;
}

static struct scim_filter *parse_term(struct parser *p)
{
    struct name n;
    if (p->lex.now.kind == FILTER_TOKEN_OPEN)
        return parse_group(p);
    if (word_is(&p->lex.now, "not")) {
        struct filter_lexer ahead = p->lex;
        filter_lex_next(&ahead);
        if (ahead.now.kind == FILTER_TOKEN_OPEN) {
            p->lex = ahead;
            return negate(p, parse_group(p));
        }
    }
    if (!name_read(p, &n))
        return NULL;
    if (p->lex.now.kind == FILTER_TOKEN_BRACKET)
        return parse_values(p, &n);
    return parse_compare(p, &n);
}

typedef struct scim_filter *parse_rule(struct parser *p);

/* rule ( word rule )*, leaning to the left. */
static struct scim_filter *parse_chain(struct parser *p, const char *word,
                                       enum scim_filter_node node,
                                       parse_rule *rule)
{
    struct scim_filter *left = rule(p);
    while (left != NULL && word_is(&p->lex.now, word)) {
        struct scim_filter *right = NULL;
        bool spaced = want_space(p);
        filter_lex_next(&p->lex);
        if (spaced && want_space(p))
            right = rule(p);
        if (right == NULL) {
            scim_filter_free(left);
            return NULL;
        }
        left = node_new(p, node, left, right);
    }
    return left;
}

static struct scim_filter *parse_and(struct parser *p)
{
    return parse_chain(p, "and", SCIM_NODE_AND, parse_term);
}

static struct scim_filter *parse_or(struct parser *p)
{
    return parse_chain(p, "or", SCIM_NODE_OR, parse_and);
}

static struct scim_filter *parse_all(struct parser *p, const char *text,
                                     size_t len)
{
    if (len > SCIM_FILTER_MAX_LENGTH)
        return fail_at(p, SCIM_FILTER_MAX_LENGTH,
                       "the filter is longer than %d bytes.",
                       SCIM_FILTER_MAX_LENGTH);
    filter_lex_start(&p->lex, text, len);
    if (p->lex.now.kind == FILTER_TOKEN_END)
        return fail_at(p, 0, "it is empty; leave it out to get everything.");
    struct scim_filter *f = parse_or(p);
    if (f != NULL && p->lex.now.kind != FILTER_TOKEN_END) {
        scim_filter_free(f);
        return fail_expected(p, "\"and\", \"or\" or the end of the filter");
    }
    return f;
}

struct scim_filter *scim_filter_parse(const struct scim_type *type,
                                      const char *text, size_t len, bool strict,
                                      struct scim_error *err)
{
    struct parser p = {.type = type, .strict = strict, .err = err};
    return parse_all(&p, text, len);
}

struct scim_filter *filter_parse_within(const struct scim_attr *attr,
                                        const char *text, size_t len,
                                        size_t base, struct scim_error *err)
{
    struct parser p = {.within = attr,
                       .in_values = true,
                       .strict = true,
                       .base = base,
                       .err = err};
    return parse_all(&p, text, len);
}

struct scim_filter *scim_filter_parse_values(const struct scim_attr *attr,
                                             const char *text, size_t len,
                                             struct scim_error *err)
{
    return filter_parse_within(attr, text, len, 0, err);
}
