/*
 * test/sim/knob.h - the named settings of a simulated helpdesk
 *
 * A knob is a number or one of its words (`values`: "a|b|c"; NULL: any text).
 * Knobs are numbered: first those that every desk has (enum common_knob), then
 * the desk's own. They are set by --set NAME=VALUE and by POST /set.
 */
#ifndef SIM_KNOB_H
#define SIM_KNOB_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

enum knob_kind { KNOB_NUMBER, KNOB_TEXT };

struct knob_spec {
    const char *name;
    enum knob_kind kind;
    const char *initial;
    const char *values; /* allowed words, separated by '|'; NULL: any */
    const char *help;
};

enum common_knob {
    KNOB_LATENCY_MS,
    KNOB_NO_EFFECT,
    KNOB_LOST_EVERY,
    KNOB_COMMON_COUNT, /* the desk's own begin here */
};

struct knob {
    const struct knob_spec *spec;
    char *text; /* owned */
    long number;
};

struct knobs {
    struct knob *at;
    size_t count;
};

/* All knobs, common ones first, at their initial values. */
void knobs_init(struct knobs *k, const struct knob_spec *own, size_t count);
void knobs_clear(struct knobs *k);

/*
 * Sets one knob from text. False: no such knob or no such value, nothing is
 * changed, and `why` (of `size` bytes) says what is allowed.
 */
bool knobs_set(struct knobs *k, const char *name, const char *value, char *why,
               size_t size);

long knob_number(const struct knobs *k, size_t knob);
const char *knob_text(const struct knobs *k, size_t knob);

/* True when the knob's text is exactly `word`. */
bool knob_is(const struct knobs *k, size_t knob, const char *word);

/* True when the knob's text, a list separated by commas, names `word`. */
bool knob_lists(const struct knobs *k, size_t knob, const char *word);

/* {name: value}, a new reference. */
json_t *knobs_json(const struct knobs *k);

#endif
