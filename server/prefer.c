#include "server/prefer.h"

#include "base/fold.h"

#include <stddef.h>
#include <string.h>

/* The end of a preference: a comma outside of quotes. */
static const char *end_of(const char *at)
{
    bool quoted = false;
    for (; *at != '\0' && (quoted || *at != ','); at++) {
        if (*at == '\\' && quoted && at[1] != '\0')
            at++;
        else if (*at == '"')
            quoted = !quoted;
    }
    return at;
}

bool prefer_names(const char *line, const char *preference)
{
    while (*line != '\0') {
        line += strspn(line, " \t,");
        size_t len = strcspn(line, " \t,;=");
        if (fold_ascii_equal(line, len, preference, strlen(preference)))
            return true;
        line = end_of(line);
    }
    return false;
}
