/*
 * scim/filter_literal.c - which operators a type has, and what its literals
 * are (RFC 7644 section 3.4.2.2, table 3; RFC 7643 section 2.3)
 */
#include "scim/filter_internal.h"

#include "base/clock.h"
#include "base/fold.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_NUMBER 64 /* characters of a number */

static const struct {
    const char *text;
    bool value, ordered, inside;
} ops[SCIM_OP_COUNT] = {
#define X(name, text, value, ordered, inside) {text, value, ordered, inside},
    SCIM_FILTER_OPS(X)
#undef X
};

/* clang-format off */
static const struct {
    enum filter_class as;
    bool ordered, inside;
    const char *wants; /* what its literals are */
} kinds[] = {
    [SCIM_STRING]    = {FILTER_AS_TEXT,      true,  true,
                        "compares with a text in double quotes"},
    [SCIM_BOOLEAN]   = {FILTER_AS_BOOLEAN,   false, false,
                        "compares with true or false"},
    [SCIM_DECIMAL]   = {FILTER_AS_NUMBER,    true,  false,
                        "compares with a number, without quotes"},
    [SCIM_INTEGER]   = {FILTER_AS_NUMBER,    true,  false,
                        "compares with a number, without quotes"},
    [SCIM_DATETIME]  = {FILTER_AS_TIME,      true,  false,
                        "compares with a date and time in double quotes, such "
                        "as \"2024-05-13T04:42:34Z\""},
    [SCIM_BINARY]    = {FILTER_AS_TEXT,      false, false,
                        "compares with a text in double quotes"},
    [SCIM_REFERENCE] = {FILTER_AS_REFERENCE, false, true,
                        "compares with a text in double quotes"},
    [SCIM_COMPLEX]   = {FILTER_AS_COMPLEX,   false, false,
                        "has parts; name one of them"},
};
/* clang-format on */

enum filter_class filter_class_of(const struct scim_attr *attr)
{
    return kinds[attr->kind].as;
}

bool filter_is_primary(const struct scim_attr *attr)
{
    return attr->kind == SCIM_BOOLEAN && attr->parent != NULL &&
           attr->parent->multi && strcmp(attr->name, "primary") == 0;
}

enum scim_filter_op filter_op_find(const char *word, size_t len)
{
    int op = 0;
    while (op < SCIM_OP_COUNT &&
           !fold_ascii_equal(word, len, ops[op].text, strlen(ops[op].text)))
        op++;
    return (enum scim_filter_op)op;
}

const char *filter_op_check(const struct scim_attr *attr,
                            enum scim_filter_op op)
{
    if (ops[op].ordered && !kinds[attr->kind].ordered)
        return "its values have no order, so gt, ge, lt and le do not apply";
    if (ops[op].inside && !kinds[attr->kind].inside)
        return "its values are no texts, so co, sw and ew do not apply";
    return NULL;
}

/* ---- references ---------------------------------------------------------- */

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static bool is_version(const char *segment, size_t len)
{
    if (len < 2 || segment[0] != 'v')
        return false;
    for (size_t i = 1; i < len; i++)
        if (segment[i] < '0' || segment[i] > '9')
            return false;
    return true;
}

/* The last '/' before `end`, or NULL. */
static char *slash_before(char *text, const char *end)
{
    char *found = NULL;
    for (char *c = text; c < end; c++)
        if (*c == '/')
            found = c;
    return found;
}

/* Takes "/v2" out of ".../v2/Users/2819c223": it stands directly before the
 * endpoint (RFC 7644 section 3.13). */
static void drop_version(char *text)
{
    char *end = text + strlen(text), *slash[3];
    for (int i = 0; i < 3; i++) {
        slash[i] = slash_before(text, end);
        if (slash[i] == NULL)
            return;
        end = slash[i];
    }
    char *version = slash[2] + 1;
    if (is_version(version, (size_t)(slash[1] - version)))
        memmove(slash[2], slash[1], strlen(slash[1]) + 1);
}

/* Brings what stands before the path to lower case. */
static void lower_host(char *text)
{
    char *host = strstr(text, "://");
    if (host == NULL)
        return;
    size_t end = (size_t)(host - text) + 3;
    end += strcspn(text + end, "/?#");
    for (size_t i = 0; i < end; i++)
        text[i] = lower(text[i]);
}

char *filter_key(const struct scim_attr *attr, bool whole, const char *text,
                 size_t len)
{
    char *key = attr->case_exact ? fold_exact(text, len) : fold_key(text, len);
    if (key != NULL && whole && attr->kind == SCIM_REFERENCE) {
        lower_host(key);
        drop_version(key);
    }
    return key;
}

/* ---- literals ------------------------------------------------------------ */

static bool word_equal(const char *text, size_t len, const char *word)
{
    return fold_ascii_equal(text, len, word, strlen(word));
}

/* true and false, and what some clients send: "True" in quotes. */
static const char *read_boolean(struct scim_filter *f,
                                const struct filter_token *t)
{
    const char *text = t->text;
    size_t len = t->len;
    if (t->kind == FILTER_TOKEN_STRING) {
        text++;
        len -= 2;
    }
    f->literal = SCIM_LITERAL_BOOL;
    f->boolean = word_equal(text, len, "true");
    if (t->kind == FILTER_TOKEN_NUMBER ||
        (!f->boolean && !word_equal(text, len, "false")))
        return kinds[SCIM_BOOLEAN].wants;
    return NULL;
}

static const char *read_number(struct scim_filter *f,
                               const struct filter_token *t)
{
    char digits[MAX_NUMBER + 1];
    if (t->kind != FILTER_TOKEN_NUMBER)
        return kinds[f->attr->kind].wants;
    if (t->len > MAX_NUMBER)
        return "the number has too many digits";
    memcpy(digits, t->text, t->len);
    digits[t->len] = '\0';
    f->literal = SCIM_LITERAL_NUMBER;
    f->number = strtod(digits, NULL);
    return isfinite(f->number) ? NULL : "the number is too large";
}

/* Keeps what was written where the node says something else. */
static bool keep_given(struct scim_filter *f, const char *text, size_t len)
{
    if (f->text != NULL && strlen(f->text) == len &&
        memcmp(f->text, text, len) == 0)
        return true;
    f->given = malloc(len + 1);
    if (f->given == NULL)
        return false;
    memcpy(f->given, text, len);
    f->given[len] = '\0';
    return true;
}

/* With "" nothing is looked for inside: any value will do. */
static void read_text(struct scim_filter *f, const char *text, size_t len,
                      bool *memory)
{
    if (ops[f->op].inside && len == 0) {
        f->op = SCIM_OP_PR;
        return;
    }
    f->literal = SCIM_LITERAL_TEXT;
    f->text = filter_key(f->attr, !ops[f->op].inside, text, len);
    *memory = f->text == NULL || !keep_given(f, text, len);
}

static const char *read_string(struct scim_filter *f,
                               const struct filter_token *t, bool *memory)
{
    char text[SCIM_FILTER_MAX_LENGTH];
    size_t len = 0;
    if (t->kind != FILTER_TOKEN_STRING || t->len > sizeof text)
        return kinds[f->attr->kind].wants;
    const char *why = filter_string_decode(t, text, &len);
    if (why != NULL)
        return why;
    if (filter_class_of(f->attr) != FILTER_AS_TIME) {
        read_text(f, text, len, memory);
        return NULL;
    }
    f->literal = SCIM_LITERAL_TIME;
    if (!clock_parse(text, len, &f->time_ms))
        return kinds[SCIM_DATETIME].wants;
    *memory = !keep_given(f, text, len);
    return NULL;
}

const char *filter_literal_read(struct scim_filter *f,
                                const struct filter_token *t, bool *memory)
{
    *memory = false;
    switch (filter_class_of(f->attr)) {
    case FILTER_AS_BOOLEAN:
        return read_boolean(f, t);
    case FILTER_AS_NUMBER:
        return read_number(f, t);
    case FILTER_AS_TEXT:
    case FILTER_AS_REFERENCE:
    case FILTER_AS_TIME:
        return read_string(f, t, memory);
    case FILTER_AS_COMPLEX:
        break;
    }
    return kinds[SCIM_COMPLEX].wants;
}
