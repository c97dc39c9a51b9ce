#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "test/bridge/roles.h"

const struct desk_wish role_wishes[ROLE_WISHES] = {
    {"role.default", "viewer"},
    {"role.admin", "Helpdesk Admins"},
    {"role.agent", "agents-1"}, /* an externalId */
    {NULL, NULL},
};

int role_setup(void **state)
{
    static struct desk d;
    desk_open(&d, role_wishes);
    *state = &d;
    return 0;
}

int role_teardown(void **state)
{
    desk_close(*state);
    return 0;
}

void role_reopen(struct desk *d, const char *name, const char *value)
{
    struct desk_wish more[ROLE_WISHES + 1] = {{name, value}};
    memcpy(more + 1, role_wishes, sizeof role_wishes);
    desk_close(d);
    desk_open(d, more);
}

void role_group(struct desk *d, const char *name, const char *external_id,
                const char *member, char id[ID_SIZE])
{
    int status =
        desk_write(d, BRIDGE_CREATE, "Group", NULL,
                   "{" GROUP_SCHEMAS ",'displayName':'%s',"
                   "'externalId':'%s','members':[%s%s%s]}",
                   name, external_id, member != NULL ? "{'value':'" : "",
                   member != NULL ? member : "", member != NULL ? "'}" : "");
    if (status != 201)
        fail_msg("POST %s: %d %s", name, status, d->reply.body);
    (void)snprintf(id, ID_SIZE, "%s", desk_text(d, "id"));
}

int role_join(struct desk *d, const char *group_id, const char *user)
{
    char op[256];
    (void)snprintf(op, sizeof op,
                   "{'op':'add','path':'members','value':[{'value':'%s'}]}",
                   user);
    return PATCH_GROUP(d, group_id, op);
}

int role_leave(struct desk *d, const char *group_id, const char *user)
{
    char op[256];
    (void)snprintf(op, sizeof op,
                   "{'op':'remove','path':'members[value eq \\\"%s\\\"]'}",
                   user);
    return PATCH_GROUP(d, group_id, op);
}

void role_expect(struct desk *d, const char *user, const char *role)
{
    assert_int_equal(desk_get(d, "User", user), 200);
    const char *upstream = desk_text(d, EXT ".upstreamId");
    assert_string_equal(fake_user_text(d->up, upstream, "role"), role);
    assert_string_equal(desk_text(d, EXT ".role"), role);
    assert_string_equal(desk_text(d, "roles.0.value"), role);
    assert_int_equal(json_array_size(json_object_get(d->body, "roles")), 1);
}

size_t role_groups(struct desk *d, const char *user)
{
    assert_int_equal(desk_get(d, "User", user), 200);
    return json_array_size(json_object_get(d->body, "groups"));
}

size_t role_members(struct desk *d, const char *group_id)
{
    assert_int_equal(desk_get(d, "Group", group_id), 200);
    return json_array_size(json_object_get(d->body, "members"));
}

void role_spare_admin(struct desk *d)
{
    (void)fake_add_user(d->up, "spare@example.com", "active", "admin");
    desk_sync(d);
}

void role_contains(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("\"%s\" is not in \"%s\"", part, text);
}
