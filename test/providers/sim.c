#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "providers/http.h"
#include "test/providers/play.h"
#include "test/providers/sim.h"

struct sim {
    pid_t pid;
    char url[64], control[64];
    struct http_client *http;
};

/* helpdesk-sim lies two folders above this program. */
static bool program(char *path, size_t size)
{
    ssize_t n = readlink("/proc/self/exe", path, size - 1);
    if (n <= 0)
        return false;
    path[n] = '\0';
    for (int up = 0; up < 3; up++) {
        char *slash = strrchr(path, '/');
        if (slash == NULL)
            return false;
        *slash = '\0';
    }
    size_t len = strlen(path);
    (void)snprintf(path + len, size - len, "/helpdesk-sim");
    return access(path, X_OK) == 0;
}

static void run(const char *path, const char *desk, const char *const *settings,
                int out)
{
    const char *args[40] = {path, desk, "--with-parent"};
    size_t n = 3;
    for (; *settings != NULL && n + 2 < 40; settings++) {
        args[n++] = "--set";
        args[n++] = *settings;
    }
    (void)dup2(out, STDOUT_FILENO);
    (void)execv(path, (char *const *)args);
    _exit(127);
}

/* "ready: URL control: URL" */
static void read_urls(struct sim *s, int in)
{
    FILE *f = fdopen(in, "r");
    char line[256];
    if (f == NULL || fgets(line, sizeof line, f) == NULL ||
        sscanf(line, "ready: %63s control: %63s", s->url, s->control) != 2)
        fail_msg("the simulator did not start");
    (void)fclose(f);
}

struct sim *sim_start(const char *desk, const char *const *settings)
{
    char path[512];
    int pipes[2];
    struct error err;
    static const struct http_config config = {.user_agent = "test/1"};
    if (!program(path, sizeof path))
        return NULL;
    struct sim *s = calloc(1, sizeof *s);
    assert_int_equal(pipe(pipes), 0);
    s->pid = fork();
    if (s->pid == 0)
        run(path, desk, settings, pipes[1]);
    (void)close(pipes[1]);
    read_urls(s, pipes[0]);
    s->http = http_client_new(&config, &err);
    assert_non_null(s->http);
    return s;
}

void sim_stop(struct sim *s)
{
    http_client_free(s->http);
    (void)kill(s->pid, SIGTERM);
    (void)waitpid(s->pid, NULL, 0);
    free(s);
}

const char *sim_url(const struct sim *s)
{
    return s->url;
}

json_t *sim_control(struct sim *s, const char *method, const char *path,
                    const char *body)
{
    char url[256];
    struct http_response r = {0};
    json_t *json = body == NULL ? NULL : play_json(body);
    char *text = json == NULL ? NULL : json_dumps(json, 0);
    (void)snprintf(url, sizeof url, "%s%s", s->control, path);
    struct http_transport t = http_client_transport(s->http);
    const struct http_request q = {.method = method,
                                   .url = url,
                                   .body = text,
                                   .body_len = text ? strlen(text) : 0};
    if (t.send(t.ctx, &q, &r) != HTTP_ANSWERED || r.status >= 300)
        fail_msg("%s %s: %d %s", method, path, r.status, r.why);
    json_t *told = json_loadb(r.body ? r.body : "", r.body_len, 0, NULL);
    http_response_clear(&r);
    json_decref(json);
    free(text);
    return told;
}
