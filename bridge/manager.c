#include "bridge/manager.h"

#include "bridge/target.h"
#include "store/resource.h"

bool manager_refer(struct journey *j, json_t *user)
{
    json_t *manager =
        json_object_get(json_object_get(user, SCIM_URN_ENTERPRISE), "manager");
    const char *id = json_string_value(json_object_get(manager, "value"));
    struct store_resource row = {0};
    if (id == NULL)
        return true;
    enum store_rc rc =
        store_resource_get(j->db, j->t->row, STORE_USER, id, &row);
    bool there = rc == STORE_OK && row.state != STORE_ERASED;
    store_resource_clear(&row);
    if (rc == STORE_FAILED)
        return journey_database(j);
    if (!there) {
        (void)json_object_del(manager, "$ref");
        return true;
    }
    json_t *uri = json_sprintf("%s%s/%s", j->t->base, j->t->user->endpoint, id);
    return json_object_set_new(manager, "$ref", uri) == 0 || journey_memory(j);
}
