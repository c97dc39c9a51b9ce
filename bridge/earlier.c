#include "bridge/earlier.h"

#include "bridge/row.h"

#include <string.h>

struct earlier {
    struct journey *j;
    int64_t entry; /* 0: none */
    char id[ID_SIZE];
};

static bool equal(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

static bool same_names(const struct journey *j, const json_t *want)
{
    struct store_resource a = {.type = j->type}, b = {.type = j->type};
    bool same = row_fill(j->t, &a, want) && row_fill(j->t, &b, j->desired);
    if (same && j->type == STORE_GROUP)
        same = equal(a.display_key, b.display_key);
    else if (same)
        same = equal(a.name_key, b.name_key) || equal(a.match_key, b.match_key);
    store_resource_clear(&a);
    store_resource_clear(&b);
    return same;
}

static bool is_earlier(const struct store_journal *e, void *ctx)
{
    struct earlier *found = ctx;
    if (e->type != found->j->type || strcmp(e->action, "create") != 0)
        return true;
    json_t *intent = json_loads(e->intent, 0, NULL);
    const json_t *want = json_object_get(intent, "want");
    if (want != NULL && same_names(found->j, want)) {
        found->entry = e->n;
        memcpy(found->id, e->id, sizeof found->id);
    }
    json_decref(intent);
    return found->entry == 0;
}

bool earlier_choose_id(struct journey *j)
{
    struct earlier found = {.j = j};
    if (store_journal_open_entries(j->db, j->t->row, is_earlier, &found) !=
        STORE_OK)
        return journey_database(j);
    if (found.entry != 0) {
        j->again = true;
        j->superseded = found.entry;
        memcpy(j->row.id, found.id, sizeof j->row.id);
        return true;
    }
    if (id_new(&j->t->bridge->ids, j->row.id))
        return true;
    scim_error_status(&j->err, 500, "The machine gives no random numbers.");
    return false;
}
