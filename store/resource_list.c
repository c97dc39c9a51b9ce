/*
 * store/resource_list.c - pages of resources, by any filter and order
 *
 * The texts of a query come without values, so few different ones are ever
 * seen; each connection keeps the statements of the last DB_QUERIES, by a hash
 * of the parts that they are made of.
 *
 *   shape  when                       how a page is found
 *   PLAIN  no order and no offset     walks the one index that fits `where`
 *   FAR    no order, where, offset    adds the blocks of `tally` up to the
 *                                     offset, and walks from that row number
 *   WALK   users, shown, all of       the same, along the table `shown`, where
 *          them, no order             they stand one behind the other
 *   KEYED  an order, a time in the    numbers of rows first; the rows, which
 *          where, or where + offset   are long, only for those on the page
 *   COUNT  counting with a where      (without one: `tally` knows)
 *   VALUE  the sort key of one row    looks the row up
 */
#include "store/resource_internal.h"

#include "base/buf.h"

#include <stdlib.h>
#include <string.h>

enum shape { PLAIN, FAR, WALK, KEYED, COUNT, VALUE };
/* A text longer than this is compiled for one use: an odd one out must not
 * fill the memory. */
enum { KEPT_MAX = 8192 };

/* ---- the text -------------------------------------------------------------
 */

/* Names are unique, and only living users have one: of a name nothing more
 * needs to be asked, and the index alone answers. */
static bool is_name(const struct store_query *q)
{
    return q->type == STORE_USER && q->where != NULL &&
           strcmp(q->where, "r.name_key = ?") == 0;
}

/* The table `shown` beside the row number `n`. */
static void join_shown(struct buf *sql, const struct store_query *q,
                       const char *n)
{
    int64_t base = q->target * SHOWN_TARGET;
    buf_fmt(sql, " CROSS JOIN shown s ON s.k = %lld + %s", (long long)base, n);
}

static void add_where(struct buf *sql, enum shape shape,
                      const struct store_query *q)
{
    buf_str(sql, " FROM resource r");
    if (q->ready && shape == PLAIN)
        join_shown(sql, q, "r.n");
    buf_str(sql, " WHERE r.target = ?");
    if (!is_name(q))
        buf_str(sql, " AND r.state <> 3");
    if (q->type >= 0 && !is_name(q))
        buf_fmt(sql, " AND r.type = %d", q->type);
    if (shape == FAR)
        buf_str(sql, q->type >= 0 ? " AND r.n >= ?"
                                  : " AND (r.type, r.n) >= (?, ?)");
    if (q->where != NULL)
        buf_fmt(sql, " AND (%s)", q->where);
}

/* A filter on a time is a range, and mostly asks for the few rows that are
 * newest. Left to choose, SQLite would rather walk the whole list, which comes
 * in the order that is wanted; a "+" forbids it to think of that order. */
static bool is_by_time(const struct store_query *q)
{
    return q->where != NULL && (strstr(q->where, "r.created") != NULL ||
                                strstr(q->where, "r.modified") != NULL);
}

static void add_order(struct buf *sql, const struct store_query *q)
{
    buf_str(sql, " ORDER BY ");
    if (q->order != NULL)
        buf_fmt(sql, "%s, ", q->order);
    else if (q->type < 0) /* the index has one type after the other */
        buf_str(sql, "r.type, ");
    buf_fmt(sql, "%sr.n LIMIT ? OFFSET ?", is_by_time(q) ? "+" : "");
}

static void write_sql(struct buf *sql, enum shape shape,
                      const struct store_query *q)
{
    const char *columns = q->ready    ? SHOWN_COLUMNS
                          : q->answer ? RESOURCE_ANSWER
                                      : RESOURCE_ALL;
    if (shape == WALK) {
        buf_fmt(sql,
                "SELECT %s FROM shown s WHERE s.k > ? AND s.k < ? "
                "ORDER BY s.k LIMIT ?",
                columns);
    } else if (shape == COUNT) {
        buf_str(sql, "SELECT count(*)");
        add_where(sql, shape, q);
    } else if (shape == VALUE) {
        buf_fmt(sql, "SELECT %s FROM resource r WHERE r.n = ?", q->order);
    } else if (shape == KEYED) {
        buf_fmt(sql, "SELECT %s FROM (SELECT r.n AS page_n", columns);
        add_where(sql, shape, q);
        add_order(sql, q);
        buf_char(sql, ')');
        if (q->ready)
            join_shown(sql, q, "page_n");
        else
            buf_str(sql, " CROSS JOIN resource r ON r.n = page_n");
    } else {
        buf_fmt(sql, "SELECT %s", columns);
        add_where(sql, shape, q);
        add_order(sql, q);
    }
}

/* ---- the statements -------------------------------------------------------
 */

/* FNV-1a; the texts are compared besides. */
static uint64_t hash_text(uint64_t hash, const char *text)
{
    for (; *text != '\0'; text++)
        hash = (hash ^ (unsigned char)*text) * UINT64_C(1099511628211);
    return (hash ^ 0xff) * UINT64_C(1099511628211);
}

/* What tells one query from another, without building its text. */
static void write_name(struct buf *name, enum shape shape,
                       const struct store_query *q)
{
    buf_char(name, (char)('a' + (int)shape));
    buf_char(name, (char)('b' + q->type));
    buf_char(name, q->ready ? 's' : q->answer ? 'y' : 'n');
    if (q->ready)
        buf_number(name, q->target);
    buf_str(name, q->where == NULL ? "" : q->where);
    buf_char(name, '\n');
    buf_str(name, q->order == NULL ? "" : q->order);
}

static struct db_query *kept(struct store_db *db, uint64_t hash,
                             const char *name)
{
    for (size_t i = 0; i < DB_QUERIES; i++) {
        struct db_query *query = &db->queries[i];
        if (query->hash == hash && query->text != NULL &&
            strcmp(query->text, name) == 0)
            return query;
    }
    return NULL;
}

/* The place of the query that was not used for longest and is at rest. */
static struct db_query *place(struct store_db *db)
{
    struct db_query *oldest = NULL;
    for (size_t i = 0; i < DB_QUERIES; i++) {
        struct db_query *query = &db->queries[i];
        if (query->st != NULL && sqlite3_stmt_busy(query->st))
            continue;
        if (oldest == NULL || query->used < oldest->used)
            oldest = query;
    }
    return oldest;
}

static struct db_query *keep(struct store_db *db, uint64_t hash,
                             const char *name, const struct buf *sql)
{
    struct db_query *query = place(db);
    sqlite3_stmt *st = NULL;
    char *text = strdup(name);
    if (query == NULL || text == NULL ||
        sqlite3_prepare_v3(db->sql, sql->data, (int)sql->len,
                           SQLITE_PREPARE_PERSISTENT, &st, NULL) != SQLITE_OK) {
        (void)db_failed(db);
        free(text);
        return NULL;
    }
    (void)sqlite3_finalize(query->st);
    free(query->text);
    *query = (struct db_query){.hash = hash, .text = text, .st = st};
    return query;
}

static sqlite3_stmt *compile(struct store_db *db, enum shape shape,
                             const struct store_query *q, uint64_t hash,
                             const char *name)
{
    sqlite3_stmt *st = NULL;
    struct buf sql = {0};
    struct db_query *query = kept(db, hash, name);
    write_sql(&sql, shape, q);
    if (!buf_ok(&sql)) {
        (void)db_no_memory(db);
    } else if (query != NULL || sql.len > KEPT_MAX) {
        /* The kept one is at work already, further up the stack. */
        st = db_use_text(db, sql.data, sql.len);
    } else {
        query = keep(db, hash, name, &sql);
        st = query == NULL ? NULL : db_use_kept(db, query->st);
    }
    if (query != NULL)
        query->used = ++db->query_clock;
    buf_clear(&sql);
    return st;
}

static sqlite3_stmt *use_query(struct store_db *db, enum shape shape,
                               const struct store_query *q)
{
    sqlite3_stmt *st = NULL;
    struct buf name = {0};
    write_name(&name, shape, q);
    if (!buf_ok(&name)) {
        (void)db_no_memory(db);
        goto out;
    }
    uint64_t hash = hash_text(UINT64_C(14695981039346656037), name.data);
    struct db_query *query = kept(db, hash, name.data);
    if (query != NULL && !sqlite3_stmt_busy(query->st)) {
        query->used = ++db->query_clock;
        st = db_use_kept(db, query->st);
    } else {
        st = compile(db, shape, q, hash, name.data);
    }
out:
    buf_clear(&name);
    return st;
}

/* ---- the values -----------------------------------------------------------
 */

static int bind_values(sqlite3_stmt *st, int at,
                       const struct store_value *values, size_t count)
{
    for (size_t i = 0; i < count; i++, at++) {
        switch (values[i].kind) {
        case STORE_TEXT:
            put_text(st, at, values[i].text);
            break;
        case STORE_NUMBER:
            (void)sqlite3_bind_double(st, at, values[i].number);
            break;
        case STORE_INTEGER:
            put_int(st, at, values[i].integer);
            break;
        }
    }
    return at;
}

/* ---- far pages ------------------------------------------------------------
 */

/* Behind how many rows (`rest`) from a row number on the page begins. */
struct start {
    int64_t type, n, rest;
};

static sqlite3_stmt *use_tally(struct store_db *db, enum statement which,
                               const struct store_query *q)
{
    sqlite3_stmt *st = db_use(db, which);
    if (st == NULL)
        return NULL;
    put_int(st, 1, q->target);
    put_int(st, 2, q->type >= 0 ? q->type : 0);
    put_int(st, 3, q->type >= 0 ? q->type : 1);
    return st;
}

/* Passes the blocks that are before the offset. STORE_OK: start->n is the first
 * row number, in blocks of 1 << shift, of the one that it is in. */
static enum store_rc pass_blocks(struct store_db *db, sqlite3_stmt *st,
                                 int shift, struct start *start)
{
    enum store_rc rc;
    while ((rc = db_step(db, st)) == STORE_OK) {
        start->type = get_int(st, 0);
        start->n = get_int(st, 1) << shift;
        int64_t living = get_int(st, 2);
        if (start->rest < living)
            break;
        start->rest -= living;
    }
    db_end(db, st);
    return rc;
}

/* From which row number on the offset is less than a small block away. */
static enum store_rc find_start(struct store_db *db,
                                const struct store_query *q,
                                struct start *start)
{
    *start = (struct start){.rest = q->offset};
    sqlite3_stmt *st = use_tally(db, SQL_TALLY_LARGE, q);
    if (st == NULL)
        return STORE_FAILED;
    enum store_rc rc = pass_blocks(db, st, 14, start);
    if (rc != STORE_OK)
        return rc;
    st = db_use(db, SQL_TALLY_SMALL);
    if (st == NULL)
        return STORE_FAILED;
    put_int(st, 1, q->target);
    put_int(st, 2, start->type);
    put_int(st, 3, start->n >> 7);
    return pass_blocks(db, st, 7, start);
}

/* The very row at which a page of users begins. */
static enum store_rc find_nth(struct store_db *db, const struct store_query *q,
                              int64_t *n)
{
    struct start start;
    enum store_rc rc = find_start(db, q, &start);
    if (rc != STORE_OK)
        return rc;
    sqlite3_stmt *st = db_use(db, SQL_RESOURCE_NTH);
    if (st == NULL)
        return STORE_FAILED;
    put_int(st, 1, q->target);
    put_int(st, 2, start.n);
    put_int(st, 3, start.rest);
    rc = db_step(db, st);
    if (rc == STORE_OK)
        *n = get_int(st, 0);
    db_end(db, st);
    return rc;
}

/* ---- the calls ------------------------------------------------------------
 */

static enum shape shape_of(const struct store_query *q)
{
    if (q->order != NULL || is_by_time(q))
        return KEYED;
    if (q->ready && q->where == NULL)
        return WALK;
    if (q->offset <= 0)
        return PLAIN;
    return q->where == NULL ? FAR : KEYED;
}

static sqlite3_stmt *use_page(struct store_db *db, enum shape shape,
                              const struct store_query *q,
                              const struct start *start)
{
    sqlite3_stmt *st = use_query(db, shape, q);
    if (st == NULL)
        return NULL;
    int at = 1;
    put_int(st, at++, q->target);
    if (shape == FAR && q->type < 0)
        put_int(st, at++, start->type);
    if (shape == FAR)
        put_int(st, at++, start->n);
    at = bind_values(st, at, q->values, q->value_count);
    put_int(st, at++, q->limit);
    put_int(st, at, start->rest);
    return st;
}

/* A page of all users, in the order of their rows. */
static enum store_rc walk(struct store_db *db, const struct store_query *q,
                          store_each *each, void *ctx)
{
    int64_t base = q->target * SHOWN_TARGET, n = q->after + 1;
    if (q->offset > 0) {
        enum store_rc rc = find_nth(db, q, &n);
        if (rc != STORE_OK)
            return rc == STORE_NONE ? STORE_OK : rc;
    }
    sqlite3_stmt *st = use_query(db, WALK, q);
    if (st == NULL)
        return STORE_FAILED;
    put_int(st, 1, base + n - 1);
    put_int(st, 2, base + SHOWN_TARGET);
    put_int(st, 3, q->limit);
    return shown_each(db, st, each, ctx);
}

static enum store_rc list(struct store_db *db, const struct store_query *q,
                          store_each *each, void *ctx)
{
    enum shape shape = shape_of(q);
    if (shape == WALK)
        return walk(db, q, each, ctx);
    struct start start = {.rest = q->offset < 0 ? 0 : q->offset};
    if (shape == FAR) {
        enum store_rc rc = find_start(db, q, &start);
        if (rc != STORE_OK) /* none: the offset is beyond the last row */
            return rc == STORE_NONE ? STORE_OK : rc;
    }
    sqlite3_stmt *st = use_page(db, shape, q, &start);
    if (st == NULL)
        return STORE_FAILED;
    return q->ready ? shown_each(db, st, each, ctx)
                    : resource_each(db, st, !q->answer, each, ctx);
}

enum store_rc store_resource_list(struct store_db *db,
                                  const struct store_query *q, store_each *each,
                                  void *ctx)
{
    enum store_rc rc = db_enter(db);
    if (rc != STORE_OK)
        return rc;
    rc = list(db, q, each, ctx);
    db_leave(db);
    return rc;
}

enum store_rc store_resource_count(struct store_db *db,
                                   const struct store_query *q, int64_t *count)
{
    *count = 0;
    sqlite3_stmt *st = q->where == NULL ? use_tally(db, SQL_TALLY_TOTAL, q)
                                        : use_query(db, COUNT, q);
    if (st == NULL)
        return STORE_FAILED;
    if (q->where != NULL) {
        put_int(st, 1, q->target);
        (void)bind_values(st, 2, q->values, q->value_count - q->order_count);
    }
    enum store_rc rc = db_step(db, st);
    if (rc == STORE_OK)
        *count = get_int(st, 0);
    db_end(db, st);
    return rc;
}

/* The value of the statement's first column. */
static enum store_rc take_key(struct store_db *db, sqlite3_stmt *st,
                              struct store_key *out)
{
    switch (sqlite3_column_type(st, 0)) {
    case SQLITE_NULL:
        out->kind = STORE_KEY_NULL;
        return STORE_OK;
    case SQLITE_INTEGER:
        out->kind = STORE_KEY_INTEGER;
        out->integer = get_int(st, 0);
        return STORE_OK;
    case SQLITE_FLOAT:
        out->kind = STORE_KEY_NUMBER;
        out->number = sqlite3_column_double(st, 0);
        return STORE_OK;
    default:
        out->kind = STORE_KEY_TEXT;
        out->text = strdup(get_text(st, 0));
        return out->text == NULL ? db_no_memory(db) : STORE_OK;
    }
}

enum store_rc store_resource_key(struct store_db *db,
                                 const struct store_query *q, int64_t n,
                                 struct store_key *out)
{
    *out = (struct store_key){0};
    sqlite3_stmt *st = use_query(db, VALUE, q);
    if (st == NULL)
        return STORE_FAILED;
    int at = bind_values(st, 1, q->values, q->value_count);
    put_int(st, at, n);
    enum store_rc rc = db_step(db, st);
    if (rc == STORE_OK)
        rc = take_key(db, st, out);
    db_end(db, st);
    return rc;
}
