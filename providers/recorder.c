#include "providers/recorder.h"

#include "base/buf.h"
#include "base/digest.h"
#include "base/fold.h"
#include "providers/keep.h"
#include "providers/scrub.h"
#include "providers/url.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct recorder {
    char *folder, *base_url;
    size_t origin_len; /* of base_url: scheme, host and port */
    struct scrub *scrub;
    json_t *names; /* what is kept */
    pthread_mutex_t lock;
    json_t *counts; /* digest -> how often it was asked; under the lock */
};

/* Headers that the engine looks at whatever the profile says. */
static const char *const always[] = {"Location", "Link", "Retry-After",
                                     "Content-Type", "Date"};

struct recorder *recorder_new(const char *folder, const char *base_url,
                              const json_t *profile, const json_t *secrets,
                              struct error *err)
{
    struct stat at;
    struct url parts;
    if (stat(folder, &at) != 0 || !S_ISDIR(at.st_mode)) {
        error_set(err, "%s: there is no such folder for recordings.", folder);
        return NULL;
    }
    struct recorder *r = calloc(1, sizeof *r);
    if (r == NULL) {
        error_set(err, "No memory for recordings.");
        return NULL;
    }
    (void)pthread_mutex_init(&r->lock, NULL);
    r->folder = strdup(folder);
    r->base_url = strdup(base_url);
    r->names = keep_names(profile);
    r->counts = json_object();
    r->scrub = scrub_new(profile, secrets);
    r->origin_len = url_split(base_url, &parts) ? parts.origin_len : 0;
    if (r->scrub != NULL && r->folder != NULL && r->base_url != NULL &&
        r->names != NULL && r->counts != NULL)
        return r;
    error_set(err, "No memory for recordings.");
    recorder_free(r);
    return NULL;
}

void recorder_free(struct recorder *r)
{
    if (r == NULL)
        return;
    (void)pthread_mutex_destroy(&r->lock);
    json_decref(r->names);
    json_decref(r->counts);
    scrub_free(r->scrub);
    free(r->folder);
    free(r->base_url);
    free(r);
}

/* ---- names of files ------------------------------------------------------ */

/* A request's digest: method, URL behind the base, body. */
static bool digest(const struct recorder *r, const struct http_request *q,
                   char out[DIGEST_TEXT_SIZE])
{
    struct buf b = {0};
    size_t base = strlen(r->base_url);
    bool own = strncmp(q->url, r->base_url, base) == 0;
    struct url parts;
    /* Another account's: its host may be another at the replay. */
    if (!own && url_split(q->url, &parts))
        base = parts.origin_len;
    buf_fmt(&b, "%s %s\n", q->method, q->url + base);
    buf_add(&b, q->body == NULL ? "" : q->body, q->body_len);
    char *text = buf_ok(&b) ? scrub_text(r->scrub, b.data, b.len) : NULL;
    bool ok = text != NULL && digest_sha256(text, strlen(text), out);
    if (text != NULL)
        digest_wipe(text, strlen(text));
    free(text);
    digest_wipe(b.data, b.len);
    buf_clear(&b);
    out[16] = '\0'; /* enough to tell the requests of a folder apart */
    return ok;
}

/* How often this digest was asked before. */
static int count(struct recorder *r, const char *digest_text)
{
    pthread_mutex_lock(&r->lock);
    json_int_t n = json_integer_value(json_object_get(r->counts, digest_text));
    (void)json_object_set_new(r->counts, digest_text, json_integer(n + 1));
    pthread_mutex_unlock(&r->lock);
    return (int)n;
}

static char *file_name(const struct recorder *r, const char *digest_text, int n)
{
    struct buf b = {0};
    buf_fmt(&b, "%s/%s-%03d.json", r->folder, digest_text, n);
    return buf_take(&b);
}

/* ---- links to the helpdesk ----------------------------------------------- */

#define ORIGIN "{origin}"

/* `text` with each `from` in it as `to`; new. */
static char *replaced(const char *text, const char *from, size_t from_len,
                      const char *to)
{
    struct buf b = {0};
    while (*text != '\0') {
        if (from_len > 0 && strncmp(text, from, from_len) == 0) {
            buf_str(&b, to);
            text += from_len;
        } else {
            buf_char(&b, *text++);
        }
    }
    if (b.len > 0 || !buf_ok(&b))
        return buf_take(&b);
    buf_clear(&b);
    return strdup("");
}

/* The address that is not kept, as a word in its place. */
static char *without_origin(const struct recorder *r, const char *text)
{
    return replaced(text, r->base_url, r->origin_len, ORIGIN);
}

static char *with_origin(const struct recorder *r, const char *text)
{
    char *origin = strndup(r->base_url, r->origin_len);
    char *out = origin == NULL
                    ? NULL
                    : replaced(text, ORIGIN, sizeof ORIGIN - 1, origin);
    free(origin);
    return out;
}

/* Every string of `value` (changed in place; a container) through `change`. */
static void each_string(const struct recorder *r, json_t *value,
                        char *(*change)(const struct recorder *, const char *))
{
    const char *key;
    json_t *member;
    size_t i;
    json_array_foreach (value, i, member) {
        each_string(r, member, change);
    }
    json_object_foreach (value, key, member) {
        each_string(r, member, change);
    }
    char *text =
        json_is_string(value) ? change(r, json_string_value(value)) : NULL;
    if (text != NULL)
        (void)json_string_set(value, text);
    free(text);
}

/* ---- writing ------------------------------------------------------------- */

static bool header_kept(const struct recorder *r, const char *name)
{
    for (size_t i = 0; i < sizeof always / sizeof always[0]; i++)
        if (fold_ascii_equal(name, strlen(name), always[i], strlen(always[i])))
            return true;
    return keep_has(r->names, name);
}

static json_t *headers_of(const struct recorder *r,
                          const struct http_response *response)
{
    json_t *kept = json_object();
    for (size_t i = 0; i < response->header_count; i++) {
        const struct http_header *h = &response->headers[i];
        char *value = header_kept(r, h->name)
                          ? scrub_text(r->scrub, h->value, strlen(h->value))
                          : NULL;
        if (value != NULL)
            (void)json_object_set_new(kept, h->name, json_string(value));
        free(value);
    }
    return kept;
}

static json_t *exchange_of(const struct recorder *r,
                           const struct http_request *q,
                           const struct http_response *response)
{
    json_error_t ignored;
    char *path = url_path_shown(q->url);
    json_t *body = response->body == NULL
                       ? NULL
                       : json_loadb(response->body, response->body_len,
                                    JSON_DECODE_ANY, &ignored);
    json_t *named = body == NULL ? NULL : keep_only(body, r->names);
    json_t *kept = named == NULL ? NULL : scrub_json(r->scrub, named);
    json_t *all =
        json_pack("{s:{s:s, s:s?}, s:{s:i, s:o, s:b, s:o*}}", "request",
                  "method", q->method, "path", path, "response", "status",
                  response->status, "headers", headers_of(r, response), "json",
                  body != NULL || response->body == NULL, "body", kept);
    each_string(r, all, without_origin);
    json_decref(named);
    json_decref(body);
    free(path);
    return all;
}

bool recorder_keep(struct recorder *r, const struct http_request *q,
                   const struct http_response *response)
{
    char name[DIGEST_TEXT_SIZE];
    if (!digest(r, q, name))
        return false;
    char *file = file_name(r, name, count(r, name));
    json_t *all = exchange_of(r, q, response);
    int fd = file == NULL ? -1
                          : open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
                                 S_IRUSR | S_IWUSR);
    bool ok =
        all != NULL && fd >= 0 && json_dumpfd(all, fd, JSON_INDENT(2)) == 0;
    if (fd >= 0)
        ok = close(fd) == 0 && ok;
    json_decref(all);
    free(file);
    return ok;
}

/* ---- answering ----------------------------------------------------------- */

/* The nth recording, or the last one before it. */
static json_t *recorded(const struct recorder *r, const char *name, int n)
{
    json_t *all = NULL;
    json_error_t ignored;
    for (; all == NULL && n >= 0; n--) {
        char *file = file_name(r, name, n);
        all = file == NULL ? NULL : json_load_file(file, 0, &ignored);
        free(file);
    }
    return all;
}

static bool add_header(struct http_response *out, const char *name,
                       const char *value)
{
    if (value == NULL)
        return false;
    struct http_header *more =
        realloc(out->headers, (out->header_count + 1) * sizeof *more);
    if (more == NULL)
        return false;
    out->headers = more;
    struct http_header h = {strdup(name), strdup(value)};
    out->headers[out->header_count++] = h;
    return h.name != NULL && h.value != NULL;
}

static bool answer(const json_t *recording, struct http_response *out)
{
    const char *name;
    json_t *value;
    const json_t *from = json_object_get(recording, "response");
    const json_t *body = json_object_get(from, "body");
    out->status = (int)json_integer_value(json_object_get(from, "status"));
    bool ok = out->status > 0;
    json_object_foreach (json_object_get(from, "headers"), name, value) {
        ok = ok && add_header(out, name, json_string_value(value));
    }
    if (json_is_false(json_object_get(from, "json")))
        out->body = strdup("(no JSON)");
    else if (body != NULL)
        out->body = json_dumps(body, JSON_COMPACT | JSON_ENCODE_ANY);
    out->body_len = out->body == NULL ? 0 : strlen(out->body);
    return ok;
}

static enum http_rc replay(void *ctx, const struct http_request *q,
                           struct http_response *out)
{
    struct recorder *r = ctx;
    char name[DIGEST_TEXT_SIZE];
    json_t *recording =
        digest(r, q, name) ? recorded(r, name, count(r, name)) : NULL;
    each_string(r, recording, with_origin);
    bool ok = recording != NULL && answer(recording, out);
    json_decref(recording);
    if (ok)
        return HTTP_ANSWERED;
    char *path = url_path_shown(q->url);
    (void)snprintf(out->why, sizeof out->why,
                   "The recording has no answer for %s %s (%s).", q->method,
                   path == NULL ? "" : path, name);
    free(path);
    out->status = 0;
    out->hopeless = true;
    return HTTP_NOT_SENT;
}

struct http_transport recorder_transport(struct recorder *r)
{
    return (struct http_transport){.send = replay, .ctx = r};
}
