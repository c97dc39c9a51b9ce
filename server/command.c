#include "server/command.h"

#include "server/config.h"
#include "server/config_value.h"
#include "base/nearest.h"

#include <stdio.h>
#include <string.h>

#define PROGRAM "scim-bridge"

/* clang-format off */
static const struct {
    const char *name;
    char letter;          /* 0: none */
    const char *value;    /* NULL: a switch */
    size_t offset;
    const char *help;
} options[] = {
#define TEXT(name, letter, value, member, help) \
    {name, letter, value, offsetof(struct options, member), help}
#define SWITCH(name, letter, member, help) \
    {name, letter, NULL, offsetof(struct options, member), help}
    TEXT("config", 'c', "FILE", config, "the configuration; default " CONFIG_DEFAULT_FILE),
    TEXT("target", 't', "NAME", target, "the target; default: the first of the file"),
    TEXT("name", 0, "NAME", name, "the token's name"),
    TEXT("scope", 0, "SCOPE", scope, "read, write (default) or admin"),
    TEXT("expires", 0, "90d", expires, "how long the token is good; default: for ever"),
    TEXT("resource", 0, "ID", resource, "of one resource only, by its SCIM id"),
    TEXT("reason", 0, "TEXT", reason, "cancel: why it will not be done"),
    TEXT("by", 0, "NAME", by, "who says so, for the audit; default: the system's user"),
    TEXT("limit", 0, "N", limit, "rows at most; default 100"),
    TEXT("cursor", 0, "CURSOR", cursor, "go on behind a page, with its `next`"),
    SWITCH("json", 0, json, "print JSON"),
    SWITCH("force", 0, force, "done: even when the helpdesk shows otherwise; resend: even too soon or too often"),
    SWITCH("all", 0, all, "closed ones too"),
    SWITCH("replace", 0, replace, "revoke the token that has this name"),
    SWITCH("from-stdin", 0, from_stdin, "read the token from standard input instead of making one"),
    SWITCH("with-parent", 0, with_parent, "end when the parent process ends"),
    SWITCH("dry-run", 0, dry_run, "change nothing, say what would change"),
    SWITCH("undo", 0, undo, "handover: print who had each, one JSON object a line"),
    SWITCH("repair", 0, repair, "make anew what can be made anew; the server must be stopped"),
    SWITCH("help", 'h', help, "this text"),
#undef TEXT
#undef SWITCH
};

static const struct command commands[] = {
    {"serve", NULL, "", 0, "config|with-parent",
     "serve until SIGTERM; SIGHUP re-reads tokens and the log level", cmd_serve},
    {"check", NULL, "", 0, "config|json",
     "check configuration and profiles, print capabilities; no network", cmd_check},
    {"probe", NULL, "[TARGET]", 1, "config|json",
     "make harmless calls to the helpdesk; what the account can do, and why we think so", cmd_probe},
    {"sync", NULL, "[TARGET]", 1, "config|dry-run|json",
     "read the helpdesk now; asks the server when one is running", cmd_sync},
    {"explain", NULL, "TARGET METHOD PATH [BODYFILE]", 4, "config|json",
     "say what a SCIM request would do at the helpdesk, and do nothing", cmd_explain},
    {"token", "create|list|revoke", "[NAME]", 1,
     "config|target|name|scope|expires|replace|from-stdin|json",
     "make, list or revoke bearer tokens; a new one is printed, alone", cmd_token},
    {"users", "list|handover|resend", "[ID]", 1, "config|target|limit|cursor|json|undo|force|by",
     "list the users of the mirror; what became of a leaver's open conversations; send an invitation again",
     cmd_users},
    {"groups", NULL, "", 0, "config|target|limit|cursor|json",
     "list the groups of the mirror", cmd_groups},
    {"tasks", "list|show|done|cancel", "[ID]", 1,
     "config|target|all|limit|cursor|force|reason|by|json",
     "list what a person must do, show one task, say that it is done or will not be", cmd_tasks},
    {"audit", "list|verify", "", 0, "config|target|resource|limit|cursor|json",
     "list what was done, by whom, and why; verify that no row was changed or is missing",
     cmd_audit},
    {"brake", "list|release|discard", "[TARGET]", 1, "config|limit|cursor|json",
     "show, release or discard what the brake holds", cmd_brake},
    {"backup", NULL, "FILE", 1, "config",
     "copy the database to a new file, also while a server runs", cmd_backup},
    {"doctor", NULL, "", 0, "config|repair|json",
     "look whether the database is sound, also while a server runs", cmd_doctor},
};
/* clang-format on */
#define OPTIONS  (sizeof options / sizeof options[0])
#define COMMANDS (sizeof commands / sizeof commands[0])

/* ---- talking --------------------------------------------------------------
 */

void command_complain(const struct error *err)
{
    (void)fprintf(stderr, PROGRAM ": %s\n", err->text);
}

enum exit_code command_fail(enum exit_code code, const struct error *err)
{
    command_complain(err);
    return code;
}

static void print_option(size_t i)
{
    char flag[64];
    (void)snprintf(flag, sizeof flag, "%c%c%s--%s%s%s",
                   options[i].letter != 0 ? '-' : ' ',
                   options[i].letter != 0 ? options[i].letter : ' ',
                   options[i].letter != 0 ? ", " : "  ", options[i].name,
                   options[i].value != NULL ? " " : "",
                   options[i].value != NULL ? options[i].value : "");
    (void)printf("  %-24s %s\n", flag, options[i].help);
}

static void print_command_help(const struct command *c)
{
    (void)printf("usage: " PROGRAM " %s%s%s%s%s [OPTION]...\n\n%s\n\n", c->name,
                 c->words != NULL ? " " : "", c->words != NULL ? c->words : "",
                 c->args[0] != '\0' ? " " : "", c->args, c->help);
    for (size_t i = 0; i < OPTIONS; i++)
        if (config_choice(c->options, options[i].name) ||
            strcmp(options[i].name, "help") == 0)
            print_option(i);
    (void)printf("\nexit codes: 0 done, 1 done with findings, 2 usage or "
                 "configuration,\n3 database, 4 helpdesk, 5 held by the "
                 "brake\n");
}

static void print_help(void)
{
    (void)printf("usage: " PROGRAM " COMMAND [OPTION]...\n\n"
                 "A SCIM 2.0 server in front of any helpdesk.\n\n");
    for (size_t i = 0; i < COMMANDS; i++)
        (void)printf("  %-8s %s\n", commands[i].name, commands[i].help);
    (void)printf("\n" PROGRAM " COMMAND --help tells of its options; " PROGRAM
                 " --version of the program.\n");
}

/* ---- reading the command line ---------------------------------------------
 */

/* The option that a word names; OPTIONS: none. `*value` is what stands behind
 * its '='. */
static size_t find_option(const char *word, const char **value)
{
    *value = NULL;
    for (size_t i = 0; i < OPTIONS; i++) {
        size_t len = strlen(options[i].name);
        if (word[1] != '-') {
            if (word[1] == options[i].letter && word[1] != '\0' &&
                word[2] == '\0')
                return i;
            continue;
        }
        if (strncmp(word + 2, options[i].name, len) != 0)
            continue;
        if (word[2 + len] == '\0')
            return i;
        if (word[2 + len] == '=' && options[i].value != NULL) {
            *value = word + 2 + len + 1;
            return i;
        }
    }
    return OPTIONS;
}

static bool unknown_option(const struct command *c, const char *word,
                           struct error *err)
{
    struct nearest n = nearest_to(word + strspn(word, "-"));
    for (size_t i = 0; i < OPTIONS; i++)
        if (config_choice(c->options, options[i].name))
            nearest_offer(&n, options[i].name);
    error_set(err, "%s has no option %s.%s%s%s", c->name, word,
              n.best[0] != '\0' ? " Did you mean --" : " Try --help",
              n.best[0] != '\0' ? n.best : "", n.best[0] != '\0' ? "?" : ".");
    return false;
}

static bool take_option(const struct command *c, char **argv, int argc, int *at,
                        struct options *o, struct error *err)
{
    const char *value;
    size_t i = find_option(argv[*at], &value);
    if (i == OPTIONS || (!config_choice(c->options, options[i].name) &&
                         strcmp(options[i].name, "help") != 0))
        return unknown_option(c, argv[*at], err);
    char *field = (char *)o + options[i].offset;
    if (options[i].value == NULL) {
        *(bool *)(void *)field = true;
        return true;
    }
    if (value == NULL && *at + 1 < argc)
        value = argv[++*at];
    if (value == NULL) {
        error_set(err, "--%s needs a value: %s.", options[i].name,
                  options[i].help);
        return false;
    }
    *(const char **)(void *)field = value;
    return true;
}

static bool read_options(const struct command *c, int argc, char **argv,
                         struct options *o, struct error *err)
{
    *o = (struct options){.config = CONFIG_DEFAULT_FILE};
    for (int i = 2; i < argc; i++) {
        if (argv[i][0] == '-' && argv[i][1] != '\0') {
            if (!take_option(c, argv, argc, &i, o, err))
                return false;
            continue;
        }
        if (o->arg_count == c->max_args + (c->words != NULL ? 1 : 0)) {
            error_set(err,
                      "%s does not know what to do with \"%s\". Try "
                      "--help.",
                      c->name, argv[i]);
            return false;
        }
        o->args[o->arg_count++] = argv[i];
    }
    return true;
}

/* Takes the second word of a command that has one from the arguments. */
static bool take_word(const struct command *c, struct options *o,
                      const char **word, struct error *err)
{
    *word = NULL;
    if (c->words == NULL)
        return true;
    if (o->arg_count == 0 && strncmp(c->words, "list|", 5) == 0) {
        *word = "list";
        return true;
    }
    if (o->arg_count == 0 || !config_choice(c->words, o->args[0])) {
        error_set(err, "%s needs one of %s behind it. Try --help.", c->name,
                  c->words);
        return false;
    }
    *word = o->args[0];
    o->arg_count--;
    memmove(o->args, o->args + 1, o->arg_count * sizeof o->args[0]);
    o->args[o->arg_count] = NULL;
    return true;
}

static enum exit_code run(const struct command *c, int argc, char **argv)
{
    struct options o;
    struct error err = {{0}};
    const char *word;
    if (!read_options(c, argc, argv, &o, &err))
        return command_fail(CODE_USAGE, &err);
    if (o.help) {
        print_command_help(c);
        return CODE_DONE;
    }
    if (!take_word(c, &o, &word, &err))
        return command_fail(CODE_USAGE, &err);
    enum exit_code code = c->run(&o, word);
    /* What was printed may have met a full disk or a closed pipe. */
    if (fflush(stdout) != 0 && code == CODE_DONE)
        code = CODE_FINDINGS;
    return code;
}

int command_main(int argc, char **argv)
{
    struct error err = {{0}};
    if (argc < 2) {
        error_set(&err, "A command is needed. Try --help.");
        return (int)command_fail(CODE_USAGE, &err);
    }
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--version") == 0) {
            (void)printf(PROGRAM " " SCIM_BRIDGE_VERSION "\n");
            return CODE_DONE;
        }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        print_help();
        return CODE_DONE;
    }
    struct nearest n = nearest_to(argv[1]);
    for (size_t i = 0; i < COMMANDS; i++) {
        if (strcmp(commands[i].name, argv[1]) == 0)
            return (int)run(&commands[i], argc, argv);
        nearest_offer(&n, commands[i].name);
    }
    error_set(&err, "There is no command \"%.60s\".%s%s%s", argv[1],
              n.best[0] != '\0' ? " Did you mean " : " Try --help",
              n.best[0] != '\0' ? n.best : "", n.best[0] != '\0' ? "?" : ".");
    return (int)command_fail(CODE_USAGE, &err);
}
