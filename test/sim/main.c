/*
 * test/sim/main.c - helpdesk-sim: a helpdesk that is not there
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "test/sim/desk.h"
#include "test/sim/mem.h"
#include "test/sim/save.h"
#include "test/sim/server.h"
#include "test/sim/sim.h"

enum { SETTINGS = 64, WHY = 1024 };

struct options {
    const struct desk *desk;
    uint16_t port, control_port;
    uint64_t seed;
    bool with_parent;
    const char *state;
    char *settings[SETTINGS]; /* NAME=VALUE, borrowed from argv */
    size_t setting_count;
};

static void usage(FILE *to)
{
    (void)fputs(
        "usage: helpdesk-sim DESK [--port P] [--control-port C] [--seed N]\n"
        "                    [--set KNOB=VALUE]... [--state FILE] "
        "[--with-parent]\n\n"
        "A simulated helpdesk on 127.0.0.1, until SIGTERM. Port 0 (the "
        "default) is any\nfree port. --state keeps the world in a file; "
        "--with-parent ends with the\nprocess that started it.\n\nDesks:",
        to);
    for (size_t i = 0; desk_name(i) != NULL; i++)
        (void)fprintf(to, " %s", desk_name(i));
    (void)fputs("\n`helpdesk-sim DESK --knobs` lists its knobs.\n", to);
}

static int list_knobs(const struct desk *desk)
{
    struct knobs knobs = {0};

    knobs_init(&knobs, desk->knobs, desk->knob_count);
    for (size_t i = 0; i < knobs.count; i++) {
        const struct knob_spec *spec = knobs.at[i].spec;
        (void)printf("%-14s %-10s %s%s%s%s\n", spec->name,
                     spec->initial[0] ? spec->initial : "-", spec->help,
                     spec->values ? " (" : "", spec->values ? spec->values : "",
                     spec->values ? ")" : "");
    }
    knobs_clear(&knobs);
    return 0;
}

static bool number(const char *text, uint64_t most, uint64_t *value)
{
    char *end = NULL;

    errno = 0;
    *value = text ? strtoull(text, &end, 10) : 0;
    return text && errno == 0 && end != text && *end == '\0' && *value <= most;
}

/* Takes the value of an option that has one; false: it makes no sense. */
static bool take(struct options *o, const char *name, char *value)
{
    uint64_t n = 0;

    if (strcmp(name, "--port") == 0 && number(value, 65535, &n)) {
        o->port = (uint16_t)n;
        return true;
    }
    if (strcmp(name, "--control-port") == 0 && number(value, 65535, &n)) {
        o->control_port = (uint16_t)n;
        return true;
    }
    if (strcmp(name, "--seed") == 0)
        return number(value, UINT64_MAX, &o->seed);
    if (strcmp(name, "--state") == 0 && value != NULL) {
        o->state = value;
        return true;
    }
    if (strcmp(name, "--set") == 0 && value != NULL &&
        o->setting_count < SETTINGS) {
        o->settings[o->setting_count++] = value;
        return true;
    }
    return false;
}

static bool parse(struct options *o, int argc, char **argv)
{
    if (argc < 2)
        return false;
    o->desk = desk_find(argv[1]);
    if (o->desk == NULL) {
        (void)fprintf(stderr, "helpdesk-sim: there is no desk \"%s\"\n",
                      argv[1]);
        return false;
    }
    for (int i = 2; i < argc; i++) {
        if (strcmp(argv[i], "--with-parent") == 0) {
            o->with_parent = true;
        } else if (take(o, argv[i], i + 1 < argc ? argv[i + 1] : NULL)) {
            i++;
        } else {
            (void)fprintf(stderr, "helpdesk-sim: cannot use \"%s\" here\n",
                          argv[i]);
            return false;
        }
    }
    return true;
}

static bool apply_settings(struct world *w, const struct options *o)
{
    char why[WHY];

    for (size_t i = 0; i < o->setting_count; i++) {
        char *name = mem_text(o->settings[i]);
        char *equals = strchr(name, '=');
        bool ok = false;
        if (equals == NULL) {
            (void)snprintf(why, sizeof(why), "--set takes KNOB=VALUE.");
        } else {
            *equals = '\0';
            ok = knobs_set(&w->knobs, name, equals + 1, why, sizeof(why));
        }
        free(name);
        if (!ok) {
            (void)fprintf(stderr, "helpdesk-sim: %s\n", why);
            return false;
        }
    }
    return true;
}

/* Serves until a signal comes; the signals are blocked in every thread. */
static int serve(struct sim *sim, const struct options *o,
                 const sigset_t *signals)
{
    struct server *desk =
        server_start(o->port, sim_desk_serve, sim, &sim->pause);
    struct server *control =
        server_start(o->control_port, sim_control_serve, sim, &sim->pause);
    int got = 0;

    if (desk == NULL || control == NULL) {
        (void)fprintf(stderr, "helpdesk-sim: cannot listen on port %u: %s\n",
                      (unsigned)(desk ? o->control_port : o->port),
                      strerror(errno));
    } else {
        (void)printf("ready: http://127.0.0.1:%u control: "
                     "http://127.0.0.1:%u\n",
                     server_port(desk), server_port(control));
        (void)fflush(stdout);
        (void)sigwait(signals, &got);
    }
    pause_end(&sim->pause);
    server_stop(desk);
    server_stop(control);
    return got ? 0 : 4;
}

static int live(const struct options *o, const sigset_t *signals)
{
    struct sim sim = {0};
    struct save *save = NULL;
    int status = 2;

    sim.world = world_new(o->desk, o->seed);
    pause_init(&sim.pause);
    if (apply_settings(sim.world, o)) {
        if (o->state != NULL)
            save = save_start(sim.world, o->state, &sim.pause);
        else
            world_seed(sim.world);
        if (o->state == NULL || save != NULL)
            status = serve(&sim, o, signals);
    }
    pause_end(&sim.pause);
    save_stop(save);
    faults_clear(&sim.faults);
    calls_clear(&sim.calls);
    pause_clear(&sim.pause);
    world_free(sim.world);
    return status;
}

int main(int argc, char **argv)
{
    struct options o = {.seed = 1};
    sigset_t signals;
    pid_t parent = getppid();

    mem_use_for_json();
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        usage(stdout);
        return 0;
    }
    if (argc == 3 && desk_find(argv[1]) && strcmp(argv[2], "--knobs") == 0)
        return list_knobs(desk_find(argv[1]));
    if (!parse(&o, argc, argv)) {
        usage(stderr);
        return 2;
    }
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGINT);
    (void)pthread_sigmask(SIG_BLOCK, &signals, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    if (o.with_parent) {
        (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
        if (getppid() != parent)
            return 0; /* it died before we asked */
    }
    return live(&o, &signals);
}
