/*
 * providers/map_transform.c - one value, from native to SCIM and back
 *
 * A value of a type that does not fit is no value: helpdesks send "" and 0
 * where they mean nothing.
 */
#include "providers/map.h"

#include "base/clock.h"
#include "providers/select.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* ---- texts --------------------------------------------------------------- */

/* A scalar as a text that is not empty. */
static json_t *text_value(const json_t *value)
{
    char *text = select_text(value);
    json_t *result = text == NULL || *text == '\0' ? NULL : json_string(text);
    free(text);
    return result;
}

static json_t *lower_value(const json_t *value)
{
    char *text = select_text(value);
    if (text == NULL || *text == '\0') {
        free(text);
        return NULL;
    }
    for (char *p = text; *p != '\0'; p++)
        *p = (char)tolower((unsigned char)*p);
    json_t *result = json_string(text);
    free(text);
    return result;
}

/* ---- booleans and numbers ------------------------------------------------ */

/* true, 1, "1", "true" and their opposites; -1: neither. */
static int truth(const json_t *value)
{
    char *text = select_text(value);
    int result = -1;
    if (text != NULL && (strcmp(text, "true") == 0 || strcmp(text, "1") == 0))
        result = 1;
    if (text != NULL && (strcmp(text, "false") == 0 || strcmp(text, "0") == 0))
        result = 0;
    free(text);
    return result;
}

static json_t *boolean_value(const json_t *value, bool invert)
{
    int t = truth(value);
    return t < 0 ? NULL : json_boolean((t == 1) != invert);
}

static bool whole_number(const json_t *value, int64_t *n)
{
    char *text = select_text(value), *end = NULL;
    bool ok = text != NULL && *text != '\0';
    if (ok)
        *n = strtoll(text, &end, 10);
    ok = ok && (*end == '\0' || *end == '.');
    free(text);
    return ok;
}

static json_t *integer_value(const json_t *value)
{
    int64_t n;
    return whole_number(value, &n) ? json_integer(n) : NULL;
}

/* ---- times --------------------------------------------------------------- */

static json_t *time_text(int64_t ms)
{
    char text[CLOCK_TEXT_SIZE];
    clock_format(ms, text);
    return json_string(text);
}

static bool parse_time(const json_t *value, int64_t *ms)
{
    return json_is_string(value) &&
           clock_parse(json_string_value(value), json_string_length(value), ms);
}

static json_t *iso_value(const json_t *value)
{
    int64_t ms;
    return parse_time(value, &ms) ? time_text(ms) : NULL;
}

/* A count of seconds or milliseconds; 0 stands for never. */
static json_t *epoch_to_scim(const json_t *value, int64_t unit_ms)
{
    int64_t n;
    if (!whole_number(value, &n) || n <= 0 || n > INT64_MAX / 1000)
        return NULL;
    return time_text(n * unit_ms);
}

static json_t *epoch_to_native(const json_t *value, int64_t unit_ms)
{
    int64_t ms;
    return parse_time(value, &ms) ? json_integer(ms / unit_ms) : NULL;
}

/* ---- lists --------------------------------------------------------------- */

static bool append_text(json_t *list, json_t *text)
{
    return text == NULL || json_array_append_new(list, text) == 0;
}

static json_t *list_to_scim(const json_t *value)
{
    json_t *list = json_array(), *element;
    size_t i;
    if (list == NULL)
        return NULL;
    if (!json_is_array(value))
        (void)append_text(list, text_value(value));
    json_array_foreach (value, i, element) {
        (void)append_text(list, text_value(element));
    }
    if (json_array_size(list) > 0)
        return list;
    json_decref(list);
    return NULL;
}

/* [{"value": "x"}] or ["x"] -> ["x"]. */
static json_t *list_to_native(const json_t *value)
{
    json_t *list = json_array(), *element;
    size_t i;
    if (list == NULL)
        return NULL;
    json_array_foreach (value, i, element) {
        (void)append_text(list,
                          text_value(json_is_object(element)
                                         ? json_object_get(element, "value")
                                         : element));
    }
    if (json_array_size(list) > 0)
        return list;
    json_decref(list);
    return NULL;
}

/* ---- by row -------------------------------------------------------------- */

static json_t *plain_value(const struct map_row *row, const json_t *value)
{
    if (strcmp(row->type, "boolean") == 0)
        return boolean_value(value, false);
    if (strcmp(row->type, "integer") == 0)
        return integer_value(value);
    return text_value(value);
}

json_t *map_to_scim(const struct map_row *row, const json_t *native)
{
    switch (row->transform) {
    case MAP_PLAIN:
        return plain_value(row, native);
    case MAP_STRING:
        return text_value(native);
    case MAP_LOWER:
        return lower_value(native);
    case MAP_ISO8601:
        return iso_value(native);
    case MAP_EPOCH_S:
        return epoch_to_scim(native, 1000);
    case MAP_EPOCH_MS:
        return epoch_to_scim(native, 1);
    case MAP_STRING_LIST:
        return list_to_scim(native);
    case MAP_NOT:
        return boolean_value(native, true);
    }
    return NULL;
}

json_t *map_to_native(const struct map_row *row, const json_t *scim)
{
    switch (row->transform) {
    case MAP_PLAIN:
        return plain_value(row, scim);
    case MAP_STRING:
        return text_value(scim);
    case MAP_LOWER:
        return lower_value(scim);
    case MAP_ISO8601:
        return iso_value(scim);
    case MAP_EPOCH_S:
        return epoch_to_native(scim, 1000);
    case MAP_EPOCH_MS:
        return epoch_to_native(scim, 1);
    case MAP_STRING_LIST:
        return list_to_native(scim);
    case MAP_NOT:
        return boolean_value(scim, true);
    }
    return NULL;
}
