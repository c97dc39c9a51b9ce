/*
 * test/sim/knob.c - the named settings of a simulated helpdesk
 */
#include "test/sim/knob.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test/sim/mem.h"
#include "test/sim/text.h"

/* In the order of enum common_knob. */
static const struct knob_spec common[KNOB_COMMON_COUNT] = {
    {"latency_ms", KNOB_NUMBER, "0", NULL, "every answer waits this long"},
    {"no_effect", KNOB_TEXT, "", NULL,
     "operations (a,b) that report success and change nothing"},
    {"lost_every", KNOB_NUMBER, "0", NULL,
     "the answer of every Nth write is lost after the work was done"},
};

static void adopt(struct knob *knob, const struct knob_spec *spec)
{
    knob->spec = spec;
    knob->text = mem_text(spec->initial);
    knob->number =
        spec->kind == KNOB_NUMBER ? strtol(spec->initial, NULL, 10) : 0;
}

void knobs_init(struct knobs *k, const struct knob_spec *own, size_t count)
{
    k->count = KNOB_COMMON_COUNT + count;
    k->at = mem_new(k->count * sizeof(*k->at));
    for (size_t i = 0; i < KNOB_COMMON_COUNT; i++)
        adopt(&k->at[i], &common[i]);
    for (size_t i = 0; i < count; i++)
        adopt(&k->at[KNOB_COMMON_COUNT + i], &own[i]);
}

void knobs_clear(struct knobs *k)
{
    for (size_t i = 0; i < k->count; i++)
        free(k->at[i].text);
    free(k->at);
    *k = (struct knobs){0};
}

/* Is `word` one of `list`, whose words `separator` keeps apart? */
static bool in_list(const char *list, char separator, const char *word)
{
    size_t len = strlen(word);

    for (const char *at = list; *at != '\0';) {
        const char *end = strchr(at, separator);
        size_t part = end ? (size_t)(end - at) : strlen(at);
        if (part == len && memcmp(at, word, len) == 0)
            return true;
        at += part + (end ? 1 : 0);
    }
    return false;
}

static void say_names(const struct knobs *k, const char *name, char *why,
                      size_t size)
{
    struct text names = {0};

    for (size_t i = 0; i < k->count; i++)
        text_addf(&names, "%s%s", i ? ", " : "", k->at[i].spec->name);
    (void)snprintf(why, size, "There is no knob \"%s\"; the knobs are %s.",
                   name, names.at);
    text_clear(&names);
}

static bool number_of(const char *value, long *number)
{
    char *end = NULL;

    errno = 0;
    *number = strtol(value, &end, 10);
    return errno == 0 && end != value && *end == '\0';
}

bool knobs_set(struct knobs *k, const char *name, const char *value, char *why,
               size_t size)
{
    struct knob *knob = NULL;
    long number = 0;

    for (size_t i = 0; i < k->count && knob == NULL; i++)
        if (strcmp(k->at[i].spec->name, name) == 0)
            knob = &k->at[i];
    if (knob == NULL) {
        say_names(k, name, why, size);
        return false;
    }
    if (knob->spec->kind == KNOB_NUMBER && !number_of(value, &number)) {
        (void)snprintf(why, size, "Knob %s takes a whole number, not \"%s\".",
                       name, value);
        return false;
    }
    if (knob->spec->values && !in_list(knob->spec->values, '|', value)) {
        (void)snprintf(why, size, "Knob %s takes %s, not \"%s\".", name,
                       knob->spec->values, value);
        return false;
    }
    free(knob->text);
    knob->text = mem_text(value);
    knob->number = number;
    return true;
}

long knob_number(const struct knobs *k, size_t knob)
{
    return k->at[knob].number;
}

const char *knob_text(const struct knobs *k, size_t knob)
{
    return k->at[knob].text;
}

bool knob_is(const struct knobs *k, size_t knob, const char *word)
{
    return strcmp(k->at[knob].text, word) == 0;
}

bool knob_lists(const struct knobs *k, size_t knob, const char *word)
{
    return in_list(k->at[knob].text, ',', word);
}

json_t *knobs_json(const struct knobs *k)
{
    json_t *all = json_object();

    for (size_t i = 0; i < k->count; i++)
        json_object_set_new(all, k->at[i].spec->name,
                            k->at[i].spec->kind == KNOB_NUMBER
                                ? json_integer(k->at[i].number)
                                : json_string(k->at[i].text));
    return all;
}
