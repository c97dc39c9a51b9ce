/*
 * server/config_value.h - how single values of the configuration are read
 *
 * Pure: a text in, a value or false out. The sentence that says what would
 * have been allowed is made from config_value_allowed.
 */
#ifndef SERVER_CONFIG_VALUE_H
#define SERVER_CONFIG_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* clang-format off */
/* Column 2: what a person may write, for the sentence about a bad value. */
#define CONFIG_KINDS(X)                                                       \
    X(TEXT,     "a text")                                                     \
    X(PATH,     "a path; a relative one starts at the folder of this file")   \
    X(LISTEN,   "HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080; port 0 takes any free one") \
    X(URL,      "an address that starts with https:// (http:// only to this machine)") \
    X(PUBLIC,   "the address that clients use, such as https://scim.example.com") \
    X(CHOICE,   "one of a few words")                                         \
    X(YES_NO,   "yes or no")                                                  \
    X(DURATION, "a duration such as 30s, 5m, 1h or 90d")                      \
    X(SIZE,     "a size in bytes such as 65536, 64k or 1m")                   \
    X(SHARE,    "a share from 0% to 100%")                                    \
    X(NUMBER,   "a whole number")                                             \
    X(SECRET,   "env:NAME or file:PATH; a secret never stands in the file itself") \
    X(LIST,     "names, separated by commas")                                 \
    X(BRAKE,    "a share and a number, such as 20%, 5")
enum config_kind {
#define X(name, allowed) CONFIG_##name,
    CONFIG_KINDS(X)
#undef X
};
/* clang-format on */

/* What may stand there, as part of a sentence. Static. */
const char *config_value_allowed(enum config_kind kind);

bool config_yes_no(const char *text, bool *yes);
/* "host:port" or "[v6]:port": the host as a new string, freed by the caller. */
bool config_listen(const char *text, char **host, int *port);
/* True for "http://" or "https://" with a host and neither query, fragment
 * nor user name behind it. */
bool config_url(const char *text);
/* True when the host of a URL is this machine. */
bool config_url_is_loopback(const char *url);
/* 127.0.0.0/8, ::1 and localhost. */
bool config_host_is_loopback(const char *host, size_t len);
/* True when `word` is one of the words of `choices` ("a|b|c"). */
bool config_choice(const char *choices, const char *word);

#endif
