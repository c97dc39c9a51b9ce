/*
 * providers/attribute.c - SCIM paths of a profile's map
 */
#include "providers/attribute.h"

#include "base/buf.h"
#include "base/fold.h"
#include "base/nearest.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define URN_ENTERPRISE                                                         \
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
#define URN_EXT "urn:scim-bridge:params:scim:schemas:extension:helpdesk:2.0:"

/* RFC 7643 sections 4.1 (users), 4.3 (enterprise), 4.2 (groups). Not here:
 * `active`, `roles`, `groups` and `members`, which have keys of their own. */
static const char user_paths[] =
    "userName displayName nickName profileUrl title userType "
    "preferredLanguage locale timezone password externalId name.formatted "
    "name.familyName name.givenName name.middleName name.honorificPrefix "
    "name.honorificSuffix emails[].value emails[].display "
    "phoneNumbers[].value phoneNumbers[].display ims[].value ims[].display "
    "photos[].value photos[].display addresses[].formatted "
    "addresses[].streetAddress addresses[].locality addresses[].region "
    "addresses[].postalCode addresses[].country entitlements "
    "entitlements[].value x509Certificates meta.created meta.lastModified "
    "$enterprise.employeeNumber $enterprise.costCenter "
    "$enterprise.organization $enterprise.division $enterprise.department "
    "$enterprise.manager.value $enterprise.manager.displayName";
static const char group_paths[] =
    "displayName externalId meta.created meta.lastModified";

const char *attribute_known(bool group)
{
    return group ? group_paths : user_paths;
}

/* ---- reading a path ------------------------------------------------------ */

/* Copies `path` without what stands in its brackets; that goes to `inside`.
 * False: too long, or brackets that do not close. */
static bool take_brackets(const char *path, char *plain, size_t size,
                          char *inside, size_t inside_size)
{
    const char *open = strchr(path, '[');
    inside[0] = '\0';
    if (open == NULL)
        return snprintf(plain, size, "%s", path) < (int)size;
    const char *close = strrchr(open, ']');
    if (close == NULL)
        return false;
    int n =
        snprintf(plain, size, "%.*s[]%s", (int)(open - path), path, close + 1);
    int m = snprintf(inside, inside_size, "%.*s", (int)(close - open - 1),
                     open + 1);
    return n < (int)size && m > 0 && m < (int)inside_size;
}

/* `type eq "work"`: the only value filter of a map. */
static bool read_filter(const char *inside, char type[ATTRIBUTE_MAX])
{
    static const char before[] = "type eq \"";
    size_t len = strlen(inside);
    size_t from = sizeof before - 1;
    if (strncmp(inside, before, from) != 0 || len < from + 2 ||
        inside[len - 1] != '"' || len - from > ATTRIBUTE_MAX)
        return false;
    memcpy(type, inside + from, len - from - 1);
    type[len - from - 1] = '\0';
    return strpbrk(type, "\"\\") == NULL;
}

static bool extra_name(const char *name)
{
    if (!islower((unsigned char)*name) || strlen(name) >= ATTRIBUTE_MAX)
        return false;
    for (; *name != '\0'; name++)
        if (!isalnum((unsigned char)*name))
            return false;
    return true;
}

static bool parse_extra(const char *path, bool group, struct attribute *out,
                        char why[160])
{
    static const char desk[] = "$ext.desk.";
    size_t skip = sizeof desk - 1;
    if (strncmp(path, desk, skip) != 0 || !extra_name(path + skip)) {
        (void)snprintf(why, 160,
                       "an extra attribute is $ext.desk.NAME, and NAME a small "
                       "letter, then letters and digits");
        return false;
    }
    out->urn = group ? URN_EXT "Group" : URN_EXT "User";
    out->extra = true;
    (void)snprintf(out->name, sizeof out->name, "desk");
    (void)snprintf(out->sub, sizeof out->sub, "%s", path + skip);
    return true;
}

static bool known(const char *plain, bool group)
{
    const char *words = attribute_known(group);
    size_t len = strlen(plain);
    for (const char *at = words; *at != '\0'; at += strspn(at, " ")) {
        size_t n = strcspn(at, " ");
        if (n == len && memcmp(at, plain, n) == 0)
            return true;
        at += n;
    }
    return false;
}

static bool unknown(const char *plain, bool group, char why[160])
{
    struct nearest n = nearest_to(plain);
    nearest_offer_words(&n, attribute_known(group));
    if (strncmp(plain, "roles", 5) == 0 || strcmp(plain, "active") == 0)
        (void)snprintf(why, 160,
                       "\"%.20s\" has a key of its own: user.roles, "
                       "user.states",
                       plain);
    else if (n.best[0] != '\0')
        (void)snprintf(why, 160,
                       "no SCIM attribute that can be mapped; did you mean "
                       "\"%s\"?",
                       n.best);
    else
        (void)snprintf(why, 160, "no SCIM attribute that can be mapped");
    return false;
}

/* "name.givenName", "emails[].value" -> name, sub, kind. */
static void split_plain(const char *plain, struct attribute *out)
{
    size_t len = strcspn(plain, ".[");
    const char *dot = strrchr(plain, '.');
    (void)snprintf(out->name, sizeof out->name, "%.*s", (int)len, plain);
    if (dot != NULL)
        (void)snprintf(out->sub, sizeof out->sub, "%s", dot + 1);
    if (strchr(plain, '[') != NULL)
        out->kind = ATTRIBUTE_ELEMENT;
    else if (strcmp(out->name, "entitlements") == 0 ||
             strcmp(out->name, "x509Certificates") == 0)
        out->kind = ATTRIBUTE_LIST;
}

bool attribute_parse(const char *path, bool group, struct attribute *out,
                     char why[160])
{
    char plain[2 * ATTRIBUTE_MAX], inside[2 * ATTRIBUTE_MAX];
    *out = (struct attribute){.kind = ATTRIBUTE_SINGLE};
    if (strncmp(path, "$ext", 4) == 0)
        return parse_extra(path, group, out, why);
    if (!take_brackets(path, plain, sizeof plain, inside, sizeof inside)) {
        (void)snprintf(why, 160, "not a SCIM path");
        return false;
    }
    if (!known(plain, group))
        return unknown(plain, group, why);
    if (inside[0] != '\0' && !read_filter(inside, out->type)) {
        (void)snprintf(why, 160, "the brackets must hold: type eq \"VALUE\"");
        return false;
    }
    static const char enterprise[] = "$enterprise.";
    bool in_urn = strncmp(plain, enterprise, sizeof enterprise - 1) == 0;
    if (in_urn)
        out->urn = URN_ENTERPRISE;
    split_plain(in_urn ? plain + sizeof enterprise - 1 : plain, out);
    return true;
}

char *attribute_text(const struct attribute *a)
{
    struct buf b = {0};
    if (a->urn != NULL)
        buf_fmt(&b, "%s:", a->urn);
    buf_str(&b, a->name);
    if (a->kind == ATTRIBUTE_ELEMENT)
        buf_fmt(&b, "[type eq \"%s\"]", a->type);
    if (a->sub[0] != '\0')
        buf_fmt(&b, ".%s", a->sub);
    return buf_take(&b);
}

/* ---- reading and writing a resource -------------------------------------- */

static bool is_type(const json_t *element, const char *type)
{
    const char *text = json_string_value(json_object_get(element, "type"));
    return text != NULL &&
           fold_ascii_equal(text, strlen(text), type, strlen(type));
}

static json_t *find_element(const json_t *list, const struct attribute *a,
                            bool primary)
{
    json_t *fallback = NULL, *element;
    size_t i;
    json_array_foreach (list, i, element) {
        if (is_type(element, a->type))
            return element;
        if (!primary)
            continue;
        if (json_is_true(json_object_get(element, "primary")) ||
            (fallback == NULL && json_object_get(element, "type") == NULL))
            fallback = element;
    }
    return fallback;
}

static json_t *not_null(json_t *value)
{
    return json_is_null(value) ? NULL : value;
}

json_t *attribute_get(const json_t *resource, const struct attribute *a,
                      bool primary)
{
    const json_t *home =
        a->urn == NULL ? resource : json_object_get(resource, a->urn);
    json_t *value = json_object_get(home, a->name);
    switch (a->kind) {
    case ATTRIBUTE_SINGLE:
        if (a->sub[0] != '\0')
            value = json_object_get(value, a->sub);
        break;
    case ATTRIBUTE_ELEMENT:
        value = json_object_get(find_element(value, a, primary), a->sub);
        break;
    case ATTRIBUTE_LIST:
        break;
    }
    return not_null(value);
}

/* The member `name` of `home`, made as `empty` (stolen) where it is missing. */
static json_t *make(json_t *home, const char *name, json_t *empty)
{
    json_t *value = json_object_get(home, name);
    if (value != NULL) {
        json_decref(empty);
        return value;
    }
    return json_object_set_new(home, name, empty) == 0 ? empty : NULL;
}

static bool put_element(json_t *list, const struct attribute *a, bool primary,
                        json_t *value)
{
    json_t *element = find_element(list, a, false);
    if (element == NULL) {
        element = json_pack("{s:s}", "type", a->type);
        if (json_array_append_new(list, element) != 0) {
            json_decref(value);
            return false;
        }
    }
    if (primary && json_object_set_new(element, "primary", json_true()) != 0) {
        json_decref(value);
        return false;
    }
    return json_object_set_new(element, a->sub, value) == 0;
}

static bool put_list(json_t *home, const char *name, json_t *texts)
{
    json_t *list = json_array(), *text;
    size_t i;
    bool ok = list != NULL;
    json_array_foreach (texts, i, text) {
        ok = ok && json_array_append_new(
                       list, json_pack("{s:O}", "value", text)) == 0;
    }
    json_decref(texts);
    if (ok)
        return json_object_set_new(home, name, list) == 0;
    json_decref(list);
    return false;
}

bool attribute_put(json_t *resource, const struct attribute *a, bool primary,
                   json_t *value)
{
    json_t *home =
        a->urn == NULL ? resource : make(resource, a->urn, json_object());
    if (a->kind == ATTRIBUTE_LIST)
        return put_list(home, a->name, value);
    if (a->kind == ATTRIBUTE_ELEMENT)
        return put_element(make(home, a->name, json_array()), a, primary,
                           value);
    if (a->sub[0] != '\0')
        home = make(home, a->name, json_object());
    return json_object_set_new(home, a->sub[0] != '\0' ? a->sub : a->name,
                               value) == 0;
}
