#include "test/bridge/summary.h"

#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXT "urn:scim-bridge:params:scim:schemas:extension:helpdesk:2.0:User"

/* ---- what is there, as text ---------------------------------------------- */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Sorted lines, so that ids and orders do not matter. */
struct lines {
    char *list[64];
    size_t count;
};

static void add_line(struct lines *l, struct buf *text)
{
    l->list[l->count++] = buf_take(text);
}

static void write_lines(struct lines *l, FILE *out)
{
    qsort(l->list, l->count, sizeof l->list[0], by_text);
    for (size_t i = 0; i < l->count; i++) {
        (void)fprintf(out, "%s\n", l->list[i]);
        free(l->list[i]);
    }
    l->count = 0;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "-";
}

static void scim_lines(struct desk *d, const char *type, FILE *out)
{
    struct lines l = {.count = 0};
    size_t i;
    json_t *one;
    (void)desk_count(d, type, NULL);
    json_array_foreach (json_object_get(d->body, "Resources"), i, one) {
        const json_t *ext = json_object_get(one, EXT);
        struct buf text = {0};
        buf_fmt(&text, "scim %s %s title=%s active=%d state=%s role=%s",
                text_of(one, "userName"), text_of(one, "displayName"),
                text_of(one, "title"),
                json_is_true(json_object_get(one, "active")),
                text_of(ext, "state"), text_of(ext, "role"));
        size_t k;
        json_t *part;
        struct lines names = {.count = 0};
        const char *list = strcmp(type, "User") == 0 ? "groups" : "members";
        json_array_foreach (json_object_get(one, list), k, part) {
            names.list[names.count++] = strdup(text_of(part, "display"));
        }
        qsort(names.list, names.count, sizeof names.list[0], by_text);
        for (k = 0; k < names.count; k++) {
            buf_fmt(&text, " %s", names.list[k]);
            free(names.list[k]);
        }
        add_line(&l, &text);
    }
    write_lines(&l, out);
}

static const char *upstream_name(struct desk *d, const char *id)
{
    const char *name = fake_user_text(d->up, id, "userName");
    return name != NULL ? name : id;
}

static void world_lines(struct desk *d, FILE *out)
{
    struct lines l = {.count = 0};
    const char *id;
    json_t *one;
    json_object_foreach (json_object_get(fake_world(d->up), "users"), id, one) {
        struct buf text = {0};
        buf_fmt(&text, "desk %s %s state=%s role=%s", upstream_name(d, id),
                text_of(json_object_get(one, "user"), "displayName"),
                text_of(one, "state"), text_of(one, "role"));
        add_line(&l, &text);
    }
    json_object_foreach (json_object_get(fake_world(d->up), "teams"), id, one) {
        struct buf text = {0};
        size_t i;
        json_t *member;
        struct lines names = {.count = 0};
        buf_fmt(&text, "team %s",
                text_of(json_object_get(one, "group"), "displayName"));
        json_array_foreach (json_object_get(one, "members"), i, member) {
            names.list[names.count++] =
                strdup(upstream_name(d, json_string_value(member)));
        }
        qsort(names.list, names.count, sizeof names.list[0], by_text);
        for (i = 0; i < names.count; i++) {
            buf_fmt(&text, " %s", names.list[i]);
            free(names.list[i]);
        }
        add_line(&l, &text);
    }
    json_object_foreach (json_object_get(fake_world(d->up), "tickets"), id,
                         one) {
        struct buf text = {0};
        buf_fmt(&text, "ticket %s %s", id,
                upstream_name(d, json_string_value(one)));
        add_line(&l, &text);
    }
    write_lines(&l, out);
}

bool summary_write(struct desk *d, const char *name)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", d->dir, name);
    FILE *out = fopen(path, "w");
    if (out == NULL)
        return false;
    scim_lines(d, "User", out);
    scim_lines(d, "Group", out);
    world_lines(d, out);
    return fclose(out) == 0;
}
