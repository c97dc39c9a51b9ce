/*
 * base/clock.h - where the time comes from, and how it is written
 *
 * The time is a count of milliseconds since 1970-01-01T00:00:00Z, everywhere.
 * Rooms below server/ never read the machine's clock: they are handed a
 * struct clock, so that tests can move it.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct clock {
    int64_t (*now_ms)(void *ctx);
    void *ctx;
};

#define CLOCK_TEXT_SIZE 25 /* "2024-05-13T04:42:34.000Z" and its NUL */

/* The clock of the machine (CLOCK_REALTIME). */
struct clock clock_system(void);
int64_t clock_now(const struct clock *c);
/* Monotonic milliseconds, for measuring spans only. */
int64_t clock_span_ms(void);
/* Writes UTC with milliseconds and "Z" (RFC 3339). Years outside 0..9999 are
 * written as the nearest of them. */
void clock_format(int64_t ms, char out[CLOCK_TEXT_SIZE]);
/* Reads an xsd:dateTime: date and time, any number of fraction digits (cut to
 * milliseconds), "Z", an offset, or none (then UTC). False: not a dateTime. */
bool clock_parse(const char *text, size_t len, int64_t *ms);

#endif
