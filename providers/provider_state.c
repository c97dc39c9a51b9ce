/*
 * providers/provider_state.c - what was found out about this account
 */
#include "providers/provider_internal.h"

#include <string.h>

void up_remember(struct provider *p, const struct up_capability *known)
{
    engine_remember(p->engine, known);
}

static const char *state_of(const json_t *found)
{
    const char *verdict = json_string_value(json_object_get(found, "verdict"));
    if (verdict != NULL && strcmp(verdict, "present") == 0)
        return "on";
    return verdict != NULL && strcmp(verdict, "absent") == 0 ? "off"
                                                             : "unknown";
}

json_t *up_capabilities(const struct provider *p)
{
    json_t *all = engine_capabilities(p->engine), *list = json_array(), *found;
    const char *name;
    json_object_foreach (all, name, found) {
        (void)json_array_append_new(
            list, json_pack("{s:s, s:s, s:b, s:O?, s:O*}", "name", name,
                            "state", state_of(found), "forced",
                            json_is_true(json_object_get(found, "forced")),
                            "evidence", json_object_get(found, "evidence"),
                            "at", json_object_get(found, "at")));
    }
    json_decref(all);
    return list;
}

json_t *up_rate(const struct provider *p)
{
    json_t *rate = engine_rate(p->engine);
    if (rate != NULL)
        (void)json_object_set_new(rate, "headroom",
                                  json_integer(p->rate_headroom));
    return rate;
}
