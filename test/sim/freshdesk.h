/*
 * test/sim/freshdesk.h - Freshdesk API v2, as far as its profile reaches
 *
 * Base /api/v2. What nobody outside has seen for sure is a knob; its first
 * value is the one that is most likely. `helpdesk-sim freshdesk --knobs`
 * prints them.
 *
 *   file      what
 *   -         the API key, the budget and its headers, shapes of errors, pages
 *             by Link header
 *   agents    agents; list rows that lack roles and groups; no name can be
 *             changed; DELETE demotes to a contact
 *   contacts  customers, and make_agent, which the seats may refuse
 *   groups    groups, whose members are the agents that name them
 *   tickets   search in pages of 30 that ends after ten; no closed account is
 *             given work; bulk updates that are done later
 *   human     the web interface, which can deactivate as the API cannot
 */
#ifndef SIM_FRESHDESK_H
#define SIM_FRESHDESK_H

#include "test/sim/desk.h"

extern const struct desk freshdesk;

#endif
