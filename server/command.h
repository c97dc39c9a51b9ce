/*
 * server/command.h - the command line
 *
 * One table of commands and one of options; help texts come from both.
 */
#ifndef SERVER_COMMAND_H
#define SERVER_COMMAND_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

/* What scripts may rely on. */
enum exit_code {
    CODE_DONE = 0,
    CODE_FINDINGS = 1, /* done, but there is something to see */
    CODE_USAGE = 2,    /* the command line or the configuration */
    CODE_DATABASE = 3,
    CODE_HELPDESK = 4,
    CODE_BRAKE = 5, /* held back until a person decides */
};

#define COMMAND_MAX_ARGS 4

/* What the command line says; all borrowed from argv. NULL: not given. */
struct options {
    const char *config; /* CONFIG_DEFAULT_FILE when not given */
    const char *reason, *by;
    const char *target, *name, *scope, *expires, *resource, *limit, *cursor;
    bool json, all, replace, from_stdin, with_parent, dry_run, undo, repair,
        force, help;
    const char *args[COMMAND_MAX_ARGS];
    size_t arg_count;
};

struct command {
    const char *name;
    /* Second words, "create|list|revoke"; NULL: none. Where "list" is the first
     * of them, it may be left out. */
    const char *words;
    const char *args;    /* for the usage line, "[TARGET]"; "" */
    size_t max_args;     /* the second word does not count */
    const char *options; /* names of those that it takes, "config|json" */
    const char *help;
    enum exit_code (*run)(const struct options *o, const char *word);
};

/* Runs the command that argv names; what to exit with. */
int command_main(int argc, char **argv);

/* A sentence on standard error, after the program's name. */
void command_complain(const struct error *err);
/* The same, and `code`. */
enum exit_code command_fail(enum exit_code code, const struct error *err);

enum exit_code cmd_serve(const struct options *o, const char *word);
enum exit_code cmd_check(const struct options *o, const char *word);
enum exit_code cmd_probe(const struct options *o, const char *word);
enum exit_code cmd_sync(const struct options *o, const char *word);
enum exit_code cmd_explain(const struct options *o, const char *word);
enum exit_code cmd_token(const struct options *o, const char *word);
enum exit_code cmd_users(const struct options *o, const char *word);
/* `users handover ID`; server/cmd_handover.c */
enum exit_code cmd_handover(const struct options *o);
enum exit_code cmd_groups(const struct options *o, const char *word);
/* `tasks show|done|cancel ID`, `users resend ID`; server/cmd_task.c */
enum exit_code cmd_task(const struct options *o, const char *word);
enum exit_code cmd_tasks(const struct options *o, const char *word);
enum exit_code cmd_brake(const struct options *o, const char *word);
enum exit_code cmd_backup(const struct options *o, const char *word);
enum exit_code cmd_doctor(const struct options *o, const char *word);
enum exit_code cmd_audit(const struct options *o, const char *word);

#endif
