/*
 * server/config_keys.h - every key that the configuration may hold
 *
 * One table is what the file is checked against, what sentences about
 * mistakes are made from, and what conf/scim-bridge.ini is tested against.
 */
#ifndef SERVER_CONFIG_KEYS_H
#define SERVER_CONFIG_KEYS_H

#include "server/config_value.h"

enum config_section { CONFIG_SERVER, CONFIG_TARGET };

struct config_key {
    enum config_section section;
    /* A name that ends with '.' stands for every name that goes on from it:
     * "secret." for secret.client_id. */
    const char *name;
    enum config_kind kind;
    bool required;
    int64_t low, high;   /* bounds of a number, in its unit; both 0: none */
    const char *choices; /* of CONFIG_CHOICE, "a|b"; else NULL */
    const char *parts;   /* what may follow the '.', "a|b"; NULL: any name */
    const char *help;
};

extern const struct config_key config_keys[];
extern const size_t config_key_count;

/* NULL: no such key. */
const struct config_key *config_key_find(enum config_section section,
                                         const char *name);
/* The nearest valid key, or NULL. Static. */
const char *config_key_nearest(enum config_section section, const char *name);

#endif
