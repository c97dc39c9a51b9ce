/* The fake makes no plans: what a dry run says is a matter of the engine. */
#include "providers/inbox.h"
#include "providers/plan.h"
#include "test/bridge/fake_internal.h"

#include <stdlib.h>

struct up_plan {
    json_t *steps;
};

struct up_plan *up_plan_new(void)
{
    struct up_plan *plan = calloc(1, sizeof *plan);
    if (plan != NULL)
        plan->steps = json_array();
    return plan;
}

void up_plan_free(struct up_plan *plan)
{
    if (plan == NULL)
        return;
    json_decref(plan->steps);
    free(plan);
}

const json_t *up_plan_steps(const struct up_plan *plan)
{
    return plan->steps;
}

size_t up_plan_tickets(const struct up_plan *plan)
{
    (void)plan;
    return 0;
}

json_t *up_abilities(const struct provider *p)
{
    (void)p;
    return json_array();
}

/* Every desk in memory knows them; "inboxes" says whether create takes them. */
bool up_has_inboxes(const struct provider *p)
{
    (void)p;
    return true;
}

bool up_takes_inboxes(const struct provider *p)
{
    return fake_option(p, "inboxes", true);
}

bool up_finds_roles(const struct provider *p)
{
    return fake_option(p, "finds_roles", false);
}
