/*
 * server/route.c - the table of paths
 *
 *   /scim/v2/...         the first target     /scim/... the same
 *   /NAME/scim/v2/...    the target NAME
 *   /admin/api/...       operators
 *   /healthz /readyz     machines
 *
 * A path is split at its slashes before it is decoded, so that an encoded
 * slash stays part of an id; empty segments (a slash too many, or at the end)
 * do not count. Words are compared as written first, then without case.
 */
#include "server/route.h"

#include "server/percent.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <stdint.h>

#include <unistr.h>

struct route {
    enum route_space space;
    unsigned methods;
    const char *pattern; /* {} stands for any one segment */
    enum route_access access;
    enum route_id id;
    const char *type;
};

/* clang-format off */
#define SCIM  ROUTE_SCIM
#define ADMIN ROUTE_OF_ADMIN
/* Rows with the same pattern stand together; words before {}. */
static const struct route routes[] = {
    {ROUTE_PLAIN, ROUTE_GET, "healthz", ROUTE_OPEN, ROUTE_HEALTH, NULL},
    {ROUTE_PLAIN, ROUTE_GET, "readyz",  ROUTE_OPEN, ROUTE_READY, NULL},
    /* RFC 7644 section 4 */
    {SCIM, ROUTE_GET, "ServiceProviderConfig", ROUTE_OPEN, ROUTE_SERVICE_CONFIG, NULL},
    {SCIM, ROUTE_GET, "ResourceTypes",    ROUTE_READ, ROUTE_RESOURCE_TYPES, NULL},
    {SCIM, ROUTE_GET, "ResourceTypes/{}", ROUTE_READ, ROUTE_RESOURCE_TYPE, NULL},
    {SCIM, ROUTE_GET, "Schemas",          ROUTE_READ, ROUTE_SCHEMAS, NULL},
    {SCIM, ROUTE_GET, "Schemas/{}",       ROUTE_READ, ROUTE_SCHEMA, NULL},
    /* sections 3.4.2.1 and 3.4.3 */
    {SCIM, ROUTE_GET,  "",        ROUTE_READ, ROUTE_ROOT_LIST, NULL},
    {SCIM, ROUTE_POST, ".search", ROUTE_READ, ROUTE_ROOT_SEARCH, NULL},
    /* section 3.7 */
    {SCIM, ROUTE_POST, "Bulk", ROUTE_WRITE, ROUTE_BULK, NULL},
    /* section 3.11: not offered, since no token stands for a user */
    {SCIM, ROUTE_ANY,  "Me",   ROUTE_READ, ROUTE_NOT_OFFERED, "/Me"},
    /* section 3.2 */
#define RESOURCES(endpoint, type) \
    {SCIM, ROUTE_GET,    endpoint,             ROUTE_READ,  ROUTE_LIST, type}, \
    {SCIM, ROUTE_POST,   endpoint,             ROUTE_WRITE, ROUTE_CREATE, type}, \
    {SCIM, ROUTE_POST,   endpoint "/.search",  ROUTE_READ,  ROUTE_SEARCH, type}, \
    {SCIM, ROUTE_GET,    endpoint "/{}",       ROUTE_READ,  ROUTE_READ_ONE, type}, \
    {SCIM, ROUTE_PUT,    endpoint "/{}",       ROUTE_WRITE, ROUTE_REPLACE, type}, \
    {SCIM, ROUTE_PATCH,  endpoint "/{}",       ROUTE_WRITE, ROUTE_PATCH_ONE, type}, \
    {SCIM, ROUTE_DELETE, endpoint "/{}",       ROUTE_WRITE, ROUTE_DELETE_ONE, type}
    RESOURCES("Users", "User"),
    RESOURCES("Groups", "Group"),
    {ADMIN, ROUTE_GET,  "targets",         ROUTE_ADMIN, ROUTE_ADMIN_TARGETS, NULL},
    {ADMIN, ROUTE_POST, "targets/{}/sync", ROUTE_ADMIN, ROUTE_ADMIN_SYNC, NULL},
    {ADMIN, ROUTE_GET,  "targets/{}/brake", ROUTE_ADMIN, ROUTE_ADMIN_BRAKE, NULL},
    {ADMIN, ROUTE_POST, "targets/{}/brake/release", ROUTE_ADMIN, ROUTE_ADMIN_BRAKE_RELEASE, NULL},
    {ADMIN, ROUTE_POST, "targets/{}/brake/discard", ROUTE_ADMIN, ROUTE_ADMIN_BRAKE_DISCARD, NULL},
    {ADMIN, ROUTE_GET,  "tasks",           ROUTE_ADMIN, ROUTE_ADMIN_TASKS, NULL},
    {ADMIN, ROUTE_GET,  "tasks/{}",        ROUTE_ADMIN, ROUTE_ADMIN_TASK, NULL},
    {ADMIN, ROUTE_POST, "tasks/{}/done",   ROUTE_ADMIN, ROUTE_ADMIN_TASK_DONE, NULL},
    {ADMIN, ROUTE_POST, "tasks/{}/cancel", ROUTE_ADMIN, ROUTE_ADMIN_TASK_CANCEL, NULL},
    {ADMIN, ROUTE_POST, "users/{}/resend", ROUTE_ADMIN, ROUTE_ADMIN_USER_RESEND, NULL},
    {ADMIN, ROUTE_GET,  "tombstones",      ROUTE_ADMIN, ROUTE_ADMIN_TOMBSTONES, NULL},
    {ADMIN, ROUTE_GET,  "audit",           ROUTE_ADMIN, ROUTE_ADMIN_AUDIT, NULL},
    {ADMIN, ROUTE_GET,  "syncs",           ROUTE_ADMIN, ROUTE_ADMIN_SYNCS, NULL},
};
/* clang-format on */
#define ROUTE_COUNT (sizeof routes / sizeof routes[0])

static const struct {
    const char *word;
    enum route_method method;
} methods[] = {
    {"GET", ROUTE_GET},         {"HEAD", ROUTE_GET},
    {"POST", ROUTE_POST},       {"PUT", ROUTE_PUT},
    {"PATCH", ROUTE_PATCH},     {"DELETE", ROUTE_DELETE},
    {"OPTIONS", ROUTE_OPTIONS},
};

struct segments {
    const char *at[ROUTE_MAX_SEGMENTS];
    size_t count;
};

/* ---- the path -------------------------------------------------------------
 */

/* Decodes each segment into `text`, one after the other with a NUL between.
 * ROUTE_NO_PATH: there are more than any path of ours has. */
static enum route_result split(const char *path, size_t len, char *text,
                               struct segments *out)
{
    size_t used = 0;
    out->count = 0;
    if (len > ROUTE_MAX_PATH - 1)
        return ROUTE_NO_PATH;
    for (size_t i = 0; i < len;) {
        const char *end = memchr(path + i, '/', len - i);
        size_t width = end == NULL ? len - i : (size_t)(end - path) - i;
        if (width > 0) {
            char *to = text + used;
            size_t got = percent_decode(path + i, width, false, to);
            if (memchr(to, '\0', got) != NULL ||
                u8_check((const uint8_t *)to, got) != NULL)
                return ROUTE_BAD_PATH;
            if (out->count == ROUTE_MAX_SEGMENTS)
                return ROUTE_NO_PATH;
            to[got] = '\0';
            out->at[out->count++] = to;
            used += got + 1;
        }
        i += width + 1;
    }
    return ROUTE_FOUND;
}

/* ---- the table ------------------------------------------------------------
 */

/* True when the pattern names these segments; *param is what {} stands for. */
static bool matches(const char *pattern, const char *const *at, size_t count,
                    bool any_case, const char **param)
{
    *param = NULL;
    for (size_t i = 0; i < count; i++) {
        size_t width = strcspn(pattern, "/");
        if (width == 0)
            return false;
        /* A query is never an id (RFC 7644 section 3.4.3). */
        if (width == 2 && memcmp(pattern, "{}", 2) == 0 &&
            strcmp(at[i], ".search") != 0)
            *param = at[i];
        else if (strlen(at[i]) != width ||
                 (any_case ? strncasecmp(at[i], pattern, width)
                           : strncmp(at[i], pattern, width)) != 0)
            return false;
        pattern += width;
        if (*pattern == '/')
            pattern++;
    }
    return *pattern == '\0';
}

/* The first row whose pattern matches; ROUTE_COUNT: none. */
static size_t first_row(enum route_space space, const char *const *at,
                        size_t count, bool any_case, const char **param)
{
    for (size_t i = 0; i < ROUTE_COUNT; i++)
        if (routes[i].space == space &&
            matches(routes[i].pattern, at, count, any_case, param))
            return i;
    return ROUTE_COUNT;
}

static enum route_result find_row(unsigned method, const char *const *at,
                                  size_t count, struct route_match *out)
{
    size_t first = first_row(out->space, at, count, false, &out->param);
    if (first == ROUTE_COUNT)
        first = first_row(out->space, at, count, true, &out->param);
    if (first == ROUTE_COUNT)
        return ROUTE_NO_PATH;
    const struct route *found = NULL;
    for (size_t i = first;
         i < ROUTE_COUNT && routes[i].space == out->space &&
         strcmp(routes[i].pattern, routes[first].pattern) == 0;
         i++) {
        out->allow |= routes[i].methods;
        if ((routes[i].methods & method) != 0)
            found = &routes[i];
    }
    out->access = routes[first].access;
    if (method == ROUTE_OPTIONS)
        return ROUTE_ASKED;
    if (found == NULL)
        return ROUTE_NO_METHOD;
    out->id = found->id;
    out->access = found->access;
    out->type = found->type;
    return ROUTE_FOUND;
}

static bool is_version(const char *segment)
{
    return (segment[0] == 'v' || segment[0] == 'V') && segment[1] != '\0' &&
           strspn(segment + 1, "0123456789.") == strlen(segment + 1);
}

static enum route_result find_scim(unsigned method, const char *const *at,
                                   size_t count, struct route_match *out)
{
    out->space = ROUTE_SCIM;
    if (count > 0 && is_version(at[0])) {
        if (strcasecmp(at[0], "v2") != 0)
            return ROUTE_BAD_VERSION;
        at++;
        count--;
    }
    return find_row(method, at, count, out);
}

enum route_result route_find(const char *method, const char *path, size_t len,
                             struct route_match *out)
{
    struct segments s;
    unsigned bit = 0;
    out->space = ROUTE_PLAIN;
    out->allow = 0;
    out->target = "";
    out->type = out->param = NULL;
    out->access = ROUTE_OPEN;
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
        if (strcmp(methods[i].word, method) == 0)
            bit = methods[i].method;
    enum route_result result = split(path, len, out->text, &s);
    if (result != ROUTE_FOUND)
        return result;
    if (s.count > 0 && strcmp(s.at[0], "scim") == 0)
        return find_scim(bit, s.at + 1, s.count - 1, out);
    if (s.count > 1 && strcmp(s.at[1], "scim") == 0) {
        out->target = s.at[0];
        return find_scim(bit, s.at + 2, s.count - 2, out);
    }
    if (s.count > 1 && strcmp(s.at[0], "admin") == 0 &&
        strcmp(s.at[1], "api") == 0) {
        out->space = ROUTE_OF_ADMIN;
        return find_row(bit, s.at + 2, s.count - 2, out);
    }
    return find_row(bit, s.at, s.count, out);
}

void route_allow_text(unsigned allowed, char out[ROUTE_ALLOW_SIZE])
{
    size_t len = 0;
    out[0] = '\0';
    allowed |= ROUTE_OPTIONS;
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
        if ((allowed & methods[i].method) != 0)
            len += (size_t)snprintf(out + len, ROUTE_ALLOW_SIZE - len, "%s%s",
                                    len > 0 ? ", " : "", methods[i].word);
}
