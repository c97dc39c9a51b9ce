/*
 * providers/operation_batch.c - many items: in slices, or one call each
 *
 *   result of a call     slices                    one call an item
 *   UP_OK                the next slice            the next item
 *   a refusal            ends it                   noted; the next item
 *   anything else        ends it                   ends it
 *
 * "A refusal" is about this item (op_is_refusal). err->changed tells whether
 * something was done before.
 */
#include "providers/operation_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- slices -------------------------------------------------------------- */

/* Takes over what a slice brought; the last answer stays. */
static void absorb(struct op_result *out, struct op_result *part)
{
    json_t *refused = out->refused;
    if (refused != NULL && part->refused != NULL)
        (void)json_array_extend(refused, part->refused);
    else if (part->refused != NULL)
        refused = json_incref(part->refused);
    out->refused = NULL;
    op_result_clear(out);
    json_decref(part->refused);
    *out = *part;
    out->refused = refused;
    *part = (struct op_result){0};
}

static json_t *slice(const json_t *list, size_t from, size_t max)
{
    json_t *part = json_array();
    size_t end =
        from + max < json_array_size(list) ? from + max : json_array_size(list);
    for (size_t i = from; part != NULL && i < end; i++)
        (void)json_array_append(part, json_array_get(list, i));
    return part;
}

static enum up_rc run_slice(const struct op_run *run, const char *param,
                            json_t *part, struct op_result *out,
                            struct up_error *err)
{
    struct vars chain;
    struct op_run one = *run;
    struct op_result result = {0};
    json_t *scope = part == NULL ? NULL : json_pack("{s:O}", param, part);
    if (scope == NULL || !vars_with(run->vars, scope, &chain)) {
        json_decref(scope);
        return op_fail(err, UP_FAILED, "No memory for the slices of %s.",
                       run->op);
    }
    one.vars = &chain;
    enum up_rc rc = call_run(&one, &result, err);
    absorb(out, &result);
    json_decref(scope);
    return rc;
}

enum up_rc batch_run(const struct op_run *run, struct op_result *out,
                     struct up_error *err)
{
    const json_t *batch = json_object_get(run->spec, "batch");
    const char *param = json_string_value(json_object_get(batch, "param"));
    json_int_t max = json_integer_value(json_object_get(batch, "max"));
    const json_t *list = param == NULL ? NULL : vars_get(run->vars, param);
    if (!json_is_array(list) || max < 1)
        return call_run(run, out, err);
    struct up_error first = {0};
    for (size_t i = 0; i < json_array_size(list); i += (size_t)max) {
        json_t *part = slice(list, i, (size_t)max);
        enum up_rc rc = run_slice(run, param, part, out, err);
        json_decref(part);
        /* A job's refused rows are told with the rest done. */
        if (rc == UP_INVALID && json_array_size(out->refused) > 0) {
            if (first.rc == UP_OK)
                first = *err;
            continue;
        }
        if (rc != UP_OK) {
            err->changed = err->changed || i > 0;
            return rc;
        }
    }
    if (first.rc != UP_OK)
        *err = first;
    return first.rc;
}

/* ---- one call an item ---------------------------------------------------- */

/* "ticket_ids" -> "ticket_id". */
static void singular(const char *list, char item[128])
{
    size_t len = strlen(list);
    if (len > 1 && list[len - 1] == 's')
        len--;
    (void)snprintf(item, 128, "%.*s", (int)(len < 127 ? len : 127), list);
}

static bool is_user_id(const char *name, bool optional, void *ctx)
{
    (void)optional;
    bool *found = ctx;
    *found = *found || strcmp(name, "user_id") == 0;
    return true;
}

static bool names_user_id(const json_t *spec)
{
    static const char *const members[] = {"path", "query", "body", "headers"};
    bool found = false;
    const char *why;
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        const json_t *template = json_object_get(spec, members[i]);
        if (template != NULL)
            (void)template_variables(template, is_user_id, &found, &why);
    }
    return found;
}

const char *each_param(const struct op_run *run, char item[128])
{
    const char *each = json_string_value(json_object_get(run->spec, "each"));
    if (each != NULL) {
        singular(each, item);
        return each;
    }
    bool implied = vars_get(run->vars, "user_id") == NULL &&
                   json_is_array(vars_get(run->vars, "user_ids")) &&
                   names_user_id(run->spec);
    if (!implied)
        return NULL;
    (void)snprintf(item, 128, "user_id");
    return "user_ids";
}

static const char *word_of(enum up_rc rc)
{
    static const struct {
        enum up_rc rc;
        const char *word;
    } words[] = {
        {UP_NOT_FOUND, "not_found"}, {UP_CONFLICT, "exists"},
        {UP_INVALID, "invalid"},     {UP_FORBIDDEN, "forbidden"},
        {UP_PROTECTED, "protected"}, {UP_NO_SEAT, "no_seat"},
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (words[i].rc == rc)
            return words[i].word;
    return "failed";
}

/* Where the items of one run stand. */
struct each {
    const struct op_run *run;
    const char *item; /* the variable's name */
    struct op_result *out;
    struct up_error first; /* the first refusal */
    bool done;             /* any item was done */
};

static bool note_refusal(struct each *s, json_t *value,
                         const struct up_error *err)
{
    if (s->out->refused == NULL)
        s->out->refused = json_array();
    if (s->first.rc == UP_OK)
        s->first = *err;
    return json_array_append_new(s->out->refused,
                                 json_pack("{s:O, s:s, s:s}", "item", value,
                                           "rc", word_of(err->rc), "detail",
                                           err->detail)) == 0;
}

/* UP_OK: go on. */
static enum up_rc each_one(struct each *s, json_t *value, struct up_error *err)
{
    struct vars chain;
    struct op_run one = *s->run;
    struct op_result result = {0};
    json_t *scope = json_pack("{s:O}", s->item, value);
    if (scope == NULL || !vars_with(s->run->vars, scope, &chain)) {
        json_decref(scope);
        return op_fail(err, UP_FAILED, "No memory for the items of %s.",
                       s->run->op);
    }
    one.vars = &chain;
    enum up_rc rc = item_run(&one, &result, err);
    if (rc == UP_OK) {
        s->done = true;
        absorb(s->out, &result);
    } else if (op_is_refusal(rc)) {
        rc = note_refusal(s, value, err) ? UP_OK : rc;
    }
    op_result_clear(&result);
    json_decref(scope);
    return rc;
}

enum up_rc each_run(const struct op_run *run, const char *param,
                    const char *item, struct op_result *out,
                    struct up_error *err)
{
    struct each s = {.run = run, .item = item, .out = out};
    const json_t *list = vars_get(run->vars, param);
    if (!json_is_array(list)) {
        (void)op_fail(err, UP_INVALID, "The operation %s needs the list %s.",
                      run->op, param);
        (void)snprintf(err->field, sizeof err->field, "%s", param);
        return err->rc;
    }
    size_t i;
    json_t *value;
    json_array_foreach (list, i, value) {
        enum up_rc rc = each_one(&s, value, err);
        if (rc != UP_OK) {
            err->changed = s.done;
            return rc;
        }
    }
    if (s.first.rc != UP_OK) {
        *err = s.first;
        err->changed = s.done;
    }
    return s.first.rc;
}
