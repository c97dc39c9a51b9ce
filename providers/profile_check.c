/*
 * providers/profile_check.c - the path of a check, and its lines
 */
#include "providers/profile_check.h"

#include "base/nearest.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define LINES_MAX 65536

static bool plain(const char *key)
{
    const char *p = key;
    if (!isalpha((unsigned char)*p) && *p != '_')
        return false;
    while (isalnum((unsigned char)*p) || *p == '_')
        p++;
    return *p == '\0';
}

size_t check_key(struct check *c, const char *key)
{
    size_t mark = c->at.len;
    if (plain(key)) {
        if (mark > 0)
            buf_char(&c->at, '.');
        buf_str(&c->at, key);
    } else {
        buf_char(&c->at, '[');
        buf_json(&c->at, key, strlen(key));
        buf_char(&c->at, ']');
    }
    return mark;
}

size_t check_index(struct check *c, size_t i)
{
    size_t mark = c->at.len;
    buf_fmt(&c->at, "[%zu]", i);
    return mark;
}

void check_up(struct check *c, size_t mark)
{
    if (c->at.data != NULL && mark <= c->at.len) {
        c->at.len = mark;
        c->at.data[mark] = '\0';
    }
}

/* True when the line from `mark` on stands before it already: an operation is
 * checked once for each place that names it. */
static bool said_before(const struct check *c, size_t mark)
{
    const char *line = c->lines.data + mark + 1;
    const char *first = strstr(c->lines.data, line);
    return first != NULL && first < line;
}

void check_bad(struct check *c, const char *format, ...)
{
    char reason[512];
    va_list args;
    if (c->keys_only)
        return;
    va_start(args, format);
    (void)vsnprintf(reason, sizeof reason, format, args);
    va_end(args);
    bool root = c->at.data == NULL || c->at.len == 0;
    size_t mark = c->lines.len;
    c->found++;
    if (mark > LINES_MAX)
        return;
    buf_fmt(&c->lines, "%s%s: %s: %s", mark > 0 ? "\n" : "", c->file,
            root ? "$" : c->at.data, reason);
    if (mark > 0 && buf_ok(&c->lines) && said_before(c, mark)) {
        c->lines.len = mark;
        c->lines.data[mark] = '\0';
    }
}

static void say_unknown(struct check *c, const char *what,
                        const struct nearest *n)
{
    if (n->best[0] != '\0')
        check_bad(c, "unknown %s \"%.100s\"; did you mean \"%s\"?", what,
                  n->word, n->best);
    else
        check_bad(c, "unknown %s \"%.100s\"", what, n->word);
}

void check_unknown(struct check *c, const char *what, const char *word,
                   const char *words)
{
    struct nearest n = nearest_to(word);
    if (words != NULL)
        nearest_offer_words(&n, words);
    say_unknown(c, what, &n);
}

void check_unknown_name(struct check *c, const char *what, const char *word,
                        const json_t *names)
{
    struct nearest n = nearest_to(word);
    const char *name;
    json_t *value;
    json_object_foreach ((json_t *)names, name, value) {
        nearest_offer(&n, name);
    }
    say_unknown(c, what, &n);
}

bool check_word_in(const char *word, const char *words)
{
    size_t len = strlen(word);
    while (*words != '\0') {
        size_t n = strcspn(words, " ");
        if (n == len && memcmp(words, word, n) == 0)
            return true;
        words += n;
        words += strspn(words, " ");
    }
    return false;
}
