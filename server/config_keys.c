#include "server/config_keys.h"

#include "base/nearest.h"

#include <string.h>

#define SECOND ((int64_t)1000)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)
#define KB     ((int64_t)1024)
#define MB     (1024 * KB)

/* What a helpdesk's API may be unable to do, and a person then must. */
#define KINDS "invite|resend|deactivate|update|role|team|inbox|owner|offboard"
/* Identity providers that need a tolerance of their own. */
#define CLIENTS                                                                \
    "generic|okta|entra|onelogin|jumpcloud|ping|sailpoint|authentik|keycloak|" \
    "google|rippling|validator|strict"

/* clang-format off */
#define S CONFIG_SERVER
#define T CONFIG_TARGET
#define KEY(section, name, kind, help) \
    {section, name, CONFIG_##kind, false, 0, 0, NULL, NULL, help}
#define MUST(section, name, kind, help) \
    {section, name, CONFIG_##kind, true, 0, 0, NULL, NULL, help}
#define RANGE(section, name, kind, low, high, help) \
    {section, name, CONFIG_##kind, false, low, high, NULL, NULL, help}
#define WORD(section, name, choices, help) \
    {section, name, CONFIG_CHOICE, false, 0, 0, choices, NULL, help}

const struct config_key config_keys[] = {
    MUST(S,  "listen", LISTEN, "where requests are awaited"),
    KEY(S,   "public_url", PUBLIC, "address that clients use; every link is built from it"),
    MUST(S,  "database", PATH, "the SQLite file"),
    KEY(S,   "tls_certificate", PATH, "PEM file with the certificate and its chain"),
    KEY(S,   "tls_key", PATH, "PEM file with the certificate's key"),
    KEY(S,   "insecure_http", YES_NO, "plain HTTP on an address that others can reach"),
    WORD(S,  "log", "text|json", "how a log line looks"),
    WORD(S,  "log_level", "debug|info|warn|error", "what is logged"),
    RANGE(S, "max_body", SIZE, 16 * KB, 64 * MB, "largest request body"),
    RANGE(S, "max_connections", NUMBER, 100, 100000, "connections at a time"),
    RANGE(S, "connections_per_address", NUMBER, 100, 100000, "connections at a time from one address"),
    RANGE(S, "request_timeout", DURATION, SECOND, 10 * MINUTE, "time for a request to arrive whole"),
    RANGE(S, "idle_timeout", DURATION, SECOND, HOUR, "how long an unused connection is kept"),
    RANGE(S, "threads", NUMBER, 1, 64, "threads of the listener"),
    RANGE(S, "workers", NUMBER, 1, 32, "threads that write, for each target"),
    RANGE(S, "default_page", NUMBER, 1, 10000, "resources on a page when the client does not say"),
    RANGE(S, "max_page", NUMBER, 1, 10000, "most resources on a page"),
    RANGE(S, "cursor_timeout", DURATION, SECOND, DAY, "how long a page's cursor leads to the next page"),
    RANGE(S, "grace", DURATION, 0, 10 * MINUTE, "how long a stop waits for writes under way"),
    MUST(T,  "profile", TEXT, "the helpdesk: a shipped profile's name, or a path to a JSON file"),
    KEY(T,   "base_url", URL, "the helpdesk's address, in place of the profile's"),
    KEY(T,   "secret.", SECRET, "a secret that the profile asks for"),
    KEY(T,   "set.", TEXT, "a variable that the profile declares"),
    RANGE(T, "sync_interval", DURATION, SECOND, 7 * DAY, "time between two syncs"),
    RANGE(T, "deadline", DURATION, SECOND, 10 * MINUTE, "how long a write may keep a client waiting"),
    WORD(T,  "unsupported", "task|refuse", "what becomes of what the helpdesk's API cannot do"),
    {T, "unsupported.", CONFIG_CHOICE, false, 0, 0, "task|refuse", KINDS, "the same for one kind of work"},
    {T, "due.", CONFIG_DURATION, false, SECOND, 365 * DAY, NULL, KINDS, "how long a person has for one kind of work"},
    RANGE(T, "invitation.resend_after", DURATION, SECOND, 90 * DAY, "least time between two invitations of one person"),
    RANGE(T, "invitation.max_resends", NUMBER, 0, 100, "how often an invitation that expired is sent again"),
    WORD(T,  "capability.", "on|off|auto", "what the helpdesk's account can do, in place of what is found out"),
    WORD(T,  "removal", "deactivate|delete", "what a SCIM DELETE does upstream"),
    WORD(T,  "deactivation", "profile|task|refuse", "what active: false does upstream"),
    KEY(T,   "brake", BRAKE, "how many may vanish or be deactivated before a person is asked"),
    KEY(T,   "role.", TEXT, "SCIM group whose members get the role; role.default: the least role"),
    KEY(T,   "inbox.", TEXT, "SCIM group whose members get access to the inbox when they are created; * is everybody"),
    KEY(T,   "protect", LIST, "people that are never changed"),
    KEY(T,   "offboard", LIST, "who gets the open work of a leaver; the first that resolves"),
    KEY(T,   "rate.headroom", SHARE, "share of the helpdesk's rate limit left to others"),
    RANGE(T, "seats", NUMBER, 1, 1000000, "seats that were bought; no user is created past them"),
    KEY(T,   "group_names_unique", YES_NO, "whether two groups may not share a name"),
    WORD(T,  "client", CLIENTS, "the identity provider, for its few tolerances"),
    KEY(T,   "record", PATH, "folder that upstream traffic is written to"),
    KEY(T,   "replay", PATH, "folder that upstream traffic is answered from"),
};
/* clang-format on */
const size_t config_key_count = sizeof config_keys / sizeof config_keys[0];

static bool names(const struct config_key *k, const char *name)
{
    size_t len = strlen(k->name);
    if (k->name[len - 1] != '.')
        return strcmp(k->name, name) == 0;
    if (strncmp(k->name, name, len) != 0 || name[len] == '\0')
        return false;
    return k->parts == NULL || config_choice(k->parts, name + len);
}

const struct config_key *config_key_find(enum config_section section,
                                         const char *name)
{
    for (size_t i = 0; i < config_key_count; i++)
        if (config_keys[i].section == section && names(&config_keys[i], name))
            return &config_keys[i];
    return NULL;
}

const char *config_key_nearest(enum config_section section, const char *name)
{
    struct nearest n = nearest_to(name);
    for (size_t i = 0; i < config_key_count; i++)
        if (config_keys[i].section == section)
            nearest_offer(&n, config_keys[i].name);
    for (size_t i = 0; i < config_key_count; i++)
        if (strcmp(config_keys[i].name, n.best) == 0)
            return config_keys[i].name;
    return NULL;
}
