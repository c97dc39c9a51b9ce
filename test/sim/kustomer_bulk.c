/*
 * test/sim/kustomer_bulk.c - PUT /v1/conversations/bulk: a job for later
 *
 * A job is applied when its time has come and somebody looks: at it, or by a
 * search. An item that is refused leaves its conversation as it was.
 */
#include "test/sim/kustomer_internal.h"

#include <string.h>

/* {id: fields} of what is asked for; NULL: it makes no sense. */
static json_t *items_of(const struct request *r, const json_t *body)
{
    const char *ids = request_query(r, "ids");
    json_t *items = json_object(), *one = NULL;
    size_t i = 0;

    if (json_is_object(body) && ids != NULL) {
        for (const char *at = ids; *at != '\0';) {
            size_t len = strcspn(at, ",");
            json_t *id = json_stringn(at, len);
            json_object_set(items, json_string_value(id), (json_t *)body);
            json_decref(id);
            at += len + (at[len] == ',');
        }
    }
    json_array_foreach (body, i, one) {
        if (ks_text(one, "id")[0] != '\0')
            json_object_set(items, ks_text(one, "id"), one);
    }
    return items;
}

void ks_bulk_put(struct world *w, const struct request *r, struct answer *a)
{
    json_t *body = ks_body(w, r, true, a);
    json_t *items = body ? items_of(r, body) : NULL, *ids = json_array();
    const char *id = NULL;
    json_t *fields = NULL;

    json_object_foreach (items, id, fields) {
        json_array_append_new(ids, json_string(id));
    }
    if (body != NULL && json_array_size(ids) == 0) {
        ks_bad_value(w, a, "ids", "is required");
    } else if (body != NULL) {
        json_t *job =
            json_pack("{s:O, s:s, s:s, s:b, s:b, s:O, s:I}", "ids", ids,
                      "context", "conversation", "status", "queued", "v2", 1,
                      "completed", 0, "_items", items, "_due",
                      (json_int_t)ks_now_ms(w) + KS_NUMBER(w, BULK_DELAY));
        int64_t number = ks_new_id(w, KS_BULK, job);
        ks_made(w, job, ks_caller(w));
        json_object_del(job, "modifiedAt");
        json_object_del(job, "_modifiedBy");
        table_put(&w->tables[KS_BULK], number, job);
        ks_data(a, 201, ks_view(w, KS_BULK, job));
        json_decref(job);
    }
    json_decref(ids);
    json_decref(items);
    json_decref(body);
}

static void apply(struct world *w, const json_t *items)
{
    const char *id = NULL;
    json_t *fields = NULL;

    json_object_foreach ((json_t *)items, id, fields) {
        struct answer ignored = {0};
        json_t *row = table_get(&w->tables[KS_CONVERSATIONS],
                                ks_find(w, KS_CONVERSATIONS, id));
        if (row != NULL)
            (void)ks_conversation_change(w, row, fields, false, &ignored);
        answer_clear(&ignored);
        json_decref(row);
    }
}

void ks_bulk_run(struct world *w)
{
    struct table *t = &w->tables[KS_BULK];

    for (size_t i = 0; i < t->count; i++) {
        int64_t number = t->rows[i].id;
        json_t *job = table_get(t, number);
        if (!json_is_true(json_object_get(job, "completed")) &&
            json_integer_value(json_object_get(job, "_due")) <= ks_now_ms(w)) {
            apply(w, json_object_get(job, "_items"));
            json_object_set_new(job, "status", json_string("completed"));
            json_object_set_new(job, "completed", json_true());
            table_put(t, number, job);
        }
        json_decref(job);
    }
}

void ks_bulk_get(struct world *w, const struct request *r, struct answer *a)
{
    int64_t number = 0;

    ks_bulk_run(w);
    json_t *job = ks_named(w, r, KS_BULK, &number, a);
    if (job != NULL)
        ks_data(a, 200, ks_view(w, KS_BULK, job));
    json_decref(job);
}
