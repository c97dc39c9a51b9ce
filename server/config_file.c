/*
 * server/config_file.c - reads INI by libinih
 *
 * inih hands over no line numbers and no empty sections, and would cut a long
 * line without a word; so it reads through our own function, which counts,
 * notes headings and measures.
 */
#include "server/config_file.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <ini.h>
#include <unistr.h>

#define LONGEST_LINE 8192
#define MOST_LINES   20000

struct reading {
    const char *path;
    FILE *stream;
    struct config_file *out;
    struct buf *mistakes;
    int line;
    bool ok;
};

static bool mistake(struct reading *r, const char *what)
{
    buf_fmt(r->mistakes, "%s:%d: %s\n", r->path, r->line, what);
    r->ok = false;
    return false;
}

static bool grow(void **list, size_t count, size_t size)
{
    if (count % 16 != 0)
        return true;
    void *more = realloc(*list, (count + 16) * size);
    if (more == NULL)
        return false;
    *list = more;
    return true;
}

static bool note_heading(struct reading *r, const char *text)
{
    struct config_file *f = r->out;
    void *list = f->headings;
    if (!grow(&list, f->heading_count, sizeof *f->headings))
        return mistake(r, "Memory ran out.");
    f->headings = list;
    char *section = strndup(text, strcspn(text, "]"));
    if (section == NULL)
        return mistake(r, "Memory ran out.");
    f->headings[f->heading_count++] =
        (struct config_heading){.section = section, .line = r->line};
    return true;
}

/* What inih reads lines by, in place of fgets. */
static char *next_line(char *out, int size, void *ctx)
{
    struct reading *r = ctx;
    if (!r->ok && r->line > MOST_LINES)
        return NULL;
    if (fgets(out, size, r->stream) == NULL)
        return NULL;
    r->line++;
    size_t len = strlen(out);
    if (len + 1 >= (size_t)size)
        mistake(r, "The line is too long.");
    else if (u8_check((const uint8_t *)out, len) != NULL)
        mistake(r, "The line is not UTF-8.");
    else if (r->line > MOST_LINES)
        mistake(r, "The file has too many lines.");
    const char *text = out + strspn(out, " \t");
    if (text[0] == '[' && strchr(text, ']') != NULL)
        note_heading(r, text + 1);
    return out;
}

/* The value without quotes, or without the comment behind it; new. */
static char *plain_value(struct reading *r, const char *value)
{
    if (value[0] == '"') {
        const char *end = strchr(value + 1, '"');
        const char *rest = end == NULL ? "x" : end + 1;
        rest += strspn(rest, " \t");
        if (*rest != '\0' && *rest != '#' && *rest != ';') {
            mistake(r, "A value that starts with a quote must end with one.");
            return NULL;
        }
        return strndup(value + 1, (size_t)(end - value - 1));
    }
    size_t len = 0;
    for (; value[len] != '\0'; len++)
        if ((value[len] == '#' || value[len] == ';') &&
            (len == 0 || value[len - 1] == ' ' || value[len - 1] == '\t'))
            break;
    while (len > 0 && (value[len - 1] == ' ' || value[len - 1] == '\t'))
        len--;
    return strndup(value, len);
}

static int take(void *ctx, const char *section, const char *key,
                const char *value)
{
    struct reading *r = ctx;
    struct config_file *f = r->out;
    void *list = f->entries;
    if (!grow(&list, f->entry_count, sizeof *f->entries))
        return mistake(r, "Memory ran out.");
    f->entries = list;
    struct config_entry e = {.line = r->line};
    e.value = plain_value(r, value);
    e.section = strdup(section);
    e.key = strdup(key);
    if (e.value == NULL || e.section == NULL || e.key == NULL) {
        free(e.value);
        free(e.section);
        free(e.key);
        r->ok = false;
        return 1;
    }
    f->entries[f->entry_count++] = e;
    return 1;
}

static void parse(struct reading *r)
{
    ini_allow_multiline = false;
    ini_allow_inline_comments = false;
    ini_use_stack = false;
    ini_max_line = LONGEST_LINE;
    ini_initial_alloc = LONGEST_LINE;
    int bad = ini_parse_stream(next_line, r, take, r);
    if (bad != 0 && r->ok) {
        r->line = bad > 0 ? bad : r->line;
        mistake(r, bad > 0 ? "This is neither a [section], nor KEY = VALUE, "
                             "nor a comment."
                           : "Memory ran out.");
    }
    if (r->ok && ferror(r->stream))
        mistake(r, "The file could not be read to its end.");
}

bool config_file_read(const char *path, struct config_file *out,
                      struct buf *mistakes)
{
    struct reading r = {.path = path, .out = out, .mistakes = mistakes};
    struct stat st;
    *out = (struct config_file){0};
    r.stream = fopen(path, "re");
    if (r.stream == NULL) {
        buf_fmt(mistakes, "%s: The file cannot be opened: %s.\n", path,
                strerror(errno));
        return false;
    }
    r.ok = true;
    if (fstat(fileno(r.stream), &st) != 0 || S_ISDIR(st.st_mode)) {
        buf_fmt(mistakes, "%s: This is no file.\n", path);
        r.ok = false;
    } else {
        parse(&r);
    }
    (void)fclose(r.stream);
    return r.ok;
}

void config_file_clear(struct config_file *f)
{
    for (size_t i = 0; i < f->entry_count; i++) {
        free(f->entries[i].section);
        free(f->entries[i].key);
        free(f->entries[i].value);
    }
    for (size_t i = 0; i < f->heading_count; i++)
        free(f->headings[i].section);
    free(f->entries);
    free(f->headings);
    *f = (struct config_file){0};
}
