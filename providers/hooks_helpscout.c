/*
 * providers/hooks_helpscout.c - takes a leaver out of each inbox's rotation
 *
 * Help Scout gives new conversations to the people in an inbox's routing, and
 * its PUT replaces the whole routing: what a profile cannot say, for it must be
 * read, lose one member, and be written back. Operations of the profile:
 *
 *   mailboxes.list   the inboxes
 *   routing.get      one routing ({{mailbox_id}})
 *   routing.set      writes it ({{mailbox_id}}, {{routing}})
 *
 * An enabled routing may not be empty: with its last member it is disabled.
 */
#include "providers/hooks.h"

#include <string.h>

/* What PUT takes of what GET tells. */
static const char *const written[] = {"state", "assignmentLimit",
                                      "assignmentMethod", "userIds"};

/* Text of an id, whatever its JSON type. */
static bool same_id(const json_t *a, const json_t *b)
{
    json_t *x = json_is_string(a) ? json_incref((json_t *)a)
                                  : json_sprintf("%" JSON_INTEGER_FORMAT,
                                                 json_integer_value(a));
    json_t *y = json_is_string(b) ? json_incref((json_t *)b)
                                  : json_sprintf("%" JSON_INTEGER_FORMAT,
                                                 json_integer_value(b));
    bool same = x != NULL && json_equal(x, y) != 0;
    json_decref(x);
    json_decref(y);
    return same;
}

/* The routing without `leaver`, new; NULL: the leaver is not in it. */
static json_t *without(const json_t *routing, const json_t *leaver)
{
    json_t *left = json_object();
    for (size_t i = 0; i < sizeof written / sizeof written[0]; i++) {
        json_t *value = json_object_get(routing, written[i]);
        if (value != NULL)
            (void)json_object_set_new(left, written[i], json_deep_copy(value));
    }
    json_t *ids = json_object_get(left, "userIds");
    size_t before = json_array_size(ids);
    for (size_t i = before; i > 0; i--)
        if (same_id(json_array_get(ids, i - 1), leaver))
            (void)json_array_remove(ids, i - 1);
    if (json_array_size(ids) == before) {
        json_decref(left);
        return NULL;
    }
    if (json_array_size(ids) == 0)
        (void)json_object_set_new(left, "state", json_string("disabled"));
    return left;
}

static enum up_rc leave_one(struct engine *e, struct up_call *call,
                            const json_t *inbox, const json_t *leaver,
                            struct up_error *err)
{
    struct op_result got = {0}, set = {0};
    json_t *scope =
        json_pack("{s:O}", "mailbox_id", json_object_get(inbox, "id"));
    struct vars vars = {.scope = {scope}, .count = 1};
    enum up_rc rc = engine_run(e, call, "routing.get", &vars, &got, err);
    json_t *left = rc == UP_OK ? without(got.record, leaver) : NULL;
    if (left != NULL) {
        (void)json_object_set_new(scope, "routing", left);
        rc = engine_run(e, call, "routing.set", &vars, &set, err);
    }
    op_result_clear(&got);
    op_result_clear(&set);
    json_decref(scope);
    return rc;
}

enum up_rc helpscout_leave_rotation(struct engine *e, struct up_call *call,
                                    const struct vars *v, struct op_result *out,
                                    struct up_error *err)
{
    const json_t *leaver = vars_get(v, "id");
    struct vars none = {0};
    enum up_rc rc = engine_run(e, call, "mailboxes.list", &none, out, err);
    size_t i;
    json_t *inbox;
    json_t *inboxes = rc == UP_OK ? json_incref(out->records) : NULL;

    json_array_foreach (inboxes, i, inbox) {
        struct up_error one = {0};
        enum up_rc got = leave_one(e, call, inbox, leaver, &one);
        /* The other inboxes are left all the same. */
        if (got != UP_OK && rc == UP_OK) {
            rc = got;
            *err = one;
        }
    }
    json_decref(inboxes);
    return rc;
}
