#include "bridge/capability.h"

#include "store/capability.h"

/* ---- at the start -------------------------------------------------------- */

static bool hand_over(const struct store_capability *c, void *ctx)
{
    const struct bridge_target *t = ctx;
    const struct up_capability known = {c->name, c->verdict, c->evidence,
                                        c->at};
    up_remember(t->up, &known);
    return true;
}

bool capability_recall(struct bridge_target *t, struct error *err)
{
    struct store_db *db = store_reader_open(t->bridge->store, err);
    if (db == NULL)
        return false;
    bool ok = store_capability_list(db, t->row, hand_over, t) == STORE_OK;
    if (!ok)
        error_set(err, "What the helpdesk's account can do cannot be read: %s",
                  store_db_error(db));
    store_reader_close(db);
    return ok;
}

/* ---- news ---------------------------------------------------------------- */

static enum store_rc keep(struct store_db *db, void *ctx)
{
    return store_capability_set(db, ctx);
}

void capability_learned(void *ctx, const struct up_capability *news)
{
    struct bridge_target *t = ctx;
    struct error err = {{0}};
    struct store_capability c = {.target = t->row,
                                 .name = news->name,
                                 .verdict = news->verdict,
                                 .evidence = news->evidence,
                                 .at = news->at};
    log_line(t->bridge->log, LOG_INFO, "capability", "target", t->name, "name",
             news->name, "verdict", news->verdict, "evidence", news->evidence,
             (char *)NULL);
    if (store_write(t->bridge->store, keep, &c, &err) != STORE_OK)
        log_line(t->bridge->log, LOG_ERROR, "capability.lost", "target",
                 t->name, "name", news->name, "error", err.text, (char *)NULL);
}

/* ---- telling ------------------------------------------------------------- */

json_t *bridge_capabilities(const struct bridge_target *t)
{
    return up_capabilities(t->up);
}

json_t *bridge_rate(const struct bridge_target *t)
{
    json_t *rate = up_rate(t->up);
    return rate == NULL ? json_null() : rate;
}
