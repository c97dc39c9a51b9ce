/*
 * test/sim/mem.c - memory that is there, or the simulator ends
 */
#include "test/sim/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

static void *sure(void *got)
{
    if (got == NULL) {
        (void)fputs("helpdesk-sim: out of memory; run it with fewer users "
                    "or tickets\n",
                    stderr);
        exit(3);
    }
    return got;
}

void *mem_new(size_t size)
{
    return sure(calloc(1, size ? size : 1));
}

void *mem_grow(void *old, size_t size)
{
    return sure(realloc(old, size ? size : 1));
}

char *mem_text(const char *s)
{
    return s ? mem_text_n(s, strlen(s)) : NULL;
}

char *mem_text_n(const char *s, size_t len)
{
    char *copy = sure(malloc(len + 1));

    if (len > 0)
        memcpy(copy, s, len);
    copy[len] = '\0';
    return copy;
}

static void *plain(size_t size)
{
    return sure(malloc(size ? size : 1));
}

void mem_use_for_json(void)
{
    json_set_alloc_funcs(plain, free);
}
