/*
 * providers/provider_manual.c - what a person must know of invitations, and of
 * what the API cannot do
 */
#include "providers/provider_internal.h"

#include <stdlib.h>
#include <string.h>

#define MS 1000

static int64_t number(const struct provider *p, const char *path, int64_t none)
{
    const json_t *value = provider_json(p, path);
    return json_is_integer(value) ? json_integer_value(value) : none;
}

struct up_invite_rules up_invite_rules(const struct provider *p)
{
    return (struct up_invite_rules){
        .life_ms = number(p, "lifecycle.invite.ttl_s", 0) * MS,
        .gap_ms = number(p, "lifecycle.invite.resend.min_gap_s", 0) * MS,
        .max = number(p, "lifecycle.invite.resend.max", UP_RESENDS),
    };
}

/* The address with its variables; new, NULL: one has no value. */
static char *address(const struct provider *p, const char *template,
                     const char *id)
{
    char missing[128];
    json_t *own = json_object();
    struct vars v = {.scope = {own, p->account.variables}, .count = 2};
    char *url = NULL;
    if (own != NULL &&
        (id == NULL || json_object_set_new(own, "id", json_string(id)) == 0))
        url = template_path(template, &v, missing);
    json_decref(own);
    return url;
}

json_t *up_manual(const struct provider *p, const char *kind, const char *id)
{
    const json_t *place =
        json_object_get(json_object_get(p->profile, "manual"), kind);
    const char *template = json_string_value(json_object_get(place, "url"));
    if (place == NULL)
        return NULL;
    char *url = template == NULL ? NULL : address(p, template, id);
    json_t *out = json_pack("{s:O*, s:s*}", "where",
                            json_object_get(place, "where"), "url", url);
    free(url);
    return out;
}
