/*
 * providers/http.c - curl, and nothing else of it leaves this file
 *
 * A request that must not be sent twice needs care: when a reused connection
 * turns out to be closed before any byte of an answer, curl silently sends the
 * request again on a new one, although the server may have acted and died. Such
 * a request is therefore handed to curl through a reader that cannot be rewound
 * (curl then gives up), or, without a body, on a connection of its own.
 */
#include "providers/http.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/fold.h"
#include "providers/url.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#define POOL_MAX         64
#define HEADERS_MAX      256
#define HEADER_BYTES_MAX ((size_t)64 * 1024)
#define BODY_MAX         ((size_t)16 * 1024 * 1024)

struct http_client {
    pthread_mutex_t lock; /* over idle and idle_count */
    CURL *idle[POOL_MAX];
    size_t idle_count;
    int connect_ms, total_ms;
    size_t max_response;
    char *ca_file, *client_cert, *client_key, *user_agent;
};

/* One exchange under way. */
struct exchange {
    const struct http_client *client;
    const struct http_request *request;
    struct http_response *response;
    struct buf body;
    size_t header_bytes, sent;
    bool too_large;
};

/* ---- answers ------------------------------------------------------------- */

static void free_headers(struct http_response *r)
{
    for (size_t i = 0; i < r->header_count; i++) {
        free(r->headers[i].name);
        free(r->headers[i].value);
    }
    free(r->headers);
    r->headers = NULL;
    r->header_count = 0;
}

void http_response_clear(struct http_response *r)
{
    digest_wipe(r->body, r->body_len);
    free(r->body);
    free_headers(r);
    *r = (struct http_response){0};
}

const char *http_response_header(const struct http_response *r,
                                 const char *name)
{
    for (size_t i = 0; i < r->header_count; i++) {
        const char *own = r->headers[i].name;
        if (fold_ascii_equal(own, strlen(own), name, strlen(name)))
            return r->headers[i].value;
    }
    return NULL;
}

static size_t on_body(char *data, size_t size, size_t count, void *ctx)
{
    struct exchange *x = ctx;
    size_t len = size * count;
    if (len > x->client->max_response - x->body.len) {
        x->too_large = true;
        return 0;
    }
    buf_add(&x->body, data, len);
    return buf_ok(&x->body) ? len : 0;
}

static bool add_header(struct http_response *r, const char *line, size_t len)
{
    const char *colon = memchr(line, ':', len);
    if (colon == NULL)
        return true;
    const char *value = colon + 1, *end = line + len;
    while (value < end && (*value == ' ' || *value == '\t'))
        value++;
    while (end > value && strchr(" \t\r\n", end[-1]) != NULL)
        end--;
    struct http_header *all =
        realloc(r->headers, (r->header_count + 1) * sizeof *r->headers);
    if (all == NULL)
        return false;
    r->headers = all;
    struct http_header h = {
        .name = strndup(line, (size_t)(colon - line)),
        .value = strndup(value, (size_t)(end - value)),
    };
    r->headers[r->header_count++] = h;
    return h.name != NULL && h.value != NULL;
}

static size_t on_header(char *data, size_t size, size_t count, void *ctx)
{
    struct exchange *x = ctx;
    size_t len = size * count;
    /* A status line begins a new answer: what came before was interim. */
    if (len >= 5 && memcmp(data, "HTTP/", 5) == 0) {
        free_headers(x->response);
        return len;
    }
    x->header_bytes += len;
    if (x->header_bytes > HEADER_BYTES_MAX ||
        x->response->header_count >= HEADERS_MAX) {
        x->too_large = true;
        return 0;
    }
    return add_header(x->response, data, len) ? len : 0;
}

/* ---- requests ------------------------------------------------------------ */

static size_t on_read(char *into, size_t size, size_t count, void *ctx)
{
    struct exchange *x = ctx;
    size_t room = size * count, left = x->request->body_len - x->sent;
    size_t len = left < room ? left : room;
    if (len > 0)
        memcpy(into, x->request->body + x->sent, len);
    x->sent += len;
    return len;
}

static bool clean(const char *text)
{
    return strpbrk(text, "\r\n") == NULL;
}

static bool append(struct curl_slist **list, const char *line)
{
    struct curl_slist *longer = curl_slist_append(*list, line);
    if (longer != NULL)
        *list = longer;
    return longer != NULL;
}

/* The header lines; NULL: no memory, or a value with a line break. */
static struct curl_slist *header_list(const struct http_request *q)
{
    struct curl_slist *list = NULL;
    bool ok = append(&list, "Expect:");
    if (q->body == NULL)
        ok = ok && append(&list, "Content-Type:");
    for (size_t i = 0; ok && i < q->header_count; i++) {
        const struct http_header *h = &q->headers[i];
        struct buf line = {0};
        buf_str(&line, h->name);
        buf_str(&line, *h->value == '\0' ? ";" : ": ");
        buf_str(&line, h->value);
        ok = buf_ok(&line) && clean(h->name) && clean(h->value) &&
             append(&list, line.data);
        digest_wipe(line.data, line.len);
        buf_clear(&line);
    }
    if (ok)
        return list;
    curl_slist_free_all(list);
    return NULL;
}

static void free_header_list(struct curl_slist *list)
{
    for (struct curl_slist *l = list; l != NULL; l = l->next)
        digest_wipe(l->data, strlen(l->data));
    curl_slist_free_all(list);
}

static void set_method(CURL *h, struct exchange *x)
{
    const struct http_request *q = x->request;
    bool takes_body = strcmp(q->method, "GET") != 0 &&
                      strcmp(q->method, "DELETE") != 0 &&
                      strcmp(q->method, "HEAD") != 0;
    if (q->body != NULL || takes_body) {
        curl_easy_setopt(h, CURLOPT_POST, 1L);
        curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE_LARGE,
                         (curl_off_t)q->body_len);
        if (q->once && q->body_len > 0) {
            curl_easy_setopt(h, CURLOPT_READFUNCTION, on_read);
            curl_easy_setopt(h, CURLOPT_READDATA, x);
        } else {
            curl_easy_setopt(h, CURLOPT_POSTFIELDS,
                             q->body == NULL ? "" : q->body);
        }
    }
    if (strcmp(q->method, "HEAD") == 0)
        curl_easy_setopt(h, CURLOPT_NOBODY, 1L);
    curl_easy_setopt(h, CURLOPT_CUSTOMREQUEST, q->method);
    if (q->once && q->body_len == 0)
        curl_easy_setopt(h, CURLOPT_FRESH_CONNECT, 1L);
}

static void set_tls(CURL *h, const struct http_client *c)
{
    curl_easy_setopt(h, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(h, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(h, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (c->ca_file != NULL)
        curl_easy_setopt(h, CURLOPT_CAINFO, c->ca_file);
    if (c->client_cert != NULL)
        curl_easy_setopt(h, CURLOPT_SSLCERT, c->client_cert);
    if (c->client_key != NULL)
        curl_easy_setopt(h, CURLOPT_SSLKEY, c->client_key);
}

static void set_limits(CURL *h, const struct exchange *x, int64_t total_ms)
{
    const struct http_client *c = x->client;
    int64_t connect = c->connect_ms < total_ms ? c->connect_ms : total_ms;
    curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS, (long)connect);
    curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, (long)total_ms);
    curl_easy_setopt(h, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(h, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(h, CURLOPT_PROXY, "");
    curl_easy_setopt(h, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(h, CURLOPT_MAXCONNECTS, 4L);
}

static void set_request(CURL *h, struct exchange *x, struct curl_slist *headers)
{
    curl_easy_setopt(h, CURLOPT_URL, x->request->url);
    curl_easy_setopt(h, CURLOPT_USERAGENT, x->client->user_agent);
    curl_easy_setopt(h, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(h, CURLOPT_WRITEDATA, x);
    curl_easy_setopt(h, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(h, CURLOPT_HEADERDATA, x);
    /* A path of ours is what it is; curl must not fold its dots. */
    curl_easy_setopt(h, CURLOPT_PATH_AS_IS, 1L);
    set_method(h, x);
    set_tls(h, x->client);
}

/* ---- outcomes ------------------------------------------------------------ */

/* clang-format off */
/* Results of curl after which the request cannot have reached the helpdesk.
 * Column 2: trying again cannot help. */
static const struct {
    CURLcode code;
    bool hopeless;
    const char *why;
} never_sent[] = {
    {CURLE_COULDNT_RESOLVE_HOST,     false, "The name of the helpdesk's host could not be resolved."},
    {CURLE_COULDNT_CONNECT,          false, "The helpdesk refused the connection or is not reachable."},
    {CURLE_SSL_CONNECT_ERROR,        false, "The TLS handshake with the helpdesk failed."},
    {CURLE_PEER_FAILED_VERIFICATION, true,  "The helpdesk's certificate could not be verified."},
    {CURLE_SSL_CERTPROBLEM,          true,  "The client certificate or its key cannot be used."},
    {CURLE_SSL_CACERT_BADFILE,       true,  "The file of trusted certificates (tls.ca_file) cannot be read."},
    {CURLE_SSL_CIPHER,               true,  "No TLS cipher suits both sides."},
    {CURLE_SSL_ISSUER_ERROR,         true,  "The issuer of the helpdesk's certificate is not trusted."},
    {CURLE_URL_MALFORMAT,            true,  "The URL of the call is malformed."},
    {CURLE_UNSUPPORTED_PROTOCOL,     true,  "The URL of the call is neither http nor https."},
};
/* clang-format on */

static enum http_rc ended(struct http_response *r, enum http_rc rc,
                          const char *why)
{
    (void)snprintf(r->why, sizeof r->why, "%s", why);
    return rc;
}

/* Whether connection and handshake were done, so that sending began. */
static bool began_to_send(CURL *h)
{
    curl_off_t before = 0;
    (void)curl_easy_getinfo(h, CURLINFO_PRETRANSFER_TIME_T, &before);
    return before > 0;
}

static enum http_rc timed_out(CURL *h, struct http_response *r)
{
    if (!began_to_send(h))
        return ended(r, HTTP_NOT_SENT,
                     "The helpdesk could not be reached in time.");
    return ended(r, HTTP_CUT_OFF, "The helpdesk did not answer in time.");
}

static enum http_rc outcome(CURL *h, CURLcode code, struct exchange *x)
{
    struct http_response *r = x->response;
    long status = 0;
    (void)curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &status);
    r->status = (int)status;
    if (x->too_large)
        return ended(r, HTTP_TOO_LARGE,
                     "The helpdesk's answer is larger than allowed "
                     "(max_response_bytes of the profile).");
    if (code == CURLE_OK)
        return HTTP_ANSWERED;
    if (code == CURLE_OPERATION_TIMEDOUT)
        return timed_out(h, r);
    for (size_t i = 0; i < sizeof never_sent / sizeof never_sent[0]; i++) {
        if (never_sent[i].code != code || began_to_send(h))
            continue;
        r->hopeless = never_sent[i].hopeless;
        return ended(r, HTTP_NOT_SENT, never_sent[i].why);
    }
    return ended(r, HTTP_CUT_OFF,
                 r->status == 0
                     ? "The connection broke before the helpdesk answered."
                     : "The helpdesk's answer broke off.");
}

/* ---- exchange ------------------------------------------------------------ */

static CURL *take_handle(struct http_client *c)
{
    CURL *h = NULL;
    pthread_mutex_lock(&c->lock);
    if (c->idle_count > 0)
        h = c->idle[--c->idle_count];
    pthread_mutex_unlock(&c->lock);
    return h != NULL ? h : curl_easy_init();
}

static void give_handle(struct http_client *c, CURL *h)
{
    curl_easy_reset(h); /* forgets the options, keeps the connections */
    pthread_mutex_lock(&c->lock);
    if (c->idle_count < POOL_MAX) {
        c->idle[c->idle_count++] = h;
        h = NULL;
    }
    pthread_mutex_unlock(&c->lock);
    if (h != NULL)
        curl_easy_cleanup(h);
}

/* Called by curl while it waits, at least once a second. */
static int progress(void *ctx, curl_off_t a, curl_off_t b, curl_off_t c,
                    curl_off_t d)
{
    const struct exchange *x = ctx;
    (void)a;
    (void)b;
    (void)c;
    (void)d;
    return atomic_load(x->request->stop) ? 1 : 0;
}

static void set_stop(CURL *h, struct exchange *x)
{
    if (x->request->stop == NULL)
        return;
    (void)curl_easy_setopt(h, CURLOPT_NOPROGRESS, 0L);
    (void)curl_easy_setopt(h, CURLOPT_XFERINFOFUNCTION, progress);
    (void)curl_easy_setopt(h, CURLOPT_XFERINFODATA, x);
}

static enum http_rc perform(struct http_client *c, struct exchange *x,
                            int64_t total_ms)
{
    enum http_rc rc = HTTP_NOT_SENT;
    struct curl_slist *headers = header_list(x->request);
    CURL *h = headers == NULL ? NULL : take_handle(c);
    if (h == NULL) {
        rc = ended(x->response, HTTP_NOT_SENT,
                   "The request could not be prepared: no memory, or a header "
                   "value with a line break.");
        goto out;
    }
    set_limits(h, x, total_ms);
    set_stop(h, x);
    set_request(h, x, headers);
    rc = outcome(h, curl_easy_perform(h), x);
    if (rc == HTTP_ANSWERED && x->body.len > 0) {
        x->response->body_len = x->body.len;
        x->response->body = buf_take(&x->body);
    }
    give_handle(c, h);
out:
    free_header_list(headers);
    digest_wipe(x->body.data, x->body.len);
    buf_clear(&x->body);
    return rc;
}

static enum http_rc client_send(void *ctx, const struct http_request *request,
                                struct http_response *response)
{
    struct http_client *c = ctx;
    const char *why;
    struct exchange x = {.client = c, .request = request, .response = response};
    int64_t total = c->total_ms;
    if (request->deadline_ms != 0 &&
        request->deadline_ms - clock_span_ms() < total)
        total = request->deadline_ms - clock_span_ms();
    if (total <= 0)
        return ended(response, HTTP_NOT_SENT,
                     "No time was left to ask the helpdesk.");
    if (!url_allowed(request->url, &why)) {
        response->hopeless = true;
        (void)snprintf(response->why, sizeof response->why,
                       "The URL of the call is refused: %s.", why);
        return HTTP_NOT_SENT;
    }
    return perform(c, &x, total);
}

struct http_transport http_client_transport(struct http_client *c)
{
    return (struct http_transport){.send = client_send, .ctx = c};
}

/* ---- client -------------------------------------------------------------- */

static bool keep(char **into, const char *text)
{
    *into = text == NULL ? NULL : strdup(text);
    return text == NULL || *into != NULL;
}

struct http_client *http_client_new(const struct http_config *config,
                                    struct error *err)
{
    struct http_client *c = calloc(1, sizeof *c);
    /* Counted by curl, and safe in threads since its release 7.84. */
    if (c == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        error_set(err, "The HTTP client could not be started: no memory.");
        free(c);
        return NULL;
    }
    (void)pthread_mutex_init(&c->lock, NULL);
    c->connect_ms = config->connect_ms > 0 ? config->connect_ms : 5000;
    c->total_ms = config->total_ms > 0 ? config->total_ms : 30000;
    c->max_response =
        config->max_response > 0 ? config->max_response : BODY_MAX;
    const char *agent = config->user_agent;
    if (keep(&c->ca_file, config->ca_file) &&
        keep(&c->client_cert, config->client_cert) &&
        keep(&c->client_key, config->client_key) &&
        keep(&c->user_agent, agent != NULL ? agent : "scim-bridge"))
        return c;
    error_set(err, "The HTTP client could not be started: no memory.");
    http_client_free(c);
    return NULL;
}

void http_client_free(struct http_client *c)
{
    if (c == NULL)
        return;
    for (size_t i = 0; i < c->idle_count; i++)
        curl_easy_cleanup(c->idle[i]);
    curl_global_cleanup();
    (void)pthread_mutex_destroy(&c->lock);
    free(c->ca_file);
    free(c->client_cert);
    free(c->client_key);
    free(c->user_agent);
    free(c);
}
