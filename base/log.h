/*
 * base/log.h - one log line an event
 *
 * A line is an event's name and pairs of key and value, written as key=value
 * text or as one JSON object. Values are escaped: nothing that came from
 * outside can break a line. Only server/ and bridge/ write lines; the rooms
 * below report results instead.
 *
 * Threads: a struct log may be shared; one line is one write(2).
 * Must not: be given a secret. Nothing here can recognise one.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/clock.h"

#include <stdatomic.h>
#include <stdbool.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

struct log {
    struct clock clock;
    int fd;           /* where lines go; -1: nowhere */
    bool json;        /* else key=value text */
    atomic_int level; /* lines below it are dropped */
};

/*
 * Writes `time level event key=value ...`. The pairs are (const char *key,
 * const char *value), ended by a NULL key; a pair whose value is NULL is left
 * out. A NULL `log` writes nothing.
 */
void log_line(struct log *log, enum log_level level, const char *event, ...)
    __attribute__((sentinel));
/* False when log_line would write nothing: spares making the values. */
bool log_wants(const struct log *log, enum log_level level);
/* "debug", "info", "warn", "error" -> level; false for any other word. */
bool log_level_parse(const char *word, enum log_level *out);

#endif
