/*
 * base/hex.h - bytes as lower-case hexadecimal digits
 */
#ifndef BASE_HEX_H
#define BASE_HEX_H

#include <stddef.h>

/* Writes 2 * len digits, and no NUL; returns where they end. */
char *hex_write(char *out, const unsigned char *bytes, size_t len);

#endif
