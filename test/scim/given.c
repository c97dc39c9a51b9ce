#include "test/scim/given.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"

static const struct {
    char letter;
    const char *urn;
} urns[] = {
    {'U', SCIM_URN_USER},
    {'G', SCIM_URN_GROUP},
    {'E', SCIM_URN_ENTERPRISE},
    {'H', "urn:scim-bridge:params:scim:schemas:extension:helpdesk:2.0:User"},
    {'J', "urn:scim-bridge:params:scim:schemas:extension:helpdesk:2.0:Group"},
};

static const char *urn_of(char letter)
{
    for (size_t i = 0; i < sizeof urns / sizeof urns[0]; i++)
        if (urns[i].letter == letter)
            return urns[i].urn;
    return NULL;
}

char *given_text(const char *shorthand)
{
    struct buf b = {0};
    for (const char *s = shorthand; *s != '\0'; s++) {
        const char *urn = *s == '@' ? urn_of(s[1]) : NULL;
        if (urn != NULL) {
            buf_str(&b, urn);
            s++;
        } else {
            buf_char(&b, *s == '\'' ? '"' : *s);
        }
    }
    char *text = buf_take(&b);
    assert_non_null(text);
    return text;
}

json_t *given(const char *shorthand)
{
    char *text = given_text(shorthand);
    json_error_t why;
    json_t *value = json_loads(text, JSON_DECODE_ANY, &why);
    if (value == NULL)
        fail_msg("%s: %s", why.text, text);
    free(text);
    return value;
}

bool given_same(const char *why, const json_t *value, const char *want)
{
    const size_t flags = JSON_COMPACT | JSON_ENCODE_ANY;
    json_t *wanted = given(want);
    char *a = value == NULL ? NULL : json_dumps(value, flags);
    char *b = json_dumps(wanted, flags);
    bool same = a != NULL && strcmp(a, b) == 0;
    if (!same)
        print_error("%s:\n  is   %s\n  want %s\n", why, a == NULL ? "-" : a, b);
    free(a);
    free(b);
    json_decref(wanted);
    return same;
}

bool given_refused(const char *why, const struct scim_error *err,
                   enum scim_error_type type, const char *fragment)
{
    int status = type == SCIM_UNIQUENESS ? 409 : 400;
    bool same = err->type == type && err->status == status &&
                err->detail[0] != '\0' &&
                (fragment == NULL || strstr(err->detail, fragment) != NULL);
    if (!same)
        print_error("%s: %d %s \"%s\" has no \"%s\" of %s\n", why, err->status,
                    scim_error_type_text(err->type), err->detail,
                    fragment == NULL ? "" : fragment,
                    scim_error_type_text(type));
    return same;
}

/* What a profile with two extra attributes adds to the bridge's extension. */
static void add_desk(json_t *documents)
{
    size_t i;
    json_t *d;
    json_array_foreach (documents, i, d) {
        const char *id = json_string_value(json_object_get(d, "id"));
        if (strcmp(id, urn_of('H')) != 0)
            continue;
        json_t *desk = given("{'name':'desk','type':'complex','subAttributes':["
                             "{'name':'shift','type':'string'},"
                             "{'name':'lastLogin','type':'dateTime',"
                             "'mutability':'readOnly'}]}");
        json_array_append_new(json_object_get(d, "attributes"), desk);
    }
}

struct scim_model *given_model(void)
{
    struct scim_error err = {0};
    json_t *documents = scim_schema_shipped();
    assert_non_null(documents);
    add_desk(documents);
    struct scim_model *m = scim_model_new(documents, &err);
    if (m == NULL)
        fail_msg("%s", err.detail);
    json_decref(documents);
    return m;
}

const struct scim_type *given_type(const struct scim_model *m, const char *name)
{
    const struct scim_type *type = scim_model_type(m, name);
    assert_non_null(type);
    return type;
}
