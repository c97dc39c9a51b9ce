/*
 * providers/profile.c - reading a profile
 */
#include "providers/profile.h"

#include "base/buf.h"
#include "providers/profile_check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- the file ------------------------------------------------------------ */

static bool file_ok(int fd, const char *path, size_t *size, struct error *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        error_set(err, "%s: not a regular file", path);
        return false;
    }
    if (st.st_mode & (S_IWGRP | S_IWOTH)) {
        error_set(err,
                  "%s: writable for its group or for everybody; whoever "
                  "writes it decides where the helpdesk's token goes: "
                  "chmod go-w it",
                  path);
        return false;
    }
    if (st.st_size > PROFILE_MAX_BYTES) {
        error_set(err, "%s: larger than %d bytes", path, PROFILE_MAX_BYTES);
        return false;
    }
    *size = (size_t)st.st_size;
    return true;
}

static bool read_all(int fd, char *text, size_t size, size_t *len)
{
    *len = 0;
    while (*len < size) {
        ssize_t n = read(fd, text + *len, size - *len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        if (n == 0)
            break;
        *len += (size_t)n;
    }
    return true;
}

char *profile_file(const char *path, struct error *err)
{
    size_t size = 0, len = 0;
    char *text = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        error_set(err, "%s: %s", path, strerror(errno));
        return NULL;
    }
    if (!file_ok(fd, path, &size, err))
        goto out;
    text = malloc(size + 1);
    if (text == NULL || !read_all(fd, text, size, &len)) {
        error_set(err, "%s: cannot be read", path);
        free(text);
        text = NULL;
        goto out;
    }
    text[len] = '\0';
out:
    (void)close(fd);
    return text;
}

/* ---- the JSON ------------------------------------------------------------ */

/* Walks at most PROFILE_MAX_DEPTH + 1 levels down. */
static bool shallow(const json_t *value, int left)
{
    const char *key;
    json_t *one;
    size_t i;
    if (left < 0)
        return false;
    json_object_foreach ((json_t *)value, key, one) {
        if (!shallow(one, left - 1))
            return false;
    }
    json_array_foreach (value, i, one) {
        if (!shallow(one, left - 1))
            return false;
    }
    return true;
}

static json_t *parse(const char *name, const char *text, size_t len,
                     struct error *err)
{
    json_error_t at;
    if (len > PROFILE_MAX_BYTES) {
        error_set(err, "%s: larger than %d bytes", name, PROFILE_MAX_BYTES);
        return NULL;
    }
    json_t *profile = json_loadb(text, len, JSON_REJECT_DUPLICATES, &at);
    if (profile == NULL) {
        error_set(err, "%s: line %d, column %d: not JSON: %s", name, at.line,
                  at.column, at.text);
        return NULL;
    }
    if (shallow(profile, PROFILE_MAX_DEPTH))
        return profile;
    error_set(err, "%s: nested deeper than %d levels", name, PROFILE_MAX_DEPTH);
    json_decref(profile);
    return NULL;
}

/* Whole lines, as many as fit. */
static void report(const struct check *c, struct error *err)
{
    size_t room = sizeof err->text - 32, len = c->lines.len;
    const char *text = c->lines.data;
    if (text == NULL || !buf_ok(&c->lines)) {
        error_set(err, "%s: memory ran out while checking", c->file);
        return;
    }
    if (len <= room) {
        error_set(err, "%s", text);
        return;
    }
    while (room > 0 && text[room] != '\n')
        room--;
    if (room == 0)
        room = sizeof err->text - 32;
    error_set(err, "%.*s\n(and more)", (int)room, text);
}

json_t *profile_read(const char *name, const char *text, size_t len,
                     struct error *err, char **all)
{
    if (all != NULL)
        *all = NULL;
    json_t *profile = parse(name, text, len, err);
    if (profile == NULL)
        return NULL;
    struct check c = {.profile = profile, .file = name};
    c.keys_only = true;
    check_shape(&c, &profile_schema, profile);
    c.keys_only = false;
    check_shape(&c, &profile_schema, profile);
    check_people(&c);
    check_rules(&c);
    check_variables(&c);
    if (c.found > 0 || !buf_ok(&c.at)) {
        report(&c, err);
        if (all != NULL)
            *all = buf_take(&c.lines);
        json_decref(profile);
        profile = NULL;
    }
    buf_clear(&c.at);
    buf_clear(&c.lines);
    return profile;
}
