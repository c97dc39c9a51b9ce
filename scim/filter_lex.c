#include "scim/filter_lex.h"

#include <stdint.h>
#include <string.h>

#include <unistr.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) ||
           (c != '\0' && strchr("-_.:$", c) != NULL);
}

static void broken(struct filter_lexer *x, const char *why)
{
    x->now.kind = FILTER_TOKEN_BROKEN;
    x->why = why;
}

/* Ends the token before `end`. */
static void finish(struct filter_lexer *x, enum filter_token_kind kind,
                   size_t end)
{
    x->now.kind = kind;
    x->now.len = end - x->at;
    x->at = end;
}

static void lex_word(struct filter_lexer *x)
{
    size_t end = x->at;
    while (end < x->len && is_word(x->text[end]))
        end++;
    finish(x, FILTER_TOKEN_WORD, end);
}

static void lex_string(struct filter_lexer *x)
{
    size_t end = x->at + 1;
    while (end < x->len && x->text[end] != '"')
        end += x->text[end] == '\\' ? 2 : 1;
    if (end >= x->len)
        broken(x, "the text that starts here has no closing quote (\")");
    else
        finish(x, FILTER_TOKEN_STRING, end + 1);
}

static size_t skip_digits(const struct filter_lexer *x, size_t at)
{
    while (at < x->len && is_digit(x->text[at]))
        at++;
    return at;
}

/* RFC 8259 section 6. */
static void lex_number(struct filter_lexer *x)
{
    size_t at = x->at + (x->text[x->at] == '-' ? 1 : 0);
    size_t end = skip_digits(x, at);
    bool ok = end > at && (x->text[at] != '0' || end == at + 1);
    if (ok && end < x->len && x->text[end] == '.') {
        at = end + 1;
        end = skip_digits(x, at);
        ok = end > at;
    }
    if (ok && end < x->len && (x->text[end] == 'e' || x->text[end] == 'E')) {
        at = end + 1;
        if (at < x->len && (x->text[at] == '+' || x->text[at] == '-'))
            at++;
        end = skip_digits(x, at);
        ok = end > at;
    }
    if (!ok || (end < x->len && is_word(x->text[end])))
        broken(x, "this is no number as JSON writes it; a text stands in "
                  "double quotes");
    else
        finish(x, FILTER_TOKEN_NUMBER, end);
}

static void lex_other(struct filter_lexer *x, char c)
{
    if (c == '\'')
        broken(x, "a text stands in double quotes (\"), not in single ones");
    else if ((unsigned char)c >= 0x80)
        broken(x, "this character may only stand within double quotes (\"); "
                  "typographic quotes do not count as such");
    else if (c == '\0')
        broken(x, "the character NUL cannot be part of a filter");
    else
        broken(x, "this character is not part of the filter language; a text "
                  "stands in double quotes (\")");
}

void filter_lex_next(struct filter_lexer *x)
{
    static const struct {
        char c;
        enum filter_token_kind kind;
    } marks[] = {
        {'(', FILTER_TOKEN_OPEN},
        {')', FILTER_TOKEN_CLOSE},
        {'[', FILTER_TOKEN_BRACKET},
        {']', FILTER_TOKEN_ENDVALUES},
    };
    if (x->now.kind == FILTER_TOKEN_BROKEN)
        return;
    size_t from = x->at;
    while (x->at < x->len && x->text[x->at] == ' ')
        x->at++;
    x->now = (struct filter_token){.kind = FILTER_TOKEN_END,
                                   .text = x->text + x->at,
                                   .spaced = x->at > from};
    if (x->at == x->len)
        return;
    char c = x->text[x->at];
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
        if (marks[i].c == c) {
            finish(x, marks[i].kind, x->at + 1);
            return;
        }
    if (c == '"')
        lex_string(x);
    else if (c == '-' || is_digit(c))
        lex_number(x);
    else if (is_word(c))
        lex_word(x);
    else
        lex_other(x, c);
}

void filter_lex_start(struct filter_lexer *x, const char *text, size_t len)
{
    *x = (struct filter_lexer){.text = text, .len = len};
    filter_lex_next(x);
}

size_t filter_lex_offset(const struct filter_lexer *x)
{
    return (size_t)(x->now.text - x->text);
}

/* ---- strings ------------------------------------------------------------- */

static bool read_hex4(const char *s, const char *end, uint32_t *out)
{
    *out = 0;
    if (end - s < 4)
        return false;
    for (int i = 0; i < 4; i++) {
        char c = s[i];
        uint32_t v = 0;
        if (is_digit(c))
            v = (uint32_t)(c - '0');
        else if (c >= 'a' && c <= 'f')
            v = (uint32_t)(c - 'a') + 10;
        else if (c >= 'A' && c <= 'F')
            v = (uint32_t)(c - 'A') + 10;
        else
            return false;
        *out = *out * 16 + v;
    }
    return true;
}

/* Reads what follows "\u", with the second half of a surrogate pair; NULL: no
 * character (RFC 8259 section 7). */
static const char *read_unicode(const char *s, const char *end, uint32_t *out)
{
    uint32_t low = 0;
    if (!read_hex4(s, end, out))
        return NULL;
    s += 4;
    if (*out < 0xd800 || *out > 0xdfff)
        return s;
    if (*out > 0xdbff || end - s < 6 || s[0] != '\\' || s[1] != 'u' ||
        !read_hex4(s + 2, end, &low) || low < 0xdc00 || low > 0xdfff)
        return NULL;
    *out = 0x10000 + ((*out - 0xd800) << 10) + (low - 0xdc00);
    return s + 6;
}

/* Decodes the escape behind a backslash to *out, moving it on; NULL: wrong. */
static const char *decode_escape(const char *s, const char *end, char **out)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    uint32_t c = 0;
    const char *found = s < end && *s != '\0' ? strchr(from, *s) : NULL;
    if (found != NULL) {
        *(*out)++ = to[found - from];
        return s + 1;
    }
    if (s == end || *s != 'u')
        return NULL;
    s = read_unicode(s + 1, end, &c);
    if (s == NULL || c == 0)
        return NULL;
    /* There is room: an escape is longer than the character it stands for. */
    int n = u8_uctomb((uint8_t *)*out, (ucs4_t)c, 4);
    if (n < 1)
        return NULL;
    *out += n;
    return s;
}

const char *filter_string_decode(const struct filter_token *t, char *out,
                                 size_t *len)
{
    const char *s = t->text + 1, *end = t->text + t->len - 1;
    char *start = out;
    while (s < end) {
        if ((unsigned char)*s < 0x20)
            return "a control character in a text must be written as an "
                   "escape, and NUL not at all";
        if (*s != '\\') {
            *out++ = *s++;
            continue;
        }
        s = decode_escape(s + 1, end, &out);
        if (s == NULL)
            return "the text holds an escape that JSON does not have (such as "
                   "\\x, half a surrogate pair, or \\u0000)";
    }
    *len = (size_t)(out - start);
    if (u8_check((const uint8_t *)start, *len) != NULL)
        return "the text is not UTF-8";
    return NULL;
}
