/*
 * test/sim/freshdesk_contacts.c - customers, and how they become agents and
 * back
 */
#include <string.h>

#include "test/sim/freshdesk_internal.h"

json_t *fd_contact_new(struct world *w, const struct fd_person *who)
{
    json_t *contact =
        json_pack("{s:s, s:s, s:b, s:[], s:n, s:o}", "email", who->email,
                  "name", who->name, "active", who->active, "other_emails",
                  "job_title", "created_at", world_time_json(world_now(w)));
    int64_t id = who->id ? who->id : table_new_id(&w->tables[FD_CONTACTS]);

    json_object_set_new(contact, "id", json_integer(id));
    row_keep(w, FD_CONTACTS, contact);
    return contact;
}

json_t *fd_demote(struct world *w, json_t *agent)
{
    const json_t *was = json_object_get(agent, "contact");
    struct fd_person who = {
        .id = FD_IS(w, DEMOTED_ID, "same") ? row_id(agent) : 0,
        .email = row_text(was, "email"),
        .name = row_text(was, "name"),
        .active = row_true(was, "active"),
    };

    fd_unassign(w, row_id(agent), true);
    (void)table_drop(&w->tables[FD_AGENTS], row_id(agent));
    return fd_contact_new(w, &who);
}

static bool listed(const struct world *w, const json_t *contact,
                   const void *context)
{
    const char *email = request_query(context, "email");

    (void)w;
    return email == NULL || text_same(row_text(contact, "email"), email);
}

void fd_contacts_list(struct world *w, const struct request *r,
                      struct answer *a)
{
    fd_page(w, r, rows_where(w, FD_CONTACTS, listed, r), a);
}

void fd_contacts_get(struct world *w, const struct request *r, struct answer *a)
{
    json_t *contact = fd_row_of(w, r, FD_CONTACTS, a);

    if (contact)
        answer_json(a, 200, row_shown(contact));
}

void fd_make_agent(struct world *w, const struct request *r, struct answer *a)
{
    json_t *contact = fd_row_of(w, r, FD_CONTACTS, a), *agent = NULL;
    json_t *body = json_loadb(r->body, r->body_len, 0, NULL);
    json_t *draft = json_pack("{s:{}, s:b}", "contact", "occasional", 0);

    if (contact == NULL) {
        /* said */
    } else if (json_string_length(json_object_get(contact, "email")) == 0) {
        (void)fd_invalid(a, 400, "email", "missing_field",
                         "Contact must have an email.");
    } else if (fd_agent_change(w, draft, body, false, a) &&
               fd_rule_seat(w, draft, a)) {
        struct fd_person who = {row_id(contact), row_text(contact, "email"),
                                row_text(contact, "name"),
                                row_true(contact, "active")};
        (void)table_drop(&w->tables[FD_CONTACTS], row_id(contact));
        agent = fd_agent_new(w, &who);
        (void)fd_agent_change(w, agent, body, false, a);
        fd_agent_keep(w, agent);
        answer_json(a, 200, row_shown(agent));
    }
    json_decref(draft);
    json_decref(body);
    json_decref(contact);
}
