/*
 * server/cmd_check.c - scim-bridge check and scim-bridge probe
 */
#include "server/alone.h"
#include "server/command.h"

#include <stdio.h>
#include <stdlib.h>

static void print_text(const struct alone *a, const struct config *c)
{
    (void)printf("%s: the configuration is good.\n", c->path);
    for (size_t i = 0; i < bridge_target_count(a->bridge); i++) {
        const struct bridge_target *t = bridge_target_at(a->bridge, i);
        char *text = bridge_describe(t);
        (void)printf("\n[target %s] %s\n%s\n", bridge_target_name(t),
                     c->targets[i].profile, text == NULL ? "" : text);
        free(text);
    }
}

static void print_json(const struct alone *a, const struct config *c)
{
    json_t *items = json_array();
    for (size_t i = 0; i < bridge_target_count(a->bridge); i++) {
        const struct bridge_target *t = bridge_target_at(a->bridge, i);
        char *text = bridge_describe(t);
        (void)json_array_append_new(
            items,
            json_pack("{s:s,s:s,s:s?,s:o}", "name", bridge_target_name(t),
                      "profile", c->targets[i].profile, "capabilities", text,
                      "abilities", bridge_abilities(t)));
        free(text);
    }
    json_t *all = json_pack("{s:s,s:o}", "file", c->path, "targets", items);
    (void)json_dumpf(all, stdout, JSON_INDENT(2));
    (void)printf("\n");
    json_decref(all);
}

enum exit_code cmd_check(const struct options *o, const char *word)
{
    struct config c;
    struct alone a;
    struct error err = {{0}};
    bool store_failed;
    (void)word;
    if (!config_load(o->config, true, &c, &err))
        return command_fail(CODE_USAGE, &err);
    enum exit_code code = CODE_DONE;
    if (!alone_open(&a, &c, NULL, &store_failed, &err))
        code = command_fail(store_failed ? CODE_DATABASE : CODE_USAGE, &err);
    else if (o->json)
        print_json(&a, &c);
    else
        print_text(&a, &c);
    alone_close(&a);
    config_clear(&c);
    return code;
}

static enum exit_code probe_all(const struct alone *a, const char *name)
{
    enum exit_code code = CODE_DONE;
    for (size_t i = 0; i < bridge_target_count(a->bridge); i++) {
        struct bridge_target *t = bridge_target_at(a->bridge, i);
        struct error said = {{0}};
        if (name != NULL && t != bridge_target(a->bridge, name))
            continue;
        if (!bridge_probe(t, &said))
            code = CODE_HELPDESK;
        (void)printf("%s: %s\n", bridge_target_name(t), said.text);
    }
    return code;
}

enum exit_code cmd_probe(const struct options *o, const char *word)
{
    struct config c;
    struct alone a;
    struct error err = {{0}};
    bool store_failed;
    const char *name = o->args[0];
    (void)word;
    if (!config_load(o->config, true, &c, &err))
        return command_fail(CODE_USAGE, &err);
    enum exit_code code = CODE_USAGE;
    bool open = alone_open(&a, &c, NULL, &store_failed, &err);
    if (open && name != NULL && bridge_target(a.bridge, name) == NULL) {
        error_set(&err, "%s has no [target %s].", c.path, name);
        open = false;
    }
    code = open ? probe_all(&a, name)
                : command_fail(store_failed ? CODE_DATABASE : CODE_USAGE, &err);
    alone_close(&a);
    config_clear(&c);
    return code;
}
