#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "test/providers/play.h"

#define BASE "https://desk.example/api"

static char *quoted(const char *text)
{
    char *copy = strdup(text);
    for (char *at = copy; *at != '\0'; at++)
        *at = *at == '\'' ? '"' : *at;
    return copy;
}

json_t *play_json(const char *text)
{
    json_error_t e;
    char *copy = quoted(text);
    json_t *value = json_loads(copy, JSON_DECODE_ANY, &e);
    if (value == NULL)
        fail_msg("%s in %s", e.text, copy);
    free(copy);
    return value;
}

void play_same(const json_t *value, const char *want)
{
    json_t *wanted = play_json(want);
    if (!json_equal(value, wanted)) {
        char *got = value == NULL
                        ? strdup("nothing")
                        : json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY |
                                                JSON_SORT_KEYS);
        fail_msg("got %s, want %s", got, want);
    }
    json_decref(wanted);
}

void play_rc(const struct play *play, enum up_rc rc, enum up_rc want)
{
    if (rc != want)
        fail_msg("rc %d, want %d: %s (field %s)", (int)rc, (int)want,
                 play->err.detail, play->err.field);
}

static char *as_text(const struct http_request *q)
{
    size_t base = strlen(BASE);
    const char *url = strncmp(q->url, BASE, base) == 0 ? q->url + base : q->url;
    char *text = NULL;
    if (asprintf(&text, "%s %s%s%.*s", q->method, url,
                 q->body == NULL ? "" : " ", (int)q->body_len,
                 q->body == NULL ? "" : q->body) < 0)
        abort();
    return text;
}

static void add_header(struct http_response *r, const char *line)
{
    size_t name = strcspn(line, ":");
    r->headers = calloc(1, sizeof *r->headers);
    r->headers[0] =
        (struct http_header){strndup(line, name), strdup(line + name + 2)};
    r->header_count = 1;
}

static enum http_rc answer(void *ctx, const struct http_request *q,
                           struct http_response *r)
{
    struct play *play = ctx;
    char *sent = as_text(q);
    if (play->next >= play->count)
        fail_msg("one request too many: %s", sent);
    const struct play_step *step = &play->steps[play->next++];
    char *want = quoted(step->request);
    if (strcmp(sent, want) != 0)
        fail_msg("request %zu: sent %s, want %s", play->next - 1, sent, want);
    free(want);
    free(sent);
    if (step->status == 0) {
        (void)snprintf(r->why, sizeof r->why, "The connection broke.");
        return HTTP_CUT_OFF;
    }
    r->status = step->status;
    if (step->header != NULL)
        add_header(r, step->header);
    if (step->answer != NULL) {
        r->body = quoted(step->answer);
        r->body_len = strlen(r->body);
    }
    return HTTP_ANSWERED;
}

void play_next(struct play *play, const struct play_step *steps)
{
    if (play->next != play->count)
        fail_msg("never sent: %s", play->steps[play->next].request);
    play->steps = steps;
    play->next = play->count = 0;
    while (steps[play->count].request != NULL)
        play->count++;
}

/* A file does; a profile in a test says so. */
static bool asks_for_secret(const char *text)
{
    return text == NULL || strstr(text, "secret.token") != NULL;
}

void play_open(struct play *play, const char *profile,
               const struct play_step *steps)
{
    static const struct up_setting secrets[] = {{"token", "s3cret"},
                                                {NULL, NULL}};
    struct error err = {""};
    char *text = profile[0] == '{' ? quoted(profile) : NULL;
    *play = (struct play){.steps = steps};
    play_next(play, steps);
    play->transport = (struct http_transport){.send = answer, .ctx = play};
    const struct up_config config = {
        .profile = text != NULL ? "p.json" : profile,
        .profile_text = text,
        .base_url = BASE,
        .secrets = asks_for_secret(text) ? secrets : NULL,
        .transport = &play->transport};
    play->p = up_new(&config, &err);
    free(text);
    if (play->p == NULL)
        fail_msg("%s", err.text);
}

void play_close(struct play *play)
{
    static const struct play_step none[] = {{NULL, 0, NULL, NULL}};
    play_next(play, none);
    up_free(play->p);
}
