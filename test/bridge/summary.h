/*
 * test/bridge/summary.h - mirror and helpdesk as sorted lines of text
 *
 * Without ids, versions and times, so that two runs can be compared.
 */
#ifndef TEST_BRIDGE_SUMMARY_H
#define TEST_BRIDGE_SUMMARY_H

#include "test/bridge/desk.h"

/* Writes the file `name` into the desk's folder. */
bool summary_write(struct desk *d, const char *name);

#endif
