/*
 * providers/http_date.h - dates and delays in HTTP headers (RFC 9110)
 */
#ifndef PROVIDERS_HTTP_DATE_H
#define PROVIDERS_HTTP_DATE_H

#include <stdbool.h>
#include <stdint.h>

#define HTTP_DELAY_MAX_MS INT64_C(3600000) /* longer is not believed */

/* Reads an HTTP date (section 5.6.7), the current and both obsolete forms, as
 * milliseconds since 1970; false: none of them. */
bool http_date_parse(const char *text, int64_t *ms);
/*
 * Reads Retry-After (section 10.2.3): seconds (a fraction is allowed, as some
 * helpdesks send one) or a date, which counts from `now_ms`. False: neither.
 * The delay lies between 0 and HTTP_DELAY_MAX_MS.
 */
bool http_delay_parse(const char *text, int64_t now_ms, int64_t *delay_ms);

#endif
