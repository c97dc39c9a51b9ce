/*
 * scim/filter_sql.c - a filter as SQL over the mirror
 *
 *   comparison of                 becomes
 *   a column                      r.name_key = ?
 *   a value in attr               r.n IN (SELECT a.resource FROM attr a ...)
 *   a value in its own table      EXISTS (SELECT 1 FROM member ... AND ...)
 *   a part of one element         EXISTS (... attr a ... a.element = e.element)
 *
 * An expression that is NULL counts as false only where nothing negates it.
 * So `not` is carried down (De Morgan) to the comparisons, and each of them
 * knows its own opposite, which says "or has no value".
 */
#include "scim/filter_sql.h"

#include "scim/filter_internal.h"
#include "scim/sql_internal.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <unistr.h>

struct maker {
    const struct scim_sql_column *columns;
    struct scim_sql *out;
    const struct scim_attr *within;   /* in brackets: whose; else NULL */
    bool own_table;                   /* in brackets: over an `exists` table */
    const struct scim_filter *driver; /* in brackets: the comparison that the
                                         rows `e` are chosen by; may be NULL */
};

/* ---- what columns say ---------------------------------------------------- */

const struct scim_sql_column *sql_column_of(const struct scim_sql_column *c,
                                            const char *path)
{
    while (c->path != NULL && strcmp(c->path, path) != 0)
        c++;
    return c->path == NULL ? NULL : c;
}

const struct scim_sql_column *sql_table_of(const struct scim_sql_column *c,
                                           const struct scim_attr *attr)
{
    for (size_t i = 0; i < attr->sub_count; i++) {
        const struct scim_sql_column *column =
            sql_column_of(c, attr->subs[i].path);
        if (column != NULL && column->exists != NULL)
            return column;
    }
    return NULL;
}

size_t sql_table_len(const struct scim_sql_column *c)
{
    size_t len = strlen(c->exists), x = strlen(c->column);
    bool ends = len >= x && strcmp(c->exists + len - x, c->column) == 0;
    return ends ? len - x : len;
}

/* ---- bind parameters ----------------------------------------------------- */

void scim_sql_clear(struct scim_sql *s)
{
    for (size_t i = 0; i < s->count; i++)
        free(s->values[i].text);
    free(s->values);
    buf_clear(&s->where);
    *s = (struct scim_sql){0};
}

static void bind(struct scim_sql *s, struct scim_sql_value value)
{
    size_t n = s->count;
    if ((n & (n - 1)) == 0) { /* room doubles when it is a power of two */
        size_t room = n == 0 ? 1 : 2 * n;
        struct scim_sql_value *more = realloc(s->values, room * sizeof *more);
        if (more == NULL) {
            s->where.failed = true;
            free(value.text);
            return;
        }
        s->values = more;
    }
    s->values[s->count++] = value;
}

void sql_bind_text(struct scim_sql *s, const char *text, size_t len)
{
    char *copy = malloc(len + 1);
    if (copy == NULL) {
        s->where.failed = true;
        return;
    }
    memcpy(copy, text, len);
    copy[len] = '\0';
    bind(s, (struct scim_sql_value){.kind = SCIM_BIND_TEXT, .text = copy});
}

static void bind_integer(struct scim_sql *s, int64_t integer)
{
    bind(s, (struct scim_sql_value){.kind = SCIM_BIND_INTEGER,
                                    .integer = integer});
}

/* Binds `text` with one more byte behind it. */
static void bind_with(struct scim_sql *s, const char *text, char last)
{
    struct buf b = {0};
    buf_str(&b, text);
    buf_char(&b, last);
    if (buf_ok(&b))
        sql_bind_text(s, b.data, b.len);
    else
        s->where.failed = true;
    buf_clear(&b);
}

void sql_path(struct scim_sql *s, const char *path)
{
    buf_str(&s->where, "(SELECT n FROM attr_name WHERE path = ?)");
    sql_bind_text(s, path, strlen(path));
}

/* All the sub-attributes of an attribute: those that begin with its path and a
 * dot, which '/' follows in ASCII. */
static void paths_below(struct scim_sql *s, const char *path)
{
    buf_str(&s->where,
            "(SELECT n FROM attr_name WHERE path >= ? AND path < ?)");
    bind_with(s, path, '.');
    bind_with(s, path, '/');
}

/* ---- one comparison ------------------------------------------------------ */

/* Where a value stands: a text in `text`, else a number in `number`. */
struct place {
    const char *text, *number;
    bool pair; /* references: the form for eq, 0x01, the text */
};

static const struct place place_a = {"a.key", "a.number", true};
static const struct place place_e = {"e.key", "e.number", true};

static bool is_text(const struct scim_attr *attr)
{
    enum filter_class as = filter_class_of(attr);
    return as == FILTER_AS_TEXT || as == FILTER_AS_REFERENCE;
}

static size_t characters(const char *text)
{
    size_t n = 0;
    for (; *text != '\0'; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

static void bind_literal(struct scim_sql *s, const struct scim_filter *f)
{
    switch (f->literal) {
    case SCIM_LITERAL_TEXT:
        sql_bind_text(s, f->text, strlen(f->text));
        break;
    case SCIM_LITERAL_BOOL:
        bind_integer(s, f->boolean ? 1 : 0);
        break;
    case SCIM_LITERAL_NUMBER:
        bind(s, (struct scim_sql_value){.kind = SCIM_BIND_NUMBER,
                                        .number = f->number});
        break;
    case SCIM_LITERAL_TIME:
        bind_integer(s, f->time_ms);
        break;
    case SCIM_LITERAL_NULL:
        break;
    }
}

static void present(struct scim_sql *s, const char *x, bool text, bool negated)
{
    if (text)
        buf_fmt(&s->where, negated ? "coalesce(%s, '') = ''" : "%s > ''", x);
    else
        buf_fmt(&s->where, negated ? "%s IS NULL" : "%s IS NOT NULL", x);
}

/* co, sw and ew; `x` is an expression without a bind parameter. */
static void inside(struct scim_sql *s, const struct scim_filter *f,
                   const char *x)
{
    int64_t n = (int64_t)characters(f->text);
    if (f->op == SCIM_OP_CO) {
        buf_fmt(&s->where, "instr(%s, ?) > 0", x);
    } else if (f->op == SCIM_OP_SW) {
        buf_fmt(&s->where, "substr(%s, 1, ?) = ?", x);
        bind_integer(s, n);
    } else {
        buf_fmt(&s->where, "substr(%s, ?) = ?", x);
        bind_integer(s, -n);
    }
    bind_literal(s, f);
}

/* U+10FFFF, the last character, has no next one. */
static bool ends_highest(const char *text)
{
    size_t len = strlen(text);
    return len >= 4 && memcmp(text + len - 4, "\xf4\x8f\xbf\xbf", 4) == 0;
}

/* Binds the first text behind all that begin with `text`: its last character is
 * one higher. */
static void bind_next(struct scim_sql *s, const char *text)
{
    size_t last = strlen(text) - 1;
    while (last > 0 && ((unsigned char)text[last] & 0xc0) == 0x80)
        last--;
    ucs4_t c = 0;
    uint8_t next[4];
    (void)u8_mbtouc(&c, (const uint8_t *)text + last, strlen(text + last));
    c = c == 0xd7ff ? 0xe000 : c + 1; /* surrogates are no characters */
    int n = u8_uctomb(next, c, sizeof next);
    struct buf b = {0};
    buf_add(&b, text, last);
    buf_add(&b, (const char *)next, n > 0 ? (size_t)n : 0);
    if (buf_ok(&b))
        sql_bind_text(s, b.data, b.len);
    else
        s->where.failed = true;
    buf_clear(&b);
}

/* sw: such texts lie next to each other, so an index can be walked. */
static void range(struct scim_sql *s, const struct scim_filter *f,
                  const char *x)
{
    buf_fmt(&s->where, "(%s >= ? AND %s < ?)", x, x);
    bind_literal(s, f);
    bind_next(s, f->text);
}

/* A reference in attr: "form" 0x01 "text". */
static void reference(struct scim_sql *s, const struct scim_filter *f,
                      const char *x)
{
    struct buf text = {0};
    if (f->op == SCIM_OP_EQ) {
        buf_fmt(&s->where, "(%s >= ? AND %s < ?)", x, x);
        bind_with(s, f->text, '\x01');
        bind_with(s, f->text, '\x02');
        return;
    }
    buf_fmt(&text, "substr(%s, instr(%s, char(1)) + 1)", x, x);
    if (buf_ok(&text))
        inside(s, f, text.data);
    else
        s->where.failed = true;
    buf_clear(&text);
}

static void order(struct scim_sql *s, const struct scim_filter *f,
                  const char *x)
{
    static const char *const signs[SCIM_OP_COUNT] = {
        [SCIM_OP_EQ] = "=", [SCIM_OP_GT] = ">",  [SCIM_OP_GE] = ">=",
        [SCIM_OP_LT] = "<", [SCIM_OP_LE] = "<=",
    };
    buf_fmt(&s->where, "%s %s ?", x, signs[f->op]);
    bind_literal(s, f);
}

/* True, or false or NULL, of the value at `at`; `ne` is read as `eq`. */
static void compare(struct scim_sql *s, const struct scim_filter *f,
                    const struct place *at)
{
    const char *x = is_text(f->attr) ? at->text : at->number;
    if (f->op == SCIM_OP_PR)
        present(s, x, is_text(f->attr), false);
    else if (at->pair && f->attr->kind == SCIM_REFERENCE && *f->text != '\0')
        reference(s, f, x);
    else if (f->op == SCIM_OP_SW && !ends_highest(f->text))
        range(s, f, x);
    else if (f->op == SCIM_OP_CO || f->op == SCIM_OP_SW || f->op == SCIM_OP_EW)
        inside(s, f, x);
    else
        order(s, f, x);
}

/* The same of a column, or the opposite, which is true of NULL. */
static void compare_column(struct scim_sql *s, const struct scim_filter *f,
                           const char *column, bool negated)
{
    struct place at = {column, column, f->attr->kind == SCIM_REFERENCE};
    if (!negated) {
        compare(s, f, &at);
    } else if (f->op == SCIM_OP_PR) {
        present(s, column, is_text(f->attr), true);
    } else if (f->op == SCIM_OP_EQ && !at.pair) {
        buf_fmt(&s->where, "%s IS NOT ?", column);
        bind_literal(s, f);
    } else {
        buf_str(&s->where, "(");
        compare(s, f, &at);
        buf_str(&s->where, ") IS NOT TRUE");
    }
}

/* ---- comparisons of a resource ------------------------------------------- */

static void in_attr(struct scim_sql *s, const struct scim_filter *f,
                    bool negated)
{
    buf_fmt(&s->where,
            "r.n %sIN (SELECT a.resource FROM attr a WHERE a.path = ",
            negated ? "NOT " : "");
    sql_path(s, f->attr->path);
    buf_str(&s->where, " AND ");
    compare(s, f, &place_a);
    buf_str(&s->where, ")");
}

static void in_table(struct scim_sql *s, const struct scim_filter *f,
                     const struct scim_sql_column *c, bool negated)
{
    buf_str(&s->where, negated ? "NOT EXISTS (" : "EXISTS (");
    buf_add(&s->where, c->exists, sql_table_len(c));
    compare_column(s, f, c->column, false);
    buf_str(&s->where, ")");
}

static void simple(struct maker *m, const struct scim_filter *f, bool negated)
{
    const struct scim_sql_column *c = sql_column_of(m->columns, f->attr->path);
    bool table = f->attr->parent != NULL &&
                 sql_table_of(m->columns, f->attr->parent) != NULL;
    if (c != NULL && c->exists != NULL)
        in_table(m->out, f, c, negated);
    else if (c != NULL)
        compare_column(m->out, f, c->column, negated);
    else if (table) /* a part that the table does not have */
        buf_str(&m->out->where, negated ? "1" : "0");
    else
        in_attr(m->out, f, negated);
}

/* `pr` of a complex attribute: of any of its parts, wherever they stand. */
static void complex_present(struct maker *m, const struct scim_attr *attr,
                            bool negated)
{
    struct scim_sql *s = m->out;
    buf_str(&s->where, "(");
    for (size_t i = 0; i < attr->sub_count; i++) {
        struct scim_filter part = {.node = SCIM_NODE_COMPARE,
                                   .attr = &attr->subs[i],
                                   .op = SCIM_OP_PR};
        if (sql_column_of(m->columns, part.attr->path) == NULL)
            continue;
        simple(m, &part, negated);
        buf_str(&s->where, negated ? " AND " : " OR ");
    }
    if (sql_table_of(m->columns, attr) != NULL) {
        buf_str(&s->where, negated ? "1)" : "0)");
        return;
    }
    buf_fmt(&s->where,
            "r.n %sIN (SELECT a.resource FROM attr a WHERE a.path IN ",
            negated ? "NOT " : "");
    paths_below(s, attr->path);
    buf_str(&s->where, " AND (a.key > '' OR a.number IS NOT NULL)))");
}

/* ---- comparisons within brackets ----------------------------------------- */

static void in_element(struct scim_sql *s, const struct scim_filter *f,
                       bool negated)
{
    buf_fmt(&s->where,
            "%sEXISTS (SELECT 1 FROM attr a WHERE a.resource = e.resource "
            "AND a.element = e.element AND a.path = ",
            negated ? "NOT " : "");
    sql_path(s, f->attr->path);
    buf_str(&s->where, " AND ");
    compare(s, f, &place_a);
    buf_str(&s->where, ")");
}

static void part(struct maker *m, const struct scim_filter *f, bool negated)
{
    if (m->own_table) {
        const struct scim_sql_column *c =
            sql_column_of(m->columns, f->attr->path);
        if (c == NULL)
            buf_str(&m->out->where, negated ? "1" : "0");
        else
            compare_column(m->out, f, c->column, negated);
    } else if (f == m->driver) {
        compare(m->out, f, &place_e);
    } else {
        in_element(m->out, f, negated);
    }
}

/* How well a comparison narrows the elements down. */
static int worth(const struct scim_filter *f)
{
    if (f->node != SCIM_NODE_COMPARE || f->op == SCIM_OP_NE)
        return 0;
    if (f->op == SCIM_OP_EQ && f->literal == SCIM_LITERAL_TEXT)
        return strcmp(f->attr->name, "value") == 0 ? 4 : 3;
    return f->op == SCIM_OP_EQ || f->op == SCIM_OP_SW ? 2 : 1;
}

/* The best comparison that every element must satisfy; NULL: there is none. */
static const struct scim_filter *choose_driver(const struct scim_filter *f)
{
    if (f->node != SCIM_NODE_AND)
        return worth(f) > 0 ? f : NULL;
    const struct scim_filter *a = choose_driver(f->left),
                             *b = choose_driver(f->right);
    if (a == NULL || b == NULL)
        return a == NULL ? b : a;
    return worth(a) >= worth(b) ? a : b;
}

static void emit(struct maker *m, const struct scim_filter *f, bool negated);

/* The condition of an AND: an `or` needs parentheses. */
static void emit_inner(struct maker *m, const struct scim_filter *f)
{
    buf_str(&m->out->where, "(");
    emit(m, f, false);
    buf_str(&m->out->where, ")");
}

static void values(struct maker *m, const struct scim_filter *f, bool negated)
{
    struct buf *where = &m->out->where;
    const struct scim_sql_column *table = sql_table_of(m->columns, f->attr);
    m->within = f->attr;
    m->own_table = table != NULL;
    m->driver = m->own_table ? NULL : choose_driver(f->left);
    if (table != NULL) {
        buf_str(where, negated ? "NOT EXISTS (" : "EXISTS (");
        buf_add(where, table->exists, sql_table_len(table));
    } else {
        buf_fmt(where, "r.n %sIN (SELECT e.resource FROM attr e WHERE e.path ",
                negated ? "NOT " : "");
        buf_str(where, m->driver != NULL ? "= " : "IN ");
        if (m->driver != NULL)
            sql_path(m->out, m->driver->attr->path);
        else
            paths_below(m->out, f->attr->path);
        buf_str(where, " AND ");
    }
    emit_inner(m, f->left);
    buf_str(where, ")");
    m->within = NULL;
}

/* ---- and, or, not -------------------------------------------------------- */

/* How deep the parser of SQL must stack what stands for `f`. */
static int stacking(const struct scim_filter *f)
{
    while (f->node == SCIM_NODE_NOT)
        f = f->left;
    if (f->node != SCIM_NODE_AND && f->node != SCIM_NODE_OR)
        return 1;
    int a = stacking(f->left), b = stacking(f->right);
    return a == b ? a + 1 : (a > b ? a : b);
}

/* The node behind any number of `not`, which turn *negated. */
static const struct scim_filter *behind_not(const struct scim_filter *f,
                                            bool *negated)
{
    for (; f->node == SCIM_NODE_NOT; f = f->left)
        *negated = !*negated;
    return f;
}

static void emit_side(struct maker *m, const struct scim_filter *f,
                      bool negated, bool in_and)
{
    f = behind_not(f, &negated);
    bool is_or = f->node == (negated ? SCIM_NODE_AND : SCIM_NODE_OR);
    if (in_and && is_or) {
        buf_str(&m->out->where, "(");
        emit(m, f, negated);
        buf_str(&m->out->where, ")");
    } else {
        emit(m, f, negated);
    }
}

static void emit_pair(struct maker *m, const struct scim_filter *f,
                      bool negated)
{
    bool and = (f->node == SCIM_NODE_AND) != negated;
    bool swap = stacking(f->right) > stacking(f->left);
    emit_side(m, swap ? f->right : f->left, negated, and);
    buf_str(&m->out->where, and? " AND " : " OR ");
    emit_side(m, swap ? f->left : f->right, negated, and);
}

static void emit_compare(struct maker *m, const struct scim_filter *f,
                         bool negated)
{
    struct scim_filter equal = *f;
    if (f->op == SCIM_OP_NE) {
        equal.op = SCIM_OP_EQ;
        negated = !negated;
    }
    if (m->within != NULL)
        part(m, f == m->driver ? f : &equal, negated);
    else if (f->attr->kind == SCIM_COMPLEX)
        complex_present(m, f->attr, negated);
    else
        simple(m, &equal, negated);
}

static void emit(struct maker *m, const struct scim_filter *f, bool negated)
{
    f = behind_not(f, &negated);
    switch (f->node) {
    case SCIM_NODE_AND:
    case SCIM_NODE_OR:
        emit_pair(m, f, negated);
        break;
    case SCIM_NODE_COMPARE:
        emit_compare(m, f, negated);
        break;
    case SCIM_NODE_VALUES:
        values(m, f, negated);
        break;
    case SCIM_NODE_ABSENT:
    case SCIM_NODE_NOT: /* cannot stand here */
        buf_str(&m->out->where, negated ? "1" : "0");
        break;
    }
}

bool scim_filter_sql(const struct scim_filter *f,
                     const struct scim_sql_column *columns,
                     struct scim_sql *out)
{
    struct maker m = {.columns = columns, .out = out};
    *out = (struct scim_sql){0};
    if (f == NULL)
        buf_str(&out->where, "1");
    else
        emit(&m, f, false);
    return buf_ok(&out->where);
}
