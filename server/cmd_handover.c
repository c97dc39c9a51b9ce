/*
 * server/cmd_handover.c - scim-bridge users handover ID
 *
 * What became of a leaver's open conversations, and, as an undo file, who had
 * each of those that were moved. Reads beside a running server.
 */
#include "server/command.h"

#include "base/clock.h"
#include "server/config.h"
#include "server/table.h"
#include "store/hand_over.h"
#include "store/target.h"

#include <stdio.h>
#include <stdlib.h>

struct printing {
    bool undo, failed;
    const struct store_resource *who;
    const struct store_hand_over *row;
    json_t *items; /* owned; for the table */
};

/* enum up_heir, as bridge/ stores it. */
static const char *kind_of(const struct store_hand_over_item *i)
{
    static const char *const kinds[] = {"user", "team", "nobody"};
    return i->kind >= 0 && i->kind < 3 ? kinds[i->kind] : "unknown";
}

static json_t *to_of(const struct store_hand_over_item *i)
{
    if (i->name == NULL)
        return json_null();
    return json_pack("{s:s, s:s*, s:s}", "kind", kind_of(i), "upstreamId",
                     i->heir, "name", i->name);
}

static bool print_line(json_t *line)
{
    char *text = line == NULL ? NULL : json_dumps(line, JSON_COMPACT);
    bool ok = text != NULL && printf("%s\n", text) > 0;
    free(text);
    json_decref(line);
    return ok;
}

static bool each_item(const struct store_hand_over_item *i, void *ctx)
{
    static const char *const states[ITEM_STATES] = {
        [ITEM_WAITING] = "waiting", [ITEM_CHOSEN] = "sending",
        [ITEM_SENT] = "sent",       [ITEM_MOVED] = "moved",
        [ITEM_STUCK] = "stuck",     [ITEM_GONE] = "gone"};
    struct printing *p = ctx;
    /* What was asked for may be moved: to undo it does no harm. */
    bool moved = i->state == ITEM_MOVED || i->state == ITEM_SENT ||
                 i->state == ITEM_CHOSEN || (i->name != NULL && i->tries > 0);
    if (p->undo && moved)
        p->failed = !print_line(json_pack(
            "{s:s, s:{s:s, s:s}, s:o}", "conversation", i->ticket, "from",
            "upstreamId", p->row->leaver, "scim", p->who->id, "to", to_of(i)));
    else if (!p->undo)
        p->failed =
            json_array_append_new(
                p->items,
                json_pack("{s:s, s:s, s:s?, s:s?, s:s?}", "conversation",
                          i->ticket, "state", states[i->state], "to", i->name,
                          "toId", i->heir, "detail", i->detail)) != 0;
    return !p->failed;
}

static const struct table_column columns[] = {{"conversation", "CONVERSATION"},
                                              {"state", "STATE"},
                                              {"to", "TO"},
                                              {"toId", "UPSTREAM"},
                                              {"detail", "DETAIL"},
                                              {NULL, NULL}};

static enum exit_code print_all(struct store_db *db, const struct options *o,
                                struct printing *p)
{
    struct error err = {{0}};
    p->items = json_array();
    if (store_hand_over_items(db, p->row->n, each_item, p) != STORE_OK ||
        p->failed || p->items == NULL) {
        error_set(&err, "The list cannot be read, or not be written: %s",
                  store_db_error(db));
        return command_fail(CODE_DATABASE, &err);
    }
    if (!p->undo) {
        json_t *list = json_pack("{s:O, s:n}", "items", p->items, "next");
        table_print(list, columns, o->json);
        json_decref(list);
    }
    return CODE_DONE;
}

static enum exit_code find_and_print(struct store_db *db,
                                     const struct options *o, int64_t target)
{
    struct error err = {{0}};
    struct store_resource who = {0};
    struct store_hand_over row = {0};
    struct printing p = {.undo = o->undo, .who = &who, .row = &row};
    enum exit_code code;
    enum store_rc rc =
        store_resource_get(db, target, STORE_USER, o->args[0], &who);
    if (rc == STORE_OK)
        rc = store_hand_over_of(db, who.n, true, &row);
    if (rc == STORE_OK) {
        code = print_all(db, o, &p);
    } else if (rc == STORE_NONE) {
        error_set(&err,
                  "No open conversations of a user with the SCIM id %.60s were "
                  "ever handed over. `users` lists the ids.",
                  o->args[0]);
        code = command_fail(CODE_FINDINGS, &err);
    } else {
        error_set(&err, "%s", store_db_error(db));
        code = command_fail(CODE_DATABASE, &err);
    }
    json_decref(p.items);
    store_hand_over_clear(&row);
    store_resource_clear(&who);
    return code;
}

struct row {
    const char *name;
    int64_t now, n;
};

static enum store_rc find_row(struct store_db *db, void *ctx)
{
    struct row *row = ctx;
    return store_target_ensure(db, row->name, row->now, &row->n);
}

static enum exit_code read_store(const struct options *o, const char *path,
                                 const char *name)
{
    const struct clock clock = clock_system();
    struct row row = {.name = name, .now = clock_now(&clock)};
    struct error err = {{0}};
    struct store_db *db = NULL;
    struct store *store = store_open_shared(path, &err);
    if (store != NULL && store_write(store, find_row, &row, &err) == STORE_OK)
        db = store_reader_open(store, &err);
    enum exit_code code = db != NULL ? find_and_print(db, o, row.n)
                                     : command_fail(CODE_DATABASE, &err);
    store_reader_close(db);
    if (store != NULL)
        store_close(store);
    return code;
}

enum exit_code cmd_handover(const struct options *o)
{
    struct config c;
    struct error err = {{0}};
    if (o->arg_count == 0) {
        error_set(&err, "handover needs the SCIM id of a user behind it.");
        return command_fail(CODE_USAGE, &err);
    }
    if (!config_load(o->config, false, &c, &err))
        return command_fail(CODE_USAGE, &err);
    const struct bridge_target_config *target = config_target(&c, o->target);
    enum exit_code code;
    if (target == NULL) {
        error_set(&err, "%s has no [target %s].", c.path, o->target);
        code = command_fail(CODE_USAGE, &err);
    } else {
        code = read_store(o, c.database, target->name);
    }
    config_clear(&c);
    return code;
}
