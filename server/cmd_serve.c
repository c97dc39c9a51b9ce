/*
 * server/cmd_serve.c - scim-bridge serve
 *
 * The main thread only waits: for signals, and for the first sync. Whatever a
 * signal asks for is done here, not in a handler.
 */
#include "server/command.h"

#include "server/server.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#define LOOK_WHILE_WAITING 20    /* ms between two looks for the first sync */
#define LOOK_AFTERWARDS    1000  /* ms */
#define NOTE_USES_EVERY    10000 /* ms */

static void wanted_signals(sigset_t *set)
{
    (void)sigemptyset(set);
    (void)sigaddset(set, SIGTERM);
    (void)sigaddset(set, SIGINT);
    (void)sigaddset(set, SIGHUP);
}

/* Every connection is a descriptor: take as many as we may. */
static void raise_descriptors(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static bool prepare_process(const struct options *o, struct error *err)
{
    sigset_t set;
    pid_t parent = getppid();
    wanted_signals(&set);
    /* Before any thread is made, so that all of them inherit it. */
    if (pthread_sigmask(SIG_BLOCK, &set, NULL) != 0 ||
        signal(SIGPIPE, SIG_IGN) == SIG_ERR) {
        error_set(err, "Signals cannot be set up.");
        return false;
    }
    if (o->with_parent &&
        (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 || getppid() != parent)) {
        error_set(err, "The parent process is gone already.");
        return false;
    }
    raise_descriptors();
    return true;
}

/* SIGHUP: tokens and log level. */
static void reload(struct server *s)
{
    enum log_level level;
    struct error why = {{0}};
    bearer_forget(s->auth);
    if (config_load_level(s->config->path, &level, &why)) {
        atomic_store(&s->log.level, (int)level);
        log_line(&s->log, LOG_INFO, "reload", (char *)NULL);
    } else {
        log_line(&s->log, LOG_ERROR, "reload", "error", why.text, (char *)NULL);
    }
}

/* Says once, on standard output, that the first target is served. */
static bool announce(struct server *s)
{
    if (!bridge_ready(bridge_target_at(s->bridge, 0)))
        return false;
    (void)printf("ready: %s/scim/v2\n", s->public_url);
    (void)fflush(stdout);
    log_line(&s->log, LOG_INFO, "ready", "url", s->public_url, (char *)NULL);
    return true;
}

static void wait_for_end(struct server *s)
{
    sigset_t set;
    bool ready = false;
    int64_t noted = clock_span_ms();
    wanted_signals(&set);
    for (;;) {
        if (!ready)
            ready = announce(s);
        int ms = ready ? LOOK_AFTERWARDS : LOOK_WHILE_WAITING;
        struct timespec wait = {.tv_sec = ms / 1000,
                                .tv_nsec = ms % 1000 * 1000000L};
        int got = sigtimedwait(&set, NULL, &wait);
        if (got == SIGHUP)
            reload(s);
        else if (got > 0)
            return;
        if (clock_span_ms() - noted >= NOTE_USES_EVERY) {
            server_note_uses(s);
            noted = clock_span_ms();
        }
    }
}

static enum exit_code run(struct server *s)
{
    struct error err = {{0}};
    enum exit_code code = CODE_DONE;
    char port[16];
    (void)snprintf(port, sizeof port, "%d", http_port(s->http));
    if (server_start(s, &err)) {
        log_line(&s->log, LOG_INFO, "start", "version", SCIM_BRIDGE_VERSION,
                 "host", s->config->host, "port", port, (char *)NULL);
        wait_for_end(s);
    } else {
        code = command_fail(CODE_USAGE, &err);
    }
    log_line(&s->log, LOG_INFO, "stop", (char *)NULL);
    if (!server_stop(s)) {
        log_line(&s->log, LOG_WARN, "stop", "reason",
                 "writes are left unfinished; the journal has them",
                 (char *)NULL);
        (void)fflush(NULL);
        _exit((int)code);
    }
    server_free(s);
    return code;
}

enum exit_code cmd_serve(const struct options *o, const char *word)
{
    struct config config;
    struct error err = {{0}};
    bool database = false;
    (void)word;
    if (!config_load(o->config, true, &config, &err) ||
        !prepare_process(o, &err))
        return command_fail(CODE_USAGE, &err);
    struct server *s = server_open(&config, &database, &err);
    enum exit_code code =
        s == NULL ? command_fail(database ? CODE_DATABASE : CODE_USAGE, &err)
                  : run(s);
    config_clear(&config);
    return code;
}
