#include "scim/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SCIM_URN_ERROR "urn:ietf:params:scim:api:messages:2.0:Error"

static const struct {
    const char *text;
    int status;
} types[SCIM_ERROR_TYPE_COUNT] = {
#define X(name, word, code) [SCIM_##name] = {word, code},
    SCIM_ERROR_TYPES(X)
#undef X
};

/* A byte within a UTF-8 character, but not its first. */
static bool continues(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

/*
 * Writes the sentence. One that was cut must not end within a character: its
 * remains would make the error body unprintable.
 */
static void write_detail(struct scim_error *err, const char *format,
                         va_list args)
{
    int len = vsnprintf(err->detail, sizeof err->detail, format, args);
    if (len < (int)sizeof err->detail)
        return;
    size_t end = sizeof err->detail - 1;
    while (end > 0 && continues(err->detail[end - 1]))
        end--;
    if (end > 0 && (unsigned char)err->detail[end - 1] >= 0xc0)
        end--;
    err->detail[end] = '\0';
}

void scim_error_set(struct scim_error *err, enum scim_error_type type,
                    const char *format, ...)
{
    if (err == NULL)
        return;
    *err = (struct scim_error){.status = types[type].status, .type = type};
    va_list args;
    va_start(args, format);
    write_detail(err, format, args);
    va_end(args);
}

void scim_error_status(struct scim_error *err, int status, const char *format,
                       ...)
{
    if (err == NULL)
        return;
    *err = (struct scim_error){.status = status, .type = SCIM_NONE};
    va_list args;
    va_start(args, format);
    write_detail(err, format, args);
    va_end(args);
}

void scim_error_memory(struct scim_error *err)
{
    scim_error_status(err, 500,
                      "The server ran out of memory for this request. Try "
                      "again later; if it stays so, tell its operator.");
}

const char *scim_error_type_text(enum scim_error_type type)
{
    return types[type].text;
}

json_t *scim_error_json(const struct scim_error *err)
{
    char status[12];
    (void)snprintf(status, sizeof status, "%d", err->status);
    json_t *body =
        json_pack("{s:[s], s:s}", "schemas", SCIM_URN_ERROR, "status", status);
    if (body == NULL)
        return NULL;
    int rc = 0;
    if (err->type != SCIM_NONE)
        rc |= json_object_set_new(body, "scimType",
                                  json_string(types[err->type].text));
    if (err->detail[0] != '\0') {
        /* Texts from outside are quoted in details; should one of them not be
         * UTF-8, the client still gets its error. */
        json_t *detail = json_string(err->detail);
        if (detail == NULL)
            detail = json_string("The request holds text that is no UTF-8.");
        rc |= json_object_set_new(body, "detail", detail);
    }
    if (rc != 0) {
        json_decref(body);
        return NULL;
    }
    return body;
}
