/*
 * providers/map_words.c - the names of a person, and the words of templates
 *
 * displayName, name.formatted, name.givenName and name.familyName fill one
 * another: joined with a blank, split at the first blank.
 */
#include "providers/map.h"

#include "base/buf.h"

#include <stdlib.h>
#include <string.h>

static const char *text_at(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text == NULL || *text == '\0' ? NULL : text;
}

static const char *name_part(const json_t *user, const char *key)
{
    return text_at(json_object_get(user, "name"), key);
}

static char *copy(const char *text)
{
    return text == NULL ? NULL : strdup(text);
}

/* ---- names --------------------------------------------------------------- */

void map_split(const char *name, char **given, char **family)
{
    *given = *family = NULL;
    if (name == NULL)
        return;
    name += strspn(name, " ");
    size_t len = strcspn(name, " ");
    if (len > 0)
        *given = strndup(name, len);
    name += len;
    name += strspn(name, " ");
    if (*name != '\0')
        *family = strdup(name);
}

char *map_joined(const char *given, const char *family)
{
    struct buf b = {0};
    if (given == NULL && family == NULL)
        return NULL;
    if (given != NULL)
        buf_str(&b, given);
    if (given != NULL && family != NULL)
        buf_char(&b, ' ');
    if (family != NULL)
        buf_str(&b, family);
    return buf_take(&b);
}

/* displayName or formatted, as they are. */
static const char *whole_name(const json_t *user, bool formatted_first)
{
    const char *display = text_at(user, "displayName");
    const char *formatted = name_part(user, "formatted");
    if (formatted_first)
        return formatted != NULL ? formatted : display;
    return display != NULL ? display : formatted;
}

static char *whole_or_joined(const json_t *user, bool formatted_first)
{
    const char *whole = whole_name(user, formatted_first);
    if (whole != NULL)
        return strdup(whole);
    return map_joined(name_part(user, "givenName"),
                      name_part(user, "familyName"));
}

char *map_display(const json_t *user)
{
    return whole_or_joined(user, false);
}

char *map_formatted(const json_t *user)
{
    const char *given = name_part(user, "givenName");
    const char *family = name_part(user, "familyName");
    /* A display name may be a nickname: the parts know better. */
    if (name_part(user, "formatted") == NULL && given != NULL && family != NULL)
        return map_joined(given, family);
    return whole_or_joined(user, true);
}

char *map_given(const json_t *user)
{
    const char *given = name_part(user, "givenName");
    const char *family = name_part(user, "familyName");
    const char *whole = whole_name(user, false);
    if (given != NULL || whole == NULL)
        return copy(given);
    /* "Ana Maria Lee" with the family name "Lee": all before it. */
    size_t n = strlen(whole), f = family == NULL ? 0 : strlen(family);
    if (f > 0 && n > f + 1 && strcmp(whole + n - f, family) == 0 &&
        whole[n - f - 1] == ' ')
        return strndup(whole, n - f - 1);
    char *first, *rest;
    map_split(whole, &first, &rest);
    free(rest);
    return first;
}

char *map_family(const json_t *user)
{
    const char *given = name_part(user, "givenName");
    const char *family = name_part(user, "familyName");
    const char *whole = whole_name(user, false);
    if (family != NULL || whole == NULL)
        return copy(family);
    size_t g = given == NULL ? 0 : strlen(given);
    if (g > 0 && strncmp(whole, given, g) == 0 && whole[g] == ' ')
        return copy(whole[g + 1] == '\0' ? NULL : whole + g + 1);
    char *first, *rest;
    map_split(whole, &first, &rest);
    free(first);
    return rest;
}

/* ---- words --------------------------------------------------------------- */

static bool is_work(const json_t *email)
{
    const char *type = text_at(email, "type");
    return type != NULL && strcmp(type, "work") == 0;
}

const char *map_email(const json_t *user)
{
    const char *work = NULL, *first = NULL;
    size_t i;
    json_t *email;
    json_array_foreach (json_object_get(user, "emails"), i, email) {
        const char *value = text_at(email, "value");
        if (value == NULL)
            continue;
        if (json_is_true(json_object_get(email, "primary")))
            return value;
        if (work == NULL && is_work(email))
            work = value;
        if (first == NULL)
            first = value;
    }
    if (work != NULL)
        return work;
    const char *name = text_at(user, "userName");
    return name != NULL && strchr(name, '@') != NULL ? name : first;
}

static void put_text(json_t *words, const char *name, const char *text)
{
    if (text != NULL)
        (void)json_object_set_new(words, name, json_string(text));
}

static void put_owned(json_t *words, const char *name, char *text)
{
    put_text(words, name, text);
    free(text);
}

json_t *map_user_words(const json_t *user, const char *role)
{
    json_t *words = json_object();
    put_text(words, "user_name", text_at(user, "userName"));
    put_text(words, "email", map_email(user));
    put_owned(words, "name", map_display(user));
    put_owned(words, "given", map_given(user));
    put_owned(words, "family", map_family(user));
    put_text(words, "external_id", text_at(user, "externalId"));
    put_text(words, "password", text_at(user, "password"));
    put_text(words, "role", role);
    return words;
}

json_t *map_team_words(const json_t *group)
{
    json_t *words = json_object();
    put_text(words, "name", text_at(group, "displayName"));
    put_text(words, "external_id", text_at(group, "externalId"));
    return words;
}
