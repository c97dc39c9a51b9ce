/* Promises: `serve` as a process: one line on standard output when it is
 * ready, SIGHUP re-reads, SIGTERM ends it with 0, and with its parent it ends
 * when asked to. */
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "server/command.h"
#include "test/server/client.h"
#include "test/server/fixture.h"

#define INI(level)                                                             \
    "[server]\nlisten = 127.0.0.1:0\ndatabase = b.db\nlog_level = " level "\n" \
    "[target main]\nprofile = refdesk\n"

struct process {
    char folder[64], path[256], log[256];
    pid_t pid;
    int out; /* its standard output */
};

/* In the child: never returns. */
static void serve(struct process *p, bool with_parent, int out)
{
    char *argv[] = {(char *)(uintptr_t) "scim-bridge",
                    (char *)(uintptr_t) "serve", (char *)(uintptr_t) "-c",
                    p->path,
                    (char *)(uintptr_t)(with_parent ? "--with-parent" : NULL)};
    int log = open(p->log, O_CREAT | O_APPEND | O_WRONLY | O_CLOEXEC, 0600);
    (void)dup2(out, 1);
    (void)dup2(log, 2);
    _exit(command_main(with_parent ? 5 : 4, argv));
}

static void prepare(struct process *p, int ends[2])
{
    fixture_folder(p->folder);
    fixture_write(p->folder, "c.ini", INI("info"), p->path);
    (void)snprintf(p->log, sizeof p->log, "%s/log", p->folder);
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_int_equal(setenv("FAKE_BRIDGE_READY", "1", 1), 0);
}

static void start(struct process *p)
{
    int ends[2];
    prepare(p, ends);
    p->pid = fork();
    assert_true(p->pid >= 0);
    if (p->pid == 0)
        serve(p, false, ends[1]);
    (void)close(ends[1]);
    p->out = ends[0];
}

/* Everything on standard output up to its first line end, or its end. */
static size_t read_line(int fd, char *out, size_t size)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    size_t len = 0;
    while (len + 1 < size && poll(&p, 1, 10000) > 0 &&
           read(fd, out + len, 1) == 1 && out[len++] != '\n')
        continue;
    out[len] = '\0';
    return len;
}

static int port_of(const char *line)
{
    const char *colon = strrchr(line, ':');
    assert_non_null(colon);
    return (int)strtol(colon + 1, NULL, 10);
}

static int end(struct process *p, int signal)
{
    int status = 0;
    char rest[64];
    assert_int_equal(kill(p->pid, signal), 0);
    assert_int_equal(waitpid(p->pid, &status, 0), p->pid);
    /* Nothing but the one line was ever printed. */
    assert_int_equal(read_line(p->out, rest, sizeof rest), 0);
    (void)close(p->out);
    fixture_remove(p->folder);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void it_says_when_it_is_ready_and_ends_well(void **state)
{
    static const int signals[] = {SIGTERM, SIGINT};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct process p = {.pid = 0};
        char line[256], want[256];
        struct answer a;
        start(&p);
        (void)read_line(p.out, line, sizeof line);
        int port = port_of(line);
        (void)snprintf(want, sizeof want,
                       "ready: http://127.0.0.1:%d/scim/v2\n", port);
        assert_string_equal(line, want);
        client_ask(port, "GET", "/readyz", NULL, NULL, &a);
        assert_int_equal(a.status, 200);
        client_clear(&a);
        assert_int_equal(end(&p, signals[i]), 0);
    }
}

static bool logged(const struct process *p, const char *part)
{
    char text[65536];
    FILE *file = fopen(p->log, "re");
    if (file == NULL)
        return false;
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    (void)fclose(file);
    return strstr(text, part) != NULL;
}

static void wait_for(const struct process *p, const char *part)
{
    int64_t limit = clock_span_ms() + 10000;
    while (!logged(p, part)) {
        if (clock_span_ms() > limit)
            fail_msg("never logged: %s", part);
        (void)usleep(5000);
    }
}

static void a_hangup_reads_the_log_level_again(void **state)
{
    struct process p = {.pid = 0};
    char line[256];
    struct answer a;
    (void)state;
    start(&p);
    (void)read_line(p.out, line, sizeof line);
    client_ask(port_of(line), "GET", "/healthz", NULL, NULL, &a);
    client_clear(&a);
    assert_false(logged(&p, "path=/healthz"));
    fixture_write(p.folder, "c.ini", INI("debug"), p.path);
    assert_int_equal(kill(p.pid, SIGHUP), 0);
    wait_for(&p, "info reload");
    client_ask(port_of(line), "GET", "/healthz", NULL, NULL, &a);
    client_clear(&a);
    wait_for(&p, "path=/healthz");
    /* A file that became bad is told of, and changes nothing. */
    fixture_write(p.folder, "c.ini", INI("loud"), p.path);
    assert_int_equal(kill(p.pid, SIGHUP), 0);
    wait_for(&p, "error reload");
    assert_int_equal(end(&p, SIGTERM), 0);
}

/* A socket's name may have 107 characters only; a database's may have more. */
static void a_long_path_costs_the_control_socket_alone(void **state)
{
    struct process p = {.pid = 0};
    char line[256], ini[512];
    int ends[2];
    (void)state;
    prepare(&p, ends);
    (void)snprintf(ini, sizeof ini,
                   "[server]\nlisten = 127.0.0.1:0\ndatabase = %0120d.db\n"
                   "[target main]\nprofile = refdesk\n",
                   7);
    fixture_write(p.folder, "c.ini", ini, p.path);
    p.pid = fork();
    assert_true(p.pid >= 0);
    if (p.pid == 0)
        serve(&p, false, ends[1]);
    (void)close(ends[1]);
    p.out = ends[0];
    assert_true(read_line(p.out, line, sizeof line) > 0);
    assert_true(logged(&p, "is too long for a socket"));
    assert_int_equal(end(&p, SIGTERM), 0);
}

static void it_ends_with_its_parent(void **state)
{
    struct process p = {.pid = 0};
    char line[256];
    int ends[2];
    (void)state;
    prepare(&p, ends);
    p.pid = fork();
    assert_true(p.pid >= 0);
    if (p.pid == 0) {
        if (fork() == 0)
            serve(&p, true, ends[1]);
        (void)close(ends[1]);
        (void)pause();
        _exit(0);
    }
    (void)close(ends[1]);
    p.out = ends[0];
    assert_true(read_line(p.out, line, sizeof line) > 0);
    /* Its standard output closes when it is gone. */
    assert_int_equal(end(&p, SIGKILL), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_says_when_it_is_ready_and_ends_well),
        cmocka_unit_test(a_hangup_reads_the_log_level_again),
        cmocka_unit_test(a_long_path_costs_the_control_socket_alone),
        cmocka_unit_test(it_ends_with_its_parent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
