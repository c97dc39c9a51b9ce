#include "providers/scrub.h"

#include "base/buf.h"
#include "base/digest.h"
#include "base/fold.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DOMAIN  "person.example"
#define DEEPEST 64

struct scrub {
    unsigned char key[DIGEST_SIZE];
    json_t *fields; /* set of native names that hold a person's name */
    pthread_mutex_t lock;
    json_t *known; /* under the lock; name -> pseudonym */
};

/* ---- opening ------------------------------------------------------------- */

static bool is_personal(const char *scim)
{
    static const char *const parts[] = {"name.", "displayName", "nickName",
                                        "phoneNumbers", "addresses"};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (strncmp(scim, parts[i], strlen(parts[i])) == 0)
            return true;
    return false;
}

/* The last word of a native path. */
static void add_field(json_t *fields, const json_t *native)
{
    const char *path = json_string_value(native);
    size_t i;
    json_t *one;
    json_array_foreach (native, i, one) {
        add_field(fields, one);
    }
    if (path == NULL)
        return;
    const char *dot = strrchr(path, '.');
    (void)json_object_set_new(fields, dot == NULL ? path : dot + 1,
                              json_true());
}

static void add_fields(struct scrub *s, const json_t *profile)
{
    size_t i;
    json_t *row;
    json_array_foreach (
        json_object_get(json_object_get(profile, "user"), "map"), i, row) {
        const char *scim = json_string_value(json_object_get(row, "scim"));
        if (scim != NULL && is_personal(scim))
            add_field(s->fields, json_object_get(row, "native"));
    }
}

struct scrub *scrub_new(const json_t *profile, const json_t *secrets)
{
    struct scrub *s = calloc(1, sizeof *s);
    if (s == NULL)
        return NULL;
    (void)pthread_mutex_init(&s->lock, NULL);
    s->fields = json_object();
    s->known = json_object();
    char *key = json_dumps(secrets, JSON_SORT_KEYS | JSON_ENCODE_ANY);
    const char *text = key == NULL ? "" : key;
    bool ok = digest_hmac("scrub", 5, text, strlen(text), s->key);
    if (key != NULL)
        digest_wipe(key, strlen(key));
    free(key);
    if (ok && s->fields != NULL && s->known != NULL) {
        add_fields(s, profile);
        return s;
    }
    scrub_free(s);
    return NULL;
}

void scrub_free(struct scrub *s)
{
    if (s == NULL)
        return;
    (void)pthread_mutex_destroy(&s->lock);
    json_decref(s->fields);
    json_decref(s->known);
    digest_wipe(s->key, sizeof s->key);
    free(s);
}

/* ---- pseudonyms ---------------------------------------------------------- */

/* Ten hexadecimal digits of a text, in any case the same. */
static void mark(const struct scrub *s, const char *text, size_t len,
                 char out[11])
{
    unsigned char sum[DIGEST_SIZE] = {0};
    char *lower = malloc(len + 1);
    for (size_t i = 0; lower != NULL && i < len; i++)
        lower[i] = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] - 'A' + 'a'
                                                           : text[i]);
    if (lower != NULL)
        (void)digest_hmac(s->key, sizeof s->key, lower, len, sum);
    free(lower);
    for (size_t i = 0; i < 5; i++)
        (void)snprintf(out + 2 * i, 3, "%02x", sum[i]);
}

static bool ends_with(const char *text, size_t len, const char *ending)
{
    size_t n = strlen(ending);
    return len >= n && fold_ascii_equal(text + len - n, n, ending, n);
}

/* RFC 2606, RFC 6761: nobody's. */
static bool is_reserved(const char *domain, size_t len)
{
    static const char *const reserved[] = {
        ".example",    ".test",       ".invalid",   ".localhost",
        "example.com", "example.net", "example.org"};
    for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++)
        if (ends_with(domain, len, reserved[i]))
            return true;
    return false;
}

/* ---- addresses in a text ------------------------------------------------- */

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || (unsigned char)c >= 0x80 ||
           strchr("._-+", c) != NULL;
}

/* How long the sign at `at` is: "@" or "%40"; 0: neither. */
static size_t at_sign(const char *at, size_t left)
{
    if (left >= 1 && *at == '@')
        return 1;
    return left >= 3 && memcmp(at, "%40", 3) == 0 ? 3 : 0;
}

/* Where the local part that ends at `end` begins; blanks of a form are "+", so
 * a leading one is none of it. */
static size_t local_start(const char *text, size_t from, size_t end)
{
    size_t start = end;
    while (start > from && text[start - 1] != '\0' && is_word(text[start - 1]))
        start--;
    while (start < end && strchr("+.-", text[start]) != NULL)
        start++;
    return start;
}

static size_t domain_end(const char *text, size_t len, size_t from)
{
    size_t end = from;
    while (end < len && text[end] != '\0' && is_word(text[end]) &&
           text[end] != '+' && text[end] != '_')
        end++;
    while (end > from && (text[end - 1] == '.' || text[end - 1] == '-'))
        end--;
    return end;
}

/* Copies `text` to `out`; true: it held an address of somebody. */
static bool addresses(const struct scrub *s, const char *text, size_t len,
                      struct buf *out)
{
    bool any = false;
    size_t done = 0; /* up to here it is copied */
    for (size_t i = 0; i < len; i++) {
        size_t sign = at_sign(text + i, len - i);
        if (sign == 0)
            continue;
        size_t start = local_start(text, done, i);
        size_t end = domain_end(text, len, i + sign);
        bool address =
            start < i && memchr(text + i + sign, '.', end - i - sign) != NULL;
        if (!address || is_reserved(text + i + sign, end - i - sign))
            continue;
        struct buf whole = {0};
        char name[11];
        buf_add(&whole, text + start, i - start);
        buf_char(&whole, '@');
        buf_add(&whole, text + i + sign, end - i - sign);
        mark(s, whole.data == NULL ? "" : whole.data, whole.len, name);
        buf_clear(&whole);
        buf_add(out, text + done, start - done);
        buf_fmt(out, "u%s%.*s" DOMAIN, name, (int)sign, text + i);
        done = end;
        i = end - 1;
        any = true;
    }
    buf_add(out, text + done, len - done);
    return any;
}

char *scrub_text(const struct scrub *s, const char *text, size_t len)
{
    struct buf out = {0};
    (void)addresses(s, text, len, &out);
    if (out.len > 0 || !buf_ok(&out))
        return buf_take(&out);
    buf_clear(&out);
    return strdup("");
}

/* ---- bodies -------------------------------------------------------------- */

/* True when a string of `value` is an address of somebody. */
static bool has_address(const struct scrub *s, const json_t *value, int depth)
{
    const char *key;
    json_t *member;
    size_t i;
    bool any = false;
    if (depth > 2)
        return false;
    if (json_is_string(value)) {
        struct buf ignored = {0};
        any = addresses(s, json_string_value(value), json_string_length(value),
                        &ignored);
        buf_clear(&ignored);
    }
    json_array_foreach (value, i, member) {
        any = any || has_address(s, member, depth + 1);
    }
    json_object_foreach ((json_t *)value, key, member) {
        any = any || has_address(s, member, depth + 1);
    }
    return any;
}

static bool is_pseudonym(const char *name)
{
    static const char head[] = "Person-";
    size_t same = 0;
    while (head[same] != '\0' && name[same] == head[same])
        same++;
    return head[same] == '\0' &&
           strspn(name + same, "0123456789abcdef") == 10 &&
           name[same + 10] == '\0';
}

/* Remembers the pseudonym of a name. */
static void learn(struct scrub *s, const char *name)
{
    char digits[11], text[24];
    if (*name == '\0' || is_pseudonym(name))
        return;
    mark(s, name, strlen(name), digits);
    (void)snprintf(text, sizeof text, "Person-%s", digits);
    (void)pthread_mutex_lock(&s->lock);
    (void)json_object_set_new(s->known, name, json_string(text));
    (void)pthread_mutex_unlock(&s->lock);
}

/* Learns the names of everybody in `value` who has an address; `person`: it is
 * part of the record of one. */
static void learn_names(struct scrub *s, const json_t *value, bool person,
                        int depth)
{
    const char *key;
    json_t *member;
    size_t i;
    if (depth > DEEPEST)
        return;
    person = json_is_object(value) && (person || has_address(s, value, 0));
    json_array_foreach (value, i, member) {
        learn_names(s, member, false, depth + 1);
    }
    json_object_foreach ((json_t *)value, key, member) {
        if (person && json_is_string(member) &&
            json_object_get(s->fields, key) != NULL)
            learn(s, json_string_value(member));
        learn_names(s, member, person, depth + 1);
    }
}

static json_t *scrubbed_string(struct scrub *s, const json_t *value)
{
    (void)pthread_mutex_lock(&s->lock);
    json_t *known =
        json_incref(json_object_get(s->known, json_string_value(value)));
    (void)pthread_mutex_unlock(&s->lock);
    if (known != NULL)
        return known;
    char *text =
        scrub_text(s, json_string_value(value), json_string_length(value));
    json_t *out = text == NULL ? NULL : json_string(text);
    free(text);
    return out;
}

static json_t *copy(struct scrub *s, const json_t *value, int depth)
{
    const char *key;
    json_t *member;
    size_t i;
    if (json_is_string(value))
        return scrubbed_string(s, value);
    if (depth > DEEPEST || (!json_is_array(value) && !json_is_object(value)))
        return json_deep_copy(value);
    json_t *out = json_is_array(value) ? json_array() : json_object();
    json_array_foreach (value, i, member) {
        (void)json_array_append_new(out, copy(s, member, depth + 1));
    }
    json_object_foreach ((json_t *)value, key, member) {
        char *name = scrub_text(s, key, strlen(key));
        if (name != NULL)
            (void)json_object_set_new(out, name, copy(s, member, depth + 1));
        free(name);
    }
    return out;
}

json_t *scrub_json(struct scrub *s, const json_t *body)
{
    learn_names(s, body, false, 0);
    return copy(s, body, 0);
}
