/*
 * providers/profile_check_rules.c - what the tables cannot say about
 * operations, paging and answer rules
 */
#include "providers/profile_check.h"

#include "providers/select.h"

#include <string.h>

static bool has(const json_t *object, const char *key)
{
    return json_object_get(object, key) != NULL;
}

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static void bad_key(struct check *c, const char *key, const char *why)
{
    size_t mark = check_key(c, key);
    check_bad(c, "%s", why);
    check_up(c, mark);
}

/* ---- one operation ------------------------------------------------------- */

static void check_request(struct check *c, const json_t *op)
{
    int ways = (has(op, "method") || has(op, "path") ? 1 : 0) +
               (has(op, "steps") ? 1 : 0) + (has(op, "hook") ? 1 : 0) +
               (has(op, "choose") ? 1 : 0);
    if (ways != 1)
        check_bad(c, "needs \"method\" and \"path\", or \"steps\", or "
                     "\"choose\", or \"hook\"");
    else if (has(op, "method") && !has(op, "path"))
        bad_key(c, "path", "missing; a method needs it");
    else if (has(op, "path") && !has(op, "method"))
        bad_key(c, "method", "missing; a path needs it");
    const char *path = text_of(op, "path");
    if (path != NULL && path[0] != '/')
        bad_key(c, "path", "must begin with a slash");
    const char *type = text_of(op, "body_type");
    bool multipart = type != NULL && strcmp(type, "multipart") == 0;
    if (multipart != has(op, "file"))
        bad_key(c, multipart ? "file" : "body_type",
                "a \"file\" and \"body_type\": \"multipart\" go together");
}

static void check_answer(struct check *c, const json_t *op)
{
    if (!has(op, "records")) {
        static const char *const needs[] = {
            "paging",  "passes", "empty_when", "sorted_by",
            "include", "detail", "missing_as"};
        for (size_t i = 0; i < sizeof needs / sizeof *needs; i++)
            if (has(op, needs[i]))
                bad_key(c, needs[i], "only for a list: \"records\" is missing");
    }
    if (has(op, "record") && has(op, "records"))
        bad_key(c, "record", "an answer has \"record\" or \"records\"");
    const json_t *verify = json_object_get(op, "verify");
    if (json_is_object(verify) &&
        has(verify, "equals") == has(verify, "equals_ci"))
        bad_key(c, "verify", "needs either \"equals\" or \"equals_ci\"");
}

static void check_id_from(struct check *c, const json_t *op)
{
    size_t i, mark = check_key(c, "id_from");
    json_t *one;
    json_array_foreach (json_object_get(op, "id_from"), i, one) {
        const char *from = json_string_value(one), *why = NULL;
        size_t at = check_index(c, i);
        if (from != NULL && strncmp(from, "header:", 7) != 0 &&
            !select_path_valid(from, &why))
            check_bad(c, "must be header:NAME, location or a path: %s", why);
        check_up(c, at);
    }
    check_up(c, mark);
}

/* What an operation must tell, by its name. */
static const struct {
    const char *op, *key;
} tells[] = {
    {"users.list", "records"},
    {"users.get", "record"},
    {"teams.list", "records"},
    {"teams.get", "record"},
    {"roles.list", "records"},
    {"users.find_by_email", "records"},
    {"users.find_by_user_name", "records"},
    {"users.find_by_external_id", "records"},
    {"customers.find_by_email", "records"},
    {"tickets.open", "records"},
};

static void check_tells(struct check *c, const char *name, const json_t *op)
{
    for (size_t i = 0; i < sizeof tells / sizeof *tells; i++)
        if (strcmp(tells[i].op, name) == 0 && !has(op, tells[i].key) &&
            !has(op, "steps") && !has(op, "hook") && !has(op, "choose"))
            bad_key(c, tells[i].key, "missing; this operation needs it");
}

/* `needs` names capabilities, `account` one of `accounts`. */
static void check_names(struct check *c, const json_t *op)
{
    const json_t *capabilities = json_object_get(c->profile, "capabilities");
    const json_t *accounts = json_object_get(c->profile, "accounts");
    const char *account = text_of(op, "account");
    size_t i, mark = check_key(c, "needs");
    json_t *one;
    json_array_foreach (json_object_get(op, "needs"), i, one) {
        const char *name = json_string_value(one);
        size_t at = check_index(c, i);
        if (name != NULL && !has(capabilities, name))
            check_unknown_name(c, "capability", name, capabilities);
        check_up(c, at);
    }
    check_up(c, mark);
    mark = check_key(c, "account");
    if (account != NULL && !has(accounts, account))
        check_unknown_name(c, "account", account, accounts);
    check_up(c, mark);
}

/* A condition of `choose` looks at variables. */
static void check_choices(struct check *c, const json_t *op)
{
    const json_t *vars = json_object_get(c->profile, "vars");
    size_t i, mark = check_key(c, "choose");
    json_t *choice, *wanted;
    const char *name;
    json_array_foreach (json_object_get(op, "choose"), i, choice) {
        size_t at = check_index(c, i);
        size_t when = check_key(c, "when");
        json_object_foreach (json_object_get(choice, "when"), name, wanted) {
            if (!has(vars, name))
                check_unknown_name(c, "variable of \"vars\"", name, vars);
        }
        check_up(c, when);
        check_up(c, at);
    }
    check_up(c, mark);
}

static void check_operations(struct check *c)
{
    static const char *const required[] = {"probe", "users.list", "users.get"};
    const json_t *operations = json_object_get(c->profile, "operations");
    const char *name;
    json_t *op;
    if (!json_is_object(operations))
        return;
    size_t mark = check_key(c, "operations");
    json_object_foreach ((json_t *)operations, name, op) {
        if (!json_is_object(op))
            continue;
        size_t at = check_key(c, name);
        check_request(c, op);
        check_answer(c, op);
        check_id_from(c, op);
        check_names(c, op);
        check_choices(c, op);
        check_tells(c, name, op);
        check_up(c, at);
    }
    for (size_t i = 0; i < sizeof required / sizeof *required; i++)
        if (!has(operations, required[i]))
            bad_key(c, required[i], "missing; every profile needs it");
    check_up(c, mark);
}

/* ---- paging and rules ---------------------------------------------------- */

static void check_paging(struct check *c)
{
    const char *name;
    json_t *style;
    size_t mark = check_key(c, "paging");
    json_object_foreach (json_object_get(c->profile, "paging"), name, style) {
        size_t at = check_key(c, name);
        const json_t *stop = json_object_get(style, "stop");
        size_t ends = json_object_size(stop) - (has(stop, "note") ? 1 : 0);
        if (json_is_object(stop) && ends != 1)
            bad_key(c, "stop",
                    "needs exactly one of total_pages, "
                    "total_count, short_page, empty_page");
        if (has(stop, "short_page") && !has(style, "size"))
            bad_key(c, "size", "missing; short_page needs it");
        check_up(c, at);
    }
    check_up(c, mark);
}

static void check_rule(struct check *c, const json_t *rule)
{
    bool looks = has(rule, "path") || has(rule, "header");
    bool wants = has(rule, "in") || has(rule, "contains");
    if (has(rule, "path") && has(rule, "header"))
        bad_key(c, "header", "a rule looks at \"path\" or \"header\"");
    if (has(rule, "in") && has(rule, "contains"))
        bad_key(c, "contains", "a rule has \"in\" or \"contains\"");
    if (wants && !looks)
        check_bad(c, "\"in\" and \"contains\" need \"path\" or \"header\"");
    if (looks && !wants)
        check_bad(c, "\"path\" and \"header\" need \"in\" or \"contains\"");
}

static void check_rule_list(struct check *c, const char *key,
                            const json_t *list)
{
    size_t i, mark = check_key(c, key);
    json_t *rule;
    json_array_foreach (list, i, rule) {
        size_t at = check_index(c, i);
        check_rule(c, rule);
        check_up(c, at);
    }
    check_up(c, mark);
}

static void check_capabilities(struct check *c)
{
    const char *name;
    json_t *one;
    const json_t *operations = json_object_get(c->profile, "operations");
    size_t mark = check_key(c, "capabilities");
    json_object_foreach (json_object_get(c->profile, "capabilities"), name,
                         one) {
        size_t at = check_key(c, name);
        if (strcmp(name, "note") != 0 && !has(operations, name) &&
            !has(one, "op"))
            check_unknown_name(c, "operation", name, operations);
        check_rule_list(c, "present", json_object_get(one, "present"));
        check_rule_list(c, "absent", json_object_get(one, "absent"));
        check_up(c, at);
    }
    check_up(c, mark);
}

void check_rules(struct check *c)
{
    check_operations(c);
    check_paging(c);
    check_rule_list(c, "errors", json_object_get(c->profile, "errors"));
    check_capabilities(c);
}
