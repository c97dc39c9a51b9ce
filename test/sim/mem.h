/*
 * test/sim/mem.h - memory that is there, or the simulator ends
 *
 * A simulator without memory has nothing true left to say: each function here
 * prints one sentence and ends the process with status 3, so that callers need
 * no error path. What they return is freed with free().
 */
#ifndef SIM_MEM_H
#define SIM_MEM_H

#include <stddef.h>

/* Zeroed room for `size` bytes. */
void *mem_new(size_t size);

/* `old` (may be NULL) moved to `size` bytes; what is new is not zeroed. */
void *mem_grow(void *old, size_t size);

/* A copy of `s`; NULL gives NULL. */
char *mem_text(const char *s);

/* A copy of the first `len` bytes of `s`, ended with a zero byte. */
char *mem_text_n(const char *s, size_t len);

/* Gives jansson the same memory, so that its NULLs never mean "no memory". */
void mem_use_for_json(void);

#endif
