#include "bridge/render.h"

#include "bridge/row.h"
#include "store/member.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- text, without parsing ------------------------------------------------
 */

/* An object's text without its closing brace; true when it holds a member. */
static bool open_object(struct buf *out, const char *text)
{
    size_t len = strlen(text);
    len -= len > 0;
    buf_add(out, text, len);
    return len > 1;
}

/* What a resource's text usually has besides its body. */
enum { MORE_THAN_BODY = 1024 };

struct member_text {
    const struct bridge_target *t;
    struct buf *out;
    bool any;
};

static bool add_member(const struct store_member *m, void *ctx)
{
    struct member_text *to = ctx;
    const struct scim_type *type = target_type(to->t, m->type);
    buf_str(to->out,
            to->any ? ",{\"value\":\"" : ",\"members\":[{\"value\":\"");
    to->any = true;
    buf_str(to->out, m->id);
    buf_str(to->out, "\",\"$ref\":\"");
    buf_str(to->out, to->t->base);
    buf_str(to->out, type->endpoint);
    buf_char(to->out, '/');
    buf_str(to->out, m->id);
    if (m->display != NULL) {
        buf_str(to->out, "\",\"display\":");
        buf_json(to->out, m->display, strlen(m->display));
        buf_str(to->out, ",\"type\":\"");
    } else {
        buf_str(to->out, "\",\"type\":\"");
    }
    buf_str(to->out, type->name);
    buf_str(to->out, "\"}");
    return buf_ok(to->out);
}

/* When a user was last seen: in the last complete sync, whoever it found, which
 * needs no write of its own. */
static int64_t last_seen(const struct bridge_target *t,
                         const struct store_resource *row)
{
    int64_t synced = atomic_load(&t->synced_at);
    return row->state == STORE_LINKED && synced > row->seen ? synced
                                                            : row->seen;
}

/* The bridge's extension. */
static void add_extension(const struct store_resource *row, int64_t seen,
                          struct buf *out)
{
    if (row->extension == NULL)
        return;
    buf_str(out, ",\"");
    buf_str(out, row_urn(row->type));
    buf_str(out, "\":");
    if (row->type == STORE_GROUP || seen == 0) {
        buf_str(out, row->extension);
        return;
    }
    char text[CLOCK_TEXT_SIZE];
    clock_format(seen, text);
    bool any = open_object(out, row->extension);
    buf_str(out, any ? ",\"lastSeen\":\"" : "\"lastSeen\":\"");
    buf_add(out, text, CLOCK_TEXT_SIZE - 1);
    buf_str(out, "\"}");
}

static void add_location(const struct bridge_target *t,
                         const struct store_resource *row, struct buf *out)
{
    buf_str(out, t->base);
    buf_str(out, target_type(t, row->type)->endpoint);
    buf_char(out, '/');
    buf_str(out, row->id);
}

static void add_meta(const struct bridge_target *t,
                     const struct store_resource *row, struct buf *out)
{
    const struct scim_type *type = target_type(t, row->type);
    char text[CLOCK_TEXT_SIZE];
    buf_str(out, ",\"meta\":{\"resourceType\":\"");
    buf_str(out, type->name);
    buf_str(out, "\",\"created\":\"");
    clock_format(row->created, text);
    buf_add(out, text, sizeof text - 1);
    buf_str(out, "\",\"lastModified\":\"");
    clock_format(row->modified, text);
    buf_add(out, text, sizeof text - 1);
    buf_str(out, "\",\"location\":\"");
    add_location(t, row, out);
    buf_str(out, "\",\"version\":\"W/\\\"");
    buf_number(out, row->version);
    buf_str(out, "\\\"\"}}");
}

/* A text that was made when the user was written: only lastSeen, which is the
 * last complete sync, may have moved on. */
static bool copy_shown(const struct bridge_target *t,
                       const struct store_resource *row, struct buf *out)
{
    size_t from = out->len;
    int64_t synced = atomic_load(&t->synced_at);
    buf_add(out, row->shown, row->shown_len);
    if (row->seen_at > 0 && synced > row->seen && buf_ok(out)) {
        char text[CLOCK_TEXT_SIZE];
        clock_format(synced, text);
        memcpy(out->data + from + row->seen_at, text, sizeof text - 1);
    }
    return buf_ok(out);
}

static bool render_text(const struct bridge_target *t, struct store_db *db,
                        const struct store_resource *row, struct buf *out)
{
    if (row->shown != NULL)
        return copy_shown(t, row, out);
    (void)buf_reserve(out, strlen(row->body) + MORE_THAN_BODY);
    (void)open_object(out, row->body);
    if (row->groups != NULL) {
        buf_str(out, ",\"groups\":");
        buf_str(out, row->groups);
    }
    if (row->type == STORE_GROUP) {
        struct member_text to = {.t = t, .out = out};
        if (store_members_of(db, row->n, add_member, &to) != STORE_OK)
            return false;
        if (to.any)
            buf_char(out, ']');
    }
    add_extension(row, last_seen(t, row), out);
    add_meta(t, row, out);
    return buf_ok(out);
}

/* ---- what is stored ready -------------------------------------------------
 */

bool render_shown(const struct store_resource *row, void *ctx, struct buf *text,
                  size_t *seen_at)
{
    static const char key[] = "\"lastSeen\":\"";
    const struct bridge *b = ctx;
    const struct bridge_target *t = NULL;
    for (size_t i = 0; i < b->target_count; i++)
        if (b->targets[i].row == row->target)
            t = &b->targets[i];
    /* A linked user that nobody saw yet would get the member only later. */
    if (t == NULL || row->type != STORE_USER ||
        (row->state == STORE_LINKED && row->seen == 0))
        return false;
    (void)buf_reserve(text, strlen(row->body) + MORE_THAN_BODY);
    (void)open_object(text, row->body);
    if (row->groups != NULL) {
        buf_str(text, ",\"groups\":");
        buf_str(text, row->groups);
    }
    add_extension(row, row->seen, text);
    /* It is the last member of the last object so far. */
    *seen_at = 0;
    if (row->state == STORE_LINKED && row->extension != NULL && buf_ok(text))
        *seen_at = text->len - 2 - (CLOCK_TEXT_SIZE - 1);
    bool ok = *seen_at == 0 || memcmp(text->data + *seen_at - (sizeof key - 1),
                                      key, sizeof key - 1) == 0;
    add_meta(t, row, text);
    return ok && buf_ok(text);
}

/* ---- projected: through JSON ----------------------------------------------
 */

static bool add_last_seen(const struct bridge_target *t,
                          const struct store_resource *row, json_t *resource)
{
    json_t *extension = json_object_get(resource, row_urn(row->type));
    int64_t seen = last_seen(t, row);
    if (extension == NULL || seen == 0 || row->type == STORE_GROUP)
        return true;
    char text[CLOCK_TEXT_SIZE];
    clock_format(seen, text);
    return json_object_set_new(extension, "lastSeen", json_string(text)) == 0;
}

static bool render_id(const struct bridge_target *t,
                      const struct store_resource *row, struct buf *out)
{
    buf_str(out, "{\"schemas\":[\"");
    buf_str(out, target_type(t, row->type)->core->urn);
    buf_str(out, "\"],\"id\":\"");
    buf_str(out, row->id);
    buf_str(out, "\"}");
    return buf_ok(out);
}

static bool render_projected(const struct bridge_target *t, struct store_db *db,
                             const struct store_resource *row,
                             const struct scim_projection *p, struct buf *out)
{
    const struct scim_type *type = target_type(t, row->type);
    const struct scim_attr *members = NULL;
    const struct scim_schema *schema = NULL;
    if (scim_projection_is_id(type, p))
        return render_id(t, row, out);
    bool wanted = scim_attr_find(type, "members", 7, &members, &schema) &&
                  members != NULL && scim_projection_wants(p, members);
    json_t *resource = row_resource(t, db, row, wanted);
    json_t *shown = NULL;
    if (resource != NULL && add_last_seen(t, row, resource))
        shown = scim_project(type, resource, p);
    char *text = shown == NULL ? NULL : json_dumps(shown, JSON_COMPACT);
    if (text != NULL)
        buf_str(out, text);
    free(text);
    json_decref(shown);
    json_decref(resource);
    return text != NULL && buf_ok(out);
}

bool render_row(const struct bridge_target *t, struct store_db *db,
                const struct store_resource *row,
                const struct scim_projection *p, struct buf *out)
{
    return p == NULL ? render_text(t, db, row, out)
                     : render_projected(t, db, row, p, out);
}

/* ---- tags and replies -----------------------------------------------------
 */

char *render_etag(const struct store_resource *row)
{
    struct buf b = {0};
    buf_str(&b, "W/\"");
    buf_number(&b, row->version);
    buf_char(&b, '"');
    return buf_take(&b);
}

char *render_location(const struct bridge_target *t,
                      const struct store_resource *row)
{
    struct buf b = {0};
    add_location(t, row, &b);
    return buf_take(&b);
}

/* One tag of the list at *at: W/"x", "x" or bare x; its inside is set. */
static bool next_tag(const char **at, const char **tag, size_t *len)
{
    const char *c = *at + strspn(*at, " \t,");
    if (strncmp(c, "W/", 2) == 0)
        c += 2;
    if (*c == '"') {
        const char *end = strchr(++c, '"');
        if (end == NULL)
            return false;
        *tag = c;
        *len = (size_t)(end - c);
        *at = end + 1;
        return true;
    }
    *tag = c;
    *len = strcspn(c, " \t,");
    *at = c + *len;
    return *len > 0;
}

bool render_tag_matches(const char *header, const struct store_resource *row)
{
    char mine[24];
    const char *tag;
    size_t len;
    int n = snprintf(mine, sizeof mine, "%lld", (long long)row->version);
    while (next_tag(&header, &tag, &len)) {
        if (len == 1 && *tag == '*')
            return true;
        if (n > 0 && len == (size_t)n && memcmp(tag, mine, len) == 0)
            return true;
    }
    return false;
}

void render_error(const struct scim_error *err, struct bridge_reply *out)
{
    json_t *body = scim_error_json(err);
    *out = (struct bridge_reply){.status = err->status,
                                 .retry_after = err->retry_after};
    out->body = body == NULL ? NULL : json_dumps(body, JSON_COMPACT);
    out->len = out->body == NULL ? 0 : strlen(out->body);
    json_decref(body);
}

void render_reply(const struct bridge_target *t, struct store_db *db,
                  const struct bridge_request *q, int status,
                  const struct store_resource *row, struct bridge_reply *out)
{
    struct scim_projection *p = NULL;
    struct scim_error err = {0};
    struct buf body = {0};
    *out = (struct bridge_reply){.status = status};
    bool ok = scim_projection_parse(target_type(t, row->type), q->attributes,
                                    q->excluded, &p, &err);
    if (ok && !render_row(t, db, row, p, &body)) {
        scim_error_memory(&err);
        ok = false;
    }
    scim_projection_free(p);
    if (!ok) {
        buf_clear(&body);
        render_error(&err, out);
        return;
    }
    out->len = body.len;
    out->body = buf_take(&body);
    out->etag = render_etag(row);
    out->location = render_location(t, row);
}

void bridge_reply_clear(struct bridge_reply *r)
{
    free(r->body);
    free(r->location);
    free(r->etag);
    *r = (struct bridge_reply){0};
}
