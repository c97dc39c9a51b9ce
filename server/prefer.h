/*
 * server/prefer.h - the header Prefer (RFC 7240)
 *
 * Pure.
 */
#ifndef SERVER_PREFER_H
#define SERVER_PREFER_H

#include <stdbool.h>

/* The preference by which a write is explained and not done. */
#define PREFER_DRY_RUN "dry-run"

/* True when one line of the header names the preference, in any case and with
 * any value: who says "dry-run" in whatever form wants nothing changed. */
bool prefer_names(const char *line, const char *preference);

#endif
