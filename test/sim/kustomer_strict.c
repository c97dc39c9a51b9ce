/*
 * test/sim/kustomer_strict.c - what nobody knows, and what is chosen for it
 */
#include "test/sim/kustomer_internal.h"

#include <stdlib.h>
#include <string.h>

enum { DEFAULT, LEGACY, ADVERSE, PRESETS };

static const char *const chosen[][PRESETS] = {
#define X(id, name, values, first, second, third, help) {first, second, third},
    KS_CHOICES(X)
#undef X
};

static size_t preset(const struct world *w)
{
    return KS_SET(w, PRESET, "legacy")    ? LEGACY
           : KS_SET(w, PRESET, "adverse") ? ADVERSE
                                          : DEFAULT;
}

const char *ks_choice(const struct world *w, size_t knob)
{
    const char *own = knob_text(&w->knobs, knob);

    if (strcmp(own, "preset") != 0)
        return own;
    return chosen[knob - KS_BEFORE_CHOICES][preset(w)];
}

bool ks_choice_is(const struct world *w, size_t knob, const char *word)
{
    return strcmp(ks_choice(w, knob), word) == 0;
}

int ks_choice_status(const struct world *w, size_t knob)
{
    return (int)strtol(ks_choice(w, knob), NULL, 10);
}

long ks_page_size(const struct world *w)
{
    long own = KS_NUMBER(w, PAGE_SIZE);

    return own > 0 ? own : preset(w) == ADVERSE ? 25 : 100;
}

long ks_index_lag_ms(const struct world *w)
{
    long own = KS_NUMBER(w, INDEX_LAG);

    return own >= 0 ? own : preset(w) == ADVERSE ? 2000 : 1000;
}
