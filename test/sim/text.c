/*
 * test/sim/text.c - text that grows at its end
 */
#include "test/sim/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test/sim/mem.h"

static void reserve(struct text *t, size_t more)
{
    size_t need = t->len + more + 1;

    if (need <= t->room)
        return;
    t->room = t->room * 2 > need ? t->room * 2 : need;
    t->at = mem_grow(t->at, t->room);
}

void text_add_n(struct text *t, const char *s, size_t len)
{
    reserve(t, len);
    if (len > 0)
        memcpy(t->at + t->len, s, len);
    t->len += len;
    t->at[t->len] = '\0';
}

void text_add(struct text *t, const char *s)
{
    text_add_n(t, s, strlen(s));
}

void text_addf(struct text *t, const char *format, ...)
{
    va_list args, again;

    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (len > 0) {
        reserve(t, (size_t)len);
        (void)vsnprintf(t->at + t->len, (size_t)len + 1, format, again);
        t->len += (size_t)len;
    }
    va_end(again);
}

char *text_take(struct text *t)
{
    char *at = t->at ? t->at : mem_text("");

    *t = (struct text){0};
    return at;
}

void text_clear(struct text *t)
{
    free(t->at);
    *t = (struct text){0};
}
