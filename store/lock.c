#include "store/lock_internal.h"

#include "base/buf.h"
#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CONTENT_SIZE = 80 };

/* What the holder wrote, without its line end; "" when it wrote nothing yet. */
static void read_holder(int fd, char out[CONTENT_SIZE])
{
    ssize_t got = pread(fd, out, CONTENT_SIZE - 1, 0);
    out[got > 0 ? got : 0] = '\0';
    out[strcspn(out, "\n")] = '\0';
}

/* The start time is that of the lock file itself, so no clock is asked. */
static void write_holder(int fd)
{
    char content[CONTENT_SIZE], since[CLOCK_TEXT_SIZE];
    struct stat info;
    if (ftruncate(fd, 0) != 0 || pwrite(fd, "pid", 3, 0) != 3 ||
        fstat(fd, &info) != 0)
        return;
    clock_format((int64_t)info.st_mtim.tv_sec * 1000, since);
    int len = snprintf(content, sizeof content, "pid %ld since %s\n",
                       (long)getpid(), since);
    /* Nobody needs the content to be safe; it only makes a better sentence. */
    (void)!pwrite(fd, content, (size_t)len, 0);
}

static void say_held(const char *path, int fd, struct error *err)
{
    char holder[CONTENT_SIZE];
    read_holder(fd, holder);
    error_set(err,
              "The database %s is in use by another scim-bridge (%s). One "
              "process may serve it at a time: stop that one first.",
              path, holder[0] == '\0' ? "starting just now" : holder);
}

int lock_take(const char *path, bool *held, struct error *err)
{
    struct buf name = {0};
    *held = false;
    buf_fmt(&name, "%s.lock", path);
    int fd = buf_ok(&name) ? open(name.data, O_RDWR | O_CREAT | O_CLOEXEC, 0600)
                           : -1;
    if (fd < 0) {
        error_set(err,
                  "The lock file %s.lock cannot be made: %s. Make sure that "
                  "the folder exists and that this user may write there.",
                  path, strerror(errno));
    } else if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        *held = true;
        say_held(path, fd, err);
        (void)close(fd);
        fd = -1;
    } else {
        write_holder(fd);
    }
    buf_clear(&name);
    return fd;
}

void lock_drop(int fd)
{
    if (fd < 0)
        return;
    (void)!ftruncate(fd, 0);
    (void)close(fd);
}
