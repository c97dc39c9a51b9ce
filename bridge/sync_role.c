#include "bridge/sync_internal.h"

#include "base/fold.h"
#include "bridge/manual.h"
#include "bridge/role_group.h"
#include "bridge/row.h"
#include "bridge/task.h"

#include <string.h>

static enum store_rc open_task(struct sync *s, struct store_db *db,
                               struct store_resource *row, const char *role)
{
    int64_t now = clock_now(&s->t->bridge->clock);
    struct journey j = {.t = s->t, .actor = "sync"};
    struct task_end who = {.by = "sync", .now = now};
    json_t *resource = row_resource(s->t, db, row, false);
    json_t *detail = manual_detail(&j, "role", resource, row->upstream_id,
                                   json_pack("{s:s}", "role", role));
    enum store_rc rc = resource == NULL || detail == NULL
                           ? STORE_FAILED
                           : task_open(db, s->t, row, "role", detail, &who);
    if (rc == STORE_OK)
        rc = row_store(s->t, db, row, resource, false, now);
    json_decref(detail);
    json_decref(resource);
    return rc;
}

enum store_rc sync_user_role(struct sync *s, struct store_db *db,
                             struct store_resource *row)
{
    struct role_given given = {0};
    enum store_rc rc = role_given_to(s->t, db, row->n, NULL, &given);
    bool right = given.role == NULL || row->role == NULL ||
                 fold_equal(given.role, row->role);
    return rc != STORE_OK || right ? rc : open_task(s, db, row, given.role);
}
