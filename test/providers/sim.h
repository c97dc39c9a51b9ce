/*
 * test/providers/sim.h - the simulated helpdesk as a child process
 */
#ifndef TEST_PROVIDERS_SIM_H
#define TEST_PROVIDERS_SIM_H

#include <jansson.h>
#include <stdbool.h>

struct sim;
/* Starts `helpdesk-sim DESK --set ...` (settings end with NULL) from the build
 * that this test belongs to. NULL: it is not built. */
struct sim *sim_start(const char *desk, const char *const *settings);
void sim_stop(struct sim *s);
/* "http://127.0.0.1:PORT" */
const char *sim_url(const struct sim *s);
/* A call of the control port; `body` is JSON text with ' for ". New. */
json_t *sim_control(struct sim *s, const char *method, const char *path,
                    const char *body);

#endif
