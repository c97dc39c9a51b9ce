#include "bridge/difference.h"

#include <stdbool.h>
#include <string.h>

static bool tells(const char *key)
{
    return strcmp(key, "meta") != 0 && strcmp(key, "schemas") != 0 &&
           strcmp(key, "members") != 0 && strcmp(key, "password") != 0;
}

char *difference(const json_t *a, const json_t *b)
{
    json_t *parts = json_object();
    char *text = NULL;
    const char *key;
    json_t *value;
    json_object_foreach ((json_t *)a, key, value) {
        const json_t *other = json_object_get(b, key);
        if (tells(key) && (other == NULL || json_equal(value, other) == 0))
            (void)json_object_set(parts, key, value);
    }
    if (json_object_size(parts) > 0)
        text = json_dumps(parts, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(parts);
    return text;
}
