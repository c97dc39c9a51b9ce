#include "providers/inbox.h"

#include "providers/provider_internal.h"

#include "base/fold.h"

#include <stdlib.h>
#include <string.h>

bool up_has_inboxes(const struct provider *p)
{
    return provider_json(p, "user.inboxes") != NULL;
}

bool up_takes_inboxes(const struct provider *p)
{
    const char *op = provider_text(p, "lifecycle.create.op");
    const char *writes = provider_text(p, "user.inboxes.writes");
    return op != NULL && writes != NULL && engine_can(p->engine, op) &&
           provider_op_names(p, op, writes);
}

/* True when the row of the list is the inbox that `name` means. */
static bool is_meant(const struct provider *p, const json_t *row,
                     const char *name)
{
    char *is =
        select_text(select_path(row, provider_text(p, "user.inboxes.by")));
    char *id =
        select_text(select_path(row, provider_text(p, "user.inboxes.value")));
    bool meant = (is != NULL && fold_equal(is, name)) ||
                 (id != NULL && strcmp(id, name) == 0);
    free(is);
    free(id);
    return meant;
}

/* As the helpdesk writes one: its id, or an object that holds it. New. */
static json_t *item_of(const struct provider *p, const json_t *row)
{
    json_t *id = select_path(row, provider_text(p, "user.inboxes.value"));
    const char *member = provider_text(p, "user.inboxes.member");
    return member == NULL ? json_incref(id) : json_pack("{s:O}", member, id);
}

static bool add_item(const struct provider *p, const json_t *rows,
                     const char *name, json_t *items)
{
    size_t i;
    json_t *row;
    json_array_foreach (rows, i, row) {
        if (is_meant(p, row, name))
            return json_array_append_new(items, item_of(p, row)) == 0;
    }
    return false;
}

enum up_rc inbox_fill(struct provider *p, struct up_call *call,
                      const json_t *user, json_t *variables,
                      struct up_error *err)
{
    const json_t *wanted = json_object_get(user, UP_INBOXES);
    struct op_result result = {0};
    struct vars none = {.count = 0};
    size_t i;
    json_t *name;
    if (json_array_size(wanted) == 0 || !up_takes_inboxes(p))
        return UP_OK;
    json_t *items = json_array();
    enum up_rc rc =
        provider_run(p, call, NULL, provider_text(p, "user.inboxes.op"), &none,
                     &result, err);
    json_array_foreach (wanted, i, name) {
        const char *text = json_string_value(name);
        if (rc == UP_OK && text != NULL &&
            !add_item(p, result.records, text, items))
            rc = provider_fail(err, UP_FAILED,
                               "The helpdesk has no inbox \"%.100s\", which "
                               "the configuration names in `inbox.%.100s`.",
                               text, text);
    }
    op_result_clear(&result);
    if (rc == UP_OK &&
        json_object_set(variables, provider_text(p, "user.inboxes.writes"),
                        items) != 0)
        rc = provider_memory(err);
    json_decref(items);
    return rc;
}
