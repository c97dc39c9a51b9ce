/*
 * test/fuzz/fuzz_profile.c - any JSON as a profile, any JSON as its helpdesk
 *
 * Rooms: base providers
 *
 * What stands before a NUL is a profile; behind it, a list of bodies, with
 * which a helpdesk answers one request after the other. A profile that is
 * refused must be refused with a sentence. One that loads must be able to
 * describe itself, and every call must end with a result that has a sentence
 * unless it is UP_OK.
 */
#include "base/clock.h"
#include "providers/http.h"
#include "providers/provider.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SPAN_MS 200 /* a pacer must not make the fuzzer wait */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* ---- the helpdesk -------------------------------------------------------- */

struct bodies {
    json_t *list;
    size_t next;
};

static enum http_rc answer(void *ctx, const struct http_request *q,
                           struct http_response *r)
{
    struct bodies *b = ctx;
    const json_t *one = json_array_get(b->list, b->next++);
    (void)q;
    must(q->url != NULL && q->method != NULL);
    r->status = 200;
    if (json_is_integer(one)) {
        r->status = (int)(json_integer_value(one) % 500) + 100;
    } else if (one != NULL) {
        r->body = json_dumps(one, JSON_ENCODE_ANY);
        r->body_len = r->body == NULL ? 0 : strlen(r->body);
    }
    return one == NULL ? HTTP_CUT_OFF : HTTP_ANSWERED;
}

/* ---- calls --------------------------------------------------------------- */

static struct up_call frame(void)
{
    return (struct up_call){.deadline_ms = clock_span_ms() + SPAN_MS};
}

static void ended(enum up_rc rc, const struct up_error *err)
{
    must(rc == UP_OK || err->detail[0] != '\0');
    must(memchr(err->field, '\0', sizeof err->field) != NULL);
}

static bool any_user(const struct up_user *u, void *ctx)
{
    (void)ctx;
    must(u->id != NULL && u->user != NULL);
    must(!u->full || u->unknown == NULL);
    return true;
}

static bool any_team(const struct up_team *t, void *ctx)
{
    (void)ctx;
    must(t->id != NULL && t->group != NULL);
    return true;
}

static void read_all(struct provider *p)
{
    struct up_error err = {0};
    struct up_user u = {0};
    struct up_call call = frame();
    json_t *ids = NULL;
    ended(up_probe(p, &call, &u, &err), &err);
    up_user_clear(&u);
    ended(up_users_list(p, &call, any_user, NULL, &err), &err);
    ended(up_teams_list(p, &call, any_team, NULL, &err), &err);
    ended(up_members(p, &call, "3", &ids, &err), &err);
    json_decref(ids);
    ended(up_tickets_open(p, &call, "3", &ids, &err), &err);
    json_decref(ids);
}

static void write_all(struct provider *p, const json_t *user)
{
    struct up_error err = {0};
    struct up_user u = {0};
    struct up_call call = frame();
    json_t *none = json_object(), *ids = json_pack("[s]", "7");
    json_t *left = NULL;
    ended(up_user_create(p, &call, user, NULL, &u, &err), &err);
    up_user_clear(&u);
    ended(up_user_update(p, &call, "7", none, user, NULL, &u, &err), &err);
    up_user_clear(&u);
    ended(up_user_set_role(p, &call, "7", user, NULL, &u, &err), &err);
    up_user_clear(&u);
    ended(up_user_deactivate(p, &call, "7", user, true, &u, &err), &err);
    up_user_clear(&u);
    ended(up_user_reactivate(p, &call, "7", user, NULL, NULL, &u, &err), &err);
    up_user_clear(&u);
    ended(up_members_change(p, &call, "3", ids, NULL, &err), &err);
    ended(up_tickets_assign(p, &call, "7", ids, UP_HEIR_NOBODY, NULL, &left,
                            &err),
          &err);
    json_decref(left);
    json_decref(none);
    json_decref(ids);
}

static void use(struct provider *p)
{
    static const char text[] =
        "{\"userName\":\"Ann@x.example\",\"displayName\":\"Ann Ash\",\"emails\""
        ":[{\"type\":\"work\",\"value\":\"ann@x.example\"}],\"active\":true,"
        "\"entitlements\":[{\"value\":\"a\"}],\"title\":\"Dr\"}";
    json_t *user = json_loads(text, 0, NULL);
    char *said = up_describe(p);
    must(said != NULL && json_is_array(up_map(p)) &&
         json_is_array(up_roles(p)));
    json_t *told = up_user_expected(p, user);
    must(told != NULL && !up_user_differs(p, user, user));
    read_all(p);
    write_all(p, user);
    json_decref(told);
    json_decref(user);
    free(said);
}

static struct provider *open_profile(const char *text,
                                     const struct http_transport *transport,
                                     struct error *err)
{
    static const struct up_setting secrets[] = {{"token", "t"}, {NULL, NULL}};
    const struct up_config with = {.profile = "p.json",
                                   .profile_text = text,
                                   .base_url = "https://desk.example/api",
                                   .secrets = secrets,
                                   .transport = transport};
    struct up_config without = with;
    struct provider *p = up_new(&with, err);
    without.secrets = NULL;
    return p != NULL ? p : up_new(&without, err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    struct error err = {""};
    if (text == NULL)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    size_t len = strlen(text);
    struct bodies bodies = {0};
    if (len < size)
        bodies.list = json_loadb(text + len + 1, size - len - 1, 0, NULL);
    const struct http_transport transport = {answer, &bodies};
    struct provider *p = open_profile(text, &transport, &err);
    must(p != NULL || err.text[0] != '\0');
    if (p != NULL)
        use(p);
    up_free(p);
    json_decref(bodies.list);
    free(text);
    return 0;
}
