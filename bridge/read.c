/*
 * bridge/read.c - the read journey: the mirror answers, and nothing else
 *
 * A list has a part, or two (bridge/part.h), which are shown one behind the
 * other.
 *
 *   pages by   begin at                        a change between two pages
 *   index      the nth resource                moves the others up or down
 *   cursor     behind the last one shown, by   moves nobody: who is there all
 *              sort key, then row number       along is shown exactly once
 */
#include "bridge/part.h"
#include "bridge/render.h"
#include "store/shown.h"

#include <stdlib.h>
#include <string.h>

/* Of a user, in bytes. */
enum { USUAL_SIZE = 1000 };

/* A list under way. */
struct list {
    const struct bridge_target *t;
    struct store_db *db;
    struct list_query query;
    struct part parts[2];
    size_t first, count; /* of the parts, those that are to be shown */
    struct buf digest;   /* what every page of a walk must repeat */
    struct cursor from, next;
    bool walks; /* by cursor */
    bool more;  /* there is another page */
    int64_t total, shown, room;
    struct part *part; /* whose rows are shown */
    struct buf *out;
    bool failed;
};

static void list_clear(struct list *l)
{
    for (size_t i = 0; i < 2; i++)
        part_clear(&l->parts[i]);
    list_query_clear(&l->query);
    cursor_clear(&l->from);
    cursor_clear(&l->next);
    buf_clear(&l->digest);
}

/* ---- a cursor ------------------------------------------------------------
 */

static void add_digest(struct list *l, const char *text)
{
    if (text != NULL)
        buf_json(&l->digest, text, strlen(text));
    buf_char(&l->digest, ',');
}

/* What a cursor is bound to: everything but the count, which has an error of
 * its own. An empty parameter is one that was not given. */
static void make_digest(struct list *l, const struct bridge_request *q)
{
    const struct list_query *is = &l->query;
    add_digest(l, l->t->name);
    add_digest(l, q->type == NULL ? NULL : q->type->name);
    add_digest(l, is->attributes);
    add_digest(l, is->excluded);
    add_digest(l, is->filter);
    add_digest(l, is->sort_by);
    add_digest(l, is->down ? "descending" : NULL);
}

/* Reads the cursor and begins behind it (RFC 9865 section 2). */
static bool go_on(struct list *l, struct scim_error *err)
{
    if (!cursor_read(l->t->bridge, l->query.cursor, &l->digest, &l->from, err))
        return false;
    if (l->query.counted && l->query.count != l->from.count) {
        scim_error_set(err, SCIM_INVALID_COUNT,
                       "count was %lld on the page before; it stays the same "
                       "for a whole walk.",
                       (long long)l->from.count);
        return false;
    }
    l->query.count = l->from.count;
    l->first = (size_t)l->from.part;
    if (part_go_on(&l->parts[l->first], &l->from, l->query.down))
        return true;
    scim_error_memory(err);
    return false;
}

/* ---- the list -------------------------------------------------------------
 */

/* The resource behind the page only tells that there is one. */
static bool add_row(const struct store_resource *row, void *ctx)
{
    struct list *l = ctx;
    if (l->room == 0) {
        l->more = true;
        return false;
    }
    if (l->shown++ > 0)
        buf_char(l->out, ',');
    l->room--;
    l->next.part = (int)(l->part - l->parts);
    l->next.n = row->n;
    l->failed = !render_row(l->t, l->db, row,
                            l->part->pieces[row->type].projection, l->out);
    return !l->failed;
}

static bool write_part(struct list *l, struct part *p, int64_t skip)
{
    l->part = p;
    p->page.offset = skip;
    p->page.limit = l->room + (l->walks ? 1 : 0);
    return store_resource_list(l->db, &p->page, add_row, l) == STORE_OK &&
           !l->failed;
}

/* Writes the resources of all parts that fall on the page. */
static bool write_page(struct list *l)
{
    int64_t skip = l->walks ? 0 : l->query.start - 1;
    l->room = l->query.count;
    if (l->room == 0)
        return true;
    for (size_t i = l->first; i < l->count && !l->more; i++) {
        if (l->room == 0 && !l->walks)
            break;
        struct part *p = &l->parts[i];
        if (skip > 0 && skip >= p->total) {
            skip -= p->total;
            continue;
        }
        if (!write_part(l, p, skip))
            return false;
        skip = 0;
    }
    return true;
}

/* A walk is counted once: its later pages repeat the number. */
static bool count_parts(struct list *l)
{
    l->total = l->from.total;
    if (l->from.n > 0)
        return true;
    for (size_t i = l->first; i < l->count; i++) {
        struct part *p = &l->parts[i];
        if (store_resource_count(l->db, &p->all, &p->total) != STORE_OK)
            return false;
        l->total += p->total;
    }
    return true;
}

/* The cursor behind the last resource shown; NULL: none is needed. */
static bool next_cursor(struct list *l, char **text)
{
    *text = NULL;
    if (!l->more)
        return true;
    bool ok = part_key(&l->parts[l->next.part], l->db, &l->next);
    l->next.made = clock_now(&l->t->bridge->clock);
    l->next.count = l->query.count;
    l->next.total = l->total;
    if (ok)
        *text = cursor_write(l->t->bridge, &l->next, &l->digest);
    return *text != NULL;
}

static void failed_read(struct store_db *db, struct scim_error *err)
{
    scim_error_status(err, 500,
                      "The mirror could not be read (%s). The bridge's log "
                      "and its disk tell more.",
                      store_db_error(db));
}

/* A page that begins at the beginning and has room left shows everything:
 * that is counted already. */
static bool count_and_write(struct list *l)
{
    if (l->from.n > 0 || (!l->walks && l->query.start > 1) ||
        l->query.count == 0)
        return count_parts(l) && write_page(l);
    if (!write_page(l))
        return false;
    l->total = l->shown;
    return (l->walks ? !l->more : l->room > 0) || count_parts(l);
}

static void add_member(struct buf *out, const char *name, int64_t value)
{
    buf_str(out, name);
    buf_number(out, value);
}

/* What a page says of itself is known once its resources are written, which
 * are not copied again: so it stands behind them. */
static bool write_list(struct list *l, struct scim_error *err)
{
    char *cursor = NULL;
    buf_str(l->out, "{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:"
                    "ListResponse\"],\"Resources\":[");
    /* A page of everything is as long as its count says. */
    if (l->query.filter == NULL && l->parts[0].page.ready)
        (void)buf_reserve(l->out, (size_t)l->query.count * USUAL_SIZE);
    bool ok = store_read_begin(l->db) == STORE_OK;
    ok = ok && count_and_write(l) && next_cursor(l, &cursor);
    store_read_end(l->db);
    add_member(l->out, "],\"totalResults\":", l->total);
    if (!l->walks)
        add_member(l->out, ",\"startIndex\":", l->query.start);
    add_member(l->out, ",\"itemsPerPage\":", l->shown);
    if (cursor != NULL) {
        buf_str(l->out, ",\"nextCursor\":\"");
        buf_str(l->out, cursor);
        buf_char(l->out, '"');
    }
    buf_char(l->out, '}');
    ok = ok && buf_ok(l->out);
    free(cursor);
    if (!ok)
        failed_read(l->db, err);
    return ok;
}

/* Which types the list has, and in how many parts. */
static void choose_parts(struct list *l, const struct bridge_request *q)
{
    bool sorted = l->query.sort_by != NULL && *l->query.sort_by != '\0';
    l->count = q->type == NULL && !sorted ? 2 : 1;
    l->parts[0].first = q->type == l->t->group ? STORE_GROUP : STORE_USER;
    l->parts[0].last =
        q->type == l->t->user || l->count == 2 ? STORE_USER : STORE_GROUP;
    l->parts[1].first = l->parts[1].last = STORE_GROUP;
}

static bool read_list(const struct bridge_target *t, struct store_db *db,
                      const struct bridge_request *q, struct buf *out,
                      struct scim_error *err)
{
    struct list l = {.t = t, .db = db, .out = out};
    bool ok = list_query_read(t, q, &l.query, err);
    l.walks = l.query.cursor != NULL;
    choose_parts(&l, q);
    for (size_t i = 0; ok && i < l.count; i++)
        ok = part_compile(t, &l.query, q->type != NULL, &l.parts[i], err);
    if (ok && l.walks) {
        make_digest(&l, q);
        ok = *l.query.cursor == '\0' || go_on(&l, err);
    }
    ok = ok && write_list(&l, err);
    list_clear(&l);
    return ok;
}

/* ---- one resource ---------------------------------------------------------
 */

struct one {
    const struct bridge_target *t;
    struct store_db *db;
    const struct bridge_request *q;
    struct bridge_reply *out;
};

static bool show(const struct store_resource *row, void *ctx)
{
    const struct one *one = ctx;
    const char *has = one->q->if_none_match;
    if (has != NULL && render_tag_matches(has, row))
        *one->out =
            (struct bridge_reply){.status = 304, .etag = render_etag(row)};
    else
        render_reply(one->t, one->db, one->q, 200, row, one->out);
    return true;
}

/* RFC 7644 section 3.4.2 lets a filter stand on a resource's own URL. */
static bool read_one(const struct bridge_target *t, struct store_db *db,
                     const struct bridge_request *q, struct bridge_reply *out,
                     struct scim_error *err)
{
    struct one one = {.t = t, .db = db, .q = q, .out = out};
    enum store_type type = q->type == t->user ? STORE_USER : STORE_GROUP;
    bool plain = q->attributes == NULL && q->excluded == NULL;
    switch (type == STORE_USER && plain
                ? store_shown_lend(db, t->row, q->id, show, &one)
                : store_resource_lend(db, t->row, type, q->id, show, &one)) {
    case STORE_OK:
        return true;
    case STORE_NONE:
        scim_error_status(err, 404, "There is no %s with the id %.64s.",
                          q->type->name, q->id);
        return false;
    case STORE_CLASH:
    case STORE_FAILED:
        break;
    }
    failed_read(db, err);
    return false;
}

/* Of SQLite's machine: some milliseconds. The largest page takes fewer. */
enum { QUICK_STEPS = 20000 };

void bridge_read(struct bridge_target *t, struct store_db *db,
                 const struct bridge_request *q, struct bridge_reply *out)
{
    struct scim_error err = {0};
    struct buf body = {0};
    *out = (struct bridge_reply){0};
    if (q->quick)
        store_reader_limit(db, QUICK_STEPS);
    bool ok = q->op == BRIDGE_GET ? read_one(t, db, q, out, &err)
                                  : read_list(t, db, q, &body, &err);
    bool over = q->quick && store_reader_over(db);
    if (q->quick)
        store_reader_limit(db, 0);
    if (over) {
        buf_clear(&body);
        bridge_reply_clear(out);
    } else if (!ok) {
        buf_clear(&body);
        if (err.status == 0)
            failed_read(db, &err);
        render_error(&err, out);
    } else if (q->op == BRIDGE_LIST) {
        out->status = 200;
        out->len = body.len;
        out->body = buf_take(&body);
    }
}
