/*
 * providers/profile_check_vars.c - every variable of every operation
 *
 * An operation may use what the place that names it supplies: its own row of
 * the table below (docs/profiles.md, "Variables"), native names of the map,
 * fields of the role, words. The same operation may be named from several
 * places and is checked for each. An operation that no place names and that
 * is not a known name is a mistake too.
 */
#include "providers/profile_check.h"

#include "base/nearest.h"
#include "providers/template.h"

#include <string.h>

#define STEPS_DEEP 8
#define WORK_MAX   20000 /* visits, so that steps of steps stay bounded */

enum supply {
    WORDS = 1,       /* user_name, email, ... */
    NATIVE = 2,      /* write names of rows that may be written */
    NATIVE_READ = 4, /* write names of all rows */
    ROLE = 8,        /* fields of `set` */
    SNAPSHOT = 16,
    TEAM = 32,  /* team words and native names */
    INBOX = 64, /* what `inboxes` writes */
};
#define USER  (WORDS | NATIVE | ROLE)
#define KNOWN (WORDS | NATIVE_READ | ROLE)

static const char user_words[] = "user_name email name given family "
                                 "external_id password role team_ids team_map";
static const char team_words[] = "name external_id";

struct use {
    const char *op;  /* or a path to the key that names it */
    const char *own; /* variables of its own */
    unsigned supply;
};
/* clang-format off */
static const struct use by_name[] = {
    {"probe", "", 0},
    {"users.list", "", 0},
    {"teams.list", "", 0},
    {"roles.list", "", 0},
    {"users.find_by_email", "email", 0},
    {"users.find_by_user_name", "user_name", 0},
    {"users.find_by_external_id", "external_id", 0},
    {"customers.find_by_email", "email", 0},
    {"users.create", "", USER | INBOX},
    {"users.invite", "", USER | INBOX},
    {"users.update", "id changes", USER},
    {"users.set_role", "id changes", USER},
    {"users.set_permissions", "id changes", USER},
    {"users.promote", "id", USER | SNAPSHOT},
    {"users.reactivate", "id", USER | SNAPSHOT},
    {"users.get", "id", KNOWN},
    {"users.deactivate", "id", KNOWN},
    {"users.delete", "id", KNOWN},
    {"users.resend_invite", "id", KNOWN},
    {"users.revoke_invite", "id", KNOWN},
    {"users.login_history", "id", KNOWN},
    {"users.activity_log", "id", KNOWN},
    {"users.bulk_invite", "rows", 0},
    {"users.bulk_update", "ids action value", 0},
    {"users.bulk_deactivate", "ids", 0},
    {"tickets.open", "id", 0},
    {"tickets.assign", "id ticket_ids ticket_id to_user_id to_team_id", 0},
    {"tickets.assign_team", "id ticket_ids ticket_id to_user_id to_team_id", 0},
    {"tickets.unassign", "id ticket_ids ticket_id to_user_id to_team_id", 0},
    {"teams.create", "", TEAM},
    {"teams.update", "id changes", TEAM},
    {"teams.get", "id", 0},
    {"teams.delete", "id", 0},
    {"jobs.get", "job_id", 0},
    /* of the hook helpscout_leave_rotation */
    {"mailboxes.list", "", 0},
    {"routing.get", "mailbox_id", 0},
    {"routing.set", "mailbox_id routing", 0},
    /* of the hook kustomer_move */
    {"conversations.get", "ticket_id", 0},
    {"conversations.set", "ticket_id assigned_users assigned_teams rev", 0},
};
static const struct use by_key[] = {
    {"user.map.op", "id changes", USER},
    {"user.map.update_op", "id changes", USER},
    {"user.roles.op", "id changes", USER},
    {"user.roles.lookup.op", "", 0},
    {"user.inboxes.op", "", 0},
    {"lifecycle.create.op", "", USER | INBOX},
    {"lifecycle.promote_op", "id", USER | SNAPSHOT},
    {"lifecycle.reactivate.op", "id", USER | SNAPSHOT},
    {"lifecycle.invite.resend.op", "id", KNOWN},
    {"lifecycle.deactivate.op", "id", KNOWN},
    {"lifecycle.deactivate.pending_op", "id", KNOWN},
    {"lifecycle.deactivate.before", "id", KNOWN},
    {"lifecycle.deactivate.after", "id", KNOWN},
    {"lifecycle.deactivate.tickets.list", "id", 0},
    {"lifecycle.deactivate.tickets.assign",
     "id ticket_ids ticket_id to_user_id to_team_id", 0},
    {"lifecycle.deactivate.tickets.assign_team",
     "id ticket_ids ticket_id to_user_id to_team_id", 0},
    {"lifecycle.deactivate.tickets.unassign",
     "id ticket_ids ticket_id to_user_id to_team_id", 0},
    {"group.map.op", "id changes", TEAM},
    {"group.map.update_op", "id changes", TEAM},
    {"group.members.list", "id", 0},
    {"group.members.add", "id user_ids user_id", 0},
    {"group.members.set", "id user_ids", 0},
    {"group.members.find", "id user_id", 0},
    {"group.members.remove", "id user_ids user_id link_id", 0},
    {"group.members.op", "id changes", USER},
    {"capabilities.*.op", "", 0},
    {"errors.confirm", "", 0},
};
/* clang-format on */

/* ---- names --------------------------------------------------------------- */

static void add_word(json_t *names, const char *word, size_t len)
{
    if (len > 0)
        (void)json_object_setn_new(names, word, len, json_true());
}

static void add_words(json_t *names, const char *words)
{
    for (; *words != '\0'; words += strspn(words, " ")) {
        size_t len = strcspn(words, " ");
        add_word(names, words, len);
        words += len;
    }
}

static void add_keys(json_t *names, const json_t *object)
{
    const char *key;
    json_t *value;
    json_object_foreach ((json_t *)object, key, value) {
        add_word(names, key, strlen(key));
    }
}

static void add_natives(json_t *names, const json_t *map, bool readable)
{
    size_t i;
    json_t *row;
    json_array_foreach (map, i, row) {
        const char *write = json_string_value(json_object_get(row, "write"));
        const char *name = json_string_value(json_object_get(row, "write_to"));
        if (name == NULL)
            name = json_string_value(json_object_get(row, "native"));
        bool never = write != NULL && strcmp(write, "never") == 0;
        if (name != NULL && (readable || !never))
            add_word(names, name, strlen(name));
    }
}

static void add_role_fields(json_t *names, const json_t *roles)
{
    size_t i;
    json_t *role;
    json_array_foreach (json_object_get(roles, "values"), i, role) {
        add_keys(names, json_object_get(role, "set"));
    }
    const json_t *lookup = json_object_get(roles, "lookup");
    const char *writes = json_string_value(json_object_get(lookup, "writes"));
    if (writes != NULL)
        add_word(names, writes, strlen(writes));
    add_keys(names, json_object_get(lookup, "with"));
}

static void add_snapshot(json_t *names, const json_t *profile)
{
    const json_t *deactivate =
        json_object_get(json_object_get(profile, "lifecycle"), "deactivate");
    size_t i;
    json_t *field;
    json_array_foreach (json_object_get(deactivate, "snapshot"), i, field) {
        if (json_is_string(field))
            add_word(names, json_string_value(field),
                     json_string_length(field));
    }
}

static json_t *names_of(const struct check *c, const struct use *u)
{
    const json_t *user = json_object_get(c->profile, "user");
    json_t *names = json_object();
    add_words(names, u->own);
    if (u->supply & WORDS)
        add_words(names, user_words);
    if (u->supply & (NATIVE | NATIVE_READ))
        add_natives(names, json_object_get(user, "map"),
                    (u->supply & NATIVE_READ) != 0);
    if (u->supply & ROLE)
        add_role_fields(names, json_object_get(user, "roles"));
    const char *inboxes = json_string_value(
        json_object_get(json_object_get(user, "inboxes"), "writes"));
    if ((u->supply & INBOX) != 0 && inboxes != NULL)
        add_word(names, inboxes, strlen(inboxes));
    if (u->supply & SNAPSHOT)
        add_snapshot(names, c->profile);
    if (u->supply & TEAM) {
        add_words(names, team_words);
        add_natives(
            names, json_object_get(json_object_get(c->profile, "group"), "map"),
            false);
    }
    return names;
}

/* ---- templates ----------------------------------------------------------- */

struct names {
    struct check *c;
    const json_t *names; /* what may be used; NULL: nothing */
    bool secrets;        /* secret.NAME may be used */
};

static void offer_section(struct nearest *near, const json_t *profile,
                          const char *section, const char *prefix)
{
    const char *key;
    json_t *value;
    json_object_foreach (json_object_get(profile, section), key, value) {
        struct buf whole = {0};
        buf_fmt(&whole, "%s%s", prefix, key);
        if (buf_ok(&whole))
            nearest_offer(near, whole.data);
        buf_clear(&whole);
    }
}

static void check_declared(const struct names *n, const char *section,
                           const char *prefix, const char *name)
{
    const json_t *declared = json_object_get(n->c->profile, section);
    const char *key;
    json_t *account;
    if (json_object_get(declared, name + strlen(prefix)) != NULL)
        return;
    json_object_foreach (json_object_get(n->c->profile, "accounts"), key,
                         account) {
        if (json_object_get(json_object_get(account, section),
                            name + strlen(prefix)) != NULL)
            return;
    }
    struct nearest near = nearest_to(name + strlen(prefix));
    offer_section(&near, n->c->profile, section, "");
    json_object_foreach (json_object_get(n->c->profile, "accounts"), key,
                         account) {
        offer_section(&near, account, section, "");
    }
    check_unknown(n->c, section[0] == 'v' ? "variable of \"vars\"" : "secret",
                  near.word, near.best[0] != '\0' ? near.best : NULL);
}

static void unknown_variable(const struct names *n, const char *name)
{
    struct nearest near = nearest_to(name);
    const char *key;
    json_t *value;
    json_object_foreach ((json_t *)n->names, key, value) {
        nearest_offer(&near, key);
    }
    offer_section(&near, n->c->profile, "vars", "set.");
    if (n->secrets)
        offer_section(&near, n->c->profile, "secrets", "secret.");
    check_unknown(n->c, "variable", name,
                  near.best[0] != '\0' ? near.best : NULL);
}

static bool check_name(const char *name, bool optional, void *ctx)
{
    const struct names *n = ctx;
    (void)optional;
    if (strncmp(name, "set.", 4) == 0) {
        check_declared(n, "vars", "set.", name);
    } else if (strncmp(name, "secret.", 7) == 0) {
        if (n->secrets)
            check_declared(n, "secrets", "secret.", name);
        else
            check_bad(n->c, "secrets may be used in \"auth\" only");
    } else if (json_object_get(n->names, name) == NULL) {
        unknown_variable(n, name);
    }
    return true;
}

static void check_at(struct check *c, const char *key, const json_t *template,
                     const json_t *names, bool secrets)
{
    struct names n = {c, names, secrets};
    const char *why;
    if (template == NULL)
        return;
    size_t mark = check_key(c, key);
    (void)template_variables(template, check_name, &n, &why);
    check_up(c, mark);
}

/* ---- operations ---------------------------------------------------------- */

static void visit(struct check *c, const char *name, const json_t *names,
                  json_t *seen, int depth);

static void visit_steps(struct check *c, const json_t *op, const json_t *names,
                        json_t *seen, int depth)
{
    json_t *known = json_deep_copy(names), *step;
    size_t i, mark = check_key(c, "steps");
    json_array_foreach (json_object_get(op, "steps"), i, step) {
        const char *name = json_string_value(json_object_get(step, "op"));
        size_t at = check_index(c, i);
        check_at(c, "with", json_object_get(step, "with"), known, false);
        add_keys(known, json_object_get(step, "with"));
        if (depth >= STEPS_DEEP)
            check_bad(c, "steps lead back to themselves");
        else if (name != NULL)
            visit(c, name, known, seen, depth + 1);
        add_keys(known, json_object_get(step, "save"));
        check_up(c, at);
    }
    check_up(c, mark);
    json_decref(known);
}

/* Each way may use what the operation may use. */
static void visit_choices(struct check *c, const json_t *op,
                          const json_t *names, json_t *seen, int depth)
{
    size_t i, mark = check_key(c, "choose");
    json_t *choice;
    json_array_foreach (json_object_get(op, "choose"), i, choice) {
        const char *name = json_string_value(json_object_get(choice, "op"));
        size_t at = check_index(c, i);
        if (depth >= STEPS_DEEP)
            check_bad(c, "choices lead back to themselves");
        else if (name != NULL)
            visit(c, name, names, seen, depth + 1);
        check_up(c, at);
    }
    check_up(c, mark);
}

static void visit_request(struct check *c, const json_t *op,
                          const json_t *names)
{
    static const char *const keys[] = {"path", "query", "headers", "body"};
    json_t *known = json_deep_copy(names), *pass;
    const json_t *verify = json_object_get(op, "verify");
    size_t i, mark = check_key(c, "passes");
    json_array_foreach (json_object_get(op, "passes"), i, pass) {
        size_t at = check_index(c, i);
        check_at(c, "with", json_object_get(pass, "with"), names, false);
        add_keys(known, json_object_get(pass, "with"));
        check_up(c, at);
    }
    check_up(c, mark);
    for (i = 0; i < sizeof keys / sizeof *keys; i++)
        check_at(c, keys[i], json_object_get(op, keys[i]), known, false);
    json_decref(known);
    mark = check_key(c, "verify");
    check_at(c, "equals", json_object_get(verify, "equals"), names, false);
    check_at(c, "equals_ci", json_object_get(verify, "equals_ci"), names,
             false);
    check_up(c, mark);
    const char *each = json_string_value(json_object_get(op, "each"));
    if (each != NULL && json_object_get(names, each) == NULL) {
        mark = check_key(c, "each");
        check_unknown_name(c, "variable", each, names);
        check_up(c, mark);
    }
    const json_t *batch = json_object_get(op, "batch");
    const char *param = json_string_value(json_object_get(batch, "param"));
    if (param != NULL && json_object_get(names, param) == NULL) {
        mark = check_key(c, "batch");
        size_t at = check_key(c, "param");
        check_unknown_name(c, "variable", param, names);
        check_up(c, at);
        check_up(c, mark);
    }
}

/* Lines name the operation itself, wherever it was named from. */
static void visit(struct check *c, const char *name, const json_t *names,
                  json_t *seen, int depth)
{
    const json_t *op =
        json_object_get(json_object_get(c->profile, "operations"), name);
    struct buf from = c->at;
    if (!json_is_object(op) || c->work++ > WORK_MAX)
        return;
    (void)json_object_set_new(seen, name, json_true());
    c->at = (struct buf){0};
    size_t operations = check_key(c, "operations");
    (void)check_key(c, name);
    visit_request(c, op, names);
    visit_steps(c, op, names, seen, depth);
    visit_choices(c, op, names, seen, depth);
    const char *poll =
        json_string_value(json_object_get(json_object_get(op, "job"), "poll"));
    if (poll != NULL && depth < STEPS_DEEP) {
        json_t *job = json_pack("{s:b}", "job_id", 1);
        visit(c, poll, job, seen, STEPS_DEEP);
        json_decref(job);
    }
    check_up(c, operations);
    buf_clear(&c->at);
    c->at = from;
}

/* ---- the places that name an operation ----------------------------------- */

static void use_value(struct check *c, const struct use *u, const json_t *value,
                      json_t *seen)
{
    size_t i;
    json_t *one;
    if (json_is_string(value)) {
        json_t *names = names_of(c, u);
        visit(c, json_string_value(value), names, seen, 0);
        json_decref(names);
    }
    json_array_foreach (value, i, one) {
        use_value(c, u, one, seen);
    }
}

/* Follows "a.b.c"; a list stands for each of its elements, * for each member
 * of an object. As deep as the path has names. */
static void use_at(struct check *c, const struct use *u, const json_t *at,
                   const char *path, json_t *seen)
{
    size_t len = strcspn(path, "."), i;
    const char *rest = path[len] == '.' ? path + len + 1 : path + len, *name;
    json_t *element;
    if (*path == '\0') {
        use_value(c, u, at, seen);
    } else if (json_is_array(at)) {
        json_array_foreach (at, i, element) {
            use_at(c, u, element, path, seen);
        }
    } else if (*path == '*') {
        json_object_foreach ((json_t *)at, name, element) {
            use_at(c, u, element, rest, seen);
        }
    } else {
        use_at(c, u, json_object_getn(at, path, len), rest, seen);
    }
}

static void check_orphans(struct check *c, const json_t *seen)
{
    const char *name;
    json_t *op;
    size_t mark = check_key(c, "operations");
    json_object_foreach (json_object_get(c->profile, "operations"), name, op) {
        if (strcmp(name, "note") == 0 || json_object_get(seen, name) != NULL)
            continue;
        size_t at = check_key(c, name);
        check_unknown(c, "operation, which no key names,", name,
                      profile_operations);
        check_up(c, at);
    }
    check_up(c, mark);
}

/* An account's `auth` may use its own secrets as well. */
static void check_accounts(struct check *c)
{
    const char *name;
    json_t *account;
    size_t mark = check_key(c, "accounts");
    json_object_foreach (json_object_get(c->profile, "accounts"), name,
                         account) {
        size_t at = check_key(c, name);
        check_at(c, "base_url", json_object_get(account, "base_url"), NULL,
                 false);
        check_at(c, "headers", json_object_get(account, "headers"), NULL,
                 false);
        check_at(c, "auth", json_object_get(account, "auth"), NULL, true);
        check_up(c, at);
    }
    check_up(c, mark);
}

/* What may hold set.NAME alone. */
static void check_settings(struct check *c)
{
    const json_t *user = json_object_get(c->profile, "user");
    static const char *const keys[] = {"own",     "roles",  "in_scope",
                                       "protect", "states", "map"};
    check_at(c, "base_url", json_object_get(c->profile, "base_url"), NULL,
             false);
    check_at(c, "headers", json_object_get(c->profile, "headers"), NULL, false);
    check_at(c, "auth", json_object_get(c->profile, "auth"), NULL, true);
    check_accounts(c);
    size_t mark = check_key(c, "user");
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        check_at(c, keys[i], json_object_get(user, keys[i]), NULL, false);
    check_up(c, mark);
}

static void check_manual(struct check *c)
{
    json_t *names = json_pack("{s:b}", "id", 1), *place;
    const char *kind;
    size_t mark = check_key(c, "manual");
    json_object_foreach (json_object_get(c->profile, "manual"), kind, place) {
        size_t at = check_key(c, kind);
        check_at(c, "url", json_object_get(place, "url"), names, false);
        check_up(c, at);
    }
    check_up(c, mark);
    json_decref(names);
}

void check_variables(struct check *c)
{
    json_t *seen = json_object();
    check_settings(c);
    check_manual(c);
    for (size_t i = 0; i < sizeof by_name / sizeof *by_name; i++) {
        json_t *names = names_of(c, &by_name[i]);
        visit(c, by_name[i].op, names, seen, 0);
        json_decref(names);
    }
    for (size_t i = 0; i < sizeof by_key / sizeof *by_key; i++)
        use_at(c, &by_key[i], c->profile, by_key[i].op, seen);
    check_orphans(c, seen);
    json_decref(seen);
}
