#include "bridge/entra.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>

#define PREFIX 32

const char *entra_name(const char *name)
{
    size_t i = 0;
    while (i < PREFIX && isxdigit((unsigned char)name[i]))
        i++;
    /* The name behind them may start with such digits too. */
    return i == PREFIX && name[i] != '\0' ? name + PREFIX : name;
}

static bool strip(json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    if (text == NULL || entra_name(text) == text)
        return true;
    return json_object_set_new(object, key, json_string(entra_name(text))) == 0;
}

json_t *entra_pushed(const json_t *resource)
{
    json_t *copy = json_deep_copy(resource);
    const char *name = json_string_value(json_object_get(copy, "userName"));
    if (name == NULL || entra_name(name) == name)
        return copy;
    bool ok = strip(copy, "userName");
    size_t i;
    json_t *email;
    json_array_foreach (json_object_get(copy, "emails"), i, email) {
        ok = strip(email, "value") && ok;
    }
    if (ok)
        return copy;
    json_decref(copy);
    return NULL;
}
