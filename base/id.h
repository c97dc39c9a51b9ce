/*
 * base/id.h - where ids and secrets come from
 *
 * Handed in by server/, so that tests can repeat themselves.
 */
#ifndef BASE_ID_H
#define BASE_ID_H

#include <stdbool.h>
#include <stddef.h>

#define ID_SIZE 37 /* a UUID as text and its NUL */

struct id_source {
    /* Fills `out` with `len` random bytes; false when none are to be had. */
    bool (*fill)(void *ctx, unsigned char *out, size_t len);
    void *ctx;
};

/* The kernel's random numbers (getrandom). */
struct id_source id_system(void);
/* A random UUID (RFC 9562 version 4) in lower case; false: no randomness. */
bool id_new(const struct id_source *source, char out[ID_SIZE]);
/* The same of 16 bytes that the caller has. */
void id_write(const unsigned char random[16], char out[ID_SIZE]);
/* True for 36 characters in the form that id_new writes. */
bool id_valid(const char *text);

#endif
