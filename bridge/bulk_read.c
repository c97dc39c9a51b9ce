/*
 * bridge/bulk_read.c - a BulkRequest (RFC 7644 section 3.7)
 *
 * What is wrong with the request refuses all of it; what is wrong with an
 * operation is told when its turn comes, so that failOnErrors counts it.
 */
#include "bridge/bulk_internal.h"

#include "base/fold.h"
#include "scim/resource.h"
#include "scim/tolerance.h"

#include <stdlib.h>
#include <string.h>

#define URN "urn:ietf:params:scim:api:messages:2.0:BulkRequest"

/* clang-format off */
static const struct {
    const char *word;
    enum bridge_op op;
} methods[] = {
    {"POST",   BRIDGE_CREATE},
    {"PUT",    BRIDGE_REPLACE},
    {"PATCH",  BRIDGE_PATCH},
    {"DELETE", BRIDGE_DELETE},
};
/* clang-format on */

void bulk_clear(struct bulk *b)
{
    for (size_t i = 0; i < b->count; i++) {
        free(b->ops[i].key);
        free(b->ops[i].waits_for);
        json_decref(b->ops[i].lacks);
        json_decref(b->ops[i].result);
    }
    free(b->ops);
    json_decref(b->ids);
    json_decref(b->body);
    *b = (struct bulk){0};
}

static bool is_word(const char *text, size_t len, const char *word)
{
    return fold_ascii_equal(text, len, word, strlen(word));
}

/* ---- an operation ---------------------------------------------------------
 */

static const char *text_of(const json_t *object, const char *name)
{
    return json_string_value(scim_member(object, name));
}

static enum bridge_op method_of(const char *method)
{
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
        if (method != NULL && is_word(method, strlen(method), methods[i].word))
            return methods[i].op;
    return BRIDGE_LIST;
}

/* The next segment of a path, behind any slashes; *at ends up behind it. */
static size_t segment(const char **at, const char **start)
{
    *at += strspn(*at, "/");
    *start = *at;
    *at += strcspn(*at, "/?");
    return (size_t)(*at - *start);
}

/* "/Users/7", "Users/7", "/v2/Users/7", or the whole address. False: memory. */
static bool read_path(const struct bridge_target *t, const char *path,
                      struct bulk_op *op)
{
    const struct scim_type *types[] = {t->user, t->group};
    const char *start, *id;
    if (strncmp(path, t->base, strlen(t->base)) == 0)
        path += strlen(t->base);
    size_t len = segment(&path, &start);
    if (is_word(start, len, "v2"))
        len = segment(&path, &start);
    size_t id_len = segment(&path, &id);
    bool ends = path[strspn(path, "/")] == '\0' || *path == '?';
    for (size_t i = 0; ends && i < 2; i++)
        if (is_word(start, len, types[i]->endpoint + 1))
            op->type = types[i];
    if (op->type == NULL || id_len == 0)
        return true;
    op->key = strndup(id, id_len);
    return op->key != NULL;
}

/* A POST without an id of its own in the path goes by its bulkId. */
static bool read_op(struct bulk *b, size_t i, const json_t *said)
{
    struct bulk_op *op = &b->ops[i];
    const char *path = text_of(said, "path");
    op->said = said;
    op->method = text_of(said, "method");
    op->bulk_id = text_of(said, "bulkId");
    op->version = text_of(said, "version");
    op->op = method_of(op->method);
    op->data = scim_member(said, "data");
    if (!json_is_object(op->data))
        op->data = NULL;
    if (path != NULL && !read_path(b->t, path, op))
        return false;
    if (op->op != BRIDGE_CREATE || op->bulk_id == NULL ||
        json_object_get(b->ids, op->bulk_id) != NULL)
        return true;
    return json_object_set_new(b->ids, op->bulk_id,
                               json_integer((json_int_t)i)) == 0;
}

static bool refuse(struct scim_error *err, const char *sentence)
{
    scim_error_set(err, SCIM_INVALID_SYNTAX, "%s", sentence);
    return false;
}

/* The address of an operation must fit its method. */
static bool check_path(const struct bulk_op *op, struct scim_error *err)
{
    if (op->type == NULL)
        return refuse(err, "The operation's path must be /Users or /Groups, "
                           "with an id behind it for any method but POST.");
    if (op->op == BRIDGE_CREATE && op->key != NULL)
        return refuse(err, "A POST creates: its path is /Users or /Groups, "
                           "without an id.");
    if (op->op != BRIDGE_CREATE && op->key == NULL)
        return refuse(err, "The operation's path must end in the id of the "
                           "resource.");
    return true;
}

static bool check_bulk_id(const struct bulk *b, const struct bulk_op *op,
                          struct scim_error *err)
{
    if (op->op != BRIDGE_CREATE)
        return true;
    if (op->bulk_id == NULL || *op->bulk_id == '\0')
        return refuse(err, "A POST needs a bulkId, a text of its own.");
    const json_t *first = json_object_get(b->ids, op->bulk_id);
    if (&b->ops[json_integer_value(first)] != op)
        return refuse(err, "Another POST of this request has this bulkId "
                           "already.");
    return true;
}

bool bulk_check(const struct bulk *b, const struct bulk_op *op,
                struct scim_error *err)
{
    if (!json_is_object(op->said))
        return refuse(err, "An operation must be a JSON object.");
    if (op->op == BRIDGE_LIST)
        return refuse(err, "The operation's method must be POST, PUT, PATCH "
                           "or DELETE.");
    if (!check_path(op, err) || !check_bulk_id(b, op, err))
        return false;
    if (op->op != BRIDGE_DELETE && op->data == NULL)
        return refuse(err, "The operation needs data, a JSON object.");
    if (op->nests) {
        scim_error_set(err, SCIM_INVALID_VALUE,
                       "A group of this request is a member of another one; "
                       "groups do not nest here. Make users its members.");
        return false;
    }
    return true;
}

/* ---- the request ----------------------------------------------------------
 */

static bool names_bulk_request(const json_t *body)
{
    size_t i;
    json_t *schema;
    json_array_foreach (scim_member(body, "schemas"), i, schema) {
        if (json_is_string(schema) &&
            is_word(json_string_value(schema), json_string_length(schema), URN))
            return true;
    }
    return false;
}

static bool read_limit(struct bulk *b, struct scim_error *err)
{
    const json_t *most = scim_member(b->body, "failOnErrors");
    if (most == NULL || json_is_null(most))
        return true;
    b->most_errors = json_integer_value(most);
    if (json_is_integer(most) && b->most_errors > 0)
        return true;
    scim_error_set(err, SCIM_INVALID_VALUE,
                   "failOnErrors must be a whole number above 0.");
    return false;
}

static bool read_ops(struct bulk *b, const json_t *list, struct scim_error *err)
{
    size_t count = json_array_size(list);
    b->ids = json_object();
    b->ops = calloc(count + 1, sizeof *b->ops);
    if (b->ops == NULL || b->ids == NULL) {
        scim_error_memory(err);
        return false;
    }
    b->count = count;
    bool ok = true;
    for (size_t i = 0; i < count; i++)
        ok = read_op(b, i, json_array_get(list, i)) && ok;
    for (size_t i = 0; i < count; i++)
        ok = ok && bulk_refs_note(b, &b->ops[i]);
    if (!ok)
        scim_error_memory(err);
    return ok;
}

bool bulk_read(struct bulk *b, struct scim_error *err)
{
    b->body = scim_body_parse(b->q->body != NULL ? b->q->body : "",
                              b->q->body != NULL ? b->q->body_len : 0, err);
    if (b->body == NULL)
        return false;
    const json_t *list = scim_member(b->body, "Operations");
    if (!names_bulk_request(b->body))
        return refuse(
            err, "The body of a bulk request must list the schema " URN ".");
    if (!json_is_array(list))
        return refuse(err, "Operations must be a list of operations.");
    if (json_array_size(list) > BRIDGE_BULK_OPERATIONS) {
        scim_error_status(err, 413,
                          "A bulk request takes at most %d operations "
                          "(maxOperations), and this one has %zu. Nothing was "
                          "done; send them in several requests.",
                          BRIDGE_BULK_OPERATIONS, json_array_size(list));
        return false;
    }
    return read_limit(b, err) && read_ops(b, list, err);
}
