#include "base/log.h"

#include "base/buf.h"

#include <stdarg.h>
#include <string.h>
#include <unistd.h>

static const char *const level_names[] = {"debug", "info", "warn", "error"};

bool log_level_parse(const char *word, enum log_level *out)
{
    for (int i = LOG_DEBUG; i <= LOG_ERROR; i++)
        if (strcmp(word, level_names[i]) == 0) {
            *out = (enum log_level)i;
            return true;
        }
    return false;
}

/* A text value stands bare when that cannot be misread, else as JSON. */
static void text_value(struct buf *b, const char *value)
{
    size_t len = strlen(value);
    size_t plain = strspn(value, "abcdefghijklmnopqrstuvwxyz"
                                 "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "0123456789-._~:/@%+,");
    if (len > 0 && plain == len)
        buf_add(b, value, len);
    else
        buf_json(b, value, len);
}

static void pair(struct buf *b, bool json, const char *key, const char *value)
{
    if (json) {
        buf_char(b, ',');
        buf_json(b, key, strlen(key));
        buf_char(b, ':');
        buf_json(b, value, strlen(value));
    } else {
        buf_char(b, ' ');
        buf_str(b, key);
        buf_char(b, '=');
        text_value(b, value);
    }
}

bool log_wants(const struct log *log, enum log_level level)
{
    return log != NULL && log->fd >= 0 &&
           (int)level >=
               atomic_load_explicit(&log->level, memory_order_relaxed);
}

void log_line(struct log *log, enum log_level level, const char *event, ...)
{
    if (!log_wants(log, level))
        return;
    char now[CLOCK_TEXT_SIZE];
    struct buf b = {0};
    clock_format(clock_now(&log->clock), now);
    buf_fmt(&b,
            log->json ? "{\"time\":\"%s\",\"level\":\"%s\",\"event\":\"%s\""
                      : "%s %s %s",
            now, level_names[level], event);
    va_list args;
    va_start(args, event);
    for (const char *key; (key = va_arg(args, const char *)) != NULL;) {
        const char *value = va_arg(args, const char *);
        if (value != NULL)
            pair(&b, log->json, key, value);
    }
    va_end(args);
    buf_str(&b, log->json ? "}\n" : "\n");
    if (buf_ok(&b)) {
        /* A log that cannot be written must not stop the work. */
        ssize_t ignored = write(log->fd, b.data, b.len);
        (void)ignored;
    }
    buf_clear(&b);
}
