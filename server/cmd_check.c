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

/* What the account can do, a line each, with the evidence. */
static void print_capabilities(const json_t *list)
{
    size_t i;
    json_t *one;
    json_array_foreach (list, i, one) {
        const char *at = json_string_value(json_object_get(one, "at"));
        (void)printf("  %-20s %-8s %s%s%s%s\n",
                     json_string_value(json_object_get(one, "name")),
                     json_string_value(json_object_get(one, "state")),
                     json_string_value(json_object_get(one, "evidence")),
                     at == NULL ? "" : " (", at == NULL ? "" : at,
                     at == NULL ? "" : ")");
    }
}

static enum exit_code probe_all(const struct alone *a, const struct options *o)
{
    enum exit_code code = CODE_DONE;
    const char *name = o->args[0];
    json_t *items = json_array();
    for (size_t i = 0; i < bridge_target_count(a->bridge); i++) {
        struct bridge_target *t = bridge_target_at(a->bridge, i);
        struct error said = {{0}};
        if (name != NULL && t != bridge_target(a->bridge, name))
            continue;
        bool answers = bridge_probe(t, &said);
        if (!answers)
            code = CODE_HELPDESK;
        json_t *found = bridge_capabilities(t);
        if (o->json) {
            (void)json_array_append_new(
                items, json_pack("{s:s, s:b, s:s, s:O}", "name",
                                 bridge_target_name(t), "answers", answers,
                                 "said", said.text, "capabilities", found));
        } else {
            (void)printf("%s: %s\n", bridge_target_name(t), said.text);
            print_capabilities(found);
        }
        json_decref(found);
    }
    if (o->json) {
        json_t *all = json_pack("{s:O}", "targets", items);
        (void)json_dumpf(all, stdout, JSON_INDENT(2));
        (void)printf("\n");
        json_decref(all);
    }
    json_decref(items);
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
    code = open ? probe_all(&a, o)
                : command_fail(store_failed ? CODE_DATABASE : CODE_USAGE, &err);
    alone_close(&a);
    config_clear(&c);
    return code;
}
