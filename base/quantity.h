/*
 * base/quantity.h - durations, sizes and shares as people write them
 *
 * For the configuration and for the `defaults` of a profile, which speak the
 * same language. Pure: a text in, a value or false out; on false the value is
 * not to be used. White space around a text is a mistake.
 */
#ifndef BASE_QUANTITY_H
#define BASE_QUANTITY_H

#include <stdbool.h>
#include <stdint.h>

/* "30s 5m 1h 90d" -> milliseconds. */
bool quantity_duration(const char *text, int64_t *ms);
/* "65536 64k 1m" -> bytes. */
bool quantity_size(const char *text, int64_t *bytes);
/* "20%" -> 20; at most 100. */
bool quantity_share(const char *text, int64_t *percent);
/* At most 15 digits, no sign. */
bool quantity_number(const char *text, int64_t *number);
/* "20%, 5" -> 20 and 5. */
bool quantity_brake(const char *text, int64_t *percent, int64_t *number);

#endif
