/*
 * server/cmd_lists.c - scim-bridge users, groups, tasks, audit
 *
 * They read beside a running server.
 */
#include "server/command.h"

#include "base/quantity.h"
#include "server/config.h"
#include "server/config_value.h"
#include "server/lists.h"
#include "server/table.h"
#include "store/audit.h"
#include "store/target.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

typedef json_t *list_maker(struct store_db *db, const struct list_page *p);

struct row {
    const char *name;
    int64_t now, n;
};

static enum store_rc find_row(struct store_db *db, void *ctx)
{
    struct row *row = ctx;
    return store_target_ensure(db, row->name, row->now, &row->n);
}

static bool read_page(const struct options *o, struct list_page *page,
                      struct error *err)
{
    page->limit = LIST_DEFAULT_LIMIT;
    page->all = o->all;
    page->resource = o->resource;
    if ((o->limit != NULL && (!quantity_number(o->limit, &page->limit) ||
                              page->limit < 1 || page->limit > 1000000)) ||
        (o->cursor != NULL && !quantity_number(o->cursor, &page->cursor))) {
        error_set(err, "--limit and --cursor are whole numbers.");
        return false;
    }
    return true;
}

static json_t *read_list(struct store *store, struct list_page *page,
                         list_maker *make, struct error *err)
{
    const struct clock clock = clock_system();
    struct row row = {.name = page->name, .now = clock_now(&clock)};
    json_t *list = NULL;
    if (store_write(store, find_row, &row, err) != STORE_OK)
        return NULL;
    page->target = row.n;
    struct store_db *db = store_reader_open(store, err);
    if (db == NULL)
        return NULL;
    list = make(db, page);
    if (list == NULL)
        error_set(err, "The database cannot be read: %s", store_db_error(db));
    store_reader_close(db);
    return list;
}

static enum exit_code print_list(const struct options *o, list_maker *make,
                                 const struct table_column *columns)
{
    struct config c;
    struct error err = {{0}};
    struct list_page page = {0};
    if (!read_page(o, &page, &err) || !config_load(o->config, false, &c, &err))
        return command_fail(CODE_USAGE, &err);
    const struct bridge_target_config *target = config_target(&c, o->target);
    enum exit_code code = CODE_DONE;
    if (target == NULL) {
        error_set(&err, "%s has no [target %s].", c.path, o->target);
        code = command_fail(CODE_USAGE, &err);
        config_clear(&c);
        return code;
    }
    page.name = target->name;
    struct store *store = store_open_shared(c.database, &err);
    json_t *list = store == NULL ? NULL : read_list(store, &page, make, &err);
    if (list == NULL)
        code = command_fail(CODE_DATABASE, &err);
    else
        table_print(list, columns, o->json);
    json_decref(list);
    if (store != NULL)
        store_close(store);
    config_clear(&c);
    return code;
}

enum exit_code cmd_users(const struct options *o, const char *word)
{
    static const struct table_column columns[] = {
        {"id", "ID"},
        {"userName", "USER NAME"},
        {"state", "STATE"},
        {"active", "ACTIVE"},
        {"role", "ROLE"},
        {"upstreamId", "UPSTREAM"},
        {"lastModified", "LAST MODIFIED"},
        {NULL, NULL}};
    if (strcmp(word, "handover") == 0)
        return cmd_handover(o);
    if (strcmp(word, "resend") == 0)
        return cmd_task(o, word);
    return print_list(o, list_users, columns);
}

enum exit_code cmd_groups(const struct options *o, const char *word)
{
    static const struct table_column columns[] = {
        {"id", "ID"},
        {"displayName", "NAME"},
        {"kind", "KIND"},
        {"upstreamId", "UPSTREAM"},
        {"lastModified", "LAST MODIFIED"},
        {NULL, NULL}};
    (void)word;
    return print_list(o, list_groups, columns);
}

enum exit_code cmd_tasks(const struct options *o, const char *word)
{
    static const struct table_column columns[] = {
        {"id", "ID"},         {"kind", "KIND"}, {"who", "WHO"},
        {"opened", "OPENED"}, {"due", "DUE"},   {"overdue", "OVERDUE"},
        {"state", "STATE"},   {NULL, NULL}};
    if (strcmp(word, "list") != 0)
        return cmd_task(o, word);
    return print_list(o, list_tasks, columns);
}

/* The chain is over all targets. */
static enum exit_code verify(const char *database)
{
    struct error err = {{0}};
    int64_t bad;
    enum store_rc rc = STORE_FAILED;
    struct store *store = store_open_shared(database, &err);
    struct store_db *db = store == NULL ? NULL : store_reader_open(store, &err);
    if (db != NULL) {
        rc = store_audit_verify(db, &bad);
        if (rc == STORE_FAILED)
            error_set(&err, "%s", store_db_error(db));
    }
    store_reader_close(db);
    if (store != NULL)
        store_close(store);
    if (rc == STORE_FAILED)
        return command_fail(CODE_DATABASE, &err);
    if (rc == STORE_OK)
        (void)printf("The audit is whole.\n");
    else
        (void)printf("The audit was changed, or rows are missing, at row %lld. "
                     "The rows before it are as they were written.\n",
                     (long long)bad);
    return rc == STORE_OK ? CODE_DONE : CODE_FINDINGS;
}

static enum exit_code verify_audit(const struct options *o)
{
    struct config c;
    struct error err = {{0}};
    if (!config_load(o->config, false, &c, &err))
        return command_fail(CODE_USAGE, &err);
    enum exit_code code = verify(c.database);
    config_clear(&c);
    return code;
}

enum exit_code cmd_audit(const struct options *o, const char *word)
{
    static const struct table_column columns[] = {{"n", "N"},
                                                  {"at", "AT"},
                                                  {"actor", "ACTOR"},
                                                  {"action", "ACTION"},
                                                  {"resource", "RESOURCE"},
                                                  {"outcome", "OUTCOME"},
                                                  {"detail", "DETAIL"},
                                                  {NULL, NULL}};
    if (strcmp(word, "verify") == 0)
        return verify_audit(o);
    return print_list(o, list_audit, columns);
}
