/*
 * test/fuzz/fuzz_answer.c - any bytes as what a helpdesk answers
 *
 * Rooms: base providers
 *
 * The first byte chooses the operation. Each answer is a byte for its status, a
 * text of header lines up to a NUL, and a body up to a NUL. Beyond not
 * breaking: a result is complete or an error with a sentence of one line, no
 * secret shows, and a list's rows stand beside as many assumptions.
 */
#include "providers/operation.h"
#include "providers/url.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char profile_text[] =
    "{\"auth\":{\"type\":\"oauth2_refresh_token\",\"token_url\":"
    "\"https://id.example/t\",\"refresh_token\":\"{{secret.token}}\"},"
    "\"rate\":{\"max\":1000000,\"headers\":{\"remaining\":\"R\",\"limit\":"
    "\"L\",\"used_of_limit\":\"U\"},\"retry\":{\"max\":1,\"base_ms\":0,"
    "\"cap_ms\":0}},"
    "\"error_detail\":\"e.m\","
    "\"errors\":[{\"status\":[401],\"as\":\"unauthorized\"},"
    "{\"status\":[404],\"as\":\"not_found\"},{\"status\":[400],\"path\":"
    "\"e.c[*]\",\"contains\":[\"dup\"],\"as\":\"exists\",\"existing_id\":"
    "\"e.id\"},{\"status\":[400],\"as\":\"invalid\",\"field\":\"e.f\"},"
    "{\"status\":[405],\"as\":\"unsupported\"}],"
    "\"user\":{\"id\":\"id\"},"
    "\"paging\":{\"p\":{\"type\":\"page\",\"page_param\":\"p\",\"size\":2,"
    "\"stop\":{\"total_pages\":\"n\"},\"total\":\"t\",\"max_pages\":4},"
    "\"c\":{\"type\":\"cursor\",\"cursor_param\":\"c\",\"next\":\"next\","
    "\"more\":\"more\",\"max_pages\":4},"
    "\"u\":{\"type\":\"next_url\",\"next\":\"next\",\"max_pages\":4},"
    "\"l\":{\"type\":\"link_header\",\"max_pages\":4}},"
    "\"operations\":{"
    "\"users.list\":{\"method\":\"GET\",\"path\":\"/u\",\"paging\":\"p\","
    "\"records\":\"d\",\"sorted_by\":\"id\",\"empty_when\":{\"t\":0}},"
    "\"cursor\":{\"method\":\"GET\",\"path\":\"/u\",\"paging\":\"c\","
    "\"records\":\"d\",\"verify\":{\"path\":\"m[*]\",\"equals_ci\":\"x\"}},"
    "\"url\":{\"method\":\"POST\",\"path\":\"/u\",\"paging\":\"u\","
    "\"records\":\"$\",\"body\":{}},"
    "\"link\":{\"method\":\"GET\",\"path\":\"/u\",\"paging\":\"l\","
    "\"records\":\"$\",\"include\":[{\"k\":[1,null]}]},"
    "\"create\":{\"method\":\"POST\",\"path\":\"/u\",\"record\":\"d\","
    "\"id_from\":[\"header:X\",\"location\",\"d.id\"],\"body\":{}},"
    "\"steps\":{\"steps\":[{\"op\":\"create\",\"save\":{\"i\":\"id\"}},"
    "{\"op\":\"get\"}]},"
    "\"get\":{\"method\":\"GET\",\"path\":\"/u/{{i}}\",\"record\":\"$\"},"
    "\"job\":{\"method\":\"POST\",\"path\":\"/j\",\"job\":{\"id\":\"j\","
    "\"poll\":\"poll\",\"state\":\"s\",\"done\":[\"d\"],\"failed\":[\"f\"],"
    "\"results\":\"r\",\"row_key\":\"k\",\"row_error\":\"e\","
    "\"interval_ms\":1,\"max_ms\":3}},"
    "\"poll\":{\"method\":\"GET\",\"path\":\"/j/{{job_id}}\"}}}";

static const char *const ops[] = {"users.list", "cursor", "url", "link",
                                  "create",     "steps",  "get", "job"};
static const int statuses[] = {200, 201, 204, 302, 400, 401,
                               404, 405, 429, 500, 503, 0};

struct input {
    const uint8_t *at, *end;
};

static void must(bool holds)
{
    if (!holds)
        abort();
}

static char *text(struct input *in, size_t *len)
{
    const uint8_t *nul = in->at == in->end
                             ? NULL
                             : memchr(in->at, 0, (size_t)(in->end - in->at));
    const uint8_t *stop = nul == NULL ? in->end : nul;
    *len = (size_t)(stop - in->at);
    char *out = strndup((const char *)in->at, *len);
    in->at = nul == NULL ? in->end : nul + 1;
    return out;
}

static void add_headers(struct http_response *r, char *lines)
{
    char *rest = lines;
    for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
        char *colon = strchr(line, ':');
        if (colon == NULL || r->header_count >= 8)
            continue;
        r->headers =
            realloc(r->headers, (r->header_count + 1) * sizeof *r->headers);
        r->headers[r->header_count++] = (struct http_header){
            strndup(line, (size_t)(colon - line)), strdup(colon + 1)};
    }
}

static enum http_rc send(void *ctx, const struct http_request *q,
                         struct http_response *r)
{
    struct input *in = ctx;
    size_t len;
    must(url_same_origin(q->url, "https://desk.example/v1") ||
         strcmp(q->url, "https://id.example/t") == 0);
    if (in->at == in->end) {
        memcpy(r->why, "It ended.", 10);
        return q->once ? HTTP_CUT_OFF : HTTP_NOT_SENT;
    }
    r->status = statuses[*in->at++ % (sizeof statuses / sizeof statuses[0])];
    char *lines = text(in, &len);
    add_headers(r, lines);
    free(lines);
    r->body = text(in, &r->body_len);
    return r->status == 0 ? HTTP_CUT_OFF : HTTP_ANSWERED;
}

static void check(enum up_rc rc, const struct op_result *r,
                  const struct up_error *err)
{
    must(rc == err->rc);
    must((rc == UP_OK) == (err->detail[0] == '\0'));
    must(strpbrk(err->detail, "\r\n\x1b") == NULL);
    must(strstr(err->detail, "a-secret-token") == NULL);
    if (rc == UP_OK)
        must(json_array_size(r->records) == json_array_size(r->assumed));
    else
        must(r->record == NULL && r->records == NULL && r->body == NULL &&
             r->created_id == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_error_t ignored;
    struct error why = {""};
    if (size < 1)
        return 0;
    struct input in = {.at = data + 1, .end = data + size};
    const struct http_transport transport = {.send = send, .ctx = &in};
    json_t *profile = json_loads(profile_text, 0, &ignored);
    json_t *vars = json_object();
    json_t *secrets = json_pack("{s:s}", "secret.token", "a-secret-token");
    const struct engine_config config = {.profile = profile,
                                         .base_url = "https://desk.example/v1",
                                         .variables = vars,
                                         .secrets = secrets,
                                         .transport = &transport};
    struct engine *e = engine_new(&config, &why);
    must(e != NULL);
    struct up_call call = {.deadline_ms = clock_span_ms() + 20,
                           .trace = json_array()};
    struct op_result r;
    struct up_error err;
    enum up_rc rc = engine_run(e, &call, ops[data[0] % 8], NULL, &r, &err);
    check(rc, &r, &err);
    op_result_clear(&r);
    json_decref(engine_capabilities(e));
    engine_free(e);
    json_decref(call.trace);
    json_decref(profile);
    json_decref(vars);
    json_decref(secrets);
    return 0;
}
