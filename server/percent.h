/*
 * server/percent.h - percent-decoding (RFC 3986 section 2.1)
 */
#ifndef SERVER_PERCENT_H
#define SERVER_PERCENT_H

#include <stdbool.h>
#include <stddef.h>

/* Decodes into `out`, which has room for `len` bytes; returns how many it
 * wrote, which may hold a NUL. A '%' without two digits stands for itself;
 * `plus` makes '+' a blank, as in a query. */
size_t percent_decode(const char *text, size_t len, bool plus, char *out);

#endif
