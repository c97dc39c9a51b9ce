#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "test/bridge/conversations.h"

/* ---- helpers of the conversations ---------------------------------------- */

void conversation_must(bool ok, struct desk *d, const char *what)
{
    if (ok)
        return;
    (void)fprintf(stderr, "%s: %d %s\n", what, d->reply.status,
                  d->reply.body != NULL ? d->reply.body : "");
    _exit(1);
}

/* The id of whatever has that name; "" when there is none. */
static const char *id_of(struct desk *d, const char *type, const char *name)
{
    static char id[ID_SIZE];
    char filter[128];
    (void)snprintf(filter, sizeof filter, "%s eq \"%s\"",
                   strcmp(type, "User") == 0 ? "userName" : "displayName",
                   name);
    (void)desk_count(d, type, filter);
    (void)snprintf(id, sizeof id, "%s", desk_text(d, "Resources.0.id"));
    return id;
}

/* POST as identity providers do it: after a 409 they look the resource up and
 * send the same with PUT. */
static void post(struct desk *d, const char *type, const char *name,
                 const char *body)
{
    int status = desk_write(d, BRIDGE_CREATE, type, NULL, "%s", body);
    if (status == 409) {
        char id[ID_SIZE];
        (void)snprintf(id, sizeof id, "%s", id_of(d, type, name));
        conversation_must(id[0] != '\0', d, "409 without a resource");
        status = desk_write(d, BRIDGE_REPLACE, type, id, "%s", body);
    }
    conversation_must(status == 201 || status == 200, d, "POST");
}

static void patch(struct desk *d, const char *type, const char *name,
                  const char *ops)
{
    char id[ID_SIZE];
    (void)snprintf(id, sizeof id, "%s", id_of(d, type, name));
    int status = desk_write(d, BRIDGE_PATCH, type, id, PATCH_OPS, ops);
    conversation_must(status == 200 || status == 204, d, "PATCH");
}

static void delete_it(struct desk *d, const char *type, const char *name)
{
    char id[ID_SIZE];
    (void)snprintf(id, sizeof id, "%s", id_of(d, type, name));
    if (id[0] == '\0')
        return; /* a repetition finds it gone */
    int status = desk_write(d, BRIDGE_DELETE, type, id, "{}");
    conversation_must(status == 204 || status == 404, d, "DELETE");
}

static void two_users(struct desk *d)
{
    post(d, "User", "ann@example.com",
         "{" USER_SCHEMAS ",'userName':'ann@example.com'}");
    post(d, "User", "bob@example.com",
         "{" USER_SCHEMAS ",'userName':'bob@example.com'}");
}

static void two_users_and_a_team(struct desk *d)
{
    char body[512], ann[ID_SIZE];
    two_users(d);
    (void)snprintf(ann, sizeof ann, "%s", id_of(d, "User", "ann@example.com"));
    (void)snprintf(body, sizeof body,
                   "{" GROUP_SCHEMAS ",'displayName':'Support',"
                   "'members':[{'value':'%s'}]}",
                   ann);
    post(d, "Group", "Support", body);
}

/* Six tickets, of which one is for nobody but a team, or nobody. */
static void a_leaver_with_much_work(struct desk *d)
{
    static const char *const tickets[] = {"t1", "t2", "x3", "t4", "t5", "t6"};
    two_users_and_a_team(d);
    for (size_t i = 0; i < sizeof tickets / sizeof tickets[0]; i++)
        json_object_set_new(json_object_get(fake_world(d->up), "tickets"),
                            tickets[i], json_string("1"));
}

static void a_leaver_with_work(struct desk *d)
{
    two_users_and_a_team(d);
    json_t *tickets = json_object_get(fake_world(d->up), "tickets");
    json_object_set_new(tickets, "t1", json_string("1"));
    json_object_set_new(tickets, "t2", json_string("1"));
    json_object_set_new(tickets, "t3", json_string("2"));
}

/* ---- the conversations --------------------------------------------------- */

static void nothing(struct desk *d)
{
    (void)d;
}

static void create(struct desk *d)
{
    post(d, "User", "new@example.com",
         "{" USER_SCHEMAS ",'userName':'new@example.com','title':'T',"
         "'displayName':'New','externalId':'x'}");
}

static void create_inactive(struct desk *d)
{
    post(d, "User", "new@example.com",
         "{" USER_SCHEMAS ",'userName':'new@example.com','title':'T',"
         "'active':false}");
}

static void sleeping_account(struct desk *d)
{
    fake_add_user(d->up, "new@example.com", "inactive", "viewer");
}

static void erased_user(struct desk *d)
{
    create(d);
    delete_it(d, "User", "new@example.com");
}

static void deactivate(struct desk *d)
{
    patch(d, "User", "ann@example.com",
          "{'op':'replace','path':'displayName','value':'Ann'},"
          "{'op':'replace','path':'title','value':'T'},"
          "{'op':'replace','path':'active','value':false}");
}

/* The helpdesk has no time: the bridge does it by itself. */
static void deactivate_later(struct desk *d)
{
    fake_fault(d->up, "tickets.assign", 1, UP_THROTTLED, false);
    deactivate(d);
    (void)desk_leaves(d, 20);
}

static void demote_and_rename(struct desk *d)
{
    patch(d, "User", "ann@example.com",
          "{'op':'replace','path':'displayName','value':'Ann'},"
          "{'op':'replace','path':'roles','value':[{'value':'viewer'}]}");
}

static void leaver_is_gone(struct desk *d)
{
    two_users_and_a_team(d);
    deactivate(d);
}

static void reactivate(struct desk *d)
{
    patch(d, "User", "ann@example.com",
          "{'op':'replace','path':'active','value':true}");
}

static void delete_user(struct desk *d)
{
    delete_it(d, "User", "ann@example.com");
}

static void delete_later(struct desk *d)
{
    fake_fault(d->up, "tickets.assign", 1, UP_THROTTLED, false);
    delete_user(d);
    (void)desk_leaves(d, 20);
}

static void create_group(struct desk *d)
{
    char body[512], ann[ID_SIZE];
    (void)snprintf(ann, sizeof ann, "%s", id_of(d, "User", "ann@example.com"));
    (void)snprintf(body, sizeof body,
                   "{" GROUP_SCHEMAS ",'displayName':'Sales',"
                   "'members':[{'value':'%s'},{'value':'%s'}]}",
                   ann, id_of(d, "User", "bob@example.com"));
    post(d, "Group", "Sales", body);
}

static void change_group(struct desk *d)
{
    char ops[512];
    const char *name =
        id_of(d, "Group", "Help")[0] != '\0' ? "Help" : "Support";
    char bob[ID_SIZE];
    (void)snprintf(bob, sizeof bob, "%s", id_of(d, "User", "bob@example.com"));
    (void)snprintf(ops, sizeof ops,
                   "{'op':'replace','path':'displayName','value':'Help'},"
                   "{'op':'replace','path':'members',"
                   "'value':[{'value':'%s'}]}",
                   bob);
    patch(d, "Group", name, ops);
}

static void delete_group(struct desk *d)
{
    delete_it(d, "Group", "Support");
}

/* ---- groups that stand for a role ---- */

static void chiefs(struct desk *d, const char *first, const char *second)
{
    char body[512], id[ID_SIZE];
    (void)snprintf(id, sizeof id, "%s", id_of(d, "User", first));
    (void)snprintf(body, sizeof body,
                   "{" GROUP_SCHEMAS ",'displayName':'Chiefs',"
                   "'members':[{'value':'%s'},{'value':'%s'}]}",
                   id, id_of(d, "User", second));
    post(d, "Group", "Chiefs", body);
}

static void three_users(struct desk *d)
{
    (void)fake_add_user(d->up, "boss@example.com", "active", "admin");
    desk_sync(d);
    two_users(d);
    post(d, "User", "cat@example.com",
         "{" USER_SCHEMAS ",'userName':'cat@example.com'}");
}

static void two_chiefs(struct desk *d)
{
    three_users(d);
    chiefs(d, "ann@example.com", "bob@example.com");
}

static void make_chiefs(struct desk *d)
{
    chiefs(d, "ann@example.com", "bob@example.com");
}

static void change_chiefs(struct desk *d)
{
    char ops[256];
    (void)snprintf(ops, sizeof ops,
                   "{'op':'replace','path':'members',"
                   "'value':[{'value':'%s'}]}",
                   id_of(d, "User", "cat@example.com"));
    patch(d, "Group", "Chiefs", ops);
}

static void delete_chiefs(struct desk *d)
{
    delete_it(d, "Group", "Chiefs");
}

#define W(...) ((const struct desk_wish[]){__VA_ARGS__, {NULL, NULL}})
const struct conversation conversations[] = {
    {"create", NULL, nothing, create},
    {"invite", W({"profile", "{\"create\":\"invite\"}"}), nothing, create},
    {"create inactive", NULL, nothing, create_inactive},
    {"create without find", W({"profile", "{\"find\":false}"}), nothing,
     create},
    {"adopt", NULL, sleeping_account, create},
    {"come back", NULL, erased_user, create},
    {"change", NULL, two_users, demote_and_rename},
    {"deactivate, work before",
     W({"profile", "{\"tickets\":\"before\"}"}, {"offboard", "nobody"}),
     a_leaver_with_work, deactivate},
    {"deactivate, work after",
     W({"profile", "{\"tickets\":\"after\"}"}, {"offboard", "bob@example.com"}),
     a_leaver_with_work, deactivate},
    {"deactivate, one call each",
     W({"profile", "{\"tickets\":\"before\",\"each\":true}"},
       {"offboard", "agent:bob@example.com, team:Support, nobody"}),
     a_leaver_with_much_work, deactivate},
    {"deactivate, and go on alone",
     W({"profile", "{\"tickets\":\"before\"}"},
       {"offboard", "agent:bob@example.com, nobody"}),
     a_leaver_with_much_work, deactivate_later},
    {"deactivate first, and go on alone",
     W({"profile", "{\"tickets\":\"after\",\"unassigns\":true}"},
       {"offboard", "agent:bob@example.com, nobody"}),
     a_leaver_with_much_work, deactivate_later},
    {"delete, and go on alone",
     W({"removal", "delete"}, {"profile", "{\"tickets\":\"before\"}"},
       {"offboard", "agent:bob@example.com, nobody"}),
     a_leaver_with_much_work, delete_later},
    {"deactivate, and the desk takes the work away",
     W({"profile", "{\"tickets\":\"after\",\"unassigns\":true}"},
       {"offboard", "round-robin:Support, bob@example.com, nobody"}),
     a_leaver_with_much_work, deactivate},
    {"deactivate and vanish, work before",
     W({"profile", "{\"tickets\":\"before\",\"vanish\":true}"},
       {"offboard", "bob@example.com, nobody"}),
     a_leaver_with_much_work, deactivate},
    {"delete by deactivation, work after",
     W({"profile", "{\"tickets\":\"after\"}"}, {"offboard", "nobody"}),
     a_leaver_with_much_work, delete_user},
    {"deactivate and vanish", W({"profile", "{\"vanish\":true}"}),
     two_users_and_a_team, deactivate},
    {"reactivate", NULL, leaver_is_gone, reactivate},
    {"reactivate locked", W({"profile", "{\"locked\":true}"}), leaver_is_gone,
     reactivate},
    {"delete by deactivation", NULL, two_users_and_a_team, delete_user},
    {"delete for good",
     W({"removal", "delete"}, {"profile", "{\"tickets\":\"before\"}"},
       {"offboard", "bob@example.com"}),
     a_leaver_with_work, delete_user},
    {"create a group", NULL, two_users, create_group},
    {"change a group", NULL, two_users_and_a_team, change_group},
    {"delete a group", NULL, two_users_and_a_team, delete_group},
    {"give a role by a group", W({"role.admin", "Chiefs"}), three_users,
     make_chiefs},
    {"give and take a role by a group", W({"role.admin", "Chiefs"}), two_chiefs,
     change_chiefs},
    {"delete a role's group", W({"role.admin", "Chiefs"}), two_chiefs,
     delete_chiefs},
    {"give a role by hand",
     W({"role.admin", "Chiefs"}, {"profile", "{\"role\":false}"}), three_users,
     make_chiefs},
};
const size_t conversation_count =
    sizeof conversations / sizeof conversations[0];
