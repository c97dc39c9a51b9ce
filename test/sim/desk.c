/*
 * test/sim/desk.c - the list of desks, and how a request finds its route
 */
#include "test/sim/desk.h"

#include <stdio.h>
#include <string.h>

#include "test/sim/freshdesk.h"
#include "test/sim/helpscout.h"
#include "test/sim/kustomer.h"
#include "test/sim/plain.h"
#include "test/sim/quillbox.h"
#include "test/sim/refdesk.h"
#include "test/sim/zammad.h"
#include "test/sim/zendesk.h"

static const struct desk *const desks[] = {
    &refdesk,  &plain,   &quillbox,  &helpscout,
    &kustomer, &zendesk, &freshdesk, &zammad,
};

enum { DESKS = sizeof(desks) / sizeof(desks[0]) };

const char *desk_name(size_t i)
{
    return i < DESKS ? desks[i]->name : NULL;
}

const struct desk *desk_find(const char *name)
{
    for (size_t i = 0; i < DESKS; i++)
        if (strcmp(desks[i]->name, name) == 0)
            return desks[i];
    return NULL;
}

static size_t segment(const char *at)
{
    return strcspn(at, "/");
}

/* Does `path` fit `pattern`? What {} stands for goes to arg. */
static bool fits(const char *pattern, const char *path, bool last_slash,
                 char arg[REQUEST_ARGS][ARG_MAX_LEN])
{
    size_t args = 0;

    while (*pattern == '/' && *path == '/') {
        pattern++;
        path++;
        size_t want = segment(pattern), have = segment(path);
        if (want == 2 && memcmp(pattern, "{}", 2) == 0) {
            if (have == 0 || have >= ARG_MAX_LEN || args == REQUEST_ARGS)
                return false;
            memcpy(arg[args], path, have);
            arg[args++][have] = '\0';
        } else if (want != have || memcmp(pattern, path, want) != 0) {
            return false;
        }
        pattern += want;
        path += have;
    }
    if (last_slash && strcmp(path, "/") == 0)
        path++;
    return *pattern == '\0' && *path == '\0';
}

const struct route *desk_route(const struct desk *desk, struct request *r,
                               bool *known, char *allow, size_t size)
{
    size_t used = 0;

    *known = false;
    allow[0] = '\0';
    for (size_t i = 0; i < desk->route_count; i++) {
        const struct route *route = &desk->routes[i];
        if (!fits(route->pattern, r->path, desk->last_slash, r->arg))
            continue;
        if (strcmp(route->method, r->method) == 0)
            return route;
        *known = true;
        int len = snprintf(allow + used, size - used, "%s%s", used ? ", " : "",
                           route->method);
        if (len > 0 && used + (size_t)len < size)
            used += (size_t)len;
    }
    return NULL;
}
