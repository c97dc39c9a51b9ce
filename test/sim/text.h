/*
 * test/sim/text.h - text that grows at its end
 *
 * A zeroed struct text is empty and valid. `at` is NULL until something was
 * added, and ended with a zero byte from then on.
 */
#ifndef SIM_TEXT_H
#define SIM_TEXT_H

#include <stddef.h>

struct text {
    char *at;
    size_t len, room;
};

/* Adds a zero-ended text, `len` bytes, or what printf would print. */
void text_add(struct text *t, const char *s);
void text_add_n(struct text *t, const char *s, size_t len);
__attribute__((format(printf, 2, 3))) void text_addf(struct text *t,
                                                     const char *format, ...);

/* Hands the bytes over (never NULL); `t` is empty again. */
char *text_take(struct text *t);

/* Frees what `t` owns and zeroes it. */
void text_clear(struct text *t);

#endif
