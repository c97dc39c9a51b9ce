#include "server/media.h"

#include "base/fold.h"

#include <stddef.h>
#include <string.h>

#define IS(text, len, word) fold_ascii_equal(text, len, word, strlen(word))

static size_t trimmed(const char **at, size_t len)
{
    while (len > 0 && (**at == ' ' || **at == '\t')) {
        (*at)++;
        len--;
    }
    while (len > 0 && ((*at)[len - 1] == ' ' || (*at)[len - 1] == '\t'))
        len--;
    return len;
}

bool media_is_json(const char *content_type)
{
    if (content_type == NULL)
        return true;
    const char *at = content_type;
    size_t len = trimmed(&at, strcspn(content_type, ";"));
    return len == 0 || IS(at, len, "application/scim+json") ||
           IS(at, len, "application/json");
}

/* True when the parameters behind a media range say q=0. */
static bool refused(const char *parameters, size_t len)
{
    for (size_t i = 0; i + 2 < len; i++)
        if ((parameters[i] == 'q' || parameters[i] == 'Q') &&
            parameters[i + 1] == '=' &&
            (i == 0 || parameters[i - 1] == ';' || parameters[i - 1] == ' '))
            return strspn(parameters + i + 2, "0.") ==
                   strcspn(parameters + i + 2, ",; ");
    return false;
}

bool media_wants_plain(const char *accept)
{
    bool plain = false;
    if (accept == NULL)
        return false;
    for (const char *at = accept; *at != '\0';) {
        size_t width = strcspn(at, ",");
        size_t name_width = strcspn(at, ";,");
        const char *name = at;
        size_t len = trimmed(&name, name_width);
        bool no = refused(at + name_width, width - name_width);
        if (!no && (IS(name, len, "application/scim+json") ||
                    IS(name, len, "application/*") || IS(name, len, "*/*")))
            return false;
        if (!no && IS(name, len, "application/json"))
            plain = true;
        at += width + (at[width] == ',' ? 1 : 0);
    }
    return plain;
}
