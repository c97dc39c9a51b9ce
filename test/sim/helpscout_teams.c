/*
 * test/sim/helpscout_teams.c - teams, which the API can only read
 */
#include "test/sim/helpscout_internal.h"

#include <stdlib.h>
#include <string.h>

static bool plan_has_teams(struct world *w, struct answer *a)
{
    bool standard = HS_SET(w, PLAN, "standard");

    if (standard && HS_SET(w, TEAMS_STANDARD, "403"))
        hs_error(w, a, 403, "Teams are not part of this plan");
    return !standard;
}

void hs_teams_list(struct world *w, const struct request *r, struct answer *a)
{
    struct hs_list list = {
        .table = HS_TEAMS, .key = "teams", .size = HS_NUMBER(w, PAGE_SIZE)};

    if (plan_has_teams(w, a))
        hs_ids_all(&list.ids, &w->tables[HS_TEAMS]);
    else if (a->status != 0)
        return;
    hs_page(w, r, &list, a);
}

static json_t *team_of(struct world *w, const struct request *r,
                       struct answer *a)
{
    int64_t id = 0;
    json_t *team = NULL;

    if (!hs_number(r->arg[0], &id)) {
        hs_invalid_one(w, a, "id", "invalid identifier");
        return NULL;
    }
    if (plan_has_teams(w, a))
        team = table_get(&w->tables[HS_TEAMS], id);
    if (team == NULL && a->status == 0)
        hs_error(w, a, 404, "Not Found");
    return team;
}

void hs_teams_get(struct world *w, const struct request *r, struct answer *a)
{
    if (HS_SET(w, TEAM_GET, "gateway404")) {
        hs_no_route(w, a);
        return;
    }
    json_t *team = team_of(w, r, a);
    if (team)
        hs_data(a, hs_view(w, HS_TEAMS, team));
    json_decref(team);
}

void hs_members_list(struct world *w, const struct request *r, struct answer *a)
{
    struct hs_list list = {
        .table = HS_USERS, .key = "users", .size = HS_NUMBER(w, PAGE_SIZE)};
    json_t *team = team_of(w, r, a);
    const json_t *id = NULL;
    size_t i = 0;

    if (team == NULL)
        return;
    json_array_foreach (json_object_get(team, "_userIds"), i, id) {
        hs_ids_add(&list.ids, json_integer_value(id));
    }
    hs_page(w, r, &list, a);
    json_decref(team);
}
