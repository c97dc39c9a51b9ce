/*
 * scim/body.c - a request body is JSON, within bounds
 *
 * The nesting is counted before the parser sees the text: it is the one limit
 * that must hold while parsing (RFC 7644 section 7.7).
 */
#include "scim/resource.h"

#include "scim/tolerance.h"

#include <string.h>

/* The deepest nesting of arrays and objects; SCIM_MAX_DEPTH + 1 as soon as it
 * is deeper than allowed. In what is not JSON the number means nothing, and
 * the parser refuses it. */
static int deepest(const char *text, size_t len)
{
    int depth = 0, most = 0;
    bool in_string = false;
    for (size_t i = 0; i < len && most <= SCIM_MAX_DEPTH; i++) {
        char c = text[i];
        if (in_string && c == '\\')
            i++;
        else if (c == '"')
            in_string = !in_string;
        else if (!in_string && (c == '{' || c == '['))
            most = ++depth > most ? depth : most;
        else if (!in_string && (c == '}' || c == ']'))
            depth--;
    }
    return most;
}

static json_t *refuse(struct scim_error *err, const json_error_t *why)
{
    if (scim_json_starved(why))
        scim_error_memory(err);
    else if (json_error_code(why) == json_error_duplicate_key)
        scim_error_set(err, SCIM_INVALID_SYNTAX,
                       "The body has a member twice in one object, on line %d "
                       "(%s). Send it once.",
                       why->line, why->text);
    else if (json_error_code(why) == json_error_invalid_utf8)
        scim_error_set(err, SCIM_INVALID_SYNTAX,
                       "The body is not UTF-8; SCIM sends no other encoding.");
    else
        scim_error_set(err, SCIM_INVALID_SYNTAX,
                       "The body is not JSON: on line %d, column %d: %s.",
                       why->line, why->column, why->text);
    return NULL;
}

json_t *scim_body_parse(const char *text, size_t len, struct scim_error *err)
{
    static const char bom[] = {'\xef', '\xbb', '\xbf'};
    if (len >= sizeof bom && memcmp(text, bom, sizeof bom) == 0) {
        text += sizeof bom;
        len -= sizeof bom;
    }
    if (len == 0) {
        scim_error_set(err, SCIM_INVALID_SYNTAX,
                       "The body is empty; this request needs a JSON object.");
        return NULL;
    }
    if (deepest(text, len) > SCIM_MAX_DEPTH) {
        scim_error_set(err, SCIM_INVALID_SYNTAX,
                       "The body nests deeper than %d levels.", SCIM_MAX_DEPTH);
        return NULL;
    }
    json_error_t why;
    json_t *body = json_loadb(text, len, JSON_REJECT_DUPLICATES, &why);
    if (body == NULL)
        return refuse(err, &why);
    if (!json_is_object(body)) {
        json_decref(body);
        scim_error_set(err, SCIM_INVALID_SYNTAX,
                       "The body must be a JSON object, not an array.");
        return NULL;
    }
    return body;
}
