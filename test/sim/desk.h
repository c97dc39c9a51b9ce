/*
 * test/sim/desk.h - what one simulated helpdesk is made of
 *
 * A desk is a table of routes, a table of knobs, the kinds of records that it
 * keeps, and the acts of a person in its web interface. Everything is called
 * with the world's lock held.
 */
#ifndef SIM_DESK_H
#define SIM_DESK_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "test/sim/knob.h"
#include "test/sim/message.h"
#include "test/sim/table.h"
#include "test/sim/world.h"

enum route_flags {
    ROUTE_PLAIN = 0,
    ROUTE_JSON = 1, /* the body must be a JSON object */
    ROUTE_OPEN = 2, /* no credentials needed */
};

typedef void route_fn(struct world *w, const struct request *r,
                      struct answer *a);

/* First match wins. {} in a pattern matches one segment: request.arg. */
struct route {
    const char *method, *pattern;
    const char *operation; /* its name in faults, calls and no_effect */
    route_fn *run;
    int flags;
};

/* Why a request is refused before any route runs. */
enum refusal {
    REFUSE_NO_ROUTE,
    REFUSE_METHOD,
    REFUSE_BAD_JSON,
    REFUSE_TOO_LARGE,
};

/*
 * One act in the web interface. Returns what it made or changed (a new
 * reference), or NULL and a sentence in `why`.
 */
typedef json_t *act_fn(struct world *w, const json_t *args, char *why,
                       size_t size);

struct act {
    const char *name;
    act_fn *run;
};

struct desk {
    const char *name;
    const struct knob_spec *knobs;
    size_t knob_count;
    const struct table_spec *tables;
    size_t table_count;
    const struct route *routes;
    size_t route_count;
    const struct act *acts; /* ended by a NULL name */
    bool last_slash;        /* a path may end in one more slash */

    /* Credentials and rate limit. False: refused, and `a` is the answer. */
    bool (*admit)(struct world *w, const struct request *r, struct answer *a,
                  bool open);
    /* What every answer carries: counters of the rate limit, for example. */
    void (*finish)(struct world *w, struct answer *a);
    void (*refuse)(struct world *w, enum refusal why, struct answer *a);
    void (*seed)(struct world *w);
};

/* The desk of that name, or NULL; desk_name(i) lists them, NULL at the end. */
const struct desk *desk_find(const char *name);
const char *desk_name(size_t i);

/*
 * Finds the route of a request and fills r->arg. NULL: none; *known tells
 * whether the path exists with another method, and `allow` (of `size` bytes)
 * lists those.
 */
const struct route *desk_route(const struct desk *desk, struct request *r,
                               bool *known, char *allow, size_t size);

#endif
