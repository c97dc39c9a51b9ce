/*
 * test/sim/zendesk.h - Zendesk Support API, as far as its profile reaches
 *
 * Base /api/v2. What nobody outside has seen for sure is a knob; its first
 * value is the one that is most likely. `helpdesk-sim zendesk --knobs` prints
 * them.
 *
 *   file         what
 *   -            credentials, budget of a minute, shapes of errors
 *   list         pages by cursor (page[size], links.next, meta.has_more) and by
 *                number, which ends at 10,000 rows
 *   users        staff and customers in one list; search that is not exact and
 *                may be late; an e-mail written by PUT becomes a second address
 *   rules        demotion: open tickets go to whoever demotes, or to the
 *                group's agent with the lowest id; group links are lost
 *   identities   addresses of a user
 *   groups       groups and membership objects
 *   tickets      work by job, which is done only some calls later
 *   human        the web interface
 */
#ifndef SIM_ZENDESK_H
#define SIM_ZENDESK_H

#include "test/sim/desk.h"

extern const struct desk zendesk;

#endif
