/*
 * providers/trace.h - what a call did, for logs and for people
 */
#ifndef PROVIDERS_TRACE_H
#define PROVIDERS_TRACE_H

#include "providers/provider.h"

/* Appends one exchange to call->trace, if there is one: method, path without
 * query and without addresses, status (0: no answer), milliseconds. */
void trace_add(struct up_call *call, const char *method, const char *url,
               int status, int64_t ms);
/* Copies at most size - 1 bytes of `text` as one printable line: control
 * characters and runs of blanks become one blank; never half a character. */
void trace_line(char *out, size_t size, const char *text);

#endif
