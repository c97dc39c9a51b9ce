#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "test/providers/fake.h"

#define BASE "https://desk.example/api"

json_t *fake_parse(const char *text)
{
    json_error_t e;
    char *copy = strdup(text);
    for (char *at = copy; *at != '\0'; at++)
        *at = *at == '\'' ? '"' : *at;
    json_t *value = json_loads(copy, JSON_DECODE_ANY, &e);
    if (value == NULL)
        fail_msg("%s in %s", e.text, copy);
    free(copy);
    return value;
}

void fake_json(const json_t *value, const char *want)
{
    json_t *wanted = fake_parse(want);
    if (!json_equal(value, wanted)) {
        char *got = value == NULL
                        ? NULL
                        : json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
        fail_msg("got %s, want %s", got == NULL ? "nothing" : got, want);
    }
    json_decref(wanted);
}

static void add_headers(struct http_response *r, const char *lines)
{
    while (lines != NULL && *lines != '\0') {
        size_t len = strcspn(lines, "\n"), name = strcspn(lines, ":");
        r->headers =
            realloc(r->headers, (r->header_count + 1) * sizeof *r->headers);
        r->headers[r->header_count++] = (struct http_header){
            strndup(lines, name), strndup(lines + name + 2, len - name - 2)};
        lines += len + (lines[len] == '\n');
    }
}

static void keep(struct fake *f, const struct http_request *q)
{
    size_t base = strlen(BASE);
    const char *url = strncmp(q->url, BASE, base) == 0 ? q->url + base : q->url;
    if (asprintf(&f->sent[f->next], "%s %s%s%.*s", q->method, url,
                 q->body == NULL ? "" : " ", (int)q->body_len,
                 q->body == NULL ? "" : q->body) < 0)
        abort();
    const char *proof = "";
    for (size_t i = 0; i < q->header_count; i++)
        if (strcmp(q->headers[i].name, "Authorization") == 0)
            proof = q->headers[i].value;
    f->proofs[f->next] = strdup(proof);
}

static enum http_rc send(void *ctx, const struct http_request *q,
                         struct http_response *r)
{
    struct fake *f = ctx;
    if (f->next >= f->count || f->next >= 1024)
        fail_msg("asked once too often: %s %s", q->method, q->url);
    const struct fake_answer *a = &f->answers[f->next];
    keep(f, q);
    f->next++;
    r->status = a->status;
    r->hopeless = a->hopeless;
    add_headers(r, a->headers);
    if (a->rc != HTTP_ANSWERED)
        (void)snprintf(r->why, sizeof r->why, "It broke.");
    else if (a->body != NULL) {
        r->body = strdup(a->body);
        for (char *at = r->body; *at != '\0'; at++)
            *at = *at == '\'' ? '"' : *at;
        r->body_len = strlen(r->body);
    }
    return a->rc;
}

void fake_open(struct fake *f, const char *profile,
               const struct fake_answer *answers, size_t count)
{
    struct error err = {""};
    *f = (struct fake){.answers = answers, .count = count};
    f->transport = (struct http_transport){.send = send, .ctx = f};
    f->profile = fake_parse(profile);
    f->variables = fake_parse("{'set.domain':'acme'}");
    f->secrets = fake_parse("{'secret.token':'s3cret-token',"
                            "'secret.id':'client-id-1',"
                            "'secret.key':'client-key-1'}");
    const struct engine_config config = {.profile = f->profile,
                                         .base_url = BASE,
                                         .variables = f->variables,
                                         .secrets = f->secrets,
                                         .transport = &f->transport};
    f->engine = engine_new(&config, &err);
    if (f->engine == NULL)
        fail_msg("%s", err.text);
}

void fake_close(struct fake *f)
{
    engine_free(f->engine);
    for (size_t i = 0; i < f->next; i++) {
        free(f->sent[i]);
        free(f->proofs[i]);
    }
    json_decref(f->profile);
    json_decref(f->variables);
    json_decref(f->secrets);
}

enum up_rc fake_run(struct fake *f, const char *op, const char *vars,
                    struct op_result *out, struct up_error *err)
{
    struct up_call call = {0};
    json_t *scope = vars == NULL ? NULL : fake_parse(vars);
    const struct vars v = {.scope = {scope}, .count = scope != NULL};
    enum up_rc rc = engine_run(f->engine, &call, op, &v, out, err);
    assert_int_equal(rc, err->rc);
    assert_int_equal(rc == UP_OK, err->detail[0] == '\0');
    json_decref(scope);
    return rc;
}

void fake_sent_list(struct fake *f, const char *const *want)
{
    size_t n = 0;
    for (; want[n] != NULL; n++) {
        char *copy = strdup(want[n]);
        for (char *at = copy; *at != '\0'; at++)
            *at = *at == '\'' ? '"' : *at;
        if (n >= f->next || strcmp(f->sent[n], copy) != 0)
            fail_msg("request %zu: sent %s, want %s", n,
                     n < f->next ? f->sent[n] : "nothing", copy);
        free(copy);
    }
    if (n != f->next)
        fail_msg("sent %zu, want %zu: %s", f->next, n, f->sent[n]);
}
