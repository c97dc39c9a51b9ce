/*
 * server/answer_brake.c - /admin/api/targets/NAME/brake
 */
#include "server/answer.h"

#include "base/quantity.h"
#include "server/lists.h"

#include <string.h>

void answer_brake(struct request *r)
{
    struct store_db *db = server_reader(r->server);
    size_t index;
    int64_t limit = LIST_DEFAULT_LIMIT, after = 0;
    if (!answer_pick_target(r, r->route.param, &index))
        return;
    if ((r->query.limit != NULL && !quantity_number(r->query.limit, &limit)) ||
        (r->query.cursor != NULL &&
         !quantity_number(r->query.cursor, &after))) {
        r->reason = "query";
        reply_refuse(&r->call->reply, 400,
                     "limit and cursor are whole numbers.");
        return;
    }
    if (limit < 1 || limit > LIST_MAX_LIMIT)
        limit = limit < 1 ? 1 : LIST_MAX_LIMIT;
    json_t *out = db == NULL ? NULL : bridge_brake(r->target, db, after, limit);
    if (out == NULL)
        reply_refuse(&r->call->reply, 503, "The database failed.");
    else
        reply_json(&r->call->reply, 200, out, REPLY_JSON);
}

void answer_brake_decide(struct request *r)
{
    struct error why = {{0}};
    size_t index;
    int64_t count;
    bool release = r->route.id == ROUTE_ADMIN_BRAKE_RELEASE;
    if (!answer_pick_target(r, r->route.param, &index))
        return;
    const char *by = r->token.name[0] != '\0' ? r->token.name : "operator";
    if (!bridge_brake_decide(r->target, release, by, &count, &why))
        reply_refuse(&r->call->reply, 503, "%s", why.text);
    else
        reply_json(&r->call->reply, 200,
                   json_pack("{s:I}", release ? "released" : "discarded",
                             (json_int_t)count),
                   REPLY_JSON);
}
