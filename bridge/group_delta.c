#include "bridge/group_delta.h"

#include "scim/tolerance.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

static bool note(json_t *ids, const char *id, size_t len)
{
    return len > 0 && json_object_setn_new(ids, id, len, json_true()) == 0;
}

/* {"value": id, ...}, or a list of them. */
static bool note_values(json_t *ids, const json_t *value)
{
    size_t i;
    json_t *one;
    if (json_is_object(value)) {
        const json_t *id = json_object_get(value, "value");
        return json_is_string(id) &&
               note(ids, json_string_value(id), json_string_length(id));
    }
    bool ok = json_is_array(value) && json_array_size(value) > 0;
    json_array_foreach (value, i, one) {
        ok = ok && json_is_object(one) && note_values(ids, one);
    }
    return ok;
}

/* members[value eq "id"]; an id has nothing that is written as an escape. */
static bool note_filter(json_t *ids, const char *path)
{
    static const char begin[] = "members[value eq \"";
    if (strncasecmp(path, begin, sizeof begin - 1) != 0)
        return false;
    const char *id = path + sizeof begin - 1;
    size_t len = strcspn(id, "\"\\");
    return strcmp(id + len, "\"]") == 0 && note(ids, id, len);
}

static bool note_operation(json_t *ids, const json_t *operation)
{
    const char *op = json_string_value(scim_member(operation, "op"));
    const char *path = json_string_value(scim_member(operation, "path"));
    const json_t *value = scim_member(operation, "value");
    if (op == NULL || path == NULL)
        return false;
    bool adds = strcasecmp(op, "add") == 0;
    if (!adds && strcasecmp(op, "remove") != 0)
        return false;
    if (strcasecmp(path, "members") == 0)
        return note_values(ids, value);
    return !adds && value == NULL && note_filter(ids, path);
}

json_t *group_delta_ids(const json_t *body)
{
    const json_t *operations = scim_member(body, "Operations");
    json_t *ids = json_object(), *one;
    size_t i;
    bool ok = ids != NULL && json_is_array(operations) &&
              json_array_size(operations) > 0;
    json_array_foreach (operations, i, one) {
        ok = ok && note_operation(ids, one);
    }
    if (ok)
        return ids;
    json_decref(ids);
    return NULL;
}
