/*
 * scim/filter_lex.h - the words of the filter language
 *
 * RFC 7644 figure 1 over the lexical rules of JSON (RFC 8259) for literals.
 * The input is left alone; a token points into it.
 */
#ifndef SCIM_FILTER_LEX_H
#define SCIM_FILTER_LEX_H

#include <stdbool.h>
#include <stddef.h>

enum filter_token_kind {
    FILTER_TOKEN_END,
    FILTER_TOKEN_WORD,   /* letters, digits and - _ . : $ */
    FILTER_TOKEN_STRING, /* with its quotes; not decoded yet */
    FILTER_TOKEN_NUMBER,
    FILTER_TOKEN_OPEN,      /* ( */
    FILTER_TOKEN_CLOSE,     /* ) */
    FILTER_TOKEN_BRACKET,   /* [ */
    FILTER_TOKEN_ENDVALUES, /* ] */
    FILTER_TOKEN_BROKEN,    /* none of these: `why` says what is wrong */
};

struct filter_token {
    enum filter_token_kind kind;
    const char *text; /* borrowed, not NUL-terminated */
    size_t len;
    bool spaced; /* a space stands before it */
};

struct filter_lexer {
    const char *text;
    size_t len, at;
    struct filter_token now; /* the token not yet consumed */
    const char *why;         /* of a broken token: a static sentence */
};

/* Starts at the first token. */
void filter_lex_start(struct filter_lexer *x, const char *text, size_t len);
/* Moves on to the next; a broken token and the end stay. */
void filter_lex_next(struct filter_lexer *x);
/* Offset of the token in the text, from 0. */
size_t filter_lex_offset(const struct filter_lexer *x);

/*
 * Decodes a string token into `out`, which has room for `t->len` bytes. The
 * number of bytes goes to *len; they hold no NUL and are UTF-8. NULL: done;
 * else a static sentence that says what is wrong with the string.
 */
const char *filter_string_decode(const struct filter_token *t, char *out,
                                 size_t *len);

#endif
