/*
 * test/sim/freshdesk_agents.c - agents
 */
#include <string.h>

#include "test/sim/freshdesk_internal.h"

json_t *fd_row_of(struct world *w, const struct request *r, size_t table,
                  struct answer *a)
{
    int64_t id = 0;
    json_t *row =
        request_id(r, 0, &id) ? table_get(&w->tables[table], id) : NULL;
    bool hidden = table == FD_AGENTS && row && fd_deactivated(row) &&
                  FD_IS(w, BY_HAND_OFF, "hidden");

    if (row != NULL && !hidden)
        return row;
    json_decref(row);
    fd_missing(w, a);
    return NULL;
}

static int64_t first_by(const struct world *w, size_t table, size_t index,
                        const char *key)
{
    json_t *found = rows_by(w, table, index, key);
    int64_t id = row_id(json_array_get(found, 0));

    json_decref(found);
    return id;
}

int64_t fd_agent_by_email(const struct world *w, const char *email)
{
    return first_by(w, FD_AGENTS, FD_BY_EMAIL, email);
}

int64_t fd_contact_by_email(const struct world *w, const char *email)
{
    return first_by(w, FD_CONTACTS, FD_BY_EMAIL, email);
}

int64_t fd_role(const struct world *w, const char *name)
{
    return first_by(w, FD_ROLES, FD_BY_NAME, name);
}

bool fd_deactivated(const json_t *agent)
{
    return row_true(agent, "deactivated");
}

/* ---- making ----------------------------------------------------------------
 */

void fd_agent_keep(struct world *w, json_t *agent)
{
    json_t *contact = json_object_get(agent, "contact");

    json_object_set(agent, "_email", json_object_get(contact, "email"));
    json_object_set_new(contact, "updated_at", world_time_json(world_now(w)));
    row_keep(w, FD_AGENTS, agent);
}

json_t *fd_agent_new(struct world *w, const struct fd_person *who)
{
    json_t *contact =
        json_pack("{s:b, s:s, s:s, s:n, s:n, s:n, s:s, s:s, s:n, s:o}",
                  "active", who->active, "email", who->email, "name",
                  who->name ? who->name : who->email, "job_title", "phone",
                  "mobile", "language", "en", "time_zone", "Chennai",
                  "last_login_at", "created_at", world_time_json(world_now(w)));
    json_t *agent = json_pack(
        "{s:b, s:b, s:b, s:s, s:i, s:[], s:[I], s:[], s:n, s:o, s:o}",
        "available", 1, "occasional", 0, "deactivated", 0, "type",
        "support_agent", "ticket_scope", 1, "group_ids", "role_ids",
        (json_int_t)fd_role(w, "Agent"), "skill_ids", "signature", "contact",
        contact, "created_at", world_time_json(world_now(w)));
    int64_t id = who->id ? who->id : table_new_id(&w->tables[FD_AGENTS]);

    json_object_set_new(agent, "id", json_integer(id));
    fd_agent_keep(w, agent);
    return agent;
}

/* ---- rules -----------------------------------------------------------------
 */

static bool full_time(const struct world *w, const json_t *row,
                      const void *context)
{
    (void)w;
    return !row_true(row, "occasional") && !fd_deactivated(row) &&
           row_id(row) != row_id(context);
}

bool fd_rule_seat(const struct world *w, const json_t *agent, struct answer *a)
{
    long seats = FD_NUM(w, SEATS);
    json_t *others = rows_where(w, FD_AGENTS, full_time, agent);
    bool ok = seats <= 0 || row_true(agent, "occasional") ||
              (long)json_array_size(others) < seats;

    json_decref(others);
    if (!ok)
        fd_refuse(a, 403, "agent_limit",
                  "You have reached the maximum number of agents.");
    return ok;
}

static bool duplicate(const struct world *w, const char *field,
                      struct answer *a)
{
    return fd_invalid(a, FD_IS(w, DUPLICATE, "409") ? 409 : 400, field,
                      "duplicate_value", "It should be a unique value");
}

static bool known_ids(const struct world *w, size_t table, const json_t *ids)
{
    const json_t *id = NULL;
    size_t i = 0;

    json_array_foreach (ids, i, id) {
        if (!json_is_integer(id) ||
            !table_text(&w->tables[table], json_integer_value(id)))
            return false;
    }
    return json_is_array(ids);
}

static bool change_email(const struct world *w, json_t *agent,
                         const json_t *value, struct answer *a)
{
    const char *email = json_string_value(value);
    const char *at = email ? strchr(email, '@') : NULL;
    int64_t other = fd_agent_by_email(w, email);
    int64_t contact = fd_contact_by_email(w, email);

    if (at == NULL || at == email || strchr(at, '.') == NULL)
        return fd_invalid(a, 400, "email", "invalid_value",
                          "It should be in the 'valid email address' format");
    if ((other != 0 && other != row_id(agent)) ||
        (contact != 0 && contact != row_id(agent)))
        return duplicate(w, "email", a);
    json_object_set(json_object_get(agent, "contact"), "email",
                    (json_t *)value);
    return true;
}

/* Nobody changes his own rights. */
static bool own_rights(const struct world *w, const json_t *agent,
                       const char *key)
{
    const char *own = knob_text(&w->knobs, FD_ACCOUNT);

    return (strcmp(key, "role_ids") == 0 || strcmp(key, "ticket_scope") == 0) &&
           text_same(row_text(agent, "_email"), own);
}

/* The list or number that stands in the agent itself. */
static bool change_field(const struct world *w, json_t *agent, const char *key,
                         json_t *value, struct answer *a)
{
    json_int_t scope = json_integer_value(value);

    if (own_rights(w, agent, key)) {
        fd_refuse(a, 403, "access_denied",
                  "You are not authorized to perform this action.");
        return false;
    }
    if (strcmp(key, "role_ids") == 0 &&
        (!known_ids(w, FD_ROLES, value) || json_array_size(value) == 0))
        return fd_invalid(a, 400, "role_ids", "invalid_value",
                          "There are no records matching the ids");
    if (strcmp(key, "group_ids") == 0 && !known_ids(w, FD_GROUPS, value))
        return fd_invalid(a, 400, "group_ids", "invalid_value",
                          "There are no records matching the ids");
    if (strcmp(key, "ticket_scope") == 0 && (scope < 1 || scope > 3))
        return fd_invalid(a, 400, "ticket_scope", "invalid_value",
                          "It should be one of these values: '1,2,3'");
    if (strcmp(key, "occasional") == 0 && !json_is_boolean(value))
        return fd_invalid(a, 400, "occasional", "datatype_mismatch",
                          "It should be a/an Boolean");
    json_object_set(agent, key, value);
    return true;
}

static bool one_of(const char *const *list, const char *name)
{
    for (; *list != NULL; list++)
        if (strcmp(*list, name) == 0)
            return true;
    return false;
}

bool fd_agent_change(const struct world *w, json_t *agent, const json_t *body,
                     bool fresh, struct answer *a)
{
    static const char *const own[] = {"role_ids",   "group_ids", "ticket_scope",
                                      "occasional", "skill_ids", "signature",
                                      "agent_type", NULL};
    static const char *const person[] = {"language", "time_zone", NULL};
    json_t *contact = json_object_get(agent, "contact"), *value = NULL;
    const char *key = NULL;
    bool ok = true;

    json_object_foreach ((json_t *)body, key, value) {
        if (strcmp(key, "email") == 0)
            ok = change_email(w, agent, value, a);
        else if (one_of(own, key))
            ok = change_field(w, agent, key, value, a);
        else if (one_of(person, key) || (fresh && strcmp(key, "name") == 0))
            json_object_set(contact, key, value);
        else if (FD_IS(w, EXTRA_FIELDS, "refused"))
            ok = fd_invalid(a, 400, key, "invalid_field",
                            "Unexpected/invalid field in request");
        if (!ok)
            return false;
    }
    return true;
}

/* ---- the calls -------------------------------------------------------------
 */

static bool listed(const struct world *w, const json_t *agent,
                   const void *context)
{
    const struct request *r = context;
    const char *email = request_query(r, "email");
    const char *state = request_query(r, "state");
    bool occasional = row_true(agent, "occasional");

    if (fd_deactivated(agent) && FD_IS(w, BY_HAND_OFF, "hidden"))
        return false;
    if (state && occasional != (strcmp(state, "occasional") == 0))
        return false;
    return email == NULL || text_same(row_text(agent, "_email"), email);
}

void fd_agents_list(struct world *w, const struct request *r, struct answer *a)
{
    static const char *const absent[] = {"group_ids", "role_ids", "skill_ids"};
    json_t *rows = rows_where(w, FD_AGENTS, listed, r), *row = NULL;
    size_t i = 0;

    json_array_foreach (rows, i, row) {
        for (size_t k = 0; FD_IS(w, LIST_ROWS, "thin") && k < 3; k++)
            json_object_del(row, absent[k]);
    }
    fd_page(w, r, rows, a);
}

void fd_agents_get(struct world *w, const struct request *r, struct answer *a)
{
    json_t *agent = fd_row_of(w, r, FD_AGENTS, a);

    if (agent)
        answer_json(a, 200, row_shown(agent));
}

void fd_agents_create(struct world *w, const struct request *r,
                      struct answer *a)
{
    const char *email = row_text(r->json, "email");
    int64_t contact = email ? fd_contact_by_email(w, email) : 0;
    bool promotes = contact && FD_IS(w, CONTACT_CREATE, "promotes");
    struct fd_person who = {.email = email, .id = promotes ? contact : 0};

    if (email == NULL || !json_object_get(r->json, "ticket_scope")) {
        (void)fd_invalid(a, 400, email ? "ticket_scope" : "email",
                         "missing_field", "It should be present");
        return;
    }
    json_t *draft = json_pack("{s:{}, s:b, s:I}", "contact", "occasional", 0,
                              "id", (json_int_t)who.id);
    if (fd_agent_change(w, draft, r->json, true, a) &&
        fd_rule_seat(w, draft, a)) {
        if (promotes)
            (void)table_drop(&w->tables[FD_CONTACTS], contact);
        json_t *agent = fd_agent_new(w, &who);
        (void)fd_agent_change(w, agent, r->json, true, a);
        fd_agent_keep(w, agent);
        answer_json(a, 201, row_shown(agent));
    }
    json_decref(draft);
}

void fd_agents_update(struct world *w, const struct request *r,
                      struct answer *a)
{
    json_t *agent = fd_row_of(w, r, FD_AGENTS, a);

    if (agent == NULL)
        return;
    if (fd_agent_change(w, agent, r->json, false, a) &&
        fd_rule_seat(w, agent, a)) {
        fd_agent_keep(w, agent);
        answer_json(a, 200, row_shown(json_incref(agent)));
    }
    json_decref(agent);
}

void fd_agents_delete(struct world *w, const struct request *r,
                      struct answer *a)
{
    json_t *agent = fd_row_of(w, r, FD_AGENTS, a);

    if (agent == NULL)
        return;
    if (text_same(row_text(agent, "_email"), knob_text(&w->knobs, FD_ACCOUNT)))
        fd_refuse(a, 403, "access_denied", "You cannot delete yourself.");
    else {
        json_decref(fd_demote(w, agent));
        answer_none(a, 204);
    }
    json_decref(agent);
}

void fd_roles_list(struct world *w, const struct request *r, struct answer *a)
{
    fd_page(w, r, rows_where(w, FD_ROLES, NULL, NULL), a);
}
