/*
 * test/sim/deliver.h - an outgoing call of a simulated helpdesk: a webhook
 *
 * Never leaves this machine: only http://127.0.0.1:PORT and
 * http://localhost:PORT are called.
 */
#ifndef SIM_DELIVER_H
#define SIM_DELIVER_H

#include <stdbool.h>

/* True when deliver() would call it. */
bool deliver_is_loopback(const char *url);

/*
 * POSTs JSON with more headers ("Name: value\r\n" each, or ""). Returns the
 * status of the answer; 0: there was none within two seconds.
 */
int deliver(const char *url, const char *headers, const char *body);

#endif
